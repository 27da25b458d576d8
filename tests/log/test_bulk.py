"""Rows packed for COPY come back from the database as they were."""

import math
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.numeric import Int4

from timeline.log.bulk import HEADER, TRAILER, pack_rows

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
longs = st.integers(-(2**63), 2**63 - 1)
times = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
rows = st.tuples(
    texts, longs, st.floats(allow_nan=False), st.booleans(), times, st.uuids(), st.lists(texts), st.none()
)


@pytest.fixture(scope="module")
def connection(server_dsn):
    """A connection with a table that has a column of each type."""
    with psycopg.connect(server_dsn) as opened:
        opened.execute("SET TimeZone = 'UTC'")
        opened.execute(
            "CREATE TEMPORARY TABLE packed (g integer, t text, i bigint, r float8, b boolean, at timestamptz,"
            " id uuid, texts text[], n text)"
        )
        yield opened


@given(given_rows=st.lists(rows, max_size=5))
def test_every_type_comes_back_as_it_was(connection, given_rows):
    """Whatever the value, in the order of the rows."""
    connection.execute("TRUNCATE packed")
    with connection.cursor() as cursor:
        with cursor.copy("COPY packed FROM STDIN (FORMAT binary)") as copy:
            copy.write(HEADER + pack_rows((Int4(7),), given_rows, 9) + TRAILER)
        back = cursor.execute("SELECT * FROM packed").fetchall()

    assert [(7, *row) for row in given_rows] == back
    assert all(
        math.copysign(1, a[2]) == math.copysign(1, b[3]) for a, b in zip(given_rows, back, strict=True)
    )
