import csv
import json
import subprocess
from uuid import uuid4

import httpx
import pytest

from tests.cli.conftest import COMMAND, environment
from tests.support.shared_data import shared_folder

TOKEN = "a-long-random-word"
MAPPING = """
dataset = "losses"
claimant = "general-staff"
subject = "army"
date = "date"
ignore = ["day"]

[[counts]]
name = "tank"
type = "equipment_loss"
item = "tank"
column = "tank"

[[counts]]
name = "people"
type = "casualty_estimate"
measure = "killed"
column = "people"
"""
RESETS = """
dataset = "revisions"
claimant = "general-staff"
subject = "army"
date = "date"

[[counts]]
name = "tank"
type = "adjustment"
item = "tank"
column = "tank"
"""


@pytest.fixture(scope="module")
def url(serve, database):
    """A service whose writes need a token."""
    with serve("serve", TIMELINE_DATABASE_URL=database, TIMELINE_WRITE_TOKEN=TOKEN) as service:
        yield service.url


@pytest.fixture
def timeline():
    """The name of a timeline that no other test uses."""
    return f"t-{uuid4().hex}"


@pytest.fixture
def bring(call, url, timeline, tmp_path):
    """Import rows as CSV, or a text, with a mapping; gives the summary, the exit code and the errors."""

    def import_rows(rows, *arguments, mapping=MAPPING, kind="table"):
        mapped = tmp_path / "mapping.toml"
        mapped.write_text(mapping)
        options = ("--mapping", mapped) if kind == "table" else ()
        variables = {"TIMELINE_URL": url, "TIMELINE_WRITE_TOKEN": TOKEN}
        command = ("import", kind, "-", "-t", timeline, "--json", "--create", *options, *arguments)
        done = call(*command, stdin=rows if isinstance(rows, str) else text_of(rows), **variables)
        summary = json.loads(done.stdout) if done.stdout else {}
        return {**summary, "exit": done.returncode, "stderr": done.stderr}

    return import_rows


@pytest.fixture
def ask(url, timeline):
    """What is at an address below the timeline."""

    def get(path="", **parameters):
        return httpx.get(f"{url}/v1/timelines/{timeline}{path}", params=parameters, trust_env=False).json()

    return get


def text_of(rows, header="date,day,tank,people"):
    """Rows as CSV."""
    return "".join(f"{line}\n" for line in (header, *rows))


def counts(summary):
    """The counts of a summary that are not zero."""
    names = ("new", "corrected", "retracted", "unchanged", "set_aside", "missing", "rejected")
    return {name: summary[name] for name in names if summary[name]}


def days(count, tank=1):
    """So many days with a tank each."""
    return [f"2024-01-{day:02},{day},{tank}," for day in range(1, count + 1)]


def test_the_same_file_twice_adds_nothing(bring, ask):
    """Whoever imports it."""
    rows = ["2024-01-01,1,5,7", "2024-01-02,2,6,"]

    assert {"new": 3} == counts(bring(rows))
    assert {"unchanged": 3} == counts(bring(rows, "--published-at", "2024-02-01T00:00:00Z"))
    assert 3 == ask("/events")["head"]


def test_a_newer_edition_adds_what_it_changes(bring, ask):
    """A correction, a retraction and an event, each saying when the edition came out."""
    bring(["2024-01-01,1,5,7", "2024-01-02,2,6,8"], "--published-at", "2024-01-03T10:00:00Z")
    rows = ["2024-01-01,1,50,7", "2024-01-03,3,9,"]

    summary = bring(rows, "--published-at", "2024-01-04T10:00:00Z", "--allow-retractions")

    records = [record["event"] for record in ask("/events", after=4)["records"]]
    assert {"new": 1, "corrected": 1, "retracted": 2, "unchanged": 1} == counts(summary)
    assert {"transcription", "withdrawn"} == {event["reason"] for event in records if "reason" in event}
    assert {"2024-01-04T10:00:00Z"} == {event["published_at"] for event in records}
    changes = next(event for event in records if event["type"] == "correction")["changes"]
    assert {"value": 50} == changes["figure"]


