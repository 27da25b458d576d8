"""The dates of an entry: the one that is shown and puts it in order, and the days by which it is found.

The date of a development is the first `occurred` of any of its reports, the leading one first, then of the
counts of it; else in the same way the first `as_of`, then period, then publication. It is never the recording
of the leading report while another gives a date (meaning, section 5).

It is found by the days of all dates that its reports have; by those of their publication only where none has
a date, and by those of their recording only where that is not known either. The date that is shown is among
them, also where it is that of a count.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from timeline.domain.dating import DATING_RANKS, Dating, leading_dating
from timeline.domain.edtf import OPEN_END, Days, named_days, parse

_SAID = ("published", "recorded")
_DAY = timedelta(days=1)


class EntryDates(NamedTuple):
    """When a development was, and the days by which it is found."""

    dating: Dating
    ends: datetime | None
    """The first instant after it; None while it continues."""
    first_day: date
    last_day: date
    day_ranges: list[str]
    """The days one by one range, as PostgreSQL writes them, where other days lie between; else empty."""


def entry_dates(reports: Sequence[Dating], count: Dating | None = None) -> EntryDates:
    """The dates of a development from those of its reports, the leading one first, and the leading count."""
    if len(reports) == 1 and count is None:
        return single_dates(reports[0])
    leading = leading_dating(reports if count is None else [*reports, count])
    days = _united([dating.days for dating in _found_by([*reports, leading])])
    ranges = [f"[{first},{last}]" for first, last in days] if len(days) > 1 else []
    return EntryDates(leading, _end_of(leading), days[0].first, days[-1].last, ranges)


@lru_cache(maxsize=32_768)  # for the same reason as `edtf.parse`
def single_dates(dating: Dating) -> EntryDates:
    """The dates of a development of one report."""
    return EntryDates(dating, _end_of(dating), dating.days.first, dating.days.last, [])


def _found_by(datings: Iterable[Dating]) -> list[Dating]:
    """Those of the best kind: dates that are written, else publications, else recordings."""
    ranked = [(max(DATING_RANKS[dating.dated_by], DATING_RANKS["period"]), dating) for dating in datings]
    best = min(rank for rank, _ in ranked)
    return [dating for rank, dating in ranked if rank == best]


def _united(days: Iterable[Days]) -> list[Days]:
    """The days in order, those that overlap as one."""
    united: list[Days] = []
    for later in sorted(days):
        if united and later.first <= united[-1].last:
            united[-1] = Days(united[-1].first, max(united[-1].last, later.last))
        else:
            united.append(later)
    return united


def _end_of(dating: Dating) -> datetime | None:
    if dating.dated_by in _SAID:
        return dating.instant
    end = parse(dating.text).end
    if end == OPEN_END:
        return None
    if dating.days == named_days(dating.text):
        return end
    # what is capped by its publication was not known to last any longer
    return datetime.combine(dating.days.last, time(), tzinfo=UTC) + _DAY
