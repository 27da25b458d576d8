"""Editions: compares a data set's file with the timeline and makes the events for the differences.

Each row of the file is compared with the row of the same key as it stands in the timeline:

| the row                                           | events to post                                      |
|---------------------------------------------------|-----------------------------------------------------|
| is new                                            | the event                                           |
| has not changed                                   | none                                                |
| has changed                                       | a `correction` with the merge patch                 |
| is of another type now                            | a `retraction` of the old event, and the new event  |
| was withdrawn, and is back                        | the event, under the id of the row's next life      |
| was retracted by somebody, as erroneous or the like | none: an import does not overrule people          |
| stands, but is missing from the file              | a `retraction` with the reason `withdrawn`          |
| stands, and the file lacks the columns for it     | none: absent is not blank, see `absent_columns`     |

Text that the importer writes itself, such as a summary of other columns, is no reason for a correction: it is
corrected together with what else has changed.

A row is the word of its claimant. Where that is the maker of the data set, an edition is a publication of
the claimant's own: what is posted says when the edition came out (as the import was asked to say, else as the
row or the file itself says), so that the dates of the articles that coders read are not taken for the coders'
word, and what changed is a `restatement`. Where the claimant is somebody else, whoever publishes the edition
passed the word on: an article's date remains the date of the word, and without one the edition's if that is
asked for, by which it was public at the latest; what changed is a `transcription`, since nothing shows that
the claimant said anything new. `source_revision`, `restatement` and `late_report` are words of the source;
`transcription`, `reclassification` and `duplicate` are what editors know and apply from the start, unless a
publication is given. The time of an edition is not compared.

What an older edition says is no news. A row is older where the edition that says otherwise came out before
the word that stands was said (published, else recorded); where the maker of the data set is not the
claimant, before the newest edition that is recorded too: such a row bears the time of an article, not of
the edition that passed it on. An older edition is refused; or, by option, it is taken in as what was said
then: what differs is a `late_report`, which changes no present answer (see `late_words`), and nothing is
retracted. A row that was withdrawn does not come back by what was said before its withdrawal, and one that
came back is not withdrawn again by what was said before that, in any case.
Where neither the import nor a row says when it came out, the time of the file does, see `edition_times`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from msgspec import structs

from timeline.domain.codec import decode_event, encode_event
from timeline.domain.components import Reason
from timeline.domain.dating import publication
from timeline.domain.events import Correction, CountReport, Event, Retraction
from timeline.formats.absent_columns import keep_absent
from timeline.formats.drafts import (
    NOTHING_ABSENT,
    Draft,
    LeftOut,
    Reject,
    RowFault,
    Unmentioned,
    UnreadCounts,
    Withdrawal,
    correction_id,
    event_id,
    retraction_id,
    validate_draft,
)
from timeline.formats.edition_rows import (
    CurrentRow,
    EditionCounts,
    OlderRow,
    RowWord,
    describe_row,
    is_retractable,
    is_since,
    row_changes,
    row_date,
    row_members,
)
from timeline.formats.edition_times import EditionTimes
from timeline.formats.late_words import LateWord, late_corrections
from timeline.formats.references import name_events
from timeline.formats.row_incidents import leading_count, new_leads
from timeline.formats.table_patterns import is_unread

RETRACTIONS_MAX = 10
RETRACTED_SHARE_MAX = 0.1
"""A file that lacks more rows than this, or more than this share of those that stand, may be but a part."""


class Edition:
    """Makes the events that bring a data set in the timeline to what a file has, row by row.

    `standing` holds the present rows by event id. It is updated in place: after the last row it holds the
    rows as they will stand once all events are posted.
    """

    def __init__(  # noqa: PLR0913 - an edition is these
        self,
        data_set: str,
        standing: dict[UUID, CurrentRow],
        *,
        maker: str | None = None,
        published_at: datetime | None = None,
        file_time: datetime | None = None,
        newest_at: datetime | None = None,
        reason: Reason | None = None,
        tally: EditionCounts | None = None,
        takes_late: bool = False,
        others: Collection[UUID] | None = None,
    ) -> None:
        """Prepare an edition.

        Args:
            data_set: The tag of its rows.
            standing: The present rows.
            maker: The actor that makes and publishes the data set, if it is a claimant in it.
            published_at: When the edition was published, where the import was asked to say that.
            file_time: When the file itself says that it was made.
            newest_at: When the newest edition that is recorded came out, as far as that is known.
            reason: The reason of all corrections; None for the one that follows from who the claimant is.
            tally: Where to count the rows.
            takes_late: Whether what an older edition says is taken in as what was said then.
            others: The events of other data sets that rows may name; None where they are not looked up.
        """
        self.tally = tally if tally is not None else EditionCounts()
        self.older: list[OlderRow] = []
        """The rows of which the edition is older than what stands, which refuse it."""
        self.unreadable = 0
        """How many rows were rejected without a key; any of the missing rows may be one of them."""
        self._data_set = data_set
        self._standing = standing
        self._times = EditionTimes(maker, published_at, file_time, newest_at)
        self._reason = reason
        self._takes_late = takes_late
        self._others = others
        self._present: set[UUID] = set()
        self._last_added: tuple[Event | None, bytes] = (None, b"")

    def take(self, draft: Draft) -> Sequence[Event] | Reject:
        """The events that a row of the file calls for; or the row as rejected."""
        id_, current, life = self._find_life(draft.key)
        event = self._read(draft, id_, current)
        if event is None or id_ in self._present:
            return self._repeat(draft, event, current) if event else []
        if isinstance(event, Reject):
            return self.reject(event)
        self._present.add(id_)
        if current is None:
            if life and self._is_withdrawn_since(draft, event, life):
                self.tally.withdrawn += 1
                return []
            return [self._add(event, draft)]
        if current.set_aside:
            self.tally.set_aside += 1
            return []
        return self._change(draft, event, current)

    def content_of(self, event: Event) -> bytes:
        """An event that was called for as JSON; what the last row added is not written again."""
        added, content = self._last_added
        return content if event is added else encode_event(event)

    def _repeat(
        self, draft: Draft, event: Event | Reject, current: CurrentRow | None
    ) -> list[Event] | Reject:
        # a row that says the same as an earlier one is no fault, as where pages of an API overlap
        if current and isinstance(event, Event) and not row_changes(event, current, draft.generated):
            self.tally.repeated += 1
            return []
        reason = f"an earlier row has the same key {draft.key!r}"
        return self.reject(Reject(draft.line, reason, draft.row, key=draft.key))

    def _read(self, draft: Draft, id_: UUID, current: CurrentRow | None) -> Event | Reject | None:
        """A row as an event, with what is recorded where the file cannot say it; or as rejected; or none."""
        try:
            content = name_events(draft, self._data_set, self._standing, self._others)
        except RowFault as fault:
            return fault.reject(draft.line, draft.row, draft.key)
        lead = leading_count(self._find(key) for key in draft.mates) if draft.mates else None
        if lead not in (None, id_):
            content = {**content, "incident": str(lead)}
        if current is not None and draft.absent != NOTHING_ABSENT:
            content = keep_absent(row_members(current.content), content, draft.absent)
        if draft.is_remainder and (current is None or "figure" not in content):
            return None
        if content is not draft.content:
            draft = structs.replace(draft, content=content)
        return validate_draft(draft, id_)

    def pass_over(self, row: Unmentioned) -> list[Event]:
        """Leave rows as they stand of which the file says nothing; there is nothing to post."""
        if isinstance(row, UnreadCounts):
            missing = [(id_, row_members(self._standing[id_].content)) for id_ in self.missing]
            self._present.update(id_ for id_, content in missing if is_unread(row, content))
        else:
            self._present.add(self._find(row.key)[0])
        return []

    def keep(self, ids: Collection[UUID]) -> None:
        """Count rows as unchanged without comparing them; their events' ids."""
        self._present.update(ids)
        self.tally.unchanged += len(ids)

    def reject(self, reject: Reject) -> Reject:
        """Count a row as rejected; its event in the timeline, if it has one, stays as it is."""
        if isinstance(reject, LeftOut):
            self.tally.left_out += 1
            return reject
        self.tally.rejected += 1
        if reject.key is not None:
            self._present.update(self._find(key)[0] for key in (reject.key, *reject.parts))
        else:
            self.unreadable += 1
        return reject

    @property
    def missing(self) -> list[UUID]:
        """The event ids of the rows that stand and that the file so far lacks, in order of their dates."""
        absent = self._standing.keys() - self._present
        rows = [(row_date(self._standing[id_]), id_) for id_ in absent if is_retractable(self._standing[id_])]
        return [id_ for _, id_ in sorted(rows)]

    @property
    def looks_partial(self) -> bool:
        """Whether so many rows are missing that the file may be only a part of the data set."""
        missing = len(self.missing)
        standing = sum(map(is_retractable, self._standing.values()))
        before = standing + self.tally.retracted - self.tally.new
        return missing > RETRACTIONS_MAX or missing > RETRACTED_SHARE_MAX * before

    def describe(self, id_: UUID) -> str:
        """A row that stands in a few words."""
        return describe_row(self._standing[id_])

    def retract_missing(self) -> list[Event]:
        """The retractions of all missing rows, after the last row, and corrections of counts that these led.

        What was said after the edition came out is not withdrawn by it, see `older`.
        """
        events = []
        retracted = []
        for id_ in sorted(self.missing):
            if times := self._times.older_than(*_word_of(self._standing[id_]), self._standing[id_].said_at):
                self.older.append(OlderRow(None, self.describe(id_), *times))
            else:
                events.append(self._retract(id_))
                retracted.append(id_)
        for id_, lead in new_leads(self._standing, retracted).items():
            current = self._standing[id_]
            event = structs.replace(cast("CountReport", decode_event(current.content)), incident=lead)
            events.append(self._correct(event, current, {"incident": None if lead is None else str(lead)}))
        return events

    def withdraw(self, withdrawal: Withdrawal) -> list[Event]:
        """The retraction of a row that its data set has withdrawn, if the row stands.

        A row that was published again after it was withdrawn stays.
        """
        id_, current = self._find(withdrawal.key)
        if current is None or current.set_aside:
            self.tally.unchanged += 1
            return []
        said_at, withdrawn_at = current.said_at, withdrawal.withdrawn_at
        is_older = self._times.older_than(*_word_of(current), said_at) if withdrawn_at is None else None
        if is_older or (withdrawn_at and said_at and withdrawn_at < said_at):
            self.tally.returned += 1
            return []
        retraction = self._retract(id_)
        if withdrawn_at is None:
            return [retraction]
        return [structs.replace(retraction, published_at=withdrawn_at)]

    def _find(self, key: str) -> tuple[UUID, CurrentRow | None]:
        """The id of the event of the row's present life, and the row as it stands."""
        id_, current, _ = self._find_life(key)
        return id_, current

    def _find_life(self, key: str) -> tuple[UUID, CurrentRow | None, int]:
        """As `_find`, with the number of the row's present life."""
        life = 0
        while True:
            id_ = event_id(self._data_set, key, life)
            current = self._standing.get(id_)
            if current is None or not current.retracted or current.set_aside:
                return id_, current, life
            life += 1

    def _add(self, event: Event, draft: Draft) -> Event:
        if event.published_at is None and (instant := self._word_time(event, draft)):
            event = structs.replace(event, published_at=instant)
        content = encode_event(event)
        self._standing[event.id] = CurrentRow(content, said_at=event.published_at)
        self._last_added = (event, content)
        self.tally.new += 1
        return event

    def _is_withdrawn_since(self, draft: Draft, event: Event, life: int) -> bool:
        """Whether the row's last life was withdrawn after the row, or else the edition, was published."""
        last = self._standing[event_id(self._data_set, draft.key, life - 1)]
        if told_at := draft.published_at or self._times.published_at:
            return bool(last.said_at and told_at <= last.said_at)
        return self._times.older_than(*_word_of(event), last.said_at) is not None

    def _change(self, draft: Draft, event: Event, current: CurrentRow) -> Sequence[Event]:
        changes = row_changes(event, current, draft.generated)
        if not changes:
            self.tally.unchanged += 1
            self.tally.reworded += changes is None
            return []
        if times := self._times.older_than(*_word_of(event), current.said_at, draft.published_at):
            return self._take_older(draft, event, LateWord(event.id, *times, changes))
        if "type" in changes:  # which a correction cannot change
            return self._replace(draft, event)
        return [self._correct(event, current, changes, draft.published_at)]

    def _take_older(self, draft: Draft, event: Event, word: LateWord) -> Sequence[Event]:
        """What an edition said before the word that stands, as a word of its own time."""
        if not self._takes_late or "type" in word.changes:
            self.older.append(OlderRow(draft.line, self.describe(event.id), word.told_at, word.said_at))
            return []
        self.tally.late += 1
        current = self._standing[event.id]
        return late_corrections(
            word,
            row_members(current.content),
            current.words,
            self._reason or "late_report",
            sources=event.sources,
            tags=(self._data_set,),
        )

    def _replace(self, draft: Draft, event: Event) -> list[Event]:
        retraction = self._retract(event.id)
        next_id, _ = self._find(draft.key)
        self._present.add(next_id)
        return [retraction, self._add(structs.replace(event, id=next_id), draft)]

    def _correct(
        self, event: Event, current: CurrentRow, changes: dict[str, Any], row_time: datetime | None = None
    ) -> Event:
        before = msgspec.json.decode(current.content, type=RowWord).published_at
        corrected = structs.replace(event, published_at=event.published_at or before)
        published_at = self._times.change_time(*_word_of(event), current.said_at, row_time)
        content = encode_event(corrected)
        said_at = published_at or current.said_at
        self._standing[event.id] = CurrentRow(content, current.amendments + 1, said_at=said_at)
        self.tally.count_correction(current, content, changes)
        return Correction(
            id=correction_id(event.id, current.amendments, changes),
            published_at=published_at,
            sources=event.sources,
            tags=(self._data_set,),
            target=event.id,
            reason=self._reason_of(event),
            changes=changes,
        )

    def _reason_of(self, event: Event) -> Reason:
        is_own = self._times.is_own_word(_word_of(event).claimant)
        return self._reason or ("restatement" if is_own else "transcription")

    def _retract(self, id_: UUID) -> Event:
        current = self._standing[id_]
        content, amendments, *_ = current
        published_at = self._times.change_time(*_word_of(current), current.said_at)
        self._standing[id_] = CurrentRow(content, amendments + 1, retracted=True, said_at=published_at)
        self.tally.retracted += 1
        return Retraction(
            id=retraction_id(id_, amendments),
            published_at=published_at,
            tags=(self._data_set,),
            target=id_,
            reason="withdrawn",
        )

    def _word_time(self, event: Event, draft: Draft) -> datetime | None:
        """When the row's claimant said it, as far as the edition and not its articles tell."""
        word = _word_of(event)
        instant = self._times.word_time(*word, draft.published_at)
        if instant is None:
            return None
        if self._times.is_own_word(word.claimant):
            # nor is a row's own time one of its word, where it is before what the row tells of
            is_sure = self._times.published_at is not None or word.occurred is None
            return instant if is_sure or is_since(instant, word.occurred or "") else None
        # articles from before what they are said to tell of date nothing, see `publication`
        has_article = any(source.published_at for source in event.sources)
        return None if has_article and publication(event, instant) else instant


class _Word(NamedTuple):
    """Whose word a row is, and of when."""

    claimant: str | None
    occurred: str | None


def _word_of(row: Event | CurrentRow) -> _Word:
    word = msgspec.json.decode(row.content, type=RowWord) if isinstance(row, CurrentRow) else row
    return _Word(getattr(word, "claimant", None), getattr(word, "occurred", None))
