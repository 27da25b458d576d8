"""Members of JSON objects: finds one that an object names twice, of which readers would take either.

RFC 8259 (section 4) leaves open what a repeated name means, and decoders silently keep one of the two. A
record of what was reported must not depend on which: such input is refused wherever JSON comes in.
"""

import json
from collections.abc import Iterator
from typing import Any


def repeated_member(data: bytes) -> str | None:
    """The path of the first member that an object of valid JSON names twice, such as `$.figure.value`."""
    try:
        _CHECK.decode(data.decode())
    except _Repeated:
        return next(_repeated(_PAIRS.decode(data.decode()), "$"), "$")
    return None


def is_surely_unrepeated(data: bytes, canonical: bytes) -> bool:
    """Whether it can be told without parsing again that no object in `data` names a member twice.

    `canonical` is what was read of it, written again. Without backslashes a colon is one in a text, which
    both have, or one behind a name: a name that was dropped would be a colon less. False says nothing.
    """
    return b"\\" not in data and data.count(b":") == canonical.count(b":")


class _Repeated(ValueError):
    """An object names a member twice."""


class _Pairs(list[tuple[str, Any]]):
    """The members of an object in their order, with those that are repeated."""


def _check_pairs(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _Repeated


_CHECK = json.JSONDecoder(object_pairs_hook=_check_pairs)
_PAIRS = json.JSONDecoder(object_pairs_hook=_Pairs)


def _repeated(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, _Pairs):
        names: set[str] = set()
        for name, member in value:
            if name in names:
                yield f"{path}.{name}"
            names.add(name)
            yield from _repeated(member, f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _repeated(item, f"{path}[{index}]")
