"""Plain reports: such as stand as they were posted, which no link names, and of which little is said.

What is said of them stands as posted too, nothing is said of evidence among it, and nothing counts the counts
among it: all that bears on a plain report is what mentions it, and what mentions the report that it counts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from timeline.domain import topics
from timeline.domain.claims import claim_of, incident_of
from timeline.domain.development_state import DevelopmentState, FixedPublicity
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import CountReport, Development, Evidence
from timeline.domain.group_publicity import PlainPublicity
from timeline.domain.incidents import Incident, IncidentReport, incident_of_reports
from timeline.domain.last_word import Word
from timeline.domain.mention import Mention
from timeline.domain.mentions import Mentions
from timeline.domain.publicity import FROM_THE_START, UNKNOWN_PUBLICITY, last_of, publicity_of
from timeline.domain.record import Record


class Repeated(NamedTuple):
    """The incident that each count of it repeats, and when that was published from which it follows."""

    incident: Incident
    published: Sequence[datetime | None]


class PlainReport:
    """A plain report at a position, with what is said of it by then."""

    __slots__ = ("_counted", "_mentions", "by_position", "claim", "counts", "event", "record", "word")

    def __init__(self, record: Record, word: Word, event: Development, counted: "PlainReport | None") -> None:
        self.record = record
        self.word = word
        self.event = event
        self._counted = counted
        self.claim = claim_of(word, None if incident_of(event) is None else self.root.event.id)
        self.by_position: list[Mention] = []
        """All that is said of it, by position."""
        self.counts: list[IncidentReport] = []
        """The counts of it, by position."""
        self._mentions: Mentions | None = None

    @property
    def root(self) -> "PlainReport":
        """What it counts, or itself."""
        return self._counted or self

    @property
    def mentions(self) -> Mentions:
        """What is said of it, in the order of words."""
        if self._mentions is None:
            self._mentions = Mentions(self.by_position)
        return self._mentions

    def repeated(self, counts: Iterable[IncidentReport] | None = None) -> Repeated:
        """What these counts of it repeat, or all."""
        reports = [IncidentReport(self.word, self.record.recorded_at)]
        reports += self.counts if counts is None else counts
        published = last_of([report.word.published_at for report in reports])
        return Repeated(incident_of_reports(self.event.id, reports), published)

    def listing(self) -> DevelopmentState:
        """What stands of it, as far as its entry shows it."""
        return self._state(self.mentions, None, self._fixed(self.mentions))

    def state(self, repeated: Repeated | None) -> DevelopmentState:
        """What stands of it; `repeated` is of the report that it counts, where it claims anything."""
        return self._full_state(self.mentions, repeated)

    def state_before(self, repeated: Repeated | None) -> DevelopmentState:
        """The same before the last that is said of it."""
        return self._full_state(Mentions(self.by_position[:-1]), repeated)

    def _full_state(self, mentions: Mentions, repeated: Repeated | None) -> DevelopmentState:
        publicity = self._fixed(mentions)
        if repeated is None or self.claim is None:
            return self._state(mentions, None, publicity)
        verifications = [mention.word.published_at for mention in mentions.by_kind.verifications]
        claimed = publicity_of([self.word], [*verifications, *repeated.published])
        counted = publicity_of([self.word], repeated.published)
        incident = None if incident_of(self.event) is None else repeated.incident
        return self._state(mentions, incident, publicity._replace(claimed=claimed, counted=counted))

    def _fixed(self, mentions: Mentions) -> FixedPublicity:
        """The publicity of its entry."""
        word = self.word
        entry = publicity_of([word], mentions.by_kind.publications)
        is_displaced = entry.public_from == FROM_THE_START or (
            self.event.occurred is None and PlainPublicity(word, mentions).is_displaced
        )
        return FixedPublicity(entry, UNKNOWN_PUBLICITY, UNKNOWN_PUBLICITY, is_displaced)

    def _state(
        self, mentions: Mentions, incident: Incident | None, publicity: FixedPublicity
    ) -> DevelopmentState:
        # by position, which takes half the time
        return DevelopmentState(
            self.record,
            self.event,
            [self.word],
            self.claim,
            incident,
            mentions=mentions,
            publicity=publicity,
        )


def plain_report(graph: EventGraph, development: UUID, position: int) -> PlainReport | None:
    """The report with what is said of it by a position; None where it is not plain, or not before it.

    A count is plain only where what it counts is no count itself: of a chain of counts no more is looked at.
    """
    word = _plain_word(graph, development, position)
    if word is None:
        return None
    if (incident := _counted_by(word)) is None:
        return _report(graph, word, position, None)
    root = _plain_word(graph, incident, position)
    if root is None or _counted_by(root) is not None:
        return None
    counted = _report(graph, root, position, None)
    return None if counted is None else _report(graph, word, position, counted)


def _plain_word(graph: EventGraph, development: UUID, position: int) -> Word | None:
    """What a report before a position says that no link names and no record amends."""
    word = None if graph.is_linked(development) else graph.unamended_word(development)
    if word is None or word.position >= position:
        return None
    # others show how evidence stands
    is_alone = isinstance(word.event, Development) and not isinstance(word.event, Evidence)
    return word if is_alone else None


def _counted_by(word: Word) -> UUID | None:
    return word.event.incident if isinstance(word.event, CountReport) else None


def _report(graph: EventGraph, word: Word, position: int, counted: PlainReport | None) -> PlainReport | None:
    record, event = graph.record(word.event.id), word.event
    if record is None or not isinstance(event, Development):
        return None
    report = PlainReport(record, word, event, counted)
    return report if _hear(graph, report, position) else None


def _hear(graph: EventGraph, report: PlainReport, position: int) -> bool:
    """Add what is said of a report by a position; whether that is little, and plain."""
    mentioning = graph.mentions_of(report.event.id)
    if len(mentioning) >= topics.CARRIED_MENTIONS_MIN:
        return False  # what is found of many is carried from record to record
    for at in sorted(mentioning):
        if at > position:
            break
        record = mentioning[at]
        word = graph.unamended_word(record.event.id)
        if word is None or (at != position and not _is_plain_mention(graph, record, position)):
            return False
        report.by_position.append(Mention(at, word))
        if isinstance(record.event, CountReport):
            report.counts.append(IncidentReport(word, record.recorded_at))
    return True


def _is_plain_mention(graph: EventGraph, record: Record, position: int) -> bool:
    """Whether nothing follows of a report from what is linked with a mention of it, or said of that."""
    event = record.event
    if not isinstance(event, (Evidence, CountReport)):
        return True
    if graph.is_linked(event.id):
        return False
    is_evidence = isinstance(event, Evidence)
    return not any(
        at <= position and (is_evidence or isinstance(about.event, CountReport))
        for at, about in graph.mentions_of(event.id).items()
    )
