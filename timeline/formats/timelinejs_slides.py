"""Slides of TimelineJS as they stand in a file: text in one form, and what a file has no word for.

Every part of a slide may be left out, null or "". Texts are in NFC, and `NA`, `-` and their like are no text,
as in every importer; the numbers of a date, and an id, may be written as data frames write them.

A member that no slide of a file has, be it blank, is a column that the file lacks: what is recorded of it
stays, see `absent_columns`.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from unicodedata import normalize

import msgspec
from msgspec import Struct, structs

from timeline.domain.codec import explain_decode_error
from timeline.formats.cells import clean_text, parse_id
from timeline.formats.drafts import Absence, DatePart, Reject
from timeline.formats.json_document import JsonPart
from timeline.formats.timelinejs_dates import SlideDate

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
    cleaned: Slide = _clean(slide)
    return cleaned


def absence_of(slides: Iterable[Any]) -> Absence:
    """What a file cannot say, from all of its slides as JSON has them."""
    present = {path for slide in slides for path in _paths(slide)}
    members = (name for path, names in _MEMBERS.items() if path not in present for name in names)
    return Absence(
        tuple(members),
        # a text that the file lacks may be the one whose HTML the tag is for
        lists=() if present.issuperset(("group", *_HTML_MEMBERS)) else ("tags",),
        date_parts=tuple(part for name, part in _DATE_PARTS if name not in present),
    )


def _paths(slide: Any) -> Iterator[str]:
    """The members that a slide has, and those of its text and medium."""
    if not isinstance(slide, dict):
        return
    for name, value in slide.items():
        yield name
        if isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in value)
        else:  # blank, and so are all its members
            yield from (path for path in _MEMBERS if path.startswith(f"{name}."))


def _clean(value: Any) -> Any:
    """A value with its texts in NFC, without those that are no value."""
    if isinstance(value, Struct):
        members = {name: _clean(getattr(value, name)) for name in value.__struct_fields__}
        return structs.replace(value, **members)
    if isinstance(value, str):
        return normalize("NFC", value) if clean_text(value) else None
    return value
