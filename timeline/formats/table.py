"""Tables: reads counts and events from CSV or JSON, as a mapping says (see `mapping`).

Each cell that holds a count is a claim of its own, with the key `<date>/<name of the count>`; where columns
say what is counted, their words are added to the key, wherever in the mapping they stand. In a table of
events each row is an event, with the cells of its key as its key, and its counts are counts of that incident.

An empty cell claims nothing. A cell that cannot be read is rejected, and the row's other cells are read. A
column that the file lacks says nothing: the counts that it would hold stay as they are recorded. All that is
wrong with the columns of a file is told at once.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

import msgspec

from timeline.domain.components import Category
from timeline.domain.errors import Malformed
from timeline.formats.absent_figures import has_number
from timeline.formats.csv_rows import SINGLE_COLUMN, HeaderNames
from timeline.formats.drafts import Draft, Reject, RowFault, Unmentioned
from timeline.formats.json_rows import LIST_MEMBERS
from timeline.formats.mapping import (
    INCIDENT_SUMMARY,
    TERMS,
    TOTAL_SUMMARY,
    ColumnTerm,
    CountMapping,
    LinkMapping,
    TableMapping,
    needed_columns,
    slug_words,
    term_series,
)
from timeline.formats.table_cells import (
    ColumnNames,
    flatten,
    is_chosen,
    is_empty,
    json_columns,
    mapped_words,
    normal_name,
    term_word,
)
from timeline.formats.table_dates import row_date, row_period
from timeline.formats.table_events import SharedMembers, event_draft, row_key
from timeline.formats.table_figures import (
    CellFigure,
    NumberStyle,
    absent_figure,
    figure_content,
    figure_members,
    figure_words,
    read_number,
)
from timeline.formats.table_incidents import INCIDENT, RowIncident, row_incident
from timeline.formats.table_patterns import expand_counts, pattern_faults, unread_counts
from timeline.formats.table_rows import TableRow, read_table_rows, told_once

_CATEGORY = Category.__struct_fields__
_NEEDED = frozenset(("subject", "claimant", "basis", "measure", "item"))
"""The terms that a count cannot be without."""
_GENERATED = ("summary", "reason")


def read_table(
    file: BinaryIO,
    mapping: TableMapping,
    data_set: str | None = None,
    delimiter: str | None = None,
) -> Iterator[Draft | Reject | Unmentioned]:
    """The counts and events of a table.

    Raises:
        Malformed: the file is not a table, lacks a column that tells rows apart, or has one that the mapping
            does not mention.
    """
    names = ColumnNames(chain(mapping.columns(), ((name,) for name in mapping.ignore)))
    members = LIST_MEMBERS if mapping.rows is None else (mapping.rows,)
    patterns = [count.columns for count in mapping.counts if count.columns is not None]
    expressions = tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
    rows = read_table_rows(file, HeaderNames(names.lower, expressions), members, delimiter)
    first = next(rows, None)
    while isinstance(first, Reject):
        yield first
        first = next(rows, None)
    if first is None:
        return
    if first.typed:
        # JSON names its columns row by row: all are seen before the first draft is yielded
        seen = [first, *rows]
        rows = iter(seen)
        present = json_columns((row for row in reversed(seen) if isinstance(row, TableRow)), names, patterns)
    else:
        rows = chain((first,), rows)
        present = dict.fromkeys(first.cells, 0)
    reader = _TableReader(mapping, data_set or mapping.dataset, names, present)
    line = 0
    for row in rows:
        line = row.line
        yield from (row,) if isinstance(row, Reject) else reader.drafts(row)
    if unread := unread_counts(mapping, reader.counts, line):
        yield unread


class _CountPlan:
    """What is the same in every row for a count: worked out once for each file."""

    def __init__(
        self, mapping: TableMapping, count: CountMapping, columns: frozenset[str], shared: SharedMembers
    ) -> None:
        terms = {name: mapping.term(count, name) for name in TERMS}
        self.count = count
        self.words = {name: term for name, term in terms.items() if isinstance(term, str)}
        self.from_columns = [(name, term) for name, term in terms.items() if isinstance(term, ColumnTerm)]
        self.figure_columns = {
            name: column
            for name, column in (
                ("value", count.column),
                ("low", count.low),
                ("best", count.best),
                ("high", count.high),
            )
            if column is not None
        }
        self.is_absent = not columns.intersection(self.figure_columns.values())
        self.absent_figure = absent_figure("figure", self.figure_columns, count.qualifier, columns)
        self.is_partial = self.absent_figure is not None and bool(self.absent_figure.parts)
        members: tuple[str, ...] = ("figure.origin",) if shared.is_absent(count.origin) else ()
        link = mapping.incident
        if isinstance(link, LinkMapping) and any(map(shared.is_absent, link.key)):
            members = (*members, INCIDENT)
        self.absence = shared.absence(members, self.absent_figure)

    def may_have_number(self, cells: dict[str, Any]) -> bool:
        """Whether the row has a number for the count, or the file lacks columns in which one may stand."""
        return self.is_partial or any(column in cells for column in self.figure_columns.values())

    def terms(self, cells: dict[str, Any]) -> dict[str, str]:
        """The word for each term that the mapping or the row has one for.

        Raises:
            RowFault: a cell has a word without a meaning, or none where the count needs one.
        """
        if not self.from_columns:
            return self.words
        words = dict(self.words)
        for name, term in self.from_columns:
            word = term_word(cells, term)
            if word is not None:
                words[name] = word
            elif name in _NEEDED:  # nobody knows which of the recorded counts it is
                raise RowFault(term.column, f"the row has no {name}")
        return words

    def key(self, start: str, terms: dict[str, str]) -> str:
        """The key of the count: the words from columns distinguish counts of the same name and date."""
        words = [terms.get(name, "") for name, _ in self.from_columns]
        return "/".join((start, self.count.name, *words))


class _Row(NamedTuple):
    """A row: as it came, its cells by the mapping's names of columns, its date, its key, and its incident."""

    source: TableRow
    cells: dict[str, Any]
    date: str
    key: str
    incident: RowIncident


