"""Bulk append: newline-delimited JSON of any length, committed in batches, in bounded memory."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from timeline.api.problems import Problem, problem_of
from timeline.domain.codec import PostedEvent, decode_posted_event
from timeline.domain.errors import TimelineError, TooLarge, Unavailable, UnknownTimeline
from timeline.log.appender import Appender
from timeline.log.posts import Outcome, Post

BATCH_BYTES_MAX = 4_000_000

OnError = Literal["stop", "skip"]


class RefusedLine(Struct, frozen=True):
    """A line that was not recorded, and why."""

    line: int
    problem: Problem


class BulkAppendReport(Struct, kw_only=True):
    """The result of a bulk append, in numbers of lines."""

    timeline: str
    lines: int
    recorded: int
    duplicates: int
    refused_total: int
    refused: Annotated[
        list[RefusedLine], Meta(description="The refused lines, the first of them if they are many.")
    ]
    position: Annotated[int, Meta(description="The highest position of the events; 0 if there are none.")]


class Limits(NamedTuple):
    """The limits of a bulk append."""

    line_bytes_max: int
    batch_events_max: int
    refusals_max: int


class _InputLine(NamedTuple):
    number: int
    text: bytes


class BulkAppend:
    """A bulk append in progress: batches of lines, each committed while the next is being read.

    By default a batch is recorded whole or not at all, and the first line that is refused ends the append.
    With `skip` each line is a post of its own, and those refused are left out.
    """

    def __init__(
        self, appender: Appender, timeline: str, recorded_by: str, *, skip: bool, limits: Limits
    ) -> None:
        self.report = BulkAppendReport(
            timeline=timeline, lines=0, recorded=0, duplicates=0, refused_total=0, refused=[], position=0
        )
        self._appender = appender
        self._recorded_by = recorded_by
        self._skip = skip
        self._limits = limits

    async def run(self, chunks: AsyncIterator[bytes]) -> BulkAppendReport:
        """Record the lines of a body.

        Raises:
            TimelineError: a line was refused; the details give its number and what was recorded before it.
                That stays recorded, and sending the same lines again continues where this append stopped.
        """
        commit: asyncio.Future[None] = _completed()
        try:
            async for batch in self._batches(chunks):
                events = self._decode(batch)
                await commit
                commit = asyncio.ensure_future(self._commit(events))
            await commit
        except TimelineError as error:
            # the batch before the one that failed may fail too, and its error is the first in the body
            await asyncio.wait([commit])
            earlier = commit.exception()
            raise self._add_progress(earlier if isinstance(earlier, TimelineError) else error) from None
        finally:
            if not commit.done():  # the client has disconnected: whole batches it has sent are still recorded
                await asyncio.wait([commit])
        return self.report

    async def _batches(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[list[_InputLine]]:
        batch: list[_InputLine] = []
        size_bytes = 0
        async for line in self._lines(chunks):
            batch.append(line)
            size_bytes += len(line.text)
            if len(batch) >= self._limits.batch_events_max or size_bytes >= BATCH_BYTES_MAX:
                yield batch
                batch, size_bytes = [], 0
        if batch:
            yield batch

    async def _lines(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[_InputLine]:
        """The lines that are not blank; the last may lack its newline."""
        rest = b""
        async for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            for text in whole:
                self.report.lines += 1
                if line := text.strip():
                    yield _InputLine(self.report.lines, line)
            if len(rest) > self._limits.line_bytes_max:
                error = TooLarge("the line is too long", limit=self._limits.line_bytes_max)
                raise _at_line(error, self.report.lines + 1)
        if line := rest.strip():
            self.report.lines += 1
            yield _InputLine(self.report.lines, line)

    def _decode(self, batch: list[_InputLine]) -> list[tuple[int, PostedEvent]]:
        events = []
        for line in batch:
            try:
                events.append((line.number, decode_posted_event(line.text)))
            except TimelineError as error:
                self._refuse(_at_line(error, line.number))
        return events

    async def _commit(self, events: list[tuple[int, PostedEvent]]) -> None:
        groups = [[pair] for pair in events] if self._skip else [events]
        posts = [
            Post.of_posted((event for _, event in group), self._recorded_by) for group in groups if group
        ]
        results = await self._appender.append_each(self.report.timeline, posts)
        for group, result in zip(groups, results, strict=False):
            if isinstance(result, TimelineError):
                self._refuse(_at_line(result, group[result.index or 0][0]))
            elif isinstance(result, Exception):
                raise result
            else:
                self._count(result)

    def _count(self, outcomes: list[Outcome]) -> None:
        duplicates = sum(outcome.duplicate for outcome in outcomes)
        self.report.duplicates += duplicates
        self.report.recorded += len(outcomes) - duplicates
        self.report.position = max(self.report.position, *(outcome.position for outcome in outcomes))

    def _refuse(self, error: TimelineError) -> None:
        """Leave a line out and report it, or end the append with it.

        A database that is not available, or a timeline that does not exist, always ends it.
        """
        if not self._skip or isinstance(error, Unavailable | UnknownTimeline):
            raise error
        self.report.refused_total += 1
        if len(self.report.refused) < self._limits.refusals_max:
            self.report.refused.append(RefusedLine(int(str(error.details["line"])), problem_of(error)))

    def _add_progress(self, error: TimelineError) -> TimelineError:
        """The error that ends the append, with what was recorded before it."""
        report = self.report
        error.details |= {
            "recorded": report.recorded,
            "duplicates": report.duplicates,
            "position": report.position,
        }
        return error


def _at_line(error: TimelineError, line: int) -> TimelineError:
    """The error with its line's number, and a path within the line instead of within the batch."""
    error.details["line"] = line
    error.path = re.sub(r"^\$\[\d+\]", "$", error.path or "$")
    return error


def _completed() -> asyncio.Future[None]:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future
