"""The rules for query parameters: what the framework is too lenient about, and its errors in plain English.

An operation's parameters, their types and their allowed values are read from its documentation, so that they
are written once, in the handler's signature.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from litestar import Litestar, Request
from litestar.exceptions import ValidationException
from litestar.openapi.spec import Parameter

from timeline.api.parameters import WORDS
from timeline.api.request_query import NAME_LENGTH_MAX, query_of
from timeline.domain.errors import Malformed

_INTEGER = re.compile(r"-?[0-9]+")


class ParameterRule(NamedTuple):
    """The JSON types of a query parameter, and its allowed values where the documentation lists them."""

    types: frozenset[str]
    choices: tuple[str, ...]


OperationRules = Mapping[str, ParameterRule]
"""The rules for an operation's query parameters, by name."""


async def refuse_invalid_parameters(request: Request[Any, Any, Any]) -> None:
    """Let a request pass if its query has only parameters of the operation, as often and of the type allowed.

    An unknown parameter is refused because a misspelt filter would otherwise be answered as if it were none.

    Raises:
        Malformed: a parameter is unknown, repeated, or not of its type.
    """
    parameters = query_of(request.scope).parameters
    if not parameters:
        return
    rules = _operation_rules(request)
    names = [name for name, _ in parameters]
    for name, value in parameters:
        rule = rules.get(name)
        if rule is None:
            allowed = f"takes: {', '.join(sorted(rules))}" if rules else "takes no query parameters"
            spelling = name[:NAME_LENGTH_MAX]
            raise Malformed(f"unknown parameter {spelling!r}; this operation {allowed}", path=spelling)
        if names.count(name) > 1 and "array" not in rule.types:
            raise Malformed(f"{name!r} may be given once, not {names.count(name)} times", path=name)
        # the framework would accept 1e2 for 100, "null" for an absent parameter, and 1 for true
        if "integer" in rule.types and not _INTEGER.fullmatch(value):
            raise Malformed("expected a whole number", path=name)
        if rule.choices and value not in rule.choices:
            raise Malformed(f"expected one of {', '.join(rule.choices)}", path=name)
        if "boolean" in rule.types and value not in ("true", "false"):
            raise Malformed("expected true or false", path=name)


def _operation_rules(request: Request[Any, Any, Any]) -> OperationRules:
    """The rules for the operation that a request asks for."""
    operation = getattr(request.route_handler, "operation_id", None) or ""
    return _rules_by_operation(request.app).get(operation, {})


def _rules_by_operation(app: Litestar) -> Mapping[str, OperationRules]:
    if "parameter_rules" not in app.state:
        app.state.parameter_rules = documented_rules(app)
    rules: Mapping[str, OperationRules] = app.state.parameter_rules
    return rules


def documented_rules(app: Litestar) -> dict[str, OperationRules]:
    """The rules for every operation's query parameters, by operation id."""
    rules: dict[str, OperationRules] = {}
    for item in (app.openapi_schema.paths or {}).values():
        for operation in (item.get, item.put, item.post):
            if operation is None or operation.operation_id is None:
                continue
            rules[operation.operation_id] = {
                parameter.name: ParameterRule(
                    frozenset(_types(parameter.schema)), tuple(dict.fromkeys(_choices(parameter.schema)))
                )
                for parameter in operation.parameters or ()
                if isinstance(parameter, Parameter) and parameter.param_in == "query"
            }
    return rules


def _types(schema: Any) -> Iterator[str]:
    for part in (schema, *(getattr(schema, "one_of", None) or ())):
        types = getattr(part, "type", None) or ()
        for json_type in types if isinstance(types, (list, tuple)) else (types,):
            yield str(json_type.value)


def _choices(schema: Any) -> Iterator[str]:
    yield from (value for value in getattr(schema, "enum", None) or () if value is not None)
    for part in (*(getattr(schema, "one_of", None) or ()), getattr(schema, "items", None)):
        if part is not None:
            yield from _choices(part)


_PATTERNS = {f"Expected `str` matching regex {pattern!r}": words for pattern, words in WORDS.items()}
_PHRASES = (
    (r"Expected `int` >= (\d+)", r"expected a whole number, \1 or more"),
    (r"Expected `int` <= (\d+)", r"expected a whole number, \1 or less"),
    (r"Expected `int( \| null)?`, got .*", r"expected a whole number"),
    (r"Expected `str` of length <= (\d+)", r"expected at most \1 characters"),
    (r"Expected `array` of length <= (\d+)", r"expected at most \1 values"),
)
"""What msgspec says of a value, and the same in plain English."""


def explain_validation_error(request: Request[Any, Any, Any], error: ValidationException) -> Malformed:
    """The framework's refusal of a parameter as one of ours, with the parameter as the request spells it."""
    if missing := re.match(r"Missing required \w+ parameter '(\w+)'", error.detail):
        rule = _operation_rules(request).get(missing[1])
        choices = f": expected one of {', '.join(rule.choices)}" if rule and rule.choices else ""
        return Malformed(f"this parameter is required{choices}", path=missing[1])
    faults = error.extra if isinstance(error.extra, list) and error.extra else [{}]
    key = str(faults[0].get("key", ""))
    message = str(faults[0].get("message", error.detail))
    return Malformed(_plain_message(message), path=_wire_names(request).get(key, key) or None)


def _wire_names(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The names of parameters in requests, by the names of handlers' arguments, where the two differ."""
    handler = request.route_handler
    dependencies = [provide.parsed_fn_signature for provide in handler.resolve_dependencies().values()]
    names = {}
    for signature in (*dependencies, handler.parsed_fn_signature):
        for argument, field in signature.parameters.items():
            if name := getattr(field.kwarg_definition, "name", None):
                names[argument] = str(name)
    return names


def _plain_message(message: str) -> str:
    if message in _PATTERNS:
        return f"expected text {_PATTERNS[message]}"
    for pattern, phrase in _PHRASES:
        if re.fullmatch(pattern, message):
            return re.sub(pattern, phrase, message)
    return message
