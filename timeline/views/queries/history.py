"""What became of things: an entry's versions, the changes between two positions, the record replayed."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from msgspec import Raw

from timeline.domain.errors import NotFound
from timeline.log.reader import Moment, records
from timeline.log.reader import moment as moment_at
from timeline.postgres import Connection
from timeline.views.documents import EntryDocument
from timeline.views.responses import (
    ActorChange,
    ChangeSet,
    ClaimChange,
    EntryChange,
    EntryVersion,
    RecordDocument,
    ReplayStep,
    SeriesClaim,
    TimelineChange,
)


class EntryPair(NamedTuple):
    """An entry before and after a change at a position."""

    position: int
    before: bytes | None
    after: bytes


class ClaimPair(NamedTuple):
    """The claim, or reset, of an event before and after a change at a position."""

    position: int
    source: UUID
    is_reset: bool
    series_before: str | None
    before: bytes | None
    series_after: str | None
    after: bytes | None


class ProfilePair(NamedTuple):
    """A profile before and after a change at a position; `kind` is `actor` or `timeline`."""

    position: int
    kind: str
    subject: str
    before: bytes | None
    after: bytes | None


def change_set(
    entries: Iterable[EntryPair], claims: Iterable[ClaimPair], profiles: Iterable[ProfilePair]
) -> ChangeSet:
    """The changes as they are answered."""
    profiles = list(profiles)
    about = [pair for pair in profiles if pair.kind == "timeline"]
    return ChangeSet(
        entries=[_entry_change(pair) for pair in entries],
        claims=[_claim_change(pair) for pair in claims],
        actors=[
            ActorChange(id=pair.subject, before=_raw(pair.before), after=_raw(pair.after))
            for pair in profiles
            if pair.kind == "actor"
        ],
        about=TimelineChange(before=_raw(about[0].before), after=_raw(about[-1].after)) if about else None,
    )


def _entry_change(pair: EntryPair) -> EntryChange:
    after = msgspec.json.decode(pair.after)
    before = msgspec.json.decode(pair.before) if pair.before else None
    return EntryChange(
        id=after["id"],
        type=after["type"],
        summary=after["event"]["summary"],
        before=before and before["status"],
        after=after["status"],
        fields=tuple(_changed_paths(before, after)) if before else (),
    )


def _changed_paths(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """The members that differ; of the report itself, which of its fields."""
    for name in before | after:
        if before.get(name) == after.get(name):
            continue
        if name == "event":
            yield from (f"event.{field}" for field in _changed_paths(before[name], after[name]))
        else:
            yield name


def _claim_change(pair: ClaimPair) -> ClaimChange:
    return ClaimChange(
        id=pair.source,
        before=_series_claim(pair.series_before, pair.before, pair.is_reset),
        after=_series_claim(pair.series_after, pair.after, pair.is_reset),
    )


def _series_claim(series: str | None, document: bytes | None, is_reset: bool) -> SeriesClaim | None:
    if series is None:
        return None
    return SeriesClaim(
        series=series,
        claim=None if is_reset else _raw(document),
        reset=_raw(document) if is_reset else None,
    )


def _raw(document: bytes | None) -> Any:
    """A document ready to send, passed through."""
    return None if document is None else Raw(document)


REPLAY_CHUNK_RECORDS = 500

Connect = Callable[[], AbstractAsyncContextManager[Connection]]


async def entry_versions(
    connection: Connection, moment: Moment, development: UUID, *, before: int, limit: int
) -> list[EntryVersion]:
    """Versions of an entry that began before a position, the last first.

    An end that lies after the moment is not told: it was not known then.

    Raises:
        NotFound: the timeline holds no such development at the moment.
    """
    cursor = await connection.execute(
        "SELECT from_position, CASE WHEN to_position <= %(at)s THEN to_position END, document FROM entry"
        " WHERE timeline_id = %(timeline)s AND generation = %(generation)s AND development = %(id)s"
        " AND from_position <= %(at)s AND from_position < %(before)s"
        " ORDER BY from_position DESC LIMIT %(limit)s",
        {**moment.scope, "id": development, "before": before, "limit": limit},
    )
    rows = await cursor.fetchall()
    if not rows:
        raise NotFound(f"timeline {moment.timeline} holds no development {development} at {moment.position}")
    return [
        EntryVersion(from_position=first, to_position=end, entry=cast("EntryDocument", Raw(document)))
        for first, end, document in rows
    ]


async def changes_between(
    connection: Connection, moment: Moment, start: int, *, after: int, limit: int
) -> tuple[ChangeSet, int | None]:
    """What changed after `start` up to the moment: each thing once, as it was and as it is.

    A page goes by the position of an entry's last change, from `after` on, and holds more than `limit`
    entries where several changed at one position; the second answer is where the next page goes on.
    Everything but entries and their claims is told on the first page.
    """
    scope = {**moment.scope, "start": start, "after": after, "limit": limit}
    cursor = await connection.execute(_ENTRIES_BETWEEN, scope)
    rows = await cursor.fetchall()
    following = rows[-1][0] if len(rows) >= limit and rows[-1][0] < moment.position else None
    scope |= {"sources": [row[1] for row in rows], "with_resets": after == start}
    cursor = await connection.execute(_CLAIMS_BETWEEN, scope)
    claims = [ClaimPair(*row) for row in await cursor.fetchall()]
    cursor = await connection.execute(_PROFILES_BETWEEN, scope)
    profiles = [ProfilePair(*row) for row in await cursor.fetchall()] if after == start else []
    entries = [EntryPair(position, before, now) for position, _, before, now in rows if before != now]
    return change_set(entries, claims, profiles), following


async def replay(connect: Connect, moment: Moment, start: int) -> AsyncIterator[ReplayStep]:
    """Each record after `start` up to the moment, and what it did; no connection is held between chunks."""
    while start < moment.position:
        until = min(start + REPLAY_CHUNK_RECORDS, moment.position)
        async with connect() as connection:
            # a reader may take its time, in which a rebuild can put other rows in the place of these
            moment = await moment_at(connection, moment.timeline, moment.position)
            rows = await records(
                connection, moment.timeline, after=start, until=until, limit=REPLAY_CHUNK_RECORDS
            )
            effects = await _effects(connection, {**moment.scope, "start": start, "until": until})
        for position, record in rows:
            effect = effects[position]
            yield ReplayStep(
                record=cast("RecordDocument", Raw(record)),
                changes=change_set(effect.entries, effect.claims, effect.profiles),
            )
        start = until


class _Effect(NamedTuple):
    """What one record did."""

    entries: list[EntryPair]
    claims: list[ClaimPair]
    profiles: list[ProfilePair]


async def _effects(connection: Connection, scope: dict[str, object]) -> dict[int, _Effect]:
    effects: dict[int, _Effect] = defaultdict(lambda: _Effect([], [], []))
    for row in await (await connection.execute(_ENTRY_EFFECTS, scope)).fetchall():
        effects[row[0]].entries.append(EntryPair(*row))
    for row in await (await connection.execute(_CLAIM_EFFECTS, scope)).fetchall():
        effects[row[0]].claims.append(ClaimPair(*row))
    for row in await (await connection.execute(_PROFILE_EFFECTS, scope)).fetchall():
        effects[row[0]].profiles.append(ProfilePair(*row))
    return effects


_SCOPE = "timeline_id = %(timeline)s AND generation = %(generation)s"
_AT_START = "from_position <= %(start)s AND (to_position IS NULL OR to_position > %(start)s)"
_AT_END = "from_position <= %(at)s AND (to_position IS NULL OR to_position > %(at)s)"

# Every change of an entry opens a version of it, so the version that stands at the end tells all of them.
_ENTRIES_BETWEEN = f"""
SELECT now.from_position, now.development, before.document, now.document
FROM (SELECT * FROM entry WHERE {_SCOPE} AND from_position > %(after)s AND {_AT_END}
      ORDER BY from_position FETCH FIRST %(limit)s ROWS WITH TIES) AS now
