"""The query parameters of the entries' filters, made from the table of filters.

They are generated so that a filter cannot be forgotten in the API or on the command line: to add one, add a
row to `timeline.views.queries.entry_filter`. Only a filter with text of a new kind needs a line in `_KINDS`.
The few parameters of totals are written out (`timeline.api.totals`), because nothing else shares them.
"""

from collections.abc import Callable, Iterable
from inspect import Parameter as Argument
from inspect import Signature
from keyword import iskeyword
from typing import Annotated, Any, NamedTuple

from litestar.params import QueryParameter

from timeline.api.parameters import (
    BOX_PATTERN,
    DATE_OR_TIME_PATTERN,
    DATE_WORDS,
    FILLED_PATTERN,
    TAGS_MAX,
    Tag,
    read_days,
)
from timeline.domain.errors import Malformed
from timeline.domain.events import DevelopmentType
from timeline.domain.scalars import SLUG_PATTERN
from timeline.views.documents import EntryStatus
from timeline.views.queries.entry_filter import FILTERS, Box, EntryFilter, Filter, FilterKind
from timeline.views.queries.word_search import read_terms


class _Kind(NamedTuple):
    """How the framework checks a parameter, and how its value becomes that of the filter."""

    type: Any
    read: Callable[[Any], Any]
    limits: dict[str, Any]
    remark: str = ""


def _unique(values: Iterable[str] | None) -> tuple[str, ...]:
    """Several values of a parameter, in an order that does not depend on the request's."""
    return tuple(sorted(set(values or ())))


def _read_text(text: str | None) -> str | None:
    return text


def _read_words(text: str | None) -> str | None:
    if text is not None and not any(read_terms(text)):
        raise Malformed("`q` has no word to search for, only marks, blanks or `or`", path="q")
    return text


def _read_box(text: str | None) -> Box | None:
    if text is None:
        return None
    west, south, east, north = (float(part) for part in text.split(","))
    if south > north:
        raise Malformed(
            "`bbox` has its south edge north of its north edge; expected west,south,east,north", path="bbox"
        )
    return west, south, east, north


_KINDS: dict[FilterKind, _Kind] = {
    "types": _Kind(list[DevelopmentType], _unique, {}),
    "statuses": _Kind(list[EntryStatus], _unique, {}),
    "tags": _Kind(list[Tag], _unique, {"max_items": TAGS_MAX}),
    "id": _Kind(str, _read_text, {"pattern": SLUG_PATTERN}),
    "text": _Kind(str, _read_text, {"pattern": FILLED_PATTERN, "max_length": 500}),
    "words": _Kind(str, _read_words, {"pattern": FILLED_PATTERN, "max_length": 500}),
    "box": _Kind(str, _read_box, {"pattern": BOX_PATTERN, "max_length": 100}),
    "date": _Kind(str, read_days, {"pattern": DATE_OR_TIME_PATTERN}, DATE_WORDS),
}


def _argument(row: Filter) -> str:
    """The argument that the framework passes a parameter as; `from` cannot be one."""
    return row.field if iskeyword(row.parameter) else row.parameter


def _annotation(row: Filter) -> Any:
    kind = _KINDS[row.kind]
    description = f"{row.description} {kind.remark}".strip()
    parameter = QueryParameter(name=row.parameter, description=description, **kind.limits)
    return Annotated[kind.type | None, parameter]


def provide_entry_filter(**values: Any) -> EntryFilter:
    """The filter that a request's parameters set, but for the actor.

    Raises:
        Malformed: a value has the right pattern and still makes no sense.
    """
    fields = {row.field: _KINDS[row.kind].read(values[_argument(row)]) for row in FILTERS}
    return EntryFilter(**fields)


# The framework reads from a dependency's signature which parameters it takes, and of which types.
_ANNOTATIONS = {_argument(row): _annotation(row) for row in FILTERS}
provide_entry_filter.__annotations__ = {**_ANNOTATIONS, "return": EntryFilter}
provide_entry_filter.__signature__ = Signature(  # type: ignore[attr-defined] # functions may have one
    [
        Argument(name, Argument.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _ANNOTATIONS.items()
    ],
    return_annotation=EntryFilter,
)
