"""Files go out of one timeline and into another, by the commands."""

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
    """Run a command on the service; gives what it printed, as JSON where it is an import."""

    def ran(*arguments, status=0, **more):
        done = call(*arguments, TIMELINE_URL=url, **more)
        assert status == done.returncode, done.stderr
        return json.loads(done.stdout) if arguments[0] == "import" else done

    return ran


def _name():
    return f"t-{uuid4().hex}"


def _imported(run, name, document, status=0):
    given = ("import", "timelinejs", "-", "--dataset", "slides", "-t", name, "--create", "--json")
    return run(*given, stdin=json.dumps(document), status=status)


def test_slides_come_in_once_and_go_out_again(run, tmp_path):
    """The second time nothing is new; what goes out says what came in."""
    name, file = _name(), tmp_path / "out.json"
    document = {"title": TITLE, "events": SLIDES}
    assert 3 == _imported(run, name, document)["new"]
    again = _imported(run, name, document)
    assert (0, 3) == (again["new"], again["unchanged"])

    run("export", "timelinejs", "-t", name, "-o", str(file))
    written = json.loads(file.read_text())
    assert TITLE["text"] == written["title"]["text"]
    assert {"One", "Two"} == {slide["text"]["headline"] for slide in written["events"]}


def test_a_newer_edition_of_slides_changes_what_it_changes(run):
    """The title too; a slide that can no longer be read is left as it stands."""
    name = _name()
    _imported(run, name, {"title": TITLE, "events": SLIDES})
    one = {**SLIDES[0], "text": {"headline": "One, again"}}
    two = {**SLIDES[1], "start_date": {"year": "602"}}
    summary = _imported(
        run, name, {"title": {"text": {"headline": "The war"}}, "events": [one, two]}, status=1
    )
    assert (2, 0, 1) == (summary["corrected"], summary["retracted"], summary["rejected"])


@pytest.mark.parametrize("form", ["ndjson", "cloudevents"])
def test_a_log_goes_into_another_timeline(run, url, tmp_path, form):
    """Every event of it, with its own id, in the same order."""
    there, here, file = _name(), _name(), tmp_path / "log"
    run("post", str(FIRST_CASE), "-t", there, "--create", "--json")
    run("export", form, "-t", there, "-o", str(file))
    summary = run("import", form, str(file), "-t", here, "--create", "--json")
    assert (len(json.loads(FIRST_CASE.read_bytes())), 0) == (summary["new"], summary["rejected"])
    logs = [
        httpx.get(f"{url}/v1/timelines/{name}/events", params={"limit": 100}, trust_env=False).json()
        for name in (there, here)
    ]
    first, second = ([record["event"] for record in log["records"]] for log in logs)
    assert first == second


def test_a_timeline_without_entries_is_no_document_of_timelinejs(run, url):
    """The request is refused in words; TimelineJS would show an error."""
    name = _name()
    httpx.put(f"{url}/v1/timelines/{name}", trust_env=False)
    done = run("export", "timelinejs", "-t", name, status=1)
    assert "TimelineJS cannot show a timeline without slides" in done.stderr
    answer = httpx.get(f"{url}/v1/timelines/{name}", params={"format": "cloudevents"}, trust_env=False)
    assert 400 == answer.status_code


def test_slides_need_a_name_for_whose_they_are(call):
    """Two files of slides are not two editions of one."""
    done = call("import", "timelinejs", "-", "-t", "x", stdin="{}")
    assert 2 == done.returncode
    assert "--dataset" in done.stderr
