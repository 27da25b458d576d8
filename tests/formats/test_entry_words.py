"""Entries in words: their date, and what they claim."""

import pytest
from hypothesis import given

from tests.formats.documents import page_of, sequences
from tests.support.profiles import examples
from tests.support.samples import engagement, estimate
from timeline.domain.claims import figure_of
from timeline.domain.words import figure_words
from timeline.formats.entry_words import claim_words, date_words
from timeline.formats.writers import read_entry


def entry_of(event):
    """The entry of the only event of a timeline."""
    (document,) = page_of([event]).documents
    return read_entry(document)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (engagement(1, occurred="2024-12-27~"), "about 27 December 2024"),
        (estimate(1, as_of="2024-12-20"), "as of 20 December 2024"),
        (
            estimate(1, basis="increment", period="2024-12-01/2024-12-05"),
            "over 1 December 2024 to 5 December 2024",
        ),
        (
            engagement(1, published_at="2024-12-27T23:00:00-05:00"),
            "date not given; published 27 December 2024",
        ),
        (engagement(1), "date not given; recorded 1 January 2025"),
    ],
)
def test_a_date_says_what_it_is_of(event, words):
    """Of what happened, of what a figure is about, or only of the report."""
    assert words == date_words(entry_of(event))


def test_a_claim_says_who_what_and_for_when():
    """In the order of a sentence."""
    figure = {"qualifier": "up_to", "value": 12000}
    event = estimate(1, figure=figure, basis="cumulative", as_of="2024-12-27~", claimant="nis")

    assert "The NIS: up to 12,000 killed (russia), as of about 27 December 2024" == claim_words(
        entry_of(event), {"nis": "The NIS"}
    )
    assert "According to nis" == claim_words(entry_of(engagement(1, claimant="nis")), {})
    assert claim_words(entry_of(engagement(1)), {}) is None


@examples(40)
@given(sequences)
def test_the_words_of_a_figure_are_in_those_of_its_claim(events):
    """Whatever is recorded, who reads an entry learns the figure as its source put it."""
    for document in page_of(events).documents:
        entry = read_entry(document)
        figure = figure_of(entry.event)
        if figure is not None and entry.event.claimant is not None:
            assert figure_words(figure) in claim_words(entry, {})
        assert date_words(entry)
