"""Words: what an event says, as its source put it at a time (meaning, section 2).

Words are put in order by (published, else recorded; then position): of one claimant's figures for the same
days the last word stands, and an older word that is recorded later takes its place in the past.
"""

from datetime import datetime
from typing import NamedTuple

from timeline.domain.dating import publication
from timeline.domain.events import Event
from timeline.domain.record import Record


class Word(NamedTuple):
    """An event as its source put it, and when."""

    event: Event
    said_at: datetime
    """Published, else recorded; never before the publication of the word that it corrects."""
    position: int
    """Of the record that set it."""
    published_at: datetime | None
    """When this word was published; None where that is unknown."""
    recorded_at: datetime
    """When this word was recorded."""
    first_published_at: datetime | None
    """When the event was first published, which gives it its place in time."""
    first_recorded_at: datetime
    """When the event was recorded, which gives it its place where nothing else does."""

    @property
    def order(self) -> tuple[datetime, int]:
        """Puts words in order, the last word last."""
        return self.said_at, self.position


def said_after(first: Word, published_at: datetime | None, recorded_at: datetime) -> datetime:
    """When a further word of an event was said; `first` is what the event said before all of them.

    Of a first word without a known publication it is only known that others were published later: these were
    said when they were.
    """
    if published_at is not None and first.published_at is None:
        return published_at
    return max(published_at or recorded_at, first.said_at)


def first_word(record: Record, event: Event) -> Word:
    """What an event says that no source has corrected; `event` is that of the record, mended or not."""
    published_at = publication(event, record.recorded_at)
    said_at = published_at or record.recorded_at
    # by position, which takes half the time
    return Word(
        event, said_at, record.position, published_at, record.recorded_at, published_at, record.recorded_at
    )


def further_word(first: Word, event: Event, published_at: datetime | None, correction: Record) -> Word:
    """What an event says after a correction; `first` is what it said before all of them."""
    return Word(
        event=event,
        said_at=said_after(first, published_at, correction.recorded_at),
        position=correction.position,
        published_at=published_at,
        recorded_at=correction.recorded_at,
        first_published_at=first.published_at or published_at,
        first_recorded_at=first.recorded_at,
    )
