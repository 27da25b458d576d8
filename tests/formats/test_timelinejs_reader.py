import io
import re
from collections import Counter

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.formats.documents import TITLED_HEAD, as_timelinejs
from tests.formats.slides import DATA_SET, comparable, events_of, read, slides
from tests.support.profiles import examples
from tests.support.shared_data import shared_folder
from timeline.domain.errors import Malformed
from timeline.formats.drafts import Draft, Reject
from timeline.formats.timelinejs_reader import read_timelinejs

DATE = {"start_date": {"year": "2024", "month": "12", "day": ""}}


def _slide(**members):
    return {**DATE, "text": {"headline": "A slide"}, **members}


def _read_slide(**members):
    draft, *left_out = read({"events": [_slide(**members)]})
    return draft, left_out


@given(st.lists(slides(), max_size=4, min_size=1))
@examples(60)
def test_slides_come_out_as_they_went_in(given_slides):
    """Through drafts, events and entries, nothing is lost or added that both sides can hold."""
    rows = read({"events": given_slides})
    assume(all(isinstance(row, Draft) for row in rows))  # slides that say the same are one
    written = as_timelinejs(events_of(rows))["events"]
    assert list(map(comparable, given_slides)) == list(map(comparable, written))


@given(st.lists(slides(), max_size=3, min_size=1))
@examples(30)
def test_the_second_time_not_even_the_spelling_changes(given_slides):
    """What was written by us is written the same again, with other ids."""
    rows = read({"events": given_slides})
    assume(all(isinstance(row, Draft) for row in rows))
    once = as_timelinejs(events_of(rows))["events"]
    twice = as_timelinejs(events_of(read({"events": once})))["events"]
    for slide in (*once, *twice):
        del slide["unique_id"]
    assert once == twice


def test_a_slide_is_evidence_of_what_it_shows():
    """Headline, text, medium, date and group each find their member."""
    draft, left_out = _read_slide(
        unique_id="the-video",
        end_date={"year": 2025},
        text={"headline": "The raid", "text": "Seen from above"},
        media={
            "url": "//youtu.be/x",
            "caption": "A drone",
            "credit": "UA & co",
            "thumbnail": "",
            "title": "Film",
        },
        group="Social Media",
    )
    assert left_out == []
    assert ("the-video", 1) == (draft.key, draft.line)
    assert draft.content == {
        "type": "evidence",
        "summary": "The raid",
        "occurred": "2024-12/2025",
        "kind": "video",
        "shows": "Seen from above",
        "media": [{"url": "https://youtu.be/x", "title": "Film", "caption": "A drone", "credit": "UA & co"}],
        "tags": [DATA_SET, "group-social-media"],
    }


def test_the_title_is_the_timelines_profile():
    """It comes first, as plain text; that its markup is left out is reported."""
    text = {"headline": "War<br>and peace", "text": "<p>One &amp; two.</p><p>Three.</p>"}
    draft, *left_out = read({"events": [], "title": {"text": text, "start_date": {"year": ""}}})
    assert draft.key == "title"
    assert draft.content == {
        "type": "timeline_profile",
        "title": "War and peace",
        "description": "One & two.\nThree.",
        "tags": [DATA_SET],
    }
    assert ["title.text.headline", "title.text.text"] == [reject.path for reject in left_out]


def test_text_with_tags_is_kept_as_html():
    """A tag says so; without tags the text is what a browser shows of it."""
    plain, _ = _read_slide(text={"headline": "R&amp;D", "text": "1 &lt; 2"})
    marked, _ = _read_slide(text={"headline": "R&amp;D", "text": "<b>1</b>"})
    assert ("R&D", "1 < 2", [DATA_SET]) == tuple(plain.content[n] for n in ("summary", "shows", "tags"))
    expected = ("R&amp;D", "<b>1</b>", [DATA_SET, "html"])
    assert expected == tuple(marked.content[n] for n in ("summary", "shows", "tags"))


@pytest.mark.parametrize(
    ("members", "summary"),
    [
        ({"text": {"headline": " ", "text": "<p>Only <b>text</b></p>"}}, "Only text"),
        ({"text": None, "display_date": "Armistice &amp; peace"}, "Armistice & peace"),
        ({"text": {}, "media": {"caption": "A caption"}}, "A caption"),
        ({"text": {"text": "word " * 100}}, f"{('word ' * 60)[:300]}…"),
    ],
)
def test_a_slide_without_a_headline_has_a_summary(members, summary):
    """Made of the other text that the slide shows."""
    draft, _ = _read_slide(**members)
    assert summary == draft.content["summary"]


