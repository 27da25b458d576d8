"""Asks for totals, and holds each answer against the model of meaning."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.support.meaning import MeaningModel, Query
from tests.support.meaning.dates import Days as ModelDays
from tests.support.meaning.totals import Sums
from timeline.domain.record import Record
from timeline.log.reader import read_moment
from timeline.postgres import Pool
from timeline.views.queries.totals import TotalsQuery, totals
from timeline.views.totals_responses import IncidentSums

LINES_MAX = 1_000


class Answer(NamedTuple):
    """Totals as the model has them."""

    sums: Sums
    lines: dict[tuple[str | None, ...], Sums]
    parts: dict[str, Sums]
    left_out: Counter[str]
    publication_unknown: int

    def lows(self) -> dict[tuple[str | None, ...], int | None]:
        """The low of each line."""
        return {key: line.low for key, line in self.lines.items()}


async def ask_totals(pool: Pool, timeline: str, query: TotalsQuery, at: int | None = None) -> Answer:
    """The service's answer."""
    async with pool.connection() as connection:
        moment = await read_moment(connection, timeline, at)
        result = await totals(connection, moment, query, offset=0, limit=LINES_MAX)
    keys = [tuple(line.keys.values()) for line in result.lines]
    assert len(keys) == len(set(keys))
    reasons = [
        (": ".join(filter(None, (part.reason.replace("_", " "), ", ".join(part.categories)))), part.incidents)
        for part in result.left_out
    ]
    assert len(reasons) == len({reason for reason, _ in reasons})
    return Answer(
        _sums(result.total),
        {key: _sums(line) for key, line in zip(keys, result.lines, strict=True)},
        {part.subject: _sums(part) for part in result.parts},
        Counter(dict(reasons)),
        result.publication_unknown,
    )


def modelled_totals(log: Sequence[Record], query: TotalsQuery, at: int | None = None) -> Answer:
    """The model's answer."""
    names = ("measure", "category", "subject", "unit", "tags", "country", "place", "actor", "by", "policy")
    content: dict[str, Any] = {name: getattr(query, name) for name in names}
    for name, days in (("first", query.since), ("last", query.until)):
        content[name] = None if days is None else ModelDays(*days)
    total = MeaningModel(log).totals(Query(**content), query.published_by, at)
    unknown = total.publication_unknown if query.published_by else 0
    return Answer(total.sums, total.lines, total.parts, total.left_out, unknown)


def _sums(sums: IncidentSums) -> Sums:
    return Sums(**{name: getattr(sums, name) for name in Sums._fields})
