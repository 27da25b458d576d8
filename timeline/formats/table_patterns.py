"""Patterns over columns: makes a count of each column that a pattern matches.

A file that lacks one of these columns says nothing about its counts. Nothing in the mapping tells that
there was such a column; but what is recorded tells which counts there are, and those that no column of the
file could hold stay as they are.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import structs

from timeline.domain.components import Category
from timeline.formats.drafts import UnreadCounts
from timeline.formats.mapping import ColumnTerm, CountMapping, TableMapping
from timeline.formats.slugs import short_slug
from timeline.formats.table_cells import ColumnNames, normal_name

_COUNTED = frozenset(("measure", "item", "outcome", *Category.__struct_fields__))
"""The terms that say what is counted: by these too a count is told from others."""


def expand_counts(
    mapping: TableMapping, names: ColumnNames, present: dict[str, int]
) -> Iterator[CountMapping]:
    """The counts, with a count for each column that a pattern matches.

    As with other names of columns, capitals matter only where the mapping means another column by them.
    """
    for count in mapping.counts:
        if count.columns is None:
            yield count
            continue
        for name in map(normal_name, present):
            match = re.fullmatch(count.columns, name)
            if match is None and names.find(name) is None:
                match = re.fullmatch(count.columns, name.lower(), re.IGNORECASE)
            if match is not None:
                terms = {term: word for term, word in match.groupdict().items() if word is not None}
                key = f"{count.name}-{short_slug(name)}"
                yield structs.replace(count, columns=None, column=name, name=key, **terms)


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