@pytest.mark.parametrize(
    ("slide", "path", "reason"),
    [
        (_slide(start_date={"year": "602"}), "start_date.year", "between 1000 and 2999, not 602"),
        ({"text": {"headline": "No date"}}, "start_date", "no year"),
        (_slide(text={"headline": ""}), "text", "neither headline nor text"),
        (_slide(text="words"), "text", "Expected `object | null`, got `str`"),
        (_slide(start_date={"year": 20.5}), "start_date.year", "not a whole number: '20.5'"),
        (_slide(start_date={"year": [1]}), "start_date.year", "Expected `int | float | str | null`"),
        (None, "", "Expected `object`"),
    ],
)
def test_a_slide_that_is_no_event_is_rejected(slide, path, reason):
    """With the place of the fault, and the slide itself."""
    good, bad = read({"events": [_slide(), slide]})
    assert isinstance(good, Draft)
    assert f"events[1].{path}".rstrip(".") == bad.path
    assert reason in bad.reason
    assert msgspec.json.decode(bad.row) == slide


@pytest.mark.parametrize(
    ("members", "paths"),
    [
        ({"background": {"color": "#F45B69"}}, ["background"]),
        ({"background": {"color": ""}, "autolink": True}, []),
        ({"autolink": False, "more": {"a": 1}}, ["autolink", "more"]),
        ({"media": {"url": "<iframe src='https://x'></iframe>", "alt": "A map"}}, ["media.url", "media.alt"]),
        ({"media": {"url": "/static/a.jpg", "link": "https://example.org"}}, ["media.url", "media.link"]),
        ({"display_date": "Armistice Day"}, ["display_date"]),
        ({"start_date": {"year": 2024, "format": "yyyy"}}, ["start_date.format"]),
        ({"group": "Видео"}, ["group"]),
    ],
)
def test_what_an_event_has_no_field_for_is_reported(members, paths):
    """The rest of the slide comes in; what is left out is listed, and says something."""
    draft, left_out = _read_slide(**members)
    assert isinstance(draft, Draft)
    assert [f"events[0].{path}" for path in paths] == [reject.path for reject in left_out]
    assert all(reject.reason.startswith("left out: ") and reject.row for reject in left_out)


def test_a_rejected_slide_keeps_its_key():
    """So that an import leaves its event as it is; where others have it too, no event counts as withdrawn."""
    bad = _slide(unique_id="x", start_date={"year": 602})

    assert ["x"] == [row.key for row in read({"events": [bad]})]
    assert [None, "x"] == [row.key for row in read({"events": [bad, _slide(unique_id="x")]})]


def test_eras_scales_and_unknown_members_are_reported():
    """The record holds none of them."""
    era = {**DATE, "end_date": {"year": 2025}, "text": {"headline": "An era"}}
    rows = read({"events": [], "eras": [era], "scale": "cosmological", "more": 1})
    assert ["eras[0]", "scale", "more"] == [row.path for row in rows]
    assert [] == read({"events": [], "eras": None, "scale": "human", "title": None})


def test_slides_of_one_name_have_keys_by_what_they_say():
    """Whatever their order; slides that say the same are one, and one alone has its name as its key."""
    pair = [_slide(media={"url": f"https://example.org/{name}"}, unique_id="x") for name in "ab"]
    twins = [_slide(), _slide(text={"headline": "A slide", "text": "More"}), _slide()]
    alone = _slide(text={"headline": "Another"})

    keys = [row.key for row in read({"events": [*twins, *pair, alone]}) if isinstance(row, Draft)]
    again = read({"events": [*twins[:1], *twins[:1]]})

    first, second, third, fourth, last = keys
    assert {"2024-12-a-slide"} == {key.rpartition("-")[0] for key in (first, second)}
    assert {"x"} == {key.rpartition("-")[0] for key in (third, fourth)}
    assert (5, "2024-12-another") == (len(set(keys)), last)
    assert ["2024-12-a-slide", None] == [row.key for row in again]
    assert "events[1]" == again[1].path


