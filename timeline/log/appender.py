"""Group commit: posts that arrive together are committed together, each with its own outcome."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import psycopg
import structlog

from timeline.domain.errors import (
    OutcomeUnknown,
    RuleBroken,
    TimelineError,
    TooLarge,
    Unavailable,
    UnknownTimeline,
)
from timeline.log.heads import HeadPosition
from timeline.log.posts import Outcome, Post
from timeline.log.transaction import PostResult, Projection, commit, recall
from timeline.postgres import UNAVAILABLE_ERRORS, Pool

_log = structlog.get_logger(__name__)


class _Waiting:
    """A post in the queue, and the future through which its client hears of it."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.verdict: asyncio.Future[PostResult | Exception] = asyncio.get_running_loop().create_future()

    def settle(self, verdict: PostResult | Exception) -> None:
        if isinstance(verdict, TimelineError):
            verdict.__traceback__ = None  # it leads back here: a cycle, which would keep the post
        if not self.verdict.done():  # else the client has gone away
            self.verdict.set_result(verdict)


class Appender:
    """Takes posts, commits each timeline's in turn, as many in one transaction as have come by then."""

    def __init__(
        self,
        pool: Pool,
        project: Projection,
        *,
        commit_events_max: int,
        queue_events_max: int,
        note_head: Callable[[str, HeadPosition], object] = lambda *_: None,
    ) -> None:
        self._pool = pool
        self._project = project
        self._note_head = note_head
        self._commit_events_max = commit_events_max
        self._queue_events_max = queue_events_max
        self._queued_events = 0
        self._queues: dict[str, deque[_Waiting]] = {}
        self._runners: set[asyncio.Task[None]] = set()

    async def append(self, timeline: str, post: Post) -> list[Outcome]:
        """Put the post's events at the end of the timeline's log, all or none; gives an outcome for each.

        When this returns they are durable and every view shows them.

        Raises:
            TimelineError: the post is refused (see `Ledger.decide`), or
            Unavailable: the database or this process cannot take it now, and nothing was recorded;
            OutcomeUnknown: it may have been recorded; sending it again is harmless.
        """
        if not post.events:
            return []
        (verdict,) = await self.append_each(timeline, [post])
        if not isinstance(verdict, Exception):
            return verdict
        try:
            raise verdict
        finally:
            del verdict  # its traceback leads here: a cycle, which would keep the post

    async def append_each(self, timeline: str, posts: Sequence[Post]) -> list[PostResult | Exception]:
        """Put several posts at the end of the timeline's log in their order, each judged alone.

        Raises:
            TooLarge, Unavailable: the posts are more than may be committed, or wait, at once; none was taken.
        """
        events = sum(len(post.events) for post in posts)
        if any(len(post.events) > self._commit_events_max for post in posts):
            raise TooLarge(f"a post may hold {self._commit_events_max} events", limit=self._commit_events_max)
        if self._queued_events + events > self._queue_events_max:
            raise Unavailable("too many posts are waiting; nothing was recorded. Try again.")
        self._queued_events += events
        waiting = [_Waiting(post) for post in posts]
        for each in waiting:
            self._enqueue(timeline, each)
        return [await each.verdict for each in waiting]

    async def drain(self) -> None:
        """Wait until everything that was posted is settled."""
        while self._runners:
            await asyncio.wait(self._runners)

    def _enqueue(self, timeline: str, waiting: _Waiting) -> None:
        queue = self._queues.get(timeline)
        if queue is not None:
            queue.append(waiting)
            return
        self._queues[timeline] = deque([waiting])
        runner = asyncio.create_task(self._run(timeline))
        self._runners.add(runner)
        runner.add_done_callback(self._runners.discard)

    async def _run(self, timeline: str) -> None:
        """Commit until the timeline's queue is empty; whoever posts next starts the next run."""
        queue = self._queues[timeline]
        while queue:
            batch = self._take(queue)
            await self._settle(timeline, batch)
        del self._queues[timeline]

    def _take(self, queue: deque[_Waiting]) -> list[_Waiting]:
        batch, events = [], 0
        while queue and events + len(queue[0].post.events) <= self._commit_events_max:
            waiting = queue.popleft()
            events += len(waiting.post.events)
            batch.append(waiting)
        self._queued_events -= events
        return batch

    async def _settle(self, timeline: str, batch: Sequence[_Waiting]) -> None:
        try:
            verdicts = await self._commit(timeline, [waiting.post for waiting in batch])
        except (Unavailable, UnknownTimeline) as error:
            verdicts = [error] * len(batch)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, and the next batch goes on
            if len(batch) > 1:  # find the post that the others must not suffer for
                for waiting in batch:
                    await self._settle(timeline, [waiting])
                return
            verdicts = [_fault(timeline, error)]
        for waiting, verdict in zip(batch, verdicts, strict=True):
            waiting.settle(verdict)

    async def _commit(self, timeline: str, posts: Sequence[Post]) -> Sequence[PostResult | Exception]:
        try:
            connection = await self._pool.getconn()
        except UNAVAILABLE_ERRORS as error:
            raise Unavailable from error
        try:
            verdicts, standing = await commit(connection, timeline, posts, self._project)
        except UNAVAILABLE_ERRORS as error:
            _log.warning("commit broke off", timeline=timeline, error=repr(error))
            if not connection.broken:  # the server has answered, and rolled back
                raise Unavailable from error
        else:
            self._note_head(timeline, standing)
            return verdicts
        finally:
            await self._pool.putconn(connection)
        return await self._recall(timeline, posts)

    async def _recall(self, timeline: str, posts: Sequence[Post]) -> Sequence[PostResult | Exception]:
        """A commit whose outcome is unknown is never repeated blindly: it is looked up."""
        try:
            async with self._pool.connection() as connection:
                return await recall(connection, timeline, posts)
        except UNAVAILABLE_ERRORS as error:
            raise OutcomeUnknown from error


def _fault(timeline: str, error: Exception) -> Exception:
    """What a post hears that could not be committed even alone."""
    if isinstance(error, TimelineError):
        return error
    _log.error("append failed", timeline=timeline, exc_info=error)
    return RuleBroken("the database refuses this post") if isinstance(error, psycopg.DataError) else error
