"""Patterns over columns: makes a count of each column of a file whose name a pattern matches.

The named groups of a pattern are terms. Headers are written for people: a group that stands for an actor or a
thing becomes a slug, and capitals and blanks of a word of the vocabulary do not count.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import structs

from timeline.domain.scalars import SLUG_PATTERN
from timeline.formats.mapping import CountMapping, TableMapping
from timeline.formats.mapping_reader import SLUG_TERMS, word_fault
from timeline.formats.slugs import name_slug, short_slug

_SLUG = re.compile(SLUG_PATTERN)


def expand_counts(mapping: TableMapping, present: Iterable[str]) -> Iterator[CountMapping]:
    """The counts of a mapping, with one for each of the columns that a pattern matches."""
    for count in mapping.counts:
        if count.columns is None:
            yield count
            continue
        for column, terms in _matches(count.columns, present):
            name = f"{count.name}-{short_slug(column)}"
            yield structs.replace(count, columns=None, column=column, name=name, **terms)


def pattern_faults(mapping: TableMapping, present: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The columns whose names give a term a word that it cannot have, and what is wrong with it."""
    for count in mapping.counts:
        for column, terms in _matches(count.columns, present) if count.columns else ():
            for name, word in terms.items():
                for fault in word_fault("", name, word):
                    yield column, f"the column {column!r} gives the {name} {word!r}: {fault.reason}"


def _matches(pattern: str, present: Iterable[str]) -> Iterator[tuple[str, dict[str, str]]]:
    for column in present:
        if match := re.fullmatch(pattern, column):
            terms = {name: word for name, word in match.groupdict().items() if word is not None}
            yield column, {name: _term(name, word) for name, word in terms.items()}


def _term(name: str, word: str) -> str:
    if name in SLUG_TERMS:
        return word if _SLUG.search(word) else name_slug(word.replace("_", " "))
    return re.sub(r"[\s-]+", "_", word.strip().lower())
