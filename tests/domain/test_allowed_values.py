"""A refusal of a value that is not among a few says which these are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import events
from timeline.domain.codec import decode_event, decode_posted_event, encode_event
from timeline.domain.errors import Malformed, TimelineError
from timeline.domain.events import EVENT_TYPES

ID = "01940758-1280-71ca-8001-4e01846f5ad0"


def event(kind: str, **fields: object) -> bytes:
    """The JSON of an event."""
    return json.dumps({"type": kind, "id": ID, "summary": "x", **fields}).encode()


@pytest.mark.parametrize(
    ("data", "path", "allowed"),
    [
        (
            event("official_statement", speaker="a", stance="shrugs"),
            "$.stance",
            "announces, commits, condemns",
        ),
        (event("nope"), "$.type", ", ".join(EVENT_TYPES)),
        (event("retraction", target=ID, reason="x"), "$.reason", "duplicate, erroneous, source_revision"),
        (event("engagement", place={"precision": "x"}), "$.place.precision", "area, country, district"),
        (event("engagement", certainty={"credibility": 7}), "$.certainty.credibility", "1, 2, 3, 4, 5, 6"),
    ],
)
def test_the_values_of_the_field_itself(data: bytes, path: str, allowed: str) -> None:
    """Of the event's own type, where several types have a field of the name."""
    data = data if b"retraction" not in data else data.replace(b'"summary": "x", ', b"")
    with pytest.raises(Malformed) as refusal:
        decode_posted_event(data)

    assert path == refusal.value.path
    assert f"expected one of {allowed}" in str(refusal.value)


@pytest.mark.parametrize(
    ("data", "path", "fields"),
    [
        (event("official_statement", speaker="a", stance="denies", position="x"), "$.position", "statement"),
        (event("same_as", entries=[]), "$.entries", "developments"),
        (event("engagement", place={"town": "x"}), "$.place.town", "name, country, admin1"),
        (event("engagement", sources=[{"name": "x"}]), "$.sources[0].name", "publisher, url"),
    ],
)
def test_the_fields_that_an_object_may_have(data: bytes, path: str, fields: str) -> None:
    """Of the event's own type: a field of another name is easily meant."""
    with pytest.raises(Malformed) as refusal:
        decode_posted_event(data)

    assert path == refusal.value.path
    words = str(refusal.value).partition("; its fields are ")[2]
    assert fields in words
    assert path.rpartition(".")[2] not in words.split(", ")


def spoilt(value: Any) -> Iterator[Any]:
    """The value with one text in it after another replaced."""
    match value:
        case dict():
            for name, member in value.items():
                yield from ({**value, name: other} for other in spoilt(member))
        case list():
            for index, item in enumerate(value):
                yield from ([*value[:index], other, *value[index + 1 :]] for other in spoilt(item))
        case str():
            yield "no such value"


@given(events())
def test_no_refusal_leaves_the_choice_out(original: Any) -> None:
    """Whichever field of whichever event it is."""
    for changed in spoilt(json.loads(encode_event(original))):
        message = ""
        try:
            decode_event(json.dumps(changed).encode())
        except TimelineError as error:
            message = str(error)

        is_choice = message.startswith(("Invalid enum value", "Invalid value"))
        assert not is_choice or "expected one of " in message


@given(events(), st.data())
def test_a_body_that_breaks_off_is_refused_as_any_other(original: Any, data: st.DataObject) -> None:
    """Also behind a field that is unknown or has a value that is not allowed."""
    members = json.loads(encode_event(original))
    member = data.draw(st.sampled_from(("nope", *members)), "member")
    text = json.dumps(
        {member: "no such value", **{name: members[name] for name in members if name != member}}
    )
    at = data.draw(st.integers(0, len(text) - 1), "at")
    end = data.draw(st.sampled_from((b"", b"\xff", b'"\\ud800"', b"[" * 2_000)), "end")

    for decode in (decode_event, decode_posted_event):
        with pytest.raises(TimelineError):
            decode(text[:at].encode() + end)
