import pytest
from hypothesis import given

from tests.support.strategies import edtf
from timeline.domain.words import edtf_words


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
def test_a_date_is_said_as_precisely_as_it_is_known(text, words):
    """Neither doubt nor precision is lost in words, and nothing is added."""
    assert words == edtf_words(text)


@given(edtf())
def test_every_date_has_words(text):
    """No date of the vocabulary is beyond them."""
    assert edtf_words(text)
