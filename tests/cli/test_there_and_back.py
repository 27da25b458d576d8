"""Files are exported from one timeline and imported into another, by the commands."""

import json
from uuid import uuid4

import httpx
import pytest

from tests.cli.conftest import FIRST_CASE

TITLE = {"text": {"headline": "A war", "text": "As slides"}}
SLIDES = [
    {"unique_id": "one", "start_date": {"year": "2024"}, "text": {"headline": "One"}, "group": "Video"},
    {"unique_id": "two", "start_date": {"year": "2025", "month": "2"}, "text": {"headline": "Two"}},
]


@pytest.fixture(scope="module")
def url(serve, database):
    """A service."""
    with serve("serve", TIMELINE_DATABASE_URL=database) as service:
        yield service.url


@pytest.fixture
def run(call, url, tmp_path):
    """Run a command on the service; gives what it printed, as JSON if it is an import."""

    def run_command(*arguments, status=0, **more):
        done = call(*arguments, TIMELINE_URL=url, **more)
        assert status == done.returncode, done.stderr
        return json.loads(done.stdout) if arguments[0] == "import" else done

    return run_command


def _name():
    return f"t-{uuid4().hex}"


def _import_slides(run, name, document, status=0):
    command = ("import", "timelinejs", "-", "--dataset", "slides", "-t", name, "--create", "--json")
    return run(*command, stdin=json.dumps(document), status=status)


def test_slides_are_imported_once_and_can_be_exported(run, tmp_path):
    """The second time nothing is new; the export has what was imported."""
    name, file = _name(), tmp_path / "out.json"
    document = {"title": TITLE, "events": SLIDES}
    assert 3 == _import_slides(run, name, document)["new"]
    again = _import_slides(run, name, document)
    assert (0, 3) == (again["new"], again["unchanged"])

    run("export", "timelinejs", "-t", name, "-o", str(file))
    written = json.loads(file.read_text())
    assert TITLE["text"] == written["title"]["text"]
    assert {"One", "Two"} == {slide["text"]["headline"] for slide in written["events"]}


def test_a_newer_edition_of_slides_changes_what_it_changes(run):
    """The title too; a slide that can no longer be read stays as it is."""
    name = _name()
    _import_slides(run, name, {"title": TITLE, "events": SLIDES})
    first = {**SLIDES[0], "text": {"headline": "One, again"}}
    second = {**SLIDES[1], "start_date": {"year": "602"}}
    summary = _import_slides(
        run, name, {"title": {"text": {"headline": "The war"}}, "events": [first, second]}, status=1
    )
    assert (2, 0, 1) == (summary["corrected"], summary["retracted"], summary["rejected"])


@pytest.mark.parametrize("form", ["ndjson", "cloudevents"])
def test_a_log_can_be_imported_into_another_timeline(run, url, tmp_path, form):
    """Every event of it, with its own id, in the same order."""
    source, target, file = _name(), _name(), tmp_path / "log"
    run("post", str(FIRST_CASE), "-t", source, "--create", "--json")
    run("export", form, "-t", source, "-o", str(file))
    summary = run("import", form, str(file), "-t", target, "--create", "--json")
    assert (len(json.loads(FIRST_CASE.read_bytes())), 0) == (summary["new"], summary["rejected"])
    logs = [
        httpx.get(f"{url}/v1/timelines/{name}/events", params={"limit": 100}, trust_env=False).json()
        for name in (source, target)
    ]
    first, second = ([record["event"] for record in log["records"]] for log in logs)
    assert first == second


def test_a_timeline_without_entries_is_not_a_document_of_timelinejs(run, url):
    """The request is refused in words; TimelineJS would show an error."""
    name = _name()
    httpx.put(f"{url}/v1/timelines/{name}", trust_env=False)
    done = run("export", "timelinejs", "-t", name, status=1)
    assert "TimelineJS cannot show a timeline without slides" in done.stderr
    answer = httpx.get(f"{url}/v1/timelines/{name}", params={"format": "cloudevents"}, trust_env=False)
    assert 400 == answer.status_code


def test_slides_need_the_name_of_a_data_set(call):
    """Two files of slides are not two editions of one."""
    done = call("import", "timelinejs", "-", "-t", "x", stdin="{}")
    assert 2 == done.returncode
    assert "--dataset" in done.stderr
