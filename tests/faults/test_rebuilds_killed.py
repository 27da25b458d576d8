"""A rebuild that is killed at any moment: no reader notices, nothing remains, and the next one succeeds."""

import asyncio
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.faults.load import Load, client
from tests.faults.sizes import print_figures, short_and_long
from tests.faults.test_imports_killed import file_of, lines_of, send
from tests.faults.victims import Postgres
from tests.support.processes import COMMAND_SECONDS_MAX, children, run_command, start_command, wait_until
from tests.support.service import Service
from timeline.views.projection.writer import VIEW_TABLES

WRITERS = 1
EVENTS_BETWEEN = 10
MOMENTS = ("at any time", "before the swap", "around the swap", "after the swap")
CASES = tuple(product(MOMENTS, (1, 2)))
"""When it is killed, and how many processes it has."""
VIEWS = ("?limit=200&", "/actors?", "/figures?", "/replay?after={1}&to={0}&", "/diff?after=1&to={0}&")


class Rebuilder:
    """Rebuilds a timeline under a role of its own, which distinguishes its connections from the service's."""

    def __init__(self, dsn: str, timeline: str) -> None:
        self._role = f"rebuilder_{uuid4().hex}"
        self._timeline = timeline
        self._dsn = dsn
        self._took_seconds = 0.0
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN").format(sql.Identifier(self._role)))

    def finish(self) -> None:
        """Rebuild undisturbed; afterwards there are no rows but those that are read."""
        started = time.monotonic()
        run_command(self._dsn, "rebuild", "--timeline", self._timeline, rebuild_grace_seconds="0")
        self._took_seconds = time.monotonic() - started
        assert {self._generation()} == self._generations()

    def verify(self) -> None:
        """All that is stored agrees with the log, but for what a killed rebuild has left over."""
        arguments = ("verify", "--timeline", self._timeline, "--json", "--limit", "1000")
        with start_command(self._dsn, *arguments) as process:
            output, _ = process.communicate(timeout=COMMAND_SECONDS_MAX)
        findings = json.loads(output)
        assert len(findings["differences"]) == findings["total"], output
        assert all(difference["key"].keys() == {"generation"} for difference in findings["differences"]), (
            output
        )

    def kill(self, moment: str, workers: int) -> bool:
        """Start a rebuild and kill it at a moment; gives whether its rows were already read by then."""
        before = self._generation()
        with self._start(workers) as process:
            match moment:
                case "at any time":
                    time.sleep(random.uniform(0.3, 1) * self._took_seconds)
                case "after the swap":
                    self._await(process, lambda: self._generation() > before)
                    time.sleep(random.random() / 20)
                case _:
                    self._hold_before_swap(process, kill=moment == "before the swap")
                    time.sleep(random.random() / 5)
            process.kill()
            process.communicate()  # ends when the last worker has closed the pipe
        wait_until(lambda: not self._finds_connection("TRUE"))
        assert process.returncode in (0, -signal.SIGKILL)
        return self._generation() > before

    def kill_worker(self) -> str:
        """Kill a process that is to fold as soon as it reads the log; gives the output of the rebuild."""
        before = self._generation()
        with psycopg.connect(self._dsn) as connection:
            connection.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
            with self._start(workers=2) as process:
                wait_until(lambda: self._finds_connection("wait_event_type = 'Lock'"))
                for child in children(process.pid):
                    if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                        os.kill(child, signal.SIGKILL)
                connection.rollback()
                output, _ = process.communicate(timeout=COMMAND_SECONDS_MAX)
        assert 1 == process.returncode
        assert {before} == {self._generation()} == self._generations()
        return output

    def _start(self, workers: int) -> subprocess.Popen[str]:
        dsn = make_conninfo(self._dsn, user=self._role)
        grace = random.choice(("0", "60"))
        arguments = ("rebuild", "--timeline", self._timeline, "--workers", str(workers))
        return start_command(dsn, *arguments, rebuild_grace_seconds=grace)

    def _hold_before_swap(self, process: subprocess.Popen[str], *, kill: bool) -> None:
        """Lock the head once all but the last records are folded, until the rebuild waits for it."""
        self._await(process, lambda: self._finds_connection("query LIKE 'ANALYZE%'"))
        with psycopg.connect(self._dsn) as connection:
            connection.execute("SELECT FROM timeline WHERE timeline_id = %s FOR UPDATE", [self._timeline])
            self._await(
                process,
                lambda: self._finds_connection("query LIKE '%FOR UPDATE' AND wait_event_type = 'Lock'"),
            )
            if kill:
                process.kill()

    def _await(self, process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
        """Wait for a condition, unless the rebuild has ended."""
        wait_until(lambda: process.poll() is not None or condition(), pause_seconds=0.002)

    def _finds_connection(self, condition: str) -> bool:
        """Whether a connection of a rebuild is in this condition."""
        query = f"SELECT FROM pg_stat_activity WHERE usename = '{self._role}' AND {condition}"
        with psycopg.connect(self._dsn) as connection:
            return connection.execute(query).rowcount > 0

    def _generation(self) -> int:
        with psycopg.connect(self._dsn) as connection:
            query = "SELECT generation FROM timeline WHERE timeline_id = %s"
            return connection.execute(query, [self._timeline]).fetchone()[0]

    def _generations(self) -> set[int]:
        """The generations of which there are rows."""
        query = " UNION ".join(
            f"SELECT generation FROM {table.name} WHERE timeline_id = %(timeline)s" for table in VIEW_TABLES
        )
        with psycopg.connect(self._dsn) as connection:
            return {row[0] for row in connection.execute(query, {"timeline": self._timeline})}


async def answers(url: str, path: str, at: int) -> list[tuple[str, bytes]]:
    """What every view shows at a position, with its ETag."""
    responses = []
    async with client() as http:
        for view in VIEWS:
            address = view.format(at, at - 200) if "{0}" in view else f"{view}at={at}"
            response = await http.get(f"{url}{path}{address.rstrip('&')}")
            assert 200 == response.status_code, response.text
            responses.append((response.headers.get("etag"), response.content))
    return responses


def choose_cases(kills: int) -> list[tuple[str, int]]:
    """Choose cases, each about as often as the others."""
    shuffled = (case for _ in range(kills) for case in random.sample(CASES, len(CASES)))
    return [case for case, _ in zip(shuffled, range(kills), strict=False)]


@short_and_long(("kills", "count"), (2, 1_000), (16, 6_000))
async def test_killed_at_any_moment(
    durable: Postgres, serve: Callable[..., Service], load: Load, kills: int, count: int
) -> None:
    """With one worker or two, while others post: pinned answers stay the same, and verify agrees."""
    dsn = durable.new_database()
    service = await asyncio.to_thread(serve, dsn, cache_bytes_max="0")
    await load.create(lambda: service.url)
    events = file_of(count)
    assert 200 == (await send(service.url, load.path, lines_of(events))).status_code
    load.acknowledged = {event["id"]: position for position, event in enumerate(events, start=1)}
    pinned = await answers(service.url, load.path, count)
    timeline = load.path.rpartition("/")[2]
    rebuilder = await asyncio.to_thread(Rebuilder, dsn, timeline)
    swapped: Counter[str] = Counter()
    async with load.under(lambda: service.url, WRITERS):
        await asyncio.to_thread(rebuilder.finish)
        for moment, workers in choose_cases(kills):
            swapped[moment] += await asyncio.to_thread(rebuilder.kill, moment, workers)
            await load.more(EVENTS_BETWEEN)
            assert pinned == await answers(service.url, load.path, count)
            await asyncio.to_thread(rebuilder.verify)
        await asyncio.to_thread(rebuilder.finish)
        assert pinned == await answers(service.url, load.path, count)

    await load.check(service.url, dsn)
    assert "unforeseen error" not in service.log
    print_figures(
        f"{kills} kills, {len(load.acknowledged)} events; the new rows were already read {swapped}",
        faults=kills,
    )


async def test_a_worker_is_killed(durable: Postgres, serve: Callable[..., Service], load: Load) -> None:
    """The rebuild reports it, and leaves everything as it was."""
    dsn = durable.new_database()
    service = await asyncio.to_thread(serve, dsn)
    await load.create(lambda: service.url)
    await load.write_all(1, lambda: service.url, 3)
    rebuilder = Rebuilder(dsn, load.path.rpartition("/")[2])

    output = await asyncio.to_thread(rebuilder.kill_worker)

    assert "was killed" in output
    assert "Traceback" not in output
    await load.check(service.url, dsn)
