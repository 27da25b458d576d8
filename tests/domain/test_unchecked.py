"""What is decoded without checks is what is decoded with them."""

from datetime import UTC, datetime
from typing import get_args

import msgspec
import pytest
from hypothesis import given

from tests.support.samples import id_of
from tests.support.strategies import ID_POOL, events
from timeline.domain.codec import decode_event, encode_event
from timeline.domain.errors import Malformed
from timeline.domain.events import EVENT_TYPES, AnyEvent, Engagement
from timeline.domain.record import check_record, decode_record, seal
from timeline.domain.unchecked import unchecked, unchecked_struct

_UNCHECKED = msgspec.json.Decoder(unchecked(AnyEvent))


@given(events(developments=ID_POOL, targets=ID_POOL))
def test_an_event_is_the_same_with_and_without_checks(event):
    """Its class and those of its parts, which equality asks for too, and the bytes that it is written as."""
    written = encode_event(event)
    read = _UNCHECKED.decode(written)

    assert type(event) is type(read)
    assert decode_event(written) == read
    assert read == decode_event(written)
    assert written == encode_event(read)


@pytest.mark.parametrize("kind", EVENT_TYPES.values())
def test_an_unchecked_struct_has_its_original_s_layout(kind):
    """The same fields in the same order, by the same names in JSON, and no place for more."""
    made = unchecked_struct(kind)

    assert kind.__struct_fields__ == made.__struct_fields__
    assert kind.__struct_encode_fields__ == made.__struct_encode_fields__
    assert kind.__basicsize__ == made.__basicsize__


def test_every_type_has_an_unchecked_struct():
    """The union of the unchecked structs tells apart what the union of the originals does."""
    assert [unchecked_struct(kind) for kind in get_args(AnyEvent)] == list(get_args(unchecked(AnyEvent)))


def test_only_a_check_finds_what_could_not_be_posted():
    """A record is read without checks, unless they are asked for."""
    event = msgspec.json.encode({"type": "engagement", "id": id_of(1), "summary": "", "method": "raid"})
    stored = seal("kursk-2024", 1, datetime(2025, 1, 1, tzinfo=UTC), "desk", event)

    assert isinstance(decode_record(stored).event, Engagement)
    with pytest.raises(Malformed, match="length >= 1"):
        check_record(stored)


def test_a_form_that_no_event_has_is_refused_in_any_case():
    """In the words in which a post of it would be."""
    event = msgspec.json.encode({"type": "engagement", "id": id_of(1), "summary": 5})
    stored = seal("kursk-2024", 1, datetime(2025, 1, 1, tzinfo=UTC), "desk", event)

    with pytest.raises(Exception, match=r"Expected `str`, got `int`") as refused:
        decode_record(stored)

    assert "$.summary" == refused.value.path
