"""Dates by the rules: the days that a date names, its cap, what dates a word, and its publication."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from timeline.domain.edtf import Days, parse
from timeline.domain.events import CountReport, Development, Event, OfficialStatement, SeriesReset

DAY = timedelta(days=1)


class Dating(NamedTuple):
    """A date as the source wrote it, the days that it names after its cap, and the field that gave it."""

    text: str
    days: Days
    dated_by: str
    instant: datetime
    """Sorting is by instant: the start of what is named, or when it was said."""


def named_days(text: str) -> Days:
    """Dates are selected, ordered and held equal by the days that they name; `~`, `?`, `%` change nothing.

    A time names the day by its own offset: the clock of the place, not that of UTC. An open end names all
    days to come, until the cap.
    """
    if "T" in text:
        day = date.fromisoformat(text[:10])
        return Days(day, day)
    first, _, last = text.partition("/")
    begins = _plain_days(first).first
    if last == "..":
        return Days(begins, date.max)
    return Days(begins, _plain_days(last or first).last)


def _plain_days(text: str) -> Days:
    span = parse(text.rstrip("~?%"))
    return Days(span.start.date(), (span.end - timedelta(microseconds=1)).date())


def start_of(text: str) -> datetime:
    """The first instant of what a date names, in UTC; a day without a clock begins at midnight UTC."""
    if "T" in text:
        return parse(text).start
    return datetime.combine(named_days(text).first, time(), tzinfo=UTC)


def capped_days(text: str, day_of_word: date) -> Days:
    """A date of month or year precision, or with an open end, is capped at the day of its publication.

    That is the day by the publication's own clock, else the day of recording. Never below its own first
    day; days and times are never capped, nor an interval that ends on a day.
    """
    days = named_days(text)
    end = text.partition("/")[2] or text
    if "T" in text or (end != ".." and len(end.rstrip("~?%")) == len("2024-12-27")):
        return days
    return Days(days.first, max(days.first, min(days.last, day_of_word)))


def spoken_dates(event: Event) -> Iterable[tuple[str, str]]:
    """The fields of a date that the event itself has, with their names, in the order in which they date it.

    A claim's date is its `as_of`, else its period, else `occurred`, else when it was said.
    """
    if isinstance(event, CountReport | SeriesReset) and event.as_of is not None:
        yield "as_of", event.as_of
    if isinstance(event, CountReport) and event.period is not None:
        yield "period", event.period
    if isinstance(event, Development) and event.occurred is not None:
        yield "occurred", event.occurred


def claim_dating(event: Event, published: datetime | None, recorded_at: datetime) -> Dating:
    """A claim's date: `as_of`, else period, else `occurred`, else when it was said; `dated_by` says which.

    Choice: an increment's date is its period even where it has an `as_of`, since what it counts is the
    period and its standing is that of the newest one.
    """
    day = (published or recorded_at).date()
    written = list(spoken_dates(event))
    if isinstance(event, CountReport) and event.basis == "increment":
        written = [pair for pair in written if pair[0] == "period"] or written
    if written:
        field, text = written[0]
        return Dating(text, capped_days(text, day), field, start_of(text))
    return said_dating(published, recorded_at)


def count_dating(event: Event, published: datetime | None, recorded_at: datetime) -> Dating:
    """What the count of an incident speaks for: its `as_of`; one without speaks for when it was said."""
    if isinstance(event, CountReport) and event.as_of is not None:
        days = capped_days(event.as_of, (published or recorded_at).date())
        return Dating(event.as_of, days, "as_of", start_of(event.as_of))
    return said_dating(published, recorded_at)


def said_dating(published: datetime | None, recorded_at: datetime) -> Dating:
    """When a word was said: its publication, else its recording, on the day of that clock."""
    instant = published or recorded_at
    day = instant.date()
    return Dating(day.isoformat(), Days(day, day), "recorded" if published is None else "published", instant)


def place_in_time(event: Event, published: datetime | None, recorded_at: datetime) -> Dating:
    """An event's place in time is its `occurred`, else `as_of`, else its period, else when it was said."""
    day = (published or recorded_at).date()
    written = dict(spoken_dates(event))
    for field in ("occurred", "as_of", "period"):
        if field in written:
            text = written[field]
            return Dating(text, capped_days(text, day), field, start_of(text))
    return said_dating(published, recorded_at)


def publication(event: Event, recorded_at: datetime) -> datetime | None:
    """The event's `published_at`; else the earliest of its sources not before the day it speaks for.

    None is unknown. The day that it occurred or speaks for is the first day of the latest of its dates, so
    that a source of 5 December may speak for December. A statement without publication was said when it
    occurred: choice: by the last second of the last day that it names, since only then is it certain.
    """
    if event.published_at is not None:
        return event.published_at
    texts = [text for _, text in spoken_dates(event)]
    printed = [source.published_at for source in event.sources if source.published_at is not None]
    fitting = [instant for instant in printed if all(not _is_before(instant, text) for text in texts)]
    if fitting:
        return min(fitting)
    if isinstance(event, OfficialStatement) and event.occurred is not None:
        if "T" in event.occurred:
            return datetime.fromisoformat(event.occurred)
        last = capped_days(event.occurred, recorded_at.date()).last
        return datetime.combine(last, time(23, 59, 59), tzinfo=UTC)
    return None


def _is_before(instant: datetime, text: str) -> bool:
    """Whether it is on a day before the first that a date names: of a time, by the clock of the place."""
    clock = datetime.fromisoformat(text).tzinfo if "T" in text else instant.tzinfo
    return instant.astimezone(clock).date() < named_days(text).first


def lag_days(days: Days, time_of_word: datetime) -> int:
    """Lag is in whole days from the last named day to when it was said: published, else recorded."""
    return (time_of_word.date() - days.last).days


def time_line(dating: Dating, by: str) -> str:
    """The line of a histogram by `month` or `year` on which a date stands.

    What is dated by its recording alone is `undated`; what spans several months stands on the line of its
    year, or `several_years`.
    """
    if dating.dated_by == "recorded":
        return "undated"
    first, last = dating.days
    if first.year != last.year:
        return "several_years"
    same_month = first.month == last.month
    return f"{first:%Y-%m}" if by == "month" and same_month else f"{first:%Y}"
