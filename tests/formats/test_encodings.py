import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.errors import Malformed
from timeline.formats.encodings import as_utf8

TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@given(TEXTS, st.sampled_from([None, "utf-16", "utf-16-le", "utf-8"]))
def test_any_text_comes_out_in_utf8(text, encoding):
    """Line by line as it was, whichever signs end a line elsewhere."""
    text = text.removeprefix("\ufeff")
    data = text.encode(encoding or "utf-16")

    file = as_utf8(io.BytesIO(data), None if encoding == "utf-16" else encoding)

    assert [line.encode() for line in io.StringIO(text, newline="\n")] == list(file)


def test_other_encodings_are_read_only_where_somebody_says_so():
    """The same bytes are other letters in each."""
    data = "é,ж".encode("cp1251", "replace")

    assert data == as_utf8(io.BytesIO(data)).read()
    assert "?,ж" == as_utf8(io.BytesIO(data), "cp1251").read().decode()


def test_a_file_can_be_read_again_from_its_start():
    """As the reader of dates does."""
    file = as_utf8(io.BytesIO("ab\ncd".encode("utf-16")))

    first = file.read()
    file.seek(0)

    assert first == file.read() == b"ab\ncd"


@pytest.mark.parametrize(
    ("data", "encoding", "words"),
    [
        (b"a\n\xff", "utf-16-le", "line"),
        (b"a\n\x81", "cp1252", "line 2"),
        (b"", "morse", "no encoding 'morse'"),
    ],
)
def test_what_is_not_in_the_encoding_is_refused(data, encoding, words):
    """With the line, or the encodings that there are."""
    with pytest.raises(Malformed, match=words):
        as_utf8(io.BytesIO(data), encoding).read()


@pytest.mark.parametrize(
    "start",
    [
        *(b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b\x08", b"PAR1", b"%PDF-1.7"),
        *(b"<html>", b"<!DOCTYPE html>", b'<?xml version="1.0"?>'),
    ],
)
def test_what_is_no_text_is_named(start):
    """With what to do; a text that begins with the same letters is one."""
    with pytest.raises(Malformed, match=r"CSV|unpack"):
        as_utf8(io.BytesIO(start + b"\x00\x01"))

    assert b"PK,country\n" == as_utf8(io.BytesIO(b"PK,country\n")).read()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_is_read_where_somebody_says_so(encoding):
    """Else it is refused, with what to say: its letters would have zeros between them."""
    data = "date,killed\n".encode(encoding)

    with pytest.raises(Malformed, match=f"without its mark: say --encoding {encoding}"):
        as_utf8(io.BytesIO(data))

    assert b"date,killed\n" == as_utf8(io.BytesIO(data), encoding).read()
