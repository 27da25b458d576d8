"""The words that the guide lists are those of the vocabulary, and its options are those of the commands."""

import re
from typing import Any, get_args, get_type_hints

import click
import pytest

from tests.test_guide import GUIDE, PAGES
from timeline.cli import COMMANDS, main
from timeline.domain.components import Category, EvidenceKind, PlacePrecision, Reason
from timeline.domain.events import (
    Capture,
    CasualtyMeasure,
    EquipmentOutcome,
    Method,
    Retraction,
    Stance,
    TerritorialChange,
)
from timeline.domain.figure import VAGUE_FLOORS, OriginKind, Qualifier
from timeline.formats.registry import CLAIM_FORMATS, ENTRY_FORMATS, RECORD_FORMATS


def words_of(hint: Any) -> set[str]:
    """The words that a type allows, however deep it has them."""
    parts = get_args(getattr(hint, "__value__", hint))
    words = {part for part in parts if isinstance(part, str)}
    return words.union(*(words_of(part) for part in parts if not isinstance(part, str)))


def member(kind: type, name: str) -> set[str]:
    """The words that a member of a type allows."""
    return words_of(get_type_hints(kind, include_extras=True)[name])


CATEGORY = set[str]().union(*(member(Category, name) for name in ("status", "sex", "age")))
LISTS = [
    ("posting.md", r"Its `reason` is ", r"\.\n\n", member(Retraction, "reason")),
    (
        "posting.md",
        r"The reason decides what the correction means:\n",
        r"\n\n\w",
        {*words_of(Reason), "published_at"},
    ),
    ("posting.md", r"Qualifiers are ", r"\. The", {*get_args(Qualifier), "low", "high"}),
    ("mappings.md", r"\| `measure` \| ", r"\|\n", words_of(CasualtyMeasure)),
    ("mappings.md", r"\| `status`, `sex`, `age` \| ", r"\|\n", CATEGORY),
    ("mappings.md", r"\| `outcome` \(of equipment\) \| ", r"\|\n", words_of(EquipmentOutcome)),
    ("mappings.md", r"\| `qualifier` \| (?=`exact`, )", r"\|\n", words_of(Qualifier)),
    ("mappings.md", r"\| `origin` \| ", r"\|\n", words_of(OriginKind)),
    ("mappings.md", r"\| `precision` \| ", r"\|\n", words_of(PlacePrecision)),
    ("mappings.md", r"`method` is ", r";", words_of(Method)),
    ("mappings.md", r"`stance` is ", r";", words_of(Stance)),
    ("mappings.md", r"; `kind` is ", r";", words_of(EvidenceKind)),
    ("mappings.md", r"the `status` of an area ", r";", member(TerritorialChange, "status")),
    ("mappings.md", r"; `condition` ", r"\.", member(Capture, "condition")),
    ("mappings.md", r"(?=\| `tens`)", r"\| `vague`", set(VAGUE_FLOORS)),
    ("importing.md", r"`status` is ", r";", member(TerritorialChange, "status")),
    ("reading.md", r"\| the timeline \| ", r"\|\n", set(ENTRY_FORMATS)),
    ("reading.md", r"\| `…/figures`, one series \| ", r"\|\n", set(CLAIM_FORMATS)),
    ("reading.md", r"\| `…/events` \| ", r"\|\n", set(RECORD_FORMATS)),
]


@pytest.mark.parametrize(("page", "start", "end", "words"), LISTS)
def test_the_guide_lists_all_words_and_no_others(page, start, end, words):
    """Each list begins and ends where the page says it."""
    (text,) = re.findall(f"{start}(.*?){end}", (GUIDE / page).read_text(), re.DOTALL)

    assert words == set(re.findall(r"`([\w ]+)`", text))


def test_every_option_in_the_guide_is_one_of_a_command():
    """Those of other programs, such as curl, stand in commands of theirs."""
    commands = filter(None, (main.get_command(click.Context(main), name) for name in COMMANDS))
    options = {"--help", "--version"}.union(*map(names, commands))
    for page in PAGES:
        text = re.sub(r"^.*curl .*$", "", (GUIDE / page).read_text(), flags=re.MULTILINE)
        assert set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", text)) <= options, page


def names(command: click.Command) -> list[str]:
    """The names of a command's options."""
    return [name for option in command.params for name in (*option.opts, *option.secondary_opts)]
