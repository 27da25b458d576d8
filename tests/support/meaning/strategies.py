"""Hypothesis strategies for logs as reporting makes them: late, imprecise, merged, restated, relayed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from tests.support.samples import id_of
from timeline.domain.codec import decode_event
from timeline.domain.events import Event

CLAIMANTS = ("m", "y", "z")
DAYS = tuple(f"2024-{month}-{day:02}" for month in (11, 12) for day in (1, 5, 12, 20, 27))
TOTAL = "casualties.killed.s.all.cumulative"
SOURCE_REASONS = ("source_revision", "restatement", "late_report")
EDITORS_REASONS = ("transcription", "reclassification", "duplicate")
WORDS = ("dozens", "Dozens of soldiers", "hundreds", "many", "tens of thousands of people")

days = st.sampled_from(DAYS)
dates = days | st.sampled_from(("2024-12-05~", "2024-11", "2024-12", "2024", "2024-11?"))
"""Dates as `as_of` has them: days, months, a year, some blurred."""

spans = dates | st.sampled_from(
    ("2024-11-05/2024-11-20", "2024-11-20/2024-12-05", "2024-12-01/..", "2024-12-05T23:30:00-08:00")
)
"""Dates as `occurred` has them: intervals and times by another clock too."""

times = st.builds(
    lambda day, hour, offset: f"{day}T{hour:02}:30:00{offset}",
    days,
    st.integers(0, 23),
    st.sampled_from(("Z", "Z", "+09:00", "-08:00")),
)
"""When something was published."""


def distinct_times(size: int) -> st.SearchStrategy[list[str]]:
    """Times of which none is another's."""
    day_hours = st.tuples(days, st.integers(0, 23))
    chosen = st.lists(day_hours, min_size=size, max_size=size, unique=True)
    return chosen.map(lambda pairs: [f"{day}T{hour:02}:00:00Z" for day, hour in pairs])


