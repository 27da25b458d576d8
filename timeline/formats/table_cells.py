"""Cells of a table's rows: bound to the columns of a mapping, and read as its terms."""

from collections.abc import Iterable, Iterator
from typing import Any
from unicodedata import normalize

from timeline.formats.cells import clean_text, parse_id, plain_number
from timeline.formats.drafts import RowFault
from timeline.formats.mapping import ColumnTerm, TableMapping, Term
from timeline.formats.slugs import name_slug
from timeline.formats.table_rows import TableRow


class ColumnNames:
    """The names of a mapping's columns, with aliases; capitals matter only where two names need them."""

    def __init__(self, columns: Iterable[tuple[str, ...]]) -> None:
        self._columns = {normal_name(name): names[0] for names in columns for name in names}
        self._folded: dict[str, str] = {}
        for name, column in self._columns.items():
            folded = name.casefold()
            # "" marks a name that is two columns but for its capitals
            self._folded[folded] = column if self._folded.get(folded, column) == column else ""

    def find(self, name: str) -> str | None:
        """The mapping's own name of a column of the file; None where it mentions no such column."""
        name = normal_name(name)
        return self._columns.get(name) or self._folded.get(name.casefold()) or None

    def members(self, name: str) -> list[str]:
        """The mapping's columns that are members of an object of the file, such as `verified.killed`."""
        start = f"{normal_name(name).casefold()}."
        columns = (column for other, column in self._columns.items() if other.casefold().startswith(start))
        return list(dict.fromkeys(columns))

    @property
    def lower(self) -> frozenset[str]:
        """All names in lower case."""
        return frozenset(name.lower() for name in self._columns)


def normal_name(name: str) -> str:
    """The name of a column in one Unicode form, without blanks around it."""
    return normalize("NFC", name.strip())


def flatten(cells: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The members of an object, those of objects in it by paths such as `verified.killed`."""
    for name, value in cells.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def json_columns(rows: Iterable[TableRow], names: ColumnNames, patterns: Iterable[str]) -> dict[str, int]:
    """The columns of rows, and the line on which each comes first; the rows are the last first.

    A null in the place of an object, whose members are columns in other rows or of the mapping, is no column
    of its own: where it is null in all rows, the cells of all columns that the mapping has of it are empty.
    """
    lines: dict[str, int] = {}
    with_values: set[str] = set()
    for row in rows:
        for name, cell in flatten(row.cells):
            lines[name] = row.line
            if cell is not None:
                with_values.add(name)
    objects = {name[:index] for name in lines for index, letter in enumerate(name) if letter == "."}
    columns: dict[str, int] = {}
    for name, line in lines.items():
        if name in with_values or names.find(name):
            columns[name] = line
        elif members := names.members(name) if name not in objects else ():
            columns.update(dict.fromkeys(members, line))
        elif name not in objects and not any(name in pattern and r"\." in pattern for pattern in patterns):
            columns[name] = line  # of what a pattern matches nothing tells the members
    return columns


def is_empty(cell: Any, mapping: TableMapping, words: frozenset[str]) -> bool:
    """Whether a cell has no value; `words` are those to which the mapping gives a meaning."""
    if cell is None:
        return True
    if not isinstance(cell, str):
        return False
    return cell not in words and (cell in mapping.missing or not clean_text(cell))


def mapped_words(part: Any) -> Iterator[str]:
    """The words to which a part of a mapping gives a meaning."""
    if isinstance(part, ColumnTerm):
        yield from part.values or ()
    elif isinstance(part, dict):
        for value in part.values():
            yield from mapped_words(value)
    elif isinstance(part, tuple):
        for item in part:
            yield from mapped_words(item)
    elif hasattr(part, "__struct_fields__"):
        for name in part.__struct_fields__:
            yield from mapped_words(getattr(part, name))


def term_word(cells: dict[str, Any], term: Term | None) -> str | None:
    """The word for a term in a row, or None where the row has none.

    Raises:
        RowFault: the cell is not text, or the mapping has no meaning for its word.
    """
    if not isinstance(term, ColumnTerm):
        return term
    cell = cells.get(term.column)
    return term.otherwise if cell is None else _meaning(cell_text(term.column, cell), term)


def term_words(cells: dict[str, Any], term: Term | None) -> list[str]:
    """The words for a term in a row, several where the cell is split.

    Raises:
        RowFault: as in `term_word`.
    """
    if not isinstance(term, ColumnTerm) or term.split is None or term.column not in cells:
        word = term_word(cells, term)
        return [] if word is None else [word]
    parts = map(plain_number, map(clean_text, cell_text(term.column, cells[term.column]).split(term.split)))
    return list(dict.fromkeys(_meaning(part, term) for part in parts if part))


def cell_text(column: str, cell: Any) -> str:
    """A cell as text; a whole number in one form, however the file writes it.

    Raises:
        RowFault: it is neither text nor a number.
    """
    if isinstance(cell, str):
        return plain_number(normalize("NFC", cell.strip()))
    if isinstance(cell, int | float):
        return str(cell).lower() if isinstance(cell, bool) else parse_id(str(cell))
    raise RowFault(column, f"not text: {cell!r}")


def _meaning(word: str, term: ColumnTerm) -> str:
    if term.values is not None:
        if word not in term.values:
            words = ", ".join(map(repr, list(term.values)[:20]))
            raise RowFault(term.column, f"the mapping does not say what {word!r} means; it knows {words}")
        return term.values[word]
    if not term.slug:
        return word
    slug = name_slug(word)
    if not slug:
        raise RowFault(term.column, f"no letters or digits to make a slug from: {word!r}")
    return slug


def is_chosen(cells: dict[str, Any], mapping: TableMapping) -> bool:
    """Whether a row is one of the data set, by the conditions of the mapping."""
    if not mapping.skip and not mapping.only:
        return True

    def has_word(column: str, words: tuple[str, ...]) -> bool:
        cell = cells.get(column, "")
        return str(cell) in words or (not isinstance(cell, list) and cell_text(column, cell) in words)

    conditions = mapping.skip.items(), mapping.only.items()
    skips, chooses = ([has_word(*condition) for condition in items] for items in conditions)
    return not any(skips) and all(chooses)
