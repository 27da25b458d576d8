"""Development states: what stands of a development at a position, with all that bears on it, for the views.

The event graph makes them, and the projection makes rows of them.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from timeline.domain.claims import Claim, claim_of, figure_of, incident_of
from timeline.domain.events import Development, Event
from timeline.domain.incidents import Incident, IncidentReport, incident_of_reports
from timeline.domain.last_word import Word, first_word
from timeline.domain.mentions import NO_MENTIONS, Mentions
from timeline.domain.publicity import UNKNOWN_PUBLICITY, Publicity, publicity_of_word
from timeline.domain.record import Record


class StatePublicity(Protocol):
    """When the world came to know what the rows of a development show."""

    def entry(self) -> Publicity:
        """Of its entry."""

    def claim(self) -> Publicity:
        """Of its claim."""

    def incident_count(self) -> Publicity:
        """Of its count of an incident."""

    def is_displaced(self) -> bool:
        """Whether at some time the world knew of another date, by which the entry stood elsewhere."""


class FixedPublicity(NamedTuple):
    """The publicity of a development on which nothing bears but what it counts."""

    report: Publicity
    claimed: Publicity
    counted: Publicity
    displaced: bool = False

    def entry(self) -> Publicity:
        """Of its entry."""
        return self.report

    def claim(self) -> Publicity:
        """Of its claim."""
        return self.claimed

    def incident_count(self) -> Publicity:
        """Of its count of an incident."""
        return self.counted

    def is_displaced(self) -> bool:
        """Whether it ever had another date."""
        return self.displaced


UNKNOWN_STATE = FixedPublicity(UNKNOWN_PUBLICITY, UNKNOWN_PUBLICITY, UNKNOWN_PUBLICITY)
"""Of what is computed for a time, for which nobody needs to know it."""


def _no_home(_evidence: UUID) -> None:
    """Of what shows no evidence."""


class DevelopmentState(NamedTuple):
    """What stands of a development, and all that bears on it.

    `event` is the report with its standing corrections, retracted or not; `leader` the development that
    represents this one, if another does. A leading development has the `words` of its whole group, its own
    first, and the `mentions` of all that was ever linked to it, retracted or not: the standing events about
    these, in the order of words. Any other has its own. `home_of` gives what stands of evidence among the
    mentions. `claim` is what the report claims and `incident` what it counts, while it stands; `earlier` are
    the words that claim something for earlier days.
    """

    record: Record
    event: Development
    words: Sequence[Word]
    claim: Claim | None
    incident: Incident | None
    is_retracted: bool = False
    leader: UUID | None = None
    mentions: Mentions = NO_MENTIONS
    home_of: "Callable[[UUID], DevelopmentState | None]" = _no_home
    amendments: Sequence[tuple[Record, Event]] = ()
    publicity: StatePublicity = UNKNOWN_STATE
    earlier: Sequence[Word] = ()

    def shows_the_same(self, other: "DevelopmentState") -> bool:
        """Whether all of it, and so its rows, is the same as of the other."""
        # what costs least is compared first
        publicity, others = self.publicity, other.publicity
        return (
            self._replace(publicity=others, home_of=other.home_of) == other
            and not (self.mentions and self.mentions.by_kind.evidence)  # of which something may have changed
            and publicity.entry() == others.entry()
            and publicity.is_displaced() == others.is_displaced()
            and (
                self.claim is None
                or (
                    publicity.claim() == others.claim()
                    and (self.incident is None or publicity.incident_count() == others.incident_count())
                )
            )
        )


def first_state(record: Record, event: Development) -> DevelopmentState:
    """What stands of a report that counts nothing but itself, at its own position: it says all there is."""
    word = first_word(record, event)
    publicity, claim, incident = publicity_of_word(word), None, None
    if figure_of(event) is not None:
        counted = incident_of(event)
        claim = claim_of(word, counted)
        if counted is not None:
            incident = incident_of_reports(counted, [IncidentReport(word, record.recorded_at)])
    return DevelopmentState(
        record,
        event,
        [word],
        claim,
        incident,
        publicity=FixedPublicity(publicity, publicity, publicity),
    )
