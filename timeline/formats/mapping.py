"""The mapping of a table of counts: what each of its columns holds. Written in TOML, read strictly.

    dataset = "losses"              # the name of the data set
    claimant = "general-staff"      # who claims the figures; so too subject, basis, scope: here or in a count
    publisher = "general-staff"     # who publishes the table, where that is a claimant in it (see `editions`)
    date = "day"                    # the column of the date that a figure speaks for
    ignore = ["notes"]              # columns that are not read

    [[counts]]
    name = "tank"                   # the row's key within its date
    type = "equipment_loss"         # or casualty_estimate, or adjustment (by how much a total is revised)
    item = "tank"                   # or measure, outcome, status, sex, age
    column = "tanks"                # the column of the number; low, best and high name the columns of bounds
    aliases = ["tnaks"]             # other names of that column
    qualifier = "exact"

Instead of a word any of these terms may name a column that holds it, so that each row may be one count (the
long form): `item = { column = "type", values = { "Tanks" = "tank" }, otherwise = "other" }`.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from timeline.domain.claims import series_id
from timeline.domain.components import Category, Source
from timeline.domain.errors import Malformed
from timeline.domain.scalars import Language, Line, Slug, Text

_TEMPLATE = re.compile(r"([^{}]|\{(figure|label|date|subject|claimant)\})*")

ColumnName = Annotated[str, Meta(min_length=1, max_length=500)]
CountType = Literal["casualty_estimate", "equipment_loss", "adjustment"]
"""The type of the event that a count becomes; an adjustment becomes a `series_reset`."""


class ColumnTerm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column that holds a term of a count.

    Attributes:
        aliases: Other names of the column.
        values: The term that each of the column's words means; a row with any other word is rejected. Where
            this is absent the word is the term.
        otherwise: The term where the cell is empty.
    """

    column: ColumnName
    aliases: tuple[ColumnName, ...] = ()
    values: dict[str, str] | None = None
    otherwise: str | None = None


Term = str | ColumnTerm
"""A word of the vocabulary that describes a count: the same in every row, or read from a column."""

TERMS = (
    *("subject", "claimant", "basis", "scope", "measure", "item", "outcome"),
    *Category.__struct_fields__,
)
"""The terms of a count, in the order in which those from columns are added to its key."""


class CountMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure that each row may hold."""

    name: Slug
    type: CountType
    column: ColumnName | None = None
    aliases: tuple[ColumnName, ...] = ()
    low: ColumnName | None = None
    best: ColumnName | None = None
    high: ColumnName | None = None
    qualifier: Term = "exact"
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
    """A word for what is counted, as in `tanks`, for the summary."""


class TableMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the columns of a table hold."""

    dataset: Slug
    date: ColumnName | ColumnTerm
    counts: Annotated[tuple[CountMapping, ...], Meta(min_length=1)]
    subject: Term | None = None
    claimant: Term | None = None
    basis: Term = "cumulative"
    scope: Term | None = None
    publisher: Slug | None = None
    """The actor that publishes the table: a change to its own figures is a restatement by it."""
    sources: tuple[Source, ...] = ()
    language: Language | None = None
    ignore: tuple[ColumnName, ...] = ()
    missing: tuple[str, ...] = ("",)
    """The texts of an empty cell, such as `NA`."""
    summary: Text = "{subject}: {figure} {label} by {date}, by the count of {claimant}"
    reason: Text = "The claimant revised its total by {figure} {label} on {date}."
    """The reason of a `series_reset`, for counts of the type `adjustment`."""

    def __post_init__(self) -> None:
        for name in ("summary", "reason"):
            if not _TEMPLATE.fullmatch(getattr(self, name)):
                placeholders = "{figure}, {label}, {date}, {subject} and {claimant}"
                raise ValueError(f"the only placeholders are {placeholders} - at `$.{name}`")
        for index, count in enumerate(self.counts):
            if fault := _find_fault(self, count):
                raise ValueError(f"{fault} - at `$.counts[{index}]`")
        names = [count.name for count in self.counts]
        if len(set(names)) < len(names):
            raise ValueError("two counts have the same name")

    @property
    def date_term(self) -> ColumnTerm:
        """The column of the date."""
        return self.date if isinstance(self.date, ColumnTerm) else ColumnTerm(column=self.date)

    def term(self, count: CountMapping, name: str) -> Term | None:
        """A term of a count: its own, or else that of the mapping for all counts."""
        own: Term | None = getattr(count, name)
        return own if own is not None else getattr(self, name, None)

    def columns(self) -> Iterator[tuple[str, ...]]:
        """The columns that the mapping mentions, each with its aliases."""
        yield from ((name,) for name in self.ignore)
        for term in (self.date_term, self.subject, self.claimant, self.basis, self.scope):
            yield from _columns_of(term)
        for count in self.counts:
            if count.column is not None:
                yield (count.column, *count.aliases)
            yield from ((name,) for name in (count.low, count.best, count.high) if name is not None)
            for name in ("qualifier", *TERMS):
                yield from _columns_of(getattr(count, name))


def read_mapping(text: str) -> TableMapping:
    """The mapping in a text of TOML.

    Raises:
        Malformed: it is not TOML or not a mapping; with the place of the fault.
    """
    try:
        return msgspec.convert(tomllib.loads(text), TableMapping, strict=True)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"the mapping is not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `")
        raise Malformed(f"the mapping is not valid: {message}", path=place.rstrip("`") or "$") from error


def term_series(terms: dict[str, str]) -> str:
    """The id of the series of a count's figures, from its terms by name."""
    if "measure" in terms:
        category = "-".join(terms[name] for name in Category.__struct_fields__ if name in terms) or "all"
        kind, measure, counted = "casualties", terms["measure"], category
    else:
        kind, measure, counted = "equipment", terms.get("outcome", "lost"), terms["item"]
    return series_id(kind, measure, terms["subject"], counted, terms["basis"], terms.get("scope"))


def _find_fault(mapping: TableMapping, count: CountMapping) -> str | None:
    """What is wrong with a count, if anything is."""
    casualty, equipment = count.measure is not None, count.item is not None
    if casualty == equipment or (count.type != "adjustment" and casualty != (count.type[0] == "c")):
        return "a casualty count needs a `measure`, an equipment count an `item`"
    if equipment and (count.status or count.sex or count.age):
        return "only people have a status, sex or age"
    if casualty and count.outcome:
        return "only equipment has an outcome"
    for name in ("subject", "claimant"):
        if mapping.term(count, name) is None:
            return f"the count has no `{name}`, and neither has the mapping as a whole"
    if count.column is None and (count.type == "adjustment" or count.low is None or count.high is None):
        return "a count needs the `column` of its number, or those of `low` and `high`"
    return None


def _columns_of(term: Term | None) -> Iterator[tuple[str, ...]]:
    if isinstance(term, ColumnTerm):
        yield (term.column, *term.aliases)


def slug_words(slug: str) -> str:
    """The words of a slug: `general staff` for `general-staff`."""
    return re.sub(r"[-_]+", " ", slug)
