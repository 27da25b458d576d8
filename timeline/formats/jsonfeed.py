"""JSON Feed 1.1 (https://jsonfeed.org/version/1.1): writes entries as a feed, a page per request."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from timeline.formats import feeds
from timeline.formats.writers import DocumentHead, EntryFields
from timeline.views.documents import Page

_encode = msgspec.json.Encoder().encode


class JsonFeed:
    """A feed whose items have the ids of their developments.

    What the format has no member for is in the extension `_timeline` of the item, as the format provides.
    """

    media_type: ClassVar[str] = "application/feed+json"
    extension: ClassVar[str] = "feed.json"

    def __init__(self) -> None:
        self._head: DocumentHead
        self._separator = b"\n"

    def begin(self, head: DocumentHead) -> bytes:
        """The feed's own members, up to its items."""
        self._head = head
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feeds.feed_title(head),
            "home_page_url": head.timeline_url,
            "feed_url": head.address,
            "description": head.description,
            "next_url": head.next,
            "authors": [{"name": feeds.feed_title(head), "url": head.timeline_url}],
            "language": head.language,
            "_timeline": {
                "id": feeds.feed_id(head),
                "position": head.position,
                "rules": head.rules,
                "url": head.url,
            },
        }
        return _encode(_without_nulls(feed)).removesuffix(b"}") + b',"items":['

    def entries(self, page: Page[bytes, object]) -> bytes:
        """The items of a page."""
        items = b",\n".join(
            _encode(self._item(entry, updated, page.names))
            for entry, updated in feeds.entries_with_updates(page)
        )
        if not items:
            return b""
        separator, self._separator = self._separator, b",\n"
        return separator + items

    def end(self) -> bytes:
        """The closing brackets of the feed."""
        return b"\n]}\n"

    def _item(self, entry: EntryFields, updated: datetime, names: Mapping[str, str]) -> dict[str, Any]:
        event = entry.event
        urls = [source.url for source in event.sources if source.url]
        own = {
            "type": entry.type,
            "status": entry.status,
            "occurred": event.occurred,
            "date": entry.date or event.occurred,
            "date_text": entry.date_text or None,
            "earliest": entry.earliest,
            "latest": entry.latest,
            "dated_by": entry.dated_by,
            "claim": entry.claim,
        }
        return _without_nulls(
            {
                "id": entry.id.urn,
                "url": feeds.entry_address(self._head, entry.id),
                "external_url": urls[0] if urls else None,
                "title": feeds.entry_title(entry),
                "summary": event.summary,
                "content_text": feeds.entry_text(entry, names),
                "date_published": entry.recorded_at,
                "date_modified": updated,
                "tags": event.tags,
                "language": event.language,
                "_timeline": _without_nulls(own),
            }
        )


def _without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
