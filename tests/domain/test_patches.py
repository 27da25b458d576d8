import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import events
from timeline.domain.codec import encode_event
from timeline.domain.patches import merge_diff, merge_patch, same_json

RFC_7396_APPENDIX_A = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "expected"), RFC_7396_APPENDIX_A)
def test_merge_patch_gives_what_rfc_7396_lists(target, patch, expected):
    """Each example of RFC 7396, appendix A."""
    before = msgspec.json.encode(target)

    assert expected == merge_patch(target, patch)
    assert before == msgspec.json.encode(target)


# What an event may hold: no null, since what is absent is left out.
SCALARS = st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0]) | st.text("ab", max_size=2)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(OBJECTS, OBJECTS)
def test_a_diff_leads_from_one_object_to_the_other(before, after):
    """And is empty if and only if the objects are the same."""
    patch = merge_diff(before, after)

    assert same_json(after, merge_patch(before, patch))
    assert same_json(before, after) == (not patch)


@given(events(), events())
def test_a_diff_leads_from_any_event_to_any_other(first, second):
    """Whatever the vocabulary can say, a patch can change it into."""
    before, after = (msgspec.json.decode(encode_event(event)) for event in (first, second))

    assert same_json(after, merge_patch(before, merge_diff(before, after)))


@pytest.mark.parametrize(("first", "second"), [(1, True), (1, 1.0), ([0], [False]), ({"a": 1}, {"a": 1.0})])
def test_json_tells_apart_what_python_takes_for_equal(first, second):
    """A figure of 1 is not the word true."""
    assert not same_json(first, second)
    assert {"x": second} == merge_diff({"x": first}, {"x": second}) or {"x": {"a": 1.0}} == merge_diff(
        {"x": first}, {"x": second}
    )
