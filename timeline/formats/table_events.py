"""Tables of events: makes the event of a row, and what a row's event and its counts share."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

import msgspec
from msgspec import structs

from timeline.formats.cells import clean_text, parse_coordinates, parse_id
from timeline.formats.drafts import (
    NOTHING_ABSENT,
    Absence,
    AbsentFigure,
    Draft,
    Reference,
    RowFault,
    event_id,
    fit_text,
)
from timeline.formats.mapping import (
    SUMMARY_COLUMN,
    ColumnTerm,
    EventMapping,
    FigureMapping,
    LinkMapping,
    PlaceMapping,
    SourceMapping,
    TableMapping,
)
from timeline.formats.slugs import short_slug
from timeline.formats.table_cells import cell_text, split_words, term_word, term_words
from timeline.formats.table_dates import row_date, row_time
from timeline.formats.table_figures import NumberStyle, absent_figure, figure_content, figure_members
from timeline.formats.table_rows import TableRow

_LISTS = frozenset(("attackers", "targets"))
"""Members of events that are lists of actors."""
_OPTIONAL_PART = re.compile(r"\[([^\[\]]*)\]")
"""A part of a summary that is left out where one of its columns has no value: `[ at {town}]`."""


class SharedMembers:
    """The members that every event of a table has: tags, sources, language, place."""

    def __init__(self, mapping: TableMapping, data_set: str, columns: frozenset[str]) -> None:
        self.mapping = mapping
        self.data_set = data_set
        self._columns = columns
        self._sources = msgspec.to_builtins(mapping.sources)
        self._absent = tuple(self._absent_members())
        self._cells: dict[str, Any] | None = None
        self._members: dict[str, Any] = {}
        self.event_absence = NOTHING_ABSENT
        if mapping.event is not None:
            absence = self.absence(self._absent_of_event(mapping.event), *self._absent_figures(mapping.event))
            lacks_end = mapping.event.until is not None and mapping.event.until not in columns
            self.event_absence = structs.replace(absence, is_date_precision=lacks_end)

    def members(self, cells: dict[str, Any]) -> dict[str, Any]:
        """The members for a row.

        Raises:
            RowFault: a cell cannot be read.
        """
        if self._cells is not cells:  # an event and its counts share what their row says
            self._members, self._cells = self._read(cells), cells
        return self._members

    def _read(self, cells: dict[str, Any]) -> dict[str, Any]:
        words = [word for term in self.mapping.tags for word in term_words(cells, term)]
        members: dict[str, Any] = {
            "tags": list(dict.fromkeys((self.data_set, *filter(None, map(short_slug, words)))))
        }
        own = _sources(self.mapping, self.mapping.source, cells) if self.mapping.source else ()
        if sources := [*own, *self._sources]:
            members["sources"] = sources
        if self.mapping.language:
            members["language"] = self.mapping.language
        if self.mapping.place and (place := _place(self.mapping.place, cells)):
            members["place"] = place
        return members

    def absence(self, members: Iterable[str], *figures: AbsentFigure | None) -> Absence:
        """What a file cannot say: what it lacks of these, and of what all events share."""
        lists = ("tags",) if any(map(self.is_absent, self.mapping.tags)) else ()
        absence = Absence((*members, *self._absent), lists, figures=tuple(filter(None, figures)))
        return NOTHING_ABSENT if absence == NOTHING_ABSENT else absence

    def is_absent(self, term: Any) -> bool:
        """Whether a term is that of a column which the file lacks."""
        return isinstance(term, ColumnTerm) and term.column not in self._columns

    def _absent_of_event(self, event: EventMapping) -> Iterator[str]:
        """The members of the rows' events that come from columns which the file lacks."""
        if any(column not in self._columns for column in SUMMARY_COLUMN.findall(event.summary)):
            yield "summary"
        if self.is_absent(event.claimant or self.mapping.claimant):
            yield "claimant"
        yield from (name for name, term in event.members.items() if self.is_absent(term))
        yield from (name for name, link in event.links.items() if any(map(self.is_absent, link.key)))
        for name, figure in event.figures.items():
            if self._columns.isdisjoint(_figure_columns(figure).values()):
                yield name

    def _absent_figures(self, event: EventMapping) -> Iterator[AbsentFigure | None]:
        """The figures of the rows' events of which the file lacks a part."""
        for name, figure in event.figures.items():
            columns = _figure_columns(figure)
            if not self._columns.isdisjoint(columns.values()):
                yield absent_figure(name, columns, figure.qualifier, self._columns)

    def _absent_members(self) -> Iterator[str]:
        place, source = self.mapping.place, self.mapping.source
        if place is not None:
            for name in place.__struct_fields__:
                if self.is_absent(getattr(place, name)):
                    yield f"place.{name}"
        if source is not None and any(
            self.is_absent(getattr(source, name)) for name in source.__struct_fields__
        ):
            yield "sources"


