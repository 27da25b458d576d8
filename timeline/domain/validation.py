"""What the record takes in: the rules that an event must keep towards the events before it.

An event that speaks of developments may only speak of those that the timeline holds. An amendment must aim
at an event that is there, and whatever it changes must stay a valid event that speaks of what is there.
"""

from timeline.domain.errors import RuleBroken, UnknownReference
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Amendment, Correction, CountReport, Development, Event, SameAs, event_type
from timeline.domain.record import Record
from timeline.domain.references import speaks_of


def admit(docket: EventGraph, record: Record) -> None:
    """Add a record to what it bears on, or refuse it; after a refusal the docket is of no more use.

    Raises:
        UnknownReference: it speaks of, or aims at, something that is not there.
        RuleBroken: with it, an event would stand that is not valid.
    """
    event = record.event
    if isinstance(event, Amendment) and event.target == event.id:
        raise UnknownReference("an amendment cannot aim at itself", path="$.target")
    _check_references(docket, event, "$")
    docket.add(record)
    if isinstance(event, Amendment):
        _check_amended(docket, record, event)


def _check_references(docket: EventGraph, event: Event, path: str) -> None:
    for index, development in enumerate(speaks_of(event)):
        found = docket.get(development)
        if found is None or development == event.id:
            message = f"there is no development {development} in this timeline"
            raise UnknownReference(message, path=_path_to(event, index, path))
        if not isinstance(found.event, Development):
            message = f"{development} is a {event_type(found.event)}, not a development"
            raise UnknownReference(message, path=_path_to(event, index, path))


def _path_to(event: Event, index: int, path: str) -> str:
    if isinstance(event, CountReport):
        return f"{path}.incident"
    return f"{path}.developments[{index}]" if isinstance(event, SameAs) else f"{path}.about[{index}]"


def _check_amended(docket: EventGraph, record: Record, amendment: Correction | Event) -> None:
    path = "$.changes" if isinstance(amendment, Correction) else "$.target"
    event: Event = record.event
    while isinstance(event, Amendment):
        target = docket.get(event.target)
        assert target is not None  # noqa: S101 - the docket has taken the amendment in
        event = target.event
        try:
            content = docket.last_content(event.id, record.position)
        except RuleBroken as error:
            if not isinstance(amendment, Correction):
                error.path = path
            raise
        _check_references(docket, content, path)
