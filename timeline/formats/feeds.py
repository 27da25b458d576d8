"""What the two feeds have in common: how an entry is called there, and by which id it is known."""

import re
from collections.abc import Iterator
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from timeline.formats.writers import DocumentHead, EntryFields, read_entry
from timeline.views.documents import Page

TITLE_LENGTH_MAX = 160

_SPACES = re.compile(r"\s+")


def feed_id(head: DocumentHead) -> str:
    """A feed's id: that of its address, the same for all its pages and at every position."""
    return uuid5(NAMESPACE_URL, head.whole or head.timeline_url).urn


def feed_title(head: DocumentHead) -> str:
    """What the feed is called."""
    return head.title or head.timeline


def entry_address(head: DocumentHead, entry: UUID) -> str:
    """Where an entry is found as it now stands: whoever follows a feed wants the last word."""
    return f"{head.timeline_url}/entries/{entry}"


def entry_title(entry: EntryFields) -> str:
    """An entry's summary on one line, cut at a word where it is long."""
    line = _SPACES.sub(" ", entry.event.summary).strip()
    if len(line) <= TITLE_LENGTH_MAX:
        return line or entry.type.replace("_", " ")
    kept, _, _ = line[:TITLE_LENGTH_MAX].rpartition(" ")
    return f"{kept or line[: TITLE_LENGTH_MAX - 1]}…"


def dated(page: Page[bytes, object]) -> Iterator[tuple[EntryFields, datetime]]:
    """A page's entries, and when each came to stand as it does, or else when it was first recorded."""
    entries = [read_entry(document) for document in page.documents]
    changed_at = page.changed_at or [entry.recorded_at for entry in entries]
    yield from zip(entries, changed_at, strict=True)
