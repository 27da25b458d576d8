"""Areas by day in GeoJSON: reads each feature as a `territorial_change`.

| property of the feature                        | event                                            |
|------------------------------------------------|--------------------------------------------------|
| `date`, `day`, `datetime` or `time`            | `occurred`, and part of the key                  |
| `name`, `area` or `title`                      | `area`, and part of the key                      |
| `id`, of the feature or among its properties   | the key, together with the date                  |
| `status`                                       | `status`                                         |
| `to`, `controller`, `actor` or `side`; `from`  | `to`, `from`, as slugs                           |
| `claimant`, `source` (a slug is made of each)  | `claimant`, the source's publisher               |
| the geometry, also a collection of them        | the place: the middle of its bounding box        |

The vocabulary has no shapes: a report says of each feature that its shape was left out, and what else
the file has beside these. A feature with a point is at that point, and any other covers an `area` around its
middle.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from timeline.domain.errors import Malformed
from timeline.formats.cells import clean_text, parse_id
from timeline.formats.days import DayOrder, day_orders, parse_day
from timeline.formats.drafts import Absence, Draft, LeftOut, Reject, RowFault, fit_line, fit_text
from timeline.formats.json_rows import JsonRow, parse_json_rows
from timeline.formats.slugs import name_slug

_DATES = ("date", "day", "datetime", "time")
_NAMES = ("name", "area", "title")
_TO = ("to", "controller", "actor", "side")
_STATUSES = frozenset(("claimed", "contested", "captured", "liberated", "withdrawn"))
_MEMBERS = {
    "area": _NAMES,
    "place.name": _NAMES,
    "to": _TO,
    "from": ("from",),
    "status": ("status",),
    "claimant": ("claimant",),
    "sources": ("source",),
}
"""The members of the event that properties are needed for."""
_TURN, _HALF_TURN = 360, 180
_READ = frozenset((*_DATES, *_NAMES, *_TO, "from", "id", "status", "claimant", "source"))


def read_areas(file: BinaryIO, data_set: str, order: DayOrder | None = None) -> Iterator[Draft | Reject]:
    """The areas of a FeatureCollection, or of features one after the other.

    Args:
        file: The GeoJSON.
        data_set: The tag of its rows.
        order: Which number of `05/02/2024` is the day; None to read no such dates.

    Raises:
        Malformed: the file is not valid JSON, or no list of features.
    """
    rows = parse_json_rows(file.read(), ("features",))
    lone = rows[0] if len(rows) == 1 else None
    if isinstance(lone, JsonRow) and "properties" not in lone.members:
        raise Malformed(f"line {lone.line}: expected a FeatureCollection, or features", path="type")
    absence = _absence(rows)
    for row in rows:
        if isinstance(row, Reject):
            yield row
            continue
        key = None
        try:
            properties = _properties(row)
            date = _date(properties, order)
            key = _key(properties, date)
            content = _content(row, properties, data_set, date)
        except RowFault as fault:
            yield fault.reject(row.line, row.text, key)
            continue
        yield Draft(row.line, key, content, row.text, absent=absence, generated=("summary",))
        others = sorted(name for name, value in properties.items() if value and name not in _READ)
        if content.get("place", {}).get("precision") == "area" or _is_unread(row, content):
            others.append("the shape")
        if others:
            yield LeftOut(row.line, f"left out: an event has no field for {', '.join(others)}", row.text)


def _absence(rows: list[JsonRow | Reject]) -> Absence:
    """What a file cannot say, since no feature has the property: it leaves what is recorded alone."""
    features = [row.members for row in rows if isinstance(row, JsonRow)]
    present = {
        name.strip().lower()
        for feature in features
        if isinstance(properties := feature.get("properties"), dict)
        for name in properties
    }
    absent = [member for member, names in _MEMBERS.items() if present.isdisjoint(names)]
    has_shapes = any(feature.get("geometry") for feature in features)
    return Absence((*absent, *(() if has_shapes else ("place",))))


def _properties(row: JsonRow) -> dict[str, str]:
    """The properties as texts, by their names in lower case."""
    properties = row.members.get("properties")
    if row.members.get("type") != "Feature" or not isinstance(properties, dict):
        raise RowFault("type", "not a feature with properties")
    if "id" in row.members:
        properties = {"id": row.members["id"], **properties}
    texts = {name.strip().lower(): value for name, value in properties.items()}
    return {
        name: clean_text(str(value)) if not isinstance(value, dict | list) else "…"
        for name, value in texts.items()
        if value is not None
    }


def _first(properties: dict[str, str], names: tuple[str, ...]) -> str:
    return next(filter(None, (properties.get(name) for name in names)), "")


def _date(properties: dict[str, str], order: DayOrder | None) -> str:
    text = _first(properties, _DATES)
    day = parse_day(text, order)
    if day is None:
        raise RowFault("properties.date", _fault_words(text))
    return day.isoformat()


def _fault_words(text: str) -> str:
    if not text:
        return "the area has no date"
    orders = [name.replace("_", "-") for name in sorted(day_orders(text))]
    hint = f"; --dates {' or '.join(orders)} says which number is the day" if orders else ""
    return f"not a date: {text[:100]!r}{hint}"


def _key(properties: dict[str, str], date: str) -> str:
    identity = parse_id(properties.get("id", "")) or name_slug(_first(properties, _NAMES))
    if not identity:
        raise RowFault("properties.name", "the area has neither an id nor a name")
    return f"{date}/{identity}"


def _content(row: JsonRow, properties: dict[str, str], data_set: str, date: str) -> dict[str, Any]:
    area = fit_line(_first(properties, _NAMES) or f"area {properties['id']}")
    status = properties.get("status", "").lower()
    if status and status not in _STATUSES:
        statuses = ", ".join(sorted(_STATUSES))
        raise RowFault("properties.status", f"not one of {statuses}: {properties['status'][:100]!r}")
    holder = _first(properties, _TO)
    summary = " ".join(filter(None, (area, status or "held", holder and f"by {holder}")))
    content: dict[str, Any] = {
        "type": "territorial_change",
        "summary": fit_text(summary),
        "tags": [data_set],
        "occurred": date,
        "area": area,
    }
    members = {
        "to": name_slug(holder),
        "from": name_slug(properties.get("from", "")),
        "status": status,
        "claimant": name_slug(properties.get("claimant", "")),
    }
    content |= {name: value for name, value in members.items() if value}
    if publisher := name_slug(properties.get("source", "")):
        content["sources"] = [{"publisher": publisher}]
    if place := _place(row.members.get("geometry")):
        content["place"] = {"name": area, **place}
    return content


def _place(geometry: Any) -> dict[str, Any] | None:
    if not isinstance(geometry, dict):
        return None
    points = list(_points(geometry))
    if not points:
        return None
    latitudes = [point[1] for point in points]
    return {
        "latitude": round((min(latitudes) + max(latitudes)) / 2, 6),
        "longitude": round(_middle_longitude([point[0] for point in points]), 6),
        "precision": "exact" if geometry.get("type") == "Point" else "area",
    }


def _is_unread(row: JsonRow, content: dict[str, Any]) -> bool:
    """Whether a feature has a geometry that tells of no place here, and yet is not empty."""
    geometry = row.members.get("geometry")
    if "place" in content or not geometry:
        return False
    return not isinstance(geometry, dict) or any(value for name, value in geometry.items() if name != "type")


def _points(geometry: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """The positions of a geometry, or of all those of a collection."""
    yield from _positions(geometry.get("coordinates"))
    parts = geometry.get("geometries")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict):
            yield from _points(part)


def _middle_longitude(longitudes: list[float]) -> float:
    """The middle of longitudes; that of an area on both sides of the antimeridian is near it."""
    if max(longitudes) - min(longitudes) <= _HALF_TURN:
        return (min(longitudes) + max(longitudes)) / 2
    eastward = [longitude % _TURN for longitude in longitudes]
    middle = (min(eastward) + max(eastward)) / 2
    return middle - _TURN if middle > _HALF_TURN else middle


def _positions(coordinates: Any) -> Iterator[tuple[float, float]]:
    """The positions of a geometry, however deep its lists are."""
    if not isinstance(coordinates, list) or not coordinates:
        return
    if isinstance(coordinates[0], list):
        for part in coordinates:
            yield from _positions(part)
    elif len(coordinates) >= 2 and all(isinstance(number, int | float) for number in coordinates[:2]):
        yield coordinates[0], coordinates[1]
