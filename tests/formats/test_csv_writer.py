"""CSV: read back by the standard library's reader, cell by cell."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.documents import (
    HEAD,
    claims_of,
    heads,
    page_of,
    sequences,
    single_entry_pages,
    write_document,
)
from tests.support.profiles import examples
from tests.support.samples import engagement, estimate, id_of, statement
from tests.support.strategies import texts
from timeline.domain.events import EVENT_TYPES, Development
from timeline.domain.references import _ROLE_LABELS
from timeline.formats.columns import CLAIMS, ENTRIES, ROLES
from timeline.formats.csv_writer import ClaimsCsv, EntriesCsv, escape_formula, quote_cell
from timeline.formats.writers import read_claim, read_entry

HASHTAG = re.compile(r"#[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)*")


def rows_of(document):
    """Every row as a dict by the names of the columns."""
    return list(csv.DictReader(io.StringIO(document.decode(), newline=""), strict=True))


def plain(cell):
    """A free text as it was recorded, by the rule that the format documents."""
    return cell[1:] if re.match("'+[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", cell) else cell


@examples(40)
@given(sequences, heads)
def test_every_entry_is_a_row_that_can_be_read_back(events, head):
    """Any text survives; no cell is a formula; pages leave no seam."""
    page = page_of(events)
    written = write_document(EntriesCsv(), "entries", *single_entry_pages(page), head=head)
    entries = [read_entry(document) for document in page.documents]

    rows = rows_of(written)
    assert [(str(entry.id), entry.event.summary) for entry in entries] == [
        (row["id"], plain(row["summary"])) for row in rows
    ]
    for row in rows:
        numbers = {column.name for column in ENTRIES.columns if column.kind in ("real", "whole")}
        assert not [n for n, cell in row.items() if n not in numbers and re.match("[=+\\-@\t\r\n]", cell)]
    assert written == write_document(EntriesCsv(), "entries", page, head=head)


@examples(40)
@given(sequences, heads)
def test_every_claim_is_a_row_that_can_be_read_back(events, head):
    """With the source's own numbers and the bounds of its words."""
    page = claims_of(events)
    claims = [(series, read_claim(document)) for series, document in page.documents]

    rows = rows_of(write_document(ClaimsCsv(), "claims", page, head=head))
    lows = [str(claim.bounds.low) if claim.bounds else "" for _, claim in claims]
    assert [
        (series, low, claim.figure.verbatim or "") for (series, claim), low in zip(claims, lows, strict=True)
    ] == [(row["series"], row["bound_low"], plain(row["verbatim"])) for row in rows]


@examples(40)
@given(sequences)
def test_a_date_is_what_its_source_gave(events):
    """With the days that it names beside it; never an instant that nobody gave."""
    page = claims_of(events)
    claims = [read_claim(document) for _, document in page.documents]

    rows = rows_of(write_document(ClaimsCsv(), "claims", page))
    assert [
        (claim.as_of, f"{claim.earliest}", f"{claim.latest}", claim.dated_by, claim.text) for claim in claims
    ] == [
        (row["as_of"], row["earliest"], row["latest"], row["dated_by"], plain(row["figure_text"]))
        for row in rows
    ]
    assert "23:59:59.999999" not in "".join(row["as_of"] for row in rows)


def test_a_month_ends_at_its_publication():
    """What was said of December on the 5th is about its first five days."""
    event = estimate(1, basis="cumulative", as_of="2024-12", published_at="2024-12-05T10:00:00Z")
    (row,) = rows_of(write_document(ClaimsCsv(), "claims", claims_of([event])))

    assert ("2024-12", "2024-12-01", "2024-12-05", "2024-12-05T10:00:00.000000Z") == tuple(
        row[name] for name in ("as_of", "earliest", "latest", "said_at")
    )


def test_a_source_dates_what_it_printed():
    """Where the event itself does not say when it was published."""
    source = {"publisher": "rfa", "published_at": "2024-12-28T00:00:00Z"}
    event = engagement(1, occurred="2024-12-27", sources=[source])
    (row,) = rows_of(write_document(EntriesCsv(), "entries", page_of([event])))

    assert "2024-12-28T00:00:00.000000Z" == row["published_at"]


def test_the_day_of_a_statement_is_no_time_of_publication():
    """It was said on that day; nobody gave the last second of it, by which it is put in order."""
    event = statement(1, occurred="2024-12-27")
    (row,) = rows_of(write_document(EntriesCsv(), "entries", page_of([event])))

    assert ("", "2024-12-27") == (row["published_at"], row["date"])


@given(
    texts | st.sampled_from(["=1+1", "'=1", "''@x", "-1", "+7 (495)", "\tx", "it's", "'quoted'", "\uff1d1"])
)
def test_the_apostrophe_can_be_taken_back(text):
    """What a spreadsheet shows is the text; what a program undoes is the text too."""
    assert text == plain(escape_formula(text))
    assert not re.match("[=+\\-@\t\r\n]", escape_formula(text))


@given(st.lists(st.tuples(texts, st.text(alphabet="a ,;\"'\r\n\u2028")), max_size=3))
def test_cells_are_quoted_as_the_standard_library_does(rows):
    """Where a cell has what separates cells, and only there."""
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    assert file.getvalue() == "".join(f"{','.join(map(quote_cell, row))}\r\n" for row in rows)


