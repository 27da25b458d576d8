"""Reads TimelineJS 3's JSON: the title as a `timeline_profile`, each slide as `evidence` of what it shows.

| TimelineJS                     | event                                                                    |
|--------------------------------|--------------------------------------------------------------------------|
| `unique_id`                    | the key; else the date and the headline, as TimelineJS makes its own     |
| `start_date`, `end_date`       | `occurred`, see `slide_dates`; times of day are UTC                      |
| `display_date`                 | part of `occurred` where it is one of the writer's; else left out        |
| `text.headline`                | `summary`; else what the display date, the text or the caption shows     |
| `text.text`                    | `shows`                                                                  |
| `media.url`, `thumbnail`       | the medium's `url` and `thumbnail_url`; `//host` is read as `https://host`|
| `media.title, caption, credit` | the same                                                                 |
| the kind of medium             | `kind`; a slide with none is a `document`, its text                      |
| `group`                        | a tag, `group-` and the group in lower-case letters and hyphens          |
| `title.text`                   | `title` and `description`, without markup                                |

The text of a slide is HTML. Where a part of it has tags, all its parts are kept as they are, and the event
has the tag `html`; where none has, they are kept as plain text.

What finds no place in an event is told as a `Reject` of its own, beside the event that the rest of the slide
makes: eras, backgrounds, media that are HTML or have no address on the web, alternative texts, links,
members that TimelineJS does not know. A slide is rejected as a whole where it has no date, or one outside the
record's years, 1000 to 2999, or nothing to read.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from timeline.domain.codec import refusal
from timeline.domain.errors import Malformed
from timeline.domain.scalars import SLUG_LENGTH_MAX
from timeline.formats import timelinejs_dates as slide_dates
from timeline.formats.drafts import Draft, LeftOut, Reject
from timeline.formats.json_document import JsonDocument, JsonPart, says
from timeline.formats.markup import as_html, has_tags, unescaped, without_tags
from timeline.formats.media_kinds import media_kind
from timeline.formats.timelinejs_dates import DateFault, SlideDate, SlideDates

HTML_TAG = "html"
"""The tag of an event whose text is HTML."""
GROUP_PREFIX = "group-"
"""What the tag starts with that names a slide's group."""

_SUMMARY_MAX = 300
_DATE_MEMBERS = dict.fromkeys(SlideDate.__struct_fields__, True)
_HELD: dict[str, Any] = {
    "start_date": _DATE_MEMBERS,
    "end_date": _DATE_MEMBERS,
    "text": {"headline": True, "text": True},
    "media": dict.fromkeys(("url", "caption", "credit", "thumbnail", "title"), True),
    "group": True,
    "display_date": True,
    "unique_id": True,
}
_HELD_TITLE: dict[str, Any] = {"text": _HELD["text"], "unique_id": True}
_ADDRESS = re.compile(r"https?://[^\x00-\x20]+")
_ROOT = frozenset(("events", "title", "eras", "scale"))


class SlideText(Struct, frozen=True, omit_defaults=True):
    """What a slide says, as HTML."""

    headline: str | None = None
    text: str | None = None


class SlideMedia(Struct, frozen=True, omit_defaults=True):
    """What a slide shows; `caption` and `credit` are HTML, `title` and `alt` plain text."""

    url: str | None = None
    title: str | None = None
    caption: str | None = None
    credit: str | None = None
    thumbnail: str | None = None


class Slide(Struct, frozen=True, omit_defaults=True):
    """A slide of TimelineJS, as far as events hold it. In what is published any part may be "" or null."""

    unique_id: str | None = None
    start_date: SlideDate | None = None
    end_date: SlideDate | None = None
    display_date: str | None = None
    group: str | None = None
    text: SlideText | None = None
    media: SlideMedia | None = None


def read_timelinejs(file: BinaryIO, data_set: str) -> Iterator[Draft | Reject]:
    """The events of a file of TimelineJS, with the title first.

    Raises:
        Malformed: the file is no JSON, with the line and column of the fault, or it has no list `events`.
    """
    document = JsonDocument(file.read())
    if not document.items("events"):
        raise Malformed("the file has no list `events`, which is what TimelineJS shows", path="$.events")
    yield from _of_the_whole(document)
    drafts = _Drafts(data_set)
    if title := document.member("title"):
        yield from drafts.of_title(title)
    for place in document.items("events") or ():
        yield from drafts.of_slide(place)


