"""Reads mappings from TOML, strictly: what is not in the vocabulary or does not fit together is refused.

The text is read in NFC, as cells are. A wrong key or word would be wrong in every row of a table; it is
reported once, where it stands in the mapping, with the keys or words that are allowed.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, get_args
from unicodedata import normalize

import msgspec
from msgspec import structs

from timeline.domain.components import Category, Place, Source
from timeline.domain.errors import Malformed
from timeline.domain.events import EVENT_TYPES, CasualtyMeasure, EquipmentOutcome
from timeline.domain.figure import OriginKind, Qualifier
from timeline.domain.scalars import SLUG_PATTERN
from timeline.formats.mapping import (
    IGNORE_TIMES,
    SUMMARY_COLUMN,
    TERMS,
    ColumnTerm,
    CountMapping,
    EventMapping,
    TableMapping,
    Term,
)
from timeline.formats.mapping_form import MappingFault, form_faults, value_faults

_TEMPLATE = re.compile(r"([^{}]|\{(figure|label|date|subject|claimant)\})*")
_TIMES = re.compile(rf"{IGNORE_TIMES}|Z|[+-](?:0\d|1[0-4]):[0-5]\d", re.ASCII)
_SLUG = re.compile(SLUG_PATTERN)
_WORDS: Mapping[str, tuple[str, ...]] = {
    "measure": get_args(CasualtyMeasure),
    "outcome": get_args(EquipmentOutcome),
    "basis": ("cumulative", "increment", "incident"),
    "qualifier": get_args(Qualifier),
    "origin": get_args(OriginKind),
    "status": ("military", "civilian", "medical", "press", "humanitarian"),
    "sex": ("female", "male"),
    "age": ("child", "adult", "elderly"),
}
"""The words of the vocabulary for each term that has words of its own."""
SLUG_TERMS = frozenset(("subject", "claimant", "scope", "item", "publisher"))
_SHARED = frozenset(("id", "type", "summary", "occurred", "claimant", "sources", "tags", "place", "language"))
"""Members of an event that the mapping says elsewhere."""


def read_mapping(text: str) -> TableMapping:
    """The mapping in a text of TOML.

    Raises:
        Malformed: it is not TOML or not a mapping; with the place of each fault.
    """
    try:
        document = tomllib.loads(normalize("NFC", text))
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"the mapping is not valid TOML: {error}") from error
    faults = form_faults(document)
    mapping = _convert(document)
    if mapping is not None:
        faults += word_faults(mapping)
        # what does not fit together may follow from a key that could not be read
        faults += [] if faults else misfits(mapping)
    if len(faults) == 1:
        raise Malformed(f"the mapping is not valid: {faults[0].reason}", path=faults[0].path)
    if faults or mapping is None:
        lines = "".join(f"\n{fault.path}: {fault.reason}" for fault in faults)
        raise Malformed(f"the mapping is not valid in {len(faults)} places:{lines}")
    return mapping


def _convert(document: dict[str, Any]) -> TableMapping | None:
    """The mapping in a document; None where too much is wrong with its form."""
    try:
        return msgspec.convert(document, TableMapping, strict=True)
    except msgspec.ValidationError:
        return None


def word_faults(mapping: TableMapping) -> Iterator[MappingFault]:
    """All words of a mapping that are wrong wherever they stand, or twice."""
    for name in ("summary", "reason"):
        if not _TEMPLATE.fullmatch(getattr(mapping, name)):
            placeholders = "{figure}, {label}, {date}, {subject} and {claimant}"
            yield MappingFault(f"$.{name}", f"the only placeholders are {placeholders}")
    if mapping.times is not None and not _TIMES.fullmatch(mapping.times):
        reason = f"{mapping.times!r} is neither 'ignore' nor an offset from UTC, such as +02:00"
        yield MappingFault("$.times", reason)
    yield from _word_faults("$", mapping, ("subject", "claimant", "basis", "scope"))
    yield from _ignore_faults(mapping)
    for index, count in enumerate(mapping.counts):
        path = f"$.counts[{index}]"
        yield from _word_faults(path, count, ("qualifier", "origin", *TERMS))
        yield from _pattern_faults(path, count)
    names = [count.name for count in mapping.counts]
    if len(set(names)) < len(names):
        yield MappingFault("$.counts", "two counts have the same name")
    if mapping.place is not None:
        places = {name: getattr(mapping.place, name) for name in ("name", "country", "admin1", "precision")}
        yield from _member_faults("$.place", places, Place)
    if mapping.source is not None:
        sources = {name: getattr(mapping.source, name) for name in ("publisher", "url", "title")}
        yield from _member_faults("$.source", sources, Source)
    if mapping.event is not None:
        yield from _event_faults(mapping.event)


def misfits(mapping: TableMapping) -> Iterator[MappingFault]:
    """All parts of a mapping that lack others, or do not fit together with them."""
    if not mapping.counts and mapping.event is None:
        yield MappingFault("$", "a mapping needs [[counts]] or an [event]")
    yield from _incident_faults(mapping)
    for index, count in enumerate(mapping.counts):
        path = f"$.counts[{index}]"
        yield from (MappingFault(path, reason) for reason in _count_faults(mapping, count))


def _ignore_faults(mapping: TableMapping) -> Iterator[MappingFault]:
    columns = {name for names in mapping.columns() for name in names}
    for index, name in enumerate(mapping.ignore):
        if name in columns:
            yield MappingFault(f"$.ignore[{index}]", f"the column {name!r} is read elsewhere in the mapping")


def _incident_faults(mapping: TableMapping) -> Iterator[MappingFault]:
    if mapping.event is not None and mapping.key:
        yield MappingFault("$.key", "with an [event] its own `key` tells the rows apart")
    if mapping.incident is None:
        return
    bases = [mapping.term(count, "basis") for count in mapping.counts]
    if not any(isinstance(basis, ColumnTerm) or basis == "incident" for basis in bases):
        yield MappingFault("$.incident", 'no count has basis = "incident"')
    if mapping.incident == "row":
        if mapping.event is not None:
            yield MappingFault("$.incident", "with an [event] the counts of a row are of its event anyway")
    elif mapping.event is None and mapping.incident.dataset is None:
        reason = "without an [event] no row is an incident: say the `dataset` of the incidents"
        yield MappingFault("$.incident", reason)


def _word_faults(path: str, part: Any, names: tuple[str, ...]) -> Iterator[MappingFault]:
    for name in names:
        for place, word in _words_of(f"{path}.{name}", getattr(part, name)):
            yield from word_fault(place, name, word)


def _member_faults(path: str, terms: Mapping[str, Term | None], kind: type) -> Iterator[MappingFault]:
    """The words that members of a type cannot have, with those that they can."""
    types = {field.encode_name: field.type for field in _fields(kind)}
    for name, term in terms.items():
        for place, word in _words_of(f"{path}.{name}", term):
            if name in SLUG_TERMS:
                yield from word_fault(place, name, word)
            elif name in types:
                yield from value_faults(word, types[name], place)


def _words_of(path: str, term: Term | None) -> Iterator[tuple[str, str]]:
    """The words of a mapping that a term may be, each with its place."""
    if isinstance(term, str):
        yield path, term
    elif term is not None:
        yield from ((f"{path}.values.{word}", meaning) for word, meaning in (term.values or {}).items())
        if term.otherwise is not None:
            yield f"{path}.otherwise", term.otherwise


def word_fault(path: str, name: str, word: str) -> Iterator[MappingFault]:
    """What is wrong with a word for a term, if anything is."""
    words = _WORDS.get(name)
    if words and word not in words:
        yield MappingFault(path, f"{word!r} is not one of {', '.join(words)}")
    elif name in SLUG_TERMS and not _SLUG.search(word):
        yield MappingFault(path, f"{word!r} is not a slug, such as general-staff")


def _count_faults(mapping: TableMapping, count: CountMapping) -> Iterator[str]:
    """What does not fit together in a count."""
    terms = {name for name in TERMS if getattr(count, name) is not None} | set(_groups(count))
    casualty, equipment = "measure" in terms, "item" in terms
    if casualty == equipment or (count.type != "adjustment" and casualty != (count.type[0] == "c")):
        yield "a casualty count needs a `measure`, an equipment count an `item`"
    elif equipment and terms & set(Category.__struct_fields__):
        yield "only people have a status, sex or age"
    elif casualty and "outcome" in terms:
        yield "only equipment has an outcome"
    for name in ("subject", "claimant"):
        if mapping.term(count, name) is None and name not in terms:
            yield f"the count has no `{name}`, and neither has the mapping as a whole"
    has_column = count.column is not None or count.columns is not None
    if not has_column and (count.type == "adjustment" or count.low is None or count.high is None):
        yield "a count needs the `column` of its number, or those of `low` and `high`"
    if count.column is not None and count.columns is not None:
        yield "a count has a `column` or a pattern of `columns`, not both"


def _groups(count: CountMapping) -> tuple[str, ...]:
    try:
        return tuple(re.compile(count.columns or "").groupindex)
    except re.error:
        return ()


def _pattern_faults(path: str, count: CountMapping) -> Iterator[MappingFault]:
    try:
        groups = re.compile(count.columns or "").groupindex
    except re.error as error:
        yield MappingFault(f"{path}.columns", f"not a regular expression: {error}")
        return
    for name in groups:
        if name not in TERMS:
            yield MappingFault(f"{path}.columns", f"the group {name!r} is not one of {', '.join(TERMS)}")


def _event_faults(event: EventMapping) -> Iterator[MappingFault]:
    kind = EVENT_TYPES[event.type]
    yield from _word_faults("$.event", event, ("claimant",))
    yield from _member_faults("$.event.members", event.members, kind)
    for name, figure in event.figures.items():
        yield from _word_faults(f"$.event.figures.{name}", figure, ("qualifier",))
    members = {field.encode_name for field in _fields(kind)} - _SHARED
    for part in ("members", "figures", "links"):
        for name in getattr(event, part):
            if name not in members:
                words = ", ".join(sorted(members))
                yield MappingFault(
                    f"$.event.{part}.{name}", f"{event.type} has no such member; it has {words}"
                )
    if re.search(r"[{}]", SUMMARY_COLUMN.sub("", event.summary)):
        yield MappingFault("$.event.summary", "a brace without its pair; columns stand in braces: {town}")


def _fields(kind: type) -> tuple[Any, ...]:
    return structs.fields(kind)
