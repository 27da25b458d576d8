"""Amended events: what events say with their amendments, in the order of words (meaning, section 2).

- A correction by the source (`source_revision`, `restatement`, `late_report`) is a word of its own, said when
  it was published, else recorded, and never before what it corrects was published: corrections of one event
  apply in the order of words. A retraction that a source made (`source_revision`, `withdrawn`) is a word too.
- What editors know is no publication and applies from the start: `same_as`, profiles, corrections and
  retractions for any other reason, and amendments of these. An explicit `published_at` makes any of them a
  publication. The amendment as it was recorded decides, whatever amended it later.
- An editor's correction mends, field by field, the word that stood when it was recorded: where that word is
  hidden or no longer stands, so is its mending. A field is a member of the event (a figure is one field). A
  source that corrects a correction of its own has spoken the word as well.
- `published_by` hides what the world had not been told by then; what has no known publication is hidden too.

Corrections that are valid in the order in which they were recorded may not be so in the order of words; then
those that would make the event invalid change nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from timeline.domain.dating import publication
from timeline.domain.events import (
    ActorProfile,
    Amendment,
    Correction,
    Event,
    Retraction,
    SameAs,
    TimelineProfile,
)
from timeline.domain.last_word import Word, first_word, further_word
from timeline.domain.mendings import changes_of, setters_by_position
from timeline.domain.patches import Patch, apply_patches, correct_event
from timeline.domain.record import Record
from timeline.domain.record_source import RecordSource

SOURCE_REASONS = frozenset({"source_revision", "restatement", "late_report", "withdrawn"})
"""The reasons of amendments by which a source speaks again."""

_EDITORIAL = (SameAs, ActorProfile, TimelineProfile)
_UNPUBLISHED = (*_EDITORIAL, Amendment)
"""Of these a word is not published as that of a report is."""

_NOBODY: frozenset[UUID] = frozenset()


class AmendedEvents:
    """What events say at a position, as far as the world had been told by a time."""

    __slots__ = (
        "_contents",
        "_publications",
        "_source",
        "_spoken",
        "_standing",
        "_words",
        "position",
        "published_by",
    )

    def __init__(self, source: RecordSource, position: int, published_by: datetime | None = None) -> None:
        self.position = position
        self.published_by = published_by
        self._source = source
        # correcting an event decodes it again, and a fold asks for the same one several times
        self._contents: dict[UUID, Event] = {}
        self._publications: dict[UUID, datetime | None] = {}  # of amendments
        self._spoken: dict[UUID, Sequence[Word]] = {}
        self._standing: dict[UUID, bool] = {}
        self._words: dict[UUID, Word | None] = {}

    def stands(self, event_id: UUID) -> bool:
        """Whether an event is recorded, and no standing retraction that the world was told takes it away."""
        word = self._source.unamended_word(event_id)
        if word is not None:
            return word.position <= self.position
        record = self._source.record(event_id)
        if record is None or record.position > self.position:
            return False  # whatever a later position has found, which may go on with what is found here
        stands = self._standing.get(event_id)
        if stands is None:
            stands = self._standing[event_id] = not self._is_retracted(event_id)
        return stands

    def word(self, event_id: UUID) -> Word | None:
        """What an event says by its last word; None where it does not stand, or the world knows none."""
        if self.published_by is None:
            word = self._source.unamended_word(event_id)
            if word is not None:  # as of most
                return word if word.position <= self.position else None
        return self.told_word(event_id) if self.stands(event_id) else None

    def told_word(self, event_id: UUID) -> Word | None:
        """What a recorded event says, or said before it was retracted; None where the world knows nothing."""
        if event_id not in self._words:
            words = self.told_words(event_id)
            self._words[event_id] = words[-1] if words else None
        return self._words[event_id]

    def content(self, event_id: UUID) -> Event:
        """An event with all its standing corrections, whether it stands and whoever was told."""
        word = self._source.unamended_word(event_id)
        if word is not None:
            return word.event
        content = self._contents.get(event_id)
        if content is None:
            content = self._contents[event_id] = self._content_after(event_id, None)
        return content

    def corrected(self, event_id: UUID, before: "AmendedEvents") -> Event:
        """The same as `content`, where each correction in turn must leave a valid event.

        `before` is the same at an earlier position, up to which they do.

        Raises:
            RuleBroken: one does not.
        """
        patches = self._changes(event_id, None)
        checked = before._changes(event_id, None)  # noqa: SLF001 - its own kind
        if patches[: len(checked)] == checked:  # as where the last amendment is the last word
            return correct_event(before.content(event_id), patches[len(checked) :])
        return correct_event(self.record_of(event_id).event, patches)

    def amendments(self, event_id: UUID) -> Iterator[tuple[Record, Event]]:
        """The standing corrections and retractions of an event, with their records, by position."""
        for record in self._standing_amendments(event_id):
            if self.is_public(record):
                yield record, self.content(record.event.id)

    def is_editorial(self, record: Record) -> bool:
        """Whether a record says what editors know, which is no publication and applies from the start."""
        event = record.event
        if not isinstance(event, Amendment):
            return isinstance(event, _EDITORIAL) and event.published_at is None
        if not is_spoken(event):
            return True
        if event.published_at is not None:
            return False
        target = self._source.record(event.target)
        return target is not None and self.is_editorial(target)

    def is_public(self, record: Record) -> bool:
        """Whether what a record says applies by the time."""
        if self.published_by is None or self.is_editorial(record):
            return True
        published_at = self.publication_of(record)
        return published_at is not None and published_at <= self.published_by

    def publications(self, event_id: UUID) -> list[datetime | None]:
        """When each word of an event, and each amendment of it, was published; None where that is unknown.

        What editors know is no publication. After the last of these times nothing that it says is hidden.
        Of an event that a damaged log has lost, nothing is known.
        """
        word = self._source.unamended_word(event_id)
        if word is not None and not isinstance(word.event, _UNPUBLISHED):
            return [word.published_at]
        record = self._source.record(event_id)
        if record is None:
            return [None]
        times: list[datetime | None] = []
        if not self.is_editorial(record):
            if isinstance(record.event, Amendment):
                times = [self.publication_of(record)]
            else:
                times = [word.published_at for word in self.spoken_words(event_id)]
        return [*times, *self.amendment_publications(event_id)]

    def amendment_publications(self, event_id: UUID) -> list[datetime | None]:
        """When each amendment of an event, and of these, was published."""
        amendments = self.recorded_amendments(event_id)
        return [time for record in amendments for time in self.publications(record.event.id)]

    def has_unknown_publication(self, event_id: UUID) -> bool:
        """Whether of some word of an event it is not known when it was published."""
        return any(word.published_at is None for word in self._untimed().spoken_words(event_id))

    def is_missed(self, event_id: UUID) -> bool:
        """Whether an event stands, by the time and now, and is hidden as no publication of it is known."""
        return (
            self.stands(event_id)
            and self.told_word(event_id) is None
            and self._untimed().stands(event_id)
            and self.has_unknown_publication(event_id)
        )

    def is_only_corrected(self, _event_id: UUID) -> bool:
        """Whether it is known that no retraction ever bore on an event."""
        return False

    def _untimed(self) -> "AmendedEvents":
        return self if self.published_by is None else self.at(self.position)

    def recorded_amendments(self, event_id: UUID) -> list[Record]:
        """The records that amend an event, whether they stand or not, by position."""
        amendments = self._source.amendments_of(event_id)
        return [record for record in amendments if record.position <= self.position]

    def at(self, position: int) -> "AmendedEvents":
        """The same at another position, with all that was said by then."""
        return AmendedEvents(self._source, position)

    def _is_retracted(self, event_id: UUID) -> bool:
        return any(
            isinstance(amendment.event, Retraction) and self.is_public(amendment)
            for amendment in self._standing_amendments(event_id)
        )

    def record_of(self, event_id: UUID) -> Record:
        """The record of an event that is recorded."""
        record = self._source.record(event_id)
        assert record is not None  # noqa: S101 - callers ask for what is recorded
        return record

    def _standing_amendments(self, event_id: UUID) -> Iterator[Record]:
        for record in self._source.amendments_of(event_id):
            if record.position <= self.position and self.stands(record.event.id):
                yield record

    def standing_corrections(self, event_id: UUID) -> list[Record]:
        """The corrections of an event that stand, by position."""
        return [
            record for record in self._standing_amendments(event_id) if isinstance(record.event, Correction)
        ]

    def told_words(self, event_id: UUID) -> Sequence[Word]:
        """The words of an event's sources in their order, as far as the world was told."""
        words = self.spoken_words(event_id)
        if self.published_by is None or self.is_editorial(self.record_of(event_id)):
            return words
        return [word for word in words if word.published_at and word.published_at <= self.published_by]

    def spoken_words(self, event_id: UUID) -> Sequence[Word]:
        """All words of a recorded event's sources, in their order, whatever the world was told."""
        word = self._source.unamended_word(event_id)
        if word is not None:
            return [word]
        words = self._spoken.get(event_id)
        if words is None:
            words = self._spoken[event_id] = self._spoken_words(event_id)
        return words

    def _spoken_words(self, event_id: UUID) -> Sequence[Word]:
        record = self._source.record(event_id)
        if record is None:
            return []  # a damaged log has lost it
        first = first_word(record, self._content_after(event_id, _NOBODY))
        words, spoken = [first], set[UUID]()
        corrections = self.source_corrections(event_id)
        contents = self._contents_in_order(event_id, first.event, [record for _, record in corrections])
        for published_at, correction in corrections:
            spoken.add(correction.event.id)
            event = next(contents, None) or self._content_after(event_id, frozenset(spoken))
            words.append(further_word(first, event, published_at, correction))
        return words

    def _contents_in_order(
        self, event_id: UUID, first: Event, corrections: Sequence[Record]
    ) -> Iterator[Event]:
        """The event after each of its source's corrections, where nothing amends these now; else nothing.

        Each follows from the one before: a chain of corrections costs what it holds, not its square.
        """
        if any(
            _target_of(record) != event_id or any(self.amendments(record.event.id)) for record in corrections
        ):
            return
        words = frozenset(record.event.id for record in corrections)
        event, patches = first, list[Patch]()
        for patch in self._changes(event_id, words):  # not what the world was not told yet
            if patch.correction in words and patches:
                event = apply_patches(event, patches)
                yield event
                patches = []
            if patch.correction in words or patches:  # what was mended before is in the first already
                patches.append(patch)
        if patches:
            yield apply_patches(event, patches)

    def source_corrections(self, event_id: UUID) -> list[tuple[datetime | None, Record]]:
        """The source's standing corrections of an event, and of its corrections, in the order of words."""
        spoken: list[tuple[datetime | None, Record]] = []
        for record in self.standing_corrections(event_id):
            if not self.is_editorial(record) and self.is_public(record):
                spoken.append((self.publication_of(record), record))
            if self._source.amendments_of(record.event.id):
                spoken += self.source_corrections(record.event.id)
        return sorted(spoken, key=lambda pair: (pair[0] or pair[1].recorded_at, pair[1].position))

    def publication_of(self, record: Record) -> datetime | None:
        """When an amendment, or any event, was published: by itself, else by the date that it sets."""
        event_id = record.event.id
        if event_id not in self._publications:
            event = self.content(event_id)
            own = publication(event, record.recorded_at)
            changed = event.changes.get("published_at") if isinstance(event, Correction) else None
            is_set = own is None and isinstance(changed, str)
            self._publications[event_id] = msgspec.convert(changed, datetime) if is_set else own
        return self._publications[event_id]

    def _content_after(self, event_id: UUID, spoken: frozenset[UUID] | None) -> Event:
        """The event after its source's corrections in `spoken`, or all, and what editors mended."""
        event = self.record_of(event_id).event
        if not self._source.amendments_of(event_id):
            return event  # as most stay
        changes = self._changes(event_id, spoken)
        return apply_patches(event, changes) if changes else event

    def _changes(self, event_id: UUID, spoken: frozenset[UUID] | None) -> list[Patch]:
        """What the corrections change, in the order of words, each before what editors mended of it."""
        corrections = self.standing_corrections(event_id)
        words = self.in_order_of_words(corrections)
        mendings = [record for record in corrections if self.is_editorial(record)]
        # a word that was retracted since takes along what was mended of it
        had_words = bool(words) or any(
            isinstance(record.event, Correction) and not self.is_editorial(record)
            for record in self.recorded_amendments(event_id)
        )
        mended = self._mended_words(event_id, mendings, had_words=had_words) if mendings else {}
        changes = mended.pop(None, [])
        for record in words:
            word = record.event.id
            if spoken is None or word in spoken or self._has_spoken(word, spoken):
                patch = Patch(word, changes_of(self._content_after(word, spoken)))
                changes += [patch, *mended.pop(word, ())]
                for _, later in self.source_corrections(word) if mended else ():
                    if spoken is None or later.event.id in spoken:
                        changes += mended.pop(later.event.id, ())
        return changes

    def _has_spoken(self, correction: UUID, spoken: frozenset[UUID]) -> bool:
        return any(record.event.id in spoken for _, record in self.source_corrections(correction))

    def in_order_of_words(self, corrections: Sequence[Record]) -> list[Record]:
        """Those of them that are the source's, in the order of words."""
        words = [record for record in corrections if not self.is_editorial(record)]
        if len(words) > 1:
            words.sort(
                key=lambda record: (self.publication_of(record) or record.recorded_at, record.position)
            )
        return words

    def _mended_words(
        self, event_id: UUID, mendings: Sequence[Record], *, had_words: bool
    ) -> dict[UUID | None, list[Patch]]:
        """What editors mended, by the correction whose word it was; None is the event as posted."""
        mended: dict[UUID | None, list[Patch]] = defaultdict(list)
        by_position = setters_by_position(self, event_id, mendings) if had_words else {}
        for record in mendings:
            changes = changes_of(self.content(record.event.id))
            if not had_words:
                mended[None].append(Patch(record.event.id, changes))
                continue
            setters = by_position[record.position]
            for word in {setters.get(field) for field in changes}:
                part = {field: value for field, value in changes.items() if setters.get(field) == word}
                mended[word].append(Patch(record.event.id, part))
        return mended


def is_spoken(amendment: Amendment) -> bool:
    """Whether an amendment by itself is a word of the source, by its reason or an explicit publication."""
    return amendment.published_at is not None or amendment.reason in SOURCE_REASONS


def _target_of(record: Record) -> UUID | None:
    return record.event.target if isinstance(record.event, Amendment) else None
