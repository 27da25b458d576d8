import json
import os
from datetime import UTC, datetime

import httpx
import pytest

from tests.formats.acled_rows import PRESENT, acled_file
from tests.formats.ged import SHORT, ged_file
from timeline.formats.ucdp_columns import LAYOUT_49


@pytest.fixture(scope="module")
def url(serve, database):
    """A service."""
    with serve("serve", TIMELINE_DATABASE_URL=database) as service:
        yield service.url


@pytest.fixture
def import_file(call, url, tmp_path):
    """Import a file into a timeline; gives the exit code and the summary."""

    def run_import(format_name, file, timeline, *arguments):
        path = tmp_path / "file.csv"
        path.write_bytes(file.read() if hasattr(file, "read") else file)
        result = call(
            "import",
            format_name,
            str(path),
            "-t",
            timeline,
            "--create",
            "--json",
            *arguments,
            TIMELINE_URL=url,
        )
        return result.returncode, json.loads(result.stdout)

    return run_import


def counts(summary):
    """The counts of a summary that are not zero."""
    names = (
        "new",
        "corrected",
        "retracted",
        "unchanged",
        "withdrawn",
        "late",
        "rejected",
        "missing",
        "recorded",
    )
    return {name: count for name in names if (count := summary[name])}


def test_a_newer_release_of_ged_adds_what_it_changes(import_file, tmp_path):
    """A bad row is written with its line, and what the timeline has of it stays as it is."""
    rejects = tmp_path / "rejects.ndjson"
    rows = [{"id": str(number)} for number in range(1, 5)]

    first = import_file("ucdp-ged", ged_file(*rows), "ged")
    again = import_file("ucdp-ged", ged_file(*rows), "ged")
    newer = [rows[0] | {"high": "many"}, rows[1] | {"high": "7"}, rows[2], {"id": "5"}]
    arguments = ("--rejects", str(rejects), "--allow-retractions")
    second = import_file("ucdp-ged", ged_file(*newer), "ged", *arguments)

    # the two sides have a profile each
    assert (0, {"new": 6, "recorded": 6}) == (first[0], counts(first[1]))
    assert (0, {"unchanged": 6}) == (again[0], counts(again[1]))
    assert {"new": 1, "corrected": 1, "retracted": 1, "unchanged": 3, "rejected": 1, "recorded": 3} == counts(
        second[1]
    )
    assert {"killed": 1} == second[1]["fields"]
    reject = json.loads(rejects.read_text("utf-8"))
    assert (1, 2, "high") == (second[0], reject["line"], reject["path"])


def test_what_the_maker_claims_is_as_old_as_its_edition(import_file, url, tmp_path):
    """As asked for, else as the file itself: UCDP's word is not that of the articles it read."""
    rows = [{"id": "1", "source_original": ""}, {"id": "2", "source_original": "army spokesman"}]
    import_file("ucdp-ged", ged_file(*rows), "dated", "--published-at", "2023-06-01T00:00:00Z")
    import_file("ucdp-ged", ged_file(*rows), "undated")
    written = datetime.fromtimestamp(int((tmp_path / "file.csv").stat().st_mtime), UTC)

    own, other = (
        {
            entry["event"]["claimant"]: entry["event"].get("published_at")
            for entry in httpx.get(f"{url}/v1/timelines/{timeline}").json()["entries"]
        }
        for timeline in ("dated", "undated")
    )

    assert {"ucdp": "2023-06-01T00:00:00Z", "army-spokesman": None} == own
    assert {"ucdp": f"{written:%Y-%m-%dT%H:%M:%SZ}", "army-spokesman": None} == other


MAPPING = """
dataset = "losses"
publisher = "staff"
claimant = "staff"
subject = "army"
basis = "cumulative"
date = "date"

[[counts]]
name = "killed"
type = "casualty_estimate"
measure = "killed"
label = "killed"
column = "killed"
"""


