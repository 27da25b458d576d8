"""Entries and claims as rows of a table: the columns, once for every format that is a table.

A column's name, place and meaning are part of the interface: columns are added at the end, never moved,
renamed or given another meaning. What is not known is empty. Times are UTC.

Each column has its HXL hashtag (https://hxlstandard.org), which a CSV file holds in its second row on
request.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from timeline.domain.events import Capture, CountReport, Deployment, Engagement
from timeline.domain.figure import Figure
from timeline.formats.writers import (
    ClaimFields,
    DocumentHead,
    EntryFields,
    read_claim,
    read_entry,
)
from timeline.views.documents import Page, SeriesDocument

CellKind = Literal["code", "text", "time", "whole", "real", "flag", "codes", "texts", "addresses"]
"""A code cannot hold spaces, quotes or the signs of a formula; a text is free. In the plural: lists."""


class EntryTableRow(NamedTuple):
    """An entry to be written, with what its document says of it."""

    head: DocumentHead
    names: Mapping[str, str]
    entry: EntryFields
    figure: Figure | None


class ClaimTableRow(NamedTuple):
    """A claim to be written, with what its document says of it."""

    head: DocumentHead
    names: Mapping[str, str]
    series: str
    parts: tuple[str, ...]
    claim: ClaimFields


RowT = TypeVar("RowT")


class TableColumn(NamedTuple, Generic[RowT]):
    """One column: its name, what its cells are, its hashtag, and how a line fills it."""

    name: str
    kind: CellKind
    hashtag: str
    value: Callable[[RowT], Any]


class TableLayout(NamedTuple, Generic[RowT]):
    """What a table holds: its name, for a file's, and its columns."""

    name: str
    columns: tuple[TableColumn[RowT], ...]


def figure_in(entry: EntryFields) -> Figure | None:
    """The figure that an entry's report claims, in whichever of its fields."""
    match entry.event:
        case CountReport(figure=figure):
            return figure
        case Deployment(strength=figure) | Capture(count=figure) | Engagement(killed=figure):
            return figure
    return None


def entry_table_rows(head: DocumentHead, page: Page[bytes, object]) -> list[EntryTableRow]:
    """A page of entries, line by line."""
    entries = map(read_entry, page.documents)
    return [EntryTableRow(head, page.names, entry, figure_in(entry)) for entry in entries]


def claim_table_rows(head: DocumentHead, page: Page[SeriesDocument, object]) -> list[ClaimTableRow]:
    """A page of claims, line by line."""
    return [
        ClaimTableRow(head, page.names, series, series_parts(series), read_claim(document))
        for series, document in page.documents
    ]


def series_parts(series: str) -> tuple[str, ...]:
    """Kind, measure, subject, category, basis and scope of a series; the scope is empty where it has none."""
    return (*series.split(".", 5), *([""] * 6))[:6]


def _name(names: Mapping[str, str], actor: str | None) -> str | None:
    return None if actor is None else names.get(actor, actor)


def _place(name: str) -> Callable[[EntryTableRow], Any]:
    return lambda line: getattr(line.entry.event.place, name, None)


def _certainty(name: str) -> Callable[[EntryTableRow], Any]:
    return lambda line: getattr(line.entry.event.certainty, name, None)


def _figure(name: str) -> Callable[[EntryTableRow], Any]:
    return lambda line: getattr(line.figure, name, None)


def _claim(name: str) -> Callable[[EntryTableRow], Any]:
    return lambda line: getattr(line.entry.claim, name, None)


def _bound(name: str) -> Callable[[EntryTableRow], Any]:
    return lambda line: line.entry.claim and getattr(line.entry.claim.bounds, name)


