"""Slides in and out: what is drawn for the round trip, and the form in which two slides can be compared."""

import html
import io
from typing import Any

import msgspec
from hypothesis import strategies as st

from tests.support.strategies import texts
from timeline.domain.events import Event
from timeline.formats.cells import clean_text
from timeline.formats.drafts import Draft, Reject, event_id, validate_draft
from timeline.formats.markup import has_tags
from timeline.formats.timelinejs_reader import ascii_slug, read_timelinejs

DATA_SET = "our-slides"


def read(document: Any) -> list[Draft | Reject]:
    """What a document of TimelineJS gives."""
    return list(read_timelinejs(io.BytesIO(msgspec.json.encode(document)), DATA_SET))


def events_of(rows: list[Draft | Reject]) -> list[Event]:
    """The events of the drafts, each with the id that an import gives it."""
    made = [validate_draft(row, event_id(DATA_SET, row.key)) for row in rows if isinstance(row, Draft)]
    assert not [event for event in made if isinstance(event, Reject)]
    return made


def comparable(slide: dict[str, Any]) -> dict[str, Any]:
    """A slide in the one form that all its spellings have.

    What is "", null or a word such as NA is not there, text is in NFC, numbers are numbers, HTML without tags
    is the text that it shows, a group is its slug, an address without a scheme has https, a time of day has a
    minute and no zeros behind.
    The id is left away: what comes in has its own, what goes out has the event's.
    """
    members = _without_blanks(slide)
    members.pop("unique_id", None)
    for name in ("start_date", "end_date"):
        if name in members:
            members[name] = _date(members[name])
    if "hour" in members["start_date"]:
        members.pop("display_date", None)  # the writer adds that it is UTC
    if "group" in members:
        members["group"] = ascii_slug(members["group"])
    for part, names in (("text", ("headline", "text")), ("media", ("caption", "credit"))):
        for name in names:
            if name in members.get(part, {}):
                members[part][name] = _text_of_html(members[part][name])
    for name in ("url", "thumbnail"):
        if members.get("media", {}).get(name, "").startswith("//"):
            members["media"][name] = f"https:{members['media'][name]}"
    return members


def _without_blanks(value: Any) -> Any:
    """Without members that say nothing."""
    if not isinstance(value, dict):
        return clean_text(value) if isinstance(value, str) else value
    members = {name: _without_blanks(member) for name, member in value.items()}
    return {name: member for name, member in members.items() if member not in ("", None, {})}


def _date(date: dict[str, Any]) -> dict[str, int]:
    parts = {name: int(part) for name, part in date.items()}
    if "hour" in parts:
        parts.setdefault("minute", 0)
    return {name: part for name, part in parts.items() if part or name in ("hour", "minute")}


def _text_of_html(text: str) -> str:
    return text if has_tags(text) else html.unescape(text)


_markup = st.sampled_from(
    (
        '<p>With a <a href="https://example.org/?a=b&amp;c=d">link</a></p>',
        "one<br/>two",
        "R&amp;D",
        "Music & Dance",
        "a < b",
        "1 &lt; 2",
        "&lt;p&gt; is a paragraph",
        "<script>alert(1)</script>",
        "“Zitat” — Ñandú",
    )
)
_blank = st.sampled_from((None, "", " "))
_texts = texts.map(clean_text)
_html = _texts.filter(lambda text: html.unescape(text).strip()) | _markup
_addresses = st.sampled_from(
    (
        "https://youtu.be/fSrO91XO1Ck",
        "//upload.wikimedia.org/a.jpg",
        "http://example.org/sound.MP3?x=1",
        "https://en.wikipedia.org/wiki/Reduction_(recursion_theory)",
    )
)


def _spelled(number: int) -> st.SearchStrategy[int | str]:
    return st.sampled_from((number, str(number), f"{number:02}"))


@st.composite
def _dates(draw: st.DrawFn, first: int = 1000, last: int = 2999) -> dict[str, Any]:
    numbers = [draw(st.integers(first, last)), draw(st.integers(1, 12)), draw(st.integers(1, 28))]
    count = draw(st.integers(1, 3))
    names = ("year", "month", "day")
    date = {name: draw(_spelled(number)) for name, number in zip(names[:count], numbers, strict=False)}
    return date | {name: draw(_blank) for name in draw(st.sets(st.sampled_from(names[count:] or ("hour",))))}


@st.composite
def _times(draw: st.DrawFn) -> dict[str, Any]:
    names, most = ("hour", "minute", "second", "millisecond"), (23, 59, 59, 999)
    count = draw(st.integers(1, 4))
    clock = {name: draw(st.integers(0, top)) for name, top in zip(names[:count], most, strict=False)}
    return {"year": "2024", "month": "12", "day": 26} | clock


@st.composite
def slides(draw: st.DrawFn) -> dict[str, Any]:
    """A slide with nothing in it but what both sides can hold."""
    when: dict[str, Any] = {"start_date": draw(_dates(last=1999) | _times())}
    if "hour" not in when["start_date"] and draw(st.booleans()):
        when["end_date"] = draw(_dates(first=2000) | st.fixed_dictionaries({"year": _blank}))
    texts_ = st.fixed_dictionaries({"headline": _html}, optional={"text": _html | _blank})
    words = _html | _blank
    media = st.fixed_dictionaries(
        {},
        optional={
            "url": _addresses | _blank,
            "thumbnail": _addresses | _blank,
            "caption": words,
            "credit": words,
            "title": _texts | _blank,
        },
    )
    rest = st.fixed_dictionaries(
        {"text": texts_},
        optional={
            "media": media,
            "group": st.sampled_from(("Video", "Social Media", "", None)),
            "unique_id": _texts,
            "display_date": _blank,
        },
    )
    return when | draw(rest)