def acled_edition(fatalities, **row):
    """A row of ACLED, where the file has no column of when it was published."""
    layout = [name for name in PRESENT if name != "timestamp"]
    return acled_file({"fatalities": fatalities, **row}, layout=layout).read()


EDITIONS = {
    "acled without timestamps": ("acled", acled_edition),
    "acled with a blank": ("acled", lambda n: acled_file({"fatalities": n, "timestamp": ""}).read()),
    "ged, ucdp's word": ("ucdp-ged", lambda n: ged_file({"high": n, "source_original": ""}).read()),
    "ged, another's word": ("ucdp-ged", lambda n: ged_file({"high": n}).read()),
    "table": ("table", lambda n: f"date,killed\n2024-02-01,{n}\n".encode()),
}


@pytest.mark.parametrize("name", EDITIONS)
def test_a_file_of_an_older_date_overwrites_nothing(call, url, tmp_path, name):
    """The date that is printed is the date that is held against what stands, as one that is given."""
    (tmp_path / "losses.toml").write_text(MAPPING)
    path = tmp_path / "edition.csv"
    format_name, edition = EDITIONS[name]
    mapping = ("--mapping", str(tmp_path / "losses.toml")) if format_name == "table" else ()
    timeline = f"older-{list(EDITIONS).index(name)}"

    def bring(killed, written, *arguments):
        path.write_bytes(edition(killed))
        os.utime(path, (written.timestamp(), written.timestamp()))
        options = (*mapping, "-t", timeline, "--create", *arguments)
        return call("import", format_name, str(path), *options, TIMELINE_URL=url)

    older, newer = (datetime(2024, month, 15, tzinfo=UTC) for month in (11, 12))
    bring("9", newer, "--published-at", "2024-12-01T00:00:00Z")
    refused = bring("8", older)
    late = bring("8", older, "--late")
    after = bring("7", newer)

    assert refused.returncode != 0
    assert "it is dated 2024-11-15" in refused.stderr
    assert "the edition of 2024-11-15" in refused.stderr
    assert "--late" in refused.stderr
    assert "--published-at" in refused.stderr
    assert (0, 0) == (late.returncode, after.returncode)
    assert "taken in as what was said then" in late.stdout
    assert "corrected" in after.stdout


def test_the_time_of_the_edition_is_said(call, url, tmp_path):
    """Before anything is posted, unless it was asked for."""
    path = tmp_path / "file.csv"
    path.write_bytes(ged_file({}).read())
    arguments = ("import", "ucdp-ged", str(path), "-t", "said", "--create", "--dry-run")

    default = call(*arguments, TIMELINE_URL=url)
    asked_for = call(*arguments, "--published-at", "2023-06-01T00:00:00Z", TIMELINE_URL=url)

    assert "ucdp published it, it is dated" in default.stderr
    assert "--published-at" not in asked_for.stderr


def test_deletions_retract_what_they_name_and_nothing_else(import_file):
    """The other rows of the data set stay, though the list does not have them."""
    rows = [{"event_id_cnty": f"FRE{number}"} for number in range(1, 20)]
    deleted = b"event_id_cnty,deleted_timestamp\nFRE2,1654100000\nFRE99,1654100000\n"

    first = import_file("acled", acled_file(*rows), "acled")
    second = import_file("acled-deletions", deleted, "acled")
    again = import_file("acled-deletions", deleted, "acled")
    stale = import_file("acled", acled_file(*rows), "acled")

    assert (0, {"new": 23, "recorded": 23}) == (first[0], counts(first[1]))
    assert (0, {"retracted": 1, "unchanged": 1, "recorded": 1}) == (second[0], counts(second[1]))
    assert (0, {"unchanged": 2}) == (again[0], counts(again[1]))
    assert (0, {"unchanged": 22, "withdrawn": 1}) == (stale[0], counts(stale[1]))


