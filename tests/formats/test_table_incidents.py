"""Of which incident the counts of a table are."""

import io
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples
from timeline.domain.errors import Malformed
from timeline.formats.drafts import Draft, Reject, event_id
from timeline.formats.edition_rows import CurrentRow, row_members
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


def reordered(names: Sequence[str]) -> str:
    """The mapping with its counts in another order."""
    head, *counts = ROW.split("[[counts]]")
    by_name = {count.split('"')[1]: count for count in counts}
    return "[[counts]]".join((head, *(by_name[name] for name in names)))


def leads(standing: dict[Any, CurrentRow]) -> dict[str, str | None]:
    """The incident of each count that stands, both by their measure or item."""
    rows = {str(id_): row_members(row.content) for id_, row in standing.items() if not row.retracted}
    names = {id_: row.get("measure") or row["item"] for id_, row in rows.items()}
    return {names[id_]: names.get(row.get("incident")) for id_, row in rows.items()}


def edit(standing: dict[Any, CurrentRow], text: str, mapping: str = ROW) -> list[dict[str, Any]]:
    """The changes that an edition of raids makes."""
    edition = Edition("raids", standing)
    events: list[Any] = []
    for row in read(mapping, text):
        match row:
            case Draft():
                events += edition.take(row)
            case Reject():
                edition.reject(row)
            case _:
                edition.pass_over(row)
    events += edition.retract_missing()
    return [getattr(event, "changes", None) or {} for event in events]


def test_the_counts_of_a_row_are_of_its_first():
    """Rows of one day are told apart by their key."""
    standing: dict[Any, CurrentRow] = {}
    edit(standing, "id,day,dead,hurt,tanks\n1,2024-02-01,3,4,5\n2,2024-02-01,,6,7\n3,2024-02-01,,,8\n")

    assert {
        count_id("1/dead"): None,
        count_id("1/hurt"): count_id("1/dead"),
        count_id("1/tanks"): count_id("1/dead"),
        count_id("2/hurt"): None,
        count_id("2/tanks"): count_id("2/hurt"),
        count_id("3/tanks"): None,
    } == {str(id_): row_members(row.content).get("incident") for id_, row in standing.items()}


def test_counts_are_of_the_event_that_the_row_names():
    """In another data set; of their own incident where the row names none."""
    text = "id,day,event,dead,hurt,tanks\n1,2024-02-01,E7,3,4,\n2,2024-02-01,,6,,\n"

    event = str(event_id("events", "E7"))
    assert {"1/dead": event, "1/hurt": event, "2/dead": None} == incidents(LINK, text)


EDITIONS = st.lists(
    st.tuples(
        st.permutations(("dead", "hurt", "tanks")),
        st.sets(st.sampled_from(("dead", "hurt", "tanks")), min_size=1),
        st.booleans(),
    ),
    min_size=2,
    max_size=5,
)
"""Of each edition the order of its counts, which cells are filled, and whether blank columns are lacking."""


@given(EDITIONS)
@examples(80)
def test_no_order_and_no_blank_cell_changes_an_incident(editions):
    """One count that stands leads all others; they are corrected only where the one that led is retracted."""
    standing: dict[Any, CurrentRow] = {}
    for order, filled, lacks_column in editions:
        before = leads(standing)
        names = [name for name in order if name in filled or not lacks_column]
        cells = ["3" if name in filled else "" for name in names]

        text = ",".join(("id,day", *names)) + "\n" + ",".join(("1,2024-02-01", *cells)) + "\n"
        changes = edit(standing, text, reordered(order))

        after = leads(standing)
        (leader,) = [name for name, lead in after.items() if lead is None]
        assert {None: len(after) - 1} == {None: list(after.values()).count(leader)}
        led = next((name for name, lead in before.items() if lead is None), None)
        assert led in (leader, None) or led not in after
        assert led not in after or not any(changes)


def test_a_count_that_comes_later_is_of_the_same_incident():
    """Wherever it stands in the mapping."""
    standing: dict[Any, CurrentRow] = {}
    edit(standing, "id,day,dead,hurt,tanks\n1,2024-02-01,,4,5\n")

    assert [{}] == edit(standing, "id,day,dead,hurt,tanks\n1,2024-02-01,3,4,5\n")
    assert {"wounded": None, "tank": "wounded", "killed": "wounded"} == leads(standing)


def test_a_mapping_that_says_later_that_a_row_is_one_incident_makes_it_one():
    """Its counts were incidents of their own before."""
    standing: dict[Any, CurrentRow] = {}
    text = "id,day,dead,hurt,tanks\n1,2024-02-01,3,4,5\n"
    edit(standing, text, COUNTS.format(incident=""))

    edit(standing, text)

    assert {"killed": None, "wounded": "killed", "tank": "killed"} == leads(standing)


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
