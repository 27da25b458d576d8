"""The mapping of a table: what each of its columns holds; `mapping_reader` reads it.

`timeline/guide/mappings.md` describes the language in full, with examples; `schemas/mapping.json` is for
editors. A term of a count or of an event is a word, the same in every row, or a column that holds it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from timeline.domain.claims import series_id
from timeline.domain.components import Category, Source
from timeline.domain.scalars import Language, Line, Slug, Text

ColumnName = Annotated[str, Meta(min_length=1, max_length=500)]
CountType = Literal["casualty_estimate", "equipment_loss", "adjustment"]
"""The type of the event that a count becomes; an adjustment becomes a `series_reset`."""


TOTAL_SUMMARY = "{subject}: {figure} {label} by {date}, by the count of {claimant}"
INCIDENT_SUMMARY = "{subject}: {figure} {label} on {date}, by the count of {claimant}"
"""What a count says in a sentence, where the mapping does not say it."""


IGNORE_TIMES = "ignore"


class ColumnTerm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column that holds a term.

    Attributes:
        aliases: Other names of the column.
        values: The term that each of the column's words means; a row with any other word is rejected. Where
            this is absent the word is the term.
        otherwise: The term where the cell is empty.
        slug: Make a slug of the word, by the word alone.
        split: What separates several words in a cell, for members that are lists.
    """

    column: ColumnName
    aliases: tuple[ColumnName, ...] = ()
    values: dict[str, str] | None = None
    otherwise: str | None = None
    slug: bool = False
    split: Annotated[str, Meta(min_length=1)] | None = None


Term = str | ColumnTerm
"""A word of the vocabulary, or the column that holds it."""

TERMS = (
    *("subject", "claimant", "basis", "scope", "measure", "item", "outcome"),
    *Category.__struct_fields__,
)
"""The terms of a count, in the order in which those from columns are added to its key."""


class PeriodMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an increment covers: the days or hours up to its date, or the days from one column to another."""

    days: int | ColumnName | None = None
    hours: int | ColumnName | None = None
    start: ColumnName | None = None
    end: ColumnName | None = None

    def __post_init__(self) -> None:
        ways = (self.days is not None) + (self.hours is not None) + (self.start is not None)
        if ways != 1 or (self.end is not None and self.start is None):
            raise ValueError("a period has `days`, or `hours`, or `start` with or without `end`")


class CountMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure that each row may hold.

    Attributes:
        columns: A regular expression instead of `column`: each column whose whole name it matches is a count,
            named after the column. Its named groups are terms, such as `(?P<item>.+)_losses`.
        origin: How the number came about, where it is not the source's own word, such as `imputed`.
        origin_rule: The rule by which it came about.
        label: A word for what is counted, as in `tanks`, for the summary.
    """

    name: Slug
    type: CountType
    column: ColumnName | None = None
    aliases: tuple[ColumnName, ...] = ()
    columns: str | None = None
    low: ColumnName | None = None
    best: ColumnName | None = None
    high: ColumnName | None = None
    qualifier: Term = "exact"
    origin: Term | None = None
    origin_rule: Line | None = None
    unit: Line | None = None
    period: PeriodMapping | None = None
    subject: Term | None = None
    claimant: Term | None = None
    basis: Term | None = None
    scope: Term | None = None
    measure: Term | None = None
    item: Term | None = None
    outcome: Term | None = None
    status: Term | None = None
    sex: Term | None = None
    age: Term | None = None
    label: Line | None = None


class PlaceMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it happened."""

    name: Term | None = None
    country: Term | None = None
    admin1: Term | None = None
    latitude: ColumnTerm | None = None
    longitude: ColumnTerm | None = None
    precision: Term | None = None


class SourceMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a row says that it was printed."""

    publisher: Term
    url: Term | None = None
    title: Term | None = None
    published: ColumnTerm | None = None


class LinkMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other rows that a row is about: the columns of their key, and their data set if it is another."""

    key: Annotated[tuple[ColumnTerm, ...], Meta(min_length=1)]
    dataset: Slug | None = None


class FigureMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure that is a member of an event, such as those killed in an engagement."""

    column: ColumnName | None = None
    low: ColumnName | None = None
    best: ColumnName | None = None
    high: ColumnName | None = None
    qualifier: Term = "exact"
    unit: Line | None = None


class EventMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The event that each row is.

    Attributes:
        type: A type of the vocabulary, such as `engagement`.
        key: The columns that tell the row from all others; ids of events follow from them.
        summary: A sentence with columns in braces, such as `{what} in {town}`; a part in square brackets is
            left out where one of its columns has no value, as in `{what}[ in {town}]`.
        until: The column of the last day, where it lasted.
        members: Other members of the type, such as `attackers`.
        figures: Members of the type that are figures, such as `killed`.
        links: Members that name other rows, such as `about`.
    """

    type: Literal[
        "deployment", "engagement", "capture", "territorial_change", "official_statement", "evidence"
    ]
    key: Annotated[tuple[ColumnName, ...], Meta(min_length=1)]
    summary: Text
    until: ColumnName | None = None
    claimant: Term | None = None
    members: dict[str, Term] = {}
    figures: dict[str, FigureMapping] = {}
    links: dict[str, LinkMapping] = {}


class TableMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the columns of a table hold.

    Attributes:
        date: The column of the date: of the events, and of the day that figures speak for.
        date_format: How the column writes dates that leave open which number is the day.
        times: The offset from UTC of times that have none, such as `+02:00`; or `ignore`, by which all times
            of day are left out.
        publisher: The actor that publishes the table: a change to its own figures is a restatement by it.
        rows: The member of a JSON object that holds the rows, if it is not `data`.
        thousands: What separates thousands in numbers.
        qualifiers: Read words and signs in cells of numbers, such as `100+`, `~100` and `10-20`.
        key: The columns that tell a row from all others, for counts without an event; else the date does.
        incident: What the counts with the basis `incident` are of, if it is not the row's event: `row`, where
            all counts of a row are of one incident, or the key of another row.
        only: For a column, the words of rows that are read; all others are no rows of the data set.
        skip: For a column, the words of rows that are no rows of the data set.
        missing: The texts of an empty cell, beside those that are always empty, such as `NA`.
        reason: The reason of a `series_reset`, for counts of the type `adjustment`.
    """

    dataset: Slug
    date: ColumnName | ColumnTerm
    counts: tuple[CountMapping, ...] = ()
    event: EventMapping | None = None
    key: tuple[ColumnName, ...] = ()
    incident: Literal["row"] | LinkMapping | None = None
    date_format: Literal["day-first", "month-first"] | None = None
    times: str | None = None
    subject: Term | None = None
    claimant: Term | None = None
    basis: Term = "cumulative"
    scope: Term | None = None
    period: PeriodMapping | None = None
    publisher: Slug | None = None
    sources: tuple[Source, ...] = ()
    source: SourceMapping | None = None
    place: PlaceMapping | None = None
    tags: tuple[Term, ...] = ()
    language: Language | None = None
    ignore: tuple[ColumnName, ...] = ()
    missing: tuple[str, ...] = ("",)
    rows: str | None = None
    thousands: Literal[",", ".", " ", "'", "_"] | None = None
    qualifiers: bool = False
    only: dict[str, tuple[str, ...]] = {}
    skip: dict[str, tuple[str, ...]] = {}
    summary: Text = TOTAL_SUMMARY
    reason: Text = "The claimant revised its total by {figure} {label} on {date}."

    @property
    def date_term(self) -> ColumnTerm:
        """The column of the date."""
        return self.date if isinstance(self.date, ColumnTerm) else ColumnTerm(column=self.date)

    def term(self, count: CountMapping, name: str) -> Term | None:
        """A term of a count: its own, or else that of the mapping for all counts."""
        own: Term | None = getattr(count, name)
        return own if own is not None else getattr(self, name, None)

    def columns(self) -> Iterator[tuple[str, ...]]:
        """The columns that are read, each with its aliases."""
        for names in (self.only, self.skip):
            yield from ((name,) for name in names)
        seen = [self.date_term, *_parts(self)]
        for part in seen:
            yield from _columns_of(part)

    def linked_data_sets(self) -> Iterator[str]:
        """The data sets whose rows the rows name, where that is said."""
        links = (self.incident, *(self.event.links.values() if self.event else ()))
        yield from (link.dataset for link in links if isinstance(link, LinkMapping) and link.dataset)

    def key_columns(self, count: CountMapping) -> Iterator[str]:
        """The columns whose words are part of a count's key."""
        for name in TERMS:
            term = self.term(count, name)
            if isinstance(term, ColumnTerm):
                yield term.column


