import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec import structs

import timeline
from timeline.domain.events import EVENT_TYPES, Event, event_type
from timeline.formats.drafts import Draft, Unmentioned, event_id, validate_draft
from timeline.formats.mapping import EventMapping
from timeline.formats.mapping_reader import _WORDS, read_mapping
from timeline.formats.table import read_table

GUIDE = Path(timeline.__file__).parent / "guide"
EXAMPLES = GUIDE / "examples"
SCHEMAS = GUIDE.parents[1] / "schemas"

SHARED = frozenset((
    "id", "type", "summary", "occurred", "claimant", "sources", "tags", "place", "language",
))  # fmt: skip
"""Members of every event, which the mapping as a whole or the event's own keys say."""

UNMAPPED = frozenset(("published_at", "certainty", "media", "first_of_its_kind"))
"""Members that are no words: a row of a table has no term for them."""


def events(name: str) -> dict[str, Event]:
    """The events of an example by the keys of their rows; all are valid."""
    mapping = read_mapping((EXAMPLES / f"{name}.toml").read_text())
    with (EXAMPLES / f"{name}.csv").open("rb") as file:
        drafts = [row for row in read_table(file, mapping) if not isinstance(row, Unmentioned)]
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


def keys_of(schema: dict[str, Any]) -> set[str]:
    """The keys of the language: the members of all objects that its schema describes."""
    return {name for part in schema["$defs"].values() for name in part.get("properties", {})}


def words_of(schema: dict[str, Any]) -> set[str]:
    """The words among which a key of the schema takes one."""
    enums = [schema["enum"]] if "enum" in schema else []
    parts = [part for value in schema.values() for part in (value if isinstance(value, list) else [value])]
    return {word for enum in enums for word in enum if isinstance(word, str)} | {
        word for part in parts if isinstance(part, dict) for word in words_of(part)
    }


def test_the_guide_names_every_key_and_every_word_of_the_language():
    """Whoever writes a mapping needs nothing else: neither the schema nor the code."""
    text = (GUIDE / "mappings.md").read_text()
    schema = json.loads((SCHEMAS / "mapping.json").read_text())
    words = {word for terms in _WORDS.values() for word in terms}
    prose, blocks = re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.findall(r"```.*?```", text, re.DOTALL)
    quoted = set(re.findall(r"[\w-]+", " ".join([*blocks, *re.findall(r"`[^`]+`", prose)])))

    assert [] == sorted({*keys_of(schema), *words} - quoted)
    assert [] == sorted({word for word in words_of(schema) if word[0].isalpha()} - quoted)


@pytest.mark.parametrize("kind", get_args(EventMapping.__annotations__["type"]))
def test_the_guide_names_every_member_of_an_event(kind):
    """A row may be any of these types, with any of their members."""
    text = (GUIDE / "mappings.md").read_text()
    members = {field.encode_name for field in structs.fields(EVENT_TYPES[kind])}
    (line,) = re.findall(rf"^\| `{kind}` \| .*", text, re.MULTILINE)

    assert not {name for name in members - SHARED - UNMAPPED if f"`{name}`" not in line}
