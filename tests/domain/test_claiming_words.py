from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_claims import ID, OTHER, toll, word_of
from timeline.domain.claiming_words import ClaimingWords
from timeline.domain.claims import claim_of
from timeline.domain.figure import Figure
from timeline.domain.last_word import Word

NONE = {"figure": Figure(qualifier="none_reported")}
AGAIN: dict[str, Any] = {"summary": "Better spelling."}


def claiming(words: list[Word]) -> list[Word]:
    """The words that claim something, of all words of an event."""
    return [*ClaimingWords().of(ID, words)]


def killed(value: int, unit: str | None = None) -> dict[str, Any]:
    """What changes the figure of a toll."""
    return {"figure": Figure(qualifier="exact", value=value, unit=unit)}


def words_of(*sayings: tuple[str, dict[str, Any]], **fields: Any) -> list[Word]:
    """The words of a toll of one: the day of each, and what it changed of the one before."""
    words: list[Word] = []
    for position, (day, changes) in enumerate(sayings, 1):
        fields |= changes
        event = toll(**fields, published_at=datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        words.append(word_of(event)._replace(position=position))
    return words


def claimed_days(words: list[Word]) -> list[str]:
    """For which days an event claims how many, earlier words first."""
    claims = [claim_of(word) for word in claiming(words)]
    return [f"{c.days.first}/{c.days.last}: {c.figure.value}" for c in claims if c is not None]


def test_what_was_said_before_stands_for_its_own_days():
    """A toll of a day that is restated on others, as by new reports; of one day the last word stands."""
    words = words_of(
        ("2025-01-06", {}), ("2025-01-06", killed(2)), ("2025-01-10", killed(3)), ("2025-01-12", killed(4))
    )

    assert [2, 3, 4] == [word.position for word in claiming(words)]
    assert ["2025-01-06/2025-01-06: 2", "2025-01-10/2025-01-10: 3", "2025-01-12/2025-01-12: 4"] == (
        claimed_days(words)
    )


def test_who_corrects_something_else_says_no_figure_again():
    """It is of when it was said first; the report shows its better spelling."""
    words = words_of(
        ("2025-01-06", {}), ("2025-01-10", AGAIN), ("2025-01-12", killed(2)), ("2025-01-14", AGAIN)
    )
    earlier, last = claiming(words)

    assert ["2025-01-06/2025-01-06: 1", "2025-01-12/2025-01-12: 2"] == claimed_days(words)
    assert ([1, 3], "Better spelling.") == ([earlier.position, last.position], earlier.event.summary)


def test_a_month_that_reaches_further_by_its_publication_leaves_what_it_reached_before():
    """December by the 5th, by the 20th, and whole; a month that was over is the same days in every word."""
    words = words_of(
        ("2024-12-05", {}), ("2024-12-20", killed(2)), ("2025-02-01", killed(3)), as_of="2024-12"
    )
    of_past = words_of(("2025-01-05", {}), ("2025-01-20", killed(2)), as_of="2024-12")

    assert ["2024-12-01/2024-12-05: 1", "2024-12-01/2024-12-20: 2", "2024-12-01/2024-12-31: 3"] == (
        claimed_days(words)
    )
    assert ["2024-12-01/2024-12-31: 2"] == claimed_days(of_past)


@pytest.mark.parametrize(
    "changes",
    [
        {"as_of": "2025-01-09"},
        {"occurred": "2025-01-09"},
        {"claimant": "other"},
        {"subject": "russia"},
        {"basis": "increment", "period": "2025-01"},
        killed(1, "battalions"),
    ],
)
def test_a_claim_that_is_moved_leaves_none(changes):
    """To another date, claimant, series or unit."""
    assert 1 == len(claiming(words_of(("2025-01-06", {}), ("2025-01-10", killed(2) | changes))))


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"as_of": "2024-12"}, {"as_of": "2024-12~"}),
        ({"as_of": "2024-12"}, {"occurred": "2024-12-01"}),
        ({"basis": "incident", "incident": OTHER}, {"occurred": "2025-01-05"}),
    ],
)
def test_what_names_the_same_days_moves_no_claim(fields, changes):
    """However the date is written, and whatever does not date the claim."""
    words = words_of(("2024-12-06", {}), ("2024-12-10", killed(2) | changes), **fields)

    assert 2 == len(claiming(words))


def test_who_reports_none_takes_back_what_was_claimed():
    """What is said after it stands."""
    words = words_of(
        ("2025-01-06", {}), ("2025-01-08", NONE), ("2025-01-10", killed(2)), ("2025-01-12", killed(3))
    )

    assert 1 == len(claiming(words[:2]))
    assert ["2025-01-10/2025-01-10: 2", "2025-01-12/2025-01-12: 3"] == claimed_days(words)


@given(
    sayings=st.lists(
        st.tuples(
            st.integers(1, 9),
            st.sampled_from((killed(1), killed(2), killed(3), AGAIN, {"as_of": "2025-01"}, NONE)),
        ),
        max_size=8,
    ),
    random=st.randoms(use_true_random=False),
)
def test_a_further_word_is_added_to_what_was_found(sayings, random):
    """What was found of the words before it says the same as looking at all of them."""
    words = words_of(*((f"2025-01-0{day}", changes) for day, changes in sayings))
    facts = ClaimingWords()

    for count in range(1, len(words) + 1):
        assert [*facts.of(ID, words[:count])] == [*claiming(words[:count])]
    for count in range(len(words) - 1, 0, -1):
        assert [*facts.of(ID, words[:count])] == [*claiming(words[:count])]
    random.shuffle(words)
    for count in range(1, len(words) + 1):  # each put in where it belongs
        some = sorted(words[:count], key=lambda word: word.position)
        assert [*facts.of(ID, some)] == [*claiming(some)]
