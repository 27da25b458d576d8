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

A row is the word of its claimant. Where that is the maker of the data set, an edition is a publication of
the claimant's own: what is posted says when the edition came out (as the import was asked to say, else as the
row or the file itself says), so that the dates of the articles that coders read are not taken for the coders'
word, and what changed is a `restatement`. Where the claimant is somebody else, whoever publishes the edition
passed the word on: an article's date remains the date of the word, and without one the edition's if that is
asked for, by which it was public at the latest; what changed is a `transcription`, since nothing shows that
the claimant said anything new. `source_revision`, `restatement` and `late_report` are words of the source;
`transcription`, `reclassification` and `duplicate` are what editors know and apply from the start, unless a
publication is given. The time of an edition is not compared.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct, structs

from timeline.domain.codec import encode_event
from timeline.domain.components import Reason
from timeline.domain.edtf import parse
from timeline.domain.events import Correction, Event, Retraction
from timeline.domain.patches import merge_diff
from timeline.formats.drafts import (
    Draft,
    LeftOut,
    Reject,
    Withdrawal,
    correction_id,
    event_id,
    retraction_id,
    validate_draft,
)

PARTIAL_ROWS_MIN = 10
"""A file that lacks more rows than this, and more than half of all, looks like a part of its data set."""


class CurrentRow(NamedTuple):
    """A row of the data set as it stands in the timeline.

    Attributes:
        content: The event with its standing corrections, as JSON.
        amendments: The number of standing corrections and retractions of the event.
        retracted: Whether the event is retracted.
        set_aside: Whether it is retracted for another reason than that its row was withdrawn.
    """

    content: bytes
    amendments: int = 0
    retracted: bool = False
    set_aside: bool = False


