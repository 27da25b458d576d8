from io import BytesIO

import pytest

from timeline.cli.batches import InputEvent, InvalidInput, batches, encode_batch, read_input_events


def read(text):
    """The places and the JSON of the events in a text."""
    return [(item.place, item.json) for item in read_input_events(BytesIO(text))]


def test_an_array_gives_its_members_byte_for_byte():
    """Nothing is encoded again on the way."""
    assert [("event 1 of the array", b'{"a": 1.0}'), ("event 2 of the array", b"{}")] == read(
        b' \n[{"a": 1.0},\n {}]\n'
    )


def test_ndjson_gives_its_lines_by_number():
    """Empty lines count and hold nothing; the last line may lack its end."""
    assert [("line 2", b'{"a":1}'), ("line 4", b"{}")] == read(b'\n{"a":1}\r\n\n{}')


def test_an_object_over_several_lines_is_one_event():
    """As in a file that a person wrote by hand."""
    assert [("the event", b'{\n "a": 1\n}')] == read(b'{\n "a": 1\n}\n')


def test_a_byte_order_mark_is_not_part_of_the_event():
    """Some editors write one."""
    assert [("line 1", b"{}")] == read(b"\xef\xbb\xbf{}")


@pytest.mark.parametrize("text", [b"", b"\n \n", b"[]"])
def test_nothing_gives_nothing(text):
    """An empty input is not an error."""
    assert [] == read(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"[{},", "the input"),
        (b'{"a":1}\n{"b"', "line 2"),
        (b"{nope\n}", "the input"),
        (b"\xff", "the input"),
    ],
)
def test_input_that_is_not_json_is_refused_with_its_place(text, place):
    """The message says where to look."""
    with pytest.raises(InvalidInput, match=place):
        read(text)


def test_batches_hold_500_events_at_most():
    """In order, with none lost."""
    items = [InputEvent("", b"%d" % number) for number in range(1001)]

    made = list(batches(items))

    assert [500, 500, 1] == [len(batch) for batch in made]
    assert items == [item for batch in made for item in batch]


def test_batches_of_large_events_are_shorter():
    """A body stays well below what the service takes; an event that is larger still goes alone."""
    sizes = [900_000, 900_000, 900_000, 3_000_000, 10]

    made = list(batches(InputEvent("", b"x" * size) for size in sizes))

    assert [2, 1, 1, 1] == [len(batch) for batch in made]


def test_a_batch_is_sent_as_an_array():
    """Whatever the input was."""
    assert b'[{"a": 1},{}]' == encode_batch([InputEvent("", b'{"a": 1}'), InputEvent("", b"{}")])
