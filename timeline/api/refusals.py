"""What the framework says of a parameter, as a sentence about the parameter's own name."""

import re
from typing import Any

from litestar import Request
from litestar.exceptions import ValidationException
from litestar.openapi.spec import Parameter

from timeline.api.parameters import WORDS
from timeline.domain.errors import Malformed

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
