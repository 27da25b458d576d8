"""Tables of counts, as CSV or as a JSON list of objects, by a mapping (see `mapping`).

Each cell that holds a count is a claim of its own, with the key `<date>/<name of the count>`; where a column
says what is counted, its words follow. A cell that is empty claims nothing. One that holds anything but a
whole number is rejected, and the row's other cells are taken.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from timeline.domain.edtf import DATE_PATTERN
from timeline.domain.errors import Malformed
from timeline.formats.drafts import Draft, Reject
from timeline.formats.mapping import TERMS, ColumnTerm, CountMapping, TableMapping, Term, series_of, words
from timeline.formats.table_rows import TableRow, read_rows

_DATE = re.compile(DATE_PATTERN)
_WHOLE = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_CATEGORY = ("status", "sex", "age")
_PHRASES = {
    "exact": "{}",
    "about": "about {}",
    "at_least": "at least {}",
    "more_than": "more than {}",
    "at_most": "at most {}",
    "up_to": "up to {}",
    "fewer_than": "fewer than {}",
    "almost": "almost {}",
}


class _Fault(Exception):
    """A cell that does not say what its column should."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def read_table(
    file: BinaryIO, mapping: TableMapping, data_set: str | None = None
) -> Iterator[Draft | Reject]:
    """The counts of a table.

    Raises:
        Malformed: the file is no table, or has a column of which the mapping says nothing.
    """
    table = _Table(mapping, data_set or mapping.dataset)
    rows = read_rows(file)
    first = next(rows, None)
    if first is None:
        return
    if isinstance(first, TableRow) and first.typed:  # JSON names its columns row by row, and all are here
        everything = [first, *rows]
        for row in everything:
            table.check(row)
        rows = iter(everything)
    else:
        table.check(first)
        rows = _with(first, rows)
    for row in rows:
        yield from table.drafts(row)


def _with(first: TableRow | Reject, rows: Iterator[TableRow | Reject]) -> Iterator[TableRow | Reject]:
    yield first
    yield from rows