def test_a_row_that_comes_back_is_a_new_report(bring, ask):
    """Under an id of its own; the next edition leaves it unchanged."""
    both, first = ["2024-01-01,1,5,", "2024-01-02,2,6,"], ["2024-01-01,1,5,"]

    editions = (both, first, both, both, first, both, both)

    summaries = [counts(bring(rows, "--allow-retractions")) for rows in editions]

    again = {"new": 1, "unchanged": 1}
    gone = {"retracted": 1, "unchanged": 1}
    same = {"unchanged": 2}
    assert [{"new": 2}, gone, again, same, gone, again, same] == summaries
    assert 2 == len(ask()["entries"])


def test_what_somebody_retracted_is_not_added_again(bring, ask, url, timeline):
    """An import does not overrule whoever looked at the row."""
    bring(["2024-01-01,1,5,"])
    target = ask()["entries"][0]["id"]
    retraction = {"id": str(uuid4()), "type": "retraction", "target": target, "reason": "erroneous"}
    httpx.post(
        f"{url}/v1/timelines/{timeline}/events",
        json=retraction,
        headers={"Authorization": f"Bearer {TOKEN}"},
        trust_env=False,
    ).raise_for_status()

    assert {"set_aside": 1} == counts(bring(["2024-01-01,1,5,"]))
    assert [] == ask()["entries"]


def test_a_dry_run_prints_what_it_would_do(bring, ask):
    """And posts nothing; a timeline that does not exist is not created."""
    assert {"new": 2} == counts(bring(["2024-01-01,1,5,7"], "--dry-run"))
    assert 404 == ask()["status"]

    bring(["2024-01-01,1,5,7"])

    assert {"corrected": 1, "retracted": 1} == counts(
        bring(["2024-01-01,1,6,"], "--dry-run", "--allow-retractions")
    )
    assert 2 == ask("/events")["head"]


def test_rejected_rows_are_written_with_their_line_and_the_reason(bring, tmp_path):
    """As CSV and as NDJSON; the other cells of the row are imported, and the exit code is 1."""
    rows = ["2024-01-01,1,many,7", "2024-01-02,2,6", "2024-01-03,3,-1,"]
    files = [tmp_path / "rejects.csv", tmp_path / "rejects.ndjson"]

    first, second = (bring(rows, "--rejects", file) for file in files)

    assert (1, {"new": 1, "rejected": 3}) == (first["exit"], counts(first))
    assert (1, {"unchanged": 1, "rejected": 3}) == (second["exit"], counts(second))
    with files[0].open(newline="") as file:
        rejects = list(csv.DictReader(file))
    assert [("2", "tank", rows[0]), ("3", "", rows[1]), ("4", "tank", rows[2])] == [
        (row["line"], row["path"], row["row"]) for row in rejects
    ]
    assert "not a whole number: 'many'" == rejects[0]["reason"]
    assert [2, 3, 4] == [json.loads(line)["line"] for line in files[1].read_text().splitlines()]
    assert {None} == {json.loads(line)["place"] for line in files[1].read_text().splitlines()}


def test_a_row_that_cannot_be_read_does_not_count_as_withdrawn(bring, ask):
    """What is recorded of it stays; where it is unknown which rows they are, nothing is retracted."""
    bring(["2024-01-01,1,5,", "2024-01-02,2,6,"])

    assert {"unchanged": 1, "rejected": 1} == counts(bring(["2024-01-01,1,many,", "2024-01-02,2,6,"]))
    assert {"unchanged": 1, "rejected": 1, "missing": 1} == counts(bring(["2024-01-01,1", "2024-01-02,2,6,"]))
    assert 2 == ask("/events")["head"]


def test_a_part_of_a_data_set_does_not_wipe_out_the_rest(bring, ask):
    """It is refused whole, and the message names three options, each of which works."""
    bring(days(30))

    refused = bring(["2024-01-01,1,2,"])

    assert (1, 30) == (refused["exit"], ask("/events")["head"])
    for way_out in ("--keep-missing", "--dataset", "--allow-retractions"):
        assert way_out in refused["stderr"]
    assert {"corrected": 1, "missing": 29} == counts(bring(["2024-01-01,1,2,"], "--keep-missing"))
    assert {"new": 1} == counts(bring(["2024-01-01,1,2,"], "--dataset", "a-part"))
    assert {"unchanged": 1, "retracted": 29} == counts(bring(["2024-01-01,1,2,"], "--allow-retractions"))


