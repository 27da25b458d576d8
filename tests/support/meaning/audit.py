"""The audit of a series: what each record changed in what the claimants' lines answered, and the falls."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from tests.support.meaning.bounds import best_number
from tests.support.meaning.claims import Claim, Topic, claim_by_word, claims_of
from tests.support.meaning.dates import Days, lag_days
from tests.support.meaning.incidents import incidents_of
from tests.support.meaning.resets import Break, breaks_of, count_number, shift_between
from tests.support.meaning.standing import last_words, select
from tests.support.meaning.words import Log, Word, publication_of
from timeline.domain.events import Amendment, Correction, Retraction, SameAs
from timeline.domain.figure import Figure
from timeline.domain.record import Record


class LineChange(NamedTuple):
    """What one record changed in what a claimant's line answered for a date."""

    position: int
    kind: str
    claimant: str
    unit: str
    days: Days
    """Those that are shown: of the claim's own date."""
    before: Figure | None
    after: Figure | None
    lag: int
    """In days, from the last day of the date to when the record's word was said."""
    is_silent: bool = False
    """Whether the answer stayed the same, since another claim had superseded the changed one."""
    claimed: Figure | None = None
    """The figure of the claim that changed, where the line answers with others before and after."""
    is_undone: bool = False
    """Whether a reset stands at this date no longer."""
    difference: int | None = None
    """The best number after it less that before; None where one has none, and of a reset."""
    is_idle: bool = False
    """Whether it is an amendment that changed no claim of the series at all."""


class Fall(NamedTuple):
    """A running total that falls between two dates, by how much at least, and what adjustments explain."""

    claimant: str
    before: Figure
    after: Figure
    drop: int
    explained: int

    @property
    def unexplained(self) -> int:
        """A fall is explained only as far as adjustments between reach; this is the remainder."""
        return self.drop - self.explained


Lines = dict[tuple[str, str], list[Claim]]
"""The claims of a series by claimant and unit."""

Breaks = dict[UUID, Break]
"""The resets and adjustments of a series by the event that makes each."""


def audit(logs: Iterable[Log], series: str, *, silent: bool = False) -> list[LineChange]:
    """Every change of a series, by the logs up to each position; with the silent ones if `silent`."""
    changes: list[LineChange] = []
    before: Lines = {}
    breaks: Breaks = {}
    for log in logs:
        record, count = log.records[-1], len(changes)
        after = lines_of(log, series)
        for key in sorted(before.keys() | after.keys()):
            changes += _line_changes(log, record, key, before.get(key, []), after.get(key, []))
        cuts = {cut.word.record.event.id: cut for cut in breaks_of(log, Topic(*series.split(".")))}
        changes += _break_changes(log, record, after, breaks, cuts)
        if len(changes) == count:
            changes += _silent_amendments(log, record, after)
        before, breaks = after, cuts
    return [change for change in changes if silent or not change.is_silent]


def lines_of(log: Log, series: str) -> Lines:
    """The lines of the series with this address; that of an incident is held by any of its reports."""
    lines: Lines = {}
    address = leading_address(log, series)
    for claim in claims_of(log):
        if claim.topic.series == address:
            lines.setdefault((claim.claimant, claim.unit), []).append(claim)
    return lines


def leading_address(log: Log, series: str) -> str:
    """When another report comes to lead an incident, the old addresses lead to the new."""
    *parts, scope = series.split(".")
    if len(parts) == 5 and parts[4] == "incident":
        for incident in incidents_of(log):
            if UUID(scope) in incident.members:
                return ".".join([*parts, str(incident.leader)])
    return series


def address_by(log: Log, claim: Claim) -> str:
    """The address of a claim that the record holds, by who led its incident as the log at a time has it."""
    source = claim.word.record.event.id
    leaders = [incident.leader for incident in incidents_of(log) if source in incident.members]
    is_of_incident = claim.topic.basis == "incident" and leaders
    return claim.topic._replace(scope=str(leaders[0])).series if is_of_incident else claim.topic.series


