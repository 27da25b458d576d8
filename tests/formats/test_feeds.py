"""Atom and JSON Feed: read by the readers' own rules."""

import json
import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import feedparser
import msgspec
import pytest
from hypothesis import given

from tests.formats.documents import BASE, HEAD, heads, page_of, sequences, single_entry_pages, write_document
from tests.support.profiles import examples
from tests.support.samples import engagement, estimate, id_of, retraction
from timeline.formats.atom import Atom
from timeline.formats.feeds import TITLE_LENGTH_MAX
from timeline.formats.jsonfeed import JsonFeed
from timeline.formats.writers import read_entry

ATOM = "{http://www.w3.org/2005/Atom}"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
NEXT = f"{BASE}/v1/timelines/kursk-2024?cursor=x&format=atom"


def texts_of(element, name):
    """The texts of an element's children of a name."""
    return [child.text for child in element.findall(ATOM + name)]


def check_atom(feed):
    """What RFC 4287 asks of a feed and of its entries, and a schema would."""
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (text,) = texts_of(element, name)
            assert text
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", *texts_of(element, "id"))
        assert RFC_3339.fullmatch(*texts_of(element, "updated"))
        for link in element.findall(f"{ATOM}link"):
            assert link.get("href").startswith(("http://", "https://"))
    assert 1 == len(feed.findall(f"{ATOM}author/{ATOM}name"))
    alternates = [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
    assert 1 == len(alternates)
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)


@examples(40)
@given(sequences, heads)
def test_whatever_is_recorded_is_valid_atom(events, head):
    """Text that XML cannot hold is replaced, and everything that the RFC asks for is there."""
    page = page_of(events)
    document = write_document(Atom(), "entries", *single_entry_pages(page), head=head)

    feed = ET.fromstring(document)
    check_atom(feed)
    parsed = feedparser.parse(document)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert "atom10" == parsed.version
    assert [read_entry(document).id.urn for document in page.documents] == [
        entry.id for entry in parsed.entries
    ]


@examples(40)
@given(sequences, heads)
def test_whatever_is_recorded_is_a_valid_json_feed(events, head):
    """Version, title and items, each with an id and a text; dates of RFC 3339."""
    page = page_of(events)
    feed = json.loads(write_document(JsonFeed(), "entries", *single_entry_pages(page), head=head))

    assert ("https://jsonfeed.org/version/1.1", head.title or "kursk-2024") == (
        feed["version"],
        feed["title"],
    )
    assert None not in feed.values()
    assert [read_entry(document).id.urn for document in page.documents] == [
        item["id"] for item in feed["items"]
    ]
    for item in feed["items"]:
        assert isinstance(item["content_text"], str)
        assert RFC_3339.fullmatch(item["date_published"])
        assert None not in item.values()


def test_an_atom_entry():
    """What a reader shows: title, text, when it changed, where it is from."""
    source = {"publisher": "rfa", "url": "https://example.org/a?b=c&d"}
    event = engagement(
        1, summary="Two <b>drones</b> & more\x01.", sources=[source], tags=["air"], language="en"
    )
    page = page_of([event])._replace(changed_at=[datetime(2025, 2, 3, tzinfo=UTC)])
    feed = feedparser.parse(
        write_document(Atom(), "entries", page, head=_head(next=NEXT, title="Kursk & more"))
    )
    (entry,) = feed.entries

    assert "Kursk & more" == feed.feed.title
    assert ("Two <b>drones</b> & more\N{REPLACEMENT CHARACTER}.", "text/plain") == (
        entry.summary,
        entry.summary_detail.type,
    )
    assert ("2025-02-03T00:00:00Z", "2025-01-01T01:00:00Z") == (entry.updated, entry.published)
    assert {"engagement", "reported", "air"} == {tag.term for tag in entry.tags}
    assert f"{BASE}/v1/timelines/kursk-2024/entries/{id_of(1)}" == entry.link
    links = {(link.rel, link.href) for link in (*feed.feed.links, *entry.links)}
    assert {("next", NEXT), ("self", HEAD.address), ("via", source["url"])} <= links


def test_a_json_feed_item():
    """The same, where JSON Feed has it."""
    source = {"publisher": "rfa", "url": "https://example.org/a"}
    event = engagement(1, sources=[source], tags=["air"], occurred="2024-12-27~")
    page = page_of([event])
    feed = json.loads(write_document(JsonFeed(), "entries", page, head=_head(next=NEXT)))

    assert (HEAD.address, NEXT) == (feed["feed_url"], feed["next_url"])
    assert {
        "url": f"{BASE}/v1/timelines/kursk-2024/entries/{id_of(1)}",
        "external_url": "https://example.org/a",
        "summary": "Event 1.",
        "content_text": "Event 1.\n\nDate: about 27 December 2024",
        "tags": ["air"],
    }.items() <= feed["items"][0].items()


@pytest.mark.parametrize("kind", [Atom, JsonFeed])
def test_a_feed_has_figures_in_words(kind):
    """Who reads it need not know what a qualifier is."""
    figure = {"qualifier": "more_than", "value": 3000}
    event = estimate(1, figure=figure, basis="cumulative", as_of="2024-12-27~", claimant="nis")
    page = page_of([event], {"nis": "The NIS"})

    document = write_document(kind(), "entries", page).decode()

    assert "The NIS: more than 3,000 killed (russia), as of about 27 December 2024" in document


def test_pages_of_a_feed_have_its_id():
    """The id is that of the whole, at every position; another selection is another feed."""
    ids = [
        ET.fromstring(write_document(Atom(), "entries", head=head)).findtext(f"{ATOM}id")
        for head in (
            _head(whole="https://x/a", url="https://x/a?at=1"),
            _head(whole="https://x/a", url="https://x/a?at=2", position=2),
            _head(whole="https://x/b", url="https://x/a?at=1"),
        )
    ]

    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("kind", [Atom, JsonFeed])
def test_a_retracted_entry_says_so(kind):
    """Whoever follows the feed learns that what was read no longer stands."""
    document = write_document(kind(), "entries", page_of([engagement(1), retraction(2, 1)])).decode()

    assert "retracted" in document


def test_a_long_summary_is_cut_at_a_word():
    """A title is a line; the whole text follows."""
    event = engagement(1, summary="word " * 1000)
    entry = feedparser.parse(write_document(Atom(), "entries", page_of([event]))).entries[0]

    assert len(entry.title) <= TITLE_LENGTH_MAX
    assert entry.title.endswith("word…")
    assert 1000 == entry.summary.count("word")


def _head(**fields):
    return msgspec.structs.replace(HEAD, **fields)
