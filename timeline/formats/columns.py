"""The columns of entries and claims, for all formats that are tables.

A column's name, place and meaning are part of the interface: new columns are added at the end, and no column
is ever moved, renamed or given another meaning. A cell without a value is empty. Times are UTC.

Each column has an HXL hashtag (https://hxlstandard.org); on request a CSV file has them in its second row.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from timeline.domain.claims import figure_of
from timeline.domain.dating import stated_publication
from timeline.domain.figure import Figure
from timeline.formats.writers import (
    ClaimFields,
    DocumentHead,
    EntryFields,
    read_claim,
    read_entry,
)
from timeline.views.documents import Page, SeriesDocument

CellKind = Literal["code", "text", "day", "time", "whole", "real", "flag", "codes", "texts", "addresses"]
"""A code has no spaces, quotes or signs of a formula; a text may have any. A day has no time, a time is UTC.
The plurals are lists."""


class EntryTableRow(NamedTuple):
    """An entry to be written, with the head and the names of its document."""

    head: DocumentHead
    names: Mapping[str, str]
    entry: EntryFields
    figure: Figure | None


class ClaimTableRow(NamedTuple):
    """A claim to be written, with the head and the names of its document."""

    head: DocumentHead
    names: Mapping[str, str]
    series: str
    parts: tuple[str, ...]
    claim: ClaimFields


TableRowT = TypeVar("TableRowT")


class TableColumn(NamedTuple, Generic[TableRowT]):
    """A column: its name, the kind of its cells, its hashtag, and a function for its value in a row."""

    name: str
    kind: CellKind
    hashtag: str
    value: Callable[[TableRowT], Any]


class TableLayout(NamedTuple, Generic[TableRowT]):
    """A table: its name, which begins the names of files, and its columns."""

    name: str
    columns: tuple[TableColumn[TableRowT], ...]


def entry_table_rows(head: DocumentHead, page: Page[bytes, object]) -> list[EntryTableRow]:
    """The rows of a page of entries."""
    entries = map(read_entry, page.documents)
    return [EntryTableRow(head, page.names, entry, figure_of(entry.event)) for entry in entries]


def claim_table_rows(head: DocumentHead, page: Page[SeriesDocument, object]) -> list[ClaimTableRow]:
    """The rows of a page of claims."""
    return [
        ClaimTableRow(head, page.names, series, series_parts(series), read_claim(document))
        for series, document in page.documents
    ]


def series_parts(series: str) -> tuple[str, ...]:
    """Kind, measure, subject, category, basis and scope of a series; no scope is an empty one."""
    return (*series.split(".", 5), *([""] * 6))[:6]


def _name(names: Mapping[str, str], actor: str | None) -> str | None:
    return None if actor is None else names.get(actor, actor)


ROLES = (
    *("force", "in_support_of", "against", "subject", "captor", "captive_of", "attacker", "target"),
    *("from", "to", "speaker", "claimant", "verifier", "publisher", "relay"),
)
"""The roles that an entry's actors have, each with a column of its own."""


def _role_column(role: str) -> "TableColumn[EntryTableRow]":
    return TableColumn(
        f"actors_{role}",
        "codes",
        f"#group+code+list+{role}",
        lambda row: [actor.id for actor in row.entry.actors if role in actor.roles],
    )


def _place(name: str) -> Callable[[EntryTableRow], Any]:
    return lambda row: getattr(row.entry.event.place, name, None)


def _certainty(name: str) -> Callable[[EntryTableRow], Any]:
    return lambda row: getattr(row.entry.event.certainty, name, None)


def _figure(name: str) -> Callable[[EntryTableRow], Any]:
    return lambda row: getattr(row.figure, name, None)


def _claim(name: str) -> Callable[[EntryTableRow], Any]:
    return lambda row: getattr(row.entry.claim, name, None)


def _bound(name: str) -> Callable[[EntryTableRow], Any]:
    return lambda row: row.entry.claim and getattr(row.entry.claim.bounds, name, None)


