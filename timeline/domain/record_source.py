"""Record sources: where the rules look records up, whatever holds them; `event_graph` does."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from timeline.domain.events import Amendment
from timeline.domain.last_word import Word, first_word
from timeline.domain.record import Record


class RecordSource(Protocol):
    """Where records and their amendments are looked up."""

    def record(self, event_id: UUID) -> Record | None:
        """The record of an event, at whatever position."""

    def amendments_of(self, event_id: UUID) -> Sequence[Record]:
        """The records that amend an event, in order of position, at whatever position."""

    def unamended_word(self, event_id: UUID) -> Word | None:
        """What an event says that no record amends; None where one does, or it is not there."""


def word_as_posted(source: RecordSource, event_id: UUID, position: int) -> Word | None:
    """What an event says that no record by a position amends; None where one does, or it is not there."""
    word = source.unamended_word(event_id)
    if word is not None:
        return word if word.position <= position else None
    record, amendments = source.record(event_id), source.amendments_of(event_id)
    if record is None or record.position > position or (amendments and amendments[0].position <= position):
        return None
    return first_word(record, record.event)


def amended_by(source: RecordSource, record: Record) -> list[Record]:
    """A record, what it amends, what that amends, and so on; of any record but an amendment only itself."""
    chain = [record]
    while isinstance(event := chain[-1].event, Amendment):
        target = source.record(event.target)
        if target is None:
            break  # a damaged log has lost it
        chain.append(target)
    return chain


class RelatedRecords(RecordSource, Protocol):
    """Where records that bear on each other are looked up, at whatever position they are."""

    def mentions_of(self, topic: UUID) -> Mapping[int, Record]:
        """The records that ever bore on a topic, by position."""

    def links_of(self, development: UUID) -> Mapping[int, Record]:
        """Those of them that link the development with others."""

    def given_topics(self, event_id: UUID) -> Mapping[UUID, int]:
        """The topics that corrections gave an event, each with the position at which the first did."""

    def is_linked(self, development: UUID) -> bool:
        """Whether any same_as ever named the development."""

    def is_linked_later(self, development: UUID, position: int) -> bool:
        """Whether a same_as that was published, or amended by then, named the development by a position."""
