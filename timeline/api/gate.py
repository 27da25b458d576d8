"""Refuses query parameters that an operation does not have: a misspelt filter must not pass for none."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from litestar import Litestar, Request
from litestar.openapi.spec import Parameter

from timeline.domain.errors import Malformed

Known = Mapping[str, frozenset[str]]
"""An operation's query parameters, and the JSON types of each; an `array` may be given several times, and a
`choice` is one of certain words, or absent."""

_INTEGER = re.compile(r"-?[0-9]+")


def known_parameters(app: Litestar) -> dict[str, Known]:
    """What the documentation says of each operation's query, by operation id."""
    found: dict[str, Known] = {}
    for item in (app.openapi_schema.paths or {}).values():
        for operation in (item.get, item.put, item.post):
            if operation is None or operation.operation_id is None:
                continue
            found[operation.operation_id] = {
                parameter.name: frozenset(_types(parameter.schema))
                for parameter in operation.parameters or ()
                if isinstance(parameter, Parameter) and parameter.param_in == "query"
            }
    return found


def _types(schema: Any) -> Iterator[str]:
    for kind in (schema, *(getattr(schema, "one_of", None) or ())):
        if None in (getattr(kind, "enum", None) or ()):
            yield "choice"
        named = getattr(kind, "type", None) or ()
        for name in named if isinstance(named, (list, tuple)) else (named,):
            yield str(name.value)


async def refuse_unknown_parameters(request: Request[Any, Any, Any]) -> None:
    """Let a request pass whose query parameters the operation has.

    Raises:
        Malformed: it has another one, or one several times that is meant once, or no number for a number.
    """
    if not request.scope["query_string"]:
        return
    given = sorted(request.query_params.multi_items())
    names = [name for name, _ in given]
    known = _known(request.app).get(getattr(request.route_handler, "operation_id", None) or "", {})
    for name, value in given:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise Malformed(f"there is no parameter {name[:80]!r} here; there are: {there}", path=name[:80])
        if names.count(name) > 1 and "array" not in known[name]:
            raise Malformed(f"the parameter {name!r} is given {names.count(name)} times", path=name)
        if "integer" in known[name] and not _INTEGER.fullmatch(value):
            # the framework would take 1e2 for 100, and "null" for an absent one
            raise Malformed("expected a whole number", path=name)
        if "choice" in known[name] and value.lower() == "null":
            # the framework would take it for an absent one, as it does with numbers
            raise Malformed("expected one of the values that the documentation lists", path=name)
        if "boolean" in known[name] and value not in ("true", "false"):
            raise Malformed("expected true or false", path=name)


def _known(app: Litestar) -> dict[str, Known]:
    if "known_parameters" not in app.state:
        app.state.known_parameters = known_parameters(app)
    found: dict[str, Known] = app.state.known_parameters
    return found
