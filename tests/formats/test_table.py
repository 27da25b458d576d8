import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.claims import series_of
from timeline.domain.errors import Malformed
from timeline.domain.events import Event, SeriesReset
from timeline.formats.drafts import Draft, Reject, validate_draft
from timeline.formats.mapping import read_mapping
from timeline.formats.table import read_table

WIDE = """
dataset = "losses"
claimant = "general-staff"
subject = "army"
basis = "cumulative"
date = "date"
ignore = ["day"]
summary = "{subject} lost {figure} {label} by {date}, says {claimant}."
[[sources]]
publisher = "ministry"
url = "https://example.org/losses"
[[counts]]
name = "tank"
type = "equipment_loss"
item = "tank"
outcome = "destroyed"
label = "tanks"
column = "tank"
aliases = ["tnak"]
[[counts]]
name = "people"
type = "casualty_estimate"
measure = "killed_or_wounded"
status = "military"
column = "people"
[counts.qualifier]
column = "people*"
values = { about = "about", more = "more_than", "more than" = "more_than", almost = "almost" }
otherwise = "exact"
"""
LONG = """
dataset = "counts"
date = "when"
missing = ["", "NA"]
basis = "incident"
[[counts]]
name = "count"
type = "casualty_estimate"
column = "n"
low = "min"
high = "max"
measure = { column = "what", values = { dead = "killed", hurt = "wounded" } }
subject = { column = "whose" }
claimant = { column = "who" }
scope = { column = "where" }
qualifier = { column = "how", otherwise = "exact" }
"""
REVISIONS = """
dataset = "revisions"
claimant = "general-staff"
subject = "army"
date = "date"
[[counts]]
name = "tank"
type = "adjustment"
item = "tank"
label = "tanks"
column = "tank"
[[counts]]
name = "people"
type = "adjustment"
measure = "killed"
status = "military"
column = "people"
"""


def read(content: Any, mapping: str = WIDE) -> list[Draft | Reject]:
    """A table as CSV where it is text, else as JSON."""
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    return list(read_table(io.BytesIO(text.encode()), read_mapping(mapping)))


def event(draft: Draft | Reject) -> Event:
    """The event of a row, which must be one."""
    assert isinstance(draft, Draft), draft
    result = validate_draft(draft)
    assert isinstance(result, Event), result
    return result


def faults(content: Any, mapping: str = WIDE) -> list[tuple[int, str | None]]:
    """Line and column of each reject, by the reader or by the vocabulary's rules."""
    results = [validate_draft(row) if isinstance(row, Draft) else row for row in read(content, mapping)]
    return [(result.line, result.path) for result in results if isinstance(result, Reject)]


@pytest.mark.parametrize(
    "content",
    [
        "date,day,tank,people,people*\n2024-01-01,1,5,1200,more than\n",
        "\ufeffdate,day,tank,people,people*\r\n\r\n2024-01-01,1,5,1200,more than",
        "people*,people,tnak,date\nmore,1200,5,2024-01-01\n",
        [{"date": "2024-01-01", "day": 1, "tank": 5, "people": 1200, "people*": "more"}],
        [{"date": "2024-01-01", "day": None, "tnak": 5, "people": 1200, "people*": "more than"}],
    ],
)
def test_a_row_is_a_claim_for_each_count(content):
    """In CSV and JSON alike, whatever the order and the spelling of the columns."""
    tank, people = read(content)

    assert ["2024-01-01/tank", "2024-01-01/people"] == [tank.key, people.key]
    assert {
        "type": "equipment_loss",
        "summary": "army lost 5 tanks by 2024-01-01, says general staff.",
        "tags": ["losses"],
        "sources": [{"publisher": "ministry", "url": "https://example.org/losses"}],
        "occurred": "2024-01-01",
        "as_of": "2024-01-01",
        "figure": {"qualifier": "exact", "value": 5},
        "subject": "army",
        "claimant": "general-staff",
        "basis": "cumulative",
        "item": "tank",
        "outcome": "destroyed",
    } == json.loads(json.dumps(tank.content))
    assert {"qualifier": "more_than", "value": 1200} == people.content["figure"]
    assert {"status": "military"} == people.content["category"]
    assert "army lost more than 1,200 killed or wounded by" in people.content["summary"]
    assert event(tank)
    assert event(people)


def test_what_is_empty_claims_nothing():
    """An empty cell, a null and a column that is not there; but zero is a claim."""
    assert ["2024-01-03/tank"] == [
        draft.key
        for draft in read(
            [
                {"date": "2024-01-01"},
                {"date": "2024-01-02", "tank": None, "people": ""},
                {"date": "2024-01-03", "tank": 0},
            ]
        )
    ]


@given(st.integers(0, 2**53 - 1), st.sampled_from(["about", "more", "almost", None]))
def test_a_number_comes_in_as_it_is(number, word):
    """Whatever its size, in CSV and in JSON."""
    row = {"date": "2024-01-01", "people": number} | ({"people*": word} if word else {})
    text = f"date,people,people*\n2024-01-01,{number},{word or ''}\n"

    (typed,), (untyped,) = read([row]), read(text)

    assert typed.content == untyped.content
    assert number == typed.content["figure"]["value"]


@pytest.mark.parametrize("cell", [5.0, 1.5, "5", "many", True, [5], -1, 2**53])
def test_json_that_is_no_count_is_rejected(cell):
    """With the line of its row; the row's other cells are taken."""
    rows = [{"date": "2024-01-01"}, {"date": "2024-01-02", "tank": 4, "people": cell}]

    ((line, path),) = faults(rows)

    assert 5 == line
    assert "2024-01-02/tank" in [draft.key for draft in read(rows)]
    assert path in ("people", "figure.value")


