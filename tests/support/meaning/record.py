"""The model of the rules: one class that answers what the interface answers, from the records alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from tests.support.meaning import audit as audits
from tests.support.meaning import search
from tests.support.meaning.bounds import vague_rule
from tests.support.meaning.claims import Claim, Topic, claims_of
from tests.support.meaning.dates import Dating, named_days
from tests.support.meaning.developments import (
    Group,
    Remark,
    development_dating,
    evidence_of,
    groups_of,
    statements_on,
    status_of,
    tolls_of,
    verifications_of,
)
from tests.support.meaning.resets import breaks_of
from tests.support.meaning.standing import Choice, Standing, choose, reconcile
from tests.support.meaning.totals import Query, Total, total
from tests.support.meaning.words import Log, Word
from timeline.domain.events import SeriesReset
from timeline.domain.record import Record


class Series(NamedTuple):
    """A series: its address as it is now, its claims, a standing for each unit, and what is hidden."""

    series: str
    claims: tuple[Claim, ...]
    by_unit: dict[str, Standing]
    rules: tuple[str, ...]
    """The conventions by which vague words have their floors here (`coded_rule`)."""
    publication_unknown: int
    """How many events, with claims or resets, are hidden only because no publication is known."""


class Entry(NamedTuple):
    """A development as the timeline shows it."""

    id: UUID
    status: str
    dating: Dating | None
    reports: tuple[Word, ...]
    statements: tuple[Remark, ...]
    verifications: tuple[Remark, ...]
    evidence: tuple[tuple[UUID, str], ...]
    """Each with its own standing."""
    tolls: tuple[Word, ...]


class MeaningModel:
    """The answers by the rules, each computed anew from all records, slowly and in the plainest way."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.records: Sequence[Record] = tuple(records)
        self.log = cache(self._log)

    def _log(self, published_by: datetime | None = None, at: int | None = None) -> Log:
        """The records up to a position, as the world had heard them by a time."""
        return Log(self.records, published_by, at)

    def series(
        self,
        series: str,
        as_of: str | None = None,
        published_by: datetime | None = None,
        at: int | None = None,
    ) -> Series:
        """One series, for a date if one is asked for; by any address that leads to it."""
        log = self.log(published_by, at)
        address = audits.leading_address(log, series)
        claims = [claim for claim in claims_of(log) if claim.topic.series == address]
        days = None if as_of is None else named_days(as_of)
        by_unit = {}
        for unit in sorted({claim.unit for claim in claims}):
            in_unit = [claim for claim in claims if claim.unit == unit]
            by_unit[unit] = reconcile(in_unit, breaks_of(log, in_unit[0].topic), days)
        every = log.unhidden
        hidden = {c.word.record.event.id for c in claims_of(every) if audits.address_by(log, c) == address}
        hidden |= {cut.word.record.event.id for cut in breaks_of(every, Topic(*address.split(".")))}
        unknown = sum(log.is_unknown(event_id) for event_id in hidden)
        rules = sorted(filter(None, {vague_rule(claim.figure) for claim in claims}))
        return Series(address, tuple(claims), by_unit, tuple(rules), unknown)

    def choose(
        self,
        policy: str,
        series: str,
        as_of: str | None = None,
        published_by: datetime | None = None,
        at: int | None = None,
    ) -> dict[str, Choice]:
        """What a policy chooses, for each unit of the series."""
        by_unit = self.series(series, as_of, published_by, at).by_unit
        return {unit: choose(standing, policy) for unit, standing in by_unit.items()}

    def figures(
        self, published_by: datetime | None = None, at: int | None = None, **filters: str
    ) -> list[Series]:
        """All series with these fields: subject, measure, category, basis, claimant, kind, q, standing.

        Each is in fields of its own (`Claim.topic`). `q` looks at the address and its actors' names.
        """
        log = self.log(published_by, at)
        addresses = sorted({claim.topic.series for claim in claims_of(log)})
        every = [self.series(address, None, published_by, at) for address in addresses]
        return [series for series in every if _fits(log, series, filters)]

    def figures_unknown(self, published_by: datetime, at: int | None = None, **filters: str) -> int:
        """How many claims and resets are hidden only because no publication of them is known.

        Choice: those in series with these fields (subject, measure, category, basis, kind), by this claimant.
        What is hidden has no standing, and nothing that `q` would find.
        """
        log = self.log(published_by, at)
        cuts = [record for record in log.roots() if isinstance(record.event, SeriesReset)]
        last_words = [(record.event.id, log.unhidden.last_word(record.event.id)) for record in cuts]
        series = [
            (event_id, Topic(*word.event.series.split(".")), word.event.claimant)
            for event_id, word in last_words
            if word
        ]
        series += [(c.word.record.event.id, c.topic, c.claimant) for c in claims_of(log.unhidden)]
        fitting = {
            event_id
            for event_id, topic, claimant in series
            if all(
                value == {**topic._asdict(), "claimant": claimant}[name]
                for name, value in filters.items()
                if name not in ("q", "standing")
            )
        }
        return sum(log.is_unknown(event_id) for event_id in fitting)

    def entries(
        self,
        filters: search.Filters | None = None,
        published_by: datetime | None = None,
        at: int | None = None,
    ) -> list[Entry]:
        """The developments that stand and of which something was heard, the latest first.

        Choice: of equals in time the one recorded last comes first. Sorting is by instant.
        """
        log = self.log(published_by, at)
        groups = [group for group in groups_of(log) if group.reports]
        fitting = [group for group in groups if search.matches(log, group, filters or search.Filters())]
        entries = [self._entry(log, group) for group in fitting]
        return sorted(entries, key=lambda entry: _place_in_order(log, entry), reverse=True)

    def entry(self, event_id: UUID, published_by: datetime | None = None, at: int | None = None) -> Entry:
        """The development that a report belongs to; the id of any of its reports leads to it."""
        log = self.log(published_by, at)
        return self._entry(log, next(group for group in groups_of(log) if event_id in group.members))

    def publication_unknown(
        self, published_by: datetime, at: int | None = None, filters: search.Filters | None = None
    ) -> int:
        """How many developments are hidden only because no publication is known.

        Choice: what the record has retracted since is not missed. What is hidden meets filters by what the
        record holds now.
        """
        log = self.log(published_by, at)
        hidden = [group for group in groups_of(log) if group.standing and not group.reports]
        now = {m: group for group in groups_of(log.unhidden) for m in group.members}
        missed = [[m for m in g.standing if log.is_unknown(m) and log.unhidden.stands(m)] for g in hidden]
        meant = filters or search.Filters()
        return sum(any(search.matches(log.unhidden, now[m], meant) for m in members) for members in missed)

    def _entry(self, log: Log, group: Group) -> Entry:
        tolls = tolls_of(log, group.members)
        homes = {member: other for other in groups_of(log) for member in other.members}
        videos = [word.record.event.id for word in evidence_of(group)]
        return Entry(
            group.leader,
            status_of(group),
            development_dating([*group.reports, *tolls]),
            tuple(group.reports),
            tuple(statements_on(group)),
            tuple(verifications_of(group)),
            tuple((event_id, status_of(homes[event_id])) for event_id in videos),
            tuple(tolls),
        )

    def totals(self, query: Query, published_by: datetime | None = None, at: int | None = None) -> Total:
        """What the incidents asked about add up to."""
        return total(self.log(published_by, at), query)

    def audit(
        self,
        series: str,
        published_by: datetime | None = None,
        at: int | None = None,
        *,
        silent: bool = False,
    ) -> list[audits.LineChange]:
        """What each record changed in the series that the address leads to (`silent`: `all=true`)."""
        log = self.log(published_by, at)
        address = audits.leading_address(log, series)
        logs = (self.log(published_by, record.position) for record in log.records)
        return audits.audit(logs, address, silent=silent)

    def falls(
        self, series: str, published_by: datetime | None = None, at: int | None = None
    ) -> list[audits.Fall]:
        """The drops of a running total, and what explains them."""
        return audits.falls(self.log(published_by, at), series)

    def actors(self, published_by: datetime | None = None, at: int | None = None) -> set[str]:
        """The actors that are listed."""
        return search.listed_actors(self.log(published_by, at))

    def names(self, published_by: datetime | None = None, at: int | None = None) -> dict[str, str]:
        """What actors are called that have a profile."""
        profiles = search.profiles_of(self.log(published_by, at))
        return {actor: profile.name for actor, profile in profiles.items()}

    def title(self, published_by: datetime | None = None, at: int | None = None) -> str | None:
        """What the timeline is called."""
        return search.title_of(self.log(published_by, at))

    def actor(
        self, actor: str, published_by: datetime | None = None, at: int | None = None, *, parts: bool = True
    ) -> list[Entry]:
        """An actor's own view, with its parts unless told not to."""
        return self.entries(search.Filters(actor=actor, parts=parts), published_by, at)


def _place_in_order(log: Log, entry: Entry) -> tuple[object, ...]:
    record = log.record(entry.id)
    return (entry.dating.instant if entry.dating else None, record.position if record else 0)


def _fits(log: Log, series: Series, filters: dict[str, str]) -> bool:
    topic = series.claims[0].topic
    claimants = {claim.claimant for claim in series.claims}
    profiles = search.profiles_of(log)
    actors = [profiles[name] for name in (topic.subject, topic.category, *claimants) if name in profiles]
    names = [topic.series, *(text for actor in actors for text in (actor.name, *actor.aliases))]
    for field, value in filters.items():
        if field == "claimant":
            fits = value in claimants
        elif field == "standing":
            fits = any(standing.standing == value for standing in series.by_unit.values())
        elif field == "q":
            fits = all(search.folded(value) in search.folded(" ".join(names)) for value in value.split())
        else:
            fits = getattr(topic, field) == value
        if not fits:
            return False
    return True
