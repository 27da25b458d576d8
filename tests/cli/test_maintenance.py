"""`timeline rebuild` and `timeline verify`, as a person runs them."""

import asyncio
import json
import re
import signal
import time
from contextlib import contextmanager

import psycopg
import pytest

from tests.support.maintenance import linked_timeline
from tests.support.posting import new_timeline
from tests.support.processes import wait_until
from timeline.postgres import connection_pool
from timeline.settings import Settings


@pytest.fixture
def case(database) -> str:
    """A timeline of events that refer to each other."""

    async def make() -> str:
        async with connection_pool(database, Settings()) as pool:
            return await linked_timeline(pool)

    return asyncio.run(make())


def execute(database: str, statement: str, *values: object) -> None:
    """Change something behind the service's back."""
    with psycopg.connect(database) as connection:
        connection.execute(statement, values)


def test_rebuild_prints_what_it_did(run, database, case):
    """How many records, how fast, and which generation is in use now; verify agrees."""
    variables = {"TIMELINE_DATABASE_URL": database, "TIMELINE_REBUILD_GRACE_SECONDS": "0"}

    rebuilt = run("rebuild", "-t", case, **variables)
    again = run("rebuild", "--timeline", case, "--workers", "2", **variables)
    verified = run("verify", "-t", case, **variables)

    assert (0, 0, 0) == (rebuilt.returncode, again.returncode, verified.returncode), (
        rebuilt.stderr + again.stderr
    )
    assert f"{case}: rebuilt from 11 records in " in rebuilt.stderr
    assert "generation 2 is now in use" in rebuilt.stderr
    assert "generation 3 is now in use" in again.stderr
    assert verified.stdout.startswith(f"{case}: 11 records and ")
    assert " match the log; root " in verified.stdout


def test_verify_prints_what_differs_and_how_much_more_there_is(run, database, case):
    """Table, key, column, what is stored and what should be; the exit code tells scripts."""
    execute(database, "UPDATE entry SET status = 'denied', tags = '{capture}' WHERE timeline_id = %s", case)

    few = run("verify", "--timeline", case, "--limit", "1", TIMELINE_DATABASE_URL=database)
    as_json = run("verify", "--timeline", case, "--json", TIMELINE_DATABASE_URL=database)

    findings = json.loads(as_json.stdout)
    assert (1, 1) == (few.returncode, as_json.returncode)
    assert f"{case}: {findings['total']} differences in 11 records and " in few.stdout
    assert "  entry development=" in few.stdout
    assert "\n    stored    denied\n    expected  " in few.stdout
    assert f"  and {findings['total'] - 1} more; --limit {findings['total']} prints all\n" in few.stdout
    assert {"tags", "status"} == {difference["column"] for difference in findings["differences"]}
    assert case == findings["verified"]["timeline"]


def test_verify_tells_whether_the_log_extends_a_root_that_was_kept(run, database, case):
    """The root that it printed, and after a change one that is not that of the log; and what none shows."""
    first = run("verify", "--timeline", case, TIMELINE_DATABASE_URL=database)
    [root] = re.findall(r"; root (11:[0-9a-f]{64})\n", first.stdout)
    extended = run("verify", "--timeline", case, "--root", root, TIMELINE_DATABASE_URL=database)
    other = run(
        "verify", "--timeline", case, "--root", f"7:{'0a' * 32}", "--json", TIMELINE_DATABASE_URL=database
    )

    assert "\n  of records 1 to 11 it cannot be seen whether somebody changed them " in first.stdout
    assert (0, True) == (extended.returncode, "cannot be seen" not in extended.stdout)
    assert "\n  the log extends the root that was kept of position 11\n" in extended.stdout
    assert 1 == other.returncode
    findings = json.loads(other.stdout)
    [difference] = findings["differences"]
    [(answer, own)] = [(root, root.pop("log_root")) for root in findings["verified"]["roots"]]
    assert {"position": 7, "root": "0a" * 32, "extends": False} == answer
    assert difference["stored"] == own != answer["root"]
    assert ("root", "0a" * 32, "1 to 7") == (
        difference["column"],
        difference["expected"],
        difference["key"]["records"],
    )


@pytest.mark.parametrize(
    ("position", "reason"),
    [
        (1, "records up to there were changed since it was kept"),
        (11, "records up to there were changed since it was kept"),
        (12, "it ends at position 11, so that records are missing"),
        (10**17, "it ends at position 11, so that records are missing"),
    ],
)
def test_verify_says_in_words_that_the_log_does_not_extend_a_root(run, database, case, position, reason):
    """Why, at any position; and the roots beside it that the log does extend."""
    roots = {at: run_root(run, database, case, at) for at in (1, 11)}
    others = [f"--root={at}:{root}" for at, root in roots.items() if at != position]
    wrong = f"--root={position}:{'0a' * 32}"
    verified = run("verify", "--timeline", case, wrong, *others, TIMELINE_DATABASE_URL=database)

    assert 1 == verified.returncode
    assert (
        f"\n  the log does NOT extend the root that was kept of position {position}: {reason},"
        " or the root is of another log\n"
    ) in verified.stdout
    assert len(others) == verified.stdout.count("\n  the log extends the root that was kept of position ")