def test_a_row_has_its_line():
    """By it a reader finds the slide in the file."""
    text = (
        '\ufeff{\n "title": {"text": {"headline": "T"}},\n "events": [\n  {},\n\n  {\n   "text": 1}\n, {}]\n}'
    )
    rows = list(read_timelinejs(io.BytesIO(text.encode()), DATA_SET))
    assert [2, 4, 6, 8] == [row.line for row in rows]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{\n "events": [1,]}', "line 2, column 15: not valid JSON"),
        (b'{"events": [NaN]}', "line 1, column 13: not valid JSON"),
        (b'{"events": [', "line 1, column 13: not valid JSON"),
        (b'{"events":\n["\xff"]}', "line 2, column 3: the file is not UTF-8: .*--encoding"),
        (b"[]", "not a JSON object"),
        (b'{"events": {}}', "no list `events`"),
        (b"", "line 1, column 1: not valid JSON"),
        (b'{"events":' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_file_is_refused_with_the_place_of_the_fault(text, message):
    """Before anything of it is given."""
    with pytest.raises(Malformed, match=message) as caught:
        next(read_timelinejs(io.BytesIO(text), DATA_SET))
    assert caught.value.path


@given(st.data())
@example(None)
@examples(50)
def test_no_file_breaks_the_reader(data):
    """Any file is read, or refused with a message."""
    whole = msgspec.json.encode({"title": _slide(), "events": [_slide(media={"url": "//a.b/c"}, group="G")]})
    if data is not None:
        at = data.draw(st.integers(0, len(whole)))
        end = data.draw(st.integers(at, min(len(whole), at + 5)))
        whole = whole[:at] + data.draw(st.binary(max_size=3) | st.just(b'"\\ud800"')) + whole[end:]
    try:
        rows = list(read_timelinejs(io.BytesIO(whole), DATA_SET))
    except Malformed:
        return
    assert rows or b"events" in whole


LEFT_OUT = {
    "contrib_women_in_computing.json": {
        "title.text.text: the markup": 1,
        "title.background: no field": 1,
        "events.background: no field": 1,
        "events.media.url: HTML": 1,
    },
    "src_template_all-media-types.json": {
        "title.text.text: the markup": 1,
        "title.media: no field": 1,
        "title.background: no field": 1,
        "events.background: no field": 7,
        "events.media.url: HTML": 3,
        "events.media.link: no field": 4,
        "events.media.link_target: no field": 3,
    },
    "src_template_eras.json": {
        "eras: no eras": 3,
        "events.start_date.year: between 1000 and 2999": 20,
    },
    "website_examples_houston_timeline3.json": {
        "title.text.headline: the markup": 1,
        "title.text.text: the markup": 1,
        "title.media: no field": 1,
        "events.media.url: not an http or https": 1,
    },
    "website_examples_republican_timeline3.json": {"events.media.url: HTML": 2},
}
"""All that is left out of TimelineJS's own examples, where and why; the ids of slides are derived again.

The years 602 to 698 are before the record's first, 1000.
"""


@pytest.mark.parametrize("name", LEFT_OUT)
def test_timelinejs_own_examples_come_in_and_go_out(name):
    """What is not in the list of what is left out comes out as it went in."""
    text = (shared_folder("timelinejs") / name).read_bytes()
    rows = list(read_timelinejs(io.BytesIO(text), DATA_SET))
    left_out = [row for row in rows if isinstance(row, Reject)]
    assert LEFT_OUT[name] == Counter(f"{_member(row)}: {_why(row)}" for row in left_out)

    document = msgspec.json.decode(text)
    for row in left_out:
        _take_away(document, row)
    title, *events = events_of(rows)
    written = as_timelinejs([title, *events], _head(title)) if events else {"events": []}
    expected = [comparable(slide) for slide in document["events"] if slide]
    assert expected == [comparable(slide) for slide in written["events"]]
    for member in ("headline", "text"):
        if events and (given_text := document["title"]["text"][member]):
            assert given_text == written["title"]["text"][member]


def _member(row):
    return re.sub(r"\[\d+\]", "", row.path)


def _why(row):
    words = ("the markup", "HTML", "not an http or https", "no eras", "no field", "between 1000 and 2999")
    return next(word for word in words if word in row.reason)


def _take_away(document, row):
    """Remove the member that was left out, or the whole slide if it was rejected."""
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"\w+", row.path)]
    if not row.reason.startswith("left out"):
        steps = steps[:2]
    for step in steps[:-1]:
        document = document[step]
    document[steps[-1]] = None if isinstance(steps[-1], int) else ""


def _head(title):
    return msgspec.structs.replace(TITLED_HEAD, title=title.title, description=title.description)
