import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import PGconn
from psycopg_pool import PoolTimeout

from timeline.embedded.programs import ACCOUNT_FOR_ROOT, EmbeddedServerError
from timeline.embedded.server import SOCKET_BYTES_MAX, EmbeddedServer
from timeline.postgres import connect, connection_pool
from timeline.settings import Settings

VERBATIM = '{"b" : 1.50,  "a":"\\u00e9","a":2}'


@pytest.fixture
def data_dir():
    """A data directory for a server of the test's own, where PostgreSQL's account may pass."""
    with tempfile.TemporaryDirectory(prefix="timeline-tests-") as path:
        yield Path(path)


def answer(dsn, query):
    """The first value of a query's answer."""
    with closing(psycopg.connect(dsn, autocommit=True)) as connection:
        return connection.execute(query).fetchone()[0]


def run_apart(data_dir, body):
    """Start a Python process that has `server` on the data directory and runs these lines."""
    script = f"""
        from timeline.embedded.server import EmbeddedServer
        server = EmbeddedServer({str(data_dir)!r})
        {body}
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def pid_file(data_dir):
    """Where PostgreSQL writes its pid."""
    return Path(data_dir) / "postgres" / "postmaster.pid"


@pytest.fixture
def other():
    """A live process that is not a server, of the account that PostgreSQL would run under."""
    account = ACCOUNT_FOR_ROOT if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "600"], user=account) as process:
        yield process
        process.kill()


def kill_server(data_dir):
    """End the server as a crash would, and wait until it is gone."""
    pid = int(pid_file(data_dir).read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}/stat").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():
        time.sleep(0.01)


def test_the_embedded_server_keeps_its_data_and_syncs_its_writes(data_dir):
    """A second run has what the first one wrote, and durability is not traded for speed."""
    with EmbeddedServer(data_dir) as server, psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE TABLE numbers AS SELECT 7 AS value")
    with EmbeddedServer(data_dir) as server:
        value = answer(server.dsn, "SELECT value FROM numbers")
        fsync = answer(server.dsn, "SHOW fsync")

    assert (value, fsync) == (7, "on")
    assert not pid_file(data_dir).exists()


def test_a_deep_data_directory_works(data_dir):
    """A socket's path is limited to about a hundred bytes; a data directory's is not."""
    deep = data_dir / ("""folder, "quoted" and isn't/""" * 8)
    with EmbeddedServer(deep) as server:
        name = answer(server.dsn, "SELECT current_database()")
        socket_dir = Path(psycopg.conninfo.conninfo_to_dict(server.dsn)["host"])

    assert len(str(deep)) > SOCKET_BYTES_MAX
    assert name == "timeline"
    assert not socket_dir.exists()


def test_a_second_process_uses_the_running_server_and_the_last_one_stops_it(data_dir):
    """`timeline migrate` beside a running `timeline demo` works on the same data."""
    with EmbeddedServer(data_dir) as server:
        other = run_apart(
            data_dir, "server.start(); print(server.dsn, flush=True); input(); print(server.stop())"
        )
        shared = other.stdout.readline().strip()
        assert not server.stop()
        assert answer(shared, "SELECT 1") == 1
        output, _ = other.communicate("\n")

    assert output.strip() == "True"
    assert not pid_file(data_dir).exists()


def test_a_process_that_was_killed_is_forgotten(data_dir):
    """The server that a killed process left running is used by the next one, and stopped by it."""
    killed = run_apart(data_dir, "server.start(); print('up', flush=True); input()")
    assert killed.stdout.readline().strip() == "up"
    killed.kill()
    killed.communicate()
    server = EmbeddedServer(data_dir)
    server.start()

    assert answer(server.dsn, "SELECT 1") == 1
    assert server.stop()


def test_a_pid_file_from_before_a_crash_does_not_block_the_start(data_dir, other):
    """In a container the old pid soon belongs to another program, often of the same user."""
    crashed = EmbeddedServer(data_dir)
    crashed.start()
    kill_server(data_dir)
    crashed.stop()
    for stale in (pid_file(data_dir), data_dir / "postgres" / ".s.PGSQL.5432.lock"):
        lines = stale.read_text().splitlines()
        stale.write_text("\n".join([str(other.pid), *lines[1:], ""]))
    with EmbeddedServer(data_dir) as server:
        actual = answer(server.dsn, "SELECT 1")

    assert actual == 1


def test_a_server_that_is_started_again_has_the_same_address(data_dir):
    """Its clients know no other; here the socket is in a folder of its own, since the path is too long."""
    with EmbeddedServer(data_dir / ("folder" * 20)) as server:
        before = server.dsn
        kill_server(server.data_dir)
        assert not server.is_serving
        server.restart()

        assert server.is_serving
        assert before == server.dsn
        assert answer(before, "SELECT 1") == 1


