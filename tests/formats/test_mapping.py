from typing import get_args

import pytest

from timeline.cli.importing.formats import mapping_text, shipped_mappings
from timeline.domain.components import Category
from timeline.domain.errors import Malformed
from timeline.domain.events import EVENT_TYPES, CasualtyEstimate, CountReport, EquipmentLoss
from timeline.formats.mapping import TERMS, CountType
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
        (SOUND.replace("claimant", "claimnat"), "claimnat", "$"),
        (SOUND.replace("item", "itme"), "itme", "$.counts[0]"),
        (SOUND.replace('"equipment_loss"', '"equipment"'), "equipment", "$.counts[0].type"),
        (SOUND.replace('"losses"', '"Our Losses"'), "regex", "$.dataset"),
        (SOUND.replace('date = "date"\n', ""), "date", "$"),
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
        (SOUND + 'qualifier = { columns = "x" }\n', "columns", "$.counts[0].qualifier"),
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


def test_the_terms_and_types_of_counts_are_the_vocabularys():
    """All but the adjustment, which becomes a reset of a series."""
    fields = {*CasualtyEstimate.__struct_fields__, *EquipmentLoss.__struct_fields__}
    reports = {name for name, kind in EVENT_TYPES.items() if issubclass(kind, CountReport)}

    assert set(TERMS) <= fields | set(Category.__struct_fields__)
    assert {"adjustment", *reports} == set(get_args(CountType))
