"""ACLED's exports in CSV, and its lists of deleted events; read only.

Both layouts of 31 columns are read, the present one and that of 2020, and `NA` is an empty cell. A row is
one `engagement`, whatever its kind, since a row's kind may change and an event's type cannot; its key is
`event_id_cnty`, which stays over the updates.

| columns                            | event                                                                |
|------------------------------------|----------------------------------------------------------------------|
| event_type, sub_event_type         | `method`, tags; `outcome` where territory changed hands              |
| actor1, actor2 and their associates | `attackers`, `targets`, or tags where the kind has no direction     |
| fatalities                         | `killed`, with ACLED's rule as its origin                            |
| event_date, time_precision         | `occurred`: the day, the week around it, or its month                |
| location, admin1, iso, country, latitude, longitude, geo_precision, admin2, admin3 | `place`              |
| notes                              | `summary`                                                            |
| source                             | `sources`, which have a publisher and no more                        |
| disorder_type, civilian_targeting, tags | tags                                                            |
| time_precision, inter1, inter2, interaction, source_scale | `certainty.native`                            |

The claimant is `acled`. Not taken: `timestamp`, when ACLED last uploaded the row, since a row that is
uploaded again as it was is no change; region, year, data_id and event_id_no_cnty, which the others say.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple

from timeline.formats import countries
from timeline.formats.acled_coding import GEO_PRECISION, TERRITORY, coding_of, killed
from timeline.formats.csv_rows import Columns, Fault, coordinates, count, rows
from timeline.formats.days import day, span
from timeline.formats.drafts import SOURCES_MAX, Draft, Reject, Withdrawal, line, text
from timeline.formats.slugs import Slugs, short_slug

DATA_SET = "acled"
CLAIMANT = "acled"


class _AcledRow(NamedTuple):
    """The columns that are read."""

    event_id_cnty: str
    event_date: str
    event_type: str
    sub_event_type: str
    actor1: str
    fatalities: str
    time_precision: str
    disorder_type: str
    assoc_actor_1: str
    inter1: str
    actor2: str
    assoc_actor_2: str
    inter2: str
    interaction: str
    civilian_targeting: str
    iso: str
    iso3: str
    country: str
    admin1: str
    admin2: str
    admin3: str
    location: str
    latitude: str
    longitude: str
    geo_precision: str
    source: str
    source_scale: str
    notes: str
    tags: str


_REQUIRED = _AcledRow._fields[:6]


def read_acled(file: BinaryIO, data_set: str = DATA_SET) -> Iterator[Draft | Reject]:
    """The rows of an export.

    Raises:
        Malformed: it is no export of ACLED's events.
    """
    slugs = Slugs()
    for found in rows(file, Columns(_AcledRow._fields, _REQUIRED)):
        if isinstance(found, Reject):
            yield found
            continue
        row = _AcledRow._make(_present(cell) for cell in found.cells)
        try:
            content = _content(row, slugs, data_set)
        except Fault as fault:
            yield fault.reject(found.line, found.text, row.event_id_cnty or None)
        else:
            yield Draft(found.line, row.event_id_cnty, content, found.text)


def read_acled_deletions(file: BinaryIO) -> Iterator[Withdrawal | Reject]:
    """The keys of the events that ACLED has deleted, and when.

    Raises:
        Malformed: it is no list of deletions.
    """
    names = ("event_id_cnty", "deleted_timestamp")
    for found in rows(file, Columns(names, names)):
        if isinstance(found, Reject):
            yield found
            continue
        key, deleted = map(_present, found.cells)
        try:
            yield Withdrawal(found.line, _key(key), _instant(deleted))
        except Fault as fault:
            yield fault.reject(found.line, found.text, key or None)


def _present(cell: str) -> str:
    cell = cell.strip()
    return "" if cell == "NA" else cell


def _key(cell: str) -> str:
    if not cell:
        raise Fault("event_id_cnty", "the row has no id")
    return cell


def _instant(cell: str) -> datetime | None:
    if not cell:
        return None
    try:
        return datetime.fromtimestamp(count("deleted_timestamp", cell), UTC)
    except (OverflowError, ValueError, OSError):
        raise Fault("deleted_timestamp", f"{cell[:100]!r} is no time in seconds since 1970") from None


def _content(row: _AcledRow, slugs: Slugs, data_set: str) -> dict[str, Any]:
    _key(row.event_id_cnty)
    kind = coding_of(row.event_type, row.sub_event_type)
    first = _actors(slugs, row.actor1, row.assoc_actor_1)
    second = _actors(slugs, row.actor2, row.assoc_actor_2)
    undirected = [*first, *second] if kind.direction == "none" else []
    content: dict[str, Any] = {
        "type": "engagement",
        "summary": text(row.notes) or _summary(row),
        "sources": _sources(row.source),
        "tags": list(dict.fromkeys((data_set, *_tags(row), *undirected))),
        "occurred": _occurred(row),
        "claimant": CLAIMANT,
    }
    if not undirected:
        sides = (first, second) if kind.direction == "as_given" else (second, first)
        named = zip(("attackers", "targets"), sides, strict=True)
        content |= {role: actors for role, actors in named if actors}
    if kind.method:
        content["method"] = kind.method
    if row.sub_event_type.lower() in TERRITORY:
        content["outcome"] = line(row.sub_event_type)
    if row.fatalities:
        content["killed"] = killed(count("fatalities", row.fatalities), row.notes)
    if place := _place(row):
        content["place"] = place
    if native := _native(row):
        content["certainty"] = {"native": native}
    return content


def _actors(slugs: Slugs, actor: str, associates: str) -> list[str]:
    """An actor and its associates, each once."""
    names = filter(None, (actor, *_listed(associates)))
    found = dict.fromkeys(slugs.of(name) for name in names)
    found.pop("", None)
    return list(found)


def _listed(cell: str) -> list[str]:
    return [item for part in cell.split(";") if (item := part.strip())] if cell else []


def _sources(cell: str) -> list[dict[str, Any]]:
    """The publishers; one of whose name no slug can be made is ACLED's, and the name stands as the title."""
    names = _listed(cell)
    found = [_source(name) for name in names[:SOURCES_MAX]] or [{"publisher": CLAIMANT}]
    if len(names) > SOURCES_MAX:
        title = f"{len(names) - SOURCES_MAX + 1} more sources, not named here"
        found[-1] = {"publisher": CLAIMANT, "title": title}
    return found


