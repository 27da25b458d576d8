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
from timeline.formats.areas import read_areas
from timeline.formats.drafts import Draft, Reject, Unmentioned
from timeline.formats.edition_rows import CurrentRow
from timeline.formats.editions import Edition
from timeline.formats.encodings import as_utf8
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table
from timeline.formats.ucdp_columns import LAYOUT_49, GedRow
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
INCIDENTS = read_mapping("""
dataset = "incidents"
date = "day"
claimant = "monitor"
basis = "incident"
[event]
type = "engagement"
key = ["id", "part"]
summary = "{what} in {town}"
claimant = { column = "says", slug = true }
until = "until"
[event.members]
attackers = { column = "by", slug = true, split = ";" }
method = { column = "what", values = { Raid = "raid", Shelling = "shelling" } }
[event.figures.killed]
column = "killed"
low = "least"
high = "most"
[place]
name = { column = "town" }
latitude = { column = "lat" }
longitude = { column = "lon" }
[source]
publisher = { column = "paper", slug = true }
[[counts]]
name = "civilians"
type = "casualty_estimate"
measure = "killed"
status = "civilian"
subject = "civilians"
column = "civilians"
""")
INCIDENT_ROW = {
    "id": "100",
    "part": "2",
    "day": "2024-02-01",
    "until": "2024-02-03",
    "what": "Raid",
    "town": "Zürich",
    "by": "The Army; Border Guards",
    "killed": "12",
    "least": "10",
    "most": "20",
    "lat": "47.37",
    "lon": "8.54",
    "paper": "The Daily",
    "says": "The Staff",
    "civilians": "4",
}
TOLLS = read_mapping("""
dataset = "tolls"
date = "day"
claimant = "monitor"
basis = "incident"
key = ["id"]
incident = "row"
[[counts]]
name = "killed"
type = "casualty_estimate"
measure = "killed"
subject = { column = "whose", slug = true }
column = "killed"
[[counts]]
name = "wounded"
type = "casualty_estimate"
measure = "wounded"
subject = { column = "whose", slug = true }
column = "wounded"
""")
TOLL_ROW = {"id": "7", "day": "2024-02-01", "whose": "The Frönt", "killed": "4", "wounded": "9"}
WIDE = read_mapping("""
dataset = "wide"
date = "day"
claimant = "monitor"
subject = { column = "whose", slug = true }
[[counts]]
name = "killed"
type = "casualty_estimate"
measure = "killed"
column = "killed"
[[counts]]
name = "losses"
type = "equipment_loss"
columns = "(?P<item>tank|gun)s_(?P<outcome>destroyed|captured)"
[[counts]]
name = "people"
type = "casualty_estimate"
measure = "wounded"
columns = "(?P<status>military|civilian)"
""")
WIDE_ROW = {
    "day": "2024-02-01",
    "whose": "The Frönt",
    "killed": "4",
    "tanks_destroyed": "1",
    "tanks_captured": "2",
    "guns_destroyed": "3",
    "military": "5",
    "civilian": "6",
}
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
    "table of events": (
        lambda file: read_table(file, INCIDENTS),
        tuple(INCIDENT_ROW),
        [
            INCIDENT_ROW,
            INCIDENT_ROW | {"part": "3", "until": "", "what": "Shelling", "civilians": ""},
            INCIDENT_ROW
            | {"id": "101", "by": "", "killed": "", "least": "", "most": "", "lat": "", "lon": ""},
        ],
        ("id", "part", "killed", "civilians"),
    ),
    "table of tolls": (
        lambda file: read_table(file, TOLLS),
        tuple(TOLL_ROW),
        [TOLL_ROW, TOLL_ROW | {"id": "8", "killed": ""}, TOLL_ROW | {"id": "9", "wounded": "0"}],
        ("id", "killed", "wounded"),
    ),
    "table of many columns": (
        lambda file: read_table(file, WIDE),
        tuple(WIDE_ROW),
        [WIDE_ROW, WIDE_ROW | {"day": "2024-02-02", "killed": ""}, WIDE_ROW | {"day": "2024-02-03"}],
        tuple(WIDE_ROW)[2:],
    ),
}
NEEDED = {
    "ucdp-ged": set(GedRow._fields[:7]),
    "acled": {"event_id_cnty", "event_date", "event_type", "sub_event_type", "actor1", "fatalities"},
    "table": {"date", "whose", "by"},
    "table of events": {"id", "part", "day"},
    "table of tolls": {"id", "day", "whose"},
    "table of many columns": {"day", "whose"},
}
"""The columns without which a file says nothing: it is refused."""
COUNTED = {"table of tolls": {"killed", "wounded"}, "table of many columns": set(WIDE_ROW) - {"day", "whose"}}
"""The columns of counts, without all of which it says nothing either."""


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
    """Columns dropped or moved, rows sorted or twice, numbers of data frames, delimiters, encodings."""
    _, columns, rows, numbers = FORMATS[name]
    standing = base(name)
    dropped = data.draw(st.sets(st.sampled_from(columns), max_size=4), "dropped")
    remaining = tuple(name for name in data.draw(st.permutations(columns), "columns") if name not in dropped)
    twice = data.draw(st.lists(st.sampled_from(rows), max_size=2), "twice")
    floats = data.draw(st.sets(st.sampled_from(numbers)), "floats")
    written = [
        {column: f"{cell}.0" if column in floats and cell.isdigit() else cell for column, cell in row.items()}
        for row in data.draw(st.permutations(rows + twice), "rows")
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
    is_refused = bool(dropped & NEEDED[name]) or dropped >= COUNTED.get(name, {""})

    try:
        events, rejects = edit(name, standing, text.decode().encode(encoding))
    except Malformed:
        assert is_refused
        return

    assert ([], []) == (events, rejects)
    assert not is_refused


@pytest.mark.parametrize("name", FORMATS)
def test_json_says_the_same_as_csv(name):
    """With numbers as numbers, and nothing as null."""
    _, columns, rows, numbers = FORMATS[name]
    written = [
        {
            column: float(row[column]) if column in numbers and row.get(column) else row.get(column) or None
            for column in columns
        }
        for row in rows
    ]

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


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@examples(30)
def test_one_changed_cell_is_one_correction(name, data):
    """In whichever order the rows and columns stand, and whatever other columns the file lacks."""
    _, columns, rows, _ = FORMATS[name]
    standing = base(name)
    cell = {"ucdp-ged": "best", "acled": "fatalities"}.get(name, "killed")
    dropped = data.draw(st.sets(st.sampled_from(columns), max_size=4), "dropped") - NEEDED[name] - {cell}
    remaining = tuple(name for name in data.draw(st.permutations(columns), "columns") if name not in dropped)
    written = [rows[0] | {cell: "5"}, *rows[1:]]

    events, rejects = edit(name, standing, write(remaining, data.draw(st.permutations(written), "rows")))

    assert [] == rejects
    (correction,) = events
    figure = "figure" if "figure" in correction.changes else "killed"
    assert 5 in correction.changes[figure].values()


FEATURES = [
    {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [30.5 + number, 50.5]},
        "properties": {
            "id": str(number),
            "date": f"2024-02-0{number}",
            "name": f"Hill {number}",
            "status": "captured",
            "to": "The Army",
            "from": "The Frönt",
            "claimant": "Staff",
            "source": "The Daily",
        },
    }
    for number in (1, 2, 3)
]


