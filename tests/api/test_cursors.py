"""The text of cursors: every kind of key comes back as it was, and made-up keys are refused."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.client import refused
from tests.support.payloads import casualties, engagement
from timeline.api.cursors import Cursor, listing_digest, read_cursor, write_cursor
from timeline.domain.errors import Malformed
from timeline.views.queries.entries import ChangeKey
from timeline.views.queries.entry_filter import EntryFilter
from timeline.views.queries.series import ClaimKey

int8 = st.integers(-(1 << 63), (1 << 63) - 1)
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=80)
days = st.dates(date(1000, 1, 1), date(2999, 12, 31))
keys = st.one_of(
    int8, texts, st.builds(ChangeKey, int8, int8), st.builds(ClaimKey, texts, days, int8, st.uuids())
)


@given(key=keys, position=st.integers(0, (1 << 63) - 1))
def test_a_key_comes_back_as_it_was(key, position):
    """An integer, a text, or a tuple of them with times and UUIDs, at any position."""
    cursor = read_cursor(write_cursor(Cursor(position, key, "listing")))

    assert (position, key) == (cursor.position, cursor.key_as(type(key), "listing"))


def test_texts_of_plain_keys_are_stable():
    """Clients may hold them for long: what they are does not change from version to version."""
    assert "WzE3LDUsIjBhYmMiXQ" == write_cursor(Cursor(17, 5, "0abc"))
    assert "WzE3LCJuaXMiLCIwYWJjIl0" == write_cursor(Cursor(17, "nis", "0abc"))
    assert "4f53cda18c2b" == listing_digest()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("23:4330436424420556804", ChangeKey(23, 4330436424420556804)),
        (
            f"strength.deployed.nk.all.stock 2024-12-01T23:59:59.999999+00:00 7 {UUID(int=1)}",
            ClaimKey("strength.deployed.nk.all.stock", date(2024, 12, 1), 7, UUID(int=1)),
        ),
        (
            ["strength.deployed.nk.all.stock", "2024-12-01T23:59:59.999999Z", 7, str(UUID(int=1))],
            ClaimKey("strength.deployed.nk.all.stock", date(2024, 12, 1), 7, UUID(int=1)),
        ),
    ],
)
def test_a_key_in_its_old_form_is_read(text, key):
    """Permanent addresses hold keys that were once written as one text, or with a time for a day."""
    cursor = read_cursor(write_cursor(Cursor(1, text, "listing")))

    assert key == cursor.key_as(type(key), "listing")


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (int, "1"),
        (int, True),
        (int, 1 << 63),
        (int, None),
        (int, [1]),
        (str, 1),
        (str, "a\0b"),
        (ChangeKey, 1),
        (ChangeKey, []),
        (ChangeKey, [1]),
        (ChangeKey, [1, 2, 3]),
        (ChangeKey, ["1", 2]),
        (ChangeKey, [1, 1 << 63]),
        (ChangeKey, {"position": 1, "order_key": 1}),
        (ClaimKey, ["a", "2024-12-01T00:00:00", 1, str(UUID(int=1))]),
        (ClaimKey, ["a", "2024-12", 1, str(UUID(int=1))]),
        (ClaimKey, ["a", "2024-12-01T00:00:00Z", 1, "x"]),
        (ClaimKey, ["a", "2024-12-01T00:00:00Z", 1 << 63, str(UUID(int=1))]),
        (ClaimKey, ["a\0b", "2024-12-01T00:00:00Z", 1, str(UUID(int=1))]),
        (ClaimKey, ["a", "2024-12-01T00:00:00Z", 1]),
    ],
    ids=str,
)
def test_a_key_of_another_kind_is_refused(kind, key):
    """Where it is not of the listing's kind, or holds what the database could not compare with."""
    cursor = read_cursor(write_cursor(Cursor(1, key, "listing")))

    with pytest.raises(Malformed, match="not a cursor of this service"):
        cursor.key_as(kind, "listing")


@pytest.mark.parametrize(
    ("target", "listing"),
    [("?order=changed", ("entries", EntryFilter(), "changed")), ("/figures?format=csv", ("claims",))],
)
@pytest.mark.parametrize(
    "key",
    [1, "1:x", "1:2:3", "9" * 400, [1], [1, 1 << 63], ["a", "2024-12-01T00:00:00", 1, str(UUID(int=1))]],
    ids=str,
)
def test_a_made_up_key_never_reaches_the_database(timeline, target, listing, key):
    """It is refused with 400, although its digest is right."""
    timeline.take(engagement(), casualties())
    made_up = write_cursor(Cursor(1, key, listing_digest(*listing)))
    response = timeline.client.get(f"{timeline.path}{target}&cursor={made_up}")

    refused(timeline.client, response, 400, "malformed", "cursor")
