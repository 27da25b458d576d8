"""What changed: an entry's versions, the changes between two positions, and the record replayed."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from typing import NamedTuple
from uuid import UUID

from timeline.domain.errors import NotFound
from timeline.log.pages import PAGE_BYTES_MAX, first_rows, within_bytes
from timeline.log.reader import Moment, read_record_page
from timeline.postgres import Connection
from timeline.views.projection.rows import SCOPE, VALID, valid_at
from timeline.views.projection.rules import renew_moment
from timeline.views.queries.exports import Connect
from timeline.views.queries.names import actors_in

REPLAY_CHUNK_RECORDS = 500


class EntryPair(NamedTuple):
    """An entry before and after a change at a position."""

    position: int
    before: bytes | None
    after: bytes


class ClaimPair(NamedTuple):
    """A claim of an event, or the reset that it is, before and after a change at a position."""

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


class Changes(NamedTuple):
    """What one record, or several of them, changed in the views."""

    entries: list[EntryPair]
    claims: list[ClaimPair]
    profiles: list[ProfilePair]


class ReplayedRecord(NamedTuple):
    """A record as it is stored, what it changed, and the names of the actors in that, as it left them."""

    record: bytes
    changes: Changes
    names: dict[str, str]


class StoredVersion(NamedTuple):
    """An entry's document as it stood over [from_position, to_position)."""

    from_position: int
    to_position: int | None
    document: bytes


async def entry_versions(
    connection: Connection, moment: Moment, development: UUID, *, before: int, limit: int
) -> tuple[list[StoredVersion], bool]:
    """Versions of an entry that began before a position, the last first; and whether there are earlier ones.

    An end that lies after the moment is left out: at the moment it had not come yet.

    Raises:
        NotFound: the timeline holds no such development at the moment.
    """
    cursor = await connection.execute(
        _VERSIONS, {**moment.scope, "id": development, "before": before, "limit": limit + 1}
    )
    rows, is_continued = first_rows(await cursor.fetchall(), limit)
    if not rows:
        raise NotFound(
            f"timeline {moment.timeline} has no development {development} at position {moment.position}"
        )
    return [StoredVersion(*row) for row in rows], is_continued


_VERSIONS = within_bytes(
    "SELECT from_position, CASE WHEN to_position <= %(at)s THEN to_position END AS ends, document FROM entry"
    f" WHERE {SCOPE} AND development = %(id)s AND from_position <= %(at)s AND from_position < %(before)s"
    " ORDER BY from_position DESC LIMIT %(limit)s",
    "from_position, ends",
)


async def changes_between(
    connection: Connection, moment: Moment, start: int, *, after: int, limit: int
) -> tuple[Changes, int | None]:
    """What changed after `start` up to the moment: each thing once, as it was and as it is.

    A page goes by the position of an entry's last change, from `after` on, and holds more than `limit`
    entries where several changed at one position. Everything but entries and their claims is on the first
    page. The second part of the answer is the position after which the next page begins, or None.
    """
    scope = {**moment.scope, "start": start, "after": after, "limit": limit}
    cursor = await connection.execute(_ENTRIES_BETWEEN, scope)
    changed = await cursor.fetchall()
    rows = [row for row in changed if row[3] is not None]
    is_continued = len(rows) < len(changed) or (len(rows) >= limit and rows[-1][0] < moment.position)
    last = rows[-1][0] if is_continued else None
    scope |= {"sources": [row[1] for row in rows], "with_resets": after == start}
    cursor = await connection.execute(_CLAIMS_BETWEEN, scope)
    claims = paired(ClaimPair(*row) for row in await cursor.fetchall())
    cursor = await connection.execute(_PROFILES_BETWEEN, scope)
    profiles = [ProfilePair(*row) for row in await cursor.fetchall()] if after == start else []
    entries = [EntryPair(position, before, now) for position, _, before, now in rows if before != now]
    return Changes(entries, claims, profiles), last


async def replay(connect: Connect, moment: Moment, start: int) -> AsyncIterator[ReplayedRecord]:
    """Each record after `start` up to the moment, and what it did; no connection is held between chunks."""
    while start < moment.position:
        until = min(start + REPLAY_CHUNK_RECORDS, moment.position)
        async with connect() as connection:
            # a reader may take its time, in which a rebuild can put other rows in the place of these
            moment = await renew_moment(connection, moment)
            until = await _last_within_bytes(connection, moment, start, until)
            rows, is_continued = await read_record_page(
                connection, moment.timeline, after=start, until=until, limit=REPLAY_CHUNK_RECORDS
            )
            if is_continued:
                until = rows[-1][0]
            scope = {**moment.scope, "start": start, "until": until}
            changes = await _changes_of_each(connection, scope)
            names = await _names_of_each(connection, scope, changes)
        for position, record in rows:
            yield ReplayedRecord(record, changes[position], names.get(position, {}))
        start = until


