"""Patterns over columns: makes a count of each column of a file whose name a pattern matches.

The named groups of a pattern are terms. Headers are written for people: a group that stands for an actor or
a thing becomes a slug, and capitals and blanks of a word of the vocabulary do not count. Of the names
themselves capitals matter only where the mapping means another column by them.

A file that lacks one of these columns says nothing about its counts. Nothing in the mapping tells that
there was such a column; but what is recorded tells which counts there are, and those that no column of the
file could hold stay as they are.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from msgspec import structs

from timeline.domain.components import Category
from timeline.domain.scalars import SLUG_PATTERN
from timeline.formats.drafts import UnreadCounts
from timeline.formats.mapping import ColumnTerm, CountMapping, TableMapping
from timeline.formats.mapping_reader import SLUG_TERMS, word_fault
from timeline.formats.slugs import name_slug, short_slug
from timeline.formats.table_cells import ColumnNames, normal_name

_SLUG = re.compile(SLUG_PATTERN)
_COUNTED = frozenset(("measure", "item", "outcome", *Category.__struct_fields__))
"""The terms that say what is counted: by these too a count is told from others."""


def expand_counts(
    mapping: TableMapping, names: ColumnNames, present: Iterable[str]
) -> Iterator[CountMapping]:
    """The counts of a mapping, with one for each of the columns that a pattern matches."""
    for count in mapping.counts:
        if count.columns is None:
            yield count
            continue
        for column, terms in _matches(count.columns, names, present):
            yield structs.replace(count, columns=None, column=column, name=_name(count, column), **terms)


def _name(count: CountMapping, column: str) -> str:
    return f"{count.name}-{short_slug(column)}"


def count_faults(
    mapping: TableMapping, counts: Iterable[CountMapping], columns: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong where no column of a file can hold a count, and nothing else is read of it."""
    if mapping.event is not None:
        return
    fields = [[count.column, count.low, count.best, count.high] for count in counts]
    names = [name for part in fields for name in part if name is not None]
    if not any(name in columns for name in names):
        patterns = [f"one that matches {count.columns!r}" for count in mapping.counts if count.columns]
        yield "", f"the file lacks all columns of counts: {', '.join((*map(repr, names), *patterns))}"


def pattern_faults(
    mapping: TableMapping, names: ColumnNames, present: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """The columns whose names give a term a word that it cannot have, or that are of one count; and why."""
    columns: dict[str, str] = {}
    for count in mapping.counts:
        for column, terms in _matches(count.columns, names, present) if count.columns else ():
            other = columns.setdefault(_name(count, column), column)
            if other != column and names.find(column) not in mapping.ignore:
                yield (
                    column,
                    f"the columns {other!r} and {column!r} are of one count: add one of them to ignore",
                )
            for name, word in terms.items():
                for fault in word_fault("", name, word):
                    yield column, f"the column {column!r} gives the {name} {word!r}: {fault.reason}"


def _matches(
    pattern: str, names: ColumnNames, present: Iterable[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    for column in map(normal_name, present):
        match = re.fullmatch(pattern, column)
        if match is None and names.find(column) is None:
            match = re.fullmatch(pattern, column.lower(), re.IGNORECASE)
        if match is not None:
            terms = {name: word for name, word in match.groupdict().items() if word is not None}
            yield column, {name: _term(name, word) for name, word in terms.items()}


def _term(name: str, word: str) -> str:
    if name in SLUG_TERMS:
        return word if _SLUG.search(word) else name_slug(word.replace("_", " "))
    return re.sub(r"[\s-]+", "_", word.strip().lower())


def unread_counts(mapping: TableMapping, counts: Sequence[CountMapping], line: int) -> UnreadCounts | None:
    """The counts that no column of a file could hold; None where no pattern leaves open which these are.

    `counts` are those of the mapping with one for each column that a pattern matches.
    """
    patterns = [count for count in mapping.counts if count.columns is not None]
    groups = {name for count in patterns for name in re.compile(count.columns or "").groupindex}
    if not groups:
        return None
    readable = []
    for count in counts:
        terms = {name: mapping.term(count, name) for name in groups | _COUNTED}
        words = {name: term for name, term in terms.items() if not isinstance(term, ColumnTerm)}
        readable.append({"type": count.type, **words})
    return UnreadCounts(line, "", tuple(readable), frozenset(count.type for count in patterns))


def is_unread(unread: UnreadCounts, content: dict[str, Any]) -> bool:
    """Whether a file has no column that could hold a count, by the members of its event."""
    terms = {**content, **(content.get("category") or {})}
    return terms["type"] in unread.types and not any(
        all(terms.get(name) == word for name, word in count.items()) for count in unread.readable
    )
