"""The same slides are the same events, however a file writes them."""

import json
from copy import deepcopy
from typing import Any
from unicodedata import normalize
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.formats.slides import DATA_SET, read, slides
from tests.support.profiles import examples
from timeline.domain.events import Event
from timeline.formats.drafts import Draft, LeftOut, Reject
from timeline.formats.edition_rows import CurrentRow
from timeline.formats.editions import Edition

Slide = dict[str, Any]

SLIDES: list[Slide] = [
    {
        "unique_id": "100",
        "start_date": {"year": 2024, "month": 2, "day": 1},
        "end_date": {"year": 2024, "month": 2, "day": 4},
        "text": {"headline": "The raid in Zürich", "text": "Seen from above"},
        "media": {
            "url": "https://youtu.be/x",
            "thumbnail": "https://example.org/x.jpg",
            "title": "Film",
            "caption": "A drone",
            "credit": "The Frönt",
        },
        "group": "Video",
    },
    {
        "unique_id": "101",
        "start_date": {"year": 2024, "month": 2, "day": 1},
        "display_date": "about 1 February 2024",
        "text": {"headline": "The raid in Zürich", "text": ""},
        "media": {"url": "https://example.org/b.jpg", "caption": "A <b>wall</b>"},
        "group": "",
    },
    {
        "unique_id": "102",
        "start_date": {"year": 2024, "month": 3},
        "display_date": "",
        "text": {"headline": "No medium", "text": "Only words"},
        "group": "Text",
    },
]
DROPPABLE = (
    *("end_date", "display_date", "group", "media", "text.text"),
    *("media.url", "media.thumbnail", "media.title", "media.caption", "media.credit"),
)
"""All but the date, without which a slide is none, and what tells slides apart."""
EMPTY = st.sampled_from(("", None, "NA", "null", "-"))


def edit(standing: dict[UUID, CurrentRow], given_slides: list[Slide]) -> tuple[list[Event], list[Reject]]:
    """What an edition posts, and what it rejects."""
    edition = Edition(DATA_SET, standing)
    events: list[Event] = []
    rejects: list[Reject] = []
    for row in read({"events": given_slides}):
        result = edition.take(row) if isinstance(row, Draft) else edition.reject(row)
        if isinstance(result, Reject):
            rejects.append(result)
        else:
            events += result
    return events + edition.retract_missing(), rejects


def rejected(rejects: list[Reject]) -> list[Reject]:
    """The rejected slides, without what is left out of others."""
    return [reject for reject in rejects if not isinstance(reject, LeftOut)]


def drop(slide: Slide, path: str) -> None:
    """Take a member away."""
    outer, _, inner = path.partition(".")
    if inner:
        slide.get(outer, {}).pop(inner, None)
    else:
        slide.pop(outer, None)


@given(st.data())
@examples(100)
def test_nothing_changes_however_slides_are_written(data):
    """Slides sorted, members that no slide has, numbers of data frames, blanks, two forms of one letter."""
    standing: dict[UUID, CurrentRow] = {}
    edit(standing, SLIDES)
    dropped = data.draw(st.sets(st.sampled_from(DROPPABLE), max_size=4), "dropped")
    number = data.draw(st.sampled_from((int, float, str, lambda number: f"{float(number)}")), "number")
    written = deepcopy(data.draw(st.permutations(SLIDES), "slides"))
    for slide in written:
        for path in dropped:
            drop(slide, path)
        slide["unique_id"] = number(int(slide["unique_id"]))
        for name in ("start_date", "end_date"):
            if name in slide:
                slide[name] = {part: number(value) for part, value in slide[name].items()}
        for part in (slide, slide["text"], slide.get("media", {})):
            part.update({name: data.draw(EMPTY) for name, value in part.items() if value == ""})
    form = data.draw(st.sampled_from(("NFC", "NFD")), "form")
    document = json.loads(normalize(form, json.dumps(written, ensure_ascii=False)))

    events, rejects = edit(standing, document)

    assert ([], []) == (events, rejected(rejects))


@given(st.data())
@examples(60)
def test_the_order_of_slides_changes_nothing(data):
    """Not their keys, nor which of several with one name is which; what is readable is never lost."""
    some = data.draw(st.lists(slides(), min_size=1, max_size=3), "some")
    twins = [deepcopy(slide) for slide in some]
    for slide in twins:
        slide["text"]["text"] = data.draw(st.sampled_from(("more", "<b>more</b>", "")), "text")
        if data.draw(st.booleans(), "same id"):
            slide["unique_id"] = "2024-12-a-slide"
    given_slides = [*some, *twins]
    others = data.draw(st.permutations(given_slides), "others")

    first, second = (
        {row.key: row.content for row in read({"events": order}) if isinstance(row, Draft)}
        for order in (given_slides, others)
    )

    assert first == second
    assert all(
        isinstance(row, Draft) or "says the same" in row.reason for row in read({"events": given_slides})
    )
    standing: dict[UUID, CurrentRow] = {}
    events, rejects = edit(standing, given_slides)
    assert (len(first), []) == (len(events), rejected(rejects))
    assert ([], []) == (edit(standing, others)[0], rejected(edit(standing, others)[1]))


def test_a_blank_is_a_blank_where_another_slide_has_the_member():
    """Only what no slide of the file has says nothing."""
    standing: dict[UUID, CurrentRow] = {}
    edit(standing, SLIDES)
    without = [SLIDES[0] | {"media": None}, SLIDES[1], SLIDES[2] | {"group": ""}]

    medium, group = edit(standing, without)[0]

    assert ({"kind", "media"}, {"tags"}) == (medium.changes.keys(), group.changes.keys())


def test_a_blank_group_is_a_blank_whatever_texts_the_file_lacks():
    """Of the tags only that of HTML is for a text."""
    standing: dict[UUID, CurrentRow] = {}
    edit(standing, SLIDES)
    bare = deepcopy(SLIDES)
    for slide in bare:
        drop(slide, "media.caption")
        slide["group"] = ""

    events, _ = edit(standing, bare)

    assert [{"tags": [DATA_SET]}] * 2 == [event.changes for event in events]


def test_a_month_is_a_month_where_no_slide_has_an_end():
    """A day in the place of a month is news, and an end that the file cannot say stays."""
    standing: dict[UUID, CurrentRow] = {}
    edit(standing, SLIDES)
    bare = deepcopy(SLIDES)
    for slide in bare:
        drop(slide, "end_date")
        drop(slide, "display_date")
    bare[1]["start_date"]["day"] = 2
    bare[2]["start_date"]["day"] = 27

    events, _ = edit(standing, bare)

    assert ["2024-02-02~", "2024-03-27"] == [event.changes["occurred"] for event in events]