def event_draft(
    shared: SharedMembers, event: EventMapping, row: TableRow, cells: dict[str, Any], date: str
) -> Draft:
    """The event of a row.

    Raises:
        RowFault: a cell cannot be read, or the row has no key.
    """
    mapping = shared.mapping
    key = row_key(event.key, cells)
    content: dict[str, Any] = {
        "type": event.type,
        "summary": _summary(event, cells),
        **shared.members(cells),
        "occurred": _occurred(mapping, event, cells, date),
    }
    if claimant := term_word(cells, event.claimant or mapping.claimant):
        content["claimant"] = claimant
    for name, term in event.members.items():
        words = term_words(cells, term)
        if words:
            content[name] = words if name in _LISTS else words[0]
    for name, figure in event.figures.items():
        if members := _figure(figure, cells, NumberStyle(mapping.thousands, mapping.qualifiers)):
            content[name] = members
    refers: list[Reference] = []
    for name, link in event.links.items():
        if linked := list(_linked_rows(name, link, shared.data_set, cells)):
            content[name] = [str(event_id(other.data_set, other.key)) for other in linked]
            refers += linked
    return Draft(
        row.line,
        key,
        content,
        row.text,
        absent=shared.event_absence,
        generated=("summary",),
        refers=tuple(refers),
    )


def _linked_rows(member: str, link: LinkMapping, data_set: str, cells: dict[str, Any]) -> Iterator[Reference]:
    """The rows that a row names, which may be several in a cell."""
    for words in zip(*(term_words(cells, term) for term in link.key), strict=True):
        yield Reference(member, link.dataset or data_set, "/".join(words), link.key[0].column)


def row_key(columns: Iterable[str], cells: dict[str, Any]) -> str:
    """The key of a row: the words in the columns that tell it from all others; empty without columns.

    Raises:
        RowFault: a cell is empty.
    """
    words = []
    for column in columns:
        if column not in cells:
            raise RowFault(column, "the row has no key")
        words.append(parse_id(cell_text(column, cells[column])))
    return "/".join(words)


def _summary(event: EventMapping, cells: dict[str, Any]) -> str:
    def word(column: str) -> str:
        return cell_text(column, cells[column]) if column in cells else ""

    def part(match: re.Match[str]) -> str:
        columns = SUMMARY_COLUMN.findall(match[1])
        return match[0] if not columns else match[1] if all(map(word, columns)) else ""

    text = _OPTIONAL_PART.sub(part, event.summary)
    return fit_text(" ".join(SUMMARY_COLUMN.sub(lambda match: word(match[1]), text).split()))


def _occurred(mapping: TableMapping, event: EventMapping, cells: dict[str, Any], date: str) -> str:
    if event.until is None or event.until not in cells:
        return row_time(cells, mapping)
    until = row_date(cells, mapping, ColumnTerm(column=event.until))
    return row_time(cells, mapping) if until == date else f"{date}/{until}"


def _figure_columns(figure: FigureMapping) -> dict[str, str]:
    columns = {"value": figure.column, "low": figure.low, "best": figure.best, "high": figure.high}
    return {name: column for name, column in columns.items() if column is not None}


def _figure(figure: FigureMapping, cells: dict[str, Any], style: NumberStyle) -> dict[str, Any] | None:
    cell_figure = figure_members(_figure_columns(figure), cells, style)
    if cell_figure is None:
        return None
    return figure_content(cell_figure, term_word(cells, figure.qualifier) or "exact", figure.unit)


def _place(place: PlaceMapping, cells: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "country", "admin1", "precision")
    words = {name: term_word(cells, getattr(place, name)) for name in names}
    latitude, longitude = (
        clean_text(term_word(cells, term) or "") for term in (place.latitude, place.longitude)
    )
    return {name: word for name, word in words.items() if word} | parse_coordinates(latitude, longitude)


def _sources(mapping: TableMapping, source: SourceMapping, cells: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The sources of a row: one for each address in its cell, of one publisher or of one for each."""
    publishers, urls = split_words(cells, source.publisher), split_words(cells, source.url)
    if not publishers:
        return
    if len(publishers) > 1 and len(publishers) != max(len(urls), 1):
        column = source.publisher.column if isinstance(source.publisher, ColumnTerm) else "publisher"
        raise RowFault(column, f"{len(publishers)} publishers of {len(urls)} addresses: one, or one for each")
    shared: dict[str, Any] = {}
    if title := term_word(cells, source.title):
        shared["title"] = title
    if source.published is not None and source.published.column in cells:
        day = row_time(cells, mapping, source.published)
        shared["published_at"] = day if "T" in day else f"{day}T00:00:00Z"
    if len(publishers) == 1:
        publishers *= max(len(urls), 1)
    pairs = zip_longest(publishers, urls)
    for publisher, url in dict.fromkeys(pairs):
        yield {"publisher": publisher} | ({"url": url} if url else {}) | shared


def misspelt_columns(mapping: TableMapping, present: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The columns that only a summary names, and that a file lacks which has one of nearly that name."""
    if mapping.event is None:
        return
    others = structs.replace(mapping, event=structs.replace(mapping.event, summary="-"))
    elsewhere = {name for names in others.columns() for name in names}
    columns = list(present)
    for name in SUMMARY_COLUMN.findall(_OPTIONAL_PART.sub("", mapping.event.summary)):
        nearest = get_close_matches(name, columns, 1, 0.75)
        if nearest and name not in columns and name not in elsewhere:
            words = f"the file lacks the column {name!r} of the summary; is it {nearest[0]!r}?"
            yield name, f"{words} If a file may lack it, put it in square brackets"
