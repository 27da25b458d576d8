"""Newline-delimited JSON of any length: read as it comes, committed in batches, in bounded memory."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from timeline.api.problems import Problem, problem_of
from timeline.domain.codec import decode_event
from timeline.domain.errors import TimelineError, TooLarge, Unavailable, UnknownTimeline
from timeline.domain.events import Event
from timeline.log.appender import Appender
from timeline.log.posts import Outcome, Post

BATCH_BYTES_MAX = 4_000_000

OnError = Literal["stop", "skip"]


class RefusedLine(Struct, frozen=True):
    """A line that was not taken in, and why."""

    line: int
    problem: Problem


class ImportReport(Struct, kw_only=True):
    """What became of the lines of an import."""

    timeline: str
    lines: int
    recorded: int
    duplicates: int
    refused_total: int
    refused: Annotated[list[RefusedLine], Meta(description="The first of those that were left out.")]
    position: Annotated[int, Meta(description="The highest position among the recorded; 0 for none.")]


class Limits(NamedTuple):
    """How much an import may hold at once."""

    line_bytes_max: int
    batch_events_max: int
    refusals_max: int


class _InputLine(NamedTuple):
    number: int
    text: bytes


class BulkAppend:
    """One import under way: batches of lines, each committed while the next is being read.

    By default a batch is taken in whole or not at all, and the first line that is refused ends the import.
    With `skip` each line is a post of its own, and those refused are left out.
    """

    def __init__(
        self, appender: Appender, timeline: str, recorded_by: str, *, skip: bool, limits: Limits
    ) -> None:
        self.report = ImportReport(
            timeline=timeline, lines=0, recorded=0, duplicates=0, refused_total=0, refused=[], position=0
        )
        self._appender = appender
        self._recorded_by = recorded_by
        self._skip = skip
        self._limits = limits

    async def run(self, chunks: AsyncIterator[bytes]) -> ImportReport:
        """Take in everything that comes.

        Raises:
            TimelineError: a line was refused; its details say which, and what was recorded before it. That
                stays, and sending the same lines again goes on where this import stopped.
        """
        committing: asyncio.Future[None] = _nothing()
        try:
            async for batch in self._batches(chunks):
                events = self._decode(batch)
                await committing
                committing = asyncio.ensure_future(self._commit(events))
            await committing
        except TimelineError as error:
            await asyncio.wait([committing])
            earlier = committing.exception()
            raise self._stopped(earlier if isinstance(earlier, TimelineError) else error) from None
        finally:
            if not committing.done():  # the client is gone: what it has sent whole is still settled
                await asyncio.wait([committing])
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
        """The lines that are not blank; the last may lack its end."""
        rest = b""
        async for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            for text in whole:
                self.report.lines += 1
                if line := text.strip():
                    yield _InputLine(self.report.lines, line)
            if len(rest) > self._limits.line_bytes_max:
                raise _at_line(
                    TooLarge("the line is too long", limit=self._limits.line_bytes_max), self.report.lines + 1
                )
        if line := rest.strip():
            self.report.lines += 1
            yield _InputLine(self.report.lines, line)

    def _decode(self, batch: list[_InputLine]) -> list[tuple[int, Event]]:
        events = []
        for line in batch:
            try:
                events.append((line.number, decode_event(line.text)))
            except TimelineError as error:
                self._refuse(_at_line(error, line.number))
        return events

    async def _commit(self, events: list[tuple[int, Event]]) -> None:
        groups = [[pair] for pair in events] if self._skip else [events]
        posts = [Post.of(tuple(event for _, event in group), self._recorded_by) for group in groups if group]
        verdicts = await self._appender.append_each(self.report.timeline, posts)
        for group, verdict in zip(groups, verdicts, strict=False):
            if isinstance(verdict, TimelineError):
                self._refuse(_at_line(verdict, group[verdict.index or 0][0]))
            elif isinstance(verdict, Exception):
                raise verdict
            else:
                self._count(verdict)

    def _count(self, outcomes: list[Outcome]) -> None:
        duplicates = sum(outcome.duplicate for outcome in outcomes)
        self.report.duplicates += duplicates
        self.report.recorded += len(outcomes) - duplicates
        self.report.position = max(self.report.position, *(outcome.position for outcome in outcomes))

    def _refuse(self, error: TimelineError) -> None:
        """End the import with this line, or leave the line out and say so; a database away ends it always."""
        if not self._skip or isinstance(error, Unavailable | UnknownTimeline):
            raise error
        self.report.refused_total += 1
        if len(self.report.refused) < self._limits.refusals_max:
            self.report.refused.append(RefusedLine(int(str(error.details["line"])), problem_of(error)))

    def _stopped(self, error: TimelineError) -> TimelineError:
        report = self.report
        error.details |= {
            "recorded": report.recorded,
            "duplicates": report.duplicates,
            "position": report.position,
        }
        return error


def _at_line(error: TimelineError, line: int) -> TimelineError:
    """The refusal, with the number of its line; within the line the path begins anew."""
    error.details["line"] = line
    error.path = re.sub(r"^\$\[\d+\]", "$", error.path or "$")
    return error


def _nothing() -> asyncio.Future[None]:
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done
