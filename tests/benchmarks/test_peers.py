"""A peer that fails is a row which says so; what the others and it itself did before is kept."""

import subprocess
from contextlib import closing, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from tests.benchmarks.peers import __main__ as peers
from tests.benchmarks.peers import work
from tests.benchmarks.peers.install import Peer
from tests.benchmarks.stage import Extent

OURS, GOOD, BAD = (Peer(name, f"{name} 1.0", {}) for name in ("timeline", "good", "bad"))


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stage on which one peer fails at replays, always, and at appends of a second round."""
    rounds: list[str] = []

    def append_rate(peer: Peer, **_: Any) -> float:
        rounds.append(peer.name)
        if peer is BAD and rounds.count("bad") > len(peers.CLIENTS) + 1:
            raise subprocess.TimeoutExpired("worker", 600)
        return 100.0

    def replay_rate(peer: Peer, _: int) -> float:
        if peer is BAD:
            raise RuntimeError("Traceback …\nStreamError: too_many_internal_resets")
        return 10.0

    monkeypatch.setattr(peers, "append_rate", append_rate)
    monkeypatch.setattr(peers, "replay_rate", replay_rate)
    monkeypatch.setattr(peers, "tail", lambda *_, **__: {"events": 3, "missed": 0, "twice": 0})
    monkeypatch.setattr(peers, "_events", lambda *_: nullcontext())
    return SimpleNamespace(extent=Extent(size=10, repetitions=2, seconds=0.1), say=lambda _: None)


def test_a_peer_that_fails_is_a_row(stage: Any) -> None:
    """It says what failed, how often, and why; after each round there is all that was found by then."""
    first, last = peers.measure(stage, [OURS, GOOD, BAD], {})
    why = "StreamError: too_many_internal_resets"

    assert [["bad 1.0", "replay, one client", "1", why]] == first.grids[-1].rows
    assert ["bad 1.0", "replay, one client", "2", why] in last.grids[-1].rows
    assert {"1 a request, 1 client", "100 a request, 4 clients"} <= {row[1] for row in last.grids[-1].rows}
    beside = {(figure.what, figure.baseline_what) for figure in last.figures}
    assert ("replay, one client", "good 1.0") in beside
    assert ("replay, one client", "bad 1.0") not in beside
    assert ("1 a request, 16 clients", "bad 1.0") in beside


def test_a_worker_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it waits for."""
    monkeypatch.setattr(work, "PYTHON", SimpleNamespace(absolute=lambda: "/bin/sh"))
    monkeypatch.setattr(work, "WORKER", "-c")
    monkeypatch.setattr(work.Client, "send", lambda *_: None)
    popen = subprocess.Popen

    def started(command: list[Any], **options: Any) -> Any:
        return popen([*map(str, command), "echo ready >&2; exec sleep 60"], **options)

    monkeypatch.setattr(work.subprocess, "Popen", started)
    with closing(work.Client(GOOD, "tail")) as client:
        process = client._process

    assert process.returncode