def _line_changes(
    log: Log, record: Record, key: tuple[str, str], before: list[Claim], after: list[Claim]
) -> Iterable[LineChange]:
    """`before` and `after` are what the line answered for that date before and after the record.

    A claim that was moved to another date is a change at both, as one given to another claimant is in both
    lines. A change to a claim that another had superseded changes no answer. Choice: the same figure said
    again for the same days, or again of the same incident, is no change of the answer either. What is shown,
    and the lag, are by the claim's own date; of several for the same days it is the last word that the record
    brought, else the last that it took away.
    """
    changed = {_identity(claim): claim for claim in before}
    new = {_identity(claim): claim for claim in after}
    moved = [
        claim for identity, claim in (changed | new).items() if (identity in changed) != (identity in new)
    ]
    if not moved:
        return
    time = publication_of(log.plain(record), record) or record.recorded_at
    is_incident = moved[0].topic.basis == "incident"
    moved.sort(key=lambda claim: (new.get(_identity(claim)) is claim, claim.word.order))
    of_days = {claim.speaks_for.days: claim for claim in moved}
    dates = sorted(of_days)
    for days in dates[-1:] if is_incident else dates:
        old, now = line_answer(before, days), line_answer(after, days)
        claim = of_days[days]
        is_new = _identity(claim) in new
        kind = _kind(record, claim if is_new else None, old, now)
        answers = {_identity(answer) for answer in (old, now) if answer is not None}
        yield LineChange(
            record.position,
            kind,
            *key,
            claim.dating.days,
            None if old is None else old.figure,
            None if now is None else now.figure,
            lag_days(claim.dating.days, time),
            _same_answer(old, now),
            None if _identity(claim) in answers else claim.figure,
            difference=_difference(old, now),
        )


def _silent_amendments(log: Log, record: Record, lines: Lines) -> Iterable[LineChange]:
    """An amendment of a claim's event that changed nothing of the series: it bears on it all the same.

    It is shown by what its source said by it, such as an older word that was told late, else by the claim as
    it stands: that of the last word, where earlier ones stand for their own days. Choice: only where the
    claim stands in the series, and where the world was told of the amendment and of what it amends.
    """
    target = record
    while isinstance(target.event, Amendment):
        amended = log.record(target.event.target)
        if amended is None or not log.is_public(target):
            return
        target = amended
    source = target.event.id
    for key in sorted(lines) if target is not record else ():
        claims = [claim for claim in lines[key] if claim.word.record.event.id == source]
        for claim in sorted(claims, key=lambda claim: claim.speaks_for.days.by_end)[-1:]:
            words = [word for word in log.words(source) if word.position == record.position]
            spoken = [other for word in words if (other := _claim_by(log, word, claim))]
            version = spoken[0] if spoken and (spoken[0].claimant, spoken[0].unit) == key else claim
            answer = line_answer(lines[key], version.speaks_for.days)
            figure = None if answer is None else answer.figure
            is_answer = answer is not None and _identity(answer) == _identity(version)
            time = publication_of(log.plain(record), record) or record.recorded_at
            yield LineChange(
                record.position,
                _kind_of_cause(record) or "",
                *key,
                version.dating.days,
                figure,
                figure,
                lag_days(version.dating.days, time),
                is_silent=True,
                claimed=None if is_answer else version.figure,
                difference=_difference(answer, answer),
                is_idle=True,
            )


def _claim_by(log: Log, word: Word, claim: Claim) -> Claim | None:
    """What a word claims in the series of a claim; None where it claims something else."""
    scope = claim.topic.scope if claim.topic.basis == "incident" else None
    leader = word.event.id if scope is None else UUID(scope)
    other = claim_by_word(log, word, leader)
    return other if other is not None and other.topic == claim.topic else None


def line_answer(line: Sequence[Claim], days: Days) -> Claim | None:
    """What a claimant's line answers for a date; of an incident it has one answer, whatever date.

    Choice: for an increment only a claim of that very period answers.
    """
    if line and line[0].topic.basis == "incident":
        return select(line, None)[0]
    if line and line[0].topic.basis == "increment":
        line = [claim for claim in line if claim.speaks_for.days == days]
    return select(line, days)[0]


def _identity(claim: Claim) -> tuple[object, ...]:
    """What a claim is and says: the words of one event are told apart by their positions (in `order`)."""
    figure = claim.figure
    plain = (figure.qualifier, figure.value, figure.low, figure.best, figure.high, figure.verbatim)
    return (claim.word.record.event.id, claim.speaks_for.days, claim.word.order, plain)