def test_revisions_of_totals_are_an_edition_too(bring, ask):
    """They are not entries: their current rows are read from the log."""
    rows = [["2024-01-01,-5", "2024-01-02,0", "2024-01-03,7"], ["2024-01-01,-6", "2024-01-02,0"]]
    texts = [text_of(edition, "date,tank") for edition in rows]

    editions = (*texts, texts[1], texts[0], texts[0])

    summaries = [counts(bring(text, "--allow-retractions", mapping=RESETS)) for text in editions]

    assert [
        {"new": 2},
        {"corrected": 1, "retracted": 1},
        {"unchanged": 1},
        {"new": 1, "corrected": 1},
        {"unchanged": 2},
    ] == summaries
    resets = ask("/figures/equipment.lost.army.tank.cumulative")["resets"]
    assert ["2024-01-03", "2024-01-01"] == [reset["as_of"][:10] for reset in resets]


def test_many_rows_are_posted_in_batches_and_an_interrupted_import_continues(bring, ask):
    """What was recorded is not recorded again."""
    rows = [f"{1900 + number // 12}-{number % 12 + 1:02},,{number}," for number in range(1200)]

    assert {"new": 700} == counts(bring(rows[:700]))
    assert {"new": 500, "unchanged": 700} == counts(bring(rows))
    assert {"unchanged": 1200} == counts(bring(rows))
    assert 1200 == ask("/events")["head"]


