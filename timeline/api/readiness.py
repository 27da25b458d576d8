"""Readiness: whether the database answers requests, found out within a time that supervisors wait for.

A database that was stopped, or whose host is gone, answers nothing at all, and to give up a query takes the
driver longer than anyone waits. So that is left to a task that nobody waits for, one at a time.
"""

import asyncio
from typing import Annotated, Literal

from msgspec import Meta, Struct

from timeline.domain.errors import Unavailable
from timeline.log.migrations import missing_steps
from timeline.log.reader import outdated_timelines
from timeline.postgres import Pool
from timeline.views.projection.rules import RULES_VERSION

OUTDATED_NAMES_MAX = 20
"""How many of the timelines that are yet to be rebuilt an answer names."""

READY_SECONDS_MAX = 1.0
"""After how long without an answer the database counts as unavailable."""


class Readiness(Struct, frozen=True, kw_only=True):
    """The database answers and has the schema that this version needs; reads are answered.

    Timelines whose views are by older rules are read as they are, and posts to them wait, until this service
    has rebuilt them.
    """

    status: Literal["ready"] = "ready"
    rules: Annotated[int, Meta(description="The version of the rules by which this service makes views.")]
    outdated: Annotated[
        int, Meta(description="Timelines whose views are still by older rules, and are being rebuilt.")
    ]
    outdated_timelines: Annotated[
        list[str], Meta(description=f"The first of them, by id; {OUTDATED_NAMES_MAX} at most.")
    ]


class ReadyCheck:
    """Asks the database whether requests can be served; those who ask at the same time share one answer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._task: asyncio.Task[Readiness] | None = None

    async def result(self) -> Readiness:
        """What the database says.

        Raises:
            Unavailable: it says nothing in time, or its schema is out of date.
            psycopg.Error: it is not there.
        """
        task = self._task
        if task is None or task.done():
            task = self._task = asyncio.create_task(self._look())
        done, _ = await asyncio.wait((task,), timeout=READY_SECONDS_MAX)
        if not done:
            raise Unavailable(f"the database has not answered within {READY_SECONDS_MAX:g} s")
        return task.result()

    async def stop(self) -> None:
        """Let go of a question that is open."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,), timeout=READY_SECONDS_MAX)

    async def _look(self) -> Readiness:
        async with self._pool.connection() as connection:
            if missing := await missing_steps(connection):
                raise Unavailable(f"the database schema lacks {', '.join(missing)}; run `timeline migrate`")
            names, outdated = await outdated_timelines(connection, RULES_VERSION, OUTDATED_NAMES_MAX)
        return Readiness(rules=RULES_VERSION, outdated=outdated, outdated_timelines=names)
