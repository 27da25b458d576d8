from typing import get_args

import pytest
from hypothesis import given

from tests.support.strategies import edtf, figures
from timeline.domain.edtf import named_days
from timeline.domain.figure import Figure, Qualifier
from timeline.domain.words import bounds_phrase, days_words, edtf_words, figure_words, value_words


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
        ("2024-12-26T00:30:05+09:00", "26 December 2024, 00:30:05 (UTC+09:00)"),
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


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Figure(qualifier="more_than", value=3000), "more than 3,000"),
        (Figure(qualifier="up_to", value=12000, verbatim="up to 12,000"), "up to 12,000"),
        (Figure(qualifier="exact", value=1, unit="tanks"), "1 tanks"),
        (Figure(qualifier="between", low=40, best=52, high=60), "between 40 and 60, best 52"),
        (Figure(qualifier="between", low=60, high=40), "between 60 and 40"),
        (Figure(qualifier="between", low=12, best=12, high=12), "12"),
        (Figure(qualifier="between", low=12, best=13, high=12), "between 12 and 12, best 13"),
        (Figure(qualifier="vague", verbatim="dozens"), "dozens"),
        (Figure(qualifier="vague", verbatim="dozens", unit="tanks"), "dozens (tanks)"),
        (Figure(qualifier="vague", verbatim="dozens", low=36), "dozens (at least 36)"),
        (Figure(qualifier="vague", low=36, high=99, unit="tanks"), "36 to 99 tanks"),
        (Figure(qualifier="vague"), "an unnamed number"),
        (Figure(qualifier="none_reported"), "none reported"),
        (Figure(qualifier="none_reported", verbatim="no losses"), "none reported (“no losses”)"),
    ],
)
def test_a_figure_reads_as_its_source_put_it(figure, words):
    """The qualifier is never lost, and the source's own words stand where there is no number."""
    assert words == figure_words(figure)


@given(figures())
def test_every_figure_has_words(figure):
    """No figure of the vocabulary is beyond them."""
    assert figure_words(figure)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (3001, None, "at least 3,001"),
        (0, None, "at least 0"),
        (0, 12000, "up to 12,000"),
        (40, 60, "40 to 60"),
        (1, 1, "1"),
        (0, 0, "0"),
    ],
)
def test_bounds_in_words_fit_into_a_sentence(low, high, words):
    """No symbol of a table is needed to print what claims allow."""
    assert words == bounds_phrase(low, high)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2024", "2024"),
        ("2024-02", "February 2024"),
        ("2024-12-07~", "7 December 2024"),
        ("2024-12-01/2024-12-05", "1 to 5 December 2024"),
        ("2024-11/2024-12-05", "1 November 2024 to 5 December 2024"),
        ("2023/2024", "1 January 2023 to 31 December 2024"),
    ],
)
def test_days_are_called_by_the_month_or_year_that_they_fill(text, words):
    """A part of a month is no month."""
    assert words == days_words(named_days(text))