def test_a_formula_is_a_text():
    """As somebody might post it to attack those who open the file."""
    place = {"name": "@SUM(A1)", "latitude": -18.1, "longitude": -178.4}
    event = engagement(1, summary='=HYPERLINK("https://example.org")', place=place, attackers=["nis"])
    (row,) = rows_of(write_document(EntriesCsv(), "entries", page_of([event])))

    assert ('\'=HYPERLINK("https://example.org")', "'@SUM(A1)", "'=NIS()") == (
        row["summary"],
        row["place"],
        row["actor_names"],
    )
    assert ("-18.1", "-178.4") == (row["latitude"], row["longitude"])


def test_cells_of_an_entry():
    """Dates with their zone, lists joined, missing values empty."""
    sources = [{"publisher": "rfa", "url": "https://example.org/a;b"}, {"publisher": "nis"}]
    figure = {"qualifier": "more_than", "value": 3000}
    event = estimate(1, figure=figure, sources=sources, tags=["a", "b"], occurred="2024-12-27~")
    (row,) = rows_of(write_document(EntriesCsv(), "entries", page_of([event])))

    assert {
        "id": str(id_of(1)),
        "occurred": "2024-12-27~",
        "starts": "2024-12-27T00:00:00.000000Z",
        "ends": "2024-12-28T00:00:00.000000Z",
        "date": "2024-12-27~",
        "date_text": "about 27 December 2024",
        "earliest": "2024-12-27",
        "latest": "2024-12-27",
        "dated_by": "occurred",
        "figure_text": "more than 3,000",
        "as_of": "2024-12-27~",
        "as_of_text": "about 27 December 2024",
        "as_of_earliest": "2024-12-27",
        "as_of_latest": "2024-12-27",
        "as_of_dated_by": "occurred",
        "qualifier": "more_than",
        "value": "3000",
        "bound_low": "3001",
        "bound_high": "",
        "publishers": "rfa;nis",
        "source_urls": "https://example.org/a;b",
        "tags": "a;b",
        "actors": "russia;ukraine;rfa;nis",
        "actor_names": "Russia, the = state;ukraine;rfa;=NIS()",
        "place": "",
        "url": HEAD.entry_url(id_of(1)),
    }.items() <= row.items()


def test_cells_of_a_claim():
    """The series in its parts, and disordered bounds as they were published."""
    figure = {"qualifier": "between", "low": 9, "best": 5, "high": 3, "verbatim": "dozens"}
    event = estimate(1, figure=figure, basis="cumulative", scope="kursk", as_of="2024-12-20")
    (row,) = rows_of(write_document(ClaimsCsv(), "claims", claims_of([event])))

    assert {
        "series": "casualties.killed.russia.all.cumulative.kursk",
        "kind": "casualties",
        "measure": "killed",
        "subject": "russia",
        "category": "all",
        "basis": "cumulative",
        "scope": "kursk",
        "claimant": "ukraine",
        "as_of": "2024-12-20",
        "as_of_text": "20 December 2024",
        "earliest": "2024-12-20",
        "latest": "2024-12-20",
        "dated_by": "as_of",
        "figure_text": "between 9 and 3, best 5",
        "low": "9",
        "best": "5",
        "high": "3",
        "bound_low": "3",
        "bound_high": "9",
        "disordered": "true",
        "verbatim": "dozens",
    }.items() <= row.items()


@pytest.mark.parametrize(("kind", "table"), [(EntriesCsv, ENTRIES), (ClaimsCsv, CLAIMS)])
def test_hashtags_stand_in_the_second_row(kind, table):
    """On request only; each is a hashtag by HXL's grammar, and no two columns share one."""
    document = kind(hxl=True).begin(HEAD).decode()
    names, hashtags = csv.reader(io.StringIO(document, newline=""))

    assert [column.name for column in table.columns] == names
    assert all(HASHTAG.fullmatch(hashtag) for hashtag in hashtags)
    assert len(set(hashtags)) == len(hashtags) == len(names)
    assert document.splitlines()[:1] == kind().begin(HEAD).decode().splitlines()
    assert document.endswith("\r\n")


def test_each_role_has_a_column_of_actors():
    """Whoever an event may name has a role with a column; an actor with two roles stands in both."""
    fields = {role for kind in EVENT_TYPES.values() if issubclass(kind, Development) for role in kind.roles}
    labels = {_ROLE_LABELS.get(role, role) for role in fields} | {"verifier", "publisher", "relay"}
    event = engagement(1, attackers=("russia",), targets=("ukraine", "nis"), claimant="nis")

    row = rows_of(write_document(EntriesCsv(), "entries", page_of([event])))[0]

    assert labels == set(ROLES)
    assert ("russia", "ukraine;nis", "nis", "") == tuple(
        row[f"actors_{role}"] for role in ("attacker", "target", "claimant", "verifier")
    )


@examples(40)
@given(sequences, heads)
def test_every_time_has_one_form(events, head):
    """A program that reads the column needs one pattern."""
    rows = rows_of(write_document(EntriesCsv(), "entries", page_of(events), head=head))
    columns = [column.name for column in ENTRIES.columns if column.kind == "time"]
    times = [row[name] for row in rows for name in columns if row[name]]

    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time) for time in times)
