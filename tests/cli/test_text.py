from uuid import UUID

import pytest

from timeline.cli.text import bounds_words, clean, figure_on_one_line, name_words, plural, reset_words
from timeline.domain.figure import Bounds, Figure
from timeline.views.documents import ResetDocument


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (Bounds(3001, None), "at least 3,001"),
        (Bounds(0, 12000), "up to 12,000"),
        (Bounds(1, 1), "1"),
        (Bounds(0, None), "at least 0"),
        (None, "—"),
    ],
)
def test_bounds_are_readable(bounds, words):
    """A lower limit, a range, a single number; a dash where there are none."""
    assert words == bounds_words(bounds)


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Figure(qualifier="more_than", value=3000), "more than 3,000"),
        (Figure(qualifier="up_to", value=12000, verbatim="up to 12,000"), "up to 12,000"),
        (Figure(qualifier="exact", value=1, unit="tanks"), "1 tanks"),
        (Figure(qualifier="between", low=40, best=50, high=60), "between 40 and 60, best 50"),
        (Figure(qualifier="vague", verbatim="dozens\nof tanks"), "dozens of tanks"),
        (Figure(qualifier="none_reported"), "none reported"),
    ],
)
def test_a_figure_reads_as_its_source_put_it(figure, words):
    """The qualifier is never lost."""
    assert words == figure_on_one_line(figure)


def test_posted_text_cannot_steer_the_terminal():
    """Escape sequences, line breaks and marks that reorder a line are replaced."""
    assert "a\N{REPLACEMENT CHARACTER}[31mred b \N{REPLACEMENT CHARACTER}c" == clean(
        "a\x1b[31mred\nb\t\u202ec\n"
    )


def test_an_actor_without_a_name_goes_by_its_id():
    """Nobody is left out because no profile was posted."""
    assert ["NIS", "rfa", "—"] == [name_words(actor, {"nis": "NIS"}) for actor in ("nis", "rfa", None)]


def test_one_is_not_many():
    """Counts agree with what they count."""
    assert ["1 event", "2,000 events", "2 series"] == [
        plural(1, "event"),
        plural(2000, "event"),
        plural(2, "series", "series"),
    ]


@pytest.mark.parametrize(
    ("adjustment", "words"),
    [
        (-24, "adjusted by -24 for Ukraine on 9 January 2024"),
        (None, "begun again for Ukraine on 9 January 2024"),
    ],
)
def test_an_adjustment_is_no_restart(adjustment, words):
    """By its number a total goes on; without one it is counted from the start."""
    reset = ResetDocument(
        id=UUID(int=1),
        position=1,
        claimant="ukraine",
        as_of="2024-01-09",
        as_of_text="9 January 2024",
        reason="Recount.",
        adjustment=adjustment,
    )

    assert words == reset_words(reset, {"ukraine": "Ukraine"})
