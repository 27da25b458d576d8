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


def test_there_are_six_requests_to_try():
    """The README promises six."""
    assert len(REQUESTS) == 6


@pytest.mark.parametrize("request_line", REQUESTS)
def test_each_request_is_answered(demo, request_line):
    """Each request answers JSON about the first case."""
    answer = _run(request_line, demo)

    first = json.loads(answer.splitlines()[0])
    assert "kursk-2024" in json.dumps(first)


def test_the_requests_show_what_their_comments_say(demo):
    """Before its confirmation the capture was only reported; it is in the box; the figures are compatible."""
    first, before, box, actor, figures, replay = (_run(line, demo) for line in REQUESTS)

    assert 3 == len(json.loads(first)["entries"])
    assert ["reported"] == [entry["status"] for entry in json.loads(before)["entries"]]
    assert ["capture"] == [entry["type"] for entry in json.loads(box)["entries"]]
    assert 3 == len(json.loads(actor)["entries"])
    assert "compatible" in [series["reconciled"]["standing"] for series in json.loads(figures)["series"]]
    assert 2 <= len(replay.splitlines())


def test_the_event_of_the_readme_can_be_posted_and_sent_again(demo):
    """The example event is recorded once, however often it is sent."""
    first = json.loads(_run(BLOCKS[2], demo))
    again = json.loads(_run(BLOCKS[2], demo))

    assert [False, True] == [answer["outcomes"][0]["duplicate"] for answer in (first, again)]
    assert first["position"] == again["position"]


def test_the_audit_tells_the_story_of_a_doubt(demo):
    """The figure that an editor takes back stands no longer, stood before, and remains in the audit."""
    _run(BLOCKS[3], demo)
    series, *requests = [line for line in BLOCKS[4].splitlines() if line]
    present, past, earlier, audit, totals = (json.loads(_run(f"{series}; {line}", demo)) for line in requests)

    assert [["nis-south-korea"], ["ukrainian-sources"]] == [
        [claim["claimant"] for claim in view["latest"]] for view in (present, earlier)
    ]
    assert ["single", "compatible", "single"] == [
        view["reconciled"]["standing"] for view in (present, past, earlier)
    ]
    assert "more_than" == past["chosen"]["figure"]["qualifier"]
    assert [("ukrainian-sources", 16), ("nis-south-korea", 17)] == [
        (change["claimant"], change["position"]) for change in audit["changes"][:2]
    ]
    retraction = audit["changes"][-1]
    assert ("retraction", "unverifiable", 3000) == (
        retraction["kind"],
        retraction["reason"],
        retraction["before"]["value"],
    )
    assert [("2024-12", 1)] == [(line["keys"]["month"], line["best"]) for line in totals["lines"]]


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
