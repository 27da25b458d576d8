"""The service holds the rules of meaning: its answers are those of the model, at every position of long logs.

Of the questions of `checks/` a few are asked at every position, drawn anew, by a time of publication that is
drawn or without one; at the head all of them, both ways. In every other log counts are restated often.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from tests.meaning.checks import actors, audits, entries, series, totals
from tests.meaning.checks.check import PUBLISHED_BY, TIMES, Difference, Question, difference
from tests.meaning.checks.desk import ServiceDesk
from tests.support.meaning import MeaningModel

ANSWERS = (entries, actors, series, totals, audits)
DIFFERENCES_MAX = 5
"""After so many of a log the rest is of no more use."""


def questions(model: MeaningModel, head: int, random: Random) -> Iterator[Question]:
    """What is asked about a log."""
    for at in range(1, head):
        yield Question(model, at, random.choice(PUBLISHED_BY), random, is_full=False)
    for published_by in (None, random.choice(TIMES)):
        yield Question(model, head, published_by, random, is_full=True)


def compare(desk: ServiceDesk, seed: int, size: int) -> tuple[Counter[str], list[Difference]]:
    """Record a log, and compare all answers: how many of each were compared, and which differ.

    What is stored must be what folding the log anew gives.
    """
    timeline, records = desk.record_log(seed, size)
    compared: Counter[str] = Counter()
    differences: list[Difference] = []
    for question in questions(MeaningModel(records), len(records), Random(seed)):
        for answer in ANSWERS:
            for check in answer.checks(question):
                compared[check.answer] += 1
                if disagreement := difference(desk, timeline, check):
                    differences.append(disagreement)
        if len(differences) >= DIFFERENCES_MAX:
            break
    assert desk.verify(timeline) == []
    return compared, differences


@pytest.mark.parametrize("seed", range(4))
def test_the_service_answers_as_the_model(service_desk: ServiceDesk, seed: int) -> None:
    """Short logs, so that every run of the tests has some."""
    compared, differences = compare(service_desk, seed, 20)

    assert not differences, "\n".join([f"seed {seed}:", *map(str, differences)])
    assert set(compared) >= {"entries", "actors", "series", "totals", "audit"}


@pytest.mark.soak
@pytest.mark.parametrize("block", range(20))
def test_the_service_answers_as_the_model_over_long_logs(
    service_desk: ServiceDesk, block: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two hundred logs of 20 to 80 events, ten a block."""
    compared: Counter[str] = Counter()
    for seed in range(1_000 + 10 * block, 1_010 + 10 * block):
        of_log, differences = compare(service_desk, seed, Random(seed).randint(20, 80))
        compared += of_log
        assert not differences, "\n".join([f"seed {seed}:", *map(str, differences)])
    with capsys.disabled():
        sys.stdout.write(f"\nblock {block}: {compared.total():,} comparisons, {dict(compared)}\n")
