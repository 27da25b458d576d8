"""Prepared appends: the next posts are decided and folded while the database writes those before them.

Without that the two take turns: the database waits while an append is made, and the service until it is
written. What is prepared holds for the log as it will be if the append before it is committed and nobody else
appends in between; where either is not so, it is thrown away, and has cost but the time of a processor. Only
large posts of events that refer to no others are prepared: small ones would be split into commits of
their own, and what others bear on would have to be looked up before it is there.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from timeline.domain.event_graph import EventGraph
from timeline.domain.references import bears_on_nothing
from timeline.log.append_parts import Projection, append_parts
from timeline.log.decider import Decider
from timeline.log.heads import LogHead
from timeline.log.pipeline import Statement
from timeline.log.posts import Post, PostResult
from timeline.turns import Turns, in_turns

PREPARED_EVENTS_MIN = 100
"""A post of fewer events waits for others."""
PREPARED_BYTES_MAX = 4_000_000
"""Posts of more bytes are made while they are sent, so that they need not be held whole."""


def is_large(post: Post) -> bool:
    """Whether a post is worth preparing."""
    return len(post.events) >= PREPARED_EVENTS_MIN


def can_prepare(posts: Sequence[Post]) -> bool:
    """Whether nothing has to be looked up for these posts, and they can be held whole."""
    if sum(len(content) for post in posts for content in post.contents) > PREPARED_BYTES_MAX:
        return False
    return all(bears_on_nothing(event) for post in posts for event in post.events)


class PreparedAppend:
    """Posts that `can_prepare` names, decided behind a head that the log does not have yet."""

    def __init__(self, posts: Sequence[Post], head: LogHead, project: Projection) -> None:
        self.decider = Decider(head, {}, EventGraph(), posts=len(posts))
        self._posts = posts
        self._project = project
        self._results: list[PostResult] = []
        self._parts: list[Sequence[Statement]] = []
        self._progress = asyncio.Event()
        self._task = asyncio.create_task(self._prepare())

    def fits(self, head: LogHead) -> bool:
        """Whether the log is what the posts were prepared for: all but the clock is as it was to be."""
        return head._replace(now=self.decider.head.now) == self.decider.head

    async def results(self) -> list[PostResult]:
        """The result of each post."""
        while len(self._results) < len(self._posts):
            await self._wait()
        return self._results

    async def parts(self) -> AsyncIterator[Iterable[Statement]]:
        """All that the append writes, in parts as they are ready; from the first, whenever it is called."""
        number = 0
        while True:
            if number < len(self._parts):
                yield self._parts[number]
                number += 1
            elif self._task.done():
                self._task.result()
                return
            else:
                await self._wait()

    async def discard(self) -> None:
        """Prepare nothing more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _wait(self) -> None:
        """Wait for the next result or part, or the end.

        Raises:
            Exception: what ended the preparation, if anything did.
        """
        if self._task.done():
            self._task.result()
        await self._progress.wait()
        self._progress.clear()

    async def _prepare(self) -> None:
        try:
            for post in self._posts:
                self._results.append(await in_turns(self.decider.deciding(post)))
            self._progress.set()
            if self.decider.records:
                turns = Turns()
                async for part in append_parts(self.decider, self._project):
                    statements: list[Statement] = []
                    for statement in part:
                        statements.append(statement)
                        await turns.step()
                    self._parts.append(statements)
                    self._progress.set()
        finally:
            self._progress.set()