def test_an_import_stops_where_somebody_else_posts_meanwhile(url, timeline, ask, tmp_path):
    """It reports that; run again it imports the rest."""
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING)
    rows = [f"{1900 + number // 12}-{number % 12 + 1:02},,{number}," for number in range(1200)]
    variables = environment(TIMELINE_URL=url, TIMELINE_WRITE_TOKEN=TOKEN)
    command = [COMMAND, "import", "table", "-", "--mapping", mapping, "-t", timeline, "--create"]
    profile = {"id": str(uuid4()), "type": "actor_profile", "actor": "nobody", "name": "Nobody"}

    with subprocess.Popen(
        command, env=variables, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdin.write(text_of(rows[:1000]))
        process.stdin.flush()
        while ask("/events").get("head") != 500:
            assert process.poll() is None
        httpx.post(
            f"{url}/v1/timelines/{timeline}/events",
            json=profile,
            headers={"Authorization": f"Bearer {TOKEN}"},
            trust_env=False,
        ).raise_for_status()
        _, errors = process.communicate("".join(f"{row}\n" for row in rows[1000:]))

    assert 1 == process.returncode
    assert "Somebody else posted to this timeline meanwhile" in errors
    assert "Before that: recorded 500 events at positions 1 to 500." in errors


@pytest.mark.parametrize("kind", ["ndjson", "cloudevents"])
def test_events_are_posted_as_they_are(bring, kind):
    """With their own ids; lines that are not events are rejected."""
    event = {"type": "actor_profile", "actor": "nobody", "name": "Nobody"}
    lines = [{**event, "id": str(uuid4())} for _ in range(3)]
    if kind == "cloudevents":
        lines = [
            {
                "specversion": "1.0",
                "id": line["id"],
                "source": "tests",
                "type": "conflict.timeline.actor_profile.v1",
                "data": {name: line[name] for name in ("actor", "name")},
            }
            for line in lines
        ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines) + '{"id"\n'

    first, second = (bring(text, kind=kind) for _ in range(2))

    assert (1, {"new": 3, "rejected": 1}) == (first["exit"], counts(first))
    assert (1, {"unchanged": 3, "rejected": 1}) == (second["exit"], counts(second))
    assert "line 4" in first["stderr"]


def test_an_exported_log_can_be_imported(bring, ask):
    """Records are read as the events that they hold."""
    bring(["2024-01-01,1,5,7"])
    records = "".join(f"{json.dumps(record)}\n" for record in ask("/events")["records"])

    assert {"unchanged": 2} == counts(bring(records, kind="ndjson"))


def test_a_broken_file_posts_nothing(bring, ask):
    """The place of the fault is reported, and the timeline is not created."""
    refused = bring('[{"date": "2024-01-01", "tank": 5},\n {"date": "2024-01-02", "tank": NaN}]')

    assert 1 == refused["exit"]
    assert "line 2, column 33: NaN is not a number in JSON" in refused["stderr"]
    assert 404 == ask()["status"]


def test_a_mapping_may_begin_with_a_mark(bring):
    """As editors of Windows save it."""
    assert {"new": 1} == counts(bring(days(1), mapping=f"\ufeff{MAPPING}"))


def test_a_column_that_the_mapping_does_not_know_is_refused(bring):
    """The message has the lines to write into the mapping."""
    refused = bring(text_of(["2024-01-01,1,5"], "date,day,drone"))

    assert 1 == refused["exit"]
    assert 'column = "drone"' in refused["stderr"]


@pytest.mark.parametrize(
    ("encoding", "arguments", "result"),
    [
        ("cp1252", ("--encoding", "cp1252"), {"new": 1}),
        ("cp1252", (), {}),
        ("utf-16", (), {"new": 1}),
        ("cp1252", ("--encoding", "klingon"), {}),
    ],
)
def test_an_encoding_is_said_and_not_guessed(  # noqa: PLR0913 - fixtures, and a row of the table
    call, url, timeline, tmp_path, encoding, arguments, result
):
    """Unless the file has a mark; what is refused says what to do."""
    mapping, file = tmp_path / "mapping.toml", tmp_path / "losses.csv"
    mapping.write_text(MAPPING.replace('"people"', '"tués"').replace('name = "tués"', 'name = "people"'))
    file.write_bytes(text_of(["2024-01-01,1,,7"], "date,day,tank,tués").encode(encoding))
    variables = {"TIMELINE_URL": url, "TIMELINE_WRITE_TOKEN": TOKEN}
    options = ("--mapping", mapping, "-t", timeline, "--create", "--json", *arguments)

    done = call("import", "table", file, *options, **variables)

    assert result == (counts(json.loads(done.stdout)) if done.stdout else {})
    assert bool(result) or "encoding" in done.stderr


def test_a_file_that_lacks_columns_may_be_refused(bring, ask):
    """By option; else what it cannot say stays."""
    bring(["2024-01-01,1,5,7"])

    refused = bring(text_of(["2024-01-01,6"], "date,tank"), "--require-columns")
    accepted = bring(text_of(["2024-01-01,6"], "date,tank"))

    assert (1, "people" in refused["stderr"]) == (refused["exit"], True)
    assert {"corrected": 1} == counts(accepted)
    assert {"summary": 1, "figure": 1} == accepted["fields"]
    assert 3 == ask("/events")["head"]


def test_words_for_a_person(call, url, timeline, tmp_path):
    """A table of the results."""
    mapping, file = tmp_path / "mapping.toml", tmp_path / "losses.csv"
    mapping.write_text(MAPPING)
    file.write_text(text_of(["2024-01-01,1,5,x"]))
    variables = {"TIMELINE_URL": url, "TIMELINE_WRITE_TOKEN": TOKEN}

    done = call("import", "table", file, "--mapping", mapping, "-t", timeline, "--create", **variables)

    assert 1 == done.returncode
    assert "Recorded 1 event in" in done.stdout
    assert "Rejected: line 2, people: not a whole number: 'x'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("table", "-", "-t", "t"), "--mapping"),
        (("table", "-", "-t", "t", "--mapping", "nowhere"), "russia-losses-personnel"),
        (("ndjson", "-", "-t", "t", "--dataset", "x"), "--dataset"),
        (("table", "-", "-t", "t", "--published-at", "2024-01-01"), "--published-at"),
        (("xlsx", "-", "-t", "t"), "table"),
    ],
)
def test_wrong_usage(call, url, arguments, word):
    """What is missing is named."""
    done = call("import", *arguments, TIMELINE_URL=url)

    assert 2 == done.returncode
    assert word in done.stderr


def test_the_daily_losses_are_imported_by_the_mappings_that_ship(call, url, timeline):
    """Every row of the three files arrives, and arrives once."""
    folder = shared_folder("petro_ukraine")
    variables = {"TIMELINE_URL": url, "TIMELINE_WRITE_TOKEN": TOKEN}
    expected = {"personnel": 1688, "equipment_correction": 86}

    for file, rows in expected.items():
        mapping = f"russia-losses-{file.replace('equipment_correction', 'corrections')}"
        for name in ("new", "unchanged"):
            arguments = (folder / f"russia_losses_{file}.json", "--mapping", mapping, "-t", timeline)
            done = call("import", "table", *arguments, "--create", "--json", **variables)
            assert {name: rows} == counts(json.loads(done.stdout)), done.stderr
