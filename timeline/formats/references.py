"""References between rows: finds the events that a row names, among those that a timeline has.

A row that was withdrawn and came back has an event of its next life; who names the row means that one.
"""

from collections.abc import Container
from functools import lru_cache
from typing import Any
from uuid import UUID

from timeline.formats.drafts import Draft, Reference, RowFault, event_id


def name_events(
    draft: Draft, data_set: str, own: Container[UUID], others: Container[UUID] | None
) -> dict[str, Any]:
    """The content of a row, with the events of the rows that it names.

    Args:
        draft: The row.
        data_set: Its data set.
        own: The events of that which the timeline has, or will have by the rows before this one.
        others: The events of other data sets; None where they are not looked up.

    Raises:
        RowFault: the timeline has no such event.
    """
    content = draft.content
    for row in draft.refers:
        events = own if row.data_set == data_set else others
        if events is not None:
            content = _name_event(content, row, events)
    return content


def _name_event(content: dict[str, Any], row: Reference, events: Container[UUID]) -> dict[str, Any]:
    """The members of an event, with the id of the last life of a row that it names instead of the first."""
    id_ = _last_life(row, events)
    if id_ is None:
        if row.column is None:
            raise RowFault(row.member, "what it counts the losses of was rejected")
        raise RowFault(row.column, f"the timeline has no row {row.key!r} of the data set {row.data_set}")
    first, last = str(row_event_id(row.data_set, row.key)), str(id_)
    if first == last:
        return content
    member = content[row.member]
    ids = [last if id_ == first else id_ for id_ in member] if isinstance(member, list) else last
    return {**content, row.member: ids}


@lru_cache(maxsize=1024)
def row_event_id(data_set: str, key: str, life: int = 0) -> UUID:
    """As `event_id`, for a row that several others name one after another, as an event's counts do."""
    return event_id(data_set, key, life)


def _last_life(row: Reference, events: Container[UUID]) -> UUID | None:
    last, life = None, 0
    while (id_ := row_event_id(row.data_set, row.key, life)) in events:
        last, life = id_, life + 1
    return last