def test_verify_says_that_the_record_of_a_root_is_missing(run, database, case):
    """Where the log goes on behind it."""
    with psycopg.connect(database) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM event WHERE timeline_id = %s AND position = 7", [case])
    wrong = f"7:{'0a' * 32}"
    verified = run("verify", "--timeline", case, "--root", wrong, TIMELINE_DATABASE_URL=database)

    assert 1 == verified.returncode
    assert "kept of position 7: its record of that position is missing, or the root is of" in verified.stdout


def run_root(run, database: str, timeline: str, position: int) -> str:
    """The root of the timeline's log at a position, from what `verify` says to a wrong one."""
    wrong = f"{position}:{'0a' * 32}"
    verified = run(
        "verify", "--timeline", timeline, "--root", wrong, "--json", TIMELINE_DATABASE_URL=database
    )
    [answer] = json.loads(verified.stdout)["verified"]["roots"]
    return answer["log_root"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--timeline", "a", "--root", f"0:{'0a' * 32}"],
            "positions begin at 1: a root of position 0 is of no",
        ),
        (["--timeline", "a", "--root", "7:ab"], "'7:ab' is not a position, a colon and the 64 hexadecimal"),
        (["--root", f"7:{'0a' * 32}"], "a root is that of one timeline; name it with --timeline"),
    ],
)
def test_a_root_has_a_form_and_a_timeline(run, arguments, message):
    """A mistake is told before the database is looked at."""
    refused = run("verify", *arguments, COLUMNS="200")

    assert (2, True) == (refused.returncode, message in refused.stderr), refused.stderr


def test_verify_names_what_a_stopped_rebuild_has_left(run, database, case):
    """And a disabled trigger, in words."""
    execute(database, "UPDATE timeline SET generation = 0 WHERE timeline_id = %s", case)
    verified = run("verify", "--timeline", case, TIMELINE_DATABASE_URL=database)

    assert 1 == verified.returncode
    assert "  profile generation=1\n    stored    3 rows that nobody reads\n" in verified.stdout


def test_all_timelines_one_after_another(run, new_database, template):
    """If one differs the exit code is 1, and the others are reported as well."""
    database = new_database(template)

    async def make() -> list[str]:
        async with connection_pool(database, Settings()) as pool:
            return sorted(
                [await linked_timeline(pool), await new_timeline(pool), await linked_timeline(pool)]
            )

    names = asyncio.run(make())
    variables = {"TIMELINE_DATABASE_URL": database, "TIMELINE_REBUILD_GRACE_SECONDS": "0"}
    rebuilt = run("rebuild", **variables)
    execute(database, "UPDATE timeline SET recorded_at = now() WHERE timeline_id = %s AND head > 0", names[0])
    execute(database, "UPDATE profile SET name = 'x' WHERE timeline_id = %s", names[0])
    verified = run("verify", "--json", **variables)

    assert 0 == rebuilt.returncode
    assert names == [line.partition(":")[0] for line in rebuilt.stderr.splitlines()]
    assert names == [json.loads(line)["verified"]["timeline"] for line in verified.stdout.splitlines()]


def test_the_time_of_grace_is_one_for_all_timelines(run, database, case):
    """Old rows stay until every timeline has new ones, and no timeline waits for the old rows of another."""

    async def make() -> list[str]:
        async with connection_pool(database, Settings()) as pool:
            return [case, *[await linked_timeline(pool) for _ in range(2)]]

    names = asyncio.run(make())
    arguments = [word for name in names for word in ("--timeline", name)]
    variables = {"TIMELINE_DATABASE_URL": database, "TIMELINE_REBUILD_GRACE_SECONDS": "2.5"}
    started_at = time.monotonic()
    rebuilt = run("rebuild", *arguments, **variables)
    seconds = time.monotonic() - started_at

    assert 0 == rebuilt.returncode, rebuilt.stderr
    lines = rebuilt.stderr.splitlines()
    assert [*names, "The old rows will be removed in 2.5 s."] == [line.partition(":")[0] for line in lines]
    assert 2.5 <= seconds < 3 * 2.5
    with psycopg.connect(database) as connection:
        generations = connection.execute(
            "SELECT DISTINCT generation FROM entry WHERE timeline_id = ANY(%s)", [names]
        ).fetchall()
    assert 1 == len(generations)


