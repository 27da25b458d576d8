"""The README's commands and examples do what it says."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
REQUESTS = [line for line in BLOCKS[1].splitlines() if line]
DEMO_SECONDS_MAX = 60


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The service as `make demo` starts it, on a free port and with data of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = tmp_path_factory.mktemp("demo")
    environ = {key: value for key, value in os.environ.items() if not key.startswith("TIMELINE_")}
    environ |= {"TIMELINE_DATA_DIR": str(data / "data"), "TIMELINE_PORT": str(port)}
    command = [str(Path(sys.executable).with_name("timeline")), "demo"]
    with (
        (data / "output").open("wb") as output,
        subprocess.Popen(command, env=environ, stdout=output, stderr=output) as process,
    ):
        try:
            _wait_for_first_case(f"http://127.0.0.1:{port}", process)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def _wait_for_first_case(url, process):
    deadline = time.monotonic() + DEMO_SECONDS_MAX
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/v1/timelines/kursk-2024").json().get("position") == 24:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("the demo did not come up")


def _run(command, port):
    if shutil.which("curl") is None:
        pytest.skip("curl is not here to run the README's requests")
    there = command.replace("localhost:8000", f"127.0.0.1:{port}").replace(
        "curl ", "curl --silent --fail ", 1
    )
    done = subprocess.run(["bash", "-c", there], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_two_commands_are_targets_of_the_makefile():
    """Both commands of the first block exist; `make test` is what runs this test."""
    commands = [line.split("#")[0].strip() for line in BLOCKS[0].splitlines()]
    makefile = (ROOT / "Makefile").read_text()

    assert ["make demo", "make test"] == commands
    assert all(re.search(rf"^{command.split()[1]}:", makefile, re.MULTILINE) for command in commands)
    assert "$(BIN)/timeline demo" in makefile


def test_there_are_five_requests_to_try():
    """The README promises five."""
    assert len(REQUESTS) == 5


@pytest.mark.parametrize("request_line", REQUESTS)
def test_each_request_is_answered(demo, request_line):
    """Each request answers JSON about the first case."""
    answer = _run(request_line, demo)

    first = json.loads(answer.splitlines()[0])
    assert "kursk-2024" in json.dumps(first)


def test_the_requests_show_what_their_comments_say(demo):
    """Before the confirmation the capture was only reported, and the figures are compatible."""
    before = json.loads(_run(REQUESTS[1], demo))
    figures = json.loads(_run(REQUESTS[3], demo))

    assert ["reported"] == [entry["status"] for entry in before["entries"]]
    assert "compatible" in [series["reconciled"]["standing"] for series in figures["series"]]


def test_the_event_of_the_readme_can_be_posted_and_sent_again(demo):
    """The example event is taken in once, however often it is sent."""
    first = json.loads(_run(BLOCKS[2], demo))
    again = json.loads(_run(BLOCKS[2], demo))

    assert [False, True] == [answer["outcomes"][0]["duplicate"] for answer in (first, again)]
    assert first["position"] == again["position"]


def test_every_setting_that_the_readme_names_exists(demo):
    """No variable of the README is unknown to the service."""
    named = set(re.findall(r"TIMELINE_[A-Z_]+", README))
    shown = subprocess.run(
        [str(Path(sys.executable).with_name("timeline")), "serve", "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
        check=True,
    ).stdout

    assert {name for name in named if name not in shown} == set()
