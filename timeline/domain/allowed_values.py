"""The values that a field allows, if they are few, and the fields of an object: msgspec's errors omit them.

It is read from the types themselves, by the path in the error: the vocabulary is written once, and a refusal
lists it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")

Step = str | int
"""A member's name, or an item's index; `...` is whichever member of an object, or item of an array."""


def allowed_values(kind: Any, data: bytes | msgspec.Raw, path: str) -> list[str]:
    """The values that a field allows, as JSON has them; none where it allows more than a few.

    Args:
        kind: The type that the data were to be decoded as.
        data: JSON, which tells which of several types an object was to be.
        path: The path of the field, as msgspec writes it.
    """
    literals = (part for part in _types_at(kind, data, path) if isinstance(part, inspect.LiteralType))
    return list(dict.fromkeys(str(value) for part in literals for value in part.values))


def allowed_fields(kind: Any, data: bytes | msgspec.Raw, path: str) -> list[str]:
    """The fields that an object may have; the parameters are as for `allowed_values`."""
    structs = [part for part in _types_at(kind, data, path) if isinstance(part, inspect.StructType)]
    names = ((part.tag_field, *(field.encode_name for field in part.fields)) for part in structs)
    return list(dict.fromkeys(name for fields in names for name in fields if name))


def _types_at(kind: Any, data: bytes | msgspec.Raw, path: str) -> Iterator[inspect.Type]:
    steps = [name or (int(index) if index.isdigit() else index) for name, index in _STEP.findall(path)]
    try:
        value = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return  # behind the field it is no JSON at all, which the decoder had not come to
    yield from _types_below(_described(kind), steps, value)


@lru_cache(maxsize=20)
def _described(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _types_below(kind: inspect.Type, steps: Sequence[Step], value: Any) -> Iterator[inspect.Type]:
    """The types that the data may have at the end of these steps."""
    match kind:
        case inspect.Metadata():
            yield from _types_below(kind.type, steps, value)
        case inspect.UnionType():
            for member in _members(kind, steps, value):
                yield from _types_below(member, steps, value)
        case inspect.StructType() if steps:
            yield from _types_of_field(kind, steps, value)
        case inspect.ListType() | inspect.VarTupleType() if steps:
            yield from _types_below(kind.item_type, steps[1:], _item(value, steps[0]))
        case inspect.DictType() if steps:
            yield from _types_below(kind.value_type, steps[1:], _item(value, steps[0]))
        case _ if not steps:
            yield kind


def _types_of_field(kind: inspect.StructType, steps: Sequence[Step], value: Any) -> Iterator[inspect.Type]:
    if steps[0] == kind.tag_field:
        yield inspect.LiteralType((kind.tag,))
    for field in kind.fields:
        if field.encode_name == steps[0]:
            yield from _types_below(field.type, steps[1:], _item(value, steps[0]))


def _members(union: inspect.UnionType, steps: Sequence[Step], value: Any) -> Iterator[inspect.Type]:
    """The types that a value may have been meant as: of tagged ones that of its tag, where there is one."""
    for member in union.types:
        tag_field = getattr(member, "tag_field", None)
        if (
            tag_field is None
            or steps == [tag_field]
            or _item(value, tag_field) == getattr(member, "tag", None)
        ):
            yield member


def _item(value: Any, step: Step) -> Any:
    """A member or item of a JSON value; None where it has none."""
    try:
        return value[step]
    except (LookupError, TypeError):
        return None
