from typing import Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.support.profiles import examples
from timeline.cli.importing.formats import mapping_text, shipped_mappings
from timeline.domain.components import Category
from timeline.domain.errors import Malformed
from timeline.domain.events import EVENT_TYPES, CasualtyEstimate, CountReport, EquipmentLoss
from timeline.formats.mapping import (
    TERMS,
    ColumnTerm,
    CountMapping,
    CountType,
    EventMapping,
    FigureMapping,
    LinkMapping,
    PlaceMapping,
    SourceMapping,
    TableMapping,
)
from timeline.formats.mapping_form import form_faults
from timeline.formats.mapping_reader import read_mapping

SOUND = """
dataset = "losses"
claimant = "staff"
subject = "army"
date = "date"
[[counts]]
name = "tank"
type = "equipment_loss"
item = "tank"
column = "tank"
"""


@pytest.mark.parametrize("name", shipped_mappings())
def test_what_ships_is_sound(name):
    """And names its data set."""
    assert name == read_mapping(mapping_text(name)).dataset


@pytest.mark.parametrize(
    ("text", "word", "path"),
    [
        (SOUND.replace("claimant", "claimnat"), "is it `claimant`", "$.claimnat"),
        (SOUND.replace("item", "itme"), "is it `item`", "$.counts[0].itme"),
        (SOUND.replace('"equipment_loss"', '"equipment"'), "not one of casualty", "$.counts[0].type"),
        (SOUND.replace('"losses"', '"Our Losses"'), "lower-case", "$.dataset"),
        (SOUND.replace('date = "date"\n', ""), "`date` is missing", "$"),
        (SOUND.replace('claimant = "staff"\n', ""), "claimant", "$.counts[0]"),
        (SOUND.replace('item = "tank"\n', ""), "item", "$.counts[0]"),
        (SOUND.replace('column = "tank"\n', ""), "column", "$.counts[0]"),
        (SOUND + 'measure = "killed"\n', "item", "$.counts[0]"),
        (SOUND + 'age = "child"\n', "people", "$.counts[0]"),
        (SOUND + SOUND[SOUND.index("[[") :], "same name", "$.counts"),
        ('basis = "cumulativ"\n' + SOUND, "cumulative, increment, incident", "$.basis"),
        (
            SOUND + 'outcome = { column = "x", values = { a = "lost" } }\n',
            "abandoned",
            "$.counts[0].outcome.values.a",
        ),
        ('ignore = ["Tank", "tank"]\n' + SOUND, "read elsewhere", "$.ignore[1]"),
        (SOUND.replace('"army"', '"The Army"'), "slug", "$.subject"),
        (SOUND.replace('column = "tank"', 'columns = "(?P<tem>.+)"'), "group 'tem'", "$.counts[0].columns"),
        (SOUND.replace('column = "tank"', 'columns = "("'), "regular expression", "$.counts[0].columns"),
        (SOUND + 'qualifier = { columns = "x" }\n', "columns", "$.counts[0].qualifier.columns"),
        ('summary = "{0.__class__}"\n' + SOUND, "placeholders", "$.summary"),
        ("dataset = losses", "TOML", None),
    ],
)
def test_a_mapping_that_is_not_sound_is_refused_with_the_place(text, word, path):
    """A misspelt name would else be silently without effect."""
    with pytest.raises(Malformed, match=word) as refused:
        read_mapping(text)

    assert path == refused.value.path


def test_all_that_is_wrong_is_told_at_once():
    """Whoever mends the mapping mends it once."""
    text = 'basis = "total"\n' + SOUND.replace('"army"', '"The Army"') + 'outcome = "lost"\n'

    with pytest.raises(Malformed, match="3 places") as refused:
        read_mapping(text)

    for path in ("$.basis", "$.subject", "$.counts[0].outcome"):
        assert f"\n{path}: " in refused.value.message


def test_all_keys_that_a_mapping_cannot_have_are_told_with_the_nearest():
    """And the keys that it can have, once for each kind of part; wrong words are told beside them."""
    misspelt = SOUND.replace("claimant", "claimnat").replace("item", "itme").replace('"army"', '"The Army"')
    text = f'{misspelt}colums = "x"\nfoo = 1\nperiod = {{ days = 1, hours = 2 }}\n[place]\ntags = ["a"]\n'

    with pytest.raises(Malformed, match="7 places") as refused:
        read_mapping(text)

    lines = refused.value.message.split("\n")
    assert (
        "$.claimnat: there is no key `claimnat`; is it `claimant`? The keys are dataset, date, " in lines[1]
    )
    assert "is it `item`? The keys are name, type, column, " in lines[2]
    assert "$.counts[0].colums: there is no key `colums`; is it `columns`?" == lines[3]
    assert "$.counts[0].foo: there is no key `foo`." == lines[4]
    assert lines[5].startswith("$.counts[0].period: a period has")
    assert "above the first line in brackets. The keys are name, country, " in lines[6]
    assert lines[7].startswith("$.subject: ")


