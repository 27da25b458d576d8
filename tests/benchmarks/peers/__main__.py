"""`python -m tests.benchmarks.peers`: runs the service beside the peers and writes their table."""

import argparse
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from rich.console import Console

from tests.benchmarks import machine, results
from tests.benchmarks.__main__ import CACHE, progress
from tests.benchmarks.peers import install
from tests.benchmarks.peers.install import Missing, Peer
from tests.benchmarks.peers.work import append_rate, replay_rate, tail
from tests.benchmarks.report import Figure, Findings, Grid, number, rich_table
from tests.benchmarks.results import Part, Run
from tests.benchmarks.scenarios import SCENARIOS
from tests.benchmarks.stage import TIMELINE, Extent, Stage, open_stage
from timeline.embedded.server import EmbeddedServer

SEED_EVENTS = 20_000
RATE_MAX = 10_000
BATCH_RATE_MAX = 60_000
CLIENTS = (1, 16, 64)
BATCH, BATCH_CLIENTS = 100, 4
REPLAY = "replay, one client"
TAIL = "tailing reader, 8 writers"

WHY_CHARACTERS_MAX = 200
"""How much of an error is shown."""

Rates = dict[str, dict[str, list[float]]]


def main() -> None:
    """Install the peers, alternate, and write the second table of RESULTS.md."""
    arguments = _arguments()
    extent = Extent(size=SEED_EVENTS, repetitions=arguments.repetitions, seconds=arguments.seconds)
    console = Console()
    console.print("Installing the peers …")
    missing = install.install()
    data_dir = Path(tempfile.mkdtemp(prefix="timeline-peers-"))
    try:
        with EmbeddedServer(data_dir) as server, progress(console, extent.repetitions) as (say, step):
            words = f"{extent.repetitions} repetitions, {extent.seconds:g} s a loop"
            run = Run(machine.describe(server.dsn), words)
            with open_stage(server.dsn, CACHE, extent, say) as stage, stores(stage, missing) as peers:
                for findings in measure(stage, peers, missing):
                    written = results.load()
                    written.peers = Part(run, findings)
                    path = results.save(written, list(SCENARIOS))
                    step()
    finally:
        shutil.rmtree(data_dir)
    console.print(rich_table("Peers", findings.figures))
    for grid in findings.grids:
        console.print(grid.title, *(" · ".join(row) for row in grid.rows), sep="\n  ")
    console.print(f"Written to {path}")


@contextmanager
def stores(stage: Stage, missing: dict[str, str]) -> Iterator[list[Peer]]:
    """The service and every peer that runs; the others are added to what is missing."""
    with ExitStack() as stack:
        service = stack.enter_context(stage.service(stage.copy_of("live", SEED_EVENTS)))
        address = urlsplit(service.url)
        path = f"/v1/timelines/{TIMELINE}/events"
        running = [
            Peer("timeline", "this service", {"host": address.hostname, "port": address.port, "path": path})
        ]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="umadb-")))
        starts: dict[str, Callable[[], Peer]] = {
            "umadb": lambda: stack.enter_context(install.umadb(folder)),
            "eventsourcing": lambda: install.eventsourcing(stage.database()),
            "message-db": lambda: install.message_db(stage.database()),
        }
        for name, start in starts.items():
            if name not in missing:
                try:
                    running.append(start())
                except (Missing, OSError) as error:
                    missing[name] = str(error)
        yield running