def _source(name: str) -> dict[str, Any]:
    publisher = short_slug(name)
    return {"publisher": publisher} if publisher else {"publisher": CLAIMANT, "title": line(name)}


def _tags(row: _AcledRow) -> Iterator[str]:
    native = (row.event_type, row.sub_event_type, *_listed(row.disorder_type), *_listed(row.tags))
    yield from filter(None, map(short_slug, native))
    if row.civilian_targeting:
        yield "civilian-targeting"


def _occurred(row: _AcledRow) -> str:
    found = day(row.event_date)
    if found is None:
        raise Fault("event_date", f"{row.event_date[:100]!r} is no day")
    if row.time_precision not in ("", "1", "2", "3"):
        raise Fault("time_precision", f"the precision is 1, 2 or 3, not {row.time_precision[:100]!r}")
    return _within(found, row.time_precision)


def _within(found: date, precision: str) -> str:
    if precision == "2":  # the day is the middle of a week
        return span(found - timedelta(days=3), found + timedelta(days=3))
    return f"{found:%Y-%m}" if precision == "3" else found.isoformat()


def _place(row: _AcledRow) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if name := line(row.location):
        place["name"] = name
    if country := _country(row.iso, row.iso3, row.country):
        place["country"] = country
    if admin1 := line(row.admin1):
        place["admin1"] = admin1
    place.update(coordinates(row.latitude, row.longitude))
    if row.geo_precision in GEO_PRECISION:
        place["precision"] = GEO_PRECISION[row.geo_precision]
    native = _coded(row, "geo_precision", "admin2", "admin3")
    if native:
        place["native_precision"] = native
    return place


@lru_cache(maxsize=4096)
def _country(iso: str, iso3: str, name: str) -> str | None:
    """The country by its number; by its letters or its name where ACLED gives it no number, or 0."""
    if iso.strip("0"):
        found = countries.of_numeric(str(count("iso", iso)))
        if found is None:
            raise Fault("iso", f"{iso[:100]!r} is no country of ISO 3166-1")
        return found
    return (countries.of_alpha3(iso3) if iso3 else None) or (countries.of_name(name) if name else None)


def _native(row: _AcledRow) -> str:
    return _coded(row, "time_precision", "inter1", "inter2", "interaction", "source_scale")


def _coded(row: _AcledRow, *names: str) -> str:
    return line(", ".join([f"{name} {code}" for name in names if (code := getattr(row, name))]))


def _summary(row: _AcledRow) -> str:
    kind = row.sub_event_type or row.event_type
    who = " and ".join(filter(None, (row.actor1, row.actor2)))
    where = ", ".join(dict.fromkeys(filter(None, (row.location, row.admin1, row.country))))
    return text(": ".join(filter(None, (kind, who, where))) or "An event without notes")