def test_a_file_that_is_not_a_release_posts_nothing(call, url, tmp_path):
    """The message names the column that it lacks."""
    path = tmp_path / "file.csv"
    path.write_text("id,best\n1,2\n", "utf-8")

    result = call("import", "ucdp-ged", str(path), "-t", "ged", "--create", TIMELINE_URL=url)

    assert 0 != result.returncode
    assert "type_of_violence" in result.stderr


def test_one_figure_stands_out_among_rows_of_changed_words(import_file, url):
    """In the report, and in the audit of its series; words alone change nothing there."""
    rows = [{"id": str(number)} for number in range(1, 13)]
    import_file("ucdp-ged", ged_file(*rows), "standing-out")
    generated = [row | {"adm_2": "Zeppo district"} for row in rows]
    coded = [row | {"code_status": "Check"} for row in generated]
    coded[6] |= {"high": "9"}

    reworded = import_file("ucdp-ged", ged_file(*generated), "standing-out")[1]
    corrected = import_file("ucdp-ged", ged_file(*coded), "standing-out")[1]

    timeline = f"{url}/v1/timelines/standing-out"
    series = [figures["series"] for figures in httpx.get(f"{timeline}/figures").json()["series"]]
    kinds = [httpx.get(f"{timeline}/figures/{name}/audit").json()["kinds"] for name in series]
    assert {"unchanged": 14} == counts(reworded)
    assert 12 == reworded["reworded"]
    assert {"certainty.native": 12, "summary": 12, "killed": 1} == corrected["fields"]
    assert [("killed", "between 3 and 6, best 4", "between 3 and 9, best 4")] == [
        (change["field"], change["before"], change["after"]) for change in corrected["figures"]
    ]
    assert 11 == kinds.count({"first_report": 1})
    assert 1 == sum(len(kind) == 2 for kind in kinds)


@pytest.mark.parametrize("layout", [None, SHORT], ids=["without the id of a side", "17 columns"])
@pytest.mark.parametrize(
    ("name", "actor"), [("Border Guards", "ucdp-actor-9"), ("Unheard-of Men", "unheard-of-men-81392e")]
)
def test_a_side_that_has_another_name_is_corrected(import_file, url, layout, name, actor):
    """Where the file has no ids: actors that are known have theirs, and every profile is of a side."""
    layout = layout or [column for column in LAYOUT_49 if column != "side_b_new_id"]
    timeline = f"sides-{len(layout)}-{actor}"
    rows = [{"id": "1"}, {"id": "2"}, {"id": "3", "side_b": "Border Guards", "side_b_new_id": "9"}]
    import_file("ucdp-ged", ged_file(*rows), timeline)
    short = [rows[0], rows[1] | {"side_b": name}, rows[2]]

    same = import_file("ucdp-ged", ged_file(*rows, layout=layout), timeline)
    changed = import_file("ucdp-ged", ged_file(*short, layout=layout), timeline)
    again = import_file("ucdp-ged", ged_file(*short, layout=layout), timeline)

    entries = httpx.get(f"{url}/v1/timelines/{timeline}").json()["entries"]
    records = httpx.get(f"{url}/v1/timelines/{timeline}/events").json()["records"]
    events = [record["event"] for record in records]
    sides = {entry["id"]: entry["event"]["targets"] for entry in entries}
    tags = {
        tag for entry in entries if entry["event"]["targets"] == [actor] for tag in entry["event"]["tags"]
    }
    actors = {side for entry in entries for role in ("attackers", "targets") for side in entry["event"][role]}
    assert 0 == same[1]["recorded"] == again[1]["recorded"]
    assert (1, 1) == (changed[1]["corrected"], changed[1]["fields"]["targets"])
    assert 1 + (actor == "ucdp-actor-9") == list(sides.values()).count([actor])
    assert "ucdp-actor-4456" not in tags
    assert {event["actor"] for event in events if event["type"] == "actor_profile"} <= actors
