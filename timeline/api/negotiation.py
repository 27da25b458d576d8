"""The format of an answer: the one that `format` names, else the one that `Accept` prefers, else JSON.

`*/*` never leads to an export: a format beside JSON is used only where it is named.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from litestar import Litestar, Request
from litestar.params import Parameter

from timeline.domain.errors import Malformed, NotAcceptable
from timeline.formats.registry import WITH_HASHTAGS
from timeline.formats.writers import Writer

JSON = "application/json"
PLAIN = "json"

Hxl = Annotated[bool, Parameter(description="In CSV: add a second row with the columns' HXL hashtags.")]

MEMOIZED_LENGTH_MAX = 300
"""The longest header whose meaning is remembered; those of browsers have less than 200 characters."""

FORMATS = "formats"
"""The option of a handler that holds the formats it answers in, beside JSON, by name."""

IS_EXPORT = "is_export"
"""The option of a handler that answers in these formats alone, of which the request names one."""


class _MediaRange(NamedTuple):
    """A media range of an Accept header, with its quality from 0 to 1."""

    media_type: str
    quality: float

    def covers(self, media_type: str) -> bool:
        return self.media_type in (media_type, f"{media_type.partition('/')[0]}/*", "*/*")

    @property
    def specificity(self) -> int:
        return 0 if self.media_type == "*/*" else 1 if self.media_type.endswith("/*") else 2


def choose_format(request: Request[Any, Any, Any], name: str | None) -> str:
    """The name of the format to answer in: `name` where the request has one, else by `Accept`.

    Raises:
        Malformed: an export names no format of its own.
        NotAcceptable: `Accept` names none of the operation's media types.
    """
    formats = request.route_handler.opt[FORMATS]
    if IS_EXPORT in request.route_handler.opt and name in (None, PLAIN):
        raise Malformed(f"an export needs one of the formats {', '.join(formats)}", path="format")
    if name is not None:
        return name
    accepted = accepted_format(request.headers.get("accept"), formats)
    if accepted is None:
        media_types = ", ".join(media_type for media_type, _ in _media_types(formats))
        names = ", ".join([PLAIN, *formats])
        raise NotAcceptable(
            f"this address answers in {media_types}; or choose with `format`: {names}", path="Accept"
        )
    return accepted


def new_writer(formats: Mapping[str, type[Any]], name: str, *, hxl: bool = False) -> Any:
    """A writer for one answer, or None where the format is JSON.

    Raises:
        Malformed: hashtags are requested in a format that has none.
        NotInstalled: the format needs a library that is not installed.
    """
    if hxl and name not in WITH_HASHTAGS:
        raise Malformed(f"`hxl` works with {' and '.join(WITH_HASHTAGS)} only", path="hxl")
    if name == PLAIN:
        return None
    return formats[name](hxl=True) if hxl else formats[name]()


def accepted_format(header: str | None, formats: Mapping[str, type[Writer]]) -> str | None:
    """The name of the format that an Accept header (RFC 9110, section 12.5.1) prefers; None for none of them.

    Among formats of equal quality the one named most specifically wins, then JSON.
    """
    header = header or "*/*"
    choose = _best_format_memoized if len(header) <= MEMOIZED_LENGTH_MAX else _best_format
    return choose(header, _media_types(formats))


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header (RFC 9110, section 12.5.3) allows an answer in gzip."""
    return (_allows_gzip_memoized if len(header) <= MEMOIZED_LENGTH_MAX else _allows_gzip)(header)


def _allows_gzip(header: str) -> bool:
    qualities = {coding.media_type: coding.quality for coding in _media_ranges(header)}
    return next((qualities[name] for name in ("gzip", "x-gzip", "*") if name in qualities), 0) > 0


def _media_types(formats: Mapping[str, type[Writer]]) -> tuple[tuple[str, str], ...]:
    """Media types with their formats' names, JSON first.

    A format that shares JSON's media type is left out: only its name can choose it.
    """
    pairs = ((writer.media_type.partition(";")[0], name) for name, writer in formats.items())
    return ((JSON, PLAIN), *((media_type, name) for media_type, name in pairs if media_type != JSON))


def _best_format(header: str, media_types: tuple[tuple[str, str], ...]) -> str | None:
    ranges = sorted(_media_ranges(header), key=lambda media_range: -media_range.specificity)
    candidates: list[tuple[float, int, int, str]] = []
    for preference, (media_type, name) in enumerate(media_types):
        covering = next((item for item in ranges if item.covers(media_type)), None)
        if covering is None or covering.quality <= 0 or (covering.specificity == 0 and name != PLAIN):
            continue
        candidates.append((covering.quality, covering.specificity, -preference, name))
    return max(candidates)[-1] if candidates else None


_allows_gzip_memoized = lru_cache(maxsize=1_000)(_allows_gzip)
_best_format_memoized = lru_cache(maxsize=1_000)(_best_format)


def _media_ranges(header: str) -> Iterable[_MediaRange]:
    """The ranges of an Accept header, or its like; one whose quality is not a number is ignored."""
    for part in header.split(","):
        media_type, *parameters = (text.strip().lower() for text in part.split(";"))
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            yield _MediaRange(media_type, float(quality))
        except ValueError:
            continue


def exports_of(app: Litestar) -> dict[str, Mapping[str, type[Writer]]]:
    """The formats that exports answer in, by operation id."""
    handlers = [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]
    return {handler.operation_id: handler.opt[FORMATS] for handler in handlers if IS_EXPORT in handler.opt}


def response_content(formats: Mapping[str, type[Writer]]) -> dict[str, dict[str, Any]]:
    """OpenAPI's `content` for answers in formats beside JSON, by media type."""
    return {writer.media_type.partition(";")[0]: {"schema": _schema(writer)} for writer in formats.values()}


def _schema(writer: type[Writer]) -> dict[str, Any]:
    description = (writer.__doc__ or "").splitlines()[0]
    if writer.media_type.endswith("-batch+json"):
        return {"type": "array", "items": {"type": "object"}, "description": description}
    if writer.media_type.endswith("json") and not writer.media_type.endswith("ndjson"):
        return {"type": "object", "description": description}
    return {"type": "string", "description": description}


NOT_ACCEPTABLE = (HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.NOT_IMPLEMENTED)
"""The statuses that an operation has in addition where it answers in several formats."""
