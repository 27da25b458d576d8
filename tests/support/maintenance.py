"""Rebuilds and verifies timelines, and makes logs in which records refer to each other."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

from tests.support.posting import VIEWS, new_appender, new_timeline, post, view_rows
from timeline.domain.events import (
    ActorProfile,
    CasualtyEstimate,
    Correction,
    Engagement,
    Event,
    OfficialStatement,
    Retraction,
    SameAs,
    SeriesReset,
    TimelineProfile,
)
from timeline.domain.figure import Figure
from timeline.log.integrity import Difference, EarlierRoot
from timeline.postgres import Pool
from timeline.settings import Settings
from timeline.views.maintenance.rebuild import RebuildWatcher, Rebuilt, rebuild
from timeline.views.maintenance.verify import verify

PROMPT = Settings(rebuild_grace_seconds=0)


async def rebuilt(pool: Pool, timeline: str, workers: int = 1) -> Rebuilt:
    """Rebuild a timeline's views without a time of grace."""
    return await rebuild(pool.conninfo, PROMPT, timeline, workers, RebuildWatcher())


async def differences(pool: Pool, timeline: str, *earlier_roots: EarlierRoot) -> list[Difference]:
    """The differences that `verify` reports."""
    reported: list[Difference] = []
    await verify(pool.conninfo, PROMPT, timeline, reported.append, lambda *_: None, earlier_roots)
    return reported


async def versions(pool: Pool, timeline: str) -> dict[str, list[dict[str, Any]]]:
    """All versions of all rows of the views, without their generation."""
    views = await view_rows(pool, timeline)
    return {
        table: [{name: value for name, value in row.items() if name != "generation"} for row in rows]
        for table, rows in views.items()
    }


async def generations(pool: Pool, timeline: str) -> set[int]:
    """The generations of which there are rows."""
    union = " UNION ".join(f"SELECT generation FROM {table} WHERE timeline_id = %(t)s" for table in VIEWS)
    async with pool.connection() as connection:
        return {row[0] for row in await (await connection.execute(union, {"t": timeline})).fetchall()}


def engagement(**fields: Any) -> Engagement:
    """A battle on a day."""
    return Engagement(
        **{"id": uuid4(), "summary": "A battle.", "occurred": "2024-12-20", "attackers": ("a",)} | fields
    )


def statement(about: UUID, **fields: Any) -> OfficialStatement:
    """A statement that confirms a development."""
    defaults = {"id": uuid4(), "summary": "Yes.", "speaker": "b", "stance": "confirms", "about": (about,)}
    return OfficialStatement(**defaults | fields)


def linked_events(actor: str = "a") -> Iterator[Event]:
    """Some events of every kind, of which later ones refer to, amend and link the earlier."""
    first, second = engagement(), engagement(occurred="2024-12-21")
    toll = CasualtyEstimate(
        id=uuid4(), summary="Ten.", claimant="b", subject="a", measure="killed", basis="incident",
        incident=second.id, figure=Figure(qualifier="exact", value=10),
    )  # fmt: skip
    yield ActorProfile(id=uuid4(), actor=actor, name="The first")
    yield from (first, second, toll, statement(second.id))
    yield SeriesReset(id=uuid4(), series="casualties.killed.a.all.cumulative", reason="A new count.")
    yield SameAs(id=uuid4(), developments=(first.id, second.id))
    yield Correction(id=uuid4(), target=first.id, reason="restatement", changes={"attackers": ["c"]})
    yield ActorProfile(id=uuid4(), actor=actor, name="The first, renamed")
    yield Retraction(id=uuid4(), target=second.id, reason="erroneous")


async def linked_timeline(pool: Pool) -> str:
    """A timeline of such events."""
    timeline = await new_timeline(pool)
    profile = TimelineProfile(id=uuid4(), title="A case")
    await post(new_appender(pool), timeline, profile, *linked_events())
    return timeline


async def until(condition: Any, seconds_max: float = 30) -> None:
    """Wait until a coroutine function returns a true value."""
    async with asyncio.timeout(seconds_max):
        while not await condition():  # noqa: ASYNC110 - a database sends no event
            await asyncio.sleep(0.01)


def plain(reported: list[Difference]) -> set[tuple[str, str | None]]:
    """Which columns of which tables differ."""
    return {(difference.table, difference.column) for difference in reported}
