"""Development states: what stands of a development at a position, with all that bears on it, for the views.

The event graph makes them, and the projection makes rows of them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from timeline.domain.claims import Claim
from timeline.domain.events import Development, Event
from timeline.domain.incidents import Incident
from timeline.domain.last_word import Word
from timeline.domain.publicity import UNKNOWN_PUBLICITY, Publicity
from timeline.domain.record import Record


class Mention(NamedTuple):
    """A standing event about a development: the position at which it was recorded, and its last word."""

    position: int
    word: Word


class StatePublicity(NamedTuple):
    """When the world came to know of a development, of its claim, and of its count of an incident.

    `is_displaced` is whether at some time it knew of another date, by which the entry stood elsewhere.
    """

    entry: Publicity
    claim: Publicity
    incident_count: Publicity
    is_displaced: bool = False


UNKNOWN_STATE = StatePublicity(UNKNOWN_PUBLICITY, UNKNOWN_PUBLICITY, UNKNOWN_PUBLICITY)
"""Also of what is computed for a time, for which nobody needs to know it."""


class DevelopmentState(NamedTuple):
    """What stands of a development, and all that bears on it.

    `event` is the report with its standing corrections, retracted or not; `leader` the development that
    represents this one, if another does. A leading development has the `words` of its whole group, its own
    first, and the `mentions` of all that was ever linked to it, retracted or not: the standing events about
    these, in the order of words. Any other has its own. `evidence` is what stands of the evidence among the
    mentions. `claim` is what the report claims and `incident` what it counts, while it stands.
    """

    record: Record
    event: Development
    words: Sequence[Word]
    claim: Claim | None
    incident: Incident | None
    is_retracted: bool = False
    leader: UUID | None = None
    mentions: Sequence[Mention] = ()
    evidence: Mapping[UUID, "DevelopmentState"] = {}
    amendments: Sequence[tuple[Record, Event]] = ()
    publicity: StatePublicity = UNKNOWN_STATE
