from itertools import pairwise

import msgspec
import pytest

from tests.formats.documents import TITLED_HEAD, as_timelinejs, page_of
from tests.support.samples import engagement, estimate, event, evidence, id_of, retraction, statement
from timeline.domain.errors import NotFound
from timeline.formats.timelinejs_writer import TimelineJs
from timeline.views.documents import Page

NAMES = {"ukraine": "Ukraine's <General Staff>", "russia": "Russia", "tass": "TASS"}


def _slide(*events, **head):
    return as_timelinejs(events, msgspec.structs.replace(TITLED_HEAD, **head), NAMES)["events"][0]


def test_a_report_is_a_slide_that_says_who_claims_what():
    """The figure keeps its words, the sources their links, and markup in any of them is text."""
    source = {"publisher": "tass", "url": 'https://example.org/a?b="c"&d', "title": "Losses <b>up</b>"}
    figure = {"qualifier": "more_than", "value": 3000}
    slide = _slide(
        estimate(
            1,
            figure=figure,
            summary="A & B <i>lost</i>",
            occurred="2024-12-23~",
            as_of="2024-12",
            basis="cumulative",
            sources=[source, {"publisher": "tass"}],
        )
    )
    assert slide == {
        "unique_id": str(id_of(1)),
        "start_date": {"year": 2024, "month": 12, "day": 23},
        "display_date": "about 23 December 2024",
        "group": "Casualty estimate",
        "text": {
            "headline": "A &amp; B &lt;i&gt;lost&lt;/i&gt;",
            "text": "<p>Ukraine's &lt;General Staff&gt;: more than 3,000 killed (Russia),"
            " as of December 2024</p>"
            '<p>Sources: <a href="https://example.org/a?b=&quot;c&quot;&amp;d">'
            "Losses &lt;b&gt;up&lt;/b&gt;</a> (TASS); TASS</p>",
        },
    }


def test_a_claimant_without_a_figure_is_named():
    """The slide always says who asserts it."""
    assert "<p>According to Russia</p>" == _slide(engagement(1, claimant="russia"))["text"]["text"]


def test_a_status_other_than_reported_is_shown():
    """Readers see that a report is confirmed, or retracted."""
    for events, status in (((statement(2, 1),), "confirmed"), ((retraction(2, 1),), "retracted")):
        assert f"<p>Status: {status}</p>" == _slide(engagement(1), *events)["text"]["text"]


def test_a_statement_is_quoted():
    """Position and words of the speaker stand apart."""
    report = statement(1, statement="No comment", quote="We <know> nothing")
    expected = "No comment</p><blockquote>We &lt;know&gt; nothing</blockquote>"
    assert expected in _slide(report)["text"]["text"]


def test_evidence_shows_its_medium():
    """The first is shown, the others are linked; no address carries markup into the page."""
    media = [
        {
            "archive_url": 'https://example.org/<iframe/onload="x">',
            "caption": "1 < 2 &lt; 3",
            "credit": "<b>",
        },
        {"url": "https://example.org/second.jpg"},
        {"sha256": "0" * 64},
    ]
    slide = _slide(evidence(1, media=media, shows="A tank"))
    assert slide["media"] == {
        "url": "https://example.org/%3Ciframe/onload=%22x%22%3E",
        "caption": "1 &lt; 2 &amp;lt; 3",
        "credit": "&lt;b&gt;",
    }
    link = '<a href="https://example.org/second.jpg">https://example.org/second.jpg</a>'
    assert f"A tank<p>More: {link}</p>" == slide["text"]["text"]
    assert "group" not in slide


def test_a_report_without_a_date_says_so():
    """Its slide is at the day of its publication, by the clock of that."""
    slide = _slide(engagement(1, published_at="2024-12-27T23:00:00-05:00"))
    assert {"year": 2024, "month": 12, "day": 27} == slide["start_date"]
    assert "date not given; published 27 December 2024" == slide["display_date"]


def test_what_a_figure_is_about_dates_its_report():
    """Where nothing says when it occurred; the words say what the date is."""
    slide = _slide(estimate(1, basis="cumulative", as_of="2024-12"))
    assert {"year": 2024, "month": 12, "day": 1} == slide["start_date"]
    assert "as of December 2024" == slide["display_date"]


@pytest.mark.parametrize(("kind", "is_html"), [("html", True), ("other", False)])
def test_only_what_came_as_html_goes_out_as_html(kind, is_html):
    """A tag tells; text of any other event is escaped."""
    slide = _slide(event(1, "evidence", kind="document", shows="<b>x</b>", tags=[kind]))
    assert is_html == ("<b>" in slide["text"]["text"])


def test_the_title_is_the_timelines_own():
    """Escaped as all text; a timeline without a profile goes by its id."""
    written = as_timelinejs(
        [engagement(1)], msgspec.structs.replace(TITLED_HEAD, title="<T>", description="A & B")
    )
    assert {"headline": "&lt;T&gt;", "text": "A & B"} == written["title"]["text"]
    bare = as_timelinejs([engagement(1)], msgspec.structs.replace(TITLED_HEAD, title=None))
    assert {"headline": "kursk-2024"} == bare["title"]["text"]


def test_no_entry_is_no_document():
    """It is refused before a byte is sent, as TimelineJS would show an error in its place."""
    writer = TimelineJs()
    assert b"" == writer.begin(TITLED_HEAD) + writer.entries(Page([], {}, None))
    with pytest.raises(NotFound, match="cannot show a timeline without slides"):
        writer.end()


def test_pages_make_one_document():
    """However the entries are cut."""
    entries = page_of([engagement(number) for number in (1, 2, 3)]).documents
    for cuts in ((0, 1, 3), (0, 3), (0, 0, 2, 2, 3)):
        writer = TimelineJs()
        pages = [entries[a:b] for a, b in pairwise(cuts)]
        written = [writer.begin(TITLED_HEAD), *(writer.entries(Page(page, {}, None)) for page in pages)]
        document = msgspec.json.decode(b"".join((*written, writer.end())))
        assert 3 == len(document["events"])