def slugified(text: str) -> str:
    """Text as lower-case letters, digits and hyphens; accents are dropped, other scripts leave nothing."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


class _Drafts:
    """Makes drafts of slides, and keeps their keys apart."""

    def __init__(self, data_set: str) -> None:
        self._data_set = data_set
        self._keys: Counter[str] = Counter()

    def of_title(self, place: JsonPart) -> Iterator[Draft | Reject]:
        """The title slide as a profile of the timeline."""
        slide = _decoded(place)
        if isinstance(slide, Reject):
            yield slide
            return
        key = _clean(slide.unique_id) or "title"
        headline, text = _texts(slide)[:2]
        title = " ".join(without_tags(headline).split())
        if title:
            content = {"type": "timeline_profile", "title": title, "tags": [self._data_set]}
            if description := without_tags(text):
                content["description"] = description
            yield Draft(place.line, key, content, place.row)
        elif text:
            yield place.reject("a timeline needs a title", ".text.headline", key)
        for name, given in (("headline", headline), ("text", text)):
            if title and has_tags(given):
                yield place.left(f"text.{name}", given, "the markup; a timeline's profile is plain text")
        yield from _left_out(place, _HELD_TITLE, "a timeline's profile has no place for it")

    def of_slide(self, place: JsonPart) -> Iterator[Draft | Reject]:
        """A slide as evidence, and what of it has no place there."""
        slide = _decoded(place)
        if isinstance(slide, Reject):
            yield slide
            return
        try:
            when = slide_dates.occurred(
                SlideDates(slide.start_date or SlideDate(), slide.end_date, _clean(slide.display_date))
            )
        except DateFault as fault:
            yield place.reject(str(fault), f".{fault.path}", _clean(slide.unique_id))
            return
        content, left = _evidence(place, slide, self._data_set)
        if "summary" not in content:
            reason = "the slide says nothing: it has neither headline nor text"
            yield place.reject(reason, ".text", _clean(slide.unique_id))
            return
        content["occurred"] = when.edtf
        yield Draft(place.line, self._key(slide, when.edtf, content["summary"]), content, place.row)
        yield from left
        if when.display_left:
            yield place.left("display_date", slide.display_date, "the record words dates from `occurred`")
        if when.times_left:
            dates = [slide.start_date, slide.end_date]
            yield place.left("end_date", dates, "the times of day; the record has no interval of times")
        yield from _left_out(place, _HELD, "an event has no place for it")

    def _key(self, slide: Slide, date: str, summary: str) -> str:
        if given := _clean(slide.unique_id):
            return given
        words = slugified(without_tags(summary)) or sha256(summary.encode()).hexdigest()[:16]
        key = f"{date}-{words}"
        self._keys[key] += 1
        return key if self._keys[key] == 1 else f"{key}-{self._keys[key]}"


def _evidence(place: JsonPart, slide: Slide, data_set: str) -> tuple[dict[str, Any], list[LeftOut]]:
    """The members of the event, and what had no place in them."""
    html = _texts(slide)
    is_html = any(map(has_tags, html))
    headline, text, caption, credit = html if is_html else map(unescaped, html)
    media, left = _addresses(place, slide.media or SlideMedia())
    media |= {name: words for name, words in (("caption", caption), ("credit", credit)) if words}
    tags = [data_set]
    if group := slugified(without_tags(slide.group or "")):
        tags.append(f"{GROUP_PREFIX}{group}"[:SLUG_LENGTH_MAX].rstrip("-"))
    elif _clean(slide.group):
        left.append(place.left("group", slide.group, "a tag has the letters a to z and digits only"))
    instead = _instead(slide, html)
    content: dict[str, Any] = {
        "type": "evidence",
        "summary": headline or (as_html(instead) if is_html else instead),
        "kind": media_kind(media.get("url")),
        "shows": text,
        "media": [media] if media else [],
        "tags": [*tags, HTML_TAG] if is_html else tags,
    }
    return {name: value for name, value in content.items() if value}, left


def _addresses(place: JsonPart, media: SlideMedia) -> tuple[dict[str, str], list[LeftOut]]:
    """The medium's addresses and its title, and the addresses that are none on the web."""
    held, left = {}, []
    for member, name in (("url", "url"), ("thumbnail", "thumbnail_url")):
        given = _clean(getattr(media, member))
        address = f"https:{given}" if given and given.startswith("//") else given
        if address and _ADDRESS.fullmatch(address):
            held[name] = address
        elif given:
            why = "it is HTML and has no address" if has_tags(given) else "it is no http or https address"
            left.append(place.left(f"media.{member}", given, why))
    if title := _clean(media.title):
        held["title"] = title
    return held, left


def _instead(slide: Slide, html: tuple[str, str, str, str]) -> str:
    """What stands for a headline that is missing, as plain text."""
    _, text, caption, _ = html
    for part in (slide.display_date or "", text, caption):
        if words := " ".join(without_tags(part).split()):
            return words if len(words) <= _SUMMARY_MAX else f"{words[:_SUMMARY_MAX]}…"
    return ""


def _texts(slide: Slide) -> tuple[str, str, str, str]:
    """Headline, text, caption and credit, as HTML."""
    text, media = slide.text or SlideText(), slide.media or SlideMedia()
    parts = (text.headline, text.text, media.caption, media.credit)
    headline, body, caption, credit = (part if part and part.strip() else "" for part in parts)
    return headline, body, caption, credit


def _of_the_whole(document: JsonDocument) -> Iterator[Reject]:
    """What no event can hold of the file itself."""
    for era in document.items("eras") or ():
        yield era.left_out("the record has no eras, only what happened")
    for name in document.names:
        place = document.member(name)
        if place is None or not says(place.value):
            continue
        if name == "scale" and place.value != "human":
            yield place.left_out("the record has the human scale only, the years 1000 to 2999")
        elif name not in _ROOT:
            yield place.left_out("TimelineJS has no such member")


def _left_out(place: JsonPart, held: dict[str, Any], reason: str) -> Iterator[Reject]:
    for member, value in _unheld(place.value, held):
        yield place.left(member, value, reason)


def _unheld(value: dict[str, Any], held: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The members that say something and are not held, by their paths."""
    for name, member in value.items():
        known = held.get(name)
        if isinstance(known, dict) and isinstance(member, dict):
            yield from ((f"{name}.{inner}", left) for inner, left in _unheld(member, known))
        elif not known and (says(member) if name != "autolink" else member is False):
            yield name, member


def _clean(text: str | None) -> str | None:
    return (text or "").strip() or None


def _decoded(place: JsonPart) -> Slide | Reject:
    try:
        return msgspec.json.decode(place.text, type=Slide)
    except msgspec.MsgspecError as error:
        told = refusal(error)
        return place.reject(told.message, (told.path or "$")[1:])
