import io
from datetime import UTC, datetime

import pytest

from tests.formats.acled_rows import OF_2020, PRESENT, acled_file
from timeline.domain.errors import Malformed
from timeline.domain.events import Engagement
from timeline.formats.acled import read_acled, read_acled_deletions
from timeline.formats.drafts import Draft, LeftOut, Reject, Withdrawal, event_id, validate_draft
from timeline.formats.editions import Edition


def read_row(layout=PRESENT, **cells):
    """The draft or reject of one row."""
    (row,) = read_acled(acled_file(cells, layout=layout))
    return row


def event_of(layout=PRESENT, **cells):
    """The valid event that one row becomes."""
    draft = read_row(layout, **cells)
    assert isinstance(draft, Draft), draft
    event = validate_draft(draft)
    assert isinstance(event, Engagement), event
    return event


def test_a_row_says_all_that_its_columns_say():
    """Every part of the event comes from its column."""
    draft = read_row()

    assert (2, "FRE101") == (draft.line, draft.key)
    assert draft.content == {
        "type": "engagement",
        "summary": "On 1 June 2022, soldiers and rebels clashed in Duck. 4 fatalities.",
        "sources": [{"publisher": "duck-daily"}, {"publisher": "freedonia-radio"}],
        "tags": [
            "acled",
            "battles",
            "armed-clash",
            "political-violence",
            "women-targeted",
            "crowd-size-1000",
        ],
        "occurred": "2022-06-01",
        "claimant": "acled",
        "attackers": [
            "military-forces-of-freedonia-2020-e0bbf2",
            "police-forces-of-freedonia",
            "border-guards",
        ],
        "targets": ["sylvanian-front"],
        "method": "battle",
        "killed": {
            "qualifier": "at_least",
            "value": 4,
            "verbatim": "4",
            "origin": {"kind": "coded_rule", "rule": "acled: lowest reported"},
        },
        "place": {
            "name": "Duck",
            "country": "AF",
            "admin1": "Marx",
            "latitude": 35.7633,
            "longitude": 36.5589,
            "precision": "near",
            "native_precision": "geo_precision 2, admin2 Harpo",
        },
        "certainty": {
            "native": "time_precision 1, inter1 State forces, inter2 Rebel group,"
            " interaction State forces-Rebel group, source_scale National-Regional"
        },
    }


def test_the_layout_of_2020_is_read_by_its_names():
    """It has other columns in another order, and codes where the present one has words."""
    event = event_of(OF_2020, inter1="1", inter2="2", interaction="12")

    assert ("sylvanian-front",) == event.targets
    assert ("AF", 4) == (event.place.country, event.killed.value)
    assert "interaction 12" in event.certainty.native


@pytest.mark.parametrize(
    ("written", "precision", "occurred"),
    [
        ("2022-06-01", "1", "2022-06-01"),
        ("03 December 2020", "1", "2020-12-03"),
        ("28 December 2022", "2", "2022-12-25/2022-12-31"),
        ("2022-06-15", "3", "2022-06"),
        ("2022-06-15", "NA", "2022-06-15"),
    ],
)
def test_when_it_happened_is_as_exact_as_its_precision(written, precision, occurred):
    """A week lies around its middle; a month is a month."""
    assert occurred == event_of(event_date=written, time_precision=precision).occurred


