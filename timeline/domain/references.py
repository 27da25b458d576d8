"""References: the developments and topics that an event bears on, and the actors that it names."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID, uuid5

from timeline.domain.events import (
    EVENT_TYPES,
    ActorProfile,
    Correction,
    CountReport,
    Development,
    Event,
    Evidence,
    OfficialStatement,
    SameAs,
    TimelineProfile,
    Verification,
)

REFERENCE_FIELDS = frozenset({"about", "developments", "incident", "actor"})
"""The fields by which `topics_of` finds an event's topics."""


def referenced_developments(event: Event) -> tuple[UUID, ...]:
    """The developments that a standing event bears on, which must be in the timeline before it."""
    naming = _REFERENCED.get(type(event))  # a fold asks so often that to look at type after type takes long
    return naming(event) if naming is not None else ()


def bears_on_nothing(event: Event) -> bool:
    """Whether an event is a report that refers to no other, as most are."""
    return isinstance(event, Development) and not referenced_developments(event)


def topics_of(event: Event) -> tuple[UUID, ...]:
    """Everything that an event bears on: developments, or the actor or timeline that it describes."""
    naming = _TOPICS_OF.get(type(event))
    return naming(event) if naming is not None else ()


def named_topics(event: Event) -> tuple[UUID, ...]:
    """The topics that an event names; a correction names those that it gives to what it corrects.

    All that an event ever bore on was named by itself or by a correction, whichever of these spoke last.
    """
    if isinstance(event, Correction):
        return tuple(dict.fromkeys(named_topics_in(event.changes, REFERENCE_FIELDS)))
    return topics_of(event)


def named_topics_in(changes: Mapping[str, Any], fields: AbstractSet[str]) -> Iterator[UUID]:
    """The topics that a correction's changes name in some fields, also as changes of another correction."""
    for name, value in changes.items():
        if name == "changes" and isinstance(value, dict):
            yield from named_topics_in(value, fields)
        elif name in fields:
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    yield from (actor_topic(text),) if name == "actor" else _ids(text)


@lru_cache(maxsize=32_768)  # the same actors come again and again
def actor_topic(actor: str) -> UUID:
    """The topic of an actor's profiles."""
    return uuid5(_TOPICS, actor)


def actors_of(event: Event) -> list[tuple[str, str]]:
    """Each actor that the event names, with its role: the field that names it, `publisher` or `relay`."""
    actors: dict[tuple[str, str], None] = {}
    for role in event.roles:
        value = getattr(event, role)
        label = _ROLE_LABELS.get(role, role)
        for actor in value if isinstance(value, tuple) else (value,):
            if actor is not None:
                actors[actor, label] = None
    for source in event.sources:
        actors[source.publisher, "publisher"] = None
        if source.relayed_via is not None:
            actors[source.relayed_via, "relay"] = None
    return list(actors)


def _ids(text: str) -> Iterable[UUID]:
    try:
        return (UUID(text),)
    except ValueError:
        return ()


def _incident(event: Any) -> tuple[UUID, ...]:
    return () if event.incident is None else (event.incident,)


_TOPICS = UUID("7b8f9d1e-3f0c-5c53-9d5e-2a1c9a4f6e10")
TIMELINE_TOPIC = uuid5(_TOPICS, "")
"""The topic of the timeline's own profiles."""

_ROLE_LABELS = {"attackers": "attacker", "targets": "target", "from_actor": "from", "to_actor": "to"}

_Naming = Callable[[Any], tuple[UUID, ...]]

_REFERENCED: Mapping[type[Event], _Naming] = {
    OfficialStatement: attrgetter("about"),
    Evidence: attrgetter("about"),
    Verification: attrgetter("about"),
    SameAs: attrgetter("developments"),
    **{kind: _incident for kind in EVENT_TYPES.values() if issubclass(kind, CountReport)},
}
_TOPICS_OF: Mapping[type[Event], _Naming] = {
    **_REFERENCED,
    ActorProfile: lambda event: (actor_topic(event.actor),),
    TimelineProfile: lambda _: (TIMELINE_TOPIC,),
}
