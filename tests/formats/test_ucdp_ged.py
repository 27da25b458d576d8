import io

import pytest

from tests.formats.ged import ROW, SHORT, ged_file
from timeline.domain.errors import Malformed
from timeline.domain.events import Engagement
from timeline.formats.drafts import Draft, Reject, validate_draft
from timeline.formats.editions import Edition
from timeline.formats.slugs import name_slug
from timeline.formats.ucdp_columns import LAYOUT_42, LAYOUT_43, LAYOUT_49
from timeline.formats.ucdp_ged import read_ucdp_ged

LAYOUT_41 = tuple(name for name in LAYOUT_42 if name != "priogrid_gid")


def read_row(layout=LAYOUT_49, **cells):
    """The draft or reject of one row."""
    (row,) = read_ucdp_ged(ged_file(cells, layout=layout))
    return row


def event_of(layout=LAYOUT_49, **cells):
    """The valid event that one row becomes."""
    draft = read_row(layout, **cells)
    assert isinstance(draft, Draft), draft
    event = validate_draft(draft)
    assert isinstance(event, Engagement), event
    return event


def test_a_row_says_all_that_its_columns_say():
    """Every part of the event comes from its column."""
    draft = read_row()

    assert (2, "7001") == (draft.line, draft.key)
    assert draft.content == {
        "type": "engagement",
        "summary": "State-based violence between Government of Freedonia and Sylvanian Front: Duck village,"
        " Harpo district, Marx province, Syria. Conflict: Freedonia: Government."
        " Where: north of Duck village.",
        "sources": [
            {"publisher": "reuters", "title": "Four die", "published_at": "2013-01-04T00:00:00Z"},
            {"publisher": "afp", "title": "Clash in the north", "published_at": "2013-01-05T00:00:00Z"},
        ],
        "tags": [
            "ucdp-ged",
            "ucdp-state-based",
            "ucdp-conflict-299",
            "ucdp-dyad-11973",
            "ucdp-actor-118",
            "ucdp-actor-4456",
        ],
        "occurred": "2013-01-03",
        "claimant": "sylvanian-red-cross",
        "attackers": ["ucdp-actor-118"],
        "targets": ["ucdp-actor-4456"],
        "killed": {
            "qualifier": "between",
            "low": 3,
            "best": 4,
            "high": 6,
            "verbatim": "deaths_a 1, deaths_b 2, deaths_civilians 0, deaths_unknown 1",
        },
        "place": {
            "name": "Duck village",
            "country": "SY",
            "admin1": "Marx province",
            "latitude": 35.763369,
            "longitude": 36.558974,
            "precision": "exact",
            "native_precision": "where_prec 1",
        },
        "certainty": {
            "native": "event_clarity 1, date_prec 1, active_year 1, code_status Clear, number_of_sources 2,"
            " source_original Sylvanian Red Cross"
        },
    }


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("State-based conflict", "ucdp-state-based"),
        ("Non-state conflict", "ucdp-non-state"),
        ("One-sided violence", "ucdp-one-sided"),
    ],
)
def test_a_layout_of_17_columns_says_all_that_it_has(words, tag):
    """With words for the kinds of violence, and nothing made up for what it lacks."""
    draft = read_row(SHORT, type_of_violence=words, country="Ukraine")

    assert isinstance(draft, Draft)
    what, method = {
        "ucdp-state-based": ("State-based violence between {} and {}", {}),
        "ucdp-non-state": ("Non-state violence between {} and {}", {}),
        "ucdp-one-sided": ("One-sided violence by {} against {}", {"method": "one_sided_violence"}),
    }[tag]
    sides = what.format("Government of Freedonia", "Sylvanian Front")
    assert draft.content == {
        "type": "engagement",
        "summary": f"{sides}: Duck village, Marx province, Ukraine. Conflict: Freedonia: Government.",
        "sources": [{"publisher": "ucdp"}],
        "tags": ["ucdp-ged", tag],
        "occurred": "2013-01-03",
        "claimant": "ucdp",
        "attackers": [name_slug("Government of Freedonia")],
        "targets": [name_slug("Sylvanian Front")],
        "killed": {"qualifier": "vague", "best": 4, "verbatim": "deaths_civilians 0"},
        "place": {
            "name": "Duck village",
            "country": "UA",
            "admin1": "Marx province",
            "latitude": 35.763369,
            "longitude": 36.558974,
        },
        **method,
    }
    assert isinstance(validate_draft(draft), Engagement)