@pytest.mark.parametrize(
    ("fatalities", "notes", "qualifier", "number", "verbatim", "rule"),
    [
        ("0", "", "none_reported", None, "0", "acled: 0 is none or no information"),
        ("7", "", "at_least", 7, "7", "acled: lowest reported"),
        ("12", "Dozens were killed.", "at_least", 12, "Dozens", "acled: dozens is 12"),
        ("12", "12 were killed.", "at_least", 12, "12", "acled: lowest reported"),
        (
            "12",
            "Dozens were killed. 12 fatalities.",
            "at_least",
            12,
            "12",
            "acled: lowest reported, unless by the rule that dozens is 12",
        ),
        ("100", "Hundreds died.", "at_least", 100, "Hundreds", "acled: hundreds is 100"),
        ("3", "A few died.", "at_least", 3, "few", "acled: several, many or few is 3 or 10"),
        (
            "10",
            "",
            "at_least",
            10,
            "10",
            "acled: lowest reported, unless by the rule that several, many or few is 3 or 10, tens is 10",
        ),
        (
            "5",
            "The 15 fatalities were split evenly across three events.",
            "vague",
            5,
            "5",
            "acled: a total split evenly over events",
        ),
    ],
)
def test_fatalities_keep_the_rule_by_which_they_were_counted(  # noqa: PLR0913 - a row of the table
    fatalities, notes, qualifier, number, verbatim, rule
):
    """None or unknown is not zero; a number is a floor; one that may be a code for a word says so."""
    killed = event_of(fatalities=fatalities, notes=notes).killed

    assert (qualifier, number, verbatim, rule) == (
        killed.qualifier,
        killed.point,
        killed.verbatim,
        killed.origin.rule,
    )


def test_no_fatalities_in_the_file_are_no_figure():
    """An empty cell is not even a zero."""
    assert event_of(fatalities="NA").killed is None


@pytest.mark.parametrize(
    ("event_type", "sub_event_type", "method", "attackers", "targets"),
    [
        ("Explosions/Remote violence", "Air/drone strike", "strike", ("a",), ("b",)),
        ("Explosions/Remote violence", "NA", "other", ("a",), ("b",)),
        ("Battles", "Armed clash", "battle", ("a",), ("b",)),
        ("Violence against civilians", "Attack", "one_sided_violence", ("a",), ("b",)),
        ("Riots", "Mob violence", "other", ("a",), ("b",)),
        ("Protests", "Excessive force against protesters", "one_sided_violence", ("b",), ("a",)),
        ("Protests", "Protest with intervention", "other", ("b",), ("a",)),
        ("Protests", "Peaceful protest", None, (), ()),
        ("Strategic developments", "Agreement", None, (), ()),
    ],
)
def test_nobody_is_an_attacker_who_attacks_nobody(event_type, sub_event_type, method, attackers, targets):
    """Where the kind has no direction the actors are tags."""
    event = event_of(
        event_type=event_type, sub_event_type=sub_event_type, actor1="A", assoc_actor_1="NA", actor2="B"
    )

    assert (method, attackers, targets) == (event.method, event.attackers, event.targets)
    assert ({"a", "b"} <= set(event.tags)) == (not attackers)


def test_a_battle_that_moved_a_line_says_so():
    """How it ended is in its kind."""
    assert "Government regains territory" == event_of(sub_event_type="Government regains territory").outcome


def test_a_row_without_notes_is_summed_up():
    """Every event has a summary."""
    summary = event_of(notes="NA", assoc_actor_1="").summary

    assert (
        "Armed clash: Military Forces of Freedonia (2020-) and Sylvanian Front: Duck, Marx, Afghanistan"
        == summary
    )


@pytest.mark.parametrize(
    ("cells", "country"),
    [
        ({"iso": "0", "iso3": "NA", "country": "Kosovo"}, "XK"),
        ({"iso": "NA", "iso3": "AFG", "country": "NA"}, "AF"),
        ({"iso": "", "iso3": "", "country": "Nowhere"}, None),
    ],
)
def test_a_country_without_a_number_is_read_by_its_name(cells, country):
    """ACLED gives some places the number 0."""
    assert country == event_of(OF_2020, **cells).place.country


def test_sources_without_letters_and_without_number_are_kept():
    """A name that makes no slug becomes a title, and sources beyond the limit are counted."""
    assert [("acled", "—"), ("x", None)] == [
        (source.publisher, source.title) for source in event_of(source="—; X").sources
    ]
    many = event_of(source=";".join(f"P{index}" for index in range(60))).sources
    assert (50, "11 more sources, not named here") == (len(many), many[-1].title)
    assert ("acled",) == tuple(source.publisher for source in event_of(source="NA").sources)


