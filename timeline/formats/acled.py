"""ACLED: reads its exports in CSV, the pages of its API in JSON, and its lists of deleted events.

Both layouts of 31 columns are read, the present one and that of 2020. Each row is an `engagement`, whatever
its kind, since a row's kind may change and an event's type cannot; its key is `event_id_cnty`, which stays
the same in every update. ACLED's actors have no ids: their slugs follow from their names.

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
from math import inf
from operator import attrgetter
from typing import Any, BinaryIO, NamedTuple

from timeline.domain.components import ACTORS_MAX, SOURCES_MAX, TAGS_MAX
from timeline.domain.scalars import YEAR_MAX
from timeline.formats import countries
from timeline.formats.acled_coding import GEO_PRECISION, TERRITORY, coding_of, killed_figure
from timeline.formats.cells import clean_text, parse_code, parse_coordinates, parse_count, parse_id
from timeline.formats.data_rows import DataColumns, DataRow, read_data_rows
from timeline.formats.days import edtf_span, parse_day
from timeline.formats.drafts import (
    Absence,
    Draft,
    LeftOut,
    Reject,
    RowFault,
    Withdrawal,
    fit_line,
    fit_text,
)
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
_PLACE_COLUMNS = ("geo_precision", "admin2", "admin3")
_certainty_of, _place_of = attrgetter(*_CERTAINTY_COLUMNS), attrgetter(*_PLACE_COLUMNS)
_tags_of = attrgetter("event_type", "sub_event_type", "disorder_type", "tags", "civilian_targeting")
_MEMBERS = {
    **dict.fromkeys(_CERTAINTY_COLUMNS, ("certainty.native",)),
    "iso": ("place.country",),
    "admin1": ("place.admin1",),
    "admin2": ("place.native_precision",),
    "admin3": ("place.native_precision",),
    "location": ("place.name",),
    "latitude": ("place.latitude", "place.longitude"),
    "longitude": ("place.latitude", "place.longitude"),
    "geo_precision": ("place.precision", "place.native_precision"),
    "source": ("sources",),
    "notes": ("summary", "killed.verbatim", "killed.origin", "killed.qualifier"),
}
"""The members of the event that a column is needed for."""
_NO_TIME = "not a time in seconds since 1970"
_TIME_PRECISION = {"1": 1, "2": 2, "3": 3}
_TAG_COLUMNS = frozenset(("disorder_type", "civilian_targeting", "tags"))
_ACTOR_COLUMNS = frozenset(("assoc_actor_1", "actor2", "assoc_actor_2"))


def read_acled(
    file: BinaryIO,
    data_set: str = DATA_SET,
    slugs: ActorSlugs | None = None,
    delimiter: str | None = None,
) -> Iterator[Draft | Reject]:
    """The rows of an export; `slugs` collects the names of actors, `delimiter` is what separates cells.

    Raises:
        Malformed: the file is not an export of ACLED's events.
    """
    slugs = slugs or ActorSlugs()
    for data_row in read_data_rows(file, DataColumns(_AcledRow._fields, _REQUIRED), delimiter):
        if isinstance(data_row, Reject):
            yield data_row
            continue
        row = _AcledRow._make(data_row.cells)
        key = parse_id(row.event_id_cnty)
        try:
            content = _content(row, slugs, data_set)
        except RowFault as fault:
            slugs.end_row(is_event=False)
            yield fault.reject(data_row.line, data_row.text, key or None)
        else:
            slugs.end_row(is_event=True)
            yield from _fit_lists(content, row, data_row)
            uploaded_at = _upload_time(row.timestamp)
            if row.timestamp and uploaded_at is None:
                yield LeftOut(
                    data_row.line,
                    f"left out: {_NO_TIME}: {row.timestamp[:100]!r}",
                    data_row.text,
                    "timestamp",
                )
            yield Draft(
                data_row.line,
                key,
                content,
                data_row.text,
                uploaded_at,
                _absence(data_row.absent),
                () if row.notes else ("summary",),
            )


def read_acled_deletions(file: BinaryIO, delimiter: str | None = None) -> Iterator[Withdrawal | Reject]:
    """The keys of the events that ACLED has deleted, and when: the oldest deletion first, as they were said.

    Raises:
        Malformed: the file is not a list of deletions.
    """
    # an export of events has no time of deletion: taken for such a list it would retract all of them
    names = ("event_id_cnty", "deleted_timestamp")
    withdrawals = []
    for row in read_data_rows(file, DataColumns(names, names), delimiter):
        if isinstance(row, Reject):
            yield row
            continue
        key, deleted = parse_id(row.cells[0]), row.cells[1]
        try:
            _check_key(key)
            withdrawals.append(Withdrawal(row.line, key, _parse_time("deleted_timestamp", deleted)))
        except RowFault as fault:
            yield fault.reject(row.line, row.text, key or None)
    # of several deletions of an event the first counts that is newer than what stands, wherever it is listed
    yield from sorted(withdrawals, key=_withdrawal_order)


def _withdrawal_order(withdrawal: Withdrawal) -> tuple[float, int]:
    instant = withdrawal.withdrawn_at
    return inf if instant is None else instant.timestamp(), withdrawal.line


@lru_cache(maxsize=8)
def _absence(columns: frozenset[str]) -> Absence:
    members = [member for column in sorted(columns) for member in _MEMBERS.get(column, ())]
    lacks_actors = bool(columns & _ACTOR_COLUMNS)
    return Absence(
        members=tuple(dict.fromkeys(members)),
        lists=("tags",) if lacks_actors or columns & _TAG_COLUMNS else (),
        parts=("attackers", "targets") if lacks_actors else (),
        is_date_precision="time_precision" in columns,
    )


def _fit_lists(content: dict[str, Any], row: _AcledRow, data_row: DataRow) -> Iterator[LeftOut]:
    """Shorten the lists of an event to what it may hold; gives what does not fit, by ACLED's columns."""
    limits = (("attackers", ACTORS_MAX), ("targets", ACTORS_MAX), ("tags", TAGS_MAX))
    for member, count_max in limits:
        more = content.get(member, [])[count_max:]
        if more:
            content[member] = content[member][:count_max]
            columns = ("assoc_actor_1", "assoc_actor_2", "tags")
            column = max(columns, key=lambda name: getattr(row, name).count(";"))
            reason = f"left out: an event holds {count_max} {member}; not among them: {', '.join(more)}"
            yield LeftOut(data_row.line, reason, data_row.text, column)


