import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.edtf import named_days
from timeline.formats.absent_columns import keep_absent
from timeline.formats.drafts import Absence

DAY = st.dates().filter(lambda day: 1900 < day.year < 2100).map(str)
DATES = st.one_of(DAY, DAY.map(lambda day: f"{day}~"), DAY.map(lambda day: day[:7]))
UNDATED = Absence(is_date_precision=True)


def after(before, row, **absent):
    """What becomes of members, where the file lacks columns."""
    event = {"type": "engagement"}
    return {
        name: value
        for name, value in keep_absent(event | before, event | row, Absence(**absent)).items()
        if name != "type"
    }


@pytest.mark.parametrize(
    ("before", "members", "expected"),
    [
        ({"a": 1}, {}, {"a": 1}),
        ({}, {"a": 1}, {}),
        ({"p": {"x": 1, "y": 2}}, {"p": {"y": 3}}, {"p": {"x": 1, "y": 3}}),
        ({"p": {"x": 1}}, {}, {"p": {"x": 1}}),
        ({}, {"p": {"x": 1}}, {}),
        ({"t": ["a", "b"]}, {"t": ["c", "a"]}, {"t": ["a", "b", "c"]}),
        ({"s": ["a", "b"]}, {"s": ["b"]}, {"s": ["a", "b"]}),
        ({"s": ["a", "b"]}, {"s": ["c"]}, {"s": ["c"]}),
    ],
)
def test_what_the_file_cannot_say_stays(before, members, expected):
    """Members, members of members, lists that grow, and parts of lists."""
    assert expected == after(before, members, members=("a", "p.x"), lists=("t",), parts=("s",))


@given(DATES, DAY)
def test_a_date_never_turns_exact_by_a_column_that_went(before, day):
    """It stays where the day is among those recorded; else it is no surer than before."""
    (occurred,) = after({"occurred": before}, {"occurred": day}, is_date_precision=True).values()

    recorded, days = named_days(before), named_days(day)
    if recorded.first <= days.first <= recorded.last:
        assert occurred == before
    else:
        assert occurred.rstrip("~") == day
        assert occurred.endswith("~") == (len(before) != len(day))


def test_a_row_of_another_type_is_as_the_file_has_it():
    """Nothing of the old one fits it."""
    members = {"type": "evidence"}

    assert members == keep_absent({"type": "engagement", "a": 1}, members, Absence(members=("a",)))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (["actor-2"], {"targets": ["actor-1"], "tags": ["x", "dyad-7", "actor-1"]}),  # both have the name
        (["actor-3"], {"targets": ["actor-3"], "tags": ["x", "actor-3"]}),
        (["militia"], {"targets": ["militia"], "tags": ["x"]}),
    ],
)
def test_a_side_of_another_name_has_changed(target, expected):
    """And with it the tags that told of the side before; those of a side that stays do as well."""
    before = {"targets": ["actor-1"], "tags": ["x", "dyad-7", "actor-1"]}
    tags = [tag for tag in target if tag == "actor-3"]
    absence = {"lists": ("tags",), "parts": ("targets",), "side_tag_prefixes": ("dyad-", "actor-")}
    if target == ["actor-2"]:
        absence["choices"] = (("targets", ("actor-1", "actor-2")),)

    assert expected == after(before, {"targets": target, "tags": tags}, **absence)
