import json
import re
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sequences import event_sequences
from tests.support.strategies import ID_POOL, events
from timeline.domain import edtf as when
from timeline.domain import scalars as terms
from timeline.domain.codec import (
    PostedEvent,
    decode_batch,
    decode_event,
    decode_posted_event,
    encode_event,
    refuse_repeated_members,
)
from timeline.domain.errors import Malformed, RuleBroken, TimelineError, TooLarge
from timeline.domain.events import EVENT_TYPES, AnyEvent, Correction
from timeline.domain.figure import Figure

ID = "01940758-1280-71ca-8001-4e01846f5ad0"


def profile(more: str = "") -> str:
    """The JSON of a timeline profile, with more members."""
    return f'{{"id":"{ID}","type":"timeline_profile","title":"x"{more}}}'


def toll(figure: str = '{"qualifier":"exact","value":1}', more: str = "") -> str:
    """The JSON of a casualty estimate."""
    fields = '"summary":"x","claimant":"a","subject":"b","basis":"incident","measure":"killed"'
    return f'{{"id":"{ID}","type":"casualty_estimate",{fields},"figure":{figure}{more}}}'


def value(number: str) -> str:
    """A casualty estimate whose value is this JSON."""
    return toll(f'{{"qualifier":"exact","value":{number}}}')


def correction(changes: str) -> str:
    """A correction with these changes."""
    return f'{{"id":"{ID}","type":"correction","target":"{ID}","reason":"restatement","changes":{changes}}}'


def actor(external_ids: str) -> str:
    """An actor profile with these identifiers."""
    return f'{{"id":"{ID}","type":"actor_profile","actor":"a","name":"b","external_ids":{external_ids}}}'


