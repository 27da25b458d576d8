"""Corrected events: what events say from record to record.

A record leaves what all others say as it was, but for what it amends. A correction of an event that only
corrections amended changes what was said before where it stands in the order of words (`ordered_words`): so a
chain of corrections costs what each of them changes, in whatever order they come. For anything else it is
looked up again (`amended_events`).
"""

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.errors import RuleBroken
from timeline.domain.events import Amendment, Correction, Event
from timeline.domain.last_word import Word, first_word, further_word
from timeline.domain.mendings import changes_of
from timeline.domain.ordered_words import OrderedWords, Rewritten
from timeline.domain.patches import Patch, correct_event
from timeline.domain.record import Record
from timeline.domain.record_source import amended_by

MANY_CORRECTIONS = 16
"""How many corrections of an event are worth carrying: few are found again in less time."""


class Corrections(NamedTuple):
    """An event that only corrections amended, none of which was amended itself."""

    record: Record
    ordered: OrderedWords
    amendments: Sequence[tuple[Record, Event]]
    """Those of them that the world was told."""
    publications: Sequence[datetime | None]


class Addition(NamedTuple):
    """What one more correction adds to the words of an event, and when that was published."""

    event_id: UUID
    words: Sequence[Word]
    rewritten: Rewritten
    """Those of before that say something else since."""
    publications: Sequence[datetime | None]