async def _last_within_bytes(connection: Connection, moment: Moment, start: int, until: int) -> int:
    """The position up to which the entries that changed after `start` fit into a page; at least the next."""
    cursor = await connection.execute(_BEYOND_BYTES, {**moment.scope, "start": start, "until": until})
    [(beyond,)] = await cursor.fetchall()
    return until if beyond is None else max(start + 1, int(beyond) - 1)


async def _changes_of_each(connection: Connection, scope: dict[str, object]) -> dict[int, Changes]:
    """What each record after `start` up to `until` changed, by its position."""
    changes: dict[int, Changes] = defaultdict(lambda: Changes([], [], []))
    for row in await (await connection.execute(_ENTRY_CHANGES, scope)).fetchall():
        changes[row[0]].entries.append(EntryPair(*row))
    rows = await (await connection.execute(_CLAIM_CHANGES, scope)).fetchall()
    for pair in paired(ClaimPair(*row) for row in rows):
        changes[pair.position].claims.append(pair)
    for row in await (await connection.execute(_PROFILE_CHANGES, scope)).fetchall():
        changes[row[0]].profiles.append(ProfilePair(*row))
    return changes


def paired(pairs: Iterable[ClaimPair]) -> list[ClaimPair]:
    """Changes of claims, where a claim that came at a position is put beside one of its event that went.

    A word that a source puts in the place of another makes a claim of its own. Where the other goes on to
    stand for its own days, it has not changed.
    """
    gone: defaultdict[tuple[int, UUID], list[ClaimPair]] = defaultdict(list)
    changes: list[ClaimPair] = []
    for pair in pairs:
        (changes if pair.after else gone[pair.position, pair.source]).append(pair)
    for number, pair in enumerate(changes):
        before = gone[pair.position, pair.source]
        if pair.before is None and before:
            old = before.pop()
            changes[number] = pair._replace(series_before=old.series_before, before=old.before)
    changes += [pair for rest in gone.values() for pair in rest]
    # a word may have taken another's place and say the same
    return [pair for pair in changes if (pair.series_before, pair.before) != (pair.series_after, pair.after)]


async def _names_of_each(
    connection: Connection, scope: dict[str, object], changes: dict[int, Changes]
) -> dict[int, dict[str, str]]:
    """The names of the actors that each record's changes name, at its position."""
    positions: defaultdict[str, list[int]] = defaultdict(list)
    for position, change in changes.items():
        for actor in actors_of_changes(change):
            positions[actor].append(position)
    names: dict[int, dict[str, str]] = defaultdict(dict)
    if positions:
        rows = await connection.execute(_NAMES_OF_STRETCH, {**scope, "actors": list(positions)})
        for actor, name, begins, ends in await rows.fetchall():
            for position in positions[actor]:
                if begins <= position and (ends is None or position < ends):
                    names[position][actor] = name
    return names


def actors_of_changes(changes: Changes) -> set[str]:
    """The actors that changes name: of claims and resets, and those with profiles that changed."""
    actors = actors_in(
        document for pair in changes.claims for document in (pair.before, pair.after) if document
    )
    return actors | {pair.subject for pair in changes.profiles if pair.kind == "actor"}


_VALID_AT_START = valid_at("start")
_VALID_AT_END = valid_at("at")

# Every change of an entry begins a version of it, so the versions that are valid at the end are enough to
# find all that changed.
_CHANGED_BETWEEN = f"""
SELECT now.from_position AS position, now.development, now.order_key,
       before.document AS before, now.document AS now
FROM (SELECT * FROM entry WHERE {SCOPE} AND from_position > %(after)s AND {_VALID_AT_END}
      ORDER BY from_position FETCH FIRST %(limit)s ROWS WITH TIES) AS now
LEFT JOIN (SELECT * FROM entry WHERE {SCOPE} AND {_VALID_AT_START}) AS before USING (development)
"""

# Whole positions are left out, since a page begins after one.
_IN_PAGE = f"bytes <= {PAGE_BYTES_MAX} OR position = first_position"