ENTRIES = TableLayout[EntryTableRow](
    "entries",
    (
        TableColumn("id", "code", "#event+id", lambda row: str(row.entry.id)),
        TableColumn("type", "code", "#event+type", lambda row: row.entry.type),
        TableColumn("status", "code", "#status", lambda row: row.entry.status),
        TableColumn("position", "whole", "#meta+position", lambda row: row.entry.position),
        TableColumn("recorded_at", "time", "#date+recorded", lambda row: row.entry.recorded_at),
        TableColumn("occurred", "code", "#date+occurred", lambda row: row.entry.event.occurred),
        TableColumn("starts", "time", "#date+start", lambda row: row.entry.starts),
        TableColumn("ends", "time", "#date+end", lambda row: row.entry.ends),
        TableColumn(
            "published_at",
            "time",
            "#date+published",
            lambda row: stated_publication(row.entry.event),
        ),
        TableColumn("summary", "text", "#description", lambda row: row.entry.event.summary),
        TableColumn("claimant", "code", "#org+claimant+code", lambda row: row.entry.event.claimant),
        TableColumn(
            "claimant_name",
            "text",
            "#org+claimant+name",
            lambda row: _name(row.names, row.entry.event.claimant),
        ),
        TableColumn(
            "actors", "codes", "#group+code+list", lambda row: [actor.id for actor in row.entry.actors]
        ),
        TableColumn(
            "actor_names",
            "texts",
            "#group+list+name",
            lambda row: [_name(row.names, actor.id) for actor in row.entry.actors],
        ),
        TableColumn("place", "text", "#loc+name", _place("name")),
        TableColumn("admin1", "text", "#adm1+name", _place("admin1")),
        TableColumn("country", "code", "#country+code+v_iso2", _place("country")),
        TableColumn("latitude", "real", "#geo+lat", _place("latitude")),
        TableColumn("longitude", "real", "#geo+lon", _place("longitude")),
        TableColumn("precision", "code", "#geo+precision", _place("precision")),
        TableColumn("series", "code", "#indicator+code", _claim("series")),
        TableColumn("as_of", "code", "#date+as_of", _claim("as_of")),
        TableColumn("qualifier", "code", "#indicator+qualifier", _figure("qualifier")),
        TableColumn("value", "whole", "#indicator+num", _figure("point")),
        TableColumn("bound_low", "whole", "#indicator+min+num", _bound("low")),
        TableColumn("bound_high", "whole", "#indicator+max+num", _bound("high")),
        TableColumn("reliability", "code", "#meta+reliability", _certainty("reliability")),
        TableColumn("credibility", "whole", "#meta+credibility", _certainty("credibility")),
        TableColumn("grade", "code", "#meta+grade", _certainty("grade")),
        TableColumn(
            "publishers",
            "codes",
            "#meta+list+source",
            lambda row: [source.publisher for source in row.entry.event.sources],
        ),
        TableColumn(
            "source_urls",
            "addresses",
            "#meta+list+source+url",
            lambda row: [source.url for source in row.entry.event.sources if source.url],
        ),
        TableColumn("tags", "codes", "#meta+list+tags", lambda row: list(row.entry.event.tags)),
        TableColumn("language", "code", "#meta+language", lambda row: row.entry.event.language),
        TableColumn("leader", "code", "#event+id+leader", lambda row: _text(row.entry.leader)),
        TableColumn(
            "same_as",
            "codes",
            "#event+id+list+same_as",
            lambda row: [str(other) for other in row.entry.same_as],
        ),
        TableColumn("url", "code", "#meta+url", lambda row: row.head.entry_url(row.entry.id)),
        TableColumn("date", "code", "#date+given", lambda row: row.entry.date or row.entry.event.occurred),
        TableColumn("date_text", "text", "#date+given+text", lambda row: row.entry.date_text or None),
        TableColumn("earliest", "day", "#date+earliest", lambda row: row.entry.earliest),
        TableColumn("latest", "day", "#date+latest", lambda row: row.entry.latest),
        TableColumn("dated_by", "code", "#meta+dated_by", lambda row: row.entry.dated_by),
        TableColumn("as_of_text", "text", "#date+as_of+text", _claim("as_of_text")),
        TableColumn("as_of_earliest", "day", "#date+as_of+earliest", _claim("earliest")),
        TableColumn("as_of_latest", "day", "#date+as_of+latest", _claim("latest")),
        TableColumn("as_of_dated_by", "code", "#meta+as_of+dated_by", _claim("dated_by")),
        TableColumn("figure_text", "text", "#indicator+text", _claim("text")),
        *map(_role_column, ROLES),
    ),
)
"""`bound_low` to `bound_high` is what the words of the figure allow, and `value` the number in them.

`date` is the date as its source gave it (EDTF, or a time), `earliest` and `latest` are the days that it
names; beside the `as_of` of a figure stand the same. `published_at` is a time that the event or its sources
state; the last instant of a day, by which a statement without one is put in order, was given by nobody.
`starts` and `ends` are instants, for sorting. `actors` are all that the entry names, `actors_<role>` those
that have the role in it.
"""


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _part(index: int) -> Callable[[ClaimTableRow], str | None]:
    return lambda row: row.parts[index] or None


