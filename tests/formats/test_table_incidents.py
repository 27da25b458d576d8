"""Of which incident the counts of a table are."""

import io
from typing import Any

import pytest

from timeline.domain.errors import Malformed
from timeline.formats.drafts import Draft, Reject, event_id
from timeline.formats.edition_rows import CurrentRow
from timeline.formats.editions import Edition
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table

COUNTS = """
dataset = "raids"
date = "day"
claimant = "monitor"
basis = "incident"
key = ["id"]
{incident}
[[counts]]
name = "dead"
type = "casualty_estimate"
measure = "killed"
subject = "people"
column = "dead"
[[counts]]
name = "hurt"
type = "casualty_estimate"
measure = "wounded"
subject = "people"
column = "hurt"
[[counts]]
name = "tanks"
type = "equipment_loss"
item = "tank"
subject = "army"
column = "tanks"
"""
ROW = COUNTS.format(incident='incident = "row"')
LINK = COUNTS.format(incident='incident = { dataset = "events", key = [{ column = "event" }] }')


def read(mapping: str, text: str) -> list[Any]:
    """What a table says."""
    return list(read_table(io.BytesIO(text.encode()), read_mapping(mapping)))


def incidents(mapping: str, text: str) -> dict[str, str | None]:
    """The incident of each count by its key."""
    return {draft.key: draft.content.get("incident") for draft in read(mapping, text)}


def count_id(key: str) -> str:
    """The id of a count."""
    return str(event_id("raids", key))


def edit(standing: dict[Any, CurrentRow], text: str) -> list[dict[str, Any]]:
    """The changes that an edition of raids makes."""
    edition = Edition("raids", standing)
    events: list[Any] = []
    for row in read(ROW, text):
        match row:
            case Draft():
                events += edition.take(row)
            case Reject():
                edition.reject(row)
            case _:
                edition.pass_over(row)
    return [getattr(event, "changes", None) or {} for event in events]


def test_the_counts_of_a_row_are_of_its_first():
    """Rows of one day are told apart by their key."""
    text = "id,day,dead,hurt,tanks\n1,2024-02-01,3,4,5\n2,2024-02-01,,6,7\n3,2024-02-01,,,8\n"

    assert {
        "1/dead": None,
        "1/hurt": count_id("1/dead"),
        "1/tanks": count_id("1/dead"),
        "2/hurt": None,
        "2/tanks": count_id("2/hurt"),
        "3/tanks": None,
    } == incidents(ROW, text)


def test_counts_are_of_the_event_that_the_row_names():
    """In another data set; of their own incident where the row names none."""
    text = "id,day,event,dead,hurt,tanks\n1,2024-02-01,E7,3,4,\n2,2024-02-01,,6,,\n"

    event = str(event_id("events", "E7"))
    assert {"1/dead": event, "1/hurt": event, "2/dead": None} == incidents(LINK, text)


def test_a_count_that_comes_later_is_of_the_same_incident():
    """Where it comes first in the mapping, the others are of it from then on."""
    standing: dict[Any, CurrentRow] = {}
    edit(standing, "id,day,dead,hurt,tanks\n1,2024-02-01,,4,5\n")

    changes = edit(standing, "id,day,dead,hurt,tanks\n1,2024-02-01,3,4,5\n")

    first = count_id("1/dead")
    assert [{}, {"incident": first}, {"incident": first}] == changes


@pytest.mark.parametrize(
    "text",
    [
        "id,day,hurt,tanks\n1,2024-02-01,4,5\n",
        "id,day,dead,hurt,tanks\n1,2024-02-01,many,4,5\n",
        "id,day,dead,hurt,tanks\n1.0,2024-02-01,3.0,4.0,5.0\n",
    ],
)
def test_what_an_edition_does_not_say_changes_no_incident(text):
    """A column that it lacks, a cell that cannot be read."""
    standing: dict[Any, CurrentRow] = {}
    edit(standing, "id,day,dead,hurt,tanks\n1,2024-02-01,3,4,5\n")

    assert [] == edit(standing, text)


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        (ROW.replace('basis = "incident"', 'basis = "cumulative"'), "no count has basis"),
        (LINK.replace('dataset = "events", ', ""), "say the `dataset` of the incidents"),
        (ROW + '[event]\ntype = "engagement"\nkey = ["id"]\nsummary = "x"\n', "are of its event anyway"),
    ],
)
def test_a_mapping_that_names_no_incident_is_refused(mapping, reason):
    """With what to write instead."""
    with pytest.raises(Malformed, match=reason):
        read_mapping(mapping)
