"""Claims: who gives which figure for which days, in which series."""

from typing import NamedTuple
from unicodedata import normalize
from uuid import UUID

from tests.support.meaning.bounds import Interval, figure_bounds
from tests.support.meaning.dates import Dating, Days, claim_dating, count_dating, named_days
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
    sources = [word.record.event.id for word in incident.words]
    claims = [claims_by_words(log, source, incident.leader)[-1:] for source in sources]
    return sorted((claim for last in claims for claim in last), key=lambda c: c.word.position)


def earlier_claims(log: Log, last: Claim, leader: UUID) -> list[Claim]:
    """What the earlier words of an event still claim beside its last word, in their order."""
    return claims_by_words(log, last.word.record.event.id, leader)[:-1]


def claims_by_words(log: Log, source: UUID, leader: UUID) -> list[Claim]:
    """What the words of an event claim beside each other, in their order, the last word's last.

    A figure was said when it was set: a correction that leaves it alone, and what it is a figure of, says
    nothing again. Restating by a correction answers as restating by a new event: where a claim is dated by
    when it was said, or its month is capped then, the earlier word stands for its own days. One that was said
    again for the same days, or out of order, is superseded. Choice: who says that there is no number, or
    gives none any more, takes back what was said before; a word that gives another count only takes its place
    as long as it is the last. What verifies a report grades the word that stood when that was said, and those
    that followed.
    """
    words = [*log.words(source)]
    runs: list[tuple[Word, Claim]] = []  # each with the word that follows it
    following: Word | None = None
    for number in reversed(range(len(words))):
        word = words[number]
        claim = claim_by_word(log, word, leader)
        if claim is None or (runs and claim.is_none):
            break
        if number and _is_said_again(claim, claim_by_word(log, words[number - 1], leader)):
            # said by the word before; what is shown of the report is what it said last
            words[number - 1] = words[number - 1]._replace(event=word.event)
            continue
        if runs and (
            not _is_same_count(claim, runs[0][1])
            or claim.speaks_for.days.by_end >= runs[-1][1].speaks_for.days.by_end
        ):
            continue
        grade = claim.grade if following is None else _grade(log, word, following)
        runs.append((word, claim._replace(grade=grade)))
        if claim.is_none:
            break
        following = word
    return [claim for _, claim in reversed(runs)]


def _is_said_again(claim: Claim, before: Claim | None) -> bool:
    return before is not None and claim.figure == before.figure and _is_same_count(claim, before)


def _is_same_count(claim: Claim, last: Claim) -> bool:
    """Whether a word of an event gives a figure of what another does, for a date that names the same days.

    Where a correction changed one of these, the claim was moved, and nothing of it stands at its old place.
    When an incident occurred does not date the count of it.
    """
    counted = [(c.topic, c.claimant, c.unit, _days_written(c)) for c in (claim, last)]
    incidents = [getattr(c.word.event, "incident", None) for c in (claim, last)]
    return counted[0] == counted[1] and incidents[0] == incidents[1]


def _days_written(claim: Claim) -> tuple[Days, bool] | None:
    """The days that the claim's date names before its cap, and whether it names the last as a day.

    None where it is dated by when it was said.
    """
    dating = claim.speaks_for
    if dating.dated_by in ("published", "recorded"):
        return None
    return named_days(dating.text), "T" in dating.text or dating.text.rpartition("/")[2].count("-") == 2


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


def _grade(log: Log, word: Word, following: Word | None = None) -> str | None:
    """The grade of the last verification, else that of the report's own certainty.

    Of those said before the word that followed, if any did. Choice: what grades any report of a development
    grades the one that leads; any other has its own.
    """
    report = word.record.event.id
    group = next(group for group in groups_of(log) if report in group.members)
    members = group.members if group.leader == report else {report}
    graded = [
        (verification.order, verification.event.grade)
        for verification in verification_words(log)
        if isinstance(verification.event, Verification) and members & {*verification.event.about}
        if following is None or verification.order < following.order
    ]
    certainty = getattr(word.event, "certainty", None)
    return max(graded)[1] if graded else certainty and certainty.grade


@once_a_log
def verification_words(log: Log) -> list[Word]:
    """The standing verifications."""
    words = [log.last_word(r.event.id) for r in log.roots() if isinstance(r.event, Verification)]
    return [word for word in words if word is not None]
