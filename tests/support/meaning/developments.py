"""Developments: which reports are one, who leads, and what is said of them."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from tests.support.meaning.dates import Dating, place_in_time, said_dating, spoken_dates
from tests.support.meaning.words import Log, Word, once_a_log
from timeline.domain.events import (
    CountReport,
    Development,
    Event,
    Evidence,
    OfficialStatement,
    SameAs,
    Verification,
)

SUPERSEDING = ("confirms", "denies", "not_acknowledged")


class Remark(NamedTuple):
    """A statement on a development, or a verification of it; `stands` where no later one superseded it."""

    word: Word
    speaker: str
    says: str
    stands: bool


class Group:
    """The reports that are one development, as the log at a time has them."""

    def __init__(self, log: Log, members: Iterable[UUID]) -> None:
        """Take the ids of all reports that were ever linked to be the same."""
        self.log = log
        self.members = frozenset(members)
        self.standing = [
            record.event.id
            for record in log.records
            if record.event.id in self.members and log.stands(record.event.id)
        ]

    @property
    def leader(self) -> UUID:
        """The first standing report leads; when it is retracted the next leads; the first where none stands.

        Choice: a report that is hidden by `published_by` leads all the same, so that an address does not
        depend on the time asked about.
        """
        first = (record.event.id for record in self.log.records if record.event.id in self.members)
        return self.standing[0] if self.standing else next(first)

    @property
    def reports(self) -> list[Word]:
        """What each standing report says, the leading first."""
        words = [self.log.last_word(member) for member in self.standing]
        return [word for word in words if word is not None]


@once_a_log
def groups_of(log: Log) -> list[Group]:
    """The developments: reports are one when standing `same_as` link them, whatever the order of linking.

    Choice: a link through a report that was retracted since (as a duplicate, say) still holds.
    """
    parts = [{record.event.id} for record in log.roots() if isinstance(record.event, Development)]
    for link in same_as_links(log):
        parts = united(parts, link)
    return [Group(log, part) for part in parts]


@once_a_log
def same_as_links(log: Log) -> list[set[UUID]]:
    """The sets of ids that a standing `same_as` says are one."""
    words = [log.last_word(record.event.id) for record in log.roots() if isinstance(record.event, SameAs)]
    return [set(w.event.developments) for w in words if w is not None and isinstance(w.event, SameAs)]


def united(parts: list[set[UUID]], link: set[UUID]) -> list[set[UUID]]:
    """The parts with all that the link touches made one."""
    linked = [part for part in parts if part & link]
    rest = [part for part in parts if not part & link]
    return [*rest, set().union(*linked)] if linked else rest


def tolls_of(log: Log, members: frozenset[UUID]) -> list[Word]:
    """The standing counts of an incident, whichever of its reports they name."""
    words = [log.last_word(record.event.id) for record in log.roots() if record.event.id not in members]
    return [
        word
        for word in words
        if word is not None and isinstance(word.event, CountReport) and word.event.incident in members
    ]


def development_dating(words: list[Word]) -> Dating | None:
    """A development's date is the first `occurred` of any report, leading first, then counts.

    Else as in section 1: the first `as_of`, then period, then publication of any of them; the leading
    report's recording is never taken before another's date. None where there are no words.
    """
    for field in ("occurred", "as_of", "period"):
        for word in words:
            if field in dict(spoken_dates(word.event)):
                dating = _place(word)
                if dating.dated_by == field:
                    return dating
    published = [word for word in words if word.first_published is not None]
    for word in published or words:
        return said_dating(word.first_published, word.record.recorded_at)
    return None


def _place(word: Word) -> Dating:
    return place_in_time(word.event, word.first_published, word.record.recorded_at)


def all_datings(reports: list[Word], tolls: list[Word]) -> list[Dating]:
    """The dates by which a development is found: what its reports say, else when they were published.

    The date that is shown is among them, also where only a count gives it.
    """
    datings = [_place(word) for word in reports]
    if (dating := development_dating([*reports, *tolls])) is not None:
        datings.append(dating)
    for kinds in (("occurred", "as_of", "period"), ("published",)):
        if chosen := [dating for dating in datings if dating.dated_by in kinds]:
            return chosen
    return datings


def claimants_of(group: Group) -> set[str]:
    """Everybody who claims the development in a standing report."""
    claimants = (getattr(word.event, "claimant", None) for word in group.reports)
    return {claimant for claimant in claimants if claimant is not None}


def statements_on(group: Group) -> list[Remark]:
    """What was stated about any report of the development; of one speaker's stances the last word stands.

    That holds for confirms, denies and not_acknowledged; other stances supersede nothing. Earlier ones
    remain visible.
    """
    remarks = []
    for word in _words_about(group, OfficialStatement):
        event = word.event
        if isinstance(event, OfficialStatement):
            remarks.append(Remark(word, event.speaker, event.stance, True))
    decisive = [remark for remark in remarks if remark.says in SUPERSEDING]
    return _superseded(remarks, decisive)


def verifications_of(group: Group) -> list[Remark]:
    """The verifications of any report of the development; of one verifier's grades the last word stands."""
    remarks = []
    for word in _words_about(group, Verification):
        event = word.event
        if isinstance(event, Verification):
            remarks.append(Remark(word, event.claimant, event.grade, True))
    return _superseded(remarks, remarks)


def _superseded(remarks: list[Remark], decisive: list[Remark]) -> list[Remark]:
    last = {remark.speaker: remark for remark in decisive}
    return [
        remark._replace(stands=remark not in decisive or last[remark.speaker] is remark) for remark in remarks
    ]


def _words_about(group: Group, kind: type[Event]) -> list[Word]:
    words = [group.log.last_word(r.event.id) for r in group.log.roots() if isinstance(r.event, kind)]
    about = [w for w in words if w is not None and set(getattr(w.event, "about", ())) & group.members]
    return sorted(about, key=lambda word: word.order)


def evidence_of(group: Group) -> list[Word]:
    """The standing evidence of any report of the development; its own standing is that of its own entry."""
    return _words_about(group, Evidence)


def status_of(group: Group) -> str:
    """`retracted`, or what statements and verifications make of it: confirmed, denied, contested or reported.

    A statement or verification confirms where somebody other than its speaker claims the thing, or nobody
    does. Verifications confirm by the grade `confirmed` and deny by `discounted`; `contested` is both.
    Choice: the grade `contested` says just that, since who verified it found that it is; the grades between
    decide nothing, and a claimant may deny what it claimed.
    """
    if not group.standing:
        return "retracted"
    claimants = claimants_of(group)
    remarks = [remark for remark in (*statements_on(group), *verifications_of(group)) if remark.stands]
    confirmed = any(
        remark.says in ("confirms", "confirmed") and (not claimants or claimants - {remark.speaker})
        for remark in remarks
    )
    denied = any(remark.says in ("denies", "discounted") for remark in remarks)
    if (confirmed and denied) or any(remark.says == "contested" for remark in remarks):
        return "contested"
    return "confirmed" if confirmed else "denied" if denied else "reported"
