"""Decodes stored values without checking them again: they were checked when they were recorded.

Patterns, lengths and the rules between fields take three quarters of the time in which an event is decoded,
and a stored one has passed them all. Each Struct of the vocabulary therefore has an unchecked subclass with
the same fields, but without their constraints.

What is decoded as the subclass takes on the class of the original as soon as its fields are set, so no code
ever sees the subclass: type, equality, `match` and encoding are those of an event that passed all checks.
Python allows this between classes of the same layout, which a subclass without fields of its own has.
"""

from collections.abc import Callable
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct, defstruct, field
from msgspec.structs import FieldInfo, fields, force_setattr


def unchecked(kind: Any) -> Any:
    """The same type with unchecked subclasses for its Structs, and without the constraints of `Annotated`."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return unchecked_struct(kind)
    parts = tuple(map(unchecked, get_args(kind)))
    if not parts:
        return kind
    origin = get_origin(kind)
    return reduce(or_, parts) if origin in (Union, UnionType) else origin[parts]


@cache
def unchecked_struct(original: type[Struct], **types: Any) -> Any:
    """A Struct that decodes to instances of the original; `types` are fields read as other types."""
    hints = get_type_hints(original) | types
    return defstruct(
        original.__name__,
        [(info.name, unchecked(hints[info.name]), _default(info)) for info in fields(original)],
        bases=(original,),
        namespace={"__post_init__": _becoming(original)},
        kw_only=True,
    )


def _default(info: FieldInfo) -> Any:
    if info.default_factory is not NODEFAULT:
        return field(name=info.encode_name, default_factory=info.default_factory)
    return field(name=info.encode_name, default=info.default)


def _becoming(original: type[Struct]) -> Callable[[Struct], None]:
    """What runs instead of the original's rules."""

    def become(decoded: Struct) -> None:
        force_setattr(decoded, "__class__", original)

    return become
