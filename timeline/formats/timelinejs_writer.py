"""TimelineJS 3: writes entries as its JSON, each as a slide; `timelinejs_reader` can read it again.

| entry                                  | TimelineJS                                                       |
|----------------------------------------|------------------------------------------------------------------|
| its id                                 | `unique_id`                                                      |
| `occurred`                             | `start_date`, `end_date`, `display_date`, see `timelinejs_dates` |
| no `occurred`                          | what dates it instead, and words that say so                     |
| `summary`                              | `text.headline`                                                  |
| what evidence shows; a statement's text and quote; claimant and figure; sources; status | `text.text` |
| the first medium of evidence           | `media`; others are links in the text                            |
| the tag `group-…`, else the type       | `group`; evidence without that tag has none                      |
| the timeline's profile                 | `title`                                                          |

All text is escaped, except that of events with the tag `html`: they came from slides, and their text is
written as it was read. TimelineJS sanitises all HTML before it shows it.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import ClassVar

import msgspec

from timeline.domain.components import Media, Source
from timeline.domain.errors import NotFound
from timeline.domain.events import Evidence, OfficialStatement
from timeline.formats.entry_words import claim_words, date_words
from timeline.formats.markup import as_html
from timeline.formats.timelinejs_dates import SlideDates, slide_date_of, write_slide_dates
from timeline.formats.timelinejs_reader import GROUP_PREFIX
from timeline.formats.timelinejs_slides import HTML_TAG, Slide, SlideMedia, SlideText
from timeline.formats.writers import DocumentHead, EntryFields, read_entry
from timeline.views.documents import Page

_encode = msgspec.json.Encoder().encode
_UNSAFE = {ord(sign): f"%{ord(sign):02X}" for sign in '<>"'}
"""TimelineJS puts some addresses into HTML without escaping them; these signs would end an attribute."""


class TimelineJs:
    """A slide for each entry.

    TimelineJS shows an error, not the title, if a document has no slides. A document without entries is
    refused instead; so that this can happen before any byte is sent, the opening waits for the first entry.
    """

    media_type: ClassVar[str] = "application/json"
    extension: ClassVar[str] = "json"

    def __init__(self) -> None:
        self._opening: bytes | None = None

    def begin(self, head: DocumentHead) -> bytes:
        """No bytes: the opening waits for the first entry."""
        title = Slide(
            unique_id=head.timeline,
            text=SlideText(as_html(head.title or head.timeline), as_html(head.description or "") or None),
        )
        self._opening = b'{"title":' + _encode(title) + b',"events":[\n'
        return b""

    def entries(self, page: Page[bytes, object]) -> bytes:
        """The slides of a page."""
        slides = [_encode(_slide(read_entry(document), page.names)) for document in page.documents]
        if not slides:
            return b""
        before, self._opening = b",\n" if self._opening is None else self._opening, None
        return before + b",\n".join(slides)

    def end(self) -> bytes:
        """The closing brackets.

        Raises:
            NotFound: there was no entry.
        """
        if self._opening is not None:
            raise NotFound("no entries match, and TimelineJS cannot show a timeline without slides")
        return b"\n]}\n"


def _slide(entry: EntryFields, names: Mapping[str, str]) -> Slide:
    event = entry.event
    is_html = HTML_TAG in event.tags
    dates = _dates(entry)
    return Slide(
        unique_id=str(entry.id),
        start_date=dates.start,
        end_date=dates.end,
        display_date=dates.display,
        group=_group(entry),
        text=SlideText(
            _html(event.summary, is_html=is_html),
            "".join(_paragraphs(entry, names, is_html=is_html)) or None,
        ),
        media=_media(event.media[0], is_html=is_html)
        if isinstance(event, Evidence) and event.media
        else None,
    )


def _dates(entry: EntryFields) -> SlideDates:
    occurred = entry.date if entry.dated_by == "occurred" else entry.event.occurred
    if occurred is not None:
        return write_slide_dates(occurred)
    first = entry.earliest or entry.starts
    return SlideDates(slide_date_of(first), display=date_words(entry))


def _group(entry: EntryFields) -> str | None:
    for tag in entry.event.tags:
        if tag.startswith(GROUP_PREFIX):
            return tag.removeprefix(GROUP_PREFIX).replace("-", " ").title()
    return None if entry.type == "evidence" else entry.type.replace("_", " ").capitalize()


def _media(media: Media, *, is_html: bool) -> SlideMedia:
    return SlideMedia(
        # without this member TimelineJS fails and shows no slide at all
        url=_address(media.url or media.archive_url) or "",
        title=media.title,
        caption=media.caption and _html(media.caption, is_html=is_html),
        credit=media.credit and _html(media.credit, is_html=is_html),
        thumbnail=_address(media.thumbnail_url),
    )


def _address(url: str | None) -> str | None:
    return url and url.translate(_UNSAFE)


def _paragraphs(entry: EntryFields, names: Mapping[str, str], *, is_html: bool) -> Iterator[str]:
    """The text below the headline, as HTML."""
    event = entry.event
    if isinstance(event, Evidence) and event.shows:
        yield _html(event.shows, is_html=is_html)
    if isinstance(event, OfficialStatement):
        yield from _paragraph(event.statement and as_html(event.statement))
        if event.quote:
            yield f"<blockquote>{as_html(event.quote)}</blockquote>"
    claim = claim_words(entry, names)
    yield from _paragraph(claim and as_html(claim))
    if isinstance(event, Evidence):
        addresses = [medium.url or medium.archive_url for medium in event.media[1:]]
        links = [_link(address, address) for address in addresses if address]
        yield from _paragraph(f"More: {', '.join(links)}" if links else None)
    sources = [_source_html(source, names) for source in event.sources]
    yield from _paragraph(f"Sources: {'; '.join(sources)}" if sources else None)
    if entry.status != "reported":
        yield f"<p>Status: {entry.status}</p>"


def _source_html(source: Source, names: Mapping[str, str]) -> str:
    publisher = as_html(names.get(source.publisher, source.publisher))
    address = source.url or source.archive_url
    if not address:
        return f"{as_html(source.title)} ({publisher})" if source.title else publisher
    return f"{_link(address, source.title)} ({publisher})" if source.title else _link(address, publisher)


def _link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{as_html(words)}</a>'


def _paragraph(html: str | None) -> Iterator[str]:
    if html:
        yield f"<p>{html}</p>"


def _html(text: str, *, is_html: bool) -> str:
    return text if is_html else as_html(text)