def figures(*, plain: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Figures as they are reported; those of one unit and with bounds in order only, if `plain`."""
    numbers = st.integers(1, 60)
    valued = st.builds(
        lambda qualifier, value: {"qualifier": qualifier, "value": value},
        st.sampled_from(
            ("exact", "exact", "about", "almost", "at_least", "more_than", "up_to", "fewer_than")
        ),
        numbers,
    )
    between = st.lists(numbers, min_size=3, max_size=3).map(
        lambda three: dict(zip(("low", "best", "high"), sorted(three), strict=True))
    )
    ranges = between.map(lambda limits: {"qualifier": "between", **limits})
    vague = st.sampled_from(WORDS).map(lambda verbatim: {"qualifier": "vague", "verbatim": verbatim})
    none = st.just({"qualifier": "none_reported"})
    if plain:
        return valued | ranges
    share = numbers.map(lambda n: {"qualifier": "exact", "value": n, "origin": {"kind": "split"}})
    units = valued.map(lambda figure: {**figure, "unit": "battalions"})
    disordered = st.just({"qualifier": "between", "low": 9, "best": 7, "high": 5})
    return valued | ranges | vague | none | share | units | disordered


def publications(*, public: bool) -> st.SearchStrategy[dict[str, Any]]:
    """When it was published: at a time, by a source's time, by a relay, or unknown unless `public`."""
    own = times.map(lambda time: {"published_at": time})
    if public:
        return own
    printed = times.map(lambda time: {"sources": [{"publisher": "p", "published_at": time}]})
    relay = times.map(
        lambda time: {"sources": [{"publisher": "p", "published_at": time, "relayed_via": "r"}]}
    )
    return own | printed | relay | st.just({})


def event_of(number: int, kind: str, /, **fields: Any) -> Event:
    """An event from its fields as in JSON; absent ones are None."""
    content = {name: value for name, value in fields.items() if value is not None}
    content |= {"id": str(id_of(number)), "type": kind}
    if kind != "retraction":
        content.setdefault("summary", f"Event {number}.")
    return decode_event(msgspec.json.encode(content))


def running_total(
    number: int, claimant: str, figure: dict[str, Any], as_of: str | None, **fields: Any
) -> Event:
    """A running total of those killed of s."""
    count = {"subject": "s", "measure": "killed", "basis": "cumulative", "as_of": as_of}
    return event_of(number, "casualty_estimate", claimant=claimant, figure=figure, **count, **fields)


def toll(number: int, claimant: str, figure: dict[str, Any], incident: UUID | None, **fields: Any) -> Event:
    """A count of all killed in an incident, or in its own."""
    count = {
        "measure": "killed",
        "basis": "incident",
        "incident": None if incident is None else str(incident),
    }
    fields.setdefault("subject", "all")
    return event_of(number, "casualty_estimate", claimant=claimant, figure=figure, **count, **fields)


@st.composite
def logs(draw: st.DrawFn, max_size: int = 9, *, public: bool = False, amended: bool = True) -> list[Event]:
    """Events as a newsroom records them, each with what it needs before it; all published, if `public`."""
    log: list[Event] = []
    for number in range(1, draw(st.integers(2, max_size)) + 1):
        kinds = ["engagement", "running_total", "running_total", "toll", "increment"]
        earlier = [event.id for event in log if hasattr(event, "occurred")]
        if earlier:
            kinds += ["toll", "official_statement", "verification", "evidence", "series_reset"]
            kinds += ["same_as"] * (2 * (len(earlier) > 1))
            kinds += ["correction", "correction", "retraction"] * amended
            kinds += ["restatement"] * (4 * amended * any(hasattr(event, "figure") for event in log))
        kind = draw(st.sampled_from(kinds))
        fields = draw(publications(public=public))
        if kind in REPORTS:
            log.append(_draw_report(draw, number, kind, earlier, fields))
        elif kind == "correction":
            log.append(_draw_correction(draw, number, log, fields))
        elif kind == "restatement":
            log.append(_draw_restatement(draw, number, log, fields))
        else:
            log.append(event_of(number, kind, **_draw_fields(draw, kind, earlier, log), **fields))
    return log


REPORTS = ("engagement", "running_total", "increment", "toll")


def _draw_report(
    draw: st.DrawFn, number: int, kind: str, earlier: list[UUID], fields: dict[str, Any]
) -> Event:
    claimant = draw(st.sampled_from(CLAIMANTS))
    if kind == "engagement":
        return _draw_engagement(draw, number, claimant, fields)
    figure = draw(figures())
    if kind == "running_total":
        return running_total(number, claimant, figure, draw(dates | dates | st.none()), **fields)
    if kind == "increment":
        count = {"subject": "s", "measure": "killed", "basis": "increment", "period": draw(spans)}
        return event_of(number, "casualty_estimate", claimant=claimant, figure=figure, **count, **fields)
    incident = draw(st.sampled_from([None, *earlier]))
    fields |= {"as_of": draw(st.none() | dates), "occurred": draw(st.none() | spans)}
    subject = draw(st.sampled_from(("all", "all", "s", "t")))
    return toll(number, claimant, figure, incident, subject=subject, **fields)


def _draw_fields(draw: st.DrawFn, kind: str, earlier: list[UUID], log: Sequence[Event]) -> dict[str, Any]:
    """The fields of what is about other events."""
    about, speaker = [str(draw(st.sampled_from(earlier)))], draw(st.sampled_from(CLAIMANTS))
    if kind == "official_statement":
        stance = draw(st.sampled_from(("confirms", "denies", "not_acknowledged", "condemns")))
        return {"speaker": speaker, "stance": stance, "about": about, "occurred": draw(st.none() | spans)}
    if kind == "verification":
        grade = draw(st.sampled_from(("confirmed", "discounted", "possible")))
        return {"claimant": speaker, "grade": grade, "about": about}
    if kind == "evidence":
        return {"kind": "video", "about": about}
    if kind == "same_as":
        linked = draw(st.lists(st.sampled_from(earlier), min_size=2, max_size=2, unique=True))
        return {"developments": [str(event_id) for event_id in linked]}
    if kind == "series_reset":
        adjustment = draw(st.none() | st.integers(-9, 9))
        return {"series": TOTAL, "reason": "revised", "as_of": draw(days), "adjustment": adjustment}
    reason = draw(st.sampled_from(("withdrawn", "source_revision", "erroneous", "duplicate")))
    return {"target": str(draw(st.sampled_from([event.id for event in log]))), "reason": reason}


def _draw_engagement(draw: st.DrawFn, number: int, claimant: str, fields: dict[str, Any]) -> Event:
    fields |= {"occurred": draw(st.none() | spans), "killed": draw(st.none() | figures())}
    fields["tags"] = draw(st.sampled_from(([], ["air-strike"])))
    fields["place"] = draw(st.sampled_from((None, {"name": "Kursk", "country": "RU"}, {"country": "UA"})))
    fields["attackers"] = draw(st.sampled_from(([], ["kyiv"])))
    return event_of(number, "engagement", claimant=claimant, **fields)


def _draw_correction(draw: st.DrawFn, number: int, log: Sequence[Event], fields: dict[str, Any]) -> Event:
    """A correction of a count, by its source or by an editor; the latter is no publication."""
    reason = draw(st.sampled_from(SOURCE_REASONS + EDITORS_REASONS))
    counts = [event for event in log if hasattr(event, "figure")]
    target = draw(st.sampled_from(counts or list(log)))
    changes: dict[str, Any] = {"summary": "Mended."}
    if counts:
        field = draw(st.sampled_from(tuple(CORRECTED)))
        changes = {field: draw(CORRECTED[field])}
    if reason in EDITORS_REASONS:
        fields = {}
    return event_of(number, "correction", target=str(target.id), reason=reason, changes=changes, **fields)


def _draw_restatement(draw: st.DrawFn, number: int, log: Sequence[Event], fields: dict[str, Any]) -> Event:
    """Another figure of a count by its source, the date left alone, so that the older may stand for its days.

    That is where the count names no day, or a month: most are of such.
    """
    counts = [event for event in log if hasattr(event, "figure")]
    moving = [event for event in counts if event.as_of is None or len(event.as_of) < len(DAYS[0])]
    target = draw(st.sampled_from(moving or counts))
    changes = {"figure": _replaced(draw(figures(plain=True)))}
    reason = draw(st.sampled_from(SOURCE_REASONS))
    return event_of(number, "correction", target=str(target.id), reason=reason, changes=changes, **fields)


def _replaced(figure: dict[str, Any]) -> dict[str, Any]:
    """A merge patch that leaves nothing of the figure before."""
    names = ("value", "low", "best", "high", "verbatim", "unit", "origin")
    return dict.fromkeys(names) | figure


CORRECTED: dict[str, st.SearchStrategy[Any]] = {
    "figure": figures().map(_replaced),
    "claimant": st.sampled_from(CLAIMANTS),
    "as_of": st.none() | dates,
    "occurred": st.none() | spans,
}
"""What a correction sets in a count, by the field."""
