"""Entries by when they changed, the last first: what somebody wants who comes back to see what is new."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from timeline.domain.errors import Malformed
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.names import names_of
from timeline.views.pages import Clause, EntryFilter, clauses_of, restricting


class ChangeKey(NamedTuple):
    """Where an entry stands among those that changed: the record that did it, and its own order key."""

    position: int
    order_key: int

    def __str__(self) -> str:
        return f"{self.position}:{self.order_key}"


def read_change_key(text: str) -> ChangeKey:
    """A key as `str` writes it.

    Raises:
        Malformed: it is none.
    """
    try:
        position, order_key = map(int, text.split(":"))
    except ValueError:
        raise Malformed("this is no cursor of this service", path="cursor") from None
    if not all(-(1 << 63) <= number < 1 << 63 for number in (position, order_key)):
        raise Malformed("this is no cursor of this service", path="cursor")
    return ChangeKey(position, order_key)


class RecentPage(Struct, frozen=True):
    """Entries as they are kept, the names that they need, and when each came to stand as it does."""

    documents: Sequence[bytes]
    names: dict[str, str]
    changed_at: Sequence[datetime]
    following: ChangeKey | None


async def recent_page(
    connection: Connection, moment: Moment, wanted: EntryFilter, *, after: ChangeKey | None, limit: int
) -> RecentPage:
    """The entries that follow one, as they stood at the moment."""
    key = after or ChangeKey(moment.position, (1 << 63) - 1)
    conditions, parameters = restricting([*clauses_of(wanted), _naming(wanted)])
    cursor = await connection.execute(
        _RECENT.format(conditions="".join(f" AND {condition}" for condition in conditions)),
        {**moment.scope, **parameters, **key._asdict(), "limit": limit + 1},
    )
    rows = await cursor.fetchall()
    shown = rows[:limit]
    documents = [document for _, _, document, _ in shown]
    return RecentPage(
        documents,
        await names_of(connection, moment, documents),
        [changed_at for _, _, _, changed_at in shown],
        ChangeKey(*shown[-1][:2]) if len(rows) > limit else None,
    )


def _naming(wanted: EntryFilter) -> Clause:
    return _NAMES, {"actor": wanted.actor}


_NAMES = """EXISTS (
    SELECT FROM entry_actor WHERE timeline_id = %(timeline)s AND generation = %(generation)s
    AND actor = %(actor)s AND order_key = entry.order_key AND from_position <= %(at)s
    AND (to_position IS NULL OR to_position > %(at)s)
)"""


# The range of positions, which the index of all other pages holds, is not asked for: that index would find
# all entries that stand, to sort them.
_RECENT = """
SELECT found.from_position, found.order_key, found.document, event.recorded_at FROM (
    SELECT entry.from_position, entry.order_key, entry.document FROM entry
    WHERE timeline_id = %(timeline)s AND generation = %(generation)s
      AND from_position <= %(position)s AND (from_position, order_key) < (%(position)s, %(order_key)s)
      AND (to_position IS NULL OR to_position > %(at)s){conditions}
    ORDER BY from_position DESC, order_key DESC LIMIT %(limit)s
) AS found
JOIN event ON event.timeline_id = %(timeline)s AND event.position = found.from_position
ORDER BY found.from_position DESC, found.order_key DESC
"""
