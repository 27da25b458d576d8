"""Profiles as the world knew them by a time: those that had not been published by then are not there.

`timeline.views.projection.profiles` says which profiles are publications. Most are not, and stand from the
start, so that few have to be computed.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from timeline.domain.references import TIMELINE_TOPIC, actor_topic
from timeline.domain.snapshot import Snapshot
from timeline.log.reader import Moment
from timeline.log.related_events import load_related
from timeline.postgres import Connection
from timeline.views.projection.profiles import profile_row
from timeline.views.projection.rows import SCOPE, VALID, ProfileRow
from timeline.views.queries.past_rows import (
    COMPUTED_MAX,
    IS_UNSETTLED,
    NO_PAST_ROWS,
    PastRows,
    compute_each,
    past_rows,
)

# What has no profile at the moment and had one before: nobody may have been told that it is gone.
_UNSETTLED = f"""
SELECT DISTINCT ON (subject) subject, profile FROM (
    SELECT kind, subject, document ->> 'profile' AS profile FROM profile WHERE {VALID} AND {IS_UNSETTLED}
    UNION
    SELECT kind, subject, document ->> 'profile' FROM profile AS earlier
    WHERE {SCOPE} AND to_position <= %(at)s AND NOT EXISTS (
        SELECT FROM profile WHERE {VALID} AND kind = earlier.kind AND subject = earlier.subject
    )
) AS unsettled
WHERE %(subjects)s::text[] IS NULL OR subject = ANY(%(subjects)s)
LIMIT %(limit)s
"""


async def past_profiles(
    connection: Connection,
    moment: Moment,
    published_by: datetime | None,
    subjects: Collection[str] | None = None,
) -> PastRows:
    """What stands in the place of the table `profile` by a time of publication.

    It is right for some subjects, where these are given: the ids of actors, or the empty text for the
    timeline's own profile.

    Raises:
        RuleBroken: too many profiles were not yet as they are by the time.
    """
    if published_by is None:
        return NO_PAST_ROWS
    rows = await compute_profiles(connection, moment, published_by, subjects)
    return past_rows(moment, published_by, profile=rows)


async def compute_profiles(
    connection: Connection,
    moment: Moment,
    published_by: datetime,
    subjects: Collection[str] | None = None,
) -> list[ProfileRow]:
    """The rows of profiles that may have been otherwise by a time, as they were; those hidden have none.

    Raises:
        RuleBroken: they are more than COMPUTED_MAX, or one is related to more records than the limit allows.
    """
    parameters = {**moment.scope, "published_by": published_by, "limit": COMPUTED_MAX + 1}
    parameters["subjects"] = None if subjects is None else [*subjects]
    cursor = await connection.execute(_UNSETTLED, parameters)
    topics: dict[UUID, list[UUID]] = {}
    for subject, profile in await cursor.fetchall():  # one that was given to another actor is of both
        topics.setdefault(UUID(profile), []).append(actor_topic(subject) if subject else TIMELINE_TOPIC)

    def rows_of(snapshot: Snapshot, profile: UUID) -> list[ProfileRow | None]:
        return [profile_row(snapshot, topic) for topic in topics[profile]]

    rows = await compute_each(connection, moment, published_by, [*topics], rows_of, load_related)
    return [row for of_profile in rows for row in of_profile if row is not None]
