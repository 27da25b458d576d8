import http.client
import json
import os
import re
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import httpx
import pytest

SECONDS_MAX = 30
WRITERS = 8


def pid_file(data_dir):
    """The file that a running PostgreSQL has in its folder."""
    return data_dir / "postgres" / "postmaster.pid"


def wait_until(condition):
    """Wait for something that will come true."""
    end = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_it_prints_its_addresses_once_it_answers(serve, database):
    """Each address that it prints can be opened at once."""
    with serve("serve", TIMELINE_DATABASE_URL=database) as service:
        wait_until(lambda: "Ctrl-C" in service.log)
        addresses = re.findall(r"http://\S+", service.log)

        assert [f"{service.url}{path}" for path in ("", "/docs", "/openapi.yaml", "")] == addresses
        assert all(httpx.get(address).status_code == 200 for address in addresses[1:3])
        assert "Stop with Ctrl-C." == service.log.splitlines()[-1]
        assert 0 == service.stop(signal.SIGINT)


@pytest.mark.parametrize(("token", "words"), [("", "need no token"), ("word", "need the token that ")])
def test_it_prints_whether_writes_need_a_token(serve, database, token, words):
    """Whoever starts it sees whether others may write; the token itself is not printed."""
    with serve("serve", TIMELINE_DATABASE_URL=database, TIMELINE_WRITE_TOKEN=token) as service:
        wait_until(lambda: "Ctrl-C" in service.log)
        line = next(line for line in service.log.splitlines() if "Writes" in line)

    assert words in line
    assert "word" not in line


def test_a_port_in_use_is_reported(run, serve, database):
    """In use by any program that listens, or by another service, whose workers could share it: at once."""
    variables = {"TIMELINE_DATABASE_URL": database, "TIMELINE_PORT_WAIT_SECONDS_MAX": "600"}
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        by_another = run("serve", "--port", port, **variables)
    with serve("serve", TIMELINE_DATABASE_URL=database) as service:
        by_a_service = run("serve", "--port", service.url.rpartition(":")[2], **variables)

    assert (1, 1) == (by_another.returncode, by_a_service.returncode)
    assert f"port {port} on 127.0.0.1 is in use" in by_another.stderr
    assert "is in use" in by_a_service.stderr


