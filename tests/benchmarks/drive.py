"""Starts the client process for one job, and computes figures from its answer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.benchmarks.timing import percentile

JOB_SECONDS_MAX = 3_600
_PROGRAM = [sys.executable, str(Path(__file__).with_name("load.py"))]


class Calls(NamedTuple):
    """The result of a closed loop of requests."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def run_job(url: str, what: str, **job: Any) -> dict[str, Any]:
    """Do a job of `load.py` against a service, and wait for it.

    Raises:
        RuntimeError: the client failed.
    """
    ran = subprocess.run(
        _PROGRAM,
        input=job_text(url, what, **job),
        capture_output=True,
        text=True,
        timeout=JOB_SECONDS_MAX,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"the client failed: {ran.stderr[-2_000:]}")
    return json.loads(ran.stdout)


def start_job(url: str, what: str, **job: Any) -> subprocess.Popen[str]:
    """Start a job without waiting; its answer comes on standard output."""
    client = subprocess.Popen(
        _PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    client.stdin.write(job_text(url, what, **job))
    client.stdin.close()
    client.stdin = None  # `communicate` would write to it
    return client


def job_text(url: str, what: str, **job: Any) -> str:
    """A job as the client reads it."""
    address = urlsplit(url)
    return json.dumps({"what": what, "host": address.hostname, "port": address.port, **job}, default=str)


def calls(url: str, what: str, **job: Any) -> Calls:
    """Requests in a closed loop.

    Raises:
        RuntimeError: a request was refused, so that nothing was measured.
    """
    answer = run_job(url, what, **job)
    took = answer["took"]
    if answer["refused"] or not took:
        raise RuntimeError(f"{answer['refused']} of {len(took)} requests were refused: {answer['example']}")
    return Calls(len(took), answer["seconds"], percentile(took, 0.5) * 1e3, percentile(took, 0.99) * 1e3)
