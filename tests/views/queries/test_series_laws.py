"""The changes and falls of a series, held against the model of meaning over logs as reporting makes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.meaning import MeaningModel
from tests.support.meaning.audit import leading_address, lines_of
from tests.support.meaning.claims import Claim, Topic
from tests.support.meaning.dates import claim_dating
from tests.support.meaning.resets import Break, breaks_of
from tests.support.meaning.strategies import TOTAL, dates, days, event_of, figures, logs, running_total, times
from tests.support.meaning.words import Log
from tests.support.samples import id_of
from tests.support.sequences import records_of
from timeline.domain.dating import publication
from timeline.domain.edtf import Days
from timeline.domain.events import Correction, Event, event_type
from timeline.domain.record import Record
from timeline.domain.words import edtf_words, figure_words
from timeline.views.queries.claim_lines import ClaimVersion, LineKey
from timeline.views.queries.falls import ResetVersion
from timeline.views.queries.series_changes import Cause, SeriesAudit, amending_positions

SERIES = (
    TOTAL,
    "casualties.killed.s.all.increment",
    f"casualties.killed.all.all.incident.{id_of(1)}",
    f"casualties.killed.all.all.incident.{id_of(2)}",
    f"casualties.killed.all.all.incident.{id_of(3)}",
    f"casualties.killed.s.all.incident.{id_of(1)}",
)


def claim_version(claim: Claim, position: int) -> ClaimVersion:
    """A claim of the model as the views keep it, from a position on."""
    speaks_for, bounds = claim.speaks_for, claim.bounds
    return ClaimVersion(
        source=claim.word.record.event.id,
        first_position=claim.word.record.position,
        from_position=position,
        to_position=None,
        line=LineKey(claim.claimant, claim.unit),
        days=Days(*speaks_for.days),
        as_of=speaks_for.text,
        as_of_text=edtf_words(speaks_for.text),
        dated_by=speaks_for.dated_by,
        said_at=claim.word.time,
        position=claim.word.position,
        figure=claim.figure,
        text=figure_words(claim.figure),
        low=bounds and bounds.low,
        high=bounds and bounds.high,
    )


def reset_version(cut: Break, position: int) -> ResetVersion:
    """A reset of the model as the views keep it, from a position on."""
    word = cut.word
    dating = claim_dating(word.event, word.published, word.recorded_at)
    return ResetVersion(
        source=word.record.event.id,
        first_position=word.record.position,
        from_position=position,
        to_position=None,
        claimant=cut.claimant,
        days=Days(*dating.days),
        as_of=dating.text,
        as_of_text=edtf_words(dating.text),
        dated_by=dating.dated_by,
        adjustment=cut.shift,
    )


def versions(states: Sequence[dict[Any, Any]]) -> list[Any]:
    """What stood at each position from 1 on, as versions that begin and end."""
    closed, current = [], {}
    for position, state in enumerate(states, 1):
        ended = [key for key in current if without_positions(current[key]) != state.get(key)]
        closed += [replaced(current.pop(key), to_position=position) for key in ended]
        begun = state.keys() - current.keys()
        current |= {key: replaced(state[key], from_position=position) for key in begun}
    return [*closed, *current.values()]


def replaced(version: Any, **positions: int | None) -> Any:
    """A version over other positions."""
    fields = {name: getattr(version, name) for name in version.__struct_fields__}
    return type(version)(**fields | positions)


def without_positions(version: Any) -> Any:
    """What a version says, wherever it stands."""
    return replaced(version, from_position=0, to_position=None)


def audited(records: Sequence[Record], series: str, published_by: datetime | None) -> SeriesAudit:
    """The audit of what the model says stood at each position."""
    address = leading_address(Log(records, published_by), series)
    claims, resets = [], []
    for record in records:
        log = Log(records, published_by, at=record.position)
        standing = [claim for line in lines_of(log, address).values() for claim in line]
        claims.append({claim.word.record.event.id: claim_version(claim, 0) for claim in standing})
        breaks = breaks_of(log, Topic(*address.split(".")))
        resets.append({cut.word.record.event.id: reset_version(cut, 0) for cut in breaks})
    claim_versions, reset_versions = versions(claims), versions(resets)
    amending = amending_positions((*claim_versions, *reset_versions))
    types = {r.position: event_type(r.event) for r in records if r.position in amending}
    return SeriesAudit(address, claim_versions, reset_versions, types)


def cause_of(record: Record) -> Cause:
    """A record as the audit gets it."""
    event: Any = record.event
    published = publication(event, record.recorded_at)
    if published is None and isinstance(event, Correction) and "published_at" in event.changes:
        published = datetime.fromisoformat(event.changes["published_at"])
    reason = getattr(event, "reason", None)
    return Cause(event.id, event_type(event), reason, published, record.recorded_at, event.sources)


@settings(max_examples=100, deadline=None)
@given(logs(), st.sampled_from(SERIES), st.none() | times)
def test_the_changes_are_those_of_the_model(log: list[Event], series: str, time: str | None) -> None:
    """The silent ones too, in the same order, by position, line and date, with the same lag."""
    records = records_of(log)
    published_by = datetime.fromisoformat(time).astimezone(UTC) if time else None
    audit = audited(records, series, published_by)
    causes = {record.position: cause_of(record) for record in records}
    described = [change.describe(causes[change.position]) for change in audit.changes]

    assert [
        (c.position, c.kind, c.claimant, c.unit, tuple(c.days), c.before, c.after, c.lag, c.is_silent)
        for c in MeaningModel(records).audit(series, published_by, silent=True)
    ] == [
        (
            c.position,
            c.kind,
            c.claimant,
            c.unit,
            (c.earliest, c.latest),
            c.before,
            c.after,
            c.lag_days,
            c.silent,
        )
        for c in described
    ]


@st.composite
def total_logs(draw: st.DrawFn) -> list[Event]:
    """Running totals of two claimants that rise and fall, their resets and their adjustments."""
    log = []
    for number in range(1, draw(st.integers(2, 12)) + 1):
        claimant = draw(st.sampled_from(("m", "y")))
        if draw(st.integers(0, 2)):
            log.append(running_total(number, claimant, draw(figures(plain=True)), draw(dates)))
        else:
            whose, adjustment = draw(st.sampled_from((None, claimant))), draw(st.none() | st.integers(-40, 9))
            fields = {"series": TOTAL, "reason": "revised", "as_of": draw(days)}
            log.append(event_of(number, "series_reset", claimant=whose, adjustment=adjustment, **fields))
    return log


@settings(max_examples=100, deadline=None)
@given(total_logs())
def test_the_falls_are_those_of_the_model(log: list[Event]) -> None:
    """With how much of each the adjustments between explain."""
    records = records_of(log)
    falls = audited(records, TOTAL, None).falls

    assert sorted(
        (f.claimant, f.before.value, f.after.value, f.drop, f.explained, f.unexplained)
        for f in MeaningModel(records).falls(TOTAL)
    ) == sorted(
        (f.claimant, f.before.value, f.after.value, f.drop, f.explained, f.unexplained) for f in falls
    )
    assert all(bool(fall.explained) == bool(fall.explained_by) for fall in falls)