class _TableReader:
    def __init__(
        self, mapping: TableMapping, data_set: str, names: ColumnNames, present: dict[str, int]
    ) -> None:
        """Prepare for a file; `present` are its columns, and in JSON the line on which each comes first.

        Raises:
            Malformed: columns are missing or unknown.
        """
        self._mapping = mapping
        self._data_set = data_set
        self._names = names
        self.counts = tuple(expand_counts(mapping, names, present))
        patterned = {count.column for count in self.counts}
        self._bound = {
            name: names.find(name) or (normal if (normal := normal_name(name)) in patterned else None)
            for name in present
        }
        self._ignored = frozenset(mapping.ignore)
        self._columns = frozenset(filter(None, self._bound.values()))
        self._words = frozenset(mapped_words(mapping))
        self._style = NumberStyle(mapping.thousands, mapping.qualifiers)
        self._shared = SharedMembers(mapping, data_set, self._columns)
        _refuse_columns(self._faults(present))
        # by name, so that the first of a row's counts does not follow from the order of the mapping
        counts = (
            sorted(self.counts, key=lambda count: count.name) if mapping.incident == "row" else self.counts
        )
        self._plans = [_CountPlan(mapping, count, self._columns, self._shared) for count in counts]

    def _faults(self, present: dict[str, int]) -> Iterator[tuple[str, str]]:
        """What is wrong with the columns: their names, and what to do."""
        for name, line in present.items():
            if self._bound[name] is None:
                place = f"line {line}: " if line else ""
                quoted = msgspec.json.encode(name).decode()
                yield (
                    name,
                    (
                        f"{place}the mapping does not mention the column {name!r}: add a [[counts]] with"
                        f" column = {quoted}, add {quoted} to the aliases of another column, or to ignore"
                    ),
                )
        yield from pattern_faults(self._mapping, self._names, present)
        hint = SINGLE_COLUMN if len(present) == 1 else ""
        for name, purpose in needed_columns(self._mapping, self.counts).items():
            if name not in self._columns:
                yield name, f"the file lacks the column {name!r}, which tells {purpose}{hint}"

    def drafts(self, row: TableRow) -> Iterator[Draft | Reject | Unmentioned]:
        """The event and the claims of a row; what is wrong with several of these is told once."""
        return told_once(self._drafts(row))

    def _drafts(self, row: TableRow) -> Iterator[Draft | Reject | Unmentioned]:
        mapping = self._mapping
        try:
            cells = self._cells(row)
            if not is_chosen(cells, mapping):
                return
            date = row_date(cells, mapping)
            event = event_draft(self._shared, mapping.event, row, cells, date) if mapping.event else None
            key = event.key if event else row_key(mapping.key, cells) or date
            incident = row_incident(
                mapping, self._data_set, cells, event.key if event else None, self._mates(key, cells)
            )
            keyed = _Row(row, cells, date, key, incident)
        except RowFault as fault:
            yield self._unreadable(row, fault)
            return
        if event is not None:
            yield event
        for plan in self._plans:
            if plan.may_have_number(cells):
                yield from self._draft(keyed, plan)

    def _unreadable(self, row: TableRow, fault: RowFault) -> Reject:
        """A row that is rejected as a whole: its event and its counts stay as they are recorded."""
        mapped = self._mapping.event
        try:
            cells = self._cells(row)
            key = row_key(mapped.key, cells) if mapped else None
            parts = tuple(plan.key(key, plan.terms(cells)) for plan in self._plans) if key else ()
        except RowFault:
            return fault.reject(row.line, row.text)
        return fault.reject(row.line, row.text, key, parts)

    def _mates(self, key: str, cells: dict[str, Any]) -> tuple[str, ...]:
        """The keys of the counts that a row may hold, where all are of one incident."""
        if self._mapping.incident != "row":
            return ()
        mates = []
        for plan in self._plans:
            with suppress(RowFault):  # the count is rejected when its turn comes
                terms = plan.terms(cells)
                if terms.get("basis") == INCIDENT:
                    mates.append(plan.key(key, terms))
        return tuple(mates)

    def _cells(self, row: TableRow) -> dict[str, Any]:
        """The row's cells that are not empty, by the mapping's names for their columns."""
        cells: dict[str, Any] = {}
        for name, cell in flatten(row.cells) if row.typed else row.cells.items():
            column = self._bound.get(name)
            if column is None or column in self._ignored or is_empty(cell, self._mapping, self._words):
                continue
            if column in cells:
                raise RowFault(name, f"the row also has {column!r}, another name for the same column")
            cells[column] = cell
        return cells

    def _draft(self, row: _Row, plan: _CountPlan) -> Iterator[Draft | Reject | Unmentioned]:
        key: str | None = None
        line, text = row.source.line, row.source.text
        try:
            terms = plan.terms(row.cells)
            key = plan.key(row.key, terms)
            if plan.is_absent:
                yield Unmentioned(line, key)
                return
            content = self._content(row.cells, row.date, plan, terms)
        except RowFault as fault:
            yield fault.reject(line, text, key)
            return
        if content is not None:
            refers, mates = row.incident.join(content)
            yield Draft(
                line,
                key,
                content,
                text,
                absent=plan.absence,
                generated=_GENERATED,
                refers=refers,
                mates=mates,
                is_remainder="figure" in content and not has_number(content["figure"]),
            )

    def _content(
        self, cells: dict[str, Any], date: str, plan: _CountPlan, terms: dict[str, str]
    ) -> dict[str, Any] | None:
        """The members of a claim, or of a revision; None where the row has no number."""
        count = plan.count
        if count.type == "adjustment":
            column = count.column or ""
            value = read_number(column, cells[column], self._style, is_signed=True) if column in cells else 0
            return self._adjustment(date, count, terms, value) if value else None
        figure = figure_members(plan.figure_columns, cells, self._style)
        if figure is None:
            if not plan.is_partial:
                return None
            figure = CellFigure({})
        period = None
        if terms.get("basis") == "increment":
            period = row_period(cells, self._mapping, count.period or self._mapping.period, date)
            if period is None:
                return None
        return self._claim(cells, date, count, terms, figure) | ({"period": period} if period else {})

    def _claim(
        self,
        cells: dict[str, Any],
        date: str,
        count: CountMapping,
        terms: dict[str, str],
        cell_figure: CellFigure,
    ) -> dict[str, Any]:
        figure = _figure(cells, count, cell_figure)
        category = {name: terms[name] for name in _CATEGORY if name in terms}
        content: dict[str, Any] = {
            "type": count.type,
            "summary": self._summary(date, count, terms, figure_words(figure)),
            **self._shared.members(cells),
            "occurred": date,
            "as_of": date,
            "figure": figure,
            **{name: word for name, word in terms.items() if name not in _CATEGORY},
        }
        if category:
            content["category"] = category
        return content

    def _summary(self, date: str, count: CountMapping, terms: dict[str, str], figure: str) -> str:
        template = self._mapping.summary
        if template == TOTAL_SUMMARY and terms.get("basis") == INCIDENT:
            template = INCIDENT_SUMMARY
        return self._fill_in(template, date, count, terms, figure)

    def _adjustment(
        self, date: str, count: CountMapping, terms: dict[str, str], value: int
    ) -> dict[str, Any]:
        return {
            "type": "series_reset",
            "series": term_series(terms),
            "reason": self._fill_in(self._mapping.reason, date, count, terms, f"{value:+,}"),
            **{name: member for name, member in self._shared.members({}).items() if name != "place"},
            "claimant": terms.get("claimant"),
            "as_of": date,
            "adjustment": value,
        }

    def _fill_in(
        self, template: str, date: str, count: CountMapping, terms: dict[str, str], figure: str
    ) -> str:
        label = count.label or slug_words(terms.get("item") or terms.get("measure") or count.name)
        subject, claimant = (slug_words(terms.get(name) or "unknown") for name in ("subject", "claimant"))
        return template.format(figure=figure, label=label, date=date, subject=subject, claimant=claimant)


def _refuse_columns(faults: Iterator[tuple[str, str]]) -> None:
    """Refuse a file for all that is wrong with its columns.

    Raises:
        Malformed: something is.
    """
    columns = dict(faults)
    if columns:
        raise Malformed("\n".join(columns.values()), path=next(iter(columns)))


def _figure(cells: dict[str, Any], count: CountMapping, cell_figure: CellFigure) -> dict[str, Any]:
    figure = figure_content(cell_figure, term_word(cells, count.qualifier) or "exact", count.unit)
    if kind := term_word(cells, count.origin):
        figure["origin"] = {"kind": kind} | ({"rule": count.origin_rule} if count.origin_rule else {})
    return figure