REFUSED = {
    "text for a number": (value('"5"'), Malformed, "$.figure.value"),
    "a float for a whole number": (value("5.0"), Malformed, "$.figure.value"),
    "an exponent": (value("1e3"), Malformed, "$.figure.value"),
    "a truth value for a number": (value("true"), Malformed, "$.figure.value"),
    "a negative count": (value("-1"), Malformed, "$.figure.value"),
    "more than a browser counts": (value("9007199254740992"), Malformed, "$.figure.value"),
    "more than 64 bits": (value("18446744073709551616"), Malformed, "$.figure.value"),
    "a number of 400 digits": (value("9" * 400), Malformed, "$.figure.value"),
    "a number of 100,000 digits": (value("9" * 100_000), Malformed, None),
    "a missing value": (toll('{"qualifier":"exact"}'), RuleBroken, "$.figure.value"),
    "NaN": (value("NaN"), Malformed, "$"),
    "infinity": (toll(more=',"place":{"latitude":1e400,"longitude":1}'), Malformed, "$.place.latitude"),
    "half a coordinate": (toll(more=',"place":{"latitude":1}'), RuleBroken, "$.place.longitude"),
    "an unknown qualifier": (toll('{"qualifier":"exactly","value":1}'), Malformed, "$.figure.qualifier"),
    "an unknown field": (profile(',"foo":1'), Malformed, "$.foo"),
    "an unknown field inside": (toll('{"qualifier":"exact","value":1,"x":1}'), Malformed, "$.figure.x"),
    "an unknown type": (f'{{"id":"{ID}","type":"nope"}}', Malformed, "$.type"),
    "no type": (f'{{"id":"{ID}"}}', Malformed, "$.type"),
    "a number as type": (f'{{"id":"{ID}","type":5}}', Malformed, "$.type"),
    "no id": ('{"type":"timeline_profile","title":"x"}', Malformed, "$.id"),
    "an id that is no UUID": ('{"id":"7","type":"timeline_profile","title":"x"}', Malformed, "$.id"),
    "escaped NUL": (profile(',"summary":"a\\u0000b"'), Malformed, "$.summary"),
    "raw NUL": (profile(',"summary":"a\0b"'), Malformed, "$"),
    "NUL in a place's name": (toll(more=',"place":{"name":"\\u0000"}'), Malformed, "$.place.name"),
    "NUL in an address": (profile(',"sources":[{"publisher":"a","url":"http://a\\u0000"}]'), Malformed, None),
    "a lone surrogate": (profile(',"summary":"a\\ud800"'), Malformed, "$"),
    "a lone surrogate before text": (profile(',"summary":"a\\ud800bcdefghi"'), Malformed, "$"),
    "a lone low surrogate": (profile(',"summary":"a\\udc00b"'), Malformed, "$"),
    "a surrogate in UTF-8": (
        profile(',"summary":"X"').encode().replace(b"X", b"\xed\xa0\x80"),
        Malformed,
        "$",
    ),
    "a byte that is no UTF-8": (profile().encode().replace(b"x", b"\xff"), Malformed, "$"),
    "a byte that is no JSON": (b"\xff", Malformed, "$"),
    "UTF-16": (profile().encode("utf-16"), Malformed, "$"),
    "a byte order mark": (b"\xef\xbb\xbf" + profile().encode(), Malformed, "$"),
    "nothing": (b"", Malformed, "$"),
    "blanks": (b" \n", Malformed, "$"),
    "half a body": (profile()[:-1], Malformed, "$"),
    "two bodies": (profile() * 2, Malformed, "$"),
    "an array": ("[]", Malformed, "$"),
    "null": ("null", Malformed, "$"),
    "a slug with a newline": (profile(',"tags":["ok","a\\n"]'), Malformed, "$.tags[1]"),
    "a language of one letter": (profile(',"language":"e"'), Malformed, "$.language"),
    "a country in small letters": (toll(more=',"place":{"country":"ru"}'), Malformed, "$.place.country"),
    "a hash of 63 digits": (
        profile(f',"sources":[{{"publisher":"a","sha256":"{"a" * 63}"}}]'),
        Malformed,
        "$.sources[0].sha256",
    ),
    "another address scheme": (
        profile(',"sources":[{"publisher":"a"},{"publisher":"b","url":"ftp://x"}]'),
        Malformed,
        "$.sources[1].url",
    ),
    "a title of 501 characters": (profile().replace('"x"', f'"{"x" * 501}"'), Malformed, "$.title"),
    "month 13": (toll(more=',"occurred":"2024-13"'), Malformed, "$.occurred"),
    "30 February": (toll(more=',"occurred":"2024-02-30"'), Malformed, "$.occurred"),
    "a figure by nobody": (
        f'{{"type":"engagement","id":"{ID}","summary":"x","killed":{{"qualifier":"exact","value":1}}}}',
        RuleBroken,
        "$.claimant",
    ),
    "an interval that runs backwards": (toll(more=',"occurred":"2024-12/2023"'), RuleBroken, "$.occurred"),
    "digits of another script": (toll(more=',"occurred":"202٤"'), Malformed, "$.occurred"),
    "an interval as as_of": (toll(more=',"as_of":"2024-12-20/2024-12-26"'), Malformed, "$.as_of"),
    "a time without offset": (profile(',"published_at":"2024-01-01T00:00:00"'), Malformed, "$.published_at"),
    "a time as a number": (profile(',"published_at":1735290000'), Malformed, "$.published_at"),
    "the year 999": (profile(',"published_at":"0999-01-01T00:00:00Z"'), RuleBroken, "$.published_at"),
    "the year 1, far east": (profile(',"published_at":"0001-01-01T00:00:00+23:59"'), RuleBroken, None),
    "the year 9999, far west": (profile(',"published_at":"9999-12-31T23:59:59-23:59"'), RuleBroken, None),
    "the year 3000 in a source": (
        profile(',"sources":[{"publisher":"a","retrieved_at":"3000-01-01T00:00:00Z"}]'),
        RuleBroken,
        "$.sources[0].retrieved_at",
    ),
    "an increment without period": (
        toll().replace('"incident"', '"increment"'),
        RuleBroken,
        "$.period",
    ),
    "a total with an incident": (
        toll(more=f',"incident":"{ID}"').replace('"basis":"incident"', '"basis":"cumulative"'),
        RuleBroken,
        "$.incident",
    ),
    "a scheme in capitals": (actor('{"A B":"x"}'), Malformed, "$.external_ids"),
    "an empty identifier": (actor('{"ab":""}'), Malformed, "$.external_ids.*"),
    "a new id by correction": (correction(f'{{"id":"{ID}"}}'), RuleBroken, "$.changes.id"),
    "no id by correction": (correction('{"id":null}'), RuleBroken, "$.changes.id"),
    "a new type by correction": (correction('{"type":"capture"}'), RuleBroken, "$.changes.type"),
    "a new target by correction": (correction('{"target":"x"}'), RuleBroken, "$.changes.target"),
    "no changes": (correction("{}"), Malformed, "$.changes"),
    "changes as an array": (correction("[]"), Malformed, "$.changes"),
    "NUL in changes": (
        correction('{"sources":[{},{"title":"\\u0000"}]}'),
        RuleBroken,
        "$.changes.sources[1].title",
    ),
    "NUL in a changed name": (correction('{"place":{"a\\u0000":1}}'), RuleBroken, "$.changes.place"),
    "a surrogate in changes": (correction('{"summary":"\\ud800"}'), Malformed, "$"),
    "a surrogate in a changed name": (correction('{"\\udfff":1}'), Malformed, "$"),
    "infinity in changes": (correction('{"a":1e400}'), Malformed, "$.changes.*"),
    "changes 17 levels deep": (correction('{"a":' * 18 + "1" + "}" * 18), RuleBroken, None),
    "changes 900 levels deep": (correction('{"a":' * 900 + "1" + "}" * 900), RuleBroken, None),
    "changes 100,000 levels deep": (correction('{"a":' * 100_000 + "1" + "}" * 100_000), Malformed, "$"),
    "arrays 100,000 levels deep": (correction('{"a":' + "[" * 100_000 + "]" * 100_000 + "}"), Malformed, "$"),
    "500,000 nulls in changes": (
        correction('{"place":{' + ",".join(f'"n{number}":null' for number in range(500_000)) + "}}"),
        RuleBroken,
        "$.changes",
    ),
    "6,000 items in changes": (
        correction('{"tags":[' + ",".join(["1"] * 6_000) + "]}"),
        RuleBroken,
        "$.changes",
    ),
    "a body 100,000 levels deep": ("[" * 100_000, Malformed, "$"),
    "an unknown field with a long name": (profile(f',"{"x" * 100_000}":1'), Malformed, None),
}


