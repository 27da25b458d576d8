"""Dating: which days an event names or a figure speaks for, and when the world was told (meaning, section 1).

- A claim's date is its `as_of`, else its period, else `occurred`, else when it was said; `dated_by` says
  which. An increment's date is its period even where it has an `as_of`: the period is what it counts.
- The count of an incident speaks for its `as_of`; a count without one speaks for when it was said. By these
  days it is selected, also for a date that is asked for: what was said in August is no figure of June, though
  the incident was in May. The date that is shown with it is its own as above.
- An event's place in time is its `occurred`, else `as_of`, else its period, else when it was said.
- Published: the event's `published_at`; else the earliest `published_at` of its sources that is not before
  the day it occurred or speaks for; else unknown. That day is the first of the latest of its dates, so that a
  source of 5 December may speak for December. A statement without publication was said when it occurred: by
  the last second of the last day that it names, since only then is that certain.
- A date of month or year precision, or with an open end, is capped at the day on which it was published, else
  recorded, by the clock of that publication: nobody knows on the 5th what the 31st will bring. It is never
  capped below its own first day; days and times, and intervals that end on a day, are never capped.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from timeline.domain.edtf import Days, named_days, parse
from timeline.domain.events import CountReport, Development, Event, OfficialStatement, SeriesReset

DatedBy = Literal["as_of", "period", "occurred", "published", "recorded"]
"""Which field dates something; `published` and `recorded` are when it was said."""

DATING_RANKS: dict[DatedBy, int] = {"occurred": 0, "as_of": 1, "period": 2, "published": 3, "recorded": 4}
"""What gives the place in time before what."""

_DAY_LENGTH = len("2024-12-27")
_LAST_SECOND = time(23, 59, 59, tzinfo=UTC)


class Dating(NamedTuple):
    """A date as its source put it, and the days that it names after its cap."""

    text: str
    """EDTF; the day, where the date is when it was said."""
    days: Days
    dated_by: DatedBy
    instant: datetime
    """The first that the date names (UTC midnight for a day), or when it was said; puts things in order."""


def claim_dating(event: Event, published_at: datetime | None, recorded_at: datetime) -> Dating:
    """The date that a figure, or a reset, speaks for."""
    if isinstance(event, CountReport) and event.basis == "increment" and event.period is not None:
        return written_dating(event.period, "period", published_at or recorded_at)
    return _first_dating(event, published_at, recorded_at)


def count_days(event: Event, said_at: datetime) -> Days:
    """The days for which the count of an incident speaks; `said_at` is when, published or else recorded."""
    if isinstance(event, CountReport) and event.as_of is not None:
        return written_dating(event.as_of, "as_of", said_at).days
    day = said_at.date()
    return Days(day, day)


def place_in_time(event: Development, published_at: datetime | None, recorded_at: datetime) -> Dating:
    """When it happened, as far as the event or its publication says."""
    if event.occurred is not None:
        return written_dating(event.occurred, "occurred", published_at or recorded_at)
    return _first_dating(event, published_at, recorded_at)


def _first_dating(event: Event, published_at: datetime | None, recorded_at: datetime) -> Dating:
    """By the first date that is written in the event, in the order of its fields."""
    for field in _date_fields(type(event)):
        text = getattr(event, field)
        if text is not None:
            return written_dating(text, field, published_at or recorded_at)
    return said_dating(published_at, recorded_at)


def leading_dating(datings: Iterable[Dating]) -> Dating:
    """The date of what several reports speak of, from theirs in the order in which the reports lead.

    It is the first that says when it occurred; else in the same way the first `as_of`, period, publication.
    """
    return min(datings, key=lambda dating: DATING_RANKS[dating.dated_by])


def written_dating(text: str, field: DatedBy, told_at: datetime) -> Dating:
    """A date that is written in a field; `told_at` is when, published or else recorded."""
    return _written_dating(text, field, told_at.date())


@lru_cache(maxsize=32_768)  # for the same reason as `edtf.parse`
def _written_dating(text: str, field: DatedBy, told_on: date) -> Dating:
    return Dating(text, capped_days(text, told_on), field, parse(text).start)


def said_dating(published_at: datetime | None, recorded_at: datetime) -> Dating:
    """When something was said: its publication, else its recording, on the day of that clock."""
    instant = published_at or recorded_at
    day = instant.date()
    dated_by: DatedBy = "recorded" if published_at is None else "published"
    return Dating(day.isoformat(), Days(day, day), dated_by, instant.astimezone(UTC))


def capped_days(text: str, told_on: date) -> Days:
    """The days that a date names, up to the day on which somebody told it."""
    days = named_days(text)
    if days.last <= told_on or "T" in text:
        return days
    end = text.rpartition("/")[2]
    if end != ".." and len(end.rstrip("~?%")) == _DAY_LENGTH:
        return days
    return Days(days.first, max(days.first, told_on))


def publication(event: Event, recorded_at: datetime) -> datetime | None:
    """When the world was told what an event says; None where that is unknown."""
    instant = stated_publication(event)
    if instant is None and isinstance(event, OfficialStatement) and event.occurred is not None:
        return _said_when_it_occurred(event.occurred, recorded_at)
    return instant


def stated_publication(event: Event) -> datetime | None:
    """The time of publication that an event or its sources state; not that of the day of a statement."""
    if event.published_at is not None:
        return event.published_at
    if event.sources:
        printed = [source.published_at for source in event.sources if source.published_at is not None]
        if printed:
            since = printed
            for _, text in _dates_of(event):
                since = [instant for instant in since if _is_since(instant, text)]
            if since:
                return min(since)
    return None


def _is_since(instant: datetime, text: str) -> bool:
    """Whether an instant is not before the first day that a date names, for a time by its own clock."""
    if "T" in text:
        instant = instant.astimezone(datetime.fromisoformat(text).tzinfo)
    return instant.date() >= named_days(text).first


def lag_days(days: Days, said_at: datetime) -> int:
    """The whole days from the last day of a date to the day on which the word was said, by its clock."""
    return (said_at.date() - days.last).days


def _said_when_it_occurred(occurred: str, recorded_at: datetime) -> datetime:
    if "T" in occurred:
        return datetime.fromisoformat(occurred)
    return datetime.combine(capped_days(occurred, recorded_at.date()).last, _LAST_SECOND)


def _dates_of(event: Event) -> Sequence[tuple[DatedBy, str]]:
    """The dates that an event has, with their fields, in the order in which they date a claim."""
    return [
        (field, text) for field in _date_fields(type(event)) if (text := getattr(event, field)) is not None
    ]


@cache
def _date_fields(kind: type[Event]) -> tuple[DatedBy, ...]:
    if issubclass(kind, CountReport):
        return "as_of", "period", "occurred"
    if issubclass(kind, SeriesReset):
        return ("as_of",)
    return ("occurred",) if issubclass(kind, Development) else ()
