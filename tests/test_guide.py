"""The guide is true: its requests run against the real service, in their order, and show what it says."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.processes import INSTALLED, clean_environment, wait_until
from tests.support.service import running

GUIDE = Path(__file__).parents[1] / "timeline" / "guide"
PAGES = ["first-steps.md", "posting.md", "importing.md", "mappings.md", "reading.md"]
"""The pages in the order of reading; a request may rely on those before it."""

FENCE = re.compile(
    r"(?:`(?P<file>[\w.-]+)`:\n\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
SECONDS_MAX = 60


class Step(NamedTuple):
    """Commands to run, and the block below them, which shows what they print."""

    commands: str
    kind: str
    expected: str


def steps_of(page: str, folder: Path) -> list[Step]:
    """The commands of a page (blocks of `sh`); the files that it shows are written to the folder."""
    steps: list[Step] = []
    text = (GUIDE / page).read_text()
    end = 0
    for fence in FENCE.finditer(text):
        kind, block = fence["kind"], fence["text"]
        if kind == "sh":
            steps.append(Step(block, "", ""))
        elif fence["file"]:
            (folder / fence["file"]).write_text(block)
        elif kind in ("text", "json") and steps and not text[end : fence.start()].strip():
            steps[-1] = Step(steps[-1].commands, kind, block)
        end = fence.end()
    return steps


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where a reader works, with the examples of the guide in it."""
    made = tmp_path_factory.mktemp("guide")
    shutil.copytree(GUIDE / "examples", made / "examples")
    return made


@pytest.fixture(scope="module")
def reader(folder, tmp_path_factory) -> Iterator[dict[str, str]]:
    """The environment of somebody who follows the guide while `make demo` runs."""
    if shutil.which("curl") is None:
        pytest.skip("curl is needed to run the guide's requests")
    data = str(tmp_path_factory.mktemp("demo") / "data")
    with running((*INSTALLED, "demo"), clean_environment(TIMELINE_DATA_DIR=data, TIMELINE_PORT="0")) as demo:
        wait_until(lambda: demo.client.get("/v1/timelines/kursk-2024").json().get("position") == 24)
        path = f"{Path(INSTALLED[0]).parent}{os.pathsep}{os.environ['PATH']}"
        yield clean_environment(TIMELINE_URL=demo.url, PATH=path, COLUMNS="400")


def run(commands: str, folder: Path, environment: dict[str, str]) -> str:
    """What the commands of a block print; a command that fails ends them, unless the block says so."""
    commands = commands.replace("http://localhost:8000", "localhost:8000")
    commands = commands.replace("localhost:8000", environment["TIMELINE_URL"]).replace(
        "curl ", "curl --silent "
    )
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def holds(answer: Any, expected: Any) -> bool:
    """Whether an answer has all members that the guide shows, and lists begin as it shows them."""
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(
            name in answer and holds(answer[name], value) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(answer, list) and len(answer) >= len(expected) and all(map(holds, answer, expected))
    return bool(answer == expected)


def documents_in(text: str) -> Iterator[Any]:
    """The documents of JSON that follow each other, on lines of their own or not."""
    decoder, text = json.JSONDecoder(), text.strip()
    while text:
        document, end = decoder.raw_decode(text)
        yield document
        text = text[end:].strip()


def assert_shows(output: str, step: Step) -> None:
    """Each line that the guide shows is part of a line of the output, in the same order; … is any text."""
    if step.kind == "json":
        answers, documents = list(documents_in(output)), list(documents_in(step.expected))
        assert holds(answers, documents), f"{step.expected}\nnot in\n{output}"
        return
    lines = iter([" ".join(line.split()) for line in output.splitlines()])
    for expected in step.expected.splitlines():
        pattern = re.escape(" ".join(expected.split())).replace("…", ".*")
        assert any(re.search(pattern, line) for line in lines), f"{expected}\nnot in\n{output}"


@pytest.mark.parametrize("page", PAGES)
def test_every_request_of_the_guide_does_what_it_says(page, folder, reader):
    """Page after page, on one service."""
    steps = steps_of(page, folder)

    assert steps
    for step in steps:
        output = run(step.commands, folder, reader)
        if step.kind:
            assert_shows(output, step)


def test_the_guide_has_these_pages_and_links_to_nothing_else():
    """Each page is in the list of contents, and every relative link leads to a file."""
    contents = (GUIDE / "README.md").read_text()

    assert PAGES == re.findall(r"^\d\. \[[^\]]+\]\(([\w.-]+)\)", contents, re.MULTILINE)
    assert {*PAGES, "README.md"} == {page.name for page in GUIDE.glob("*.md")}
    for page in GUIDE.glob("*.md"):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (GUIDE / link).exists(), f"{page.name}: {link}"
