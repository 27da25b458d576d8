"""Publicity: between which times the world knew something of a row, and not yet all (meaning, section 2).

A view by a time of publication shows what the world had been told by then. Before `public_from` a row had
nothing to show; from `settled_at` on it shows what it shows without a time; between these it is computed from
the records that bear on it. So pages by a time read most rows as they are.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, cast

from timeline.domain.last_word import Word


class Publicity(NamedTuple):
    """When the world came to know of something."""

    public_from: datetime | None
    """When the first of its words was published; None where of none it is known."""
    settled_at: datetime | None
    """When the last of all that bears on it was published; None where of some it is not known."""
    has_unknown: bool
    """Whether of some of its words it is not known when they were published."""


FROM_THE_START = datetime(1, 1, 1, tzinfo=UTC)
"""From when on that applies which is no publication: before every time that can be asked for.

So does the row of what may have been hidden again, which is computed for every time.
"""

UNKNOWN_PUBLICITY = Publicity(None, None, has_unknown=True)


def publicity_of(words: Iterable[Word], bearing: Iterable[datetime | None]) -> Publicity:
    """The publicity of what these words say, at least one, and of what bears on it, by its publications."""
    own = [word.published_at for word in words]
    public = [time for time in own if time is not None]
    times = [*own, *bearing]
    settled = None if None in times else in_utc(max(cast("list[datetime]", times)))
    return Publicity(in_utc(min(public)) if public else None, settled, None in own)


def widened(publicity: Publicity, words: Iterable[Word], bearing: Iterable[datetime | None]) -> Publicity:
    """The publicity of what shows these words too, and on which that bears which was published then."""
    own = [word.published_at for word in words]
    times = [*own, *bearing]
    if not times:
        return publicity
    first = [in_utc(time) for time in own if time is not None]
    if publicity.public_from is not None:
        first.append(publicity.public_from)
    last = [publicity.settled_at, *(time and in_utc(time) for time in times)]
    settled = None if None in last else max(cast("list[datetime]", last))
    return publicity._replace(public_from=min(first, default=None), settled_at=settled)


def united_of(publicities: Sequence[Publicity]) -> Publicity:
    """The publicity of what all of these rows show together."""
    first = [each.public_from for each in publicities if each.public_from is not None]
    last = [each.settled_at for each in publicities]
    settled = None if None in last else max(cast("list[datetime]", last))
    return Publicity(min(first, default=None), settled, any(each.has_unknown for each in publicities))


def publicity_of_word(word: Word) -> Publicity:
    """The publicity of a report on which nothing else bears."""
    if word.published_at is None:
        return UNKNOWN_PUBLICITY
    time = in_utc(word.published_at)
    return Publicity(time, time, False)


def last_of(times: Iterable[datetime | None]) -> list[datetime | None]:
    """Of times of publication the one from which on all is known; none where there are none."""
    last: datetime | None = None
    for time in times:
        if time is None:
            return [None]
        if last is None or last < time:
            last = time
    return [] if last is None else [last]


def in_utc(time: datetime) -> datetime:
    """The same instant: no database takes every offset that RFC 3339 allows."""
    return time if time.tzinfo is UTC else time.astimezone(UTC)
