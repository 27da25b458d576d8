"""Shared by the two formats of feeds: the ids, titles and addresses of feeds and of their entries."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from timeline.formats.entry_words import claim_words, date_words
from timeline.formats.writers import DocumentHead, EntryFields, read_entry
from timeline.views.documents import Page

TITLE_LENGTH_MAX = 160

_SPACES = re.compile(r"\s+")


def feed_id(head: DocumentHead) -> str:
    """A feed's id, derived from its address: the same for all its pages and at every position."""
    return uuid5(NAMESPACE_URL, head.whole or head.timeline_url).urn


def feed_title(head: DocumentHead) -> str:
    """The title of the timeline, or its id where it has none."""
    return head.title or head.timeline


def entry_address(head: DocumentHead, entry: UUID) -> str:
    """The address of an entry without a position: who follows a feed wants its present state."""
    return f"{head.timeline_url}/entries/{entry}"


def entry_title(entry: EntryFields) -> str:
    """An entry's summary on one line, cut at a word where it is long."""
    line = _SPACES.sub(" ", entry.event.summary).strip()
    if len(line) <= TITLE_LENGTH_MAX:
        return line or entry.type.replace("_", " ")
    words, _, _ = line[:TITLE_LENGTH_MAX].rpartition(" ")
    return f"{words or line[: TITLE_LENGTH_MAX - 1]}…"


def entry_text(entry: EntryFields, names: Mapping[str, str]) -> str:
    """An entry to be read: its summary, when it was, and who claims which figure, a paragraph each."""
    date_line = f"Date: {date_words(entry).removeprefix('date ')}"
    paragraphs = (entry.event.summary, date_line, claim_words(entry, names))
    return "\n\n".join(filter(None, paragraphs))


def entries_with_updates(page: Page[bytes, object]) -> Iterator[tuple[EntryFields, datetime]]:
    """The entries of a page, each with the time of its last change, or of its record if the page has none."""
    entries = [read_entry(document) for document in page.documents]
    changed_at = page.changed_at or [entry.recorded_at for entry in entries]
    yield from zip(entries, changed_at, strict=True)