def test_a_short_layout_takes_nothing_back():
    """Over the rows of a release it changes the best number alone, where that has changed."""
    standing = {}
    edition = Edition("ucdp-ged", standing)
    for row in read_ucdp_ged(ged_file({}, {"id": "7002", "date_prec": "2"})):
        edition.take(row)

    later = Edition("ucdp-ged", standing)
    rows = ({"best": "5"}, {"id": "7002"})
    changes = [
        event.changes for row in read_ucdp_ged(ged_file(*rows, layout=SHORT)) for event in later.take(row)
    ]

    assert [{"killed": {"best": 5}}] == changes
    assert [] == later.missing


@pytest.mark.parametrize(
    "layout",
    [
        LAYOUT_42,
        LAYOUT_43,
        LAYOUT_49,
        LAYOUT_41,
        tuple(reversed(LAYOUT_49)),
        tuple(map(str.upper, LAYOUT_49)),
    ],
    ids=["42", "43", "49", "41", "another order", "capitals"],
)
def test_columns_are_bound_by_their_names(layout):
    """Whatever layout a file has, the same row is the same figure of the same sides."""
    upper_case = {name.upper(): cell for name, cell in ROW.items()}

    event = event_of(layout, **upper_case)

    assert ("ucdp-actor-118",) == event.attackers
    assert (3, 4, 6) == (event.killed.low, event.killed.best, event.killed.high)
    assert "SY" == event.place.country


def test_the_row_of_hashtags_is_skipped():
    """The second row of an HXL file is not an event."""
    tags = ["", "#date+year", *[""] * (len(LAYOUT_43) - 3), "#affected+killed"]

    drafts = list(read_ucdp_ged(ged_file({}, {"id": "7002"}, layout=LAYOUT_43, above=[tags])))

    assert [(3, "7001"), (4, "7002")] == [(draft.line, draft.key) for draft in drafts]


@pytest.mark.parametrize("layout", [LAYOUT_42, LAYOUT_43, LAYOUT_49])
def test_a_release_without_a_header_row_is_bound_by_the_order_of_its_layout(layout):
    """The first row is an event, not names."""
    headless = list(read_ucdp_ged(ged_file({}, {"id": "7002"}, layout=layout, header=False)))
    headed = list(read_ucdp_ged(ged_file({}, {"id": "7002"}, layout=layout)))

    assert [1, 2] == [draft.line for draft in headless]
    assert [draft.content for draft in headed] == [draft.content for draft in headless]


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (b"", "line 1"),
        (b"\xff\xfei\x00d\x00", "line 1"),
        (b"id,side_a\n1,x\n", "type_of_violence"),
        (b"1,2,3\n", "id"),
        (b"id,id\n1,1\n", "line 1, cell 2"),
    ],
    ids=["empty", "no utf-8", "a column missing", "no layout", "a column twice"],
)
def test_a_file_that_is_no_release_is_refused_with_the_place(content, path):
    """What is missing is named."""
    with pytest.raises(Malformed) as caught:
        list(read_ucdp_ged(io.BytesIO(content)))

    assert path == caught.value.path


