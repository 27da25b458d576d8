"""Refuses query parameters that an operation does not have: a misspelt filter must not pass for none."""

from collections.abc import Mapping
from typing import Any

from litestar import Litestar, Request
from litestar.openapi.spec import Parameter

from timeline.domain.errors import Malformed

Known = Mapping[str, bool]
"""An operation's query parameters, and whether each may be given several times."""


def known_parameters(app: Litestar) -> dict[str, Known]:
    """What the documentation says of each operation's query, by operation id."""
    found: dict[str, Known] = {}
    for item in (app.openapi_schema.paths or {}).values():
        for operation in (item.get, item.put, item.post):
            if operation is None or operation.operation_id is None:
                continue
            found[operation.operation_id] = {
                parameter.name: _is_list(parameter.schema)
                for parameter in operation.parameters or ()
                if isinstance(parameter, Parameter) and parameter.param_in == "query"
            }
    return found


def _is_list(schema: Any) -> bool:
    kinds = [schema, *(getattr(schema, "one_of", None) or ())]
    return any(getattr(kind, "type", None) == "array" for kind in kinds)


async def refuse_unknown_parameters(request: Request[Any, Any, Any]) -> None:
    """Let a request pass whose query parameters the operation has.

    Raises:
        Malformed: it has another one, or one several times that is meant once.
    """
    names = sorted(name for name, _ in request.query_params.multi_items())
    if not names:
        return
    known = _known(request.app).get(getattr(request.route_handler, "operation_id", None) or "", {})
    for name in names:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise Malformed(f"there is no parameter {name[:80]!r} here; there are: {there}", path=name[:80])
        if names.count(name) > 1 and not known[name]:
            raise Malformed(f"the parameter {name!r} is given {names.count(name)} times", path=name)


def _known(app: Litestar) -> dict[str, Known]:
    if "known_parameters" not in app.state:
        app.state.known_parameters = known_parameters(app)
    found: dict[str, Known] = app.state.known_parameters
    return found