@given(
    st.permutations(FEATURES),
    st.sets(st.sampled_from(("name", "status", "to", "from", "claimant", "source")), max_size=3),
    st.sampled_from((str, int, float, lambda number: f"{number}.0")),
    st.booleans(),
)
@examples(60)
def test_areas_are_the_same_however_they_are_written(features, dropped, number, has_shapes):
    """Features sorted, properties that all of them lack, ids of data frames, no shapes."""

    def change(feature: Any) -> dict[str, Any]:
        properties = {name: value for name, value in feature["properties"].items() if name not in dropped}
        properties["id"] = number(int(properties["id"]))
        geometry = feature["geometry"] if has_shapes else None
        return {**feature, "geometry": geometry, "properties": properties}

    def edit_areas(standing: dict[UUID, CurrentRow], features: Any) -> list[Event]:
        edition = Edition("areas", standing)
        text = json.dumps({"type": "FeatureCollection", "features": features}).encode()
        drafts = list(read_areas(io.BytesIO(text), "areas"))
        assert all(isinstance(draft, Draft) for draft in drafts), drafts
        return [event for draft in drafts for event in edition.take(draft)] + edition.retract_missing()

    standing: dict[UUID, CurrentRow] = {}
    assert 3 == len(edit_areas(standing, FEATURES))

    assert [] == edit_areas(standing, list(map(change, features)))


CODES = """
dataset = "statements"
date = "day"
skip = { "état" = ["1"] }
tags = [{ column = "topic" }]
[event]
type = "official_statement"
key = ["no"]
summary = "{words}"
[event.members]
speaker = { column = "who", slug = true }
stance = { column = "code", values = { 1 = "denies", 2 = "confirms", "à" = "announces" } }
[event.links.about]
dataset = "incidents"
key = [{ column = "incidents", split = "," }]
[place]
name = { column = "ward" }
"""
STATEMENTS = [
    {"no": "1", "day": "2024", "état": "0", "topic": "7", "who": "12", "words": "No.", "code": "1"},
    {"no": "2", "day": "2024", "état": "1", "topic": "8", "who": "12", "words": "No.", "code": "2"},
    {"no": "3", "day": "2024", "état": "", "topic": "8", "who": "13", "words": "No.", "code": "à"},
]


@given(
    st.permutations([row | {"incidents": "4", "ward": "5"} for row in STATEMENTS]),
    st.sets(st.sampled_from(("no", "day", "état", "topic", "who", "code", "incidents", "ward"))),
    st.sampled_from(("NFC", "NFD")),
    st.sampled_from(("NFC", "NFD")),
)
@examples(60)
def test_codes_of_a_table_mean_the_same_however_they_are_written(rows, floats, form, mapping_form):
    """Keys of other rows, words with a meaning, tags and conditions too; a mapping has a form of its own."""

    def edit_table(standing: dict[UUID, CurrentRow], mapping: str, rows: list[Row]) -> list[Event]:
        text = normalize(form, write(tuple(rows[0]), rows).decode()).encode()
        drafts = list(read_table(io.BytesIO(text), read_mapping(mapping), "statements"))
        assert all(isinstance(draft, Draft) for draft in drafts), drafts
        edition = Edition("statements", standing)
        return [event for draft in drafts for event in edition.take(draft)] + edition.retract_missing()

    written = [
        {name: f"{cell}.0" if name in floats and cell.isdigit() else cell for name, cell in row.items()}
        for row in rows
    ]
    standing: dict[UUID, CurrentRow] = {}
    assert 2 == len(edit_table(standing, CODES, rows))

    assert [] == edit_table(standing, normalize(mapping_form, CODES), written)
