"""ACLED: reads its exports in CSV, and its lists of deleted events.

Both layouts of 31 columns are read, the present one and that of 2020, and `NA` is an empty cell. Each row is
an `engagement`, whatever its kind, since a row's kind may change and an event's type cannot; its key is
`event_id_cnty`, which stays the same in every update.

| columns                            | event                                                                |
|------------------------------------|----------------------------------------------------------------------|
| event_type, sub_event_type         | `method`, tags; `outcome` where territory changed hands              |
| actor1, actor2 and their associates | `attackers`, `targets`, or tags where the kind has no direction     |
| fatalities                         | `killed`, with ACLED's rule as its origin, see `acled_coding`        |
| event_date, time_precision         | `occurred`: the day, the week around it, or its month                |
| location, admin1, iso, country, latitude, longitude, geo_precision, admin2, admin3 | `place`              |
| notes                              | `summary`                                                            |
| source                             | `sources`, each with a publisher only                                |
| disorder_type, civilian_targeting, tags | tags                                                            |
| time_precision, inter1, inter2, interaction, source_scale | `certainty.native`                            |

The claimant is `acled`, which said a row as it is when it uploaded it: `timestamp`, which is not compared,
since uploading a row again as it was changes nothing. Columns that are not read: region, year, data_id and
event_id_no_cnty, which repeat other columns.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple

from timeline.domain.components import SOURCES_MAX
from timeline.domain.scalars import YEAR_MAX
from timeline.formats import countries
from timeline.formats.acled_coding import GEO_PRECISION, TERRITORY, coding_of, killed_figure
from timeline.formats.csv_rows import CsvColumns, parse_coordinates, parse_count, read_csv_rows
from timeline.formats.days import edtf_span, parse_day
from timeline.formats.drafts import Draft, Reject, RowFault, Withdrawal, fit_line, fit_text
from timeline.formats.slugs import ActorSlugs, short_slug

DATA_SET = "acled"
CLAIMANT = "acled"


class _AcledRow(NamedTuple):
    """The cells of the columns that are read."""

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
    timestamp: str


_REQUIRED = _AcledRow._fields[:6]
_CERTAINTY_COLUMNS = ("time_precision", "inter1", "inter2", "interaction", "source_scale")


def read_acled(file: BinaryIO, data_set: str = DATA_SET) -> Iterator[Draft | Reject]:
    """The rows of an export.

    Raises:
        Malformed: the file is not an export of ACLED's events.
    """
    slugs = ActorSlugs()
    for csv_row in read_csv_rows(file, CsvColumns(_AcledRow._fields, _REQUIRED)):
        if isinstance(csv_row, Reject):
            yield csv_row
            continue
        row = _AcledRow._make(_clean(cell) for cell in csv_row.cells)
        try:
            content = _content(row, slugs, data_set)
        except RowFault as fault:
            yield fault.reject(csv_row.line, csv_row.text, row.event_id_cnty or None)
        else:
            uploaded_at = _upload_time(row.timestamp)
            yield Draft(csv_row.line, row.event_id_cnty, content, csv_row.text, uploaded_at)


def read_acled_deletions(file: BinaryIO) -> Iterator[Withdrawal | Reject]:
    """The keys of the events that ACLED has deleted, and when.

    Raises:
        Malformed: the file is not a list of deletions.
    """
    names = ("event_id_cnty", "deleted_timestamp")
    for csv_row in read_csv_rows(file, CsvColumns(names, names)):
        if isinstance(csv_row, Reject):
            yield csv_row
            continue
        key, deleted = map(_clean, csv_row.cells)
        try:
            _check_key(key)
            yield Withdrawal(csv_row.line, key, _parse_time(deleted))
        except RowFault as fault:
            yield fault.reject(csv_row.line, csv_row.text, key or None)


def _clean(cell: str) -> str:
    cell = cell.strip()
    return "" if cell == "NA" else cell


def _check_key(cell: str) -> None:
    if not cell:
        raise RowFault("event_id_cnty", "the row has no id")


def _parse_time(cell: str) -> datetime | None:
    if not cell:
        return None
    try:
        return datetime.fromtimestamp(parse_count("deleted_timestamp", cell), UTC)
    except (OverflowError, ValueError, OSError):
        reason = f"not a time in seconds since 1970: {cell[:100]!r}"
        raise RowFault("deleted_timestamp", reason) from None


def _upload_time(cell: str) -> datetime | None:
    """When ACLED uploaded the row; None where the cell does not say, which is no fault of the row itself."""
    try:
        instant = _parse_time(cell)
    except RowFault:
        return None
    return instant if instant is None or instant.year <= YEAR_MAX else None


def _content(row: _AcledRow, slugs: ActorSlugs, data_set: str) -> dict[str, Any]:
    _check_key(row.event_id_cnty)
    coding = coding_of(row.event_type, row.sub_event_type)
    first = _actors(slugs, row.actor1, row.assoc_actor_1)
    second = _actors(slugs, row.actor2, row.assoc_actor_2)
    undirected = [*first, *second] if coding.direction == "none" else []
    content: dict[str, Any] = {
        "type": "engagement",
        "summary": fit_text(row.notes) or _summary(row),
        "sources": _sources(row.source),
        "tags": list(dict.fromkeys((data_set, *_tags(row), *undirected))),
        "occurred": _occurred(row),
        "claimant": CLAIMANT,
    }
    if not undirected:
        sides = (first, second) if coding.direction == "first_on_second" else (second, first)
        roles = zip(("attackers", "targets"), sides, strict=True)
        content |= {role: actors for role, actors in roles if actors}
    if coding.method:
        content["method"] = coding.method
    if row.sub_event_type.lower() in TERRITORY:
        content["outcome"] = fit_line(row.sub_event_type)
    if row.fatalities:
        content["killed"] = killed_figure(parse_count("fatalities", row.fatalities), row.notes)
    if place := _place(row):
        content["place"] = place
    if native := _native_codes(row, *_CERTAINTY_COLUMNS):
        content["certainty"] = {"native": native}
    return content


def _actors(slugs: ActorSlugs, actor: str, associates: str) -> list[str]:
    """An actor and its associates, each once."""
    names = filter(None, (actor, *_split_list(associates)))
    actors = dict.fromkeys(slugs.of(name) for name in names)
    actors.pop("", None)
    return list(actors)


def _split_list(cell: str) -> list[str]:
    return [item for part in cell.split(";") if (item := part.strip())] if cell else []


def _sources(cell: str) -> list[dict[str, Any]]:
    """The publishers; a name that makes no slug becomes the title of a source that ACLED publishes."""
    names = _split_list(cell)
    sources = [_source(name) for name in names[:SOURCES_MAX]] or [{"publisher": CLAIMANT}]
    if len(names) > SOURCES_MAX:
        title = f"{len(names) - SOURCES_MAX + 1} more sources, not named here"
        sources[-1] = {"publisher": CLAIMANT, "title": title}
    return sources


def _source(name: str) -> dict[str, Any]:
    publisher = short_slug(name)
    return {"publisher": publisher} if publisher else {"publisher": CLAIMANT, "title": fit_line(name)}


def _tags(row: _AcledRow) -> Iterator[str]:
    names = (row.event_type, row.sub_event_type, *_split_list(row.disorder_type), *_split_list(row.tags))
    yield from filter(None, map(short_slug, names))
    if row.civilian_targeting:
        yield "civilian-targeting"


def _occurred(row: _AcledRow) -> str:
    day = parse_day(row.event_date)
    if day is None:
        raise RowFault("event_date", f"not a date: {row.event_date[:100]!r}")
    match row.time_precision:
        case "" | "1":
            return day.isoformat()
        case "2":  # the day is the middle of a week
            return edtf_span(day - timedelta(days=3), day + timedelta(days=3))
        case "3":
            return f"{day:%Y-%m}"
    raise RowFault("time_precision", f"the precision must be 1, 2 or 3, not {row.time_precision[:100]!r}")


def _place(row: _AcledRow) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if name := fit_line(row.location):
        place["name"] = name
    if country := _country(row.iso, row.iso3, row.country):
        place["country"] = country
    if admin1 := fit_line(row.admin1):
        place["admin1"] = admin1
    place.update(parse_coordinates(row.latitude, row.longitude))
    if row.geo_precision in GEO_PRECISION:
        place["precision"] = GEO_PRECISION[row.geo_precision]
    if native := _native_codes(row, "geo_precision", "admin2", "admin3"):
        place["native_precision"] = native
    return place


@lru_cache(maxsize=4096)
def _country(iso: str, iso3: str, name: str) -> str | None:
    """The country by its number, or by its letters or name where the number is missing or 0."""
    if iso.strip("0"):
        code = countries.of_numeric(str(parse_count("iso", iso)))
        if code is None:
            raise RowFault("iso", f"not a country number of ISO 3166-1: {iso[:100]!r}")
        return code
    return (countries.of_alpha3(iso3) if iso3 else None) or (countries.of_name(name) if name else None)


def _native_codes(row: _AcledRow, *names: str) -> str:
    """ACLED's own codes of these columns, as one line: `geo_precision 2, admin2 Harpo`."""
    return fit_line(", ".join([f"{name} {code}" for name in names if (code := getattr(row, name))]))


def _summary(row: _AcledRow) -> str:
    kind = row.sub_event_type or row.event_type
    who = " and ".join(filter(None, (row.actor1, row.actor2)))
    where = ", ".join(dict.fromkeys(filter(None, (row.location, row.admin1, row.country))))
    return fit_text(": ".join(filter(None, (kind, who, where))) or "An event without notes")