LEFT JOIN (SELECT * FROM entry WHERE {_SCOPE} AND {_AT_START}) AS before USING (development)
ORDER BY now.from_position, now.order_key
"""

_CLAIMS_BETWEEN = f"""
WITH claim AS (
    SELECT * FROM figure_claim
    WHERE {_SCOPE} AND (source = ANY(%(sources)s) OR (%(with_resets)s AND is_reset))
)
SELECT %(at)s::bigint, source, COALESCE(now.is_reset, before.is_reset),
       before.series, before.document, now.series, now.document
FROM (SELECT * FROM claim WHERE {_AT_START}) AS before
FULL JOIN (SELECT * FROM claim WHERE {_AT_END}) AS now USING (source)
WHERE (before.series, before.document::text) IS DISTINCT FROM (now.series, now.document::text)
ORDER BY COALESCE(now.position, before.position)
"""

_PROFILES_BETWEEN = f"""
SELECT %(at)s::bigint, kind, subject, before.document, now.document
FROM (SELECT * FROM profile WHERE {_SCOPE} AND {_AT_START}) AS before
FULL JOIN (SELECT * FROM profile WHERE {_SCOPE} AND {_AT_END}) AS now USING (kind, subject)
WHERE before.document::text IS DISTINCT FROM now.document::text
ORDER BY kind, subject
"""

_OPENED = "from_position > %(start)s AND from_position <= %(until)s"
_CLOSED = "to_position > %(start)s AND to_position <= %(until)s"

_ENTRY_EFFECTS = f"""
SELECT now.from_position, before.document, now.document
FROM (SELECT * FROM entry WHERE {_SCOPE} AND {_OPENED}) AS now
LEFT JOIN (SELECT * FROM entry WHERE {_SCOPE}) AS before
    ON before.development = now.development AND before.to_position = now.from_position
ORDER BY now.from_position, now.order_key
"""

# A claim changes only together with its entry, which leads to it; a reset has none.
_CLAIM_EFFECTS = f"""
WITH touched AS (
    SELECT development AS source FROM entry WHERE {_SCOPE} AND {_OPENED}
    UNION SELECT source FROM figure_claim WHERE {_SCOPE} AND is_reset
), claim AS (
    SELECT figure_claim.* FROM touched JOIN figure_claim USING (source) WHERE {_SCOPE}
)
SELECT COALESCE(now.from_position, before.to_position), COALESCE(now.source, before.source),
       COALESCE(now.is_reset, before.is_reset), before.series, before.document, now.series, now.document
FROM (SELECT * FROM claim WHERE {_CLOSED}) AS before
FULL JOIN (SELECT * FROM claim WHERE {_OPENED}) AS now
    ON before.source = now.source AND before.to_position = now.from_position
ORDER BY 1, COALESCE(now.position, before.position)
"""

_PROFILE_EFFECTS = f"""
SELECT COALESCE(now.from_position, before.to_position), COALESCE(now.kind, before.kind),
       COALESCE(now.subject, before.subject), before.document, now.document
FROM (SELECT * FROM profile WHERE {_SCOPE} AND {_CLOSED}) AS before
FULL JOIN (SELECT * FROM profile WHERE {_SCOPE} AND {_OPENED}) AS now
    ON before.kind = now.kind AND before.subject = now.subject AND before.to_position = now.from_position
ORDER BY 1, 2, 3
"""
