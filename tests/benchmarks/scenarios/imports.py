"""A bulk import over HTTP: one streamed body of lines, against a route that only decodes them."""

from itertools import count
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.drive import run_job
from tests.benchmarks.report import Figure, Findings, missing
from tests.benchmarks.stage import Stage, put_timeline
from tests.benchmarks.timing import interleave
from tests.support.service import Service

RATE_MIN = 25_000
REPETITIONS_MAX = 3
_WHAT = "NDJSON import over HTTP, all views"
_TARGET = f"≥ {RATE_MIN:,} events/s"


def measure(stage: Stage) -> Findings:
    """Import the same file into one new timeline after another."""
    size = stage.extent.size
    file = stage.file(stage.plan("live"), 0, size)
    names = (f"import-{number}" for number in count(1))

    def into_service() -> float:
        stage.say(f"import of {size:,}: service")
        name = next(names)
        put_timeline(service, name)
        return size / send_lines(service, f"/v1/timelines/{name}/events", file)

    def into_baseline() -> float:
        stage.say(f"import of {size:,}: decoding only")
        return size / send_lines(baseline, "/decode-lines", file)

    baseline = stage.baseline()
    with stage.service(stage.database()) as service:
        if not accepts_lines(service):
            return Findings([missing(_WHAT, "events/s", _TARGET)])
        repetitions = min(stage.extent.repetitions, REPETITIONS_MAX)
        rates = interleave({"service": into_service, "decoding": into_baseline}, repetitions)
    return Findings([_figure(rates["service"], rates["decoding"])])


def accepts_lines(service: Service) -> bool:
    """Whether the service has the media type yet."""
    put_timeline(service, "probe")
    address = f"{service.url}/v1/timelines/probe/events"
    headers = {"Content-Type": "application/x-ndjson"}
    return httpx.post(address, content=b"", headers=headers, trust_env=False).status_code != 415


def send_lines(service: Service, path: str, file: Path) -> float:
    """Stream a file of lines; gives the seconds.

    Raises:
        RuntimeError: they are refused.
    """
    answer: dict[str, Any] = run_job(service.url, "send", path=path, file=file)
    if not 200 <= answer["status"] < 300:
        raise RuntimeError(f"the import was refused: {answer}")
    return answer["seconds"]


def _figure(rate: float, decoding: float) -> Figure:
    return Figure(
        what=_WHAT,
        value=rate,
        unit="events/s",
        baseline=decoding,
        baseline_what="a route that only decodes the lines",
        target=_TARGET,
        met=rate >= RATE_MIN,
    )