_ENTRIES_BETWEEN = f"""
SELECT position, development, CASE WHEN {_IN_PAGE} THEN before END, CASE WHEN {_IN_PAGE} THEN now END
FROM (SELECT *, min(position) OVER () AS first_position,
      sum(octet_length(now::text) + COALESCE(octet_length(before::text), 0)) OVER (ORDER BY position) AS bytes
      FROM ({_CHANGED_BETWEEN}) AS changed) AS changed
ORDER BY position, order_key
"""

_CLAIMS_BETWEEN = f"""
WITH claim AS (
    SELECT * FROM figure_claim
    WHERE {SCOPE} AND (source = ANY(%(sources)s) OR (%(with_resets)s AND is_reset))
)
SELECT %(at)s::bigint, source, COALESCE(now.is_reset, before.is_reset),
       before.series, before.document, now.series, now.document
FROM (SELECT * FROM claim WHERE {_VALID_AT_START}) AS before
FULL JOIN (SELECT * FROM claim WHERE {_VALID_AT_END}) AS now USING (source, position)
WHERE (before.series, before.document::text) IS DISTINCT FROM (now.series, now.document::text)
ORDER BY position
"""

_PROFILES_BETWEEN = f"""
SELECT %(at)s::bigint, kind, subject, before.document, now.document
FROM (SELECT * FROM profile WHERE {SCOPE} AND {_VALID_AT_START}) AS before
FULL JOIN (SELECT * FROM profile WHERE {VALID}) AS now USING (kind, subject)
WHERE before.document::text IS DISTINCT FROM now.document::text
ORDER BY kind, subject
"""

_NAMES_OF_STRETCH = f"""
SELECT subject, name, from_position, to_position FROM profile
WHERE {SCOPE} AND kind = 'actor' AND subject = ANY(%(actors)s)
  AND from_position <= %(until)s AND (to_position IS NULL OR to_position > %(start)s)
ORDER BY subject
"""

_OPENED = "from_position > %(start)s AND from_position <= %(until)s"
_CLOSED = "to_position > %(start)s AND to_position <= %(until)s"

# Each change of an entry is answered with the version before it too.
_BEYOND_BYTES = f"""
SELECT min(from_position) FROM (
    SELECT from_position, sum(2 * octet_length(document::text)) OVER (ORDER BY from_position) AS bytes
    FROM entry WHERE {SCOPE} AND {_OPENED}
) AS opened WHERE bytes > {PAGE_BYTES_MAX}
"""

_ENTRY_CHANGES = f"""
SELECT now.from_position, before.document, now.document
FROM (SELECT * FROM entry WHERE {SCOPE} AND {_OPENED}) AS now
LEFT JOIN (SELECT * FROM entry WHERE {SCOPE}) AS before
    ON before.development = now.development AND before.to_position = now.from_position
ORDER BY now.from_position, now.order_key
"""

# A claim changes only together with its entry, which leads to it; a reset has none. Where only its publicity
# did, nothing that is replayed changed.
_CLAIM_CHANGES = f"""
WITH touched AS (
    SELECT development AS source FROM entry WHERE {SCOPE} AND {_OPENED}
    UNION SELECT source FROM figure_claim WHERE {SCOPE} AND is_reset
), claim AS (
    SELECT figure_claim.* FROM touched JOIN figure_claim USING (source) WHERE {SCOPE}
)
SELECT COALESCE(now.from_position, before.to_position), COALESCE(now.source, before.source),
       COALESCE(now.is_reset, before.is_reset), before.series, before.document, now.series, now.document
FROM (SELECT * FROM claim WHERE {_CLOSED}) AS before
FULL JOIN (SELECT * FROM claim WHERE {_OPENED}) AS now
    ON (before.source, before.position, before.to_position) = (now.source, now.position, now.from_position)
WHERE (before.series, before.document::text) IS DISTINCT FROM (now.series, now.document::text)
ORDER BY 1, COALESCE(now.position, before.position)
"""

_PROFILE_CHANGES = f"""
SELECT COALESCE(now.from_position, before.to_position), COALESCE(now.kind, before.kind),
       COALESCE(now.subject, before.subject), before.document, now.document
FROM (SELECT * FROM profile WHERE {SCOPE} AND {_CLOSED}) AS before
FULL JOIN (SELECT * FROM profile WHERE {SCOPE} AND {_OPENED}) AS now
    ON before.kind = now.kind AND before.subject = now.subject AND before.to_position = now.from_position
WHERE before.document::text IS DISTINCT FROM now.document::text
ORDER BY 1, 2, 3
"""