def test_a_health_port_in_use_is_reported_as_such(run, database):
    """By the variable that sets it; the option for the other port would not help."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        in_use = run("serve", "--port=0", TIMELINE_HEALTH_PORT=port, TIMELINE_DATABASE_URL=database)

    assert 1 == in_use.returncode
    assert f"port {port} on 127.0.0.1 is in use by another program.\n" in in_use.stderr
    assert "Choose another with TIMELINE_HEALTH_PORT, or unset it.\n" in in_use.stderr
    assert "--port" not in in_use.stderr


def test_a_health_port_is_not_the_port_of_the_service(run, database):
    """They contradict each other, and no other program is to blame."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
    same = run("serve", "--port", port, TIMELINE_HEALTH_PORT=port, TIMELINE_DATABASE_URL=database)

    assert 2 == same.returncode
    assert f"TIMELINE_HEALTH_PORT is {port}, which is the service's own port (--port): " in same.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_it_prints_where_else_it_listens(serve, database, host):
    """All interfaces, if it does, and the health listener, which answers there."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
    variables = {"TIMELINE_WRITE_TOKEN": "word", "TIMELINE_HEALTH_PORT": port}
    with serve("serve", "--host", host, TIMELINE_DATABASE_URL=database, **variables) as service:
        wait_until(lambda: "Ctrl-C" in service.log)
        [health] = re.findall(r"Health +(http://\S+/health) and /ready", service.log)
        is_everywhere = "Network    all interfaces (0.0.0.0), port " in service.log

        assert (f"http://127.0.0.1:{port}/health", 200) == (health, httpx.get(health).status_code)
        assert is_everywhere == (host == "0.0.0.0")
        assert is_everywhere == ("/ready on all interfaces" in service.log)


@pytest.mark.parametrize("command", ["serve", "demo"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_machines_are_served_with_a_token_only(run, data_dir, command, host):
    """It refuses before it starts anything."""
    actual = run(command, "--host", host, "--port", "0", TIMELINE_DATA_DIR=str(data_dir / "new"))

    assert 2 == actual.returncode
    assert "Set TIMELINE_WRITE_TOKEN" in actual.stderr
    assert not (data_dir / "new").exists()


def test_with_a_token_it_serves_other_machines(serve, database):
    """And writes need that token."""
    with serve(
        "serve", "--host", "0.0.0.0", TIMELINE_DATABASE_URL=database, TIMELINE_WRITE_TOKEN="word"
    ) as service:
        refused = httpx.put(f"{service.url}/v1/timelines/open")
        accepted = httpx.put(f"{service.url}/v1/timelines/open", headers={"Authorization": "Bearer word"})

    assert (401, 201) == (refused.status_code, accepted.status_code)


@pytest.mark.parametrize(
    ("arguments", "variables", "word"),
    [
        (["--port", "70000"], {}, "--port"),
        (["--workers", "0"], {}, "--workers"),
        ([], {"TIMELINE_PORT": "many"}, "TIMELINE_PORT"),
        (
            [],
            {"TIMELINE_WORKRES": "2"},
            "the nearest is TIMELINE_WORKERS",
        ),
        ([], {"TIMELINE_DATABASE_URL": "no connection string"}, "TIMELINE_DATABASE_URL"),
        (["--host", "no.such.host.invalid"], {}, "no.such.host.invalid"),
    ],
)
def test_a_wrong_setting_is_wrong_usage(run, data_dir, arguments, variables, word):
    """The message names the option or the variable."""
    actual = run("serve", *arguments, **({"TIMELINE_DATA_DIR": str(data_dir)} | variables))

    assert 2 == actual.returncode
    assert word in actual.stderr


def test_a_database_that_is_not_available_is_exit_code_3(run):
    """A supervisor tries again."""
    actual = run("serve", "--port", "0", TIMELINE_DATABASE_URL="host=127.0.0.1 port=1")

    assert 3 == actual.returncode
    assert "the database is not available" in actual.stderr


def test_a_folder_that_cannot_be_created_is_reported(run):
    """With a message, not a traceback."""
    actual = run("serve", "--port", "0", TIMELINE_DATA_DIR="/proc/nowhere")

    assert 1 == actual.returncode
    assert "cannot create the data directory /proc/nowhere" in actual.stderr


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT, signal.SIGTERM] * 3])
def test_a_signal_stops_it(serve, database, signals):
    """One, or several that come together: the second must not block what the first began."""
    with serve("serve", "--workers", "2", TIMELINE_DATABASE_URL=database) as service:
        workers = service.workers

        assert 2 == len(workers)
        assert 0 == service.stop(*signals)
        assert not any(os.path.exists(f"/proc/{worker}") for worker in workers)  # noqa: PTH110
        with pytest.raises(httpx.ConnectError):
            httpx.get(service.url)


def test_a_stop_in_mid_start_leaves_no_database_running(start, data_dir):
    """The server that is just being started is stopped again."""
    with start("serve", "--port", "0", TIMELINE_DATA_DIR=str(data_dir)) as process:
        wait_until((data_dir / "postgres.unfinished").exists)
        process.send_signal(signal.SIGTERM)

        assert 128 + signal.SIGTERM == process.wait(SECONDS_MAX)
        assert not pid_file(data_dir).exists()


def test_a_worker_that_dies_is_replaced(serve, database):
    """The service continues with as many as before."""
    with serve("serve", "--workers", "2", TIMELINE_DATABASE_URL=database) as service:
        before = service.workers
        os.kill(before[0], signal.SIGKILL)
        wait_until(lambda: len(set(service.workers) - {before[0]}) == 2)
        with httpx.Client(transport=httpx.HTTPTransport(retries=5)) as client:
            wait_until(lambda: client.get(f"{service.url}/ready").is_success)

        lines = [json.loads(line) for line in service.log.splitlines() if line.startswith("{")]
        assert {
            "level": "error",
            "event": "a worker process has ended unexpectedly; another is started in its place",
            "message": "Unexpected exit from worker-1",
        } in [{name: line.get(name) for name in ("level", "event", "message")} for line in lines]
        assert 0 == service.stop()


def test_workers_end_with_a_parent_that_is_killed(serve, database, tmp_path):
    """No process remains that keeps the port."""
    # a parent that is killed cannot clean up
    variables = {"TIMELINE_DATABASE_URL": database, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    with serve("serve", "--workers", "2", **variables) as service:
        service.stop(signal.SIGKILL)

        def is_free():
            with suppress(httpx.ConnectError):
                httpx.get(f"{service.url}/health")
                return False
            return True

        wait_until(is_free)


def test_the_metrics_of_all_workers_are_added_up(serve, database):
    """Whichever worker answers counts the requests of both."""
    with (
        serve("serve", "--workers", "2", TIMELINE_DATABASE_URL=database) as service,
        httpx.Client(base_url=service.url, headers={"Connection": "close"}) as client,
    ):
        for _ in range(10):
            client.get("/v1/timelines")

        def is_counted():
            counted = re.findall(
                r'requests_total\{.*path="/v1/timelines".*\} (\S+)', client.get("/metrics").text
            )
            return counted == ["10.0"]

        wait_until(is_counted)


def write_until_stopped(url, done):
    """Post events one by one until nothing answers; gives the ids that were acknowledged."""
    acknowledged = []
    with httpx.Client(base_url=url, timeout=SECONDS_MAX) as client, suppress(httpx.TransportError):
        while True:
            event = {"id": str(uuid4()), "type": "actor_profile", "actor": "nobody", "name": "Nobody"}
            if client.post("/v1/timelines/load/events", json=event).status_code == 201:
                acknowledged.append(event["id"])
                done.set()
    return acknowledged


def recorded_ids(url):
    """The ids in the log."""
    ids, address = set(), "/v1/timelines/load/events?limit=500"
    with httpx.Client(base_url=url) as client:
        while address:
            page = client.get(address).json()
            ids |= {record["event"]["id"] for record in page["records"]}
            address = page["next"]
    return ids


def test_a_stop_under_load_loses_nothing_and_leaves_nothing_running(serve, data_dir):
    """Writers post, a reader stalls in mid-stream; every acknowledged event is recorded after a restart."""
    variables = {"TIMELINE_DATA_DIR": str(data_dir)}
    with serve("serve", "--workers", "2", **variables) as service, ThreadPoolExecutor(WRITERS) as pool:
        httpx.put(f"{service.url}/v1/timelines/load").raise_for_status()
        started = [threading.Event() for _ in range(WRITERS)]
        writers = [pool.submit(write_until_stopped, service.url, event) for event in started]
        assert all(event.wait(SECONDS_MAX) for event in started)
        stalled = http.client.HTTPConnection(service.url.removeprefix("http://"))
        stalled.request("GET", "/v1/timelines/load/replay")

        assert 0 == service.stop()
        acknowledged = {event for writer in writers for event in writer.result(SECONDS_MAX)}
        stalled.close()
    assert not pid_file(data_dir).exists()
    with serve("serve", **variables) as service:
        assert acknowledged
        assert acknowledged <= recorded_ids(service.url)
