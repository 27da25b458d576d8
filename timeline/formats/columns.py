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
from timeline.formats.writing import Claim, ClaimPage, Entry, EntryPage, Head, read_claim, read_entry

Kind = Literal["code", "text", "time", "whole", "real", "flag", "codes", "texts", "addresses"]
"""A code cannot hold spaces, quotes or the signs of a formula; a text is free. In the plural: lists."""


class EntryLine(NamedTuple):
    """An entry to be written, with what its document says of it."""

    head: Head
    names: Mapping[str, str]
    entry: Entry
    figure: Figure | None


class ClaimLine(NamedTuple):
    """A claim to be written, with what its document says of it."""

    head: Head
    names: Mapping[str, str]
    series: str
    parts: tuple[str, ...]
    claim: Claim


Line = TypeVar("Line")


class Column(NamedTuple, Generic[Line]):
    """One column: its name, what its cells are, its hashtag, and how a line fills it."""

    name: str
    kind: Kind
    hashtag: str
    value: Callable[[Line], Any]


class Table(NamedTuple, Generic[Line]):
    """What a table holds: its name, for a file's, and its columns."""

    name: str
    columns: tuple[Column[Line], ...]


def figure_in(entry: Entry) -> Figure | None:
    """The figure that an entry's report claims, in whichever of its fields."""
    match entry.event:
        case CountReport(figure=figure):
            return figure
        case Deployment(strength=figure) | Capture(count=figure) | Engagement(killed=figure):
            return figure
    return None


def entry_lines(head: Head, page: EntryPage) -> list[EntryLine]:
    """A page of entries, line by line."""
    entries = map(read_entry, page.documents)
    return [EntryLine(head, page.names, entry, figure_in(entry)) for entry in entries]


def claim_lines(head: Head, page: ClaimPage) -> list[ClaimLine]:
    """A page of claims, line by line."""
    return [
        ClaimLine(head, page.names, series, series_parts(series), read_claim(document))
        for series, document in page.documents
    ]


def series_parts(series: str) -> tuple[str, ...]:
    """Kind, measure, subject, category, basis and scope of a series; the scope is empty where it has none."""
    return (*series.split(".", 5), *([""] * 6))[:6]


def _name(names: Mapping[str, str], actor: str | None) -> str | None:
    return None if actor is None else names.get(actor, actor)


def _place(name: str) -> Callable[[EntryLine], Any]:
    return lambda line: getattr(line.entry.event.place, name, None)


def _certainty(name: str) -> Callable[[EntryLine], Any]:
    return lambda line: getattr(line.entry.event.certainty, name, None)


def _figure(name: str) -> Callable[[EntryLine], Any]:
    return lambda line: getattr(line.figure, name, None)


def _claim(name: str) -> Callable[[EntryLine], Any]:
    return lambda line: getattr(line.entry.claim, name, None)


def _bound(name: str) -> Callable[[EntryLine], Any]:
    return lambda line: line.entry.claim and getattr(line.entry.claim.bounds, name)