ENTRIES = TableLayout[EntryTableRow](
    "entries",
    (
        TableColumn("id", "code", "#event+id", lambda line: str(line.entry.id)),
        TableColumn("type", "code", "#event+type", lambda line: line.entry.type),
        TableColumn("status", "code", "#status", lambda line: line.entry.status),
        TableColumn("position", "whole", "#meta+position", lambda line: line.entry.position),
        TableColumn("recorded_at", "time", "#date+recorded", lambda line: line.entry.recorded_at),
        TableColumn("occurred", "code", "#date+occurred", lambda line: line.entry.event.occurred),
        TableColumn("starts", "time", "#date+start", lambda line: line.entry.starts),
        TableColumn("ends", "time", "#date+end", lambda line: line.entry.ends),
        TableColumn("published_at", "time", "#date+published", lambda line: line.entry.event.published_at),
        TableColumn("summary", "text", "#description", lambda line: line.entry.event.summary),
        TableColumn("claimant", "code", "#org+claimant+code", lambda line: line.entry.event.claimant),
        TableColumn(
            "claimant_name",
            "text",
            "#org+claimant+name",
            lambda line: _name(line.names, line.entry.event.claimant),
        ),
        TableColumn(
            "actors", "codes", "#group+code+list", lambda line: [one.actor for one in line.entry.actors]
        ),
        TableColumn(
            "actor_names",
            "texts",
            "#group+list+name",
            lambda line: [_name(line.names, one.actor) for one in line.entry.actors],
        ),
        TableColumn("place", "text", "#loc+name", _place("name")),
        TableColumn("admin1", "text", "#adm1+name", _place("admin1")),
        TableColumn("country", "code", "#country+code+v_iso2", _place("country")),
        TableColumn("latitude", "real", "#geo+lat", _place("latitude")),
        TableColumn("longitude", "real", "#geo+lon", _place("longitude")),
        TableColumn("precision", "code", "#geo+precision", _place("precision")),
        TableColumn("series", "code", "#indicator+code", _claim("series")),
        TableColumn("as_of", "time", "#date+as_of", _claim("as_of")),
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
            lambda line: [source.publisher for source in line.entry.event.sources],
        ),
        TableColumn(
            "source_urls",
            "addresses",
            "#meta+list+source+url",
            lambda line: [source.url for source in line.entry.event.sources if source.url],
        ),
        TableColumn("tags", "codes", "#meta+list+tags", lambda line: list(line.entry.event.tags)),
        TableColumn("language", "code", "#meta+language", lambda line: line.entry.event.language),
        TableColumn("leader", "code", "#event+id+leader", lambda line: _text(line.entry.leader)),
        TableColumn(
            "same_as",
            "codes",
            "#event+id+list+same_as",
            lambda line: [str(other) for other in line.entry.same_as],
        ),
        TableColumn("url", "code", "#meta+url", lambda line: line.head.entry_url(line.entry.id)),
    ),
)
"""`bound_low` to `bound_high` is what the words of the figure allow, `value` the one number in them."""


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _part(index: int) -> Callable[[ClaimTableRow], str | None]:
    return lambda line: line.parts[index] or None


def _origin(name: str) -> Callable[[ClaimTableRow], Any]:
    return lambda line: getattr(line.claim.figure.origin, name, None)


CLAIMS = TableLayout[ClaimTableRow](
    "claims",
    (
        TableColumn("series", "code", "#indicator+code", lambda line: line.series),
        TableColumn("kind", "code", "#indicator+kind", _part(0)),
        TableColumn("measure", "code", "#indicator+measure", _part(1)),
        TableColumn("subject", "code", "#group+code+subject", _part(2)),
        TableColumn("category", "code", "#indicator+category", _part(3)),
        TableColumn("basis", "code", "#indicator+basis", _part(4)),
        TableColumn("scope", "code", "#indicator+scope", _part(5)),
        TableColumn("claimant", "code", "#org+claimant+code", lambda line: line.claim.claimant),
        TableColumn(
            "claimant_name",
            "text",
            "#org+claimant+name",
            lambda line: _name(line.names, line.claim.claimant),
        ),
        TableColumn("as_of", "time", "#date+as_of", lambda line: line.claim.as_of),
        TableColumn("published_at", "time", "#date+published", lambda line: line.claim.published_at),
        TableColumn("qualifier", "code", "#indicator+qualifier", lambda line: line.claim.figure.qualifier),
        TableColumn("value", "whole", "#indicator+num+value", lambda line: line.claim.figure.value),
        TableColumn("low", "whole", "#indicator+low+num", lambda line: line.claim.figure.low),
        TableColumn("best", "whole", "#indicator+best+num", lambda line: line.claim.figure.best),
        TableColumn("high", "whole", "#indicator+high+num", lambda line: line.claim.figure.high),
        TableColumn("bound_low", "whole", "#indicator+min+num", lambda line: line.claim.bounds.low),
        TableColumn("bound_high", "whole", "#indicator+max+num", lambda line: line.claim.bounds.high),
        TableColumn("disordered", "flag", "#meta+disordered", lambda line: line.claim.disordered),
        TableColumn("verbatim", "text", "#indicator+verbatim", lambda line: line.claim.figure.verbatim),
        TableColumn("unit", "text", "#indicator+unit", lambda line: line.claim.figure.unit),
        TableColumn("origin", "code", "#meta+origin", _origin("kind")),
        TableColumn("origin_rule", "text", "#meta+origin+rule", _origin("rule")),
        TableColumn("id", "code", "#event+id", lambda line: str(line.claim.id)),
        TableColumn("position", "whole", "#meta+position", lambda line: line.claim.position),
        TableColumn("url", "code", "#meta+url", lambda line: line.head.series_url(line.series)),
    ),
)
"""`low`, `best` and `high` are the source's own, in whatever order; `bound_low` to `bound_high` is what the
words of the figure allow."""
