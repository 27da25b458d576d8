"""The same rows are the same events, however a file writes them: for each importer."""

import csv
import io
import json
from typing import Any
from unicodedata import normalize
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.acled_rows import PRESENT
from tests.formats.acled_rows import ROW as ACLED_ROW
from tests.formats.ged import ROW as GED_ROW
from tests.support.profiles import examples
from timeline.domain.errors import Malformed
from timeline.domain.events import Event
from timeline.formats.acled import read_acled
from timeline.formats.drafts import Reject, Unmentioned
from timeline.formats.edition_rows import CurrentRow
from timeline.formats.editions import Edition
from timeline.formats.encodings import as_utf8
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table
from timeline.formats.ucdp_columns import LAYOUT_49
from timeline.formats.ucdp_ged import read_ucdp_ged

MAPPING = read_mapping("""
dataset = "losses"
date = "date"
claimant = { column = "by", slug = true }
place = { name = { column = "town" } }
tags = [{ column = "kind" }]
[[counts]]
name = "killed"
type = "casualty_estimate"
measure = "killed"
subject = { column = "whose", values = { A = "army", B = "militia" } }
column = "killed"
low = "low"
high = "high"
qualifier = { column = "how", otherwise = "exact" }
[[counts]]
name = "tank"
type = "equipment_loss"
item = "tank"
subject = { column = "whose", values = { A = "army", B = "militia" } }
column = "tanks"
""")
TABLE_ROW = {
    "date": "2024-01-01",
    "by": "The Staff",
    "whose": "A",
    "town": "Zürich",
    "kind": "Raid",
    "killed": "12",
    "low": "10",
    "high": "20",
    "how": "about",
    "tanks": "3",
}
Row = dict[str, str]

FORMATS: dict[str, tuple[Any, tuple[str, ...], list[Row], tuple[str, ...]]] = {
    "ucdp-ged": (
        read_ucdp_ged,
        LAYOUT_49,
        [
            GED_ROW,
            GED_ROW | {"id": "7002", "date_prec": "2", "side_b": "Sylvanian-Front", "side_b_new_id": "4457"},
            GED_ROW | {"id": "7003", "where_prec": "4", "source_original": "", "type_of_violence": "3"},
        ],
        (
            "id",
            "side_a_new_id",
            "conflict_new_id",
            "date_prec",
            "type_of_violence",
            "best",
            "deaths_a",
            "country_id",
        ),
    ),
    "acled": (
        read_acled,
        tuple(PRESENT),
        [
            ACLED_ROW,
            ACLED_ROW | {"event_id_cnty": "FRE102", "time_precision": "2", "event_type": "Protests"},
            ACLED_ROW | {"event_id_cnty": "FRE103", "notes": "", "actor2": "", "assoc_actor_1": ""},
        ],
        ("time_precision", "iso", "geo_precision", "fatalities"),
    ),
    "table": (
        lambda file: read_table(file, MAPPING),
        tuple(TABLE_ROW),
        [
            TABLE_ROW,
            TABLE_ROW | {"whose": "B", "killed": "7", "tanks": ""},
            TABLE_ROW | {"date": "2024-01", "how": "", "tanks": "0"},
        ],
        ("killed", "low", "high", "tanks"),
    ),
}


def write(columns: tuple[str, ...], rows: list[Row], **options: Any) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", restval="", **options)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def edit(name: str, standing: dict[UUID, CurrentRow], data: bytes) -> tuple[list[Event], list[Reject]]:
    """What an edition posts, and what it rejects."""
    edition = Edition("data", standing, maker="ucdp")
    events, rejects = [], []
    for row in FORMATS[name][0](as_utf8(io.BytesIO(data))):
        if isinstance(row, Unmentioned):
            edition.pass_over(row)
            continue
        result = edition.reject(row) if isinstance(row, Reject) else edition.take(row)
        if isinstance(result, Reject):
            rejects.append(result)
        else:
            events += result
    return events + edition.retract_missing(), rejects


def base(name: str) -> dict[UUID, CurrentRow]:
    """The rows of a format as they stand after their first edition."""
    _, columns, rows, _ = FORMATS[name]
    standing: dict[UUID, CurrentRow] = {}
    events, rejects = edit(name, standing, write(columns, rows))
    assert events
    assert not rejects
    return standing


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@examples(60)
def test_nothing_changes_however_rows_are_written(name, data):
    """Columns dropped or moved, rows sorted, numbers of data frames, delimiters, encodings, furniture."""
    _, columns, rows, numbers = FORMATS[name]
    standing = base(name)
    dropped = data.draw(st.sets(st.sampled_from(columns), max_size=4), "dropped")
    remaining = tuple(name for name in data.draw(st.permutations(columns), "columns") if name not in dropped)
    floats = data.draw(st.sets(st.sampled_from(numbers)), "floats")
    written = [
        {column: f"{cell}.0" if column in floats and cell.isdigit() else cell for column, cell in row.items()}
        for row in data.draw(st.permutations(rows), "rows")
    ]
    for row in written:
        row.update(
            {
                column: data.draw(st.sampled_from(["", "NULL", "NA", "nan"]))
                for column in row
                if not row[column]
            }
        )
    text = write(remaining, written, delimiter=data.draw(st.sampled_from(",;\t|"), "delimiter"))
    if data.draw(st.booleans(), "furniture"):
        header, _, body = text.decode().partition("\r\n")
        text = f"\n\n{header},,\r\n{body}".encode() if "," in header else b"\n" + text
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), "encoding")

    try:
        events, rejects = edit(name, standing, text.decode().encode(encoding))
    except Malformed:  # without a column that tells rows apart, or says what they are
        assert dropped
        return

    assert ([], []) == (events, rejects)


@pytest.mark.parametrize("name", FORMATS)
def test_json_says_the_same_as_csv(name):
    """With numbers as numbers, and nothing as null."""
    _, columns, rows, numbers = FORMATS[name]
    written = [
        {
            column: (float(row[column]) if column in numbers and row.get(column) else row.get(column)) or None
            for column in columns
        }
        for row in rows
    ]
    if name == "table":
        written[2]["tanks"] = 0

    events, rejects = edit(name, base(name), json.dumps({"success": True, "data": written}).encode())

    assert ([], []) == (events, rejects)


@pytest.mark.parametrize("name", FORMATS)
def test_one_name_in_two_unicode_forms_is_one(name):
    """The same row, the same actor: what is decomposed is composed."""
    _, columns, rows, _ = FORMATS[name]
    accented = [{column: cell.replace("Front", "Frönt") for column, cell in row.items()} for row in rows]
    standing: dict[UUID, CurrentRow] = {}
    composed = write(columns, accented)
    edit(name, standing, composed)

    decomposed = normalize("NFD", composed.decode()).encode()

    assert ([], []) == edit(name, standing, decomposed)
