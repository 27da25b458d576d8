"""The work that every store does, and its figures."""

import json
import subprocess
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

from tests.benchmarks.drive import calls
from tests.benchmarks.peers.install import PYTHON, Peer

WORKER = Path(__file__).with_name("worker.py")
WORK_SECONDS_MAX = 600
PROCESSES = 2
TAIL_WRITERS = 8
TAIL_BATCHES = [1, 2, 3]
PAGE = 500


class Client:
    """One worker process that has connected and waits for the signal to begin."""

    def __init__(self, peer: Peer, task: str, **job: Any) -> None:
        self._process = subprocess.Popen(
            [PYTHON.absolute(), WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.send(json.dumps({"store": peer.name, "address": peer.address, "task": task, **job}, default=str))
        ready = self._process.stderr.readline()
        if ready != "ready\n":
            raise RuntimeError(ready + self._process.communicate()[1])

    def send(self, line: str = "go") -> None:
        """Send it a line: the first is its job, the next one makes it begin."""
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """What it saw.

        Raises:
            RuntimeError: it failed, or an append did.
        """
        output, faults = self._process.communicate(timeout=WORK_SECONDS_MAX)
        if self._process.returncode:
            raise RuntimeError(faults[-2_000:])
        answer = json.loads(output)
        if answer["faults"]:
            raise RuntimeError(answer["faults"][0])
        return answer

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()  # nothing happens where it has ended
        with suppress(OSError), self._process:
            pass


def append_rate(peer: Peer, *, clients: int, batch: int, seconds: float, file: Path) -> float:
    """Events a second that so many clients append, `batch` a request."""
    if peer.name == "timeline":
        # the peers' clients are compiled, or speak to PostgreSQL by a compiled library: ours is as cheap
        address = f"http://{peer.address['host']}:{peer.address['port']}"
        job = {"path": peer.address["path"], "file": file, "skip": 0, "batch": batch}
        return calls(address, "posts", connections=clients, seconds=seconds, **job).rate * batch
    with ExitStack() as stack:
        workers = _writers(stack, peer, clients, [batch], seconds, file)
        for worker in workers:
            worker.send()
        answers = [worker.answer() for worker in workers]
    return sum(answer["events"] for answer in answers) / max(answer["seconds"] for answer in answers)


def _writers(  # noqa: PLR0913 - the parts of a job
    stack: ExitStack, peer: Peer, clients: int, batches: list[int], seconds: float, file: Path
) -> list[Client]:
    """Clients spread over two processes, so that Python's lock is not what is measured."""
    processes = min(PROCESSES, clients)
    job = {"clients": clients, "batches": batches, "seconds": seconds, "file": file}
    own = clients // processes
    return [
        stack.enter_context(closing(Client(peer, "write", own=own, first=index * own, **job)))
        for index in range(processes)
    ]


def replay_rate(peer: Peer, events: int) -> float:
    """Events a second that one client reads, from the first on."""
    if peer.name == "timeline":
        address = f"http://{peer.address['host']}:{peer.address['port']}"
        paths = [f"{peer.address['path']}?after={after}&limit={PAGE}" for after in range(0, events, PAGE)]
        return (
            calls(address, "gets", paths=paths, once=True, connections=1, seconds=WORK_SECONDS_MAX).rate
            * PAGE
        )
    with closing(Client(peer, "replay", events=events)) as reader:
        reader.send()
        answer = reader.answer()
    return answer["events"] / answer["seconds"]


def tail(peer: Peer, *, seconds: float, file: Path) -> dict[str, int]:
    """What a polling reader missed and saw twice while eight writers appended one to three events a time."""
    with ExitStack() as stack:
        finder = stack.enter_context(closing(Client(peer, "head")))
        finder.send()
        reader = stack.enter_context(closing(Client(peer, "tail", after=finder.answer()["position"])))
        writers = _writers(stack, peer, TAIL_WRITERS, TAIL_BATCHES, seconds, file)
        for client in (reader, *writers):
            client.send()
        for writer in writers:
            writer.answer()
        reader.send("stop")
        return reader.answer()