class EditionCounts(Struct):
    """The rows of an edition, counted by their outcome."""

    new: int = 0
    corrected: int = 0
    retracted: int = 0
    unchanged: int = 0
    set_aside: int = 0
    rejected: int = 0
    left_out: int = 0


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
        reason: Reason | None = None,
        tally: EditionCounts | None = None,
    ) -> None:
        """Prepare an edition.

        Args:
            data_set: The tag of its rows.
            standing: The present rows.
            maker: The actor that makes and publishes the data set, if it is a claimant in it.
            published_at: When the edition was published, where the import was asked to say that.
            file_time: When the file itself says that it was made.
            reason: The reason of all corrections; None for the one that follows from who the claimant is.
            tally: Where to count the rows.
        """
        self.tally = tally if tally is not None else EditionCounts()
        self.unreadable = 0
        """How many rows were rejected without a key; any of the missing rows may be one of them."""
        self._data_set = data_set
        self._standing = standing
        self._maker = maker
        self._published_at = published_at
        self._file_time = file_time
        self._reason = reason
        self._present: set[UUID] = set()

    def take(self, draft: Draft) -> list[Event] | Reject:
        """The events that a row of the file calls for; or the row as rejected."""
        id_, current = self._find(draft.key)
        if id_ in self._present:
            reason = f"an earlier row has the same key {draft.key!r}"
            return self.reject(Reject(draft.line, reason, draft.row, key=draft.key))
        event = validate_draft(draft, id_)
        if isinstance(event, Reject):
            return self.reject(event)
        self._present.add(id_)
        if current is None:
            return [self._add(event, draft)]
        if current.set_aside:
            self.tally.set_aside += 1
            return []
        return self._change(draft, event, current)

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
            self._present.add(self._find(reject.key)[0])
        else:
            self.unreadable += 1
        return reject

    @property
    def missing(self) -> list[UUID]:
        """The event ids of the rows that stand and that the file so far lacks."""
        absent = self._standing.keys() - self._present
        return [id_ for id_ in absent if not self._standing[id_].retracted]

    @property
    def looks_partial(self) -> bool:
        """Whether so many rows are missing that the file may be only a part of the data set."""
        missing = len(self.missing)
        if missing <= PARTIAL_ROWS_MIN:
            return False
        standing = sum(not row.retracted for row in self._standing.values())
        return 2 * missing > standing + self.tally.retracted - self.tally.new

    def retract_missing(self) -> list[Event]:
        """The retractions of all missing rows; to be called after the last row."""
        return [self._retract(id_) for id_ in sorted(self.missing)]

    def withdraw(self, withdrawal: Withdrawal) -> list[Event]:
        """The retraction of a row that its data set has withdrawn, if the row stands."""
        id_, current = self._find(withdrawal.key)
        if current is None or current.set_aside:
            self.tally.unchanged += 1
            return []
        retraction = self._retract(id_)
        if withdrawal.withdrawn_at is None:
            return [retraction]
        return [structs.replace(retraction, published_at=withdrawal.withdrawn_at)]

    def _find(self, key: str) -> tuple[UUID, CurrentRow | None]:
        """The id of the event of the row's present life, and the row as it stands."""
        life = 0
        while True:
            id_ = event_id(self._data_set, key, life)
            current = self._standing.get(id_)
            if current is None or not current.retracted or current.set_aside:
                return id_, current
            life += 1

    def _add(self, event: Event, draft: Draft) -> Event:
        if event.published_at is None:
            event = structs.replace(event, published_at=self._word_time(event, draft))
        self._standing[event.id] = CurrentRow(encode_event(event))
        self.tally.new += 1
        return event

    def _change(self, draft: Draft, event: Event, current: CurrentRow) -> list[Event]:
        before, after = _members(current.content), _members(encode_event(event))
        if before["type"] != after["type"]:  # which a correction cannot change
            return self._replace(draft, event)
        if event.published_at is None:
            before.pop("published_at", None)
        changes = merge_diff(before, after)
        if not changes:
            self.tally.unchanged += 1
            return []
        return [self._correct(draft, event, current, changes)]

    def _replace(self, draft: Draft, event: Event) -> list[Event]:
        retraction = self._retract(event.id)
        next_id, _ = self._find(draft.key)
        self._present.add(next_id)
        return [retraction, self._add(structs.replace(event, id=next_id), draft)]

    def _correct(self, draft: Draft, event: Event, current: CurrentRow, changes: dict[str, Any]) -> Event:
        before = msgspec.json.decode(current.content, type=_Word).published_at
        corrected = structs.replace(event, published_at=event.published_at or before)
        self._standing[event.id] = CurrentRow(encode_event(corrected), current.amendments + 1)
        self.tally.corrected += 1
        claimant = getattr(event, "claimant", None)
        return Correction(
            id=correction_id(event.id, current.amendments, changes),
            published_at=self._edition_time(claimant, draft.published_at),
            sources=event.sources,
            tags=(self._data_set,),
            target=event.id,
            reason=self._reason or ("restatement" if self._is_own_word(claimant) else "transcription"),
            changes=changes,
        )

    def _retract(self, id_: UUID) -> Event:
        content, amendments, *_ = self._standing[id_]
        self._standing[id_] = CurrentRow(content, amendments + 1, retracted=True)
        self.tally.retracted += 1
        claimant = msgspec.json.decode(content, type=_Word).claimant
        return Retraction(
            id=retraction_id(id_, amendments),
            published_at=self._edition_time(claimant),
            tags=(self._data_set,),
            target=id_,
            reason="withdrawn",
        )

    def _is_own_word(self, claimant: str | None) -> bool:
        """Whether the claimant is who makes the data set."""
        return self._maker is not None and claimant == self._maker

    def _edition_time(self, claimant: str | None, row_time: datetime | None = None) -> datetime | None:
        """When the edition says something about a claimant's figure; None where that is not known."""
        if self._is_own_word(claimant):
            return self._published_at or row_time or self._file_time
        return self._published_at

    def _word_time(self, event: Event, draft: Draft) -> datetime | None:
        """When the row's claimant said it, as far as the edition and not its articles tell."""
        claimant = getattr(event, "claimant", None)
        instant = self._edition_time(claimant, draft.published_at)
        if not self._is_own_word(claimant):
            return None if any(source.published_at for source in event.sources) else instant
        # an unpacked file may bear the year 1980: no time of an edition is before what the edition tells of
        occurred = getattr(event, "occurred", None)
        is_sure = self._published_at is not None or occurred is None
        return instant if is_sure or (instant and instant >= parse(occurred).start) else None


class _Word(Struct):
    published_at: datetime | None = None
    claimant: str | None = None


def _members(event: bytes) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.json.decode(event)
    return members
