"""Environment variables as the fields of a Struct: their names, their values, what is said of them."""

import difflib
import re
from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import Meta
from msgspec.structs import FieldInfo

PREFIX = "TIMELINE_"

LIKENESS_MIN = 0.6
"""From which ratio of `difflib` on a variable is a setting's with a slip, and not another program's.

Kubernetes sets `TIMELINE_SERVICE_PORT` and its like for a service of the name timeline: these are at 0.5.
"""

# msgspec's names of types, and what a person at a shell would call them.
TYPE_WORDS = {"int": "a whole number", "float": "a number", "str": "text"}


class SettingsError(Exception):
    """An environment variable has a value that its setting does not allow.

    Attributes:
        name: The variable, as `TIMELINE_PORT`.
        message: What is allowed, as the end of a sentence that begins with the variable's name.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class Setting(NamedTuple):
    """One line of the help: a variable, its default as text and what it is for."""

    variable: str
    default: str
    description: str


def variable_of(field: str) -> str:
    """The environment variable of a field: `port` gives `TIMELINE_PORT`."""
    return PREFIX + field.upper()


def nearest_name(name: str, names: Sequence[str]) -> str | None:
    """The setting that a name seems to mean: it is nearly its name, or made of its words, as `CORS` is."""
    words = set(name.split("_"))
    shortened = [other for other in names if words <= set(other.split("_"))]
    choices = difflib.get_close_matches(name, names, 1, LIKENESS_MIN)
    choices += difflib.get_close_matches(name, shortened, 1, 0)
    return choices[0] if choices else None


def describe(field: FieldInfo) -> Setting:
    """A field's line of the help."""
    default = "" if field.default is None else str(field.default)
    return Setting(variable_of(field.name), default, _description(field))


def read_value(
    field: FieldInfo, variable: str, text: str, *, is_secret: bool, pattern_words: str | None
) -> object:
    """The value in a variable's text, as its field's type; `strict=False` reads "8000" as a number.

    Args:
        field: The field.
        variable: Its variable.
        text: What the variable holds.
        is_secret: Whether the text must not be repeated.
        pattern_words: What the field's pattern allows, in words, if it has one.

    Raises:
        SettingsError: the field does not allow it.
    """
    try:
        return msgspec.convert(text, _value_type(field), strict=False)
    except msgspec.ValidationError as error:
        actual = "" if is_secret else f", not {text!r}"
        allowed = _allowed_values(field, str(error), pattern_words)
        raise SettingsError(variable, f"expected {allowed}{actual}") from None


def _value_type(field: FieldInfo) -> Any:
    """The field's type without its None: a variable that is set never means None, not even "null"."""
    if get_origin(field.type) is UnionType or get_origin(field.type) is Union:
        return next(member for member in get_args(field.type) if member is not NoneType)
    return field.type


def _description(field: FieldInfo) -> str:
    annotations = getattr(_value_type(field), "__metadata__", ())
    return next((meta.description for meta in annotations if isinstance(meta, Meta) and meta.description), "")


def _allowed_values(field: FieldInfo, message: str, pattern_words: str | None) -> str:
    """What msgspec expects, such as "`int` >= 1", as a person at a shell would put it."""
    if message.startswith("Invalid enum value"):
        return "one of " + ", ".join(get_args(get_args(field.type)[0]))
    if "matching regex" in message and pattern_words is not None:
        return pattern_words
    allowed = message.partition(", got ")[0].removeprefix("Expected ").replace("`", "")
    for type_name, words in TYPE_WORDS.items():
        allowed = re.sub(rf"\b{type_name}\b", words, allowed)
    return allowed
