"""Counts of few incidents that are moved, linked and taken back, and told when nobody can say."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from tests.meaning.test_rows_by_time import disagreements
from tests.support.samples import id_of
from tests.support.sequences import offer
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Development
from timeline.domain.record import Record

TOLD = (None, "2024-11-30T00:00:00Z", "2024-12-01T00:00:00Z", "2024-12-02T00:00:00Z", "2024-12-03T00:00:00Z")
TIMES = [
    datetime(2024, 11, 30, 12, tzinfo=UTC),
    *(datetime(2024, 12, day, 12, tzinfo=UTC) for day in (1, 2, 5)),
]
OWN_COUNT = {"claimant": "ukraine", "killed": {"qualifier": "exact", "value": 2}}
KINDS = {
    "engagement": 12,
    "casualty_estimate": 43,
    "correction": 10,
    "retraction": 10,
    "same_as": 8,
    "verification": 10,
    "official_statement": 7,
}
"""How many of a hundred events are of a kind."""


def counted_log(seed: int, events: int) -> list[Record]:
    """A log of what is valid among so many events."""
    choice, graph, records = Random(seed), EventGraph(), list[Record]()
    for number in range(1, events + 1):
        [kind] = choice.choices([*KINDS], [*KINDS.values()]) if number > 2 else ["engagement"]
        others = [str(id_of(choice.randint(1, max(1, number - 1)))) for _ in range(2)]
        publication = choice.choice(TOLD)
        fields = _fields(choice, kind, others) | ({"published_at": publication} if publication else {})
        offer(graph, records, number, kind, fields)
    return records


def _fields(choice: Random, kind: str, others: Sequence[str]) -> dict[str, Any]:
    """What an event of a kind says, of others and at random."""
    tags, about = choice.choice(([], [], ["a"], ["b"])), {"about": others[:1]}
    reason = choice.choice(("transcription", "source_revision", "late_report"))
    count = {
        "claimant": choice.choice(("ukraine", "osint")),
        "subject": "russia",
        "measure": choice.choice(("killed", "killed", "wounded")),
        "basis": "incident",
        "incident": others[0],
        "figure": {"qualifier": "exact", "value": choice.randint(1, 3)},
    }
    changes = choice.choice(({"incident": others[1]}, {"tags": tags}, {"about": others[1:]}))
    dated = choice.choice(({}, {"occurred": "2024-12-01"}))
    fields: dict[str, dict[str, Any]] = {
        "engagement": {"tags": tags, **choice.choice(({}, OWN_COUNT)), **dated},
        "casualty_estimate": {"tags": tags, **count},
        "correction": {"target": others[0], "reason": reason, "changes": changes},
        "retraction": {"target": others[0], "reason": choice.choice(("erroneous", "withdrawn"))},
        "same_as": {"developments": others},
        "verification": {"claimant": "osint", "grade": choice.choice(("likely", "doubtful")), **about},
        "official_statement": {"speaker": "russia", "stance": "denies", **about},
    }
    return fields[kind]


def assert_rows_by_time(seed: int, events: int = 16) -> None:
    """Hold the rows of a log against the model, at its end, by each time."""
    records = counted_log(seed, events)
    for time in TIMES:
        if not has_circle(records, time):
            places = [*disagreements(records, len(records), time)]
            assert not places, f"seed {seed} by {time}: " + "; ".join(places)


def has_circle(records: Sequence[Record], time: datetime) -> bool:
    """Whether the world, not told of a retraction yet, took a count for one with what it counts."""
    snapshot = EventGraph(records).at(len(records), time)
    for record in records:
        if isinstance(record.event, Development) and (state := snapshot.development(record.event.id)):
            same = {word.event.id for word in state.words}
            if any(mention.word.event.id in same for mention in state.mentions.by_kind.counts):
                return True
    return False


@pytest.mark.parametrize("block", range(4))
def test_counts_by_a_time_are_those_of_the_model(block: int) -> None:
    """Rows that a time shows as they are stored show what the world had been told by then."""
    for seed in range(25 * block, 25 * (block + 1)):
        assert_rows_by_time(seed)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(10))
def test_counts_by_a_time_are_those_of_the_model_over_many_logs(block: int) -> None:
    """Three thousand logs, three hundred a block."""
    for seed in range(10_000 + 300 * block, 10_300 + 300 * block):
        assert_rows_by_time(seed)
