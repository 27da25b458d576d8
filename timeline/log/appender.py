"""Group commit: posts that arrive together are committed together, each with its own outcome."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import psycopg
import structlog

from timeline.domain.errors import (
    OutcomeUnknown,
    OutdatedViews,
    RuleBroken,
    TimelineError,
    TooLarge,
    Unavailable,
    UnknownTimeline,
)
from timeline.log.append_parts import Projection
from timeline.log.availability import Availability, unavailable
from timeline.log.heads import HeadPosition, LogHead
from timeline.log.pipeline import twice_if_forgotten
from timeline.log.posts import Outcome, Post, PostResult
from timeline.log.prepared_append import PreparedAppend, can_prepare, is_large
from timeline.log.transaction import commit, look_up_results
from timeline.postgres import UNAVAILABLE_ERRORS, Pool

_log = structlog.get_logger(__name__)

REBUILT_POLL_SECONDS = 0.2
"""How often posts that wait for a rebuild look whether it is done."""


class _QueuedPost:
    """A post in the queue, and the future that gives its client the result."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.queued_at = time.monotonic()
        self.result: asyncio.Future[PostResult | Exception] = asyncio.get_running_loop().create_future()

    def settle(self, result: PostResult | Exception) -> None:
        if isinstance(result, TimelineError):
            result.__traceback__ = None  # it leads back here: a cycle, which would keep the post
        if not self.result.done():  # else the client has gone away
            self.result.set_result(result)


class _Batch:
    """Posts that are committed together, and what is prepared of them, if anything is."""

    def __init__(self, queued: Sequence[_QueuedPost], prepared: PreparedAppend | None = None) -> None:
        self.queued = queued
        self.prepared = prepared

    @property
    def posts(self) -> list[Post]:
        return [queued.post for queued in self.queued]


class _PostQueue:
    """The posts to one timeline: those that wait, and those that are prepared to be committed next."""

    def __init__(self, timeline: str) -> None:
        self.timeline = timeline
        self.waiting: deque[_QueuedPost] = deque()
        self.prepared: _Batch | None = None
        self.sent_head: LogHead | None = None
        """What the log's head will be, while the end of a commit is waited for behind which to prepare."""
        self._position: int | None = None
        """Where the last commit ended."""

    def note_sent(self, head: LogHead, next_head: LogHead) -> None:
        """Note where a commit was put, and what it leaves.

        Where others append too, what is prepared would be made for nothing.
        """
        is_alone = head.position == self._position
        self.sent_head = next_head if is_alone and self.prepared is None else None
        self._position = next_head.position


