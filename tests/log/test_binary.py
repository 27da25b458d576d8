"""What is packed in PostgreSQL's binary formats comes back from the database as it was."""

import math
from datetime import UTC, date, datetime
from typing import get_args
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql
from psycopg.types.numeric import Int2, Int4

from timeline.log.binary import (
    ARRAY_BYTES_MAX,
    HEADER,
    TRAILER,
    TYPE_OIDS,
    pack_arrays,
    pack_list,
    pack_rows,
    pack_value,
)
from timeline.log.pipeline import TableRows

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
longs = st.integers(-(2**63), 2**63 - 1)
reals = st.floats(allow_nan=False)
times = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
KINDS = {
    "g": (Int4, st.just(7)),
    "t": (str, texts),
    "i": (int, longs),
    "r": (float, reals),
    "b": (bool, st.booleans()),
    "at": (datetime, times),
    "day": (date, st.dates()),
    "id": (UUID, st.uuids()),
    "texts": (list[str], st.lists(texts)),
    "data": (bytes, st.binary()),
    "n": (str, st.none() | texts),
}
NAMES = {
    Int2: "smallint",
    Int4: "integer",
    str: "text",
    int: "bigint",
    float: "double precision",
    bool: "boolean",
    datetime: "timestamptz",
    date: "date",
    UUID: "uuid",
    list[str]: "text[]",
    bytes: "bytea",
}
ROWS = st.tuples(*[values for name, (_, values) in KINDS.items() if name != "g"])
PACKED = TableRows("packed", [*KINDS], [TYPE_OIDS[kind] for kind, _ in KINDS.values()])


@pytest.fixture(scope="module")
def connection(server_dsn):
    """A connection with a table that has a column of each type."""
    with psycopg.connect(server_dsn, autocommit=True) as opened:
        opened.execute("SET TimeZone = 'UTC'")
        opened.execute(
            "CREATE TEMPORARY TABLE packed (g integer, t text, i bigint, r float8, b boolean, at timestamptz,"
            " day date, id uuid, texts text[], data bytea, n text)"
        )
        yield opened


def copy(connection, columns):
    """Write rows by COPY."""
    with connection.cursor().copy("COPY packed FROM STDIN (FORMAT binary)") as writing:
        writing.write(HEADER + pack_rows((Int4(7),), columns) + TRAILER)


def insert(connection, columns):
    """Write rows as arrays of the table's row type."""
    for statement, (array,) in PACKED.insert((Int4(7),), columns):
        result = connection.pgconn.exec_params(statement.encode(), [array], param_formats=[1])
        assert not result.error_message, result.error_message.decode()


@pytest.mark.parametrize("write", [copy, insert])
@given(rows=st.lists(ROWS, max_size=6))
def test_every_type_comes_back_as_it_was(connection, write, rows):
    """Whatever the value, in the order of the rows, few or more."""
    connection.execute("TRUNCATE packed")
    write(connection, [*zip(*rows, strict=True)])
    back = connection.execute("SELECT * FROM packed").fetchall()

    assert [(7, *row) for row in rows] == back
    assert all(math.copysign(1, a[2]) == math.copysign(1, b[3]) for a, b in zip(rows, back, strict=True))


@given(data=st.data(), kind=st.sampled_from([*{kind for kind, _ in KINDS.values()}, Int2]))
def test_a_parameter_comes_back_as_it_was(connection, kind, data):
    """A value of any type, or none, and a list of any length of it."""
    values = dict(KINDS.values()) | {
        Int2: st.just(Int2(-7)),
        Int4: st.just(Int4(7)),
    }
    single, many = data.draw(st.none() | values[kind]), data.draw(st.lists(values[kind], max_size=4))

    assert is_same(connection, pack_value(single), kind, single)
    if kind != list[str]:
        assert is_same(connection, pack_list(kind, many), list[kind], many)


def is_same(connection, packed, kind, value):
    """Whether PostgreSQL reads what is packed as it does the driver's own text."""
    name = NAMES[kind] if kind in NAMES else f"{NAMES[get_args(kind)[0]]}[]"
    literal = sql.Literal(value).as_string(connection)
    statement = f"SELECT $1::{name} IS NOT DISTINCT FROM ({literal})::{name}"
    result = connection.pgconn.exec_params(statement.encode(), [packed], param_formats=[1])
    assert not result.error_message, result.error_message.decode()
    return result.get_value(0, 0) == b"t"


def test_large_rows_are_put_in_several_arrays():
    """Each of about the largest size, and in order; a row that is larger stands alone."""
    texts_of_rows = ["a" * (ARRAY_BYTES_MAX // 3)] * 5 + ["b" * (ARRAY_BYTES_MAX + 1), "c"]
    arrays = [*pack_arrays([TYPE_OIDS[str]], (), [texts_of_rows])]

    assert [2, 2, 1, 1, 1] == [int.from_bytes(array[12:16], "big") for array in arrays]
    assert b"aaabc" == b"".join(array[-1:] for array in arrays)


def test_rows_that_are_all_alike_end():
    """What is packed once for all of them is given for each, and no longer."""
    rows = pack_rows(("a",), [["b"] * 7, [True] * 7])

    assert rows == pack_rows(("a",), [["b"], [True]]) * 7
