"""Hypothesis strategies for logs in which everything is about incidents: counts, merges, counts of counts."""

from typing import Any

from hypothesis import strategies as st

from tests.support.meaning.strategies import (
    CLAIMANTS,
    SOURCE_REASONS,
    dates,
    event_of,
    figures,
    publications,
    spans,
    toll,
)
from timeline.domain.events import CountReport, Event

PLACES: tuple[dict[str, Any] | None, ...] = (
    None,
    {"name": "Kursk", "country": "RU"},
    {"country": "UA", "admin1": "Sumy"},
)
CATEGORIES = (None, None, {"status": "civilian"}, {"status": "military"})


@st.composite
def incident_logs(draw: st.DrawFn, max_size: int = 12) -> list[Event]:
    """Reports and counts of few incidents, in any order of linking, corrected and retracted."""
    log: list[Event] = []
    for number in range(1, draw(st.integers(3, max_size)) + 1):
        reports = [str(event.id) for event in log if hasattr(event, "occurred")]
        kinds = ["engagement"] + ["toll"] * 3 * bool(reports)
        kinds += ["same_as", "correction", "retraction"] * (len(reports) > 1)
        kind = draw(st.sampled_from(kinds))
        fields = draw(publications(public=False)) | draw(_descriptions)
        if kind == "engagement":
            fields |= {"killed": draw(st.none() | figures()), "claimant": draw(st.sampled_from(CLAIMANTS))}
            fields["attackers"] = draw(st.sampled_from(([], ["kyiv"])))
            log.append(event_of(number, kind, **fields))
        elif kind == "toll":
            incident = draw(st.none() | st.sampled_from(reports[:2]) | st.sampled_from(reports))
            fields |= {"as_of": draw(st.none() | dates), "category": draw(st.sampled_from(CATEGORIES))}
            fields["subject"] = draw(st.sampled_from(("all", "all", "s", "t")))
            log.append(toll(number, draw(st.sampled_from(CLAIMANTS)), draw(figures()), incident, **fields))
        elif kind == "same_as":
            pair = draw(st.lists(st.sampled_from(reports), min_size=2, max_size=2, unique=True))
            log.append(event_of(number, kind, developments=pair))
        elif kind == "retraction":
            target = draw(st.sampled_from([event.id for event in log]))
            log.append(event_of(number, kind, target=str(target), reason="erroneous"))
        else:
            log.append(draw(_corrections(number, log, reports)))
    return log


_descriptions = st.fixed_dictionaries({
    "occurred": st.none() | spans,
    "tags": st.sampled_from(([], [], ["air-strike"], ["drones"])),
    "place": st.sampled_from(PLACES),
})  # fmt: skip


@st.composite
def _corrections(draw: st.DrawFn, number: int, log: list[Event], reports: list[str]) -> Event:
    """Of a report's date, tags or place, or of what a count counts, by an editor or by the source."""
    target = draw(st.sampled_from([event for event in log if str(event.id) in reports]))
    changes = draw(_descriptions.map(lambda fields: dict([*fields.items()][: draw(st.integers(1, 3))])))
    if isinstance(target, CountReport) and draw(st.booleans()):
        changes = {"incident": draw(st.none() | st.sampled_from(reports))}
    reason = draw(st.sampled_from(("transcription", "reclassification", *SOURCE_REASONS)))
    return event_of(number, "correction", target=str(target.id), reason=reason, changes=changes)
