"""Checks of series: each for dates, by policies, and the list by filters."""

from collections.abc import Iterator

from tests.meaning.checks.check import Check, Question
from tests.support.meaning.claims import claims_of


def addresses(question: Question) -> list[str]:
    """The addresses of all series that have a claim."""
    log = question.model.log(question.published_by, question.at)
    return sorted({claim.topic.series for claim in claims_of(log)})


def checks(question: Question) -> Iterator[Check]:
    """Each series."""
    yield from ()