def _check_key(cell: str) -> None:
    if not cell:
        raise RowFault("event_id_cnty", "the row has no id")


def _parse_time(column: str, cell: str) -> datetime | None:
    if not cell:
        return None
    try:
        instant = datetime.fromtimestamp(parse_count(column, cell), UTC)
    except (OverflowError, ValueError, OSError):
        instant = None
    if instant is None or instant.year > YEAR_MAX:  # as of a time in milliseconds
        raise RowFault(column, f"{_NO_TIME}: {cell[:100]!r}")
    return instant


def _upload_time(cell: str) -> datetime | None:
    """When ACLED uploaded the row; None where the cell does not say, which is no fault of the row itself."""
    try:
        return _parse_time("timestamp", cell)
    except RowFault:
        return None


def _content(row: _AcledRow, slugs: ActorSlugs, data_set: str) -> dict[str, Any]:
    _check_key(row.event_id_cnty)
    coding = coding_of(row.event_type, row.sub_event_type)
    first = _actors(slugs, row.actor1, row.assoc_actor_1)
    second = _actors(slugs, row.actor2, row.assoc_actor_2)
    undirected = [*first, *second] if coding.direction == "none" else []
    content: dict[str, Any] = {
        "type": "engagement",
        "summary": fit_text(row.notes) or _summary(row),
        "sources": list(_sources(row.source)),
        "tags": list(dict.fromkeys((data_set, *_tags(*_tags_of(row)), *undirected))),
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
    if native := _native_codes(_CERTAINTY_COLUMNS, _certainty_of(row)):
        content["certainty"] = {"native": native}
    return content


def _actors(slugs: ActorSlugs, actor: str, associates: str) -> list[str]:
    """An actor and its associates, each once."""
    names = filter(None, (actor, *_split_list(associates)))
    actors = dict.fromkeys(slugs.of(name) for name in names)
    actors.pop("", None)
    return list(actors)


def _split_list(cell: str) -> tuple[str, ...]:
    if ";" not in cell:
        return (cell,) if cell else ()
    return _split_cell(cell)


@lru_cache(maxsize=16_384)
def _split_cell(cell: str) -> tuple[str, ...]:
    return tuple(item for part in cell.split(";") if (item := clean_text(part)))


@lru_cache(maxsize=16_384)
def _sources(cell: str) -> tuple[dict[str, Any], ...]:
    """The publishers; a name that makes no slug becomes the title of a source that ACLED publishes."""
    names = _split_list(cell)
    sources = [_source(name) for name in names[:SOURCES_MAX]] or [{"publisher": CLAIMANT}]
    if len(names) > SOURCES_MAX:
        title = f"{len(names) - SOURCES_MAX + 1} more sources, not named here"
        sources[-1] = {"publisher": CLAIMANT, "title": title}
    return tuple(sources)


def _source(name: str) -> dict[str, Any]:
    publisher = short_slug(name)
    return {"publisher": publisher} if publisher else {"publisher": CLAIMANT, "title": fit_line(name)}


@lru_cache(maxsize=16_384)
def _tags(event_type: str, sub_event_type: str, disorder: str, tags: str, targeting: str) -> tuple[str, ...]:
    names = (event_type, sub_event_type, *_split_list(disorder), *_split_list(tags))
    return (*filter(None, map(short_slug, names)), *(("civilian-targeting",) if targeting else ()))


def _occurred(row: _AcledRow) -> str:
    day = parse_day(row.event_date)
    if day is None:
        raise RowFault("event_date", f"not a date: {row.event_date[:100]!r}")
    match parse_code("time_precision", row.time_precision, _TIME_PRECISION) if row.time_precision else 1:
        case 1:
            return day.isoformat()
        case 2:  # the day is the middle of a week
            return edtf_span(day - timedelta(days=3), day + timedelta(days=3))
        case _:
            return f"{day:%Y-%m}"


def _place(row: _AcledRow) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if name := fit_line(row.location):
        place["name"] = name
    if country := _country(row.iso, row.iso3, row.country):
        place["country"] = country
    if admin1 := fit_line(row.admin1):
        place["admin1"] = admin1
    place.update(parse_coordinates(row.latitude, row.longitude))
    if row.geo_precision:
        place["precision"] = parse_code("geo_precision", row.geo_precision, GEO_PRECISION)
    if native := _native_codes(_PLACE_COLUMNS, _place_of(row)):
        place["native_precision"] = native
    return place


@lru_cache(maxsize=4096)
def _country(iso: str, iso3: str, name: str) -> str | None:
    """The country by its number, or by its letters or name where the number is missing or 0."""
    number = parse_count("iso", iso) if iso else 0
    if number:
        code = countries.of_numeric(str(number))
        if code is None:
            raise RowFault("iso", f"not a country number of ISO 3166-1: {iso[:100]!r}")
        return code
    return (countries.of_alpha3(iso3) if iso3 else None) or (countries.of_name(name) if name else None)


@lru_cache(maxsize=65_536)
def _native_codes(names: tuple[str, ...], cells: tuple[str, ...]) -> str:
    """ACLED's own codes of these columns, as one line: `geo_precision 2, admin2 Harpo`."""
    codes = zip(names, map(parse_id, cells), strict=True)
    return fit_line(", ".join([f"{name} {code}" for name, code in codes if code]))


def _summary(row: _AcledRow) -> str:
    kind = row.sub_event_type or row.event_type
    who = " and ".join(filter(None, (row.actor1, row.actor2)))
    where = ", ".join(dict.fromkeys(filter(None, (row.location, row.admin1, row.country))))
    return fit_text(": ".join(filter(None, (kind, who, where))) or "An event without notes")
