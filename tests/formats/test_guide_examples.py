from collections import Counter
from pathlib import Path

import pytest

import timeline
from timeline.domain.events import Event, event_type
from timeline.formats.drafts import Draft, event_id, validate_draft
from timeline.formats.mapping import CountMapping, EventMapping, TableMapping
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table

GUIDE = Path(timeline.__file__).parent / "guide"
EXAMPLES = GUIDE / "examples"


def events(name: str) -> dict[str, Event]:
    """The events of an example by the keys of their rows; all are valid."""
    mapping = read_mapping((EXAMPLES / f"{name}.toml").read_text())
    with (EXAMPLES / f"{name}.csv").open("rb") as file:
        drafts = list(read_table(file, mapping))
    assert all(isinstance(draft, Draft) for draft in drafts), drafts
    results = {draft.key: validate_draft(draft, event_id(mapping.dataset, draft.key)) for draft in drafts}
    assert all(isinstance(event, Event) for event in results.values()), results
    return results


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("incidents", {"engagement": 3, "casualty_estimate": 4}),
        ("losses", {"equipment_loss": 8, "casualty_estimate": 3}),
        ("statements", {"official_statement": 2}),
    ],
)
def test_every_example_is_read_whole(name, counts):
    """By its mapping, without a rejected row."""
    assert counts == Counter(map(event_type, events(name).values()))


def test_statements_are_about_the_incidents_of_the_other_table():
    """By the keys in their column."""
    incidents = events("incidents")

    _, second = events("statements").values()

    assert second.about == (incidents["1"].id, incidents["3"].id)


def test_the_guide_names_every_key_of_the_language():
    """Whoever writes a mapping needs nothing else."""
    text = (GUIDE / "mappings.md").read_text()

    for struct in (TableMapping, CountMapping, EventMapping):
        missing = [name for name in struct.__struct_fields__ if name not in text and name != "aliases"]
        assert not missing