@pytest.mark.parametrize("cell", ["5.0", "many", "-1", "1e3", "1 000", '"1,000"', "NaN", "٣"])
def test_csv_that_is_no_count_is_rejected(cell):
    """Nothing is guessed, and nothing mended."""
    assert [(3, "tank")] == faults(f"date,tank\n2024-01-01,1\n2024-01-02,{cell}\n")


def test_a_reject_holds_the_row_as_it_came():
    """On one line, for whoever must mend it."""
    rejects = [*read([{"date": "2024-01-02", "tank": "x y"}]), *read("date,tank\n2024-01-02,x y\n")]

    assert ['{ "date": "2024-01-02", "tank": "x y" }', "2024-01-02,x y"] == [reject.row for reject in rejects]
    assert {"2024-01-02/tank"} == {reject.key for reject in rejects}


@pytest.mark.parametrize("date", ["", "01.02.2024", "2024-02-30", "2024-01-01/2024-01-02", "yesterday"])
def test_a_row_without_a_date_is_rejected_whole(date):
    """A figure speaks for a date."""
    assert [(2, "date")] == faults(f"date,tank,people\n{date},1,2\n")


def test_a_word_that_the_mapping_does_not_know_is_rejected():
    """It may be anything."""
    assert [(2, "people*")] == faults("date,people,people*\n2024-01-01,5,roughly\n")


def test_two_names_of_one_column_in_a_row_are_rejected():
    """Which of them holds, nobody can say."""
    assert [(2, "tnak")] == faults("date,tank,tnak\n2024-01-01,5,6\n")
    assert [] == faults("date,tank,tnak\n2024-01-01,,6\n")


@pytest.mark.parametrize(
    "content",
    ["date,tank,drone\n2024-01-01,5,6\n", [{"date": "2024-01-01"}, {"date": "2024-01-02", "drone": 1}]],
)
def test_a_column_that_the_mapping_does_not_mention_refuses_the_table(content):
    """The message says what to add to the mapping."""
    with pytest.raises(Malformed, match=r'"drone"') as refused:
        read(content)

    assert "drone" == refused.value.path
    assert "[[counts]]" in refused.value.message
    assert "ignore" in refused.value.message


def test_a_row_may_hold_one_count():
    """Its words stand in columns, and tell it apart from the others of its date."""
    rows = "when,what,whose,who,where,n,min,max,how\n"
    rows += "2024-01-01,dead,army,staff,,12,,,at_least\n"
    rows += "2024-01-01,hurt,army,staff,NA,,40,60,\n"
    rows += "2024-01-02,hurt,militia,agency,,50,40,60,\n"

    first, second, third = read(rows, LONG)

    assert ["2024-01-01/count/army/staff//killed", "2024-01-01/count/army/staff//wounded"] == [
        first.key,
        second.key,
    ]
    assert {"qualifier": "at_least", "value": 12} == first.content["figure"]
    assert {"qualifier": "between", "low": 40, "high": 60} == second.content["figure"]
    assert {"qualifier": "exact", "value": 50, "low": 40, "high": 60} == third.content["figure"]
    assert ("militia", "agency", "wounded") == tuple(
        third.content[name] for name in ("subject", "claimant", "measure")
    )
    assert all(map(event, (first, second, third)))


def test_a_row_that_lacks_what_a_count_needs_is_rejected():
    """By the vocabulary's own rules, which name the field."""
    header = "when,what,whose,who,n\n"

    assert [(2, "claimant")] == faults(f"{header}2024-01-01,dead,army,,5\n", LONG)
    assert [(2, "what")] == faults(f"{header}2024-01-01,gone,army,staff,5\n", LONG)
    assert [(2, "subject")] == faults(f"{header}2024-01-01,dead,The Army,staff,5\n", LONG)


def test_an_increment_covers_its_date():
    """It needs a period, and the row has no other date."""
    (draft,) = read("date,tank\n2024-01,5\n", WIDE.replace('"cumulative"', '"increment"'))

    assert "2024-01" == event(draft).period


def test_revisions_of_totals_are_resets_with_an_adjustment():
    """Signed, in the series that the totals themselves are in; none where nothing was revised."""
    tank, people = read(
        [{"date": "2024-01-01", "tank": -25, "people": 32}, {"date": "2024-01-02", "tank": 0}], REVISIONS
    )

    assert ["2024-01-01/tank", "2024-01-01/people"] == [tank.key, people.key]
    resets = [event(tank), event(people)]
    assert all(isinstance(reset, SeriesReset) for reset in resets)
    assert [-25, 32] == [reset.adjustment for reset in resets]
    assert "The claimant revised its total by -25 tanks on 2024-01-01." == resets[0].reason
    assert ["equipment.lost.army.tank.cumulative", "casualties.killed.army.military.cumulative"] == [
        reset.series for reset in resets
    ]


def test_a_series_is_the_one_that_the_claims_are_in():
    """A revision bears on nothing else."""
    series = series_of(event(read("date,tank\n2024-01-01,5\n")[0]))
    (reset,) = read(
        "date,tank\n2024-01-01,-5\n",
        REVISIONS.replace('item = "tank"', 'item = "tank"\noutcome = "destroyed"'),
    )

    assert series == reset.content["series"]


def test_an_empty_table_has_no_rows():
    """That is not a fault."""
    assert [] == read("")
    assert [] == read("\n")
    assert [] == read([])
    assert [] == read("date,tank\n")