class CorrectedEvents(AmendedEvents):
    """What events say at a position; some of it follows from the position before.

    By a time, that is so of corrections of which every publication is known: the words that the world was
    told are then the first of all words, whatever it was not told.
    """

    __slots__ = ("_corrections_of", "addition", "has_many_corrections")

    def __init__(self, source: Any, position: int, published_by: datetime | None = None) -> None:
        super().__init__(source, position, published_by)
        self._corrections_of: dict[UUID, Corrections | None] = {}
        self.addition: Addition | None = None
        """What the record at this position adds to an event that it corrects, where that follows."""
        self.has_many_corrections = False
        """Whether an event was corrected so often that it takes long to look it up again."""

    def followed_by(self, record: Record) -> "CorrectedEvents":
        """What events say with the next record too."""
        after, event = CorrectedEvents(self._source, record.position, self.published_by), record.event
        after._take_over(self, amended_by(self._source, record) if isinstance(event, Amendment) else [])
        if isinstance(event, Correction) and self._is_unamended(event.id):
            corrections = self._find_corrections(event.target)
            if corrections is not None:
                after._extend(corrections, record)
        return after

    def _take_over(self, before: "CorrectedEvents", amended: Iterable[Record]) -> None:
        """Go on from what was found at the position before, but of what is amended since.

        Nothing is found of an event before it is recorded, so that both may go on with the same.
        """
        self.has_many_corrections = before.has_many_corrections
        changed = [record.event.id for record in amended]
        for cache in _CACHES:
            facts = getattr(before, cache)
            setattr(self, cache, _without(facts, changed) if changed else facts)

    def corrected(self, event_id: UUID, before: AmendedEvents) -> Event:
        """The event with its corrections; see `AmendedEvents.corrected`."""
        addition = self.addition
        if addition and event_id == addition.event_id and before.position == self.position - 1:
            return self.content(event_id)  # it adds one to those of before, and each word is valid with it
        return super().corrected(event_id, before)

    def amendments(self, event_id: UUID) -> Iterator[tuple[Record, Event]]:
        """The standing corrections and retractions of an event, with their records, by position."""
        corrections = self._corrections_of.get(event_id)
        return super().amendments(event_id) if corrections is None else iter(corrections.amendments)

    def publications(self, event_id: UUID) -> list[datetime | None]:
        """When each word of an event, and each amendment of it, was published; see `AmendedEvents`."""
        corrections = self._corrections_of.get(event_id) if self.published_by is None else None
        return super().publications(event_id) if corrections is None else [*corrections.publications]

    def amendment_publications(self, event_id: UUID) -> list[datetime | None]:
        """When each amendment of an event, and of these, was published."""
        corrections = self._corrections_of.get(event_id) if self.published_by is None else None
        if corrections is None:
            return super().amendment_publications(event_id)
        # a word of a correction was published with it, and only the first word by itself
        return [*corrections.publications[0 if self.is_editorial(corrections.record) else 1 :]]

    def is_only_corrected(self, event_id: UUID) -> bool:
        """Whether it is known that no retraction ever bore on an event."""
        return self._corrections_of.get(event_id) is not None

    def _is_unamended(self, event_id: UUID) -> bool:
        return self._source.unamended_word(event_id) is not None

    def _find_corrections(self, event_id: UUID) -> Corrections | None:
        if event_id not in self._corrections_of:
            if self.published_by is None:
                corrections = self._look_up_corrections(event_id)
            else:
                corrections = self._look_up_told(event_id)
            self._corrections_of[event_id] = corrections
        return self._corrections_of[event_id]

    def _look_up_corrections(self, event_id: UUID) -> Corrections | None:
        record = self._source.record(event_id)
        if record is None or record.position > self.position or isinstance(record.event, Amendment):
            return None
        amendments = [each for each in self._source.amendments_of(event_id) if each.position <= self.position]
        for each in amendments:
            if not isinstance(each.event, Correction) or not self._is_unamended(each.event.id):
                return None
        ordered = self._ordered_words(record)
        if ordered is None:
            return None
        self._contents[event_id], self._spoken[event_id] = ordered.content, ordered.words
        publications = self.publications(event_id)
        return Corrections(record, ordered, [(each, each.event) for each in amendments], publications)

    def _look_up_told(self, event_id: UUID) -> Corrections | None:
        """The same by a time; None where of some correction it is not known when it was published."""
        every = self.recorded_amendments(event_id)
        if any(self.publication_of(each) is None for each in every if not self.is_editorial(each)):
            return None
        untimed = CorrectedEvents(self._source, self.position)
        corrections = untimed._look_up_corrections(event_id)
        if corrections is None:
            return None
        self._contents[event_id] = corrections.ordered.content
        self._spoken[event_id] = self._public_words(corrections.ordered)
        public = [(each, event) for each, event in corrections.amendments if self.is_public(each)]
        return corrections._replace(amendments=public)

    def _public_words(self, ordered: OrderedWords) -> Sequence[Word]:
        """The word as posted, and those by corrections that the world was told: of all, the first."""
        if self.published_by is None:
            return ordered.words
        by = self.published_by
        return ordered.words[: 1 + bisect_right(ordered.orders, by, key=lambda order: order[0])]

    def _ordered_words(self, record: Record) -> OrderedWords | None:
        """The words of an event; None where some of its corrections change nothing, as not valid."""
        event_id = record.event.id
        spoken = self.source_corrections(event_id)
        orders = [(time or each.recorded_at, each.position) for time, each in spoken]
        patches = self._patches_by_word(event_id, {each.event.id for _, each in spoken})
        try:
            words = [first_word(record, correct_event(record.event, patches[0]))]
            for (time, each), made_by in zip(spoken, patches[1:], strict=True):
                words.append(further_word(words[0], correct_event(words[-1].event, made_by), time, each))
        except RuleBroken:
            return None
        setters = {
            field: order
            for order, (_, each) in zip(orders, spoken, strict=True)
            for field in changes_of(each.event)
        }
        return OrderedWords(words, orders, patches, setters)

    def _patches_by_word(self, event_id: UUID, words: Container[UUID]) -> list[list[Patch]]:
        """What the corrections change, by the words that it makes; the first is that as it was posted."""
        patches: list[list[Patch]] = [[]]
        for patch in self._changes(event_id, None):
            if patch.correction in words:
                patches.append([])
            patches[-1].append(patch)
        return patches

    def _extend(self, before: Corrections, record: Record) -> None:
        """Take over what an event says, and add a correction; or nothing, where that changes more."""
        correction = record.event
        assert isinstance(correction, Correction)  # noqa: S101 - its caller looked
        is_editorial = self.is_editorial(record)
        if self.published_by is not None and not is_editorial and self.publication_of(record) is None:
            return
        try:
            ordered, rewritten = self._corrected_words(before.ordered, record, correction)
        except RuleBroken:
            return
        first = first_word(before.record, ordered.words[0].event)
        if repr(first.published_at) != repr(before.ordered.words[0].published_at):
            return  # the same instant by another clock is none by which all else stays as it is
        added = [] if is_editorial else self._published(before, record)
        corrections = before._replace(
            ordered=ordered,
            amendments=[*before.amendments, *([(record, correction)] if self.is_public(record) else ())],
            publications=[*before.publications, *added],
        )
        words = [word for word in ordered.words if word.position == record.position] if added else []
        self._keep(corrections, Addition(correction.target, words, rewritten, added))

    def _corrected_words(
        self, before: OrderedWords, record: Record, correction: Correction
    ) -> tuple[OrderedWords, Rewritten]:
        if self.is_editorial(record):
            return before.with_mending(correction.id, correction.changes)
        time, first = self.publication_of(record), before.words[0]
        return before.with_word(
            (time or record.recorded_at, record.position),
            Patch(correction.id, correction.changes),
            lambda event: further_word(first, event, time, record),
        )

    def _keep(self, corrections: Corrections, addition: Addition) -> None:
        event_id, ordered = addition.event_id, corrections.ordered
        self.addition = addition
        self.has_many_corrections |= len(corrections.amendments) >= MANY_CORRECTIONS
        self._corrections_of[event_id] = corrections
        self._contents[event_id] = ordered.content
        self._spoken[event_id] = self._public_words(ordered)
        self._standing[event_id] = True
        if self.published_by is None:
            self._words[event_id] = ordered.words[-1]

    def _published(self, before: Corrections, record: Record) -> list[datetime | None]:
        """When a correction was published; twice, as it is an amendment and makes a word."""
        time = self.publication_of(record)
        return [time] if self.is_editorial(before.record) else [time, time]


_CACHES = ("_contents", "_corrections_of", "_publications", "_spoken", "_standing", "_words")
"""What is found of events, by their ids."""


def _without(facts: Mapping[UUID, Any], event_ids: Iterable[UUID]) -> dict[UUID, Any]:
    rest = {**facts}
    for event_id in event_ids:
        rest.pop(event_id, None)
    return rest
