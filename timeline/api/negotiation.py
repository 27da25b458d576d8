"""Which of several formats an answer has: the one that `format` names, else the one that `Accept` asks for.

JSON is what is given unless another format is wanted by name: `*/*` never leads to an export.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from litestar import Litestar, Request
from litestar.params import Parameter

from timeline.api.bodies import JSON
from timeline.domain.errors import Malformed, NotAcceptable
from timeline.formats.registry import WITH_HASHTAGS
from timeline.formats.writers import Writer

PLAIN = "json"

Hxl = Annotated[
    bool, Parameter(description="Of CSV: with a second row that holds the columns' HXL hashtags.")
]

FORMATS = "formats"
"""The option of a handler that names the formats it answers in, beside JSON."""


class _Range(NamedTuple):
    """A range of media types that a client accepts."""

    kind: str
    quality: float

    def covers(self, media_type: str) -> bool:
        return self.kind in (media_type, f"{media_type.partition('/')[0]}/*", "*/*")

    @property
    def exactness(self) -> int:
        return 0 if self.kind == "*/*" else 1 if self.kind.endswith("/*") else 2


def chosen(request: Request[Any, Any, Any], name: str | None) -> str:
    """The name of the format that a request asks for, `json` unless it asks for another.

    Raises:
        NotAcceptable: `Accept` names nothing that there is.
    """
    if name is not None:
        return name
    formats = request.route_handler.opt[FORMATS]
    found = accepted(request.headers.get("accept"), formats)
    if found is None:
        types = ", ".join([JSON, *(kind for kind, _ in _offered(formats)[1:])])
        names = ", ".join([PLAIN, *formats])
        raise NotAcceptable(f"there are {types}; or, with `format`: {names}", path="Accept")
    return found


def new_writer(formats: Mapping[str, type[Any]], name: str, *, hxl: bool = False) -> Any:
    """A writer for one answer, or None where the format is JSON.

    Raises:
        Malformed: hashtags are wanted in a format that has none.
        NotInstalled: the format needs a library that is not there.
    """
    if hxl and name not in WITH_HASHTAGS:
        raise Malformed("only CSV has a row of hashtags", path="hxl")
    if name == PLAIN:
        return None
    return formats[name](hxl=True) if hxl else formats[name]()


def accepted(header: str | None, formats: Mapping[str, type[Writer]]) -> str | None:
    """The format that an Accept header (RFC 9110, section 12.5.1) asks for; None where there is none.

    Of formats that are wanted equally the one that is named most exactly is given, then JSON.
    """
    return _best(header or "*/*", _offered(formats))


def _offered(formats: Mapping[str, type[Writer]]) -> tuple[tuple[str, str], ...]:
    """Media types and names; a format whose media type is JSON's has to be asked for by its name."""
    others = ((kind.media_type.partition(";")[0], name) for name, kind in formats.items())
    return ((JSON, PLAIN), *((kind, name) for kind, name in others if kind != JSON))


@lru_cache(maxsize=1_000)
def _best(header: str, offered: tuple[tuple[str, str], ...]) -> str | None:
    ranges = sorted(_ranges(header), key=lambda one: -one.exactness)
    found: list[tuple[float, int, int, str]] = []
    for preference, (kind, name) in enumerate(offered):
        covering = next((one for one in ranges if one.covers(kind)), None)
        if covering is None or covering.quality <= 0 or (covering.exactness == 0 and name != PLAIN):
            continue
        found.append((covering.quality, covering.exactness, -preference, name))
    return max(found)[-1] if found else None


def _ranges(header: str) -> Iterable[_Range]:
    for part in header.split(","):
        kind, *parameters = (text.strip().lower() for text in part.split(";"))
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            yield _Range(kind, float(quality))
        except ValueError:
            continue


def formats_of(app: Litestar) -> dict[str, Mapping[str, type[Writer]]]:
    """The formats beside JSON that operations answer in, by operation id."""
    handlers = [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]
    return {handler.operation_id: handler.opt[FORMATS] for handler in handlers if FORMATS in handler.opt}


def documented(formats: Mapping[str, type[Writer]]) -> dict[str, dict[str, Any]]:
    """What OpenAPI says of answers in formats beside JSON, by media type."""
    types = {kind.media_type.partition(";")[0]: {"schema": _schema(kind)} for kind in formats.values()}
    types.pop(JSON, None)
    return types


def _schema(kind: type[Writer]) -> dict[str, Any]:
    description = (kind.__doc__ or "").splitlines()[0]
    if kind.media_type.endswith("-batch+json"):
        return {"type": "array", "items": {"type": "object"}, "description": description}
    if kind.media_type.endswith("json") and not kind.media_type.endswith("ndjson"):
        return {"type": "object", "description": description}
    return {"type": "string", "description": description}


NOT_ACCEPTABLE = (HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.NOT_IMPLEMENTED)
"""The refusals that formats add to an operation's."""
