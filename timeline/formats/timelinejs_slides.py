"""Slides of TimelineJS as they stand in a file: text in one form, and what a file has no word for.

Every part of a slide may be left out, null or "". Texts are in NFC, and `NA`, `-` and their like are no text,
as in every importer; the numbers of a date, and an id, may be written as data frames write them.

A member that no slide of a file has, be it blank, is a column that the file lacks: what is recorded of it
stays, see `absent_columns`.
"""

import re
from collections.abc import Iterable
from typing import Any, TypeVar
from unicodedata import normalize

import msgspec
from msgspec import Struct, structs

from timeline.domain.codec import explain_decode_error
from timeline.formats.cells import NO_VALUE, clean_text, parse_id
from timeline.formats.drafts import Absence, DatePart, Reject
from timeline.formats.json_document import JsonPart
from timeline.formats.timelinejs_dates import SlideDate

_UNCLEAN = re.compile(rb'\\|"\s*(?:-|#?n/?a|<na>|nan|nat|null)\s*"', re.IGNORECASE)
"""What may be an escaped letter, or a text that is no value."""

HTML_TAG = "html"
"""The tag of an event whose text is HTML."""

StructT = TypeVar("StructT", bound=Struct)

_MEMBERS = {
    "text.headline": ("summary",),
    "text.text": ("shows",),
    "media.url": ("media.url", "kind"),
    "media.thumbnail": ("media.thumbnail_url",),
    "media.title": ("media.title",),
    "media.caption": ("media.caption",),
    "media.credit": ("media.credit",),
}
"""The members of an event that come from one member of the slide."""
_HTML_MEMBERS = ("text.headline", "text.text", "media.caption", "media.credit")
_DATE_PARTS: tuple[tuple[str, DatePart], ...] = (("end_date", "end"), ("display_date", "marks"))


class SlideText(Struct, frozen=True, omit_defaults=True):
    """The text of a slide, as HTML."""

    headline: str | None = None
    text: str | None = None


class SlideMedia(Struct, frozen=True, omit_defaults=True):
    """The medium of a slide; `caption` and `credit` are HTML, `title` is plain text."""

    url: str | None = None
    title: str | None = None
    caption: str | None = None
    credit: str | None = None
    thumbnail: str | None = None


class Slide(Struct, frozen=True, omit_defaults=True):
    """A slide of TimelineJS, as far as events have fields for it. Any part may be "" or null."""

    unique_id: str | int | float | None = None
    start_date: SlideDate | None = None
    end_date: SlideDate | None = None
    display_date: str | None = None
    group: str | None = None
    text: SlideText | None = None
    media: SlideMedia | None = None

    @property
    def id(self) -> str | None:
        """Its id; None where it has none."""
        return parse_id(str(self.unique_id)) or None if self.unique_id is not None else None


def decode_slide(part: JsonPart) -> Slide | Reject:
    """A part of the file as a slide, or the reject that says what is wrong with it."""
    try:
        slide = msgspec.json.decode(part.text, type=Slide)
    except msgspec.MsgspecError as error:
        fault = explain_decode_error(error)
        return part.reject(fault.message, (fault.path or "$")[1:])
    # most slides have nothing to clean, which is seen in their text far quicker than member by member
    return _clean(slide) if not part.text.isascii() or _UNCLEAN.search(part.text) else slide


def absence_of(slides: Iterable[Any]) -> Absence:
    """What a file cannot say, from all of its slides as JSON has them."""
    present: set[str] = set()
    inner: dict[str, set[str]] = {"text": set(), "media": set()}
    for slide in slides:
        if isinstance(slide, dict):
            present.update(slide)
            for name in inner.keys() & slide.keys():
                # where a part is blank, so are all its members
                inner[name].update(slide[name] if isinstance(slide[name], dict) else _names_in(name))
    present.update(f"{part}.{name}" for part, names in inner.items() for name in names)
    members = (name for path, names in _MEMBERS.items() if path not in present for name in names)
    return Absence(
        tuple(members),
        lists=() if "group" in present else ("tags",),
        # a text that the file lacks may be the one whose HTML the tag is for
        tags=() if present.issuperset(_HTML_MEMBERS) else (HTML_TAG,),
        date_parts=tuple(part for name, part in _DATE_PARTS if name not in present),
    )


def _names_in(part: str) -> list[str]:
    return [path.partition(".")[2] for path in _MEMBERS if path.startswith(f"{part}.")]


def _clean(value: StructT) -> StructT:
    """A part of a slide with its texts in NFC, without those that are no value."""
    changes: dict[str, Any] = {}
    for name in value.__struct_fields__:
        member = getattr(value, name)
        if isinstance(member, str):
            if not member.isascii() or member.strip() in NO_VALUE:
                changes[name] = normalize("NFC", member) if clean_text(member) else None
        elif isinstance(member, Struct):
            cleaned = _clean(member)
            if cleaned is not member:
                changes[name] = cleaned
    return structs.replace(value, **changes) if changes else value
