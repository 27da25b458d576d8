"""The mapping of a table of counts: which columns say what. Written in TOML, read strictly.

    dataset = "losses"              # whose rows they are
    claimant = "general-staff"      # whose figures; also subject, basis, scope, each here or in a count
    date = "day"                    # the column of the date that a figure speaks for
    ignore = ["notes"]              # columns that are no claims

    [[counts]]
    name = "tank"                   # the row's key within its date
    type = "equipment_loss"         # or casualty_estimate, or adjustment: by how much a total is revised
    item = "tank"                   # or measure, outcome, status, sex, age
    column = "tanks"                # of the number; low, best and high name the columns of bounds
    aliases = ["tnaks"]             # what the column is also called
    qualifier = "exact"

Whatever a count says may also stand in a column of the table, so that a row may hold one count (the long
form): `item = { column = "type", values = { "Tanks" = "tank" }, otherwise = "other" }`.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from timeline.domain.claims import series_id
from timeline.domain.components import Source
from timeline.domain.errors import Malformed
from timeline.domain.scalars import Language, Line, Slug, Text

_TEMPLATE = re.compile(r"([^{}]|\{(figure|label|date|subject|claimant)\})*")

Name = Annotated[str, Meta(min_length=1, max_length=500)]
CountType = Literal["casualty_estimate", "equipment_loss", "adjustment"]


class ColumnTerm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column that says something of a count, with what its words mean.

    Attributes:
        values: What each of its words stands for; any other is refused. Without it a word is taken as it is.
        otherwise: What holds where the cell is empty.
    """

    column: Name
    aliases: tuple[Name, ...] = ()
    values: dict[str, str] | None = None
    otherwise: str | None = None


Term = str | ColumnTerm
"""What a count says: the same for every row, or a column's word."""

TERMS = ("subject", "claimant", "basis", "scope", "measure", "item", "outcome", "status", "sex", "age")
"""What a count may say, in the order in which words from columns make its key."""


class CountMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure that each row may hold."""

    name: Slug
    type: CountType
    column: Name | None = None
    aliases: tuple[Name, ...] = ()
    low: Name | None = None
    best: Name | None = None
    high: Name | None = None
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
    """What is counted, in words: `tanks`."""


class TableMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the columns of a table say."""

    dataset: Slug
    date: Name | ColumnTerm
    counts: Annotated[tuple[CountMapping, ...], Meta(min_length=1)]
    subject: Term | None = None
    claimant: Term | None = None
    basis: Term = "cumulative"
    scope: Term | None = None
    sources: tuple[Source, ...] = ()
    language: Language | None = None
    ignore: tuple[Name, ...] = ()
    missing: tuple[str, ...] = ("",)
    """What an empty cell may hold, such as `NA`."""
    summary: Text = "{subject}: {figure} {label} by {date}, by the count of {claimant}"
    reason: Text = "The claimant revised its total by {figure} {label} on {date}."
    """Why a total was revised; for counts of the type `adjustment`."""

    def __post_init__(self) -> None:
        for name in ("summary", "reason"):
            if not _TEMPLATE.fullmatch(getattr(self, name)):
                filled = "{figure}, {label}, {date}, {subject} and {claimant}"
                raise ValueError(f"only {filled} are filled in - at `$.{name}`")
        for index, count in enumerate(self.counts):
            if fault := _fault(self, count):
                raise ValueError(f"{fault} - at `$.counts[{index}]`")
        names = [count.name for count in self.counts]
        if len(set(names)) < len(names):
            raise ValueError("two counts have the same name")

    @property
    def dated(self) -> ColumnTerm:
        """The column of the date."""
        return self.date if isinstance(self.date, ColumnTerm) else ColumnTerm(column=self.date)

    def term(self, count: CountMapping, name: str) -> Term | None:
        """What a count says, or else the mapping for all."""
        own: Term | None = getattr(count, name)
        return own if own is not None else getattr(self, name, None)

    def columns(self) -> Iterator[tuple[str, ...]]:
        """The columns that the mapping knows, each with what it is also called."""
        yield from ((name,) for name in self.ignore)
        for term in (self.dated, self.subject, self.claimant, self.basis, self.scope):
            yield from _columns_of(term)
        for count in self.counts:
            if count.column is not None:
                yield (count.column, *count.aliases)
            yield from ((name,) for name in (count.low, count.best, count.high) if name is not None)
            for name in ("qualifier", *TERMS):
                yield from _columns_of(getattr(count, name))


def read_mapping(text: str) -> TableMapping:
    """Read a mapping.

    Raises:
        Malformed: it is no TOML, or says what no mapping says; with the place.
    """
    try:
        return msgspec.convert(tomllib.loads(text), TableMapping, strict=True)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"the mapping is no TOML: {error}") from error
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `")
        raise Malformed(f"the mapping: {message}", path=place.rstrip("`") or "$") from error


def series_of(said: dict[str, Any], scope: str | None) -> str:
    """The series that a count's figures stand in, from what it says."""
    kind, measure = ("casualties", said.get("measure")) if "measure" in said else ("equipment", None)
    category = "-".join(said[name] for name in ("status", "sex", "age") if name in said) or "all"
    return series_id(
        kind,
        measure or said.get("outcome", "lost"),
        said["subject"],
        category if measure else said["item"],
        said["basis"],
        scope,
    )


def _fault(mapping: TableMapping, count: CountMapping) -> str | None:
    """What is wrong with a count, if anything is."""
    casualty, equipment = count.measure is not None, count.item is not None
    if casualty == equipment or (count.type != "adjustment" and casualty != (count.type[0] == "c")):
        return "a casualty count needs a `measure`, a count of equipment an `item`"
    if equipment and (count.status or count.sex or count.age):
        return "only people have a status, sex or age"
    if casualty and count.outcome:
        return "only equipment has an outcome"
    for name in ("subject", "claimant"):
        if mapping.term(count, name) is None:
            return f"the {name} is not said, neither here nor for all counts"
    if count.column is None and (count.type == "adjustment" or count.low is None or count.high is None):
        return "a count needs the `column` of its number, or those of `low` and `high`"
    return None


def _columns_of(term: Term | None) -> Iterator[tuple[str, ...]]:
    if isinstance(term, ColumnTerm):
        yield (term.column, *term.aliases)


def words(slug: str) -> str:
    """A slug as words."""
    return re.sub(r"[-_]+", " ", slug)
