"""The commands and examples of the README do what it says."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.processes import INSTALLED, clean_environment, wait_until
from tests.support.service import running

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
REQUESTS = [line for line in BLOCKS[1].splitlines() if line]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The address of the service as `make demo` starts it, on a free port and with data of its own."""
    data_dir = tmp_path_factory.mktemp("demo") / "data"
    environment = clean_environment(TIMELINE_DATA_DIR=str(data_dir), TIMELINE_PORT="0")
    with running((*INSTALLED, "demo"), environment) as service:
        wait_until(lambda: service.client.get("/v1/timelines/kursk-2024").json().get("position") == 24)
        yield service.url


def _run(command, url):
    if shutil.which("curl") is None:
        pytest.skip("curl is needed to run the README's requests")
    request = command.replace("http://localhost:8000", url).replace("localhost:8000", url)
    request = request.replace("curl ", "curl --silent --fail ", 1)
    done = subprocess.run(["bash", "-c", request], capture_output=True, text=True, timeout=30, check=False)
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
    """The example event is recorded once, however often it is sent."""
    first = json.loads(_run(BLOCKS[2], demo))
    again = json.loads(_run(BLOCKS[2], demo))

    assert [False, True] == [answer["outcomes"][0]["duplicate"] for answer in (first, again)]
    assert first["position"] == again["position"]


def test_every_setting_that_the_readme_names_exists(demo):
    """No variable of the README is unknown to the service."""
    variables = set(re.findall(r"TIMELINE_[A-Z_]+", README))
    help_text = subprocess.run(
        [*INSTALLED, "serve", "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
        check=True,
    ).stdout

    assert {name for name in variables if name not in help_text} == set()
