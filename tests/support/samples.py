"""Small valid events, identified by a number."""

from typing import Any
from uuid import UUID

import msgspec

from timeline.domain.codec import decode_event
from timeline.domain.events import Event


def id_of(number: int) -> UUID:
    """The id of the event with this number."""
    return UUID(f"01940000-0000-7000-8000-{number:012}")


def event(number: int, kind: str, /, **fields: Any) -> Event:
    """An event of any type; ids of other events are given as their numbers."""
    content = {"type": kind, "id": id_of(number), "summary": f"Event {number}."} | fields
    return decode_event(msgspec.json.encode(content))


def engagement(number: int, **fields: Any) -> Event:
    """A development that refers to nothing."""
    return event(number, "engagement", **fields)


def statement(number: int, *about: int, stance: str = "confirms", **fields: Any) -> Event:
    """A statement about developments."""
    return event(number, "official_statement", speaker="russia", stance=stance, about=_ids(about), **fields)


def evidence(number: int, *about: int, **fields: Any) -> Event:
    """A video of developments."""
    return event(number, "evidence", kind="video", about=_ids(about), **fields)


def verification(number: int, *about: int, grade: str = "confirmed", **fields: Any) -> Event:
    """A verification of developments."""
    return event(number, "verification", claimant="osint", grade=grade, about=_ids(about), **fields)


def same_as(number: int, *developments: int) -> Event:
    """A link between reports of the same development."""
    return event(number, "same_as", developments=_ids(developments))


def estimate(number: int, value: int = 3, **fields: Any) -> Event:
    """A count of killed, by default of an incident of its own."""
    defaults = {"claimant": "ukraine", "subject": "russia", "measure": "killed", "basis": "incident"}
    return event(
        number, "casualty_estimate", **defaults | {"figure": {"qualifier": "exact", "value": value}} | fields
    )


def toll(number: int, incident: int, **fields: Any) -> Event:
    """A count of killed in another development."""
    return estimate(number, incident=id_of(incident), **fields)


def capture(number: int, **fields: Any) -> Event:
    """A capture, with its count."""
    count = {"qualifier": "exact", "value": 1}
    return event(
        number,
        "capture",
        claimant="ukraine",
        captor="ukraine",
        captive_of="north-korea",
        count=count,
        **fields,
    )


def profile(number: int, actor: str, name: str, **fields: Any) -> Event:
    """Who an actor is."""
    return event(number, "actor_profile", actor=actor, name=name, **fields)


def correction(number: int, target: int, /, **changes: Any) -> Event:
    """A correction of an event's fields."""
    return event(number, "correction", target=id_of(target), reason="transcription", changes=changes)


def retraction(number: int, target: int) -> Event:
    """A retraction of an event."""
    return event(number, "retraction", target=id_of(target), reason="erroneous")


def ids(*numbers: int) -> list[str]:
    """Ids as the changes of a correction have them."""
    return [str(id_of(number)) for number in numbers]


def _ids(numbers: tuple[int, ...]) -> list[UUID]:
    return [id_of(number) for number in numbers]