def test_what_is_left_of_a_dead_server_does_not_hold_up_the_next(data_dir):
    """A process in the middle of a long statement does not notice the death, and keeps the data to itself."""
    server = EmbeddedServer(data_dir)
    server.start()
    connection = PGconn.connect(server.dsn.encode())
    pid = connection.backend_pid
    connection.send_query(b"SELECT count(*) FROM generate_series(1, 10000000000)")
    while "SELECT" not in Path(f"/proc/{pid}/cmdline").read_text():
        time.sleep(0.01)
    kill_server(data_dir)
    server.stop()
    try:
        with EmbeddedServer(data_dir) as successor:
            actual = answer(successor.dsn, "SELECT 1")
    finally:
        connection.finish()
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    assert actual == 1


def test_a_server_that_was_told_to_stop_is_started_again(data_dir):
    """It would wait for its clients, and answer nobody else: they stay."""
    with EmbeddedServer(data_dir) as server, closing(psycopg.connect(server.dsn)):
        os.kill(int(pid_file(data_dir).read_text().splitlines()[0]), signal.SIGTERM)
        while server.is_serving:
            time.sleep(0.01)
        server.restart()

        assert answer(server.dsn, "SELECT 1") == 1


def test_a_server_whose_data_are_gone_is_not_started_on_none(data_dir):
    """An empty database in the place of a full one would look like a loss."""
    with EmbeddedServer(data_dir) as server:
        kill_server(data_dir)
        (data_dir / "postgres").rename(data_dir / "elsewhere")

        with pytest.raises(EmbeddedServerError, match="the data are gone"):
            server.restart()
        assert not (data_dir / "postgres").exists()


def test_a_server_that_cannot_start_reports_why(data_dir):
    """The end of the server's own log is in the message."""
    with pytest.raises(EmbeddedServerError, match="no_such_setting"):
        EmbeddedServer(data_dir, {"no_such_setting": "1"}).start()


def test_a_data_directory_that_cannot_be_created_is_named(data_dir):
    """A file in its place is the usual reason."""
    (data_dir / "file").touch()

    with pytest.raises(EmbeddedServerError, match="cannot create the data directory"):
        EmbeddedServer(data_dir / "file").start()


async def test_json_comes_back_verbatim(pool):
    """Spaces, digits, escapes and doubled keys are part of what is hashed."""
    async with pool.connection() as connection:
        text = await (await connection.execute("SELECT %s::json, NULL::json", [VERBATIM])).fetchone()
        cursor = connection.cursor(binary=True)
        binary = await (await cursor.execute("SELECT %s::json, NULL::json", [VERBATIM])).fetchone()

    assert (VERBATIM.encode(), None) == text == binary
    assert json.loads(text[0])["a"] == 2


async def test_a_session_has_its_limits(dsn):
    """No statement, lock or forgotten transaction blocks others for ever."""
    names = [
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "TimeZone",
        "application_name",
    ]
    settings = Settings(statement_seconds_max=1.5, lock_seconds_max=0.25)
    async with await connect(dsn, settings) as connection:
        actual = [(await (await connection.execute(f"SHOW {name}")).fetchone())[0] for name in names]

    assert actual == ["1500ms", "250ms", "1500ms", "UTC", "timeline"]


async def test_the_session_settings_of_the_dsn_win(dsn):
    """Whoever runs the database may know better."""
    with_options = psycopg.conninfo.make_conninfo(dsn, options="-c lock_timeout=77 -c work_mem=5MB")
    async with await connect(with_options, Settings()) as connection:
        row = await (
            await connection.execute("SELECT current_setting('lock_timeout'), current_setting('work_mem')")
        ).fetchone()

    assert row == ("77ms", "5MB")


async def test_a_pooled_connection_that_the_server_closed_is_replaced(pool, admin):
    """After the database was restarted the first request gets a working connection, not an error."""
    async with pool.connection() as connection:
        name = connection.info.dbname
    admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
    async with pool.connection() as connection:
        row = await (await connection.execute("SELECT 1")).fetchone()

    assert row == (1,)


async def test_waiting_for_a_connection_has_an_end(dsn):
    """A full pool raises PoolTimeout, which the service answers with 503."""
    settings = Settings(pool_connections_max=2, pool_wait_seconds_max=0.05)
    async with connection_pool(dsn, settings) as pool:
        await pool.wait()  # opening one may take longer than a request would wait
        async with pool.connection(), pool.connection():
            with pytest.raises(PoolTimeout):
                await pool.getconn()
