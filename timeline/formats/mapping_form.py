"""The form of a mapping: all keys that it cannot have, lacks, or gives a wrong value, in one walk.

A decoder stops at the first fault, and who writes a mapping would mend it fault by fault. The walk follows
the types of `mapping` and asks the decoder for each part alone.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct, structs

from timeline.domain.codec import explain_decode_error
from timeline.formats.mapping import TableMapping


class MappingFault(NamedTuple):
    """A part of a mapping that cannot be, and why; `keys` are those that its part may have."""

    path: str
    reason: str
    keys: str = ""


def form_faults(document: dict[str, Any]) -> list[MappingFault]:
    """All that is wrong with the form of a mapping.

    Unknown keys, and optional members of a wrong form, are taken out of the document, so that its words can
    be checked too. The keys that a part may have are named with its first wrong one.
    """
    faults, listed = [], {""}
    for path, reason, keys in _faults(document, TableMapping, "$"):
        faults.append(MappingFault(path, reason if keys in listed else f"{reason} The keys are {keys}"))
        listed.add(keys)
    return faults


def value_faults(value: str, kind: Any, path: str) -> Iterator[MappingFault]:
    """What is wrong with a word as the value of a type, or as an item of a list of these."""
    items = [get_args(option)[0] for option in _options(kind) if get_origin(option) is tuple]
    for place, reason, _ in _faults(value, items[0] if items else kind, path):
        quoted = repr(value)
        yield MappingFault(place, reason if reason.startswith(quoted) else f"{quoted}: {reason}")


def _faults(value: Any, kind: Any, path: str) -> Iterator[MappingFault]:
    faults = list(_inner_faults(value, kind, path))
    if faults:
        yield from faults
        return
    try:
        msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as error:
        fault = explain_decode_error(error)
        words = [
            word for option in _options(kind) if get_origin(option) is Literal for word in get_args(option)
        ]
        reason = f"{value!r} is not one of {', '.join(words)}" if words else fault.message
        yield MappingFault(path + (fault.path or "$")[1:], reason)


def _inner_faults(value: Any, kind: Any, path: str) -> Iterator[MappingFault]:
    """What is wrong with the members or items of a value."""
    for option in _options(kind):
        if isinstance(value, dict) and isinstance(option, type) and issubclass(option, Struct):
            yield from _struct_faults(value, option, path)
        elif isinstance(value, dict) and get_origin(option) is dict:
            for name, member in value.items():
                yield from _faults(member, get_args(option)[1], f"{path}.{name}")
        elif isinstance(value, list) and get_origin(option) is tuple:
            for index, item in enumerate(value):
                yield from _faults(item, get_args(option)[0], f"{path}[{index}]")


def _options(kind: Any) -> Iterator[Any]:
    """The types that a type allows."""
    if get_origin(kind) is Annotated:
        yield from _options(get_args(kind)[0])
    elif get_origin(kind) in (Union, UnionType):
        for option in get_args(kind):
            yield from _options(option)
    else:
        yield kind


def _struct_faults(value: dict[str, Any], kind: type[Struct], path: str) -> Iterator[MappingFault]:
    fields = _fields(kind)
    meant = set()
    for name in [name for name in value if name not in fields]:
        nearest = get_close_matches(name.lower(), fields, 1)
        meant.update(nearest)
        reason = _unknown_key_words(name, kind, nearest)
        yield MappingFault(f"{path}.{name}", reason, ", ".join(fields))
        del value[name]
    for name, field in fields.items():
        is_required = field.default is NODEFAULT and field.default_factory is NODEFAULT
        if name in value:
            faults = list(_faults(value[name], field.type, f"{path}.{name}"))
            yield from faults
            if faults and not is_required:
                del value[name]
        elif is_required and name not in meant:
            yield MappingFault(path, f"the key `{name}` is missing")


def _unknown_key_words(name: str, kind: type[Struct], nearest: list[str]) -> str:
    words = f"there is no key `{name}`"
    if nearest:
        return f"{words}; is it `{nearest[0]}`?"
    if kind is not TableMapping and name in _fields(TableMapping):
        return f"{words} here: what is for the mapping as a whole stands above the first line in brackets."
    return f"{words}."


@lru_cache(maxsize=32)
def _fields(kind: type[Struct]) -> dict[str, structs.FieldInfo]:
    return {field.encode_name: field for field in structs.fields(kind)}
