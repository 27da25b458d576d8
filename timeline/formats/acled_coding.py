"""ACLED's codes: what its kinds of events, its precisions and its numbers of fatalities mean.

By ACLED's codebook `fatalities` is the lowest number where sources differ; 0 stands both for none and for no
information; words are coded as numbers (several, many or few as 3 or 10, tens as 10, dozens as 12, hundreds
as 100); and the total of several days or places is split evenly over their events, which only `notes` says.
A number is therefore read as a floor, unless it was split.
"""

import re
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from timeline.domain.components import PlacePrecision
from timeline.domain.events import Method
from timeline.domain.figure import OriginKind, Qualifier
from timeline.formats.cells import parse_code

Direction = Literal["first_on_second", "second_on_first", "none"]


class EventCoding(NamedTuple):
    """What a kind of event means: its method, and which of the two actors acts upon the other."""

    method: Method | None
    direction: Direction


_UNDIRECTED = EventCoding(None, "none")
# The order of ACLED's two actors does not say who acted. Where the kind of event does not say so either, as
# for a peaceful protest or an agreement, nobody is called an attacker.
_BY_TYPE = {
    "battles": EventCoding("battle", "first_on_second"),
    "explosions/remote violence": EventCoding("other", "first_on_second"),
    "violence against civilians": EventCoding("one_sided_violence", "first_on_second"),
    "riots": EventCoding("other", "first_on_second"),
    "protests": _UNDIRECTED,
    "strategic developments": _UNDIRECTED,
}
_BY_SUB_TYPE = {
    "chemical weapon": EventCoding("other", "first_on_second"),
    "air/drone strike": EventCoding("strike", "first_on_second"),  # the code does not tell which of the two
    "suicide bomb": EventCoding("bombing", "first_on_second"),
    "shelling/artillery/missile attack": EventCoding("shelling", "first_on_second"),
    "remote explosive/landmine/ied": EventCoding("bombing", "first_on_second"),
    "grenade": EventCoding("other", "first_on_second"),
    # here the protesters come first, and whoever acts upon them second
    "excessive force against protesters": EventCoding("one_sided_violence", "second_on_first"),
    "excessive force against protestors": EventCoding("one_sided_violence", "second_on_first"),
    "protest with intervention": EventCoding("other", "second_on_first"),
    "looting/property destruction": EventCoding("other", "first_on_second"),
}
TERRITORY = frozenset(("government regains territory", "non-state actor overtakes territory"))
"""Kinds of battle that tell its outcome."""
_OTHER_SUB_TYPES = (
    *TERRITORY,
    "armed clash",
    "sexual violence",
    "attack",
    "abduction/forced disappearance",
    "peaceful protest",
    "violent demonstration",
    "mob violence",
    "agreement",
    "arrests",
    "change to group/activity",
    "disrupted weapons use",
    "headquarters or base established",
    "non-violent transfer of territory",
    "other",
)
"""Sub-types that mean what their type does."""
_SUB_TYPES: dict[str, EventCoding | None] = dict.fromkeys(sorted(_OTHER_SUB_TYPES)) | _BY_SUB_TYPE

GEO_PRECISION: dict[str, PlacePrecision] = {"1": "exact", "2": "near", "3": "region"}

_NO_INFORMATION = "acled: 0 is none or no information"
_LOWEST = "acled: lowest reported"
_SPLIT = "acled: a total split evenly over events"


class _NumberWords(NamedTuple):
    """The words that a number may be a code for, and the number as notes would write it."""

    meaning: str
    words: re.Pattern[str]
    number: re.Pattern[str]


def _number_words(meaning: str, words: str, number: str) -> _NumberWords:
    patterns = (re.compile(rf"\b(?:{choices})\b", re.IGNORECASE) for choices in (words, number))
    return _NumberWords(meaning, *patterns)


_NUMBER_WORDS = {
    3: _number_words("several, many or few is 3 or 10", "several|many|few", "3|three"),
    10: _number_words("several, many or few is 3 or 10, tens is 10", "several|many|few|tens", "10|ten"),
    12: _number_words("dozens is 12", "dozens", "12|twelve|a dozen"),
    100: _number_words("hundreds is 100", "hundreds", "100|a hundred|one hundred"),
}
_DEAD = r"(?:fatalit\w+|deaths?|dead|killed|toll)"
_SPLIT_WORDS = ("split", "divided", "distributed", "spread")
_SPLIT_NOTE = re.compile(
    rf"\b{_DEAD}\b[^.]*\b(?:{'|'.join(_SPLIT_WORDS)})\b[^.]*\b(?:across|among|between|over)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def coding_of(event_type: str, sub_event_type: str) -> EventCoding:
    """What a kind of event means; a blank sub-type, as one of no method of its own, means what its type does.

    Raises:
        RowFault: ACLED has no such type or sub-type.
    """
    coding = parse_code("event_type", event_type, _BY_TYPE)
    return (parse_code("sub_event_type", sub_event_type, _SUB_TYPES) if sub_event_type else None) or coding


def killed_figure(fatalities: int, notes: str) -> dict[str, Any]:
    """A number of fatalities as a figure's members, with the rule by which ACLED came to it."""
    verbatim = str(fatalities)
    if fatalities == 0:
        return _figure("none_reported", verbatim, "coded_rule", _NO_INFORMATION)
    if _is_split(notes):
        return _figure("vague", verbatim, "split", _SPLIT) | {"best": fatalities}
    rule = _LOWEST
    if coded := _NUMBER_WORDS.get(fatalities):
        word, number = coded.words.search(notes), coded.number.search(notes)
        if word and not number:
            verbatim, rule = word[0], f"acled: {coded.meaning}"
        elif word or not number:  # the notes do not tell whether the number stands for a word
            rule = f"{_LOWEST}, unless by the rule that {coded.meaning}"
    return _figure("at_least", verbatim, "coded_rule", rule) | {"value": fatalities}


def _is_split(notes: str) -> bool:
    # the pattern is slow, and nearly no notes have one of its words
    text = notes.lower()
    return any(word in text for word in _SPLIT_WORDS) and bool(_SPLIT_NOTE.search(notes))


def _figure(qualifier: Qualifier, verbatim: str, kind: OriginKind, rule: str) -> dict[str, Any]:
    return {"qualifier": qualifier, "verbatim": verbatim, "origin": {"kind": kind, "rule": rule}}
