"""Posts: events as one client sent them, and the outcome of each."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from uuid import UUID

from msgspec import Struct

from timeline.domain.codec import PostedEvent, encode_event
from timeline.domain.effect import Effect
from timeline.domain.errors import TimelineError
from timeline.domain.events import Event


class Post(Struct, frozen=True):
    """Events that are recorded all together or not at all, as one client sent them."""

    events: tuple[Event, ...]
    contents: tuple[bytes, ...]
    recorded_by: str
    expected_position: int | None = None

    @classmethod
    def of_posted(
        cls, posted: Iterable[PostedEvent], recorded_by: str, expected_position: int | None = None
    ) -> Self:
        """A post of events as they came from outside; at least one."""
        events, contents = zip(*posted, strict=True)
        return cls(events, contents, recorded_by, expected_position)

    @classmethod
    def of(cls, events: tuple[Event, ...], recorded_by: str, expected_position: int | None = None) -> Self:
        """A post of these events.

        Raises:
            RuleBroken: an event cannot be written as JSON.
        """
        return cls(events, tuple(map(encode_event, events)), recorded_by, expected_position)


class Outcome(Struct, frozen=True):
    """An event's position in the log, whether it was recorded before, and whether it changes anything."""

    id: UUID
    position: int
    recorded_at: datetime
    duplicate: bool = False
    effect: Effect | None = None


PostResult = list[Outcome] | TimelineError
"""An outcome for each event of a post, or why the post is refused."""
