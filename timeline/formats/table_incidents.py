"""Incidents of a table's counts: of which incident a count with the basis `incident` is.

| the mapping has         | a count is of                                                         |
|-------------------------|-----------------------------------------------------------------------|
| `[incident]`            | the event of another row, or of another data set, whose key the row names |
| an `[event]`            | the event of its row                                                  |
| `incident = "row"`      | the same incident as the other counts of its row                      |
| none of these           | an incident of its own                                                |

Counts of one row without an event are of the first of them, in the order of the mapping. Where an edition
does not say which that is, since it lacks a column or has a cell that cannot be read, what is recorded stays.
"""

from typing import Any

from timeline.formats.drafts import Reference, RowFault
from timeline.formats.mapping import LinkMapping, TableMapping
from timeline.formats.references import row_event_id
from timeline.formats.table_cells import term_word

INCIDENT = "incident"


class RowIncident:
    """The incident of a row's counts, while they are made one after another."""

    def __init__(self, data_set: str, event: Reference | None, *, is_shared: bool, is_sure: bool) -> None:
        """Prepare for a row.

        Args:
            data_set: The data set of the counts.
            event: The event that the counts are of, where that is known before the first of them.
            is_shared: Whether the first count is what the others are of.
            is_sure: Whether the file has all that tells which incident it is.
        """
        self._data_set = data_set
        self._event = event
        self._is_shared = is_shared
        self.is_sure = is_sure

    def join(self, content: dict[str, Any], key: str) -> tuple[Reference, ...]:
        """Make a count one of the incident, and name that; `key` is the count's own."""
        if content.get("basis") != INCIDENT:
            return ()
        if self._event is not None:
            content[INCIDENT] = str(row_event_id(self._event.data_set, self._event.key))
            return (self._event,)
        if self._is_shared:
            self._event = Reference(INCIDENT, self._data_set, key)
        return ()

    def miss(self) -> None:
        """Take note of a count that cannot be read: it may be what the others of its row are of."""
        if self._is_shared:
            self.is_sure = False


def row_incident(
    mapping: TableMapping, data_set: str, cells: dict[str, Any], event_key: str | None, *, is_whole: bool
) -> RowIncident:
    """The incident of the counts of a row.

    Args:
        mapping: What the columns hold.
        data_set: The data set of the row.
        cells: The row.
        event_key: The key of the row's event, if it has one.
        is_whole: Whether the file has all columns that tell which incident it is.

    Raises:
        RowFault: the cells that name another row cannot be read.
    """
    event = None
    if isinstance(mapping.incident, LinkMapping):
        event = _linked(mapping.incident, data_set, cells)
    elif event_key is not None:
        event = Reference(INCIDENT, data_set, event_key)
    return RowIncident(data_set, event, is_shared=mapping.incident == "row", is_sure=is_whole)


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