@pytest.mark.parametrize(("body", "kind", "path"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_input_is_refused_with_its_path(body, kind, path):
    """Each fault is refused as what it is, says where it is, and in how many words."""
    with pytest.raises(TimelineError) as refusal:
        decode_event(body if isinstance(body, bytes) else body.encode())

    assert kind is type(refusal.value)
    assert path in (None, refusal.value.path)
    assert (refusal.value.path or "").startswith("$")
    assert 5 < len(refusal.value.message) < 610
    assert "regex" not in refusal.value.message


@pytest.mark.parametrize(("body", "kind", "path"), REFUSED.values(), ids=REFUSED.keys())
def test_a_batch_refuses_what_a_single_event_refuses(body, kind, path):
    """The same fault in an array is refused too."""
    data = body if isinstance(body, bytes) else body.encode()

    with pytest.raises(TimelineError):
        decode_batch(b"[" + profile().encode() + b"," + data + b"]", 10)


def test_a_fault_in_a_batch_has_the_events_index():
    """The path of a fault in an array starts with the place of the event."""
    bad = profile(',"sources":[{"publisher":"a"},{"publisher":"b","url":"x y"}]')
    body = f"[{profile()},{profile()},{profile()},{bad}]"

    with pytest.raises(Malformed) as refusal:
        decode_batch(body.encode(), 10)

    assert refusal.value.path == "$[3].sources[1].url"


def test_a_batch_over_the_limit_is_refused_before_its_events_are_read():
    """An array holds at most `limit` events, and says how many it may."""
    with pytest.raises(TooLarge) as refusal:
        decode_batch(b"[1,2,3]", 2)

    assert refusal.value.details == {"limit": 2}


@pytest.mark.parametrize(
    ("members", "path"),
    [
        (',"title":"y"', "$.title"),
        (',"title" : "y"', "$.title"),
        (',"titl\\u0065":"y"', "$.title"),
        (',"tags":[],"tags":[]', "$.tags"),
        (',"sources":[{"publisher":"a"},{"publisher":"b","publisher":"c"}]', "$.sources[1].publisher"),
    ],
)
def test_an_object_that_names_a_member_twice_is_refused(members, path):
    """RFC 8259 leaves it open which of the two holds; nobody should have to guess it from the record."""
    body = profile(members).encode()

    for decode, place in ((decode_posted_event, "$"), (lambda data: decode_batch(b"[%b]" % data, 1), "$[0]")):
        with pytest.raises(Malformed, match="appears twice") as refusal:
            decode(body)

        assert refusal.value.path == path.replace("$", place)


@given(events(developments=ID_POOL, targets=ID_POOL), st.data())
def test_a_member_that_is_repeated_never_passes(event, data):
    """Wherever in the event it is, and however the event is laid out."""
    indent = data.draw(st.sampled_from([None, 1]))
    members = json.loads(encode_event(event))
    name = data.draw(st.sampled_from(sorted(members)))
    rest, again = (json.dumps(part, indent=indent) for part in (members, {name: members[name]}))

    assert decode_posted_event(rest.encode()).event == event
    with pytest.raises(Malformed, match="appears twice"):
        decode_posted_event(f"{rest.rstrip()[:-1]},{again.lstrip()[1:]}".encode())


@given(events(developments=ID_POOL, targets=ID_POOL))
def test_any_event_is_read_as_it_was_written(event):
    """An event encodes and decodes to itself, and is written in one way only."""
    written = encode_event(event)

    assert event == decode_event(written)
    assert written == encode_event(decode_event(written))


@given(event_sequences(max_size=12))
def test_a_batch_is_read_as_it_was_written(sequence):
    """Any list of events comes out of an array as it went in."""
    body = b"[" + b",".join(map(encode_event, sequence)) + b"]"

    assert [PostedEvent(event, encode_event(event)) for event in sequence] == decode_batch(body, 20)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(events(developments=ID_POOL, targets=ID_POOL), st.data())
def test_a_damaged_event_is_refused_or_read_and_nothing_else(event, data):
    """Whatever stands in place of a field, the answer is an event or a TimelineError."""
    content = msgspec.json.decode(encode_event(event))
    content[data.draw(st.sampled_from(sorted(content)))] = data.draw(json_values)
    try:
        body = msgspec.json.encode(content)
    except (UnicodeEncodeError, OverflowError):
        return
    with suppress(TimelineError):
        encode_event(decode_event(body))


@given(st.binary(max_size=40))
def test_any_bytes_are_refused_as_malformed(data):
    """Bytes that are no event are refused, never more."""
    with pytest.raises(Malformed):
        decode_event(data)


def test_what_json_cannot_hold_is_refused_on_writing():
    """Changes built in the program with a lone surrogate cannot be written."""
    target = ID_POOL[0]
    event = Correction(id=target, target=target, reason="restatement", changes={"summary": "\ud800"})

    with pytest.raises(RuleBroken) as refusal:
        encode_event(event)

    assert refusal.value.path == "$.changes"


def patterns_of(schema: Any) -> set[str]:
    """Every pattern in a JSON Schema."""
    if isinstance(schema, list):
        return set().union(*map(patterns_of, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    return own.union(*map(patterns_of, schema.values()))


def test_every_pattern_reaches_json_schema():
    """The schema of the union holds each pattern of the vocabulary, and each has its words."""
    expected = set(terms.PATTERN_WORDS) | set(when.PATTERN_WORDS)

    assert expected == patterns_of(msgspec.json.schema(AnyEvent))


def test_no_text_is_unconstrained_in_json_schema():
    """Every text of every type has a pattern, a format or a list of values, so that none can hold NUL."""
    schema = msgspec.json.schema(AnyEvent)
    loose = []

    def look(node: Any, path: str) -> None:
        if isinstance(node, list):
            for index, item in enumerate(node):
                look(item, f"{path}[{index}]")
        elif isinstance(node, dict):
            if node.get("type") == "string" and not node.keys() & {"pattern", "format", "enum"}:
                loose.append(path)
            for name, item in node.items():
                look(item, f"{path}.{name}")

    look(schema, "$")

    assert not loose


def test_the_schema_says_the_limits_of_a_count():
    """A figure's numbers run from 0 to what a browser counts exactly."""
    properties = msgspec.json.schema(Figure)["$defs"]["Figure"]["properties"]
    value = next(part for part in properties["value"]["anyOf"] if part.get("type") == "integer")

    assert (value["minimum"], value["maximum"]) == (0, 2**53 - 1)


def test_every_type_refuses_unknown_fields_and_has_words():
    """Each type's schema is closed, names its type and is described."""
    definitions = msgspec.json.schema(AnyEvent)["$defs"]

    for tag, kind in EVENT_TYPES.items():
        schema = definitions[kind.__name__]
        assert schema["additionalProperties"] is False
        assert [tag] == schema["properties"]["type"]["enum"]
        assert schema["description"]
    assert all(definition["additionalProperties"] is False for definition in definitions.values())


@pytest.mark.parametrize("pattern", sorted({*terms.PATTERN_WORDS, *when.PATTERN_WORDS}))
def test_a_pattern_means_the_same_in_ecmascript(pattern):
    """No pattern uses what Python and ECMAScript read differently: named classes, or a bare closing `$`."""
    assert not re.search(r"\\[dwsbDWSBAZ]", pattern)
    assert pattern.endswith((r"$(?!\n)", r"\u0000]*$"))


def test_names_of_members_that_are_not_utf8_are_refused():
    """A reader that skips members it does not know does not look at their names."""
    with pytest.raises(Malformed, match="not UTF-8"):
        refuse_repeated_members(b'{"dat\xb0bcontenttype": 1}')
