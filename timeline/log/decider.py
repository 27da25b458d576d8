"""The decider: decides whether each post fits the log, by ids, expected position and references. No database.

Only here does what is already recorded decide, by `domain.validation`. What is not a valid event never gets
here (`domain.codec`); what is too large, or too much to queue, is refused by `log.appender`.
"""

from collections.abc import Generator, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from timeline.domain.effect import effect_of
from timeline.domain.errors import IdConflict, PositionMismatch, TimelineError
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Event
from timeline.domain.record import Record, leaf_hash, new_record, seal
from timeline.domain.validation import add_valid_record
from timeline.log import merkle_tree
from timeline.log.heads import HeadPosition, LogHead
from timeline.log.posts import Outcome, Post, PostResult


class LoggedEvent(NamedTuple):
    """An event that is in the log: its outcome and its bytes."""

    outcome: Outcome
    content: bytes


class Decider:
    """Decides so many posts, and gathers the log's next records.

    `recorded_at` never decreases: a clock that was set back counts as standing still.
    """

    def __init__(
        self, head: LogHead, logged: Mapping[UUID, LoggedEvent], graph: EventGraph, *, posts: int = 1
    ) -> None:
        self.graph = graph
        self._are_several = posts > 1
        self.records: list[Record] = []
        self.sealed: list[bytes] = []
        self.head = head
        self._recorded_at = max(head.now, head.recorded_at)
        self._logged = dict(logged)

    @property
    def position(self) -> int:
        """The position of the last record so far."""
        return self.head.position + len(self.records)

    @property
    def head_position(self) -> HeadPosition:
        """Where the log's head is once the decided posts are committed."""
        return HeadPosition(self.position, self.head.generation, self.head.rules)

    @cached_property
    def leaves(self) -> list[bytes]:
        """The leaf hashes of all records; asked for once all posts are decided."""
        return [*map(leaf_hash, self.sealed)]

    @cached_property
    def frontier(self) -> list[bytes]:
        """That of the log's Merkle tree, once the decided posts are committed."""
        return merkle_tree.grow(self.head.frontier, self.head.position, self.leaves)

    def next_head(self, now: datetime) -> LogHead:
        """The head row once the decided posts, of which some are accepted, are committed."""
        recorded_at = self.records[-1].recorded_at
        return self.head._replace(
            position=self.position, recorded_at=recorded_at, frontier=self.frontier, now=now
        )

    def deciding(self, post: Post) -> Generator[None, None, PostResult]:
        """Accept the post and give its outcomes; or give why it is refused, and leave no trace of it.

        Yields after each event: many that bear on each other take their time.
        """
        try:
            return (yield from self._decide(post))
        except TimelineError as error:
            return error

    def _decide(self, post: Post) -> Generator[None, None, list[Outcome]]:
        """Accept the post.

        Raises:
            IdConflict: an id was used before, with other content.
            PositionMismatch: the log is not where the post expects it; a post whose events are all in the
                log already is a retry, and expects nothing.
            RuleBroken: an event breaks a rule towards the events before it.
        """
        new: dict[UUID, LoggedEvent] = {}
        # what is refused leaves its trace in the graph, which matters only where other posts are to follow
        attempt = EventGraph(parent=self.graph) if self._are_several else self.graph
        records: list[Record] = []
        outcomes = []
        for index, (event, content) in enumerate(zip(post.events, post.contents, strict=True)):
            logged = new.get(event.id) or self._logged.get(event.id)
            is_new = logged is None
            try:
                if logged is None:
                    record = self._next_record(event, post.recorded_by, len(records) + 1)
                    add_valid_record(attempt, record)
                    records.append(record)
                    outcome = Outcome(
                        event.id, record.position, record.recorded_at, effect=effect_of(attempt, record)
                    )
                    logged = new[event.id] = LoggedEvent(outcome, content)
                elif logged.content != content:
                    message = f"event {event.id} is already recorded with different content"
                    raise IdConflict(message, path="$.id")
            except TimelineError as error:
                _locate(error, post, index)
                raise
            outcomes.append(logged.outcome if is_new else _as_duplicate(logged.outcome))
            yield
        # after the loop: a retry of events that are recorded expects nothing
        if records and post.expected_position not in (None, self.position):
            message = f"the log is at position {self.position}, not at {post.expected_position}"
            raise PositionMismatch(message, position=self.position)
        self._append(records, new, attempt)
        return outcomes

    def _next_record(self, event: Event, recorded_by: str, offset: int) -> Record:
        return new_record(self.head.timeline, self.position + offset, self._recorded_at, recorded_by, event)

    def _append(
        self, records: Iterable[Record], new: Mapping[UUID, LoggedEvent], attempt: EventGraph
    ) -> None:
        if attempt is not self.graph:
            self.graph.merge(attempt)
        self._logged.update(new)
        for record in records:
            content = new[record.event.id].content
            sealed = seal(record.timeline, record.position, record.recorded_at, record.recorded_by, content)
            self.records.append(record)
            self.sealed.append(sealed)


def _locate(error: TimelineError, post: Post, index: int) -> None:
    """Name the event of an array that a refusal is about."""
    prefix = f"$[{index}]" if len(post.events) > 1 else "$"
    error.index = index
    error.path = prefix + (error.path or "$").removeprefix("$")


def _as_duplicate(outcome: Outcome) -> Outcome:
    return Outcome(outcome.id, outcome.position, outcome.recorded_at, duplicate=True)
