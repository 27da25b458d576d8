"""Atom: writes entries as a feed (RFC 4287), a page per request (RFC 5005, section 3)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import ClassVar
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from timeline.formats import feeds
from timeline.formats.writers import DocumentHead, EntryFields
from timeline.views.documents import Page

_NAMESPACE = "http://www.w3.org/2005/Atom"

# What XML 1.0 (section 2.2) cannot hold, not even as a reference.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Atom:
    """A feed whose entries have the ids of their developments."""

    media_type: ClassVar[str] = "application/atom+xml"
    extension: ClassVar[str] = "atom"

    def __init__(self) -> None:
        self._head: DocumentHead
        self._text = StringIO()
        self._xml = XMLGenerator(self._text, "utf-8", short_empty_elements=True)

    def begin(self, head: DocumentHead) -> bytes:
        """The feed's own elements; its author is the timeline, in whose words the summaries are."""
        self._head = head
        self._xml.startDocument()
        self._open("feed", xmlns=_NAMESPACE, **({"xml:lang": head.language} if head.language else {}))
        self._element("id", feeds.feed_id(head))
        self._element("title", feeds.feed_title(head))
        if head.description:
            self._element("subtitle", head.description)
        self._element("updated", _time(head.recorded_at))
        self._open("author")
        self._element("name", feeds.feed_title(head))
        self._element("uri", head.timeline_url)
        self._close("author")
        self._element("link", rel="self", href=head.address, type=self.media_type)
        self._element("link", rel="via", href=head.url, type=self.media_type)
        self._element("link", rel="alternate", href=head.timeline_url, type="application/json")
        if head.next:
            self._element("link", rel="next", href=head.next, type=self.media_type)
        return self._take_written()

    def entries(self, page: Page[bytes, object]) -> bytes:
        """The entries of a page."""
        for entry, updated in feeds.entries_with_updates(page):
            self._entry(entry, updated, page.names)
        return self._take_written()

    def end(self) -> bytes:
        """The closing tag of the feed."""
        self._close("feed")
        return self._take_written()

    def _entry(self, entry: EntryFields, updated: datetime, names: Mapping[str, str]) -> None:
        event = entry.event
        self._open("entry", **({"xml:lang": event.language} if event.language else {}))
        self._element("id", entry.id.urn)
        self._element("title", feeds.entry_title(entry))
        self._element("updated", _time(updated))
        self._element("published", _time(entry.recorded_at))
        # without a media type, since feed readers follow only links to HTML or of no type
        self._element("link", rel="alternate", href=feeds.entry_address(self._head, entry.id))
        for url in dict.fromkeys(source.url for source in event.sources if source.url):
            self._element("link", rel="via", href=url)
        for term in dict.fromkeys((entry.type, entry.status, *event.tags)):
            self._element("category", term=term)
        self._element("summary", event.summary)
        self._element("content", feeds.entry_text(entry, names), type="text")
        self._close("entry")

    def _open(self, name: str, **attributes: str) -> None:
        self._xml.startElement(
            name, AttributesImpl({key: _replace_forbidden(value) for key, value in attributes.items()})
        )

    def _close(self, name: str) -> None:
        self._xml.endElement(name)
        self._text.write("\n")

    def _element(self, name: str, text: str = "", **attributes: str) -> None:
        self._open(name, **attributes)
        self._xml.characters(_replace_forbidden(text))
        self._close(name)

    def _take_written(self) -> bytes:
        """The bytes that were written since the last call."""
        written = self._text.getvalue().encode()
        self._text.seek(0)
        self._text.truncate()
        return written


def _replace_forbidden(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _time(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
