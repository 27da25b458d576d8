"""The memory of the server's workers through a large import, a full replay and a thousand streams."""

import json
import resource

import httpx

from tests.benchmarks.drive import calls, run_job, start_job
from tests.benchmarks.report import Figure, Findings
from tests.benchmarks.scenarios.imports import accepts_lines, send_lines
from tests.benchmarks.stage import TIMELINE, Stage, put_timeline
from tests.support.service import Service

MEMORY_MB_MAX = 250
FILES_SPARE = 200
ARRAY_EVENTS = 1_000
LOOP_SECONDS_MAX = 3_600


def measure(stage: Stage) -> Findings:
    """One server through all three, with a high-water mark for each."""
    _allow_files(stage.extent.streams)
    size = stage.extent.size
    phases: dict[str, float | None] = {}
    notes: dict[str, str] = {}
    with stage.service(stage.database(), address_connections_max="0") as service:
        put_timeline(service, TIMELINE)
        for what, phase in (
            (f"an import of {size:,} events", _import),
            (f"a full replay of {size:,} events", _replay),
            (f"{stage.extent.streams:,} streams", _streams),
        ):
            stage.say(f"memory: {what}")
            service.reset_memory_mb_max()
            notes[what] = phase(stage, service)
            phases[what] = service.memory_mb_max() if notes[what] != MISSING_STREAMS else None
    return Findings([_figure(what, memory_mb, notes[what]) for what, memory_mb in phases.items()])


MISSING_STREAMS = "no streams"


def _allow_files(streams: int) -> None:
    """Let this process's children open a socket for every stream."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = streams + FILES_SPARE
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))


def _import(stage: Stage, service: Service) -> str:
    size = stage.extent.size
    file = stage.file(stage.plan("live"), 0, size)
    path = f"/v1/timelines/{TIMELINE}/events"
    if accepts_lines(service):
        send_lines(service, path, file)
        return ""
    batch = min(ARRAY_EVENTS, size)
    job = {"path": path, "file": file, "skip": 0, "batch": batch}
    calls(service.url, "posts", connections=1, seconds=LOOP_SECONDS_MAX, **job)
    return f"by arrays of {batch:,}"


def _replay(stage: Stage, service: Service) -> str:
    answer = run_job(service.url, "receive", path=f"/v1/timelines/{TIMELINE}/replay")
    if answer["status"] != 200 or answer["lines"] < stage.extent.size:
        raise RuntimeError(f"the replay ended early: {answer}")
    return f"{answer['lines'] / answer['seconds']:,.0f} lines/s, {answer['bytes'] / 1e6:,.0f} MB"


def _streams(stage: Stage, service: Service) -> str:
    """Hold the streams open while events are posted."""
    path = f"/v1/timelines/{TIMELINE}/events/stream"
    with httpx.stream("GET", f"{service.url}{path}?after={stage.extent.size}", trust_env=False) as answer:
        if answer.status_code in (400, 404, 405):
            return MISSING_STREAMS
    seconds = stage.extent.seconds + stage.extent.streams / 200
    listeners = start_job(
        service.url,
        "listen",
        path=f"{path}?after={stage.extent.size}",
        streams=stage.extent.streams,
        seconds=seconds,
    )
    listeners.stderr.readline()
    plan = stage.plan("live")._replace(targets=stage.extent.size)
    file = stage.file(plan, stage.extent.size, 1_000)
    calls(
        service.url,
        "posts",
        path=f"/v1/timelines/{TIMELINE}/events",
        file=file,
        skip=0,
        connections=4,
        seconds=stage.extent.seconds / 2,
    )
    return _listened(listeners.communicate()[0])


def _listened(text: str) -> str:
    answer = json.loads(text)
    granted = sum(status == 200 for status in answer["statuses"])
    return (
        f"{granted:,} granted, the slowest received {min(answer['events'])} of {max(answer['events'])} events"
    )


def _figure(what: str, memory_mb: float | None, note: str) -> Figure:
    return Figure(
        what=f"memory of the server through {what}",
        value=memory_mb,
        unit="MB",
        target=f"< {MEMORY_MB_MAX} MB",
        met=None if memory_mb is None else memory_mb < MEMORY_MB_MAX,
        note=note if memory_mb is not None else "",
    )