ENTRIES = Table[EntryLine](
    "entries",
    (
        Column("id", "code", "#event+id", lambda line: str(line.entry.id)),
        Column("type", "code", "#event+type", lambda line: line.entry.type),
        Column("status", "code", "#status", lambda line: line.entry.status),
        Column("position", "whole", "#meta+position", lambda line: line.entry.position),
        Column("recorded_at", "time", "#date+recorded", lambda line: line.entry.recorded_at),
        Column("occurred", "code", "#date+occurred", lambda line: line.entry.event.occurred),
        Column("starts", "time", "#date+start", lambda line: line.entry.starts),
        Column("ends", "time", "#date+end", lambda line: line.entry.ends),
        Column("published_at", "time", "#date+published", lambda line: line.entry.event.published_at),
        Column("summary", "text", "#description", lambda line: line.entry.event.summary),
        Column("claimant", "code", "#org+claimant+code", lambda line: line.entry.event.claimant),
        Column(
            "claimant_name",
            "text",
            "#org+claimant+name",
            lambda line: _name(line.names, line.entry.event.claimant),
        ),
        Column("actors", "codes", "#group+code+list", lambda line: [one.actor for one in line.entry.actors]),
        Column(
            "actor_names",
            "texts",
            "#group+list+name",
            lambda line: [_name(line.names, one.actor) for one in line.entry.actors],
        ),
        Column("place", "text", "#loc+name", _place("name")),
        Column("admin1", "text", "#adm1+name", _place("admin1")),
        Column("country", "code", "#country+code+v_iso2", _place("country")),
        Column("latitude", "real", "#geo+lat", _place("latitude")),
        Column("longitude", "real", "#geo+lon", _place("longitude")),
        Column("precision", "code", "#geo+precision", _place("precision")),
        Column("series", "code", "#indicator+code", _claim("series")),
        Column("as_of", "time", "#date+as_of", _claim("as_of")),
        Column("qualifier", "code", "#indicator+qualifier", _figure("qualifier")),
        Column("value", "whole", "#indicator+num", _figure("point")),
        Column("bound_low", "whole", "#indicator+min+num", _bound("low")),
        Column("bound_high", "whole", "#indicator+max+num", _bound("high")),
        Column("reliability", "code", "#meta+reliability", _certainty("reliability")),
        Column("credibility", "whole", "#meta+credibility", _certainty("credibility")),
        Column("grade", "code", "#meta+grade", _certainty("grade")),
        Column(
            "publishers",
            "codes",
            "#meta+list+source",
            lambda line: [source.publisher for source in line.entry.event.sources],
        ),
        Column(
            "source_urls",
            "addresses",
            "#meta+list+source+url",
            lambda line: [source.url for source in line.entry.event.sources if source.url],
        ),
        Column("tags", "codes", "#meta+list+tags", lambda line: list(line.entry.event.tags)),
        Column("language", "code", "#meta+language", lambda line: line.entry.event.language),
        Column("leader", "code", "#event+id+leader", lambda line: _text(line.entry.leader)),
        Column(
            "same_as",
            "codes",
            "#event+id+list+same_as",
            lambda line: [str(other) for other in line.entry.same_as],
        ),
        Column("url", "code", "#meta+url", lambda line: line.head.entry_url(line.entry.id)),
    ),
)
"""`bound_low` to `bound_high` is what the words of the figure allow, `value` the one number in them."""


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _part(index: int) -> Callable[[ClaimLine], str | None]:
    return lambda line: line.parts[index] or None


def _origin(name: str) -> Callable[[ClaimLine], Any]:
    return lambda line: getattr(line.claim.figure.origin, name, None)


CLAIMS = Table[ClaimLine](
    "claims",
    (
        Column("series", "code", "#indicator+code", lambda line: line.series),
        Column("kind", "code", "#indicator+kind", _part(0)),
        Column("measure", "code", "#indicator+measure", _part(1)),
        Column("subject", "code", "#group+code+subject", _part(2)),
        Column("category", "code", "#indicator+category", _part(3)),
        Column("basis", "code", "#indicator+basis", _part(4)),
        Column("scope", "code", "#indicator+scope", _part(5)),
        Column("claimant", "code", "#org+claimant+code", lambda line: line.claim.claimant),
        Column(
            "claimant_name",
            "text",
            "#org+claimant+name",
            lambda line: _name(line.names, line.claim.claimant),
        ),
        Column("as_of", "time", "#date+as_of", lambda line: line.claim.as_of),
        Column("published_at", "time", "#date+published", lambda line: line.claim.published_at),
        Column("qualifier", "code", "#indicator+qualifier", lambda line: line.claim.figure.qualifier),
        Column("value", "whole", "#indicator+num+value", lambda line: line.claim.figure.value),
        Column("low", "whole", "#indicator+low+num", lambda line: line.claim.figure.low),
        Column("best", "whole", "#indicator+best+num", lambda line: line.claim.figure.best),
        Column("high", "whole", "#indicator+high+num", lambda line: line.claim.figure.high),
        Column("bound_low", "whole", "#indicator+min+num", lambda line: line.claim.bounds.low),
        Column("bound_high", "whole", "#indicator+max+num", lambda line: line.claim.bounds.high),
        Column("disordered", "flag", "#meta+disordered", lambda line: line.claim.disordered),
        Column("verbatim", "text", "#indicator+verbatim", lambda line: line.claim.figure.verbatim),
        Column("unit", "text", "#indicator+unit", lambda line: line.claim.figure.unit),
        Column("origin", "code", "#meta+origin", _origin("kind")),
        Column("origin_rule", "text", "#meta+origin+rule", _origin("rule")),
        Column("id", "code", "#event+id", lambda line: str(line.claim.id)),
        Column("position", "whole", "#meta+position", lambda line: line.claim.position),
        Column("url", "code", "#meta+url", lambda line: line.head.series_url(line.series)),
    ),
)
"""`low`, `best` and `high` are the source's own, in whatever order; `bound_low` to `bound_high` is what the
words of the figure allow."""