class Faults:
    """What stores failed at: a row each, with how often and why the last time; the others go on."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], tuple[int, str]] = {}

    @contextmanager
    def of(self, store: str, work: str) -> Iterator[None]:
        """Note a failure of what the block does."""
        try:
            yield
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            times, _ = self.rows.get((store, work), (0, ""))
            lines = str(error).strip().splitlines() or [repr(error)]
            self.rows[store, work] = (times + 1, lines[-1][:WHY_CHARACTERS_MAX])

    def grid(self) -> Grid:
        """The rows as a table."""
        rows = [[store, work, str(times), why] for (store, work), (times, why) in self.rows.items()]
        return Grid("Failed", ["store", "work", "times", "why"], rows)


def measure(stage: Stage, peers: list[Peer], missing: dict[str, str]) -> Iterator[Findings]:
    """Give every store the same work in turn, round after round; after each round, all that was found."""
    rates: Rates = defaultdict(lambda: defaultdict(list))
    tails: dict[str, list[dict[str, int]]] = defaultdict(list)
    faults = Faults()
    firsts = count(SEED_EVENTS, 10_000_000)
    for _ in range(stage.extent.repetitions):
        for clients, batch in (*((clients, 1) for clients in CLIENTS), (BATCH_CLIENTS, BATCH)):
            work = f"{batch} a request, {clients} client{'s' if clients > 1 else ''}"
            with _events(stage, next(firsts), RATE_MAX if batch == 1 else BATCH_RATE_MAX) as file:
                for peer in peers:
                    stage.say(f"{work}: {peer.version}")
                    job = {"clients": clients, "batch": batch, "seconds": stage.extent.seconds, "file": file}
                    with faults.of(peer.version, work):
                        rates[work][peer.version].append(append_rate(peer, **job))
        for peer in peers:
            stage.say(f"{REPLAY}: {peer.version}")
            with faults.of(peer.version, REPLAY):
                rates[REPLAY][peer.version].append(replay_rate(peer, SEED_EVENTS))
        with _events(stage, next(firsts), RATE_MAX) as file:
            for peer in peers:
                stage.say(f"{TAIL}: {peer.version}")
                with faults.of(peer.version, TAIL):
                    tails[peer.version].append(tail(peer, seconds=stage.extent.seconds, file=file))
        figures = [
            figure
            for work, measured in rates.items()
            for figure in _figures(work, peers[0].version, measured)
        ]
        grids = [_tails(tails)]
        grids += [_missing(missing)] if missing else []
        grids += [faults.grid()] if faults.rows else []
        yield Findings(figures, grids)


@contextmanager
def _events(stage: Stage, first: int, rate: int) -> Iterator[Path]:
    """A file of events that no store has yet, as many as one loop can use up."""
    plan = stage.plan("live")._replace(targets=SEED_EVENTS)
    file = stage.file(plan, first, int(rate * stage.extent.seconds))
    yield file
    file.unlink()


def _figures(work: str, ours: str, measured: dict[str, list[float]]) -> list[Figure]:
    others = [store for store, rates in measured.items() if rates and store != ours]
    if not measured.get(ours):
        return []
    rate = median(measured[ours])
    return [
        Figure(
            what=work,
            value=rate,
            unit="events/s",
            baseline=median(measured[other]),
            baseline_what=other,
            target=_target(work, other),
            met=rate > median(measured[other]) if _target(work, other) else None,
        )
        for other in others
    ]


def _target(work: str, other: str) -> str:
    return (
        "ahead"
        if other.startswith("umadb") and work in ("1 a request, 16 clients", "1 a request, 64 clients")
        else ""
    )


def _tails(tails: dict[str, list[dict[str, int]]]) -> Grid:
    rows = [
        [
            version,
            *(number(sum(answer[name] for answer in answers), "") for name in ("events", "missed", "twice")),
        ]
        for version, answers in tails.items()
    ]
    return Grid(TAIL.capitalize(), ["store", "events", "missed", "seen twice"], rows)


def _missing(missing: dict[str, str]) -> Grid:
    return Grid(
        "Left out, because it could not be installed",
        ["store", "why"],
        [list(row) for row in missing.items()],
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-peers", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=Extent().repetitions)
    parser.add_argument("--seconds", type=float, default=Extent().seconds, help="of each loop")
    return parser.parse_args()


if __name__ == "__main__":
    main()
