"""TimelineJS 3: reads its JSON, the title as a `timeline_profile`, each slide as `evidence` of what it shows.

| TimelineJS                     | event                                                                    |
|--------------------------------|--------------------------------------------------------------------------|
| `unique_id`                    | the key; else the date and the headline, see `timelinejs_keys`           |
| `start_date`, `end_date`       | `occurred`, see `timelinejs_dates`; times of day are UTC                 |
| `display_date`                 | part of `occurred` where the writer could have made it; else left out    |
| `text.headline`                | `summary`; else the plain text of display date, text or caption          |
| `text.text`                    | `shows`                                                                  |
| `media.url`, `thumbnail`       | the medium's `url` and `thumbnail_url`; `//host` is read as `https://host`|
| `media.title, caption, credit` | the same                                                                 |
| the kind of medium             | `kind`; a slide without a medium is a `document`                         |
| `group`                        | a tag, `group-` and the group in lower-case letters and hyphens          |
| `title.text`                   | `title` and `description`, without markup                                |

The text of a slide is HTML. If any part of it has tags, all parts are kept as they are, and the event has the
tag `html`; otherwise they are kept as plain text.

What an event has no field for is reported as a `LeftOut`, beside the event that the rest of the slide makes:
eras, backgrounds, media that are HTML or have no address on the web, alternative texts, links, members that
TimelineJS does not know. A slide is rejected as a whole where it has no date, or one outside the vocabulary's
years, 1000 to 2999, or no text.
"""

import re
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, BinaryIO

from timeline.domain.errors import Malformed
from timeline.domain.scalars import SLUG_LENGTH_MAX, YEAR_MAX, YEAR_MIN
from timeline.formats.drafts import Absence, Draft, LeftOut, Reject, RowFault
from timeline.formats.json_document import JsonDocument, JsonPart, is_blank
from timeline.formats.markup import as_html, has_tags, unescape, without_tags
from timeline.formats.media_kinds import media_kind
from timeline.formats.timelinejs_dates import SlideDate, SlideDates, read_slide_dates
from timeline.formats.timelinejs_keys import SlideRows, settle_keys
from timeline.formats.timelinejs_slides import (
    HTML_TAG,
    Slide,
    SlideMedia,
    SlideText,
    absence_of,
    decode_slide,
)

GROUP_PREFIX = "group-"
"""The start of the tag that names a slide's group."""

_SUMMARY_MAX = 300
_DATE_MEMBERS = dict.fromkeys(SlideDate.__struct_fields__, True)
_SLIDE_MEMBERS: dict[str, Any] = {
    "start_date": _DATE_MEMBERS,
    "end_date": _DATE_MEMBERS,
    "text": {"headline": True, "text": True},
    "media": dict.fromkeys(("url", "caption", "credit", "thumbnail", "title"), True),
    "group": True,
    "display_date": True,
    "unique_id": True,
}
"""The members of a slide that an event has a field for."""
_TITLE_MEMBERS: dict[str, Any] = {"text": _SLIDE_MEMBERS["text"], "unique_id": True}
_ADDRESS = re.compile(r"https?://[^\x00-\x20]+")
_FILE_MEMBERS = frozenset(("events", "title", "eras", "scale"))


def read_timelinejs(file: BinaryIO, data_set: str) -> Iterator[Draft | Reject]:
    """The events of a file of TimelineJS, with the title first.

    Raises:
        Malformed: the file is not JSON, with the line and column of the fault, or it has no list `events`.
    """
    document = JsonDocument(file.read())
    slides = document.items("events")
    if slides is None:
        raise Malformed("the file has no list `events`, which holds the slides", path="$.events")
    yield from _left_out_of_file(document)
    title_key = None
    if title := document.member("title"):
        for row in _read_title(title, data_set):
            title_key = title_key or row.key
            yield row
    parts = [(part, part.value) for part in slides]
    absent = absence_of(value for _, value in parts)
    rows = [SlideRows(part, list(_read_slide(part, value, data_set, absent))) for part, value in parts]
    yield from settle_keys(rows, title_key)


