import csv
import json
from collections import Counter
from uuid import uuid4

import httpx
import pytest

from tests.support.shared_data import shared_cases
from timeline.formats.timelinejs_reader import read_timelinejs
from timeline.formats.ucdp_ged import read_ucdp_ged

ONE = "one.toml"
TABLE = "table-mapping.toml"


@pytest.fixture(scope="module")
def url(serve, database):
    """A service."""
    with serve("serve", TIMELINE_DATABASE_URL=database) as service:
        yield service.url


@pytest.fixture
def timeline():
    """The name of a timeline that no other test uses."""
    return f"t-{uuid4().hex}"


@pytest.fixture
def ask(url, timeline):
    """What is at an address below the timeline."""

    def get(path="", **parameters):
        return httpx.get(f"{url}/v1/timelines/{timeline}{path}", params=parameters, trust_env=False).json()

    return get


@pytest.fixture
def bring(call, url, timeline, tmp_path):
    """Import a file of the cases, as GED or with a mapping; gives the counts and the errors."""
    folder = shared_cases("imports")

    def import_file(name, *arguments, mapping=None, above=""):
        format_name = "table" if mapping else "ucdp-ged"
        options = list(arguments)
        if mapping:
            path = tmp_path / "mapping.toml"
            path.write_text(above + (folder / mapping).read_text())
            options += ["--mapping", path]
        command = ("import", format_name, folder / name, "-t", timeline, "--create", "--json", *options)
        done = call(*command, TIMELINE_URL=url)
        summary = json.loads(done.stdout) if done.stdout else {}
        names = ("new", "corrected", "retracted", "unchanged", "late", "missing", "rejected")
        return {name: summary[name] for name in names if summary.get(name)}, done.stderr

    return import_file


@pytest.fixture
def write_ged(tmp_path):
    """Write a case of GED with another source and another best number; gives its path."""
    text = (shared_cases("imports") / "ged-all-columns.csv").read_text()

    def write(original, best):
        path = tmp_path / f"ged-{best}.csv"
        changed = text.replace(",army,", f",{original},").replace(",0,0,3,4,2,", f",0,0,{best},6,2,")
        path.write_text(changed)
        return path

    return write


@pytest.mark.parametrize(
    ("files", "mappings", "rows"),
    [
        (("oryx-two-countries.csv", "oryx-two-countries-other-order.csv"), ("oryx-mapping.toml",) * 2, 2),
        (("subj1.csv", "subj2.csv", "subj2.csv"), ("subj.toml", "subj.toml", "subj_ok.toml"), 2),
        (("ged-all-columns.csv", "ged-fewer-columns.csv"), (None, None), 3),
        (("ged-ids-base.csv", "ged-ids-float.csv", "ged-codes-float.csv"), (None,) * 3, 6),
        (("ged-slugs-order-1.csv", "ged-slugs-order-2.csv"), (None, None), 5),
        (("table-tab.csv", "table-semicolon.csv", "table-trailing-empty-column.csv"), (TABLE,) * 3, 2),
        (("float.csv", "floatjson.json", "tab.csv", "rowidx.csv", "midnight.csv"), (ONE,) * 5, 1),
        (("hxl.csv", "upper.csv", "wrap.json"), (ONE,) * 3, 1),
    ],
    ids=str,
)
def test_the_same_rows_are_unchanged_however_they_are_written(bring, files, mappings, rows):
    """Order, columns, numbers, delimiters and furniture change nothing; each actor of GED has a profile."""
    first, *others = [bring(name, mapping=mapping) for name, mapping in zip(files, mappings, strict=True)]

    assert ({"new": rows}, "") == first
    assert [({"unchanged": rows}, "")] * len(others) == others


def test_a_delimiter_may_be_said(bring, ask, tmp_path):
    """Where it is none of the usual; without it the message says what to do."""
    text = (shared_cases("imports") / "float.csv").read_text()
    file = tmp_path / "carets.csv"
    file.write_text(text.replace(",", "^"))

    _, stderr = bring(file, mapping=ONE)
    counts, _ = bring(file, "--delimiter", "^", mapping=ONE)

    assert "--delimiter says what separates columns" in stderr
    assert {"new": 1} == counts
    assert "not one character" in bring(file, "--delimiter", "caret", mapping=ONE)[1]


def test_two_actors_are_two(bring, ask):
    """By their ids, though their names differ in signs only."""
    bring("ged-actor-merge-1.csv")

    counts, _ = bring("ged-actor-merge-2.csv", "--keep-missing")

    assert {"new": 2, "unchanged": 1, "missing": 1} == counts
    assert [["ucdp-actor-5001"], ["ucdp-actor-5002"]] == sorted(
        entry["event"]["targets"] for entry in ask()["entries"]
    )
    assert "Dozos (Mali)" == ask()["names"]["ucdp-actor-5001"]


