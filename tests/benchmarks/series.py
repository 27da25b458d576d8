"""The invented life of one series: every event makes one change in it, of all the kinds that there are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tests.benchmarks import words
from tests.benchmarks.data import Plan, event_id

SERIES = f"casualties.killed.{words.SUBJECTS[0].slug}.military.cumulative"
CLAIMANTS = 3
_PLAN = Plan(seed=5)
_START = datetime(2010, 1, 1, tzinfo=UTC)


def changes(count: int) -> Iterator[bytes]:
    """So many events, as JSON."""
    encode = msgspec.json.Encoder().encode
    return (encode(_event(number)) for number in range(count))


def _event(number: int) -> dict[str, Any]:
    """A claim mostly; of a hundred events 5 restate one, 5 correct one, 5 retract one, and one is a reset."""
    if number % 100 == 99:
        return _reset(number)
    match number % 20:
        case 7:
            return _claim(number, day=number - CLAIMANTS)
        case 12:
            return _amendment(number, "correction", number - 2) | {"changes": {"figure": _figure(number, 3)}}
        case 17:
            return _amendment(number, "retraction", number - 3)
    return _claim(number, day=number)


def _claim(number: int, day: int) -> dict[str, Any]:
    claimant, date = words.CLAIMANTS[number % CLAIMANTS], _START + timedelta(days=day)
    return {
        "type": "casualty_estimate",
        "id": str(event_id(_PLAN, number)),
        "summary": f"{claimant.name} gives the number for {date:%d %B %Y}.",
        "published_at": f"{date + timedelta(days=1):%Y-%m-%dT%H:%M:00Z}",
        "sources": [
            {
                "publisher": words.MEDIA[number % 7].slug,
                "url": f"https://{words.MEDIA[number % 7].slug}.example/{date:%Y/%m/%d}/{number:x}",
                "title": f"The number for {date:%d %B %Y}",
            }
        ],
        "claimant": claimant.slug,
        "subject": words.SUBJECTS[0].slug,
        "measure": "killed",
        "category": {"status": "military"},
        "figure": _figure(number),
        "basis": "cumulative",
        "as_of": f"{date:%Y-%m-%d}",
    }


def _figure(number: int, more: int = 0) -> dict[str, Any]:
    """What is claimed; every fortieth falls below the one before."""
    return {"qualifier": "about", "value": 10_000 + 25 * number + more - (5_000 if number % 40 == 21 else 0)}


def _amendment(number: int, kind: str, target: int) -> dict[str, Any]:
    return {
        "type": kind,
        "id": str(event_id(_PLAN, number)),
        "summary": "The source has put its report right.",
        "target": str(event_id(_PLAN, target)),
        "reason": "source_revision",
    }


def _reset(number: int) -> dict[str, Any]:
    return {
        "type": "series_reset",
        "id": str(event_id(_PLAN, number)),
        "series": SERIES,
        "reason": "The count was revised after an inquiry.",
        "claimant": words.CLAIMANTS[number % CLAIMANTS].slug,
        "as_of": f"{_START + timedelta(days=number):%Y-%m-%d}",
        "adjustment": -100,
    }