def ascii_slug(text: str) -> str:
    """Text as lower-case letters, digits and hyphens; accents are dropped, and letters of other scripts."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _read_title(part: JsonPart, data_set: str) -> Iterator[Draft | Reject]:
    """The title slide as a profile of the timeline."""
    slide = decode_slide(part)
    if isinstance(slide, Reject):
        yield slide
        return
    key = slide.id or "title"
    headline, text = _texts(slide)[:2]
    title = " ".join(without_tags(headline).split())
    if title:
        content = {"type": "timeline_profile", "title": title, "tags": [data_set]}
        if description := without_tags(text):
            content["description"] = description
        is_text_absent = "text" not in (part.value.get("text") or {})
        absent = Absence(("description",) if is_text_absent else ())
        yield Draft(part.line, key, content, part.row, absent=absent)
    elif text:
        yield part.reject("a timeline needs a title", ".text.headline", key)
    for name, html in (("headline", headline), ("text", text)):
        if title and has_tags(html):
            yield part.member_left_out(f"text.{name}", html, "the markup; a timeline's profile is plain text")
    yield from _left_out_of_part(part, part.value, _TITLE_MEMBERS, "a timeline's profile has no field for it")


def _read_slide(part: JsonPart, value: Any, data_set: str, absent: Absence) -> Iterator[Draft | Reject]:
    """A slide as evidence, and what an event has no field for."""
    slide = decode_slide(part)
    if isinstance(slide, Reject):
        yield slide
        return
    try:
        date = read_slide_dates(
            SlideDates(slide.start_date or SlideDate(), slide.end_date, _stripped(slide.display_date))
        )
    except RowFault as fault:
        yield part.reject(str(fault), f".{fault.path}", slide.id)
        return
    content, left_out = _evidence(part, slide, data_set)
    if "summary" not in content:
        reason = "the slide has neither headline nor text"
        yield part.reject(reason, ".text", slide.id)
        return
    content["occurred"] = date.edtf
    key = _name(slide, date.edtf, content["summary"])
    generated = () if _texts(slide)[0] else ("summary",)
    yield Draft(part.line, key, content, part.row, absent=absent, generated=generated)
    yield from left_out
    if date.lacks_display:
        reason = "events have no display date; its words are made from `occurred`"
        yield part.member_left_out("display_date", slide.display_date, reason)
    if date.lacks_times:
        dates = [slide.start_date, slide.end_date]
        reason = "the times of day; events have no interval of times"
        yield part.member_left_out("end_date", dates, reason)
    yield from _left_out_of_part(part, value, _SLIDE_MEMBERS, "an event has no field for it")


def _name(slide: Slide, date: str, summary: str) -> str:
    """What a slide is called: its id, else its date and headline, as TimelineJS makes its own ids."""
    if unique_id := slide.id:
        return unique_id
    words = ascii_slug(without_tags(summary)) or sha256(summary.encode()).hexdigest()[:16]
    return f"{date}-{words}"


def _evidence(part: JsonPart, slide: Slide, data_set: str) -> tuple[dict[str, Any], list[LeftOut]]:
    """The members of the event, and what it has no field for."""
    html = _texts(slide)
    is_html = any(map(has_tags, html))
    headline, text, caption, credit = html if is_html else map(unescape, html)
    media, left_out = _addresses(part, slide.media or SlideMedia())
    media |= {name: words for name, words in (("caption", caption), ("credit", credit)) if words}
    tags = [data_set]
    if group := ascii_slug(without_tags(slide.group or "")):
        tags.append(f"{GROUP_PREFIX}{group}"[:SLUG_LENGTH_MAX].rstrip("-"))
    elif _stripped(slide.group):
        reason = "a tag has the letters a to z and digits only"
        left_out.append(part.member_left_out("group", slide.group, reason))
    substitute = _substitute_headline(slide, html)
    content: dict[str, Any] = {
        "type": "evidence",
        "summary": headline or (as_html(substitute) if is_html else substitute),
        "kind": media_kind(media.get("url")),
        "shows": text,
        "media": [media] if media else [],
        "tags": [*tags, HTML_TAG] if is_html else tags,
    }
    return {name: value for name, value in content.items() if value}, left_out


def _addresses(part: JsonPart, media: SlideMedia) -> tuple[dict[str, str], list[LeftOut]]:
    """The medium's addresses and its title, and those of its addresses that are not on the web."""
    members, left_out = {}, []
    for member, name in (("url", "url"), ("thumbnail", "thumbnail_url")):
        text = _stripped(getattr(media, member))
        address = f"https:{text}" if text and text.startswith("//") else text
        if address and _ADDRESS.fullmatch(address):
            members[name] = address
        elif text:
            is_html = has_tags(text)
            reason = "it is HTML and has no address" if is_html else "it is not an http or https address"
            left_out.append(part.member_left_out(f"media.{member}", text, reason))
    if title := _stripped(media.title):
        members["title"] = title
    return members, left_out


def _substitute_headline(slide: Slide, html: tuple[str, str, str, str]) -> str:
    """The summary of a slide without a headline, as plain text."""
    _, text, caption, _ = html
    for source in (slide.display_date or "", text, caption):
        if words := " ".join(without_tags(source).split()):
            return words if len(words) <= _SUMMARY_MAX else f"{words[:_SUMMARY_MAX]}…"
    return ""


def _texts(slide: Slide) -> tuple[str, str, str, str]:
    """Headline, text, caption and credit, as HTML."""
    text, media = slide.text or SlideText(), slide.media or SlideMedia()
    parts = (text.headline, text.text, media.caption, media.credit)
    headline, body, caption, credit = (part if part and part.strip() else "" for part in parts)
    return headline, body, caption, credit


def _left_out_of_file(document: JsonDocument) -> Iterator[Reject]:
    """The members of the file itself that no event has a field for."""
    for era in document.items("eras") or ():
        yield era.left_out("a timeline has no eras, only events")
    for name in document.names:
        part = document.member(name)
        if part is None:
            continue
        if name == "scale" and part.value != "human":
            yield part.left_out(f"only the scale `human` can be kept: the years {YEAR_MIN} to {YEAR_MAX}")
        elif name not in _FILE_MEMBERS:
            yield part.left_out("TimelineJS has no such member")


def _left_out_of_part(
    part: JsonPart, value: dict[str, Any], members: dict[str, Any], reason: str
) -> Iterator[Reject]:
    for path, member in _other_members(value, members):
        yield part.member_left_out(path, member, reason)


def _other_members(value: dict[str, Any], members: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The members that are neither blank nor among those that are read, by their paths."""
    for name, member in value.items():
        inner = members.get(name)
        if isinstance(inner, dict) and isinstance(member, dict):
            yield from ((f"{name}.{path}", other) for path, other in _other_members(member, inner))
        elif not inner and (member is False if name == "autolink" else not is_blank(member)):
            yield name, member


def _stripped(text: str | None) -> str | None:
    return (text or "").strip() or None
