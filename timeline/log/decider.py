"""Decides posts one after another against the log's head: the appender's rules, without a database."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from timeline.domain.errors import IdConflict, PositionMismatch, TimelineError
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Event
from timeline.domain.record import Record, new_record, seal
from timeline.domain.validation import admit
from timeline.log.heads import HeadPosition
from timeline.log.posts import Outcome, Post


class LogHead(NamedTuple):
    """A timeline's head row, as locked by the append; `now` is the database's clock."""

    timeline: str
    position: int
    recorded_at: datetime
    generation: int
    frontier: list[bytes]
    now: datetime


class LoggedEvent(NamedTuple):
    """An event that is in the log: its outcome and its bytes."""

    outcome: Outcome
    content: bytes


class Decider:
    """The log's next records, as posts are decided.

    `recorded_at` never decreases: a clock that was set back counts as standing still.
    """

    def __init__(self, head: LogHead, stored: Mapping[UUID, LoggedEvent], docket: EventGraph) -> None:
        self.docket = docket
        self.records: list[Record] = []
        self.sealed: list[bytes] = []
        self._head = head
        self._recorded_at = max(head.now, head.recorded_at)
        self._stored = dict(stored)

    @property
    def position(self) -> int:
        """The position of the last record so far."""
        return self._head.position + len(self.records)

    @property
    def standing(self) -> HeadPosition:
        """Where the log stands once the decided posts are committed."""
        return HeadPosition(self.position, self._head.generation)

    def decide(self, post: Post) -> list[Outcome]:
        """Take the post in, or refuse it without a trace.

        Raises:
            IdConflict: an id was used before, with other content.
            PositionMismatch: the log is not where the post expects it; a post whose events are all in the
                log already is a retry, and expects nothing.
            RuleBroken: an event breaks a rule towards the events before it.
        """
        stored: dict[UUID, LoggedEvent] = {}
        attempt = EventGraph(parent=self.docket)
        records: list[Record] = []
        outcomes = []
        for index, (event, content) in enumerate(zip(post.events, post.contents, strict=True)):
            with _place_in(post, index):
                known = stored.get(event.id) or self._stored.get(event.id)
                if known is None:
                    record = self._next(event, post.recorded_by, len(records) + 1)
                    admit(attempt, record)
                    records.append(record)
                    known = LoggedEvent(Outcome(event.id, record.position, record.recorded_at), content)
                    stored[event.id] = LoggedEvent(_again(known.outcome), content)
                elif known.content != content:
                    raise IdConflict(f"event {event.id} is in the record with other content", path="$.id")
                outcomes.append(known.outcome)
        if records and post.expected_position not in (None, self.position):
            message = f"the log is at position {self.position}, not at {post.expected_position}"
            raise PositionMismatch(message, position=self.position)
        self._take(records, stored, attempt)
        return outcomes

    def _next(self, event: Event, recorded_by: str, offset: int) -> Record:
        return new_record(self._head.timeline, self.position + offset, self._recorded_at, recorded_by, event)

    def _take(
        self, records: Iterable[Record], stored: Mapping[UUID, LoggedEvent], attempt: EventGraph
    ) -> None:
        self.docket.merge(attempt)
        self._stored.update(stored)
        for record in records:
            content = stored[record.event.id].content
            sealed = seal(record.timeline, record.position, record.recorded_at, record.recorded_by, content)
            self.records.append(record)
            self.sealed.append(sealed)


class _place_in:  # noqa: N801 - reads as a with-statement's verb
    """Names the event of an array that a refusal speaks of."""

    def __init__(self, post: Post, index: int) -> None:
        self._index = index
        self._prefix = f"$[{index}]" if len(post.events) > 1 else "$"

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, TimelineError):
            error.index = self._index
            error.path = self._prefix + (error.path or "$").removeprefix("$")


def _again(outcome: Outcome) -> Outcome:
    return Outcome(outcome.id, outcome.position, outcome.recorded_at, duplicate=True)