def test_an_actor_has_one_slug_also_in_a_file_without_the_ids_of_actors(bring, ask, tmp_path):
    """It is known by its name, in rows that are new too; nobody gets a second profile."""
    with (shared_cases("imports") / "ged-slugs-order-1.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    bring("ged-slugs-order-1.csv")
    actors = ask("/actors")["actors"]
    path = tmp_path / "without-ids.csv"
    with path.open("w", newline="") as file:
        columns = [name for name in rows[0] if name not in ("side_a_new_id", "side_b_new_id")]
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows([*rows, rows[0] | {"id": "3"}])

    counts, _ = bring(path)

    assert {"new": 1, "unchanged": 5} == counts
    assert actors == ask("/actors")["actors"]
    assert {("ucdp-actor-72",)} == {tuple(entry["event"]["attackers"]) for entry in ask()["entries"]}


@pytest.mark.parametrize(
    ("base", "empty", "mapping"),
    [
        ("table-base.csv", "table-0-bytes.csv", TABLE),
        ("table-base.csv", "table-empty-list.json", TABLE),
        ("ged-ids-base.csv", "ged-header-only.csv", None),
    ],
)
def test_an_edition_without_rows_is_refused(bring, ask, base, empty, mapping):
    """Whatever its size; unless that is what was meant."""
    bring(base, mapping=mapping)
    head = ask("/events")["head"]

    counts, stderr = bring(empty, mapping=mapping)

    assert ({}, head) == (counts, ask("/events")["head"])
    assert "no rows" in stderr


def test_an_older_edition_changes_no_present_answer(bring, ask):
    """It is refused, or taken in as what was said then."""
    old, new = (("--published-at", f"2024-01-0{day}T00:00:00Z") for day in (3, 4))
    bring("ed1.csv", *old, mapping=ONE)
    bring("ed2.csv", *new, mapping=ONE)

    refused, stderr = bring("ed1.csv", *old, mapping=ONE)
    late = [bring("ed1.csv", *old, "--late", mapping=ONE)[0] for _ in range(2)]

    assert {} == refused
    assert "is older than 1 row" in stderr
    assert [{"late": 1, "unchanged": 1}] * 2 == late
    series = "casualties.killed.people-in-x.all.cumulative"
    claims = ask(f"/figures/{series}")["claims"]
    assert {"2024-01-01": 11, "2024-01-02": 12} == {
        claim["as_of"]: claim["figure"]["value"] for claim in claims
    }


@pytest.mark.parametrize("original", ["army", ""])
def test_a_release_before_the_one_that_was_imported_first_changes_no_present_answer(
    bring, ask, write_ged, original
):
    """Whoever is the claimant: the maker of the data set, or one whose words it passes on."""
    newer, older = (("--published-at", f"2025-0{month}-01T00:00:00Z") for month in (2, 1))
    bring(write_ged(original, 3), *newer)

    refused, stderr = bring(write_ged(original, 5), *older)
    late = [bring(write_ged(original, 5), *older, "--late")[0] for _ in range(2)]

    assert ({}, [{"late": 1, "unchanged": 2}] * 2) == (refused, late)
    assert "is older than 1 row" in stderr
    assert 3 == ask()["entries"][0]["event"]["killed"]["best"]
    then = ask(published_by="2025-01-15")["entries"][0]
    assert 5 == then["event"]["killed"]["best"]


def test_no_value_is_nothing(bring, ask):
    """No actor, no place and no word of a summary; a side without a name is no row."""
    bring("ged_null.csv")
    counts, stderr = bring("ged_null_id.csv", "--dataset", "other")

    assert {"rejected": 1} == counts
    assert "side_b: the side has no name" in stderr
    assert "null" not in json.dumps(ask()["entries"][0]["event"]).lower()


@pytest.mark.parametrize(
    ("name", "arguments", "occurred"),
    [
        ("ged_explorer.csv", (), "2001-01-12"),
        ("ged_explorer.csv", ("--dates", "day-first"), "2001-12-01"),
        ("ged_slash.csv", (), "2020-01-02"),
        ("ged_float.csv", (), "2020-01-01"),
    ],
)
def test_what_explorers_and_data_frames_write_is_read(bring, ask, name, arguments, occurred):
    """The explorer of UCDP writes the month first; an option says otherwise."""
    assert ({"new": 3}, "") == (bring(name, *arguments)[0], "")
    assert [occurred] == [entry["event"]["occurred"] for entry in ask()["entries"]]


def test_codes_with_a_point_are_codes(bring, ask):
    """An exact day is not an approximate one."""
    bring("ged-date_prec-float.csv")

    assert ["2024-12-01", "2024-12-01~"] == sorted(entry["event"]["occurred"] for entry in ask()["entries"])


@pytest.mark.parametrize(
    ("name", "mapping", "above", "counts"),
    [
        ("table-json-floats.json", TABLE, "", {"new": 3, "rejected": 1}),
        ("table-number-and-date-forms.csv", TABLE, 'thousands = ","\n', {"new": 6, "rejected": 5}),
        ("plus.csv", ONE, "qualifiers = true\n", {"new": 1}),
        ("dmy.csv", ONE, 'date_format = "day-first"\n', {"new": 1}),
        ("plus.csv", ONE, "", {"rejected": 1}),
        ("dmy.csv", ONE, "", {"rejected": 1}),
        ("latin.csv", ONE, "", {"new": 1, "rejected": 1}),
        ("neg.csv", ONE, "", {"rejected": 1}),
        ("na.csv", ONE, "", {}),
        ("year.csv", ONE, "", {"new": 1}),
    ],
)
def test_what_the_mapping_allows_is_read_and_the_rest_says_what_to_do(bring, name, mapping, above, counts):
    """Never guessed, never dropped silently."""
    actual, stderr = bring(name, mapping=mapping, above=above)

    assert counts == actual
    assert ("rejected" in counts or not counts) == bool(stderr)


def test_a_trailing_comma_ends_a_row(call, url, timeline, tmp_path):
    """As spreadsheets write it, with a blank in the name of a column."""
    mapping = tmp_path / "mapping.toml"
    text = (shared_cases("imports") / ONE).read_text()
    mapping.write_text(
        'date_format = "day-first"\n' + text.replace('column = "killed"', 'column = "Fatalities"')
    )
    file = shared_cases("imports") / "trailing.csv"

    done = call(
        "import", "table", file, "--mapping", mapping, "-t", timeline, "--create", "--json", TIMELINE_URL=url
    )

    assert 1 == json.loads(done.stdout)["new"]


def test_a_member_that_appears_twice_is_refused(url, timeline):
    """Of two values of a figure none is guessed."""
    httpx.put(f"{url}/v1/timelines/{timeline}", trust_env=False)
    body = (shared_cases("imports") / "duplicate-member.json").read_bytes()

    answer = httpx.post(
        f"{url}/v1/timelines/{timeline}/events",
        content=body,
        headers={"Content-Type": "application/json"},
        trust_env=False,
    )

    assert (400, "$.figure.value") == (answer.status_code, answer.json()["path"])


def test_a_member_of_a_slide_that_appears_twice_is_told_with_its_place(call, url, timeline, tmp_path):
    """As in every other file of JSON."""
    path = tmp_path / "slides.json"
    httpx.put(f"{url}/v1/timelines/{timeline}", trust_env=False)
    path.write_text('{"events": [{}, {"start_date": {"year": 2024, "year": 2023}}]}')

    done = call("import", "timelinejs", path, "--dataset", "slides", "-t", timeline, TIMELINE_URL=url)

    assert "the member `year` appears twice in its object at $.events[1].start_date.year" in done.stderr


def test_odd_slides_are_told_and_the_others_taken():
    """As a newsroom's file has them: a year of a data frame is read, and twins are one slide."""
    with (shared_cases("imports") / "timelinejs-odd-slides.json").open("rb") as file:
        kinds = Counter(type(row).__name__ for row in read_timelinejs(file, "slides"))

    assert {"Draft": 16, "LeftOut": 12, "Reject": 10} == kinds


def test_dates_of_several_days_are_what_they_name():
    """A year, an uncertain day, days across a month, a day."""
    with (shared_cases("imports") / "ged-month-totals.csv").open("rb") as file:
        dates = [row.content["occurred"] for row in read_ucdp_ged(file)]

    assert ["2024", "2024-12-01~", "2024-11-25/2024-12-05", "2024-12-01"] == dates


@pytest.mark.parametrize("name", ["incident-without-occurred.json", "as-of-approximate.json"])
def test_what_is_dated_loosely_is_recorded(url, timeline, ask, name):
    """What such dates mean is a matter of the rules of meaning."""
    httpx.put(f"{url}/v1/timelines/{timeline}", trust_env=False)
    event = json.loads((shared_cases("imports") / name).read_bytes())

    httpx.post(f"{url}/v1/timelines/{timeline}/events", json=event, trust_env=False).raise_for_status()

    assert [event["as_of"]] == [entry["event"]["as_of"] for entry in ask()["entries"]]