@pytest.mark.parametrize(
    ("start", "end", "precision", "occurred"),
    [
        ("2013-01-03 00:00:00.000", "2013-01-03 00:00:00.000", "1", "2013-01-03"),
        ("2013-01-03T00:00:00", "2013-01-05T00:00:00", "2", "2013-01-03/2013-01-05"),
        ("2013-01-03", "2013-01-03", "2", "2013-01-03~"),
        ("2013-02-01", "2013-02-28", "4", "2013-02"),
        ("2013-02-01", "2013-02-27", "4", "2013-02-01/2013-02-27"),
        ("2013-01-01", "2013-12-31", "5", "2013"),
        ("2013-12-01", "2014-01-31", "5", "2013-12-01/2014-01-31"),
    ],
)
def test_when_it_happened_is_as_exact_as_the_dates(start, end, precision, occurred):
    """Every way to write a day is read, and a span is a day, a month, a year or an interval."""
    event = event_of(date_start=start, date_end=end, date_prec=precision)

    assert occurred == event.occurred


@pytest.mark.parametrize(("low", "best", "high"), [("9", "4", "6"), ("1", "7", "5"), ("0", "0", "0")])
def test_bounds_are_kept_in_whatever_order_they_stand(low, best, high):
    """Nothing is mended where low > best or best > high."""
    killed = event_of(low=low, best=best, high=high).killed

    assert (int(low), int(best), int(high)) == (killed.low, killed.best, killed.high)
    assert killed.disordered == (not int(low) <= int(best) <= int(high))


@pytest.mark.parametrize(
    ("original", "claimant"),
    [
        ("", "ucdp"),
        ("SOHR", "sohr"),
        (" police ", "police"),
        ("Kachinland News.", "kachinland-news"),
        ("Türkiye'nin Sesi", "turkiye-nin-sesi"),
        ("SOHR; VDC", "ucdp"),
        ("SOHR\nVDC", "ucdp"),
        ("police, witnesses", "ucdp"),
        ("police and witnesses", "ucdp"),
        ("police/IS statement", "ucdp"),
        ("DKBA via Karen News", "ucdp"),
        ("not specified", "ucdp"),
        ("https://example.org/a", "ucdp"),
        ("The army issued a press release on the 21st of May", "ucdp"),
        ("???", "ucdp"),
    ],
)
def test_who_claims_is_the_one_whom_source_original_names(original, claimant):
    """Several, or nobody, make it UCDP's own; what was written is kept either way."""
    event = event_of(source_original=original)

    assert claimant == event.claimant
    assert (original.strip() or "number_of_sources 2") in event.certainty.native


@pytest.mark.parametrize(
    ("kind", "tag", "method"),
    [
        ("1", "ucdp-state-based", None),
        ("2", "ucdp-non-state", None),
        ("3", "ucdp-one-sided", "one_sided_violence"),
    ],
)
def test_the_kind_of_violence_is_a_tag(kind, tag, method):
    """Only violence against civilians says by its kind what was done."""
    event = event_of(type_of_violence=kind)

    assert (tag, method) == (event.tags[1], event.method)


@pytest.mark.parametrize(
    ("native", "precision"),
    [
        ("1", "exact"),
        ("2", "near"),
        ("3", "district"),
        ("4", "region"),
        ("5", "area"),
        ("6", "country"),
        ("7", "international"),
    ],
)
def test_the_precision_of_the_place_is_mapped_and_kept(native, precision):
    """The code is kept beside its meaning."""
    place = event_of(where_prec=native).place

    assert (precision, f"where_prec {native}") == (place.precision, place.native_precision)


def test_a_number_of_sources_that_was_not_recorded_is_left_out():
    """-1 is not a number of sources."""
    event = event_of(number_of_sources="-1")

    assert "number_of_sources" not in event.certainty.native


def test_the_country_comes_from_the_letters_where_its_number_says_nothing():
    """A file with ISO codes needs no number of Gleditsch and Ward's."""
    assert "BD" == event_of(LAYOUT_43, country_id="", iso3="BGD").place.country
    assert "BD" == event_of(LAYOUT_43, country_id="999", iso3="BGD").place.country


