"""A check: one question to the service, the model's answer to it, and how the two are compared."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

import msgspec

from tests.meaning.checks.desk import RefusedQuestion, ServiceDesk
from tests.support.meaning import MeaningModel
from tests.support.meaning.newsroom import DAYS

AS_OF = (None, None, "2031-11-12", "2031-12-06~", "2031-11", "2031-12", "2031", "2032-03-01")
"""The dates that are asked for."""

TIMES = tuple(datetime.fromisoformat(f"{day}T12:00:00+00:00") for day in DAYS[1::2])
PUBLISHED_BY = (*[None] * len(TIMES), *TIMES)
"""The times that are asked for, every other question; None for all that is recorded."""


class Check(NamedTuple):
    """What is asked for, below the timeline, and what is right."""

    answer: str
    """Which of the answers this is a check of, such as `series`."""
    path: str
    parameters: dict[str, Any]
    expected: Any
    read: Callable[[Any], Any]
    """What the service says, as the model says it; it gets None where the service knows no such thing."""


class Question(NamedTuple):
    """The state that a check asks about."""

    model: MeaningModel
    at: int
    published_by: datetime | None
    random: Random
    is_full: bool
    """Whether everything is asked, or only a part that is drawn."""

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that every question has."""
        published_by = None if self.published_by is None else self.published_by.isoformat()
        return {"at": self.at, "published_by": published_by}

    def some(self, every: Iterable[Any], size: int) -> list[Any]:
        """All, or some of them where not everything is asked."""
        values = list(every)
        return values if self.is_full or len(values) <= size else self.random.sample(values, size)


class Difference(NamedTuple):
    """A check in which the service and the model disagree."""

    check: Check
    actual: Any

    def __str__(self) -> str:
        parameters = {name: value for name, value in self.check.parameters.items() if value is not None}
        lines = [f"{self.check.answer} {self.check.path} {parameters}"]
        for place, expected, actual in differing_parts(self.check.expected, self.actual):
            lines.append(f"  {place}\n    model:   {expected}\n    service: {actual}")
        return "\n".join(lines)


def differing_parts(expected: Any, actual: Any, place: str = "$") -> Iterator[tuple[str, Any, Any]]:
    """The smallest parts of two answers that differ, with their places."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in {**expected, **actual}:
            yield from differing_parts(expected.get(name), actual.get(name), f"{place}.{name}")
    elif (
        isinstance(expected, list)
        and isinstance(actual, list)
        and sorted(map(repr, expected)) != sorted(map(repr, actual))
    ):
        yield place, [x for x in expected if x not in actual], [x for x in actual if x not in expected]
    elif expected != actual:
        yield place, expected, actual


def difference(desk: ServiceDesk, timeline: str, check: Check) -> Difference | None:
    """Ask the service, and compare its answer with the model's."""
    try:
        actual = check.read(desk.get(f"/v1/timelines/{timeline}{check.path}", **check.parameters))
    except RefusedQuestion as problem:
        return Difference(check, str(problem))
    except (AssertionError, KeyError, TypeError) as error:  # an answer of another form
        return Difference(check, repr(error))
    return None if actual == check.expected else Difference(check, actual)


def plain(value: Any) -> Any:
    """A value as JSON has it: ids as texts, structs as objects."""
    return msgspec.json.decode(msgspec.json.encode(value))


def instant(value: datetime | str | None) -> datetime | None:
    """A time in UTC, from either side."""
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return None if time is None else time.astimezone(UTC)
