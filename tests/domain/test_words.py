from typing import get_args

import pytest
from hypothesis import given

from tests.support.strategies import edtf
from timeline.domain.figure import Figure, Qualifier
from timeline.domain.words import edtf_words, figure_words, value_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2024", "2024"),
        ("2024-12", "December 2024"),
        ("2024-12-07~", "about 7 December 2024"),
        ("2024-12?", "December 2024 (uncertain)"),
        ("2024%", "about 2024 (uncertain)"),
        ("2024-12-20/2024-12-26", "20 December 2024 to 26 December 2024"),
        ("2024-12~/..", "since about December 2024"),
        ("2024-12-26T14:30:00Z", "26 December 2024, 14:30 UTC"),
        ("2024-12-26T00:30:05+09:00", "25 December 2024, 15:30:05 UTC"),
    ],
)
def test_a_date_in_words_is_as_precise_as_the_date(text, words):
    """Neither doubt nor precision is lost in words, and nothing is added."""
    assert words == edtf_words(text)


@given(edtf())
def test_every_date_has_words(text):
    """No date of the vocabulary is beyond them."""
    assert edtf_words(text)


@pytest.mark.parametrize("qualifier", sorted({*get_args(Qualifier)} - {"between", "vague", "none_reported"}))
def test_every_qualifier_of_a_value_has_words(qualifier):
    """The words of an exact value are its number; any other qualifier adds words."""
    words = value_words(qualifier, 3000)

    assert (qualifier == "exact") == (words == "3,000")
    assert words == figure_words(Figure(qualifier=qualifier, value=3000))
