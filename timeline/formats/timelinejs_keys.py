"""The keys of slides: each tells its slide from all others of the file, in whatever order they stand.

A slide's name is its `unique_id`, else its date and headline, as TimelineJS makes its own ids. Where only one
slide has a name, the name is its key. Where several have it that say different things, the key of each has a
hash of what the slide itself says behind the name: numbers would change places when the slides are sorted.
Slides with the same name that say the same are one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

import msgspec
from msgspec import structs

from timeline.formats.drafts import Draft, LeftOut, Reject
from timeline.formats.json_document import JsonPart

_CONTENT = ("occurred", "summary", "shows", "media", "tags")
"""The members that say what a slide says; all others follow from them."""
_DIGITS = 8


class SlideRows(NamedTuple):
    """A slide of the file, and the rows that it makes: drafts have the name of the slide as their key."""

    part: JsonPart
    rows: list[Draft | Reject]


def settle_keys(slides: Iterable[SlideRows], title_key: str | None) -> Iterator[Draft | Reject]:
    """The rows of all slides with their keys; the title keeps its own whatever the slides are called."""
    slides = list(slides)
    names = Counter(row.key for slide in slides for row in slide.rows if isinstance(row, Draft))
    digests: defaultdict[str, set[str]] = defaultdict(set)
    if title_key is not None:
        names[title_key] += 1
        digests[title_key].add("")
    for slide in slides:
        for row in slide.rows:
            if isinstance(row, Draft) and names[row.key] > 1:
                digests[row.key].add(_digest(row))
    lines: dict[str, int] = {}
    for slide in slides:
        for row in slide.rows:
            if isinstance(row, Draft):
                yield _settle_draft(row, slide.part, digests, lines)
            elif row.key in names:
                # the name is not the rejected slide's alone: which event is to stay as it is cannot be known
                yield structs.replace(row, key=None)
            else:
                yield row


def _settle_draft(
    draft: Draft, part: JsonPart, digests: dict[str, set[str]], lines: dict[str, int]
) -> Draft | LeftOut:
    """A draft with its key, or as left out where a slide before it says the same."""
    key = draft.key
    if len(digests.get(key, ())) > 1:
        key = f"{key}-{_digest(draft)}"
    if key in lines:
        return part.left_out(f"the slide on line {lines[key]} says the same")
    lines[key] = draft.line
    return draft if key == draft.key else structs.replace(draft, key=key)


def _digest(draft: Draft) -> str:
    """What a slide says, as a hash."""
    content = {name: draft.content[name] for name in _CONTENT if name in draft.content}
    return sha256(msgspec.json.encode(content, order="sorted")).hexdigest()[:_DIGITS]