@pytest.mark.parametrize(
    ("cells", "path"),
    [
        ({"id": ""}, "id"),
        ({"best": "four"}, "best"),
        ({"low": ""}, "low"),
        ({"high": "-1"}, "high"),
        ({"high": "1_000"}, "high"),
        ({"high": "9999999999999999"}, "killed.high"),
        ({"deaths_civilians": "some"}, "deaths_civilians"),
        ({"date_start": "03/04/2013"}, "date_start"),
        ({"date_start": "2013-02-30"}, "date_start"),
        ({"date_start": "2013-01-03 14:00:00"}, "date_start"),
        ({"date_end": ""}, "date_end"),
        ({"date_end": "2013-01-02"}, "date_end"),
        ({"type_of_violence": "4"}, "type_of_violence"),
        ({"side_a": " "}, "side_a"),
        ({"side_b": "?!", "side_b_new_id": ""}, "side_b"),
        ({"where_prec": "8"}, "where_prec"),
        ({"date_prec": "6"}, "date_prec"),
        ({"event_clarity": "x"}, "event_clarity"),
        ({"latitude": "inf", "longitude": "1"}, "latitude"),
        ({"latitude": "nan"}, "place.latitude"),
        ({"latitude": "91"}, "latitude"),
        ({"longitude": ""}, "place.longitude"),
        ({"country_id": "999"}, "country_id"),
        ({"conflict_new_id": "x"}, "conflict_new_id"),
        ({"where_coordinates": "a\0b"}, "summary"),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_is_rejected_whole(cells, path):
    """The line, the column and the row as it came; and its key, so that its event is left as it is."""
    file = ged_file({"id": "6999"}, cells, {"id": "7003"})
    second = file.getvalue().decode().split("\n")[2]

    first, reject, last = (
        row if isinstance(row, Reject) or not isinstance(validate_draft(row), Reject) else validate_draft(row)
        for row in read_ucdp_ged(file)
    )

    assert (3, path, second) == (reject.line, reject.path, reject.row)
    assert (cells.get("id", "7001") or None) == reject.key
    assert ("6999", "7003") == (first.key, last.key)


def test_rows_that_cannot_be_parsed_are_rejected_and_the_next_one_read():
    """Too few cells, a broken quote and bytes that are not text each reject one row, which is kept."""
    good = ged_file({}).getvalue().split(b"\n", 1)[1]
    broken = [b"1,2,3\n", b'1,"two" b,3\n', good.replace(b"Duck", b"D\xfcck")]
    file = io.BytesIO(ged_file().getvalue() + b"".join(broken) + b"\n" + good.replace(b"7001", b"7002"))

    *rejects, draft = read_ucdp_ged(file)

    assert [(2, "1,2,3"), (3, '1,"two" b,3')] == [(reject.line, reject.row) for reject in rejects[:2]]
    assert "D\\xfcck" in rejects[2].row
    assert "UTF-8" in rejects[2].reason
    assert (6, "7002") == (draft.line, draft.key)


def test_a_quote_that_is_never_closed_loses_nothing():
    """All that it swallowed is in the rejected row."""
    file = io.BytesIO(ged_file({}).getvalue() + b'7002,"and so on\n7003,x\n')

    _, reject = read_ucdp_ged(file)

    assert (3, '7002,"and so on\n7003,x') == (reject.line, reject.row)


def test_a_line_break_within_a_cell_counts_as_a_line():
    """The line of a row is the one on which it starts."""
    file = ged_file({"source_headline": "Four\ndie"}, {"id": "7002"})

    assert [2, 4] == [draft.line for draft in read_ucdp_ged(file)]


@pytest.mark.parametrize("number", ["1,234", "1.234", "1 234", "12\u202f345", "1,234,567", "1'234"])
def test_a_number_with_thousands_says_how_to_write_it(number):
    """Whether the comma separates thousands is not known; other texts have no such hint."""
    (grouped,) = read_ucdp_ged(ged_file({"high": number}))
    (many,) = read_ucdp_ged(ged_file({"high": "1,23"}))

    assert "high" == grouped.path
    assert "without separators of thousands" in grouped.reason
    assert "separators" not in many.reason