PARTS = {
    "": TableMapping,
    "event": EventMapping,
    "place": PlaceMapping,
    "source": SourceMapping,
    "counts.0": CountMapping,
    "counts.0.subject": ColumnTerm,
    "event.figures.killed": FigureMapping,
    "event.links.about": LinkMapping,
}
"""Parts of a mapping, by their paths, and what they are."""


@given(st.data())
@examples(60)
def test_any_keys_that_are_misspelt_are_told_at_once(data):
    """Each where it stands, with the key that was meant; no more and no fewer."""
    document = {
        "dataset": "x",
        "date": "day",
        "claimant": "staff",
        "basis": "incident",
        "place": {},
        "source": {"publisher": "paper"},
        "event": {
            "type": "engagement",
            "key": ["id"],
            "summary": "A raid",
            "figures": {"killed": {"column": "dead"}},
            "links": {"about": {"key": [{"column": "of"}]}},
        },
        "counts": [
            {
                "name": "a",
                "type": "casualty_estimate",
                "measure": "killed",
                "column": "a",
                "subject": {"column": "b"},
            }
        ],
    }
    expected = {}
    for path in data.draw(st.sets(st.sampled_from(sorted(PARTS)), min_size=1), "parts"):
        fields = PARTS[path].__struct_fields__
        name = data.draw(st.sampled_from(fields), path)
        at = data.draw(st.integers(1, len(name)), "at")
        misspelt = f"{name[:at]}{data.draw(st.sampled_from('xqj'), 'letter')}{name[at:]}"
        part = document
        for step in filter(None, path.split(".")):
            part = part[int(step) if step.isdigit() else step]
        part[misspelt] = 1
        expected[f"$.{path}.{misspelt}".replace("..", ".").replace(".0", "[0]")] = (
            f"there is no key `{misspelt}`",
            name,
        )

    faults = {path: reason for path, reason, _ in form_faults(document)}

    assert faults.keys() == expected.keys()
    for path, (words, name) in expected.items():
        assert faults[path].startswith(words)
        assert len(name) < 4 or "; is it `" in faults[path]


def test_the_terms_and_types_of_counts_are_the_vocabularys():
    """All but the adjustment, which becomes a reset of a series."""
    fields = {*CasualtyEstimate.__struct_fields__, *EquipmentLoss.__struct_fields__}
    reports = {name for name, kind in EVENT_TYPES.items() if issubclass(kind, CountReport)}

    assert set(TERMS) <= fields | set(Category.__struct_fields__)
    assert {"adjustment", *reports} == set(get_args(CountType))


EVENT = """
dataset = "raids"
date = "day"
claimant = "staff"
[event]
type = "{type}"
key = ["id"]
summary = "A raid"
"""
WORDS = [
    (kind, field.encode_name, get_args(option))
    for kind in get_args(next(f for f in structs.fields(EventMapping) if f.name == "type").type)
    for field in structs.fields(EVENT_TYPES[kind])
    for option in (field.type, *get_args(field.type))
    if get_origin(option) is Literal
]
"""The members of events that have words of their own."""


@pytest.mark.parametrize(
    "form", ['"X"', '{ column = "a", values = { A = "X" } }', '{ column = "a", otherwise = "X" }']
)
@pytest.mark.parametrize(("kind", "name", "words"), WORDS)
def test_a_word_that_a_member_of_an_event_cannot_have_is_told_before_a_row_is_read(form, kind, name, words):
    """With those that it can have, each of which is allowed."""
    text = EVENT.format(type=kind) + f"[event.members]\n{name} = {form}\n"

    with pytest.raises(Malformed, match=f"'X' is not one of {', '.join(words)}") as refused:
        read_mapping(text)

    assert refused.value.path.startswith(f"$.event.members.{name}")
    for word in words:
        assert read_mapping(text.replace("X", word))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('[event.members]\nattackers = "The Army"', "$.event.members.attackers"),
        ('[event.figures.killed]\ncolumn = "k"\nqualifier = "abt"', "$.event.figures.killed.qualifier"),
        ('claimant = "The Army"', "$.event.claimant"),
        ('[place]\ncountry = "Ukraine"', "$.place.country"),
        ('[place]\nprecision = "close"', "$.place.precision"),
        ('[source]\npublisher = "paper"\nurl = "printed"', "$.source.url"),
        ('[source]\npublisher = "The Paper"', "$.source.publisher"),
    ],
)
def test_what_no_row_can_hold_is_told_where_it_stands(text, path):
    """Whichever part of an event it is for."""
    with pytest.raises(Malformed) as refused:
        read_mapping(f"{EVENT.format(type='engagement')}{text}\n")

    assert path == refused.value.path