def _difference(old: Claim | None, now: Claim | None) -> int | None:
    """A floor is no number: who said 10 and now says more than 8 has not said two fewer."""
    before, after = (None if claim is None else best_number(claim.figure) for claim in (old, now))
    return None if before is None or after is None else after - before


def _same_answer(old: Claim | None, now: Claim | None) -> bool:
    if old is None or now is None:
        return old is now
    same_days = old.topic.basis == "incident" or old.speaks_for.days == now.speaks_for.days
    return same_days and old.figure == now.figure


def _kind_of_cause(record: Record) -> str | None:
    match record.event:
        case Correction():
            return "correction"
        case Retraction():
            return "retraction"
        case SameAs():
            return "merge"
    return None


def _kind(record: Record, new: Claim | None, old: Claim | None, now: Claim | None) -> str:
    """A new claim that another had superseded already is an older word, and no restatement."""
    if kind := _kind_of_cause(record):
        return kind
    if new is not None and not new.is_none and now is not None and _identity(now) != _identity(new):
        return "older_word"
    if old is None:
        return "first_report"
    as_of = {claim.speaks_for.days for claim in (old, now) if claim and claim.speaks_for.dated_by == "as_of"}
    if old.topic.basis == "incident":
        return "update" if len(as_of) == 2 else "restatement"
    return "restatement" if now is not None and old.speaks_for.days == now.speaks_for.days else "update"


def _break_changes(
    log: Log, record: Record, lines: Lines, before: Breaks, after: Breaks
) -> Iterable[LineChange]:
    """A reset or adjustment is a change of each line that it touches; so is every amendment of one.

    One that was moved is a change at both dates.

    What a line answers stays as it was: the reset says that it is another count from that day on.
    """
    time = publication_of(log.plain(record), record) or record.recorded_at
    for source in sorted(before.keys() | after.keys()):
        cuts = [breaks[source] for breaks in (before, after) if source in breaks]
        if len({(cut.day, cut.claimant, cut.shift) for cut in cuts}) == 1 and len(cuts) == 2:
            continue
        kind = _kind_of_cause(record) or "reset"
        for key in sorted(lines):
            for day in sorted({cut.day for cut in cuts if cut.touches(key[0])}):
                days, cut = Days(day, day), after.get(source)
                answer = line_answer(lines[key], days)
                figure = None if answer is None else answer.figure
                undone = cut is None or cut.day != day or not cut.touches(key[0])
                lag = lag_days(days, time)
                yield LineChange(record.position, kind, *key, days, figure, figure, lag, is_undone=undone)


def falls(log: Log, series: str) -> list[Fall]:
    """Every drop of a running total, of one count, by the numbers that stand.

    The drop is the least by which it must have fallen. A claim is held against all those before it since the
    last fall, for a running total never falls; the fall is told from the one that leaves most of it
    unexplained, of equals the highest floor, of these the newest. Choice: across a reset nothing falls, since
    the counts are different ones; from the claim of a fall on the total is counted anew, so that a drop is
    told once.
    """
    topic = Topic(*series.split("."))
    if topic.basis != "cumulative":
        return []
    breaks = breaks_of(log, topic)
    fallen = []
    for line in lines_of(log, series).values():
        ordered = sorted(last_words(line), key=lambda claim: claim.order)
        earlier: list[Claim] = []
        for newer in [claim for claim in ordered if claim.bounds is not None]:
            drops = [fall for older in earlier if (fall := _fall(older, newer, breaks))]
            if drops:
                fallen.append(max(reversed(drops), key=lambda fall: (fall.unexplained, fall.drop)))
                earlier = []
            earlier.append(newer)
    return fallen


def _fall(older: Claim, newer: Claim, breaks: Sequence[Break]) -> Fall | None:
    if older.bounds is None or newer.bounds is None or newer.bounds.high is None:
        return None
    drop = older.bounds.low - newer.bounds.high
    if drop <= 0 or count_number(older, breaks) != count_number(newer, breaks):
        return None
    shift = shift_between(older.claimant, older.speaks_for.days, newer.speaks_for.days, breaks)
    return Fall(older.claimant, older.figure, newer.figure, drop, min(drop, max(0, -shift)))
