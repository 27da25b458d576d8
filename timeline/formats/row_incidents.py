"""Incidents of rows: which of a row's counts leads, of which the others are.

A count that is recorded goes on to lead, wherever it stands in a mapping and whichever other cells are
filled: these say nothing new of it. Among counts that are new the first leads. Only where the one that leads
is retracted do the others need another: an incident is retracted where nothing of what leads it stands.
"""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.formats.edition_rows import CurrentRow


class _CountWord(Struct):
    """What a count says of its incident."""

    basis: str | None = None
    incident: UUID | None = None


def leading_count(counts: Iterable[tuple[UUID, CurrentRow | None]]) -> UUID | None:
    """The count that leads a row, of those that the row may hold, in order; None where none stands yet.

    One that people have retracted leads on: so they retracted its incident.
    """
    rows = {id_: row for id_, row in counts if row is not None}
    standing = [id_ for id_, row in rows.items() if not row.retracted]
    leads = (_word(rows[id_]).incident or id_ for id_ in standing)
    return next((id_ for id_ in leads if id_ in rows), standing[0] if standing else None)


def new_leads(rows: Mapping[UUID, CurrentRow], retracted: Collection[UUID]) -> dict[UUID, UUID | None]:
    """The incident of each standing count whose leading one was retracted; None where that is its own."""
    gone = {id_ for id_ in retracted if _word(rows[id_]).basis == "incident"}
    followers: dict[UUID, list[UUID]] = {}
    for id_, row in rows.items() if gone else ():
        if not row.retracted and b'"incident":"' in row.content and (led := _word(row).incident) in gone:
            followers.setdefault(led, []).append(id_)
    return {id_: None if id_ == ids[0] else ids[0] for ids in followers.values() for id_ in ids}


def _word(row: CurrentRow) -> _CountWord:
    return msgspec.json.decode(row.content, type=_CountWord)
