"""Searching: what a reader would look for, by words, places, actors with their parts, and dates."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from tests.support.meaning.developments import (
    Group,
    all_datings,
    groups_of,
    tolls_of,
    verifications_of,
)
from tests.support.meaning.words import Log, once_a_log
from timeline.domain.edtf import Days
from timeline.domain.events import ActorProfile, Development, Event, TimelineProfile, Verification, event_type

TEXTS = ("summary", "area", "shows", "quote", "statement", "role", "outcome")
FIGURES = ("figure", "strength", "count", "killed")


class Filters(NamedTuple):
    """What the timeline is asked for; a development is listed where any of its standing reports says it."""

    q: str | None = None
    place: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    tag: str | None = None
    claimant: str | None = None
    actor: str | None = None
    parts: bool = False
    type: str | None = None
    first: Days | None = None
    last: Days | None = None


def folded(text: str) -> str:
    """Texts are compared in NFC and without regard to case; stored bytes stay."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def matches(log: Log, group: Group, filters: Filters) -> bool:
    """A merged development is found by everything that any of its standing reports says."""
    reports = group.reports
    events = [word.event for word in reports]
    places = [place for place in (getattr(event, "place", None) for event in events) if place]
    # who verified a development has a role in it, and no entry of its own
    verifiers = {remark.speaker for remark in verifications_of(group)}
    actors = verifiers | {actor for event in events for actor in actors_of(event)}
    window = Days(
        filters.first.first if filters.first else date.min,
        filters.last.last if filters.last else date.max,
    )
    return (
        (filters.q is None or _has_words(" ".join(_shown_texts(log, events, actors)), filters.q))
        and (filters.place is None or _is_at(events, filters.place))
        and (filters.bbox is None or any(_is_inside(place, filters.bbox) for place in places))
        and (filters.tag is None or any(filters.tag in event.tags for event in events))
        and (filters.claimant is None or any(_claims(event, filters.claimant) for event in events))
        and (filters.type is None or any(event_type(event) == filters.type for event in events))
        and (filters.actor is None or bool(actors & with_parts(log, filters.actor, filters.parts)))
        and (
            (filters.first is None and filters.last is None)
            or any(dating.days.meet(window) for dating in all_datings(reports, tolls_of(log, group.members)))
        )
    )


def _claims(event: Event, claimant: str) -> bool:
    return getattr(event, "claimant", None) == claimant


def _shown_texts(log: Log, events: Iterable[Event], actors: set[str]) -> Iterable[str]:
    """Every text that an entry shows: summary, area, what evidence shows, quotes, places, tags, actors.

    Figures by the source's own words, media by title, caption and credit, actors by names and aliases.
    Choice: an entry's texts are those of its own reports; what other entries say about it is found as those.
    """
    profiles = profiles_of(log)
    for event in events:
        yield from (text for text in (getattr(event, field, None) for field in TEXTS) if text)
        for figure in filter(None, (getattr(event, field, None) for field in FIGURES)):
            yield from filter(None, (figure.verbatim,))
        for item in getattr(event, "media", ()):
            yield from filter(None, (item.title, item.caption, item.credit))
        yield from _place_texts(event)
        yield from event.tags
    for actor in sorted(actors):
        profile = profiles.get(actor)
        yield from (actor, profile.name, *profile.aliases) if profile else (actor,)


def _place_texts(event: Event) -> list[str]:
    place = getattr(event, "place", None)
    texts = [place.name, place.admin1, place.country] if place else []
    return [text for text in (*texts, getattr(event, "area", None)) if text]


def _is_at(events: Iterable[Event], place: str) -> bool:
    """Whether some report is at a place with this name, first-level unit or country, or of this area.

    Choice: a place is looked for in what names a place, whole, not in every text.
    """
    return any(folded(text) == folded(place) for event in events for text in _place_texts(event))


def _is_inside(place: object, box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    longitude, latitude = getattr(place, "longitude", None), getattr(place, "latitude", None)
    if longitude is None or latitude is None:
        return False
    across = west <= longitude <= east if west <= east else longitude >= west or longitude <= east
    return across and south <= latitude <= north


def _has_words(text: str, query: str) -> bool:
    """Whether a text has all words, "exact phrases", one side of `or`, and none with `-` before it."""
    words = _split(text)
    for side in re.split(r"\s+or\s+", query, flags=re.IGNORECASE):
        terms = re.findall(r'(-?)(?:"([^"]*)"|(\S+))', side)
        if terms and all(_has_phrase(words, _split(a or b)) != bool(minus) for minus, a, b in terms):
            return True
    return False


def _split(text: str) -> list[str]:
    return re.findall(r"\w+", folded(text))


def _has_phrase(words: list[str], phrase: list[str]) -> bool:
    size = len(phrase)
    return any(words[start : start + size] == phrase for start in range(len(words) - size + 1))


def actors_of(event: Event) -> set[str]:
    """The actors that an event names, in any role, its publishers and relays too."""
    actors: set[str] = set()
    for role in event.roles:
        value = getattr(event, role)
        actors.update(value if isinstance(value, tuple) else filter(None, (value,)))
    for source in event.sources:
        actors.update(filter(None, (source.publisher, source.relayed_via)))
    return actors


@once_a_log
def profiles_of(log: Log) -> dict[str, ActorProfile]:
    """The last standing profile of each actor, by the order of recording: who an actor is, from there on.

    Choice: also by a time of publication. A profile is what editors know, and no word: one that says itself
    when it was published is hidden before, and then the one recorded before it is the last.
    """
    words = [log.last_word(r.event.id) for r in log.roots() if isinstance(r.event, ActorProfile)]
    events = [word.event for word in words if word is not None]
    return {event.actor: event for event in events if isinstance(event, ActorProfile)}


def title_of(log: Log) -> str | None:
    """What the timeline is called by its last standing profile."""
    words = [log.last_word(r.event.id) for r in log.roots() if isinstance(r.event, TimelineProfile)]
    titles = [word.event.title for word in words if word and isinstance(word.event, TimelineProfile)]
    return titles[-1] if titles else None


def with_parts(log: Log, actor: str, parts: bool) -> set[str]:
    """The actor; with its parts also what belongs to it by `part_of` as it stood at the position."""
    profiles = profiles_of(log)
    actors = {actor}
    for _ in profiles if parts else ():
        actors |= {name for name, profile in profiles.items() if profile.part_of in actors}
    return actors


@once_a_log
def listed_actors(log: Log) -> set[str]:
    """Actors that a standing report, verification or profile names; those only of retracted ones are not.

    Choice: who printed a verification or a profile is in no entry, and so not listed; of several profiles of
    an actor the last says what it is part of. A verification is heard of with what it verifies, and names
    nobody once all of that is retracted.
    """
    kinds = (Development, Verification)
    words = [log.last_word(r.event.id) for r in log.roots() if isinstance(r.event, kinds)]
    events: list[Event] = [word.event for word in words if word is not None]
    unheard = {member for group in groups_of(log) if not group.reports for member in group.members}
    events = [e for e in events if not isinstance(e, Verification) or not unheard.issuperset(e.about)]
    events += profiles_of(log).values()
    reports = {actor for event in events if isinstance(event, Development) for actor in actors_of(event)}
    others = (event for event in events if not isinstance(event, Development))
    actors = {getattr(event, role) for event in others for role in event.roles}
    return reports | {actor for actor in actors if actor is not None}
