import re

import msgspec
import pytest

from timeline.cli.audit import CHART_COLUMNS, print_audit, spark
from timeline.domain.words import edtf_words
from timeline.views.responses import SeriesAuditView


@pytest.mark.parametrize(
    ("values", "bars"),
    [([1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█"), ([5, 5], "▁▁"), ([0, 100], "▁█"), ([8, 1], "█▁")],
)
def test_values_are_drawn_from_the_least_to_the_greatest(values, bars):
    """Equal ones lie flat."""
    assert bars == spark(values)


def test_many_values_are_sampled_to_fit():
    """The first and the last are among them."""
    bars = spark([*range(999), 0])

    assert len(bars) <= CHART_COLUMNS + 1
    assert "▁" == bars[0] == bars[-1]


def a_change(position, kind, as_of, before, after, **fields):
    """A change as the service answers it."""
    texts = {"before_text": before or "", "after_text": after or ""}
    figures = {"before": before and FIGURE, "after": after and FIGURE}
    fixed = {"claimant": "nis", "unit": "people", "source": ID, "cause": ID, "cause_type": "retraction"}
    dates = {
        "as_of": as_of,
        "as_of_text": edtf_words(as_of),
        "earliest": "2024-12-27",
        "latest": "2024-12-27",
    }
    numbers = {"position": position, "kind": kind, "difference": None, "lag_days": position}
    return {
        "sources": [],
        **fixed,
        **figures,
        **texts,
        **dates,
        **numbers,
        "recorded_at": "2025-01-01T00:00:00Z",
        **fields,
    }


FIGURE = {"qualifier": "more_than", "value": 3000}
EXACT = {"qualifier": "exact", "value": 5}
ID = "01940767-a2e0-7e51-b541-51be2431f565"


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    """Rows are not folded, however wide the terminal is in which the tests run."""
    monkeypatch.setenv("COLUMNS", "200")


def printed(capsys, changes, falls=(), **fields):
    """The audit of these changes and falls, as the terminal prints it."""
    page = {
        "timeline": "k",
        "position": 9,
        "rules": 2,
        "series": "s",
        "total": len(changes),
        "kinds": {},
        "next": None,
    }
    content = {
        **page,
        "url": "/",
        "head": 9,
        "rules": 2,
        "changes": changes,
        "falls": falls,
        "names": {"nis": "NIS"},
        "published_by": None,
        **fields,
    }
    view = msgspec.convert(content, SeriesAuditView)
    print_audit([view], view.changes)
    return capsys.readouterr().out


def test_changes_are_printed_in_words(capsys):
    """Figures and dates as an article would put them, the lag in days, and what is said of another date."""
    output = printed(
        capsys,
        [
            a_change(1, "first_report", "2024-12-27~", None, "more than 3,000"),
            a_change(2, "retraction", "2024-12-27", "12", "10", after_as_of="2024-12-01", silent=True),
        ],
    )

    first, second = (line for line in output.splitlines() if "27 December 2024" in line)
    assert "about 27 December 2024" in first
    assert "more than 3,000" in first
    assert "1 day " in first
    assert "retraction, silent" in second
    assert "10 (as of 1 December 2024)" in second
    assert "2 days" in second


def test_a_fall_is_printed_with_what_nothing_explains(capsys):
    """A drop of 5, of which adjustments explain 3; and where a figure is a floor, of at least 5."""
    dates = {"as_of": "2024-12-27", "as_of_text": "27 December 2024", "dated_by": "as_of"}
    days = {"earliest": "2024-12-27", "latest": "2024-12-27"}
    before = {"before_as_of": "2024-12", "before_as_of_text": "December 2024", "before": FIGURE}
    numbers = {"drop": 5, "explained": 3, "unexplained": 2, "explained_by": [ID], "source": ID}
    texts = {"before_text": "10", "after_text": "5", "after": EXACT, "claimant": "nis", "unit": "people"}
    fall = {**dates, **days, **before, **numbers, **texts}
    output = printed(capsys, [], [fall | {"before": EXACT}, fall])

    exact, at_least = (re.split(r"\s{2,}", ln.strip()) for ln in output.splitlines() if ID in ln)
    assert ["27 December 2024", "NIS", "10 (as of December 2024)", "5", "5", "2", ID] == exact
    assert ["at least 5", "at least 2"] == at_least[4:6]


def test_what_is_undone_or_superseded_already_is_printed_as_such(capsys):
    """A retracted adjustment is not applied again, and an older word shows its own figure."""
    output = printed(
        capsys,
        [
            a_change(1, "reset", "2024-12-27", "12", "12", adjustment=-150),
            a_change(2, "retraction", "2024-12-27", "12", "12", adjustment=-150, undone=True),
            a_change(3, "retraction", "2024-12-27", "12", "12", undone=True),
            a_change(4, "older_word", "2024-12-27", "12", "12", claimed_text="11", silent=True),
        ],
    )

    rows = [re.split(r"\s{2,}", line.strip()) for line in output.splitlines() if "27 December 2024" in line]
    assert ["-150", "-150 undone", "undone"] == [row[5] for row in rows[:3]]
    assert "older word (11), silent" == rows[3][2]


def test_the_ends_of_a_chart_are_in_words(capsys):
    """More than 3,000 is drawn as 3,000, and not said to be it."""
    later = {"earliest": "2025-01-05", "latest": "2025-01-05"}
    output = printed(
        capsys,
        [
            a_change(1, "first_report", "2024-12-27", None, "more than 3,000"),
            a_change(2, "update", "2025-01-05", "more than 3,000", "more than 3,000", **later),
        ],
    )

    assert "27 December 2024 more than 3,000 … 5 January 2025 more than 3,000" in output


def test_what_is_hidden_is_printed(capsys):
    """An audit by a time says how much it leaves out that may have been said by then."""
    output = printed(capsys, [], publication_unknown=2)

    assert "2 more claims or resets are hidden, because it is not known when they were published." in output