class _Table:
    def __init__(self, mapping: TableMapping, data_set: str) -> None:
        self._mapping = mapping
        self._data_set = data_set
        self._known = {name: names[0] for names in mapping.columns() for name in names}
        self._ignored = frozenset(mapping.ignore)
        self._sources = msgspec.to_builtins(mapping.sources)

    def check(self, row: TableRow | Reject) -> None:
        """Refuse a table with a column of which the mapping says nothing."""
        for name in row.cells if isinstance(row, TableRow) else ():
            if name not in self._known:
                where = f"line {row.line}: " if isinstance(row, TableRow) and row.typed else ""
                quoted = msgspec.json.encode(name).decode()
                message = (
                    f"{where}the mapping says nothing of the column {name!r}: give it a [[counts]] with"
                    f" column = {quoted}, name it in the aliases of another, or add {quoted} to ignore"
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
        except _Fault as fault:
            yield Reject(row.line, str(fault), row.text, fault.column)
            return
        for count in self._mapping.counts:
            yield from self._draft(row, cells, date, count)

    def _cells(self, row: TableRow) -> dict[str, Any]:
        """The row's cells that hold something, by the names that the mapping has for their columns."""
        cells: dict[str, Any] = {}
        for name, cell in row.cells.items():
            column = self._known[name]
            if column in self._ignored or cell is None or cell in self._mapping.missing:
                continue
            if column in cells:
                raise _Fault(name, f"it stands beside {column!r}, which is another name for the same")
            cells[column] = cell
        return cells

    def _date(self, cells: dict[str, Any]) -> str:
        named = self._mapping.dated
        date = _word(cells, named)
        if date is None:
            raise _Fault(named.column, "the row has no date")
        if not _DATE.match(date):
            raise _Fault(named.column, f"{date!r} is no date such as 2024-12-27, 2024-12 or 2024-12-27~")
        return date

    def _draft(
        self, row: TableRow, cells: dict[str, Any], date: str, count: CountMapping
    ) -> Iterator[Draft | Reject]:
        key: str | None = None
        try:
            said = self._said(cells, count)
            key = "/".join((date, count.name, *_own_words(count, said)))
            numbers = _numbers(row, cells, count)
            if not numbers or (count.type == "adjustment" and not numbers["value"]):
                return
            if count.type == "adjustment":
                _check_series(count, said)
                content = self._adjustment(date, count, said, numbers["value"])
            else:
                content = self._claim(date, count, said, _figure(cells, count, numbers))
        except _Fault as fault:
            yield Reject(row.line, str(fault), row.text, fault.column, key)
        else:
            yield Draft(row.line, key, content, row.text)

    def _said(self, cells: dict[str, Any], count: CountMapping) -> dict[str, str]:
        said = {}
        for name in TERMS:
            word = _word(cells, self._mapping.term(count, name))
            if word is not None:
                said[name] = word
        return said

    def _claim(
        self, date: str, count: CountMapping, said: dict[str, str], figure: dict[str, Any]
    ) -> dict[str, Any]:
        category = {name: said[name] for name in _CATEGORY if name in said}
        content: dict[str, Any] = {
            "type": count.type,
            "summary": self._text(self._mapping.summary, date, count, said, _phrase(figure)),
            **self._shared(),
            "occurred": date,
            "as_of": date,
            "figure": figure,
            **{name: word for name, word in said.items() if name not in _CATEGORY},
        }
        if category:
            content["category"] = category
        if said.get("basis") == "increment":
            content["period"] = date
        return content

    def _adjustment(self, date: str, count: CountMapping, said: dict[str, str], value: int) -> dict[str, Any]:
        return {
            "type": "series_reset",
            "series": series_of(said, said.get("scope")),
            "reason": self._text(self._mapping.reason, date, count, said, f"{value:+,}"),
            **self._shared(),
            "claimant": said.get("claimant"),
            "as_of": date,
            "adjustment": value,
        }

    def _shared(self) -> dict[str, Any]:
        shared: dict[str, Any] = {"tags": [self._data_set]}
        if self._sources:
            shared["sources"] = self._sources
        if self._mapping.language:
            shared["language"] = self._mapping.language
        return shared

    def _text(self, template: str, date: str, count: CountMapping, said: dict[str, str], figure: str) -> str:
        label = count.label or words(said.get("item") or said.get("measure") or count.name)
        subject, claimant = (words(said.get(name) or "unknown") for name in ("subject", "claimant"))
        return template.format(figure=figure, label=label, date=date, subject=subject, claimant=claimant)


def _check_series(count: CountMapping, said: dict[str, str]) -> None:
    """Refuse a revision of which the row does not say what was revised."""
    for name in ("subject", "basis", "item" if count.item is not None else "measure"):
        if name not in said:
            raise _Fault(name, f"the row does not say the {name}")


def _own_words(count: CountMapping, said: dict[str, str]) -> Iterator[str]:
    """The words by which counts of the same name and date are told apart: those that columns say."""
    for name in TERMS:
        if isinstance(getattr(count, name), ColumnTerm):
            yield said.get(name, "")


def _word(cells: dict[str, Any], term: Term | None) -> str | None:
    """What a term says in a row, or None where it says nothing."""
    if not isinstance(term, ColumnTerm):
        return term
    cell = cells.get(term.column)
    if cell is None:
        return term.otherwise
    if not isinstance(cell, str):
        raise _Fault(term.column, f"{cell!r} is no text")
    if term.values is None:
        return cell
    if cell not in term.values:
        raise _Fault(term.column, f"the mapping does not say what {cell!r} means")
    return term.values[cell]


def _numbers(row: TableRow, cells: dict[str, Any], count: CountMapping) -> dict[str, int]:
    columns = {"value": count.column, "low": count.low, "best": count.best, "high": count.high}
    found = {}
    for name, column in columns.items():
        if column is not None and column in cells:
            found[name] = _whole(row, column, cells[column], signed=count.type == "adjustment")
    return found


def _whole(row: TableRow, column: str, cell: object, *, signed: bool) -> int:
    number = cell
    if not row.typed and isinstance(cell, str) and _WHOLE.fullmatch(cell.strip()):
        number = int(cell)
    if not isinstance(number, int) or isinstance(number, bool):
        raise _Fault(column, f"{cell!r} is no whole number")
    if number < 0 and not signed:
        raise _Fault(column, f"{cell} is below zero, which no count is")
    return number


def _figure(cells: dict[str, Any], count: CountMapping, numbers: dict[str, int]) -> dict[str, Any]:
    qualifier = _word(cells, count.qualifier) or "exact"
    if "value" not in numbers and qualifier == "exact":
        qualifier = "between"
    return {"qualifier": qualifier, **numbers}


def _phrase(figure: dict[str, Any]) -> str:
    if "value" in figure:
        return _PHRASES.get(figure["qualifier"], "{}").format(f"{figure['value']:,}")
    low, high = (f"{figure[name]:,}" if name in figure else "?" for name in ("low", "high"))
    return f"{low} to {high}"
