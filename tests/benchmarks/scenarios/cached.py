"""A page that was asked for before, against a static route that answers as many bytes."""

import httpx

from tests.benchmarks.drive import calls
from tests.benchmarks.report import Figure, Findings
from tests.benchmarks.stage import TIMELINE, Stage
from tests.benchmarks.timing import interleave
from tests.support.service import Service

CONNECTIONS = 16
SHARE_MIN = 0.6
ENCODING = "gzip"


def measure(stage: Stage) -> Findings:
    """Alternate between one page over and over, and the static route."""
    size = stage.extent.size
    path = f"/v1/timelines/{TIMELINE}?at={size}"
    baseline = stage.baseline()
    with stage.service(stage.log("live", size)) as service:
        length = _length(service, path)
        rates = interleave(
            {
                "page": lambda: _rate(stage, service, path),
                "static": lambda: _rate(stage, baseline, f"/static/{length}"),
            },
            stage.extent.repetitions,
        )
    return Findings([_figure(size, length, rates["page"], rates["static"])])


def _length(service: Service, path: str) -> int:
    """The bytes of the page as it is sent."""
    headers = {"Accept-Encoding": ENCODING}
    with httpx.stream("GET", service.url + path, headers=headers, trust_env=False, timeout=60) as answer:
        answer.raise_for_status()
        return sum(map(len, answer.iter_raw()))


def _rate(stage: Stage, service: Service, path: str) -> float:
    stage.say(f"cached page: {path}")
    return calls(
        service.url,
        "gets",
        paths=[path],
        connections=CONNECTIONS,
        seconds=stage.extent.seconds,
        accept_encoding=ENCODING,
    ).rate


def _figure(size: int, length: int, rate: float, static: float) -> Figure:
    return Figure(
        what=f"the same page of {size:,} entries over and over, {length:,} bytes as sent",
        value=rate,
        unit="requests/s",
        baseline=static,
        baseline_what="static bytes",
        target="≥ 60 %",
        met=rate >= SHARE_MIN * static,
    )
