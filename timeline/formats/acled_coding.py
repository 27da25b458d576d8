"""What ACLED's codes mean: its kinds of events, its precisions, and the rules by which it counts the dead.

ACLED's codebook says of `fatalities` that it is the lowest number where sources differ; that 0 stands for
none as for no information; that words are coded as numbers (several, many or few as 3 or 10, tens as 10,
dozens as 12, hundreds as 100); and that the total of several days or places is split evenly over their
events, which only `notes` tells. A number is hence a floor, save one that was split.
"""

import re
from functools import lru_cache
from typing import Any, Literal, NamedTuple

Direction = Literal["as_given", "reversed", "none"]


class EventCoding(NamedTuple):
    """How a kind of event is put: its method, and which of the two actors acts upon the other."""

    method: str | None
    direction: Direction


_UNDIRECTED = EventCoding(None, "none")
# ACLED's two actors have no direction of their own. Where the kind gives none either, nobody is called an
# attacker: a peaceful protest has none, nor has an agreement.
_BY_TYPE = {
    "battles": EventCoding("battle", "as_given"),
    "explosions/remote violence": EventCoding("other", "as_given"),
    "violence against civilians": EventCoding("one_sided_violence", "as_given"),
    "riots": EventCoding("other", "as_given"),
    "protests": _UNDIRECTED,
    "strategic developments": _UNDIRECTED,
}
_BY_SUB_TYPE = {
    "chemical weapon": EventCoding("other", "as_given"),
    "air/drone strike": EventCoding("strike", "as_given"),  # which of the two it does not say
    "suicide bomb": EventCoding("bombing", "as_given"),
    "shelling/artillery/missile attack": EventCoding("shelling", "as_given"),
    "remote explosive/landmine/ied": EventCoding("bombing", "as_given"),
    "grenade": EventCoding("other", "as_given"),
    # here the first actor is the protesters, and the second is whoever acts upon them
    "excessive force against protesters": EventCoding("one_sided_violence", "reversed"),
    "excessive force against protestors": EventCoding("one_sided_violence", "reversed"),
    "protest with intervention": EventCoding("other", "reversed"),
    "looting/property destruction": EventCoding("other", "as_given"),
}
TERRITORY = frozenset(("government regains territory", "non-state actor overtakes territory"))
"""Kinds of battle that say how it ended."""

GEO_PRECISION = {"1": "exact", "2": "near", "3": "region"}

_NONE = {"kind": "coded_rule", "rule": "acled: 0 is none or no information"}
_LOWEST = "acled: lowest reported"
_SPLIT = {"kind": "split", "rule": "acled: a total split evenly over events"}


class _Word(NamedTuple):
    """Words that a number may stand for, and the number as a note would write it."""

    meaning: str
    words: re.Pattern[str]
    number: re.Pattern[str]


def _word(meaning: str, words: str, number: str) -> _Word:
    patterns = (re.compile(rf"\b(?:{choice})\b", re.IGNORECASE) for choice in (words, number))
    return _Word(meaning, *patterns)


_WORDS = {
    3: _word("several, many or few is 3 or 10", "several|many|few", "3|three"),
    10: _word("several, many or few is 3 or 10, tens is 10", "several|many|few|tens", "10|ten"),
    12: _word("dozens is 12", "dozens", "12|twelve|a dozen"),
    100: _word("hundreds is 100", "hundreds", "100|a hundred|one hundred"),
}
_DEAD = r"(?:fatalit\w+|deaths?|dead|killed|toll)"
_DIVIDED = re.compile(
    rf"\b{_DEAD}\b[^.]*\b(?:split|divided|distributed|spread)\b[^.]*\b(?:across|among|between|over)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def coding_of(event_type: str, sub_event_type: str) -> EventCoding:
    """How a kind of event is put; one that is not known here has neither method nor direction."""
    found = _BY_SUB_TYPE.get(sub_event_type.lower())
    return found or _BY_TYPE.get(event_type.lower(), _UNDIRECTED)


def killed(fatalities: int, notes: str) -> dict[str, Any]:
    """A number of fatalities as a figure's members, with the rule by which ACLED came to it."""
    if fatalities == 0:
        return {"qualifier": "none_reported", "verbatim": "0", "origin": _NONE}
    if _DIVIDED.search(notes):
        return {"qualifier": "vague", "best": fatalities, "verbatim": str(fatalities), "origin": _SPLIT}
    return {"qualifier": "at_least", "value": fatalities, **_rule(fatalities, notes)}


def _rule(fatalities: int, notes: str) -> dict[str, Any]:
    """The rule behind a number; both, where the notes do not tell whether the number stands for a word."""
    verbatim, rule = str(fatalities), _LOWEST
    if word := _WORDS.get(fatalities):
        said, numbered = word.words.search(notes), word.number.search(notes)
        if said and not numbered:
            verbatim, rule = said[0], f"acled: {word.meaning}"
        elif said or not numbered:
            rule = f"{_LOWEST}, unless by the rule that {word.meaning}"
    return {"verbatim": verbatim, "origin": {"kind": "coded_rule", "rule": rule}}