class Appender:
    """Queues posts and commits them per timeline, as many per transaction as are waiting."""

    def __init__(  # noqa: PLR0913 - its parts and its limits
        self,
        pool: Pool,
        project: Projection,
        *,
        rules: int,
        commit_events_max: int,
        queue_events_max: int,
        rebuild_wait_seconds_max: float = 0.0,
        note_head: Callable[[str, HeadPosition], object] = lambda *_: None,
        availability: Availability | None = None,
    ) -> None:
        self._pool = pool
        self._project = project
        self._rules = rules
        self._rebuild_wait_seconds_max = rebuild_wait_seconds_max
        self._draining = False
        self._note_head = note_head
        self._availability = availability or Availability()
        self._commit_events_max = commit_events_max
        self._queue_events_max = queue_events_max
        self._queued_events = 0
        self._queues: dict[str, _PostQueue] = {}
        self._runners: set[asyncio.Task[None]] = set()

    async def append(self, timeline: str, post: Post) -> list[Outcome]:
        """Put the post's events at the end of the timeline's log, all or none; gives an outcome for each.

        When this returns they are durable and every view shows them.

        Raises:
            TimelineError: the post is refused (see `decider`), or
            Unavailable: the database or this process cannot take it now, and nothing was recorded;
            OutcomeUnknown: it may have been recorded; sending it again is harmless.
        """
        if not post.events:
            return []
        (result,) = await self.append_each(timeline, [post])
        if not isinstance(result, Exception):
            return result
        try:
            raise result
        finally:
            del result  # its traceback leads here: a cycle, which would keep the post

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
        queued = [_QueuedPost(post) for post in posts]
        for each in queued:
            self._enqueue(timeline, each)
        return [await each.result for each in queued]

    async def drain(self) -> None:
        """Wait until everything that was posted is settled; what waits for a rebuild waits no longer."""
        self._draining = True
        while self._runners:
            await asyncio.wait(self._runners)

    def _enqueue(self, timeline: str, queued: _QueuedPost) -> None:
        queue = self._queues.get(timeline)
        if queue is not None:
            queue.waiting.append(queued)
            self._prepare_next(queue)
            return
        queue = self._queues[timeline] = _PostQueue(timeline)
        queue.waiting.append(queued)
        runner = asyncio.create_task(self._run(queue))
        self._runners.add(runner)
        runner.add_done_callback(self._runners.discard)

    async def _run(self, queue: _PostQueue) -> None:
        """Commit until the timeline's queue is empty; whoever posts next starts the next run."""
        while queue.prepared or queue.waiting:
            batch, queue.prepared = queue.prepared or _Batch(self._take(queue.waiting)), None
            await self._settle(queue, batch)
            queue.sent_head = None
            if batch.prepared is not None:
                await batch.prepared.discard()
        del self._queues[queue.timeline]

    def _take(self, waiting: deque[_QueuedPost]) -> list[_QueuedPost]:
        batch = self._next(waiting)
        for queued in batch:
            waiting.popleft()
            self._queued_events -= len(queued.post.events)
        return batch

    def _next(self, waiting: Iterable[_QueuedPost]) -> list[_QueuedPost]:
        """The posts that are committed together."""
        batch, events = [], 0
        for queued in waiting:
            events += len(queued.post.events)
            if events > self._commit_events_max:
                break
            batch.append(queued)
        return batch

    def _prepare_next(self, queue: _PostQueue) -> None:
        """Prepare what is committed next, while the commit before it is waited for; it is tried once."""
        if queue.sent_head is None or not queue.waiting or not is_large(queue.waiting[0].post):
            return
        head, queue.sent_head = queue.sent_head, None
        posts = [queued.post for queued in self._next(queue.waiting)]
        if can_prepare(posts):
            queue.prepared = _Batch(self._take(queue.waiting), PreparedAppend(posts, head, self._project))

    async def _settle(self, queue: _PostQueue, batch: _Batch) -> None:
        queued = batch.queued
        try:
            results = await self._commit_when_rebuilt(queue, batch)
        except (Unavailable, UnknownTimeline) as error:
            results = [error] * len(queued)
        except Exception as error:  # noqa: BLE001 - whoever waits must get it, and the next batch goes on
            if len(queued) > 1:  # find the post that the others must not suffer for
                for each in queued:
                    await self._settle(queue, _Batch([each]))
                return
            results = [_explain_failure(queue.timeline, error)]
        for each, result in zip(queued, results, strict=True):
            each.settle(result)

    async def _commit_when_rebuilt(
        self, queue: _PostQueue, batch: _Batch
    ) -> Sequence[PostResult | Exception]:
        """Commit once the views are by this program's rules, for which the batch waits a bounded time.

        The time is that of the post which has waited longest, so that no post waits for those before it too.
        """
        wait_until = batch.queued[0].queued_at + self._rebuild_wait_seconds_max
        while True:
            try:
                return await self._commit(queue, batch)
            except OutdatedViews:
                if self._draining or time.monotonic() >= wait_until:
                    raise
            await asyncio.sleep(REBUILT_POLL_SECONDS)

    async def _commit(self, queue: _PostQueue, batch: _Batch) -> Sequence[PostResult | Exception]:
        timeline, posts = queue.timeline, batch.posts

        def note_sent(head: LogHead, next_head: LogHead) -> None:
            queue.note_sent(head, next_head)
            self._prepare_next(queue)

        self._availability.require_room()
        try:
            connection = await self._pool.getconn()
        except UNAVAILABLE_ERRORS as error:
            raise unavailable(error) from error
        try:
            work = partial(
                commit,
                connection,
                timeline,
                posts,
                self._project,
                self._rules,
                prepared=batch.prepared,
                note_sent=note_sent,
            )
            results, head = await twice_if_forgotten(work)
        except UNAVAILABLE_ERRORS as error:
            _log.debug("commit broke off", timeline=timeline, error=repr(error))
            if not connection.broken:  # the server has answered, and rolled back
                raise unavailable(error) from error
        else:
            self._availability.note_commit()
            self._note_head(timeline, head)
            return results
        finally:
            await self._pool.putconn(connection)
        return await self._look_up(timeline, posts)

    async def _look_up(self, timeline: str, posts: Sequence[Post]) -> Sequence[PostResult | Exception]:
        """The results of a commit that broke off: never repeated blindly, but looked up."""
        try:
            async with self._pool.connection() as connection:
                return await twice_if_forgotten(partial(look_up_results, connection, timeline, posts))
        except UNAVAILABLE_ERRORS as error:
            raise OutcomeUnknown from error


def _explain_failure(timeline: str, error: Exception) -> Exception:
    """The result of a post that could not be committed even alone."""
    if isinstance(error, TimelineError):
        return error
    _log.error("append failed", timeline=timeline, exc_info=error)
    return RuleBroken("the database refused this post") if isinstance(error, psycopg.DataError) else error
