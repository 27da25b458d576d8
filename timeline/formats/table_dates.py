"""Dates of a table's rows: the day, or where the mapping and the cell say so, the time of an event.

A time of day is an instant only with its offset from UTC: that of the cell, or the one that the mapping names
for all times. Where the mapping says that times are to be ignored, the day is taken. Counts are of days.
"""

import re
from datetime import timedelta
from typing import Any

from timeline.domain.edtf import DATE_PATTERN
from timeline.formats.days import DayOrder, edtf_span, parse_day, parse_month
from timeline.formats.drafts import RowFault
from timeline.formats.mapping import IGNORE_TIMES, ColumnTerm, PeriodMapping, TableMapping
from timeline.formats.table_cells import term_word
from timeline.formats.table_figures import NumberStyle, read_number

_DATE = re.compile(DATE_PATTERN)
_TIME = re.compile(
    r"(?P<day>.+?)(?:T|,? )(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<rest>\.\d{1,6})?)?"
    r" ?(?P<offset>Z|UTC|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_IGNORED = "with times = 'ignore' in the mapping the day is read"
_HOURS_PER_DAY = 24
_ORDERS: dict[str, DayOrder] = {"day-first": "day_first", "month-first": "month_first"}


def row_date(cells: dict[str, Any], mapping: TableMapping, term: ColumnTerm | None = None) -> str:
    """The date of a row as EDTF; of a time, its day as it is written.

    Raises:
        RowFault: the row has none, or one that leaves open which number is the day, or when a time is; or it
            is the time of a count.
    """
    when = row_time(cells, mapping, term)
    if "T" not in when:
        return when
    if mapping.event is None:
        column = (term or mapping.date_term).column
        raise RowFault(column, f"a count is of a day, not of a time: {when!r}; {_IGNORED}")
    return when.partition("T")[0]


def row_time(cells: dict[str, Any], mapping: TableMapping, term: ColumnTerm | None = None) -> str:
    """The date of a row as EDTF, or the instant as RFC 3339 where its cell has a time.

    Raises:
        RowFault: as `row_date`.
    """
    term = term or mapping.date_term
    word = term_word(cells, term)
    if word is None:
        raise RowFault(term.column, "the row has no date")
    order = _ORDERS.get(mapping.date_format or "")
    if day := parse_day(word, order):
        return day.isoformat()
    if _DATE.match(word):
        return word
    if month := parse_month(word):
        return month
    if when := _instant(word, order, mapping.times):
        return when
    raise RowFault(term.column, _fault_words(word, order))


def _fault_words(word: str, order: DayOrder | None) -> str:
    """What is wrong with a date, and what would have to stand in the mapping if that would mend it."""
    if _instant(word, order, IGNORE_TIMES):
        rest = "with an offset such as times = '+02:00' so is the time"
        return f"a time without an offset from UTC: {word!r}; {_IGNORED}, {rest}"
    reason = f"not a date such as 2024-12-27, 2024-12 or 2024-12-27~: {word!r}"
    orders = _ORDERS.values() if order is None else ()
    if any(parse_day(word, way) or _instant(word, way, IGNORE_TIMES) for way in orders):
        reason += "; with date_format = 'day-first' or 'month-first' in the mapping it is one"
    return reason


def _instant(word: str, order: DayOrder | None, times: str | None) -> str | None:
    """The instant that a text names, or its day where times are ignored; None where that is not known."""
    match = _TIME.fullmatch(word)
    day = match and parse_day(match["day"], order)
    if not match or day is None or int(match["hour"]) >= _HOURS_PER_DAY:
        return None
    if times == IGNORE_TIMES:
        return day.isoformat()
    offset = (match["offset"] or times or "").replace("UTC", "Z")
    if not offset:
        return None
    if offset != "Z" and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    clock = f"{match['hour']:0>2}:{match['minute']}:{match['second'] or '00'}{match['rest'] or ''}"
    return f"{day.isoformat()}T{clock}{offset}"


def row_period(
    cells: dict[str, Any], mapping: TableMapping, period: PeriodMapping | None, date: str
) -> str | None:
    """What an increment of a date covers, as EDTF; None where it covers no time at all.

    Raises:
        RowFault: the cells do not say.
    """
    if period is None:
        return date
    if period.start is not None:
        start = row_date(cells, mapping, ColumnTerm(column=period.start))
        end = row_date(cells, mapping, ColumnTerm(column=period.end)) if period.end else date
        return start if start == end else f"{start}/{end}"
    length = period.days if period.days is not None else period.hours
    column = length if isinstance(length, str) else "period"
    if isinstance(length, str):
        if length not in cells:
            raise RowFault(length, "the row does not say how long its period is")
        length = read_number(length, cells[length], NumberStyle())
    days, rest = (length or 0, 0) if period.days is not None else divmod(length or 0, _HOURS_PER_DAY)
    if rest:
        raise RowFault(column, f"a period of whole days is needed, not of {length} hours")
    day = parse_day(date)
    if day is None:
        raise RowFault(mapping.date_term.column, f"a period of days needs a day, not {date!r}")
    return edtf_span(day - timedelta(days=days - 1), day) if days else None