def _claim_bound(name: str) -> Callable[[ClaimTableRow], Any]:
    return lambda row: getattr(row.claim.bounds, name, None)


def _origin(name: str) -> Callable[[ClaimTableRow], Any]:
    return lambda row: getattr(row.claim.figure.origin, name, None)


CLAIMS = TableLayout[ClaimTableRow](
    "claims",
    (
        TableColumn("series", "code", "#indicator+code", lambda row: row.series),
        TableColumn("kind", "code", "#indicator+kind", _part(0)),
        TableColumn("measure", "code", "#indicator+measure", _part(1)),
        TableColumn("subject", "code", "#group+code+subject", _part(2)),
        TableColumn("category", "code", "#indicator+category", _part(3)),
        TableColumn("basis", "code", "#indicator+basis", _part(4)),
        TableColumn("scope", "code", "#indicator+scope", _part(5)),
        TableColumn("claimant", "code", "#org+claimant+code", lambda row: row.claim.claimant),
        TableColumn(
            "claimant_name",
            "text",
            "#org+claimant+name",
            lambda row: _name(row.names, row.claim.claimant),
        ),
        TableColumn("as_of", "code", "#date+as_of", lambda row: row.claim.as_of),
        TableColumn("published_at", "time", "#date+published", lambda row: row.claim.published_at),
        TableColumn("qualifier", "code", "#indicator+qualifier", lambda row: row.claim.figure.qualifier),
        TableColumn("value", "whole", "#indicator+num+value", lambda row: row.claim.figure.value),
        TableColumn("low", "whole", "#indicator+low+num", lambda row: row.claim.figure.low),
        TableColumn("best", "whole", "#indicator+best+num", lambda row: row.claim.figure.best),
        TableColumn("high", "whole", "#indicator+high+num", lambda row: row.claim.figure.high),
        TableColumn("bound_low", "whole", "#indicator+min+num", _claim_bound("low")),
        TableColumn("bound_high", "whole", "#indicator+max+num", _claim_bound("high")),
        TableColumn("disordered", "flag", "#meta+disordered", lambda row: row.claim.disordered),
        TableColumn("verbatim", "text", "#indicator+verbatim", lambda row: row.claim.figure.verbatim),
        TableColumn("unit", "text", "#indicator+unit", lambda row: row.claim.figure.unit),
        TableColumn("origin", "code", "#meta+origin", _origin("kind")),
        TableColumn("origin_rule", "text", "#meta+origin+rule", _origin("rule")),
        TableColumn("id", "code", "#event+id", lambda row: str(row.claim.id)),
        TableColumn("position", "whole", "#meta+position", lambda row: row.claim.position),
        TableColumn("word", "whole", "#meta+word", lambda row: row.claim.word),
        TableColumn("url", "code", "#meta+url", lambda row: row.head.series_url(row.series)),
        TableColumn("as_of_text", "text", "#date+as_of+text", lambda row: row.claim.as_of_text or None),
        TableColumn("earliest", "day", "#date+earliest", lambda row: row.claim.earliest),
        TableColumn("latest", "day", "#date+latest", lambda row: row.claim.latest),
        TableColumn("dated_by", "code", "#meta+dated_by", lambda row: row.claim.dated_by),
        TableColumn("said_at", "time", "#date+said", lambda row: row.claim.said_at),
        TableColumn("figure_text", "text", "#indicator+text", lambda row: row.claim.text or None),
    ),
)
"""`as_of` is the date as its source gave it, `earliest` and `latest` are the days that it names.

`low`, `best` and `high` are the source's own numbers, which need not be in order; `bound_low` to `bound_high`
is what the words of the figure allow.
"""
