"""Refuses query parameters that an operation does not have: a misspelt filter must not pass for none."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from litestar import Litestar, Request
from litestar.exceptions import ValidationException
from litestar.openapi.spec import Parameter

from timeline.api.parameters import WORDS
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


_NAMES = {
    "form": "format",
    "kinds": "type",
    "since": "from",
    "until": "to",
    "if_match": "If-Match",
    "last_event_id": "Last-Event-ID",
}
"""Parameters whose name is a word of Python, or no name in it."""

_PATTERNS = {f"Expected `str` matching regex {pattern!r}": words for pattern, words in WORDS.items()}
_RULES = (
    (r"Expected `int` >= (\d+)", r"expected a whole number, \1 or more"),
    (r"Expected `int` <= (\d+)", r"expected a whole number, \1 or less"),
    (r"Expected `int( \| null)?`, got .*", r"expected a whole number"),
    (r"Expected `str` of length <= (\d+)", r"expected at most \1 characters"),
    (r"Expected `array` of length <= (\d+)", r"expected at most \1 values"),
)


def refused(request: Request[Any, Any, Any], error: ValidationException) -> Malformed:
    """The refusal of a request whose parameter does not hold what it may."""
    if missing := re.match(r"Missing required \w+ parameter '(\w+)'", error.detail):
        return Malformed("this parameter is needed", path=missing[1])
    faults = error.extra if isinstance(error.extra, list) and error.extra else [{}]
    key = str(faults[0].get("key", ""))
    name = _NAMES.get(key, key)
    message = str(faults[0].get("message", error.detail))
    return Malformed(_sentence(request, name, message), path=name or None)


def _sentence(request: Request[Any, Any, Any], name: str, message: str) -> str:
    if message in _PATTERNS:
        return f"expected text {_PATTERNS[message]}"
    if message.startswith("Invalid enum value"):
        return f"expected one of {', '.join(_choices(request, name))}"
    for rule, words in _RULES:
        if re.fullmatch(rule, message):
            return re.sub(rule, words, message)
    return message


def _choices(request: Request[Any, Any, Any], name: str) -> list[str]:
    """The values that the documentation allows a parameter."""
    for item in (request.app.openapi_schema.paths or {}).values():
        operation = item.get
        if operation and operation.operation_id == getattr(request.route_handler, "operation_id", None):
            for parameter in operation.parameters or ():
                if isinstance(parameter, Parameter) and parameter.name == name:
                    return _enumerated(parameter.schema)
    return []


def _enumerated(schema: Any) -> list[str]:
    found = [value for value in getattr(schema, "enum", None) or () if value is not None]
    for part in (*(getattr(schema, "one_of", None) or ()), getattr(schema, "items", None)):
        found += _enumerated(part) if part is not None else []
    return found
