"""Editions: a file is the present edition of its data set, and only what changed since the last is posted.

What the file says is held against what stands of the data set in the timeline:

| the file has a row                   | what is posted                                             |
|--------------------------------------|------------------------------------------------------------|
| whose key nothing stands under       | the event                                                  |
| that says what stands                | nothing                                                    |
| that says something else             | a `correction`: the merge patch from what stands to it     |
| that is of another type now          | a `retraction` of what stands, and the event               |
| that was withdrawn once              | the event, under the id of the row's next life             |
| that somebody retracted, as erroneous or the like | nothing: an import does not overrule them     |
| no more, but it stands               | a `retraction`, reason `withdrawn`                         |

When the edition was published goes onto what is posted, and is left out of the comparison.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct, structs

from timeline.domain.codec import encode_event
from timeline.domain.events import Correction, Event, Reason, Retraction
from timeline.domain.patches import merge_diff
from timeline.formats.drafts import (
    Draft,
    LeftOut,
    Reject,
    Withdrawal,
    correction_id,
    event_id,
    retraction_id,
    validated,
)

PARTIAL_ROWS_MIN = 10
"""So few rows may vanish in any edition; more, and more than half, look like a part of the data set."""


class CurrentRow(NamedTuple):
    """What stands of a row.

    Attributes:
        content: The event with its standing corrections, as JSON.
        amendments: How many corrections and retractions stand on it.
        retracted: Whether one of these takes it away.
        set_aside: Whether it was retracted for another reason than that its row was withdrawn.
    """

    content: bytes
    amendments: int = 0
    retracted: bool = False
    set_aside: bool = False


class EditionCounts(Struct):
    """What became of an edition's rows."""

    new: int = 0
    corrected: int = 0
    retracted: int = 0
    unchanged: int = 0
    set_aside: int = 0
    rejected: int = 0
    left_out: int = 0


class Edition:
    """Makes the events that bring a data set from what stands to what a file says, row by row.

    `standing` holds what stands by event id. It is kept up to date: after the last row it holds what will
    stand once everything is posted.
    """

    def __init__(
        self,
        data_set: str,
        standing: dict[UUID, CurrentRow],
        *,
        published_at: datetime | None = None,
        reason: Reason = "restatement",
        tally: EditionCounts | None = None,
    ) -> None:
        self.tally = tally if tally is not None else EditionCounts()
        self.unreadable = 0
        """How many rows were rejected without a key: which of the missing rows they are is unknown."""
        self._data_set = data_set
        self._standing = standing
        self._published_at = published_at
        self._reason: Reason = reason
        self._present: set[UUID] = set()

    def take(self, draft: Draft) -> list[Event] | Reject:
        """What a row of the file changes; or why it is no event."""
        known, found = self._find(draft.key)
        if known in self._present:
            reason = f"a row with the key {draft.key!r} stands before it"
            return self.reject(Reject(draft.line, reason, draft.row, key=draft.key))
        event = validated(draft, known)
        if isinstance(event, Reject):
            return self.reject(event)
        self._present.add(known)
        if found is None:
            return [self._new(event)]
        if found.set_aside:
            self.tally.set_aside += 1
            return []
        return self._changed(draft, event, found)

    def keep(self, known: Collection[UUID]) -> None:
        """Take note of rows that are as they stand, which the caller knows."""
        self._present.update(known)
        self.tally.unchanged += len(known)

    def reject(self, reject: Reject) -> Reject:
        """Take note of a row that is no event; what stands of it is left as it is."""
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
        """The rows that stand and of which the file so far says nothing."""
        absent = self._standing.keys() - self._present
        return [known for known in absent if not self._standing[known].retracted]

    @property
    def looks_partial(self) -> bool:
        """Whether so much is missing that the file is rather a part of the data set."""
        missing = len(self.missing)
        if missing <= PARTIAL_ROWS_MIN:
            return False
        stands = sum(not one.retracted for one in self._standing.values())
        return 2 * missing > stands + self.tally.retracted - self.tally.new

    def retract_missing(self) -> list[Event]:
        """The retractions of all that is missing, after the last row."""
        return [self._retraction(known) for known in sorted(self.missing)]

    def withdraw(self, given: Withdrawal) -> list[Event]:
        """What follows from a row's being given up by its data set: a retraction, if anything stands."""
        known, found = self._find(given.key)
        if found is None or found.set_aside:
            self.tally.unchanged += 1
            return []
        retraction = self._retraction(known)
        if given.withdrawn_at is None:
            return [retraction]
        return [structs.replace(retraction, published_at=given.withdrawn_at)]

    def _find(self, key: str) -> tuple[UUID, CurrentRow | None]:
        """The id of the row's present life, and what stands of it."""
        life = 0
        while True:
            known = event_id(self._data_set, key, life)
            found = self._standing.get(known)
            if found is None or not found.retracted or found.set_aside:
                return known, found
            life += 1

    def _new(self, event: Event) -> Event:
        if event.published_at is None:
            event = structs.replace(event, published_at=self._published_at)
        self._standing[event.id] = CurrentRow(encode_event(event))
        self.tally.new += 1
        return event

    def _changed(self, draft: Draft, event: Event, found: CurrentRow) -> list[Event]:
        before, after = _members(found.content), _members(encode_event(event))
        if before["type"] != after["type"]:
            return self._replaced(draft, event)
        if event.published_at is None:
            before.pop("published_at", None)
        changes = merge_diff(before, after)
        if not changes:
            self.tally.unchanged += 1
            return []
        return [self._correction(event, found, changes)]

    def _replaced(self, draft: Draft, event: Event) -> list[Event]:
        retraction = self._retraction(event.id)
        following, _ = self._find(draft.key)
        self._present.add(following)
        return [retraction, self._new(structs.replace(event, id=following))]

    def _correction(self, event: Event, found: CurrentRow, changes: dict[str, Any]) -> Event:
        was = msgspec.json.decode(found.content, type=_Published).published_at
        corrected = structs.replace(event, published_at=event.published_at or was)
        self._standing[event.id] = CurrentRow(encode_event(corrected), found.amendments + 1)
        self.tally.corrected += 1
        return Correction(
            id=correction_id(event.id, found.amendments, changes),
            published_at=self._published_at,
            sources=event.sources,
            tags=(self._data_set,),
            target=event.id,
            reason=self._reason,
            changes=changes,
        )

    def _retraction(self, known: UUID) -> Event:
        content, amendments, *_ = self._standing[known]
        self._standing[known] = CurrentRow(content, amendments + 1, retracted=True)
        self.tally.retracted += 1
        return Retraction(
            id=retraction_id(known, amendments),
            published_at=self._published_at,
            tags=(self._data_set,),
            target=known,
            reason="withdrawn",
        )


class _Published(Struct):
    published_at: datetime | None = None


def _members(event: bytes) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.json.decode(event)
    return members
