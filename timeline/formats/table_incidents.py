"""Incidents of a table's counts: of which incident a count with the basis `incident` is.

| the mapping has         | a count is of                                                         |
|-------------------------|-----------------------------------------------------------------------|
| `[incident]`            | the event of another row, or of another data set, whose key the row names |
| an `[event]`            | the event of its row                                                  |
| `incident = "row"`      | the same incident as the other counts of its row, see `row_incidents` |
| none of these           | an incident of its own                                                |

Where an edition does not say which event that is, since it lacks a column, what is recorded stays.
"""

from typing import Any

from timeline.formats.drafts import Reference, RowFault
from timeline.formats.mapping import LinkMapping, TableMapping
from timeline.formats.references import row_event_id
from timeline.formats.table_cells import term_word

INCIDENT = "incident"


class RowIncident:
    """The incident of a row's counts: an event, or that of the count of the row which leads."""

    def __init__(self, event: Reference | None, mates: tuple[str, ...] = ()) -> None:
        """Prepare for a row.

        Args:
            event: The event that the counts are of, where there is one.
            mates: The keys of the counts that the row may hold, where all are of one incident.
        """
        self._event = event
        self._mates = mates

    def join(self, content: dict[str, Any]) -> tuple[tuple[Reference, ...], tuple[str, ...]]:
        """Make a count one of the incident: the event that it names, and the counts of the same incident."""
        if content.get("basis") != INCIDENT:
            return (), ()
        if self._event is None:
            return (), self._mates
        content[INCIDENT] = str(row_event_id(self._event.data_set, self._event.key))
        return (self._event,), ()


def row_incident(
    mapping: TableMapping,
    data_set: str,
    cells: dict[str, Any],
    event_key: str | None,
    mates: tuple[str, ...],
) -> RowIncident:
    """The incident of the counts of a row.

    Args:
        mapping: What the columns hold.
        data_set: The data set of the row.
        cells: The row.
        event_key: The key of the row's event, if it has one.
        mates: The keys of its counts of incidents, where all are of one.

    Raises:
        RowFault: the cells that name another row cannot be read.
    """
    event = None
    if isinstance(mapping.incident, LinkMapping):
        event = _linked(mapping.incident, data_set, cells)
    elif event_key is not None:
        event = Reference(INCIDENT, data_set, event_key)
    return RowIncident(event, mates)


def _linked(link: LinkMapping, data_set: str, cells: dict[str, Any]) -> Reference | None:
    """The event that a row names; None where it names none."""
    words = [term_word(cells, term) for term in link.key]
    if not any(words):
        return None
    if not all(words):
        column = next(term.column for term, word in zip(link.key, words, strict=True) if not word)
        raise RowFault(column, "the row names only a part of the key of an incident")
    key = "/".join(filter(None, words))
    return Reference(INCIDENT, link.dataset or data_set, key, link.key[0].column)
