"""Tables of counts: reads claims from CSV or from a JSON list of objects, as a mapping says (see `mapping`).

Each cell that holds a count is a claim of its own, with the key `<date>/<name of the count>`; where columns
say what is counted, their words are added to the key. An empty cell claims nothing. A cell that holds
anything but a whole number is rejected, and the row's other cells are read.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

import msgspec

from timeline.domain.components import Category
from timeline.domain.edtf import DATE_PATTERN
from timeline.domain.errors import Malformed
from timeline.domain.words import value_words
from timeline.formats.drafts import Draft, Reject, RowFault
from timeline.formats.mapping import (
    TERMS,
    ColumnTerm,
    CountMapping,
    TableMapping,
    Term,
    slug_words,
    term_series,
)
from timeline.formats.table_rows import TableRow, read_table_rows

_DATE = re.compile(DATE_PATTERN)
_WHOLE = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_CATEGORY = Category.__struct_fields__


def read_table(
    file: BinaryIO, mapping: TableMapping, data_set: str | None = None
) -> Iterator[Draft | Reject]:
    """The counts of a table.

    Raises:
        Malformed: the file is not a table, or has a column that the mapping does not mention.
    """
    reader = _TableReader(mapping, data_set or mapping.dataset)
    rows = read_table_rows(file)
    first = next(rows, None)
    if first is None:
        return
    if isinstance(first, TableRow) and first.typed:
        # JSON names its columns row by row: all are checked before the first draft is yielded
        checked = [first, *rows]
        for row in checked:
            reader.check_columns(row)
        rows = iter(checked)
    else:
        reader.check_columns(first)
        rows = chain((first,), rows)
    for row in rows:
        yield from reader.drafts(row)


class _TableReader:
    def __init__(self, mapping: TableMapping, data_set: str) -> None:
        self._mapping = mapping
        self._data_set = data_set
        self._columns = {name: names[0] for names in mapping.columns() for name in names}
        """Each column name, and each alias, with the name that the mapping uses for the column."""
        self._ignored = frozenset(mapping.ignore)
        self._sources = msgspec.to_builtins(mapping.sources)

    def check_columns(self, row: TableRow | Reject) -> None:
        """Refuse a table with a column that the mapping does not mention.

        Raises:
            Malformed: there is one; the message says what to add to the mapping.
        """
        for name in row.cells if isinstance(row, TableRow) else ():
            if name not in self._columns:
                place = f"line {row.line}: " if isinstance(row, TableRow) and row.typed else ""
                quoted = msgspec.json.encode(name).decode()
                message = (
                    f"{place}the mapping does not mention the column {name!r}: add a [[counts]] with"
                    f" column = {quoted}, add {quoted} to the aliases of another column, or add it to ignore"
                )
                raise Malformed(message, path=name)

    def drafts(self, row: TableRow | Reject) -> Iterator[Draft | Reject]:
        """The claims of a row."""
        if isinstance(row, Reject):
            yield row
            return
        try:
            cells = self._cells(row)
            date = self._date(cells)
        except RowFault as fault:
            yield fault.reject(row.line, row.text)
            return
        for count in self._mapping.counts:
            yield from self._draft(row, cells, date, count)

    def _cells(self, row: TableRow) -> dict[str, Any]:
        """The row's cells that are not empty, by the mapping's names for their columns."""
        cells: dict[str, Any] = {}
        for name, cell in row.cells.items():
            column = self._columns[name]
            if column in self._ignored or cell is None or cell in self._mapping.missing:
                continue
            if column in cells:
                raise RowFault(name, f"the row also has {column!r}, another name for the same column")
            cells[column] = cell
        return cells

    def _date(self, cells: dict[str, Any]) -> str:
        term = self._mapping.date_term
        date = _term_word(cells, term)
        if date is None:
            raise RowFault(term.column, "the row has no date")
        if not _DATE.match(date):
            raise RowFault(term.column, f"not a date such as 2024-12-27, 2024-12 or 2024-12-27~: {date!r}")
        return date

    def _draft(
        self, row: TableRow, cells: dict[str, Any], date: str, count: CountMapping
    ) -> Iterator[Draft | Reject]:
        key: str | None = None
        try:
            terms = self._terms(cells, count)
            key = "/".join((date, count.name, *_key_words(count, terms)))
            numbers = _numbers(row, cells, count)
            if not numbers or (count.type == "adjustment" and not numbers["value"]):
                return
            if count.type == "adjustment":
                _check_series_terms(count, terms)
                content = self._adjustment(date, count, terms, numbers["value"])
            else:
                content = self._claim(date, count, terms, _figure(cells, count, numbers))
        except RowFault as fault:
            yield fault.reject(row.line, row.text, key)
        else:
            yield Draft(row.line, key, content, row.text)

    def _terms(self, cells: dict[str, Any], count: CountMapping) -> dict[str, str]:
        """The word for each term of a count that the mapping or the row has one for."""
        terms = {}
        for name in TERMS:
            word = _term_word(cells, self._mapping.term(count, name))
            if word is not None:
                terms[name] = word
        return terms

    def _claim(
        self, date: str, count: CountMapping, terms: dict[str, str], figure: dict[str, Any]
    ) -> dict[str, Any]:
        category = {name: terms[name] for name in _CATEGORY if name in terms}
        content: dict[str, Any] = {
            "type": count.type,
            "summary": self._fill_in(self._mapping.summary, date, count, terms, _figure_words(figure)),
            **self._shared_members(),
            "occurred": date,
            "as_of": date,
            "figure": figure,
            **{name: word for name, word in terms.items() if name not in _CATEGORY},
        }
        if category:
            content["category"] = category
        if terms.get("basis") == "increment":
            content["period"] = date
        return content

    def _adjustment(
        self, date: str, count: CountMapping, terms: dict[str, str], value: int
    ) -> dict[str, Any]:
        return {
            "type": "series_reset",
            "series": term_series(terms),
            "reason": self._fill_in(self._mapping.reason, date, count, terms, f"{value:+,}"),
            **self._shared_members(),
            "claimant": terms.get("claimant"),
            "as_of": date,
            "adjustment": value,
        }

    def _shared_members(self) -> dict[str, Any]:
        members: dict[str, Any] = {"tags": [self._data_set]}
        if self._sources:
            members["sources"] = self._sources
        if self._mapping.language:
            members["language"] = self._mapping.language
        return members

    def _fill_in(
        self, template: str, date: str, count: CountMapping, terms: dict[str, str], figure: str
    ) -> str:
        label = count.label or slug_words(terms.get("item") or terms.get("measure") or count.name)
        subject, claimant = (slug_words(terms.get(name) or "unknown") for name in ("subject", "claimant"))
        return template.format(figure=figure, label=label, date=date, subject=subject, claimant=claimant)


def _check_series_terms(count: CountMapping, terms: dict[str, str]) -> None:
    """Refuse an adjustment without the terms that name its series."""
    for name in ("subject", "basis", "item" if count.item is not None else "measure"):
        if name not in terms:
            raise RowFault(name, f"the row has no {name}")


def _key_words(count: CountMapping, terms: dict[str, str]) -> Iterator[str]:
    """The words from columns, which distinguish counts of the same name and date."""
    for name in TERMS:
        if isinstance(getattr(count, name), ColumnTerm):
            yield terms.get(name, "")


def _term_word(cells: dict[str, Any], term: Term | None) -> str | None:
    """The word for a term in a row, or None where the row has none.

    Raises:
        RowFault: the cell is not text, or the mapping has no meaning for its word.
    """
    if not isinstance(term, ColumnTerm):
        return term
    cell = cells.get(term.column)
    if cell is None:
        return term.otherwise
    if not isinstance(cell, str):
        raise RowFault(term.column, f"not text: {cell!r}")
    if term.values is None:
        return cell
    if cell not in term.values:
        raise RowFault(term.column, f"the mapping does not say what {cell!r} means")
    return term.values[cell]


def _numbers(row: TableRow, cells: dict[str, Any], count: CountMapping) -> dict[str, int]:
    columns = {"value": count.column, "low": count.low, "best": count.best, "high": count.high}
    is_signed = count.type == "adjustment"
    return {
        name: _parse_whole(row, column, cells[column], is_signed=is_signed)
        for name, column in columns.items()
        if column is not None and column in cells
    }


def _parse_whole(row: TableRow, column: str, cell: object, *, is_signed: bool) -> int:
    number = cell
    if not row.typed and isinstance(cell, str) and _WHOLE.fullmatch(cell.strip()):
        number = int(cell)
    if not isinstance(number, int) or isinstance(number, bool):
        raise RowFault(column, f"not a whole number: {cell!r}")
    if number < 0 and not is_signed:
        raise RowFault(column, f"a count cannot be below zero: {cell}")
    return number


def _figure(cells: dict[str, Any], count: CountMapping, numbers: dict[str, int]) -> dict[str, Any]:
    qualifier = _term_word(cells, count.qualifier) or "exact"
    if "value" not in numbers and qualifier == "exact":
        qualifier = "between"
    return {"qualifier": qualifier, **numbers}


def _figure_words(figure: dict[str, Any]) -> str:
    if "value" in figure:
        return value_words(figure["qualifier"], figure["value"])
    low, high = (f"{figure[name]:,}" if name in figure else "?" for name in ("low", "high"))
    return f"{low} to {high}"
