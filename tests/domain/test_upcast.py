from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from timeline.domain.codec import UPCASTERS, decode_event, encode_event, upcast
from timeline.domain.events import EVENT_TYPES, SCHEMA_VERSION, event_type
from timeline.domain.record import current_event_bytes, decode_record

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("v*/*.json"))


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_every_version_has_a_golden_file_of_every_type(version):
    """A type that has no golden file could break its stored events unseen."""
    types = {path.stem for path in (GOLDEN / f"v{version}").glob("*.json")}

    assert not set(EVENT_TYPES) - types


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_golden_file_decodes_for_ever(path):
    """A stored event of any released version is lifted to the present one and read."""
    version = int(path.parent.name.removeprefix("v"))
    stored = path.read_bytes().removesuffix(b"\n")
    event = decode_event(upcast(stored, version))

    assert path.stem == event_type(event)
    if version == SCHEMA_VERSION:
        assert stored == encode_event(event)


def test_golden_files_set_every_field():
    """A field that no golden file sets could change its form unseen; some exclude each other in one file."""
    events = [decode_event(path.read_bytes()) for path in FILES if path.parent.name == f"v{SCHEMA_VERSION}"]
    every = {name for event in events for name in event.__struct_fields__}
    used = {n for event in events for n in event.__struct_fields__ if getattr(event, n) not in (None, (), {})}

    assert every == used


def renamed(content):
    """A step that renames a field."""
    return {"title" if name == "name" else name: value for name, value in content.items()}


def described(content):
    """A step that adds a field."""
    return content | {"description": "Lifted."}


STEPS = {("timeline_profile", 1): renamed, ("timeline_profile", 3): described, ("evidence", 2): described}
ID = "01940758-1280-71ca-8001-4e01846f5ad0"


@pytest.mark.parametrize(
    ("version", "stored", "expected"),
    [
        (1, {"name": "Kursk"}, {"title": "Kursk", "description": "Lifted."}),
        (2, {"title": "Kursk"}, {"title": "Kursk", "description": "Lifted."}),
        (3, {"title": "Kursk"}, {"title": "Kursk", "description": "Lifted."}),
        (4, {"title": "Kursk"}, {"title": "Kursk"}),
    ],
)
def test_upcasters_lift_step_by_step(version, stored, expected):
    """Each step from the stored version on is taken, over versions that left the type as it was."""
    event = {"id": ID, "type": "timeline_profile", **stored}
    lifted = msgspec.json.decode(upcast(msgspec.json.encode(event), version, STEPS, current=4))

    assert {"id": ID, "type": "timeline_profile", **expected} == lifted


def test_the_present_version_is_read_as_it_is():
    """Bytes of the present version are passed on untouched, whatever their spacing."""
    stored = b'{ "type" : "timeline_profile" }'

    assert stored is upcast(stored, SCHEMA_VERSION)


def test_upcasting_never_needs_a_version_yet_to_come():
    """Every upcaster starts from a released type and version."""
    for kind, version in UPCASTERS:
        assert kind in EVENT_TYPES
        assert 1 <= version < SCHEMA_VERSION


def test_the_text_of_a_statement_was_called_position():
    """Version 1 of an official statement is read as the same statement; its field has another name now."""
    old, new = (GOLDEN / version / "official_statement.json" for version in ("v1", "v2"))

    assert b'"position":"It is so."' in old.read_bytes()
    assert new.read_bytes().strip() == upcast(old.read_bytes().strip(), 1)


def stored_record(event, version):
    """A record around an event, as the log holds it."""
    return (
        b'{"timeline":"kursk-2024","position":7,"recorded_at":"2025-01-01T00:00:00Z",'
        b'"recorded_by":"desk","version":%d,"event":%b}' % (version, msgspec.json.encode(event))
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"summary": "New.", "position": "Now."}, {"summary": "New.", "statement": "Now."}),
        ({"position": None}, {"statement": None}),
        ({"changes": {"position": "Now."}}, {"changes": {"statement": "Now."}}),
        ({"changes": {"changes": {"position": "Now."}}}, {"changes": {"changes": {"statement": "Now."}}}),
        ({"place": {"name": "position"}}, {"place": {"name": "position"}}),
    ],
)
def test_what_a_correction_changes_is_lifted_with_its_target(changes, expected):
    """Also where it corrects a correction of a statement; names of other fields are left as they are."""
    correction = {"type": "correction", "id": ID, "target": ID, "reason": "transcription"}

    record = decode_record(stored_record({**correction, "changes": changes}, 1))
    current = decode_record(stored_record({**correction, "changes": changes}, SCHEMA_VERSION))

    assert expected == record.event.changes
    assert changes == current.event.changes


def test_a_retry_of_what_an_older_version_recorded_is_the_same_event():
    """What is compared with a post is what is stored, as it would be recorded now."""
    statement = {"type": "official_statement", "id": ID, "summary": "x", "speaker": "a", "stance": "denies"}
    stored = stored_record({**statement, "position": "No."}, 1)

    assert msgspec.json.encode({**statement, "statement": "No."}) == current_event_bytes(stored)


def test_a_stored_record_is_lifted_when_it_is_read():
    """A record around a golden event decodes to that event at its position."""
    event = (GOLDEN / "v1" / "capture.json").read_bytes().strip()
    stored = (
        b'{"timeline":"kursk-2024","position":7,"recorded_at":"2025-01-01T00:00:00Z",'
        b'"recorded_by":"desk","version":1,"event":' + event + b"}"
    )
    record = decode_record(stored)

    assert decode_event(event) == record.event
    assert (7, 1, datetime(2025, 1, 1, tzinfo=UTC)) == (record.position, record.version, record.recorded_at)