def term_series(terms: dict[str, str]) -> str:
    """The id of the series of a count's figures, from its terms by name."""
    if "measure" in terms:
        category = "-".join(terms[name] for name in Category.__struct_fields__ if name in terms) or "all"
        kind, measure, counted = "casualties", terms["measure"], category
    else:
        kind, measure, counted = "equipment", terms.get("outcome", "lost"), terms["item"]
    return series_id(kind, measure, terms["subject"], counted, terms["basis"], terms.get("scope"))


def needed_columns(mapping: TableMapping, counts: Sequence[CountMapping]) -> dict[str, str]:
    """The columns that a file must have, with what each of them tells."""
    periods = [
        count.period or mapping.period for count in counts if mapping.term(count, "basis") == "increment"
    ]
    keys = [mapping.date_term.column, *mapping.key, *(mapping.event.key if mapping.event else ())]
    for count in counts:
        keys += mapping.key_columns(count)
    return {
        **{name: "what a period is" for period in periods for (name,) in _columns_of(period)},
        **dict.fromkeys((*mapping.only, *mapping.skip), "which of its rows to read"),
        **dict.fromkeys(keys, "its rows apart"),
    }


def _parts(mapping: TableMapping) -> Iterator[Any]:
    """The parts of a mapping that may name columns."""
    shared = (mapping.subject, mapping.claimant, mapping.basis, mapping.scope, mapping.period)
    yield from (*shared, mapping.source, mapping.place, *mapping.tags, *mapping.counts)
    yield from map(_column, mapping.key)
    if isinstance(mapping.incident, LinkMapping):
        yield from mapping.incident.key
    if event := mapping.event:
        yield from (*map(_column, event.key), _column(event.until), event.claimant)
        yield from (*event.members.values(), *event.figures.values())
        yield from (term for link in event.links.values() for term in link.key)
        yield from map(_column, SUMMARY_COLUMN.findall(event.summary))


SUMMARY_COLUMN = re.compile(r"\{([^{}]+)\}")
"""A column in the summary of an event."""

_COLUMN_FIELDS = frozenset(("column", "low", "best", "high", "days", "hours", "start", "end"))


def _column(name: str | None) -> ColumnTerm | None:
    return None if name is None else ColumnTerm(column=name)


def _columns_of(part: Any) -> Iterator[tuple[str, ...]]:
    """The columns that a part of a mapping names in fields of its own or of its terms."""
    if isinstance(part, ColumnTerm):
        yield (part.column, *part.aliases)
    elif isinstance(part, Struct):
        for name in part.__struct_fields__:
            value = getattr(part, name)
            if name in _COLUMN_FIELDS and isinstance(value, str):
                yield (value, *(getattr(part, "aliases", ()) if name == "column" else ()))
            else:
                yield from _columns_of(value)


@lru_cache(maxsize=4096)
def slug_words(slug: str) -> str:
    """The words of a slug: `general staff` for `general-staff`."""
    return re.sub(r"[-_]+", " ", slug)