@pytest.mark.parametrize(
    ("cells", "path"),
    [
        ({"event_id_cnty": "NA"}, "event_id_cnty"),
        ({"event_date": "01/06/2022"}, "event_date"),
        ({"event_date": "31 June 2022"}, "event_date"),
        ({"time_precision": "9"}, "time_precision"),
        ({"fatalities": "dozens"}, "fatalities"),
        ({"iso": "999"}, "iso"),
        ({"latitude": "north"}, "latitude"),
        ({"longitude": "NA"}, "place.longitude"),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_is_rejected(cells, path):
    """With its line, its column and its text."""
    row = read_row(**cells)
    reject = row if isinstance(row, Reject) else validate_draft(row)

    assert isinstance(reject, Reject)
    assert (2, path) == (reject.line, reject.path)
    assert reject.row.startswith(cells.get("event_id_cnty", "FRE101"))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1654100000", datetime(2022, 6, 1, 16, 13, 20, tzinfo=UTC)),
        ("", None),
        ("soon", None),
        ("1654100000000", None),
    ],
)
def test_a_row_was_said_when_it_was_uploaded(cell, expected):
    """A cell that names no time is no fault of the row; but it is told, since the row has no time then."""
    *details, row = read_acled(acled_file({"timestamp": cell}))

    assert expected == row.published_at
    assert "published_at" not in row.content
    assert (cell not in ("", "1654100000")) == bool(details)
    assert all(isinstance(detail, LeftOut) and "timestamp" == detail.path for detail in details)


@pytest.mark.parametrize("event_type", ["Battles", "Riots", "Explosions/Remote violence", "Protests"])
@pytest.mark.parametrize("sub_event_type", ["Foo", "Armed  clash", "7"])
def test_a_sub_type_that_acled_does_not_have_is_an_error(event_type, sub_event_type):
    """It is not taken for what its type means; a blank one is."""
    reject = read_row(event_type=event_type, sub_event_type=sub_event_type)

    assert isinstance(reject, Reject)
    assert "sub_event_type" == reject.path


@pytest.mark.parametrize("event_type", ["Something new", "Battle", ""])
def test_a_type_that_acled_does_not_have_is_an_error(event_type):
    """Nobody would be an attacker by default."""
    reject = read_row(event_type=event_type)

    assert isinstance(reject, Reject)
    assert "event_type" == reject.path
    assert "not one of the codes battles, " in reject.reason


def test_deletions_are_keys_and_times():
    """The oldest first; a row without a key, or with an invalid time, is rejected."""
    file = io.BytesIO(b"event_id_cnty,deleted_timestamp\nFRE102,NA\nFRE101,1654100000\n,1\nFRE103,soon\n")

    nameless, timeless, *withdrawals = read_acled_deletions(file)

    assert [
        Withdrawal(3, "FRE101", datetime(2022, 6, 1, 16, 13, 20, tzinfo=UTC)),
        Withdrawal(2, "FRE102", None),
    ] == withdrawals
    assert ["event_id_cnty", "deleted_timestamp"] == [nameless.path, timeless.path]


def test_a_deleted_row_is_retracted_once_and_only_where_it_stands():
    """A list of deletions names rows of the whole data set, and may be read again."""
    standing = {}
    edition = Edition("acled", standing)
    for draft in read_acled(acled_file({}, {"event_id_cnty": "FRE102"})):
        edition.take(draft)
    deleted = datetime(2022, 6, 2, tzinfo=UTC)

    events = [
        event
        for key in ("FRE101", "FRE101", "FRE999")
        for event in edition.withdraw(Withdrawal(2, key, deleted))
    ]

    assert [(event_id("acled", "FRE101"), "withdrawn", deleted)] == [
        (event.target, event.reason, event.published_at) for event in events
    ]


@pytest.mark.parametrize("reader", [read_acled, read_acled_deletions])
def test_another_file_is_refused_with_what_it_lacks(reader):
    """The column is named."""
    with pytest.raises(Malformed) as caught:
        list(reader(io.BytesIO(b"id,best\n1,2\n")))

    assert "event_id_cnty" == caught.value.path