def test_a_rebuild_that_is_refused_keeps_no_other_from_its_own(run, database, case):
    """The others are rebuilt, the refusal is reported at the end, and the exit code is 1."""

    async def make() -> str:
        async with connection_pool(database, Settings()) as pool:
            return await linked_timeline(pool)

    other = asyncio.run(make())
    variables = {"TIMELINE_DATABASE_URL": database, "TIMELINE_REBUILD_GRACE_SECONDS": "0"}
    with psycopg.connect(database) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, %s))", [case, 0x7265_6274])
        rebuilt = run("rebuild", "--timeline", case, "--timeline", other, **variables)

    assert 1 == rebuilt.returncode
    assert f"{other}: rebuilt from 11 records in " in rebuilt.stderr
    assert rebuilt.stderr.endswith(f"Error: timeline {case} is being rebuilt by another process\n")


def test_a_rebuild_without_progress_says_so_and_ends(run, database, case):
    """It waits for a row of somebody's transaction; the other timelines are rebuilt."""

    async def make() -> str:
        async with connection_pool(database, Settings()) as pool:
            return await linked_timeline(pool)

    other = asyncio.run(make())
    names = ["--timeline", case, "--timeline", other]
    variables = {"TIMELINE_REBUILD_STALL_SECONDS_MAX": "2", "TIMELINE_REBUILD_GRACE_SECONDS": "0"}
    with held_row(database, case):
        rebuilt = run("rebuild", *names, **variables, TIMELINE_DATABASE_URL=database)

    assert 1 == rebuilt.returncode
    assert f"{other}: rebuilt from 11 records in " in rebuilt.stderr
    assert f"Error: the rebuild of {case} made no progress for 2 s and was ended; " in rebuilt.stderr


@contextmanager
def held_row(database: str, timeline: str):
    """Keep a rebuild of the timeline waiting at a row for as long as the block lasts."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO profile SELECT timeline_id, 2, kind, subject, from_position, to_position, name,"
            " part_of, words, document FROM profile WHERE timeline_id = %s AND kind = 'timeline'",
            [timeline],
        )
        yield
        connection.rollback()


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGTERM]])
def test_a_rebuild_that_is_stopped_says_what_holds(  # noqa: PLR0913 - fixtures, and what varies
    start, run, database, case, signals, workers
):
    """In one line, and nothing else; a second signal does not wait for the tidying up. Nothing is changed."""

    def is_waiting() -> bool:
        with psycopg.connect(database, autocommit=True) as other:
            [(count,)] = other.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock'"
            ).fetchall()
        return count > 0

    arguments = ("rebuild", "--timeline", case, "--workers", workers)
    with held_row(database, case), start(*arguments, TIMELINE_DATABASE_URL=database) as process:
        wait_until(is_waiting)
        process.send_signal(signals[0])
        assert "Stopping …\n" == process.stderr.readline()
        for signum in signals[1:]:
            process.send_signal(signum)
        rest = process.communicate(timeout=60)[1]
    verified = run("verify", "--timeline", case, TIMELINE_DATABASE_URL=database)

    assert 128 + signals[0] == process.returncode
    assert rest.startswith(
        "Stopped: the views that were in use still are, whole. Run `timeline rebuild` again"
    )
    assert 1 == rest.count("\n"), rest
    assert " match the log; " in verified.stdout or "rows that nobody reads" in verified.stdout


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_rebuild_stopped_in_its_time_of_grace_says_that_new_views_are_in_use(
    start, database, case, workers
):
    """They are, and only old rows are left over."""
    arguments = ("rebuild", "--timeline", case, "--workers", workers)
    with start(*arguments, TIMELINE_DATABASE_URL=database) as process:
        lines = [process.stderr.readline() for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=60)[1]

    assert "The old rows will be removed in 60 s.\n" == lines[1]
    assert 128 + signal.SIGTERM == process.returncode
    assert rest.startswith("Stopping …\nStopped: new views are in use in 1 timeline; ")
    assert 2 == rest.count("\n"), rest


@pytest.mark.parametrize("command", ["rebuild", "verify"])
def test_failures_are_reported(run, database, new_database, command):
    """An unknown timeline, a database without the schema, and one that is not available."""
    unknown = run(command, "--timeline", "nope", TIMELINE_DATABASE_URL=database)
    empty = run(command, TIMELINE_DATABASE_URL=new_database())
    unavailable = run(command, TIMELINE_DATABASE_URL="host=127.0.0.1 port=1")

    assert (1, "Error: there is no timeline nope\n") == (unknown.returncode, unknown.stderr)
    assert (1, True) == (empty.returncode, "run `timeline migrate`" in empty.stderr)
    assert (3, True) == (
        unavailable.returncode,
        unavailable.stderr.startswith("Error: the database is not available: "),
    )


def test_a_second_rebuild_is_refused(run, database, case):
    """While another process is rebuilding the timeline."""
    with psycopg.connect(database) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, %s))", [case, 0x7265_6274])
        refused = run("rebuild", "--timeline", case, TIMELINE_DATABASE_URL=database)

    assert 1 == refused.returncode
    assert f"Error: timeline {case} is being rebuilt by another process\n" == refused.stderr
