"""Claims: who gives which figure for which days, in which series."""

from typing import NamedTuple
from unicodedata import normalize
from uuid import UUID

from tests.support.meaning.bounds import Interval, figure_bounds
from tests.support.meaning.dates import Dating, claim_dating, count_dating
from tests.support.meaning.developments import groups_of
from tests.support.meaning.incidents import Incident, incidents_of
from tests.support.meaning.words import Log, Word, once_a_log
from timeline.domain.events import (
    Capture,
    CasualtyEstimate,
    CountReport,
    Deployment,
    Engagement,
    EquipmentLoss,
    Event,
    Verification,
)
from timeline.domain.figure import Figure


class Topic(NamedTuple):
    """What is counted: claims are about the same thing where all of this and the unit are the same."""

    kind: str
    measure: str
    subject: str
    category: str
    basis: str
    scope: str | None = None

    @property
    def series(self) -> str:
        """The address: kind.measure.subject.category.basis, and .scope where there is one."""
        return ".".join(filter(None, self))


class Claim(NamedTuple):
    """A claimant's figure, by the last word of the event that gives it or by an earlier one that stands."""

    topic: Topic
    claimant: str
    figure: Figure
    unit: str
    bounds: Interval | None
    dating: Dating
    """The date that is shown."""
    speaks_for: Dating
    """The date by which claims are selected and ordered."""
    word: Word
    grade: str | None
    """By the last verification, else by the report's own certainty."""

    @property
    def is_none(self) -> bool:
        """`none_reported` is shown and takes part in nothing."""
        return self.figure.qualifier == "none_reported"

    @property
    def order(self) -> tuple[object, ...]:
        """The newest date last; of the same days the last word."""
        return (*self.speaks_for.days.by_end, *self.word.order)


def figure_of(event: Event) -> Figure | None:
    """The figure that an event gives, if it gives one and says who claims it."""
    match event:
        case CountReport():
            return event.figure
        case Engagement():
            return event.killed if event.claimant is not None else None
        case Capture():
            return event.count
        case Deployment():
            return event.strength
    return None


def topic_of(event: Event, leader: UUID) -> Topic | None:
    """What an event's figure counts; the counts of an incident have its leading report as their scope.

    Choice: the scope of the conflict that an incident's count names besides is not held against it.
    """
    match event:
        case CasualtyEstimate():
            category = event.category.label if event.category else "all"
            scope = str(leader) if event.basis == "incident" else event.scope
            return Topic("casualties", event.measure, event.subject, category, event.basis, scope)
        case EquipmentLoss():
            scope = str(leader) if event.basis == "incident" else event.scope
            measure = event.outcome or "lost"
            return Topic("equipment", measure, event.subject, event.item, event.basis, scope)
        case Capture():
            return Topic("casualties", "captured", event.captive_of, "all", "incident", str(leader))
        case Engagement():
            return Topic("casualties", "killed", "all", "all", "incident", str(leader))
        case Deployment():
            # another deployment in support of somebody else is another thing
            return Topic("strength", "deployed", event.force, event.in_support_of or "all", "stock")
    return None


def unit_of(topic: Topic, figure: Figure) -> str:
    """The unit of a figure; absent is people, or items."""
    absent = "items" if topic.kind == "equipment" else "people"
    return " ".join(normalize("NFC", normalize("NFC", figure.unit or absent).casefold()).split()) or absent


@once_a_log
def claims_of(log: Log) -> list[Claim]:
    """The claims of all standing events, as the world had heard them, those of earlier words too."""
    return [
        claim
        for incident in incidents_of(log)
        for last in incident_claims(log, incident)
        for claim in (*earlier_claims(log, last, incident.leader), last)
    ]


def incident_claims(log: Log, incident: Incident) -> list[Claim]:
    """What the reports and counts that are one incident claim by their last words, one each at most.

    Other bases keep their own series.
    """
    claims = [claim_by_word(log, word, incident.leader) for word in incident.words]
    return sorted((c for c in claims if c is not None), key=lambda c: c.word.position)


def earlier_claims(log: Log, last: Claim, leader: UUID) -> list[Claim]:
    """What the earlier words of an event still claim beside its last word, in their order.

    Restating by a correction answers as restating by a new event: where a claim is dated by when it was said,
    or its month is capped then, the earlier word stands for its own days. One that was said again for the
    same days, or out of order, is superseded. Choice: who says that there is no number takes back what was
    said before; a word that gives another count, or none of it, neither stands nor takes anything back. What
    verifies a report grades its last word; an earlier one has the grade that it gave itself.
    """
    claims = [last]
    for word in reversed(log.words(last.word.record.event.id)[:-1]):
        claim = claim_by_word(log, word, leader)
        if claim is None or not _is_same_count(claim, last):
            continue
        if claim.is_none or last.is_none:
            break
        if claim.speaks_for.days.by_end < claims[-1].speaks_for.days.by_end:
            claims.append(claim._replace(grade=_own_grade(word)))
    return claims[:0:-1]


def _is_same_count(claim: Claim, last: Claim) -> bool:
    """Whether a word of an event gives a figure of what its last word does, by dates of the same text.

    Where a correction changed one of these, the claim was moved, and nothing of it stands at its old place.
    """
    fields = ("incident", "as_of", "period", "occurred")
    counted = [(c.topic, c.claimant, c.unit) for c in (claim, last)]
    written = [[getattr(c.word.event, name, None) for name in fields] for c in (claim, last)]
    return counted[0] == counted[1] and written[0] == written[1]


def claim_by_word(log: Log, word: Word, leader: UUID) -> Claim | None:
    """What a report, or a correction of it, claims; `leader` is that of the incident that it counts."""
    figure, topic = figure_of(word.event), topic_of(word.event, leader)
    claimant = getattr(word.event, "claimant", None)
    if figure is None or topic is None or claimant is None:
        return None
    dating = claim_dating(word.event, word.published, word.recorded_at)
    count = topic.basis == "incident"
    speaks_for = count_dating(word.event, word.published, word.recorded_at) if count else dating
    unit = unit_of(topic, figure)
    return Claim(
        topic, claimant, figure, unit, figure_bounds(figure), dating, speaks_for, word, _grade(log, word)
    )


def _grade(log: Log, word: Word) -> str | None:
    """The grade of the last verification, else that of the report's own certainty.

    Choice: what grades any report of a development grades the one that leads; any other has its own.
    """
    report = word.record.event.id
    group = next(group for group in groups_of(log) if report in group.members)
    members = group.members if group.leader == report else {report}
    graded = [
        (verification.order, verification.event.grade)
        for verification in verification_words(log)
        if isinstance(verification.event, Verification) and members & {*verification.event.about}
    ]
    return max(graded)[1] if graded else _own_grade(word)


def _own_grade(word: Word) -> str | None:
    certainty = getattr(word.event, "certainty", None)
    return certainty and certainty.grade


@once_a_log
def verification_words(log: Log) -> list[Word]:
    """The standing verifications."""
    words = [log.last_word(r.event.id) for r in log.roots() if isinstance(r.event, Verification)]
    return [word for word in words if word is not None]
