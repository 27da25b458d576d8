"""UCDP's Georeferenced Event Dataset (GED): reads releases, candidate releases, and what its explorer gives.

Each row is an `engagement`; its key is `id`, which stays the same in every release.

| columns                                  | event                                                          |
|------------------------------------------|----------------------------------------------------------------|
| side_a, side_b                           | `attackers`, `targets`, in UCDP's order: it is not who began   |
| type_of_violence                         | a tag; 3 is the method `one_sided_violence`, 1 and 2 have none |
| low, best, high                          | `killed`, as they are, even where low > best or best > high    |
| deaths_a, _b, _civilians, _unknown       | the figure's `verbatim`                                        |
| source_original                          | `claimant` where it names a single one, else `ucdp`            |
| source_article, _office, _date, _headline | `sources`; a day becomes its first instant, UTC               |
| date_start, date_end, date_prec          | `occurred`                                                     |
| where_coordinates, adm_1, latitude, longitude, where_prec, country_id, iso3, else country | `place`       |
| event_clarity, date_prec, active_year, number_of_sources, source_original | `certainty.native`            |
| conflict_new_id, dyad_new_id, side_a_new_id, side_b_new_id | tags                                         |
| side_a, side_b, where_coordinates, where_description, adm_1, adm_2, country, conflict_name | `summary`    |

`code_status` is kept with the other codes of `certainty.native`; a `number_of_sources` of -1 means that none
was recorded, and is left out. Columns that are not read: relid and the older *_dset_id; those that repeat
others, namely region and year (country and date), geom_wkt and priogrid_gid (coordinates), gwnoa and gwnob
(sides).

Columns are bound by their names, of which the explorer has others (`best_est`); the kind of violence may be a
word, and the rows may be pages of UCDP's API in JSON. Where dates are written `01/12/2001`, all dates of the
file show which number is the day; where they leave it open, the month comes first, as the explorer writes it.
Without `low` and `high` the best number is one that the words "about" would have.

An actor's slug is its id, `ucdp-actor-72`, and its names are in its profile; without an id it follows from
the name. A file without the columns of ids names actors as the profiles in the timeline do: a side of another
name than the recorded one has changed, and the tags of its ids go.

A release has no date of its own: what `ucdp` claims was said when the import says that the release came out
(see `editions`), while the figure of another claimant is as old as the article that printed it.
"""

from collections.abc import Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Any, BinaryIO

from msgspec import structs

from timeline.domain.components import PlacePrecision
from timeline.domain.errors import Malformed
from timeline.domain.events import Method
from timeline.formats import countries
from timeline.formats.cells import parse_code, parse_coordinates, parse_count, parse_id
from timeline.formats.data_rows import DataColumns, read_data_rows
from timeline.formats.days import DayOrder, day_orders, edtf_span, parse_day
from timeline.formats.drafts import Absence, Draft, Reject, RowFault, fit_line, fit_text
from timeline.formats.slugs import ActorSlugs
from timeline.formats.ucdp_columns import (
    ALIASES,
    BOUNDS,
    CODE_TEXTS,
    CONFLICT_PREFIX,
    DEATHS,
    DYAD_PREFIX,
    LAYOUTS,
    NATIVE,
    ONE_SIDED,
    PRECISION,
    REQUIRED,
    SLUG_PREFIX,
    VIOLENCE_WORDS,
    GedRow,
    absence_of,
    is_row,
)
from timeline.formats.ucdp_sources import claimant_of, sources_of

DATA_SET = "ucdp-ged"


_ONE_SIDED_METHOD: Method = "one_sided_violence"
_GENERATED = ("summary",)
_NOT_RECORDED = ("", "-1")

_bounds_of, _deaths_of, _native_of = (attrgetter(*names) for names in (BOUNDS, DEATHS, NATIVE))


def read_ucdp_ged(
    file: BinaryIO,
    data_set: str = DATA_SET,
    slugs: ActorSlugs | None = None,
    order: DayOrder | None = None,
    delimiter: str | None = None,
) -> Iterator[Draft | Reject]:
    """The rows of a release, with a header row or without one.

    Args:
        file: A release, which can be read twice.
        data_set: The tag of its rows.
        slugs: Collects the names of actors.
        order: Which number of `01/12/2001` is the day, where the file leaves that open.
        delimiter: What separates cells; None to find it.

    Raises:
        Malformed: the file is not a release of GED.
    """
    order = _day_order(file, order or "month_first", delimiter)
    slugs = slugs or ActorSlugs(SLUG_PREFIX)
    reader = _GedReader(data_set, slugs, order)
    columns = DataColumns(GedRow._fields, REQUIRED, ALIASES, LAYOUTS, is_row)
    for data_row in read_data_rows(file, columns, delimiter):
        if isinstance(data_row, Reject):
            yield data_row
            continue
        row = GedRow._make(data_row.cells)
        key = parse_id(row.id)
        try:
            content = reader.content(row, data_row.absent)
        except RowFault as fault:
            slugs.end_row(is_event=False)
            yield fault.reject(data_row.line, data_row.text, key or None)
        else:
            slugs.end_row(is_event=True)
            absent = reader.absence(row, data_row.absent)
            yield Draft(data_row.line, key, content, data_row.text, None, absent, _GENERATED)


def _day_order(file: BinaryIO, default: DayOrder, delimiter: str | None) -> DayOrder | None:
    """Which number of dates such as `01/12/2001` is the day, by all dates of the file, else by default.

    None where the file writes its dates otherwise.

    Raises:
        Malformed: no order fits all dates.
    """
    start = file.tell()
    names = ("date_start", "date_end")
    orders: frozenset[DayOrder] | None = None
    columns = DataColumns(names, (), layouts=LAYOUTS, is_row=is_row)
    for row in read_data_rows(file, columns, delimiter):
        if isinstance(row, Reject):
            continue
        choices = [day_orders(cell) for cell in row.cells if day_orders(cell)]
        if orders is None and not choices:
            break
        orders = (orders or choices[0]).intersection(*choices)
        if not orders:
            reason = "the first number of some dates is the day, and of others, such as those here, the month"
            raise Malformed(f"line {row.line}: {reason}", path=f"line {row.line}")
    file.seek(start)
    if orders is None:
        return None
    return next(iter(orders)) if len(orders) == 1 else default


class _GedReader:
    """Makes the content of events from rows."""

    def __init__(self, data_set: str, slugs: ActorSlugs, order: DayOrder | None) -> None:
        self._data_set = data_set
        self._slugs = slugs
        self._order = order

    def content(self, row: GedRow, absent: frozenset[str]) -> dict[str, Any]:
        """The members of a row's event; `absent` are the columns that the file lacks.

        Raises:
            RowFault: a cell cannot be read.
        """
        if not row.id:
            raise RowFault("id", "the row has no id")
        kind = parse_code("type_of_violence", row.type_of_violence, VIOLENCE_WORDS)
        tag, sentence = kind
        ids = (row.conflict_new_id, row.dyad_new_id, row.side_a_new_id, row.side_b_new_id)
        content: dict[str, Any] = {
            "type": "engagement",
            "summary": _summary(row, sentence),
            "sources": sources_of(
                row.source_article, row.source_office, row.source_date, row.source_headline
            ),
            "tags": [self._data_set, tag, *_id_tags(*ids)],
            "occurred": _occurred(row.date_start, row.date_end, row.date_prec, self._order),
            "claimant": claimant_of(row.source_original),
            "attackers": [self._side("side_a", row.side_a, row.side_a_new_id, absent)],
            "targets": [self._side("side_b", row.side_b, row.side_b_new_id, absent)],
            "killed": _killed(row, absent),
        }
        if kind is ONE_SIDED:
            content["method"] = _ONE_SIDED_METHOD
        if place := _place(row):
            content["place"] = place
        if native := _native(row):
            content["certainty"] = {"native": native}
        return content

    def absence(self, row: GedRow, absent: frozenset[str]) -> Absence:
        """What the file cannot say of a row, where it lacks these columns."""
        absence = absence_of(absent, knows_names=self._slugs.knows_names)
        sides = {"attackers": row.side_a, "targets": row.side_b}
        recorded = {side: self._slugs.recorded(sides[side]) for side in absence.parts}
        choices = tuple((side, slugs) for side, slugs in recorded.items() if len(slugs) > 1)
        return structs.replace(absence, choices=choices) if choices else absence

    def _side(self, column: str, name: str, actor_id: str, absent: frozenset[str]) -> str:
        if not name:
            raise RowFault(column, "the side has no name")
        if slug := self._slugs.of(name, parse_id(actor_id), has_ids=f"{column}_new_id" not in absent):
            return slug
        raise RowFault(column, f"the name has no letters or digits to make a slug from: {name[:100]!r}")


@lru_cache(maxsize=65_536)
def _occurred(date_start: str, date_end: str, precision: str, order: DayOrder | None) -> str:
    start, end = parse_day(date_start, order), parse_day(date_end, order)
    if start is None or end is None:
        column, cell = ("date_end", date_end) if start else ("date_start", date_start)
        raise RowFault(column, f"not a date: {cell[:100]!r}")
    if end < start:
        raise RowFault("date_end", f"the event ends on {end}, before it starts on {start}")
    occurred = edtf_span(start, end)
    # a single day that is not exact would otherwise read as an exact one
    is_exact = parse_id(precision) in ("1", "")
    return occurred if is_exact or start < end else f"{occurred}~"


def _killed(row: GedRow, absent: frozenset[str]) -> dict[str, Any]:
    lacks_bounds = not absent.isdisjoint(BOUNDS)
    figure: dict[str, Any] = {"qualifier": "vague" if lacks_bounds else "between"}
    for name, cell in zip(BOUNDS, _bounds_of(row), strict=True):
        if name not in absent:
            figure[name] = parse_count(name, cell)
    if verbatim := _deaths_by_side(_deaths_of(row)):
        figure["verbatim"] = verbatim
    return figure


@lru_cache(maxsize=65_536)
def _deaths_by_side(cells: tuple[str, ...]) -> str:
    deaths = zip(DEATHS, cells, strict=True)
    return ", ".join([f"{name} {parse_count(name, cell)}" for name, cell in deaths if cell])


@lru_cache(maxsize=65_536)
def _id_tags(conflict: str, dyad: str, side_a: str, side_b: str) -> tuple[str, ...]:
    columns = (
        (CONFLICT_PREFIX, "conflict_new_id", conflict),
        (DYAD_PREFIX, "dyad_new_id", dyad),
        (SLUG_PREFIX, "side_a_new_id", side_a),
        (SLUG_PREFIX, "side_b_new_id", side_b),
    )
    return tuple(f"{prefix}{parse_count(column, cell)}" for prefix, column, cell in columns if cell)


def _place(row: GedRow) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if name := fit_line(row.where_coordinates):
        place["name"] = name
    if country := _country(row.country_id, row.iso3, row.country):
        place["country"] = country
    if admin1 := fit_line(row.adm_1):
        place["admin1"] = admin1
    place.update(parse_coordinates(row.latitude, row.longitude))
    if row.where_prec:
        place["precision"], place["native_precision"] = _precision(row.where_prec)
    return place


@lru_cache(maxsize=64)
def _precision(cell: str) -> tuple[PlacePrecision, str]:
    return parse_code("where_prec", cell, PRECISION), f"where_prec {parse_id(cell)}"


@lru_cache(maxsize=4096)
def _country(number: str, iso3: str, name: str) -> str | None:
    """The country by its number, else by its letters, else by its name, such as `Russia (Soviet Union)`."""
    by_letters = countries.of_alpha3(iso3) if iso3 else None
    if number:
        by_number = countries.OF_GLEDITSCH_WARD.get(str(parse_count("country_id", number)))
        if by_number is None and by_letters is None:
            reason = f"not a state number of Gleditsch and Ward's list: {number}"
            raise RowFault("country_id", reason)
        if by_number:
            return by_number
    if iso3 and by_letters is None:
        raise RowFault("iso3", f"not a country code of ISO 3166-1: {iso3[:100]!r}")
    return by_letters or countries.of_name(name.partition(" (")[0])


def _native(row: GedRow) -> str:
    codes = _codes(*_native_of(row))
    if original := row.source_original:
        codes = f"{codes}, source_original {original}" if codes else f"source_original {original}"
    return fit_line(codes)


@lru_cache(maxsize=65_536)
def _codes(*cells: str) -> str:
    codes = []
    for name, cell in zip(NATIVE, cells, strict=True):
        code = parse_id(cell)
        if code and name in CODE_TEXTS:
            code = parse_code(name, code, CODE_TEXTS[name])
        if code not in _NOT_RECORDED:
            codes.append(f"{name} {code}")
    return ", ".join(codes)


def _summary(row: GedRow, sentence: str) -> str:
    where = dict.fromkeys((row.where_coordinates, row.adm_2, row.adm_1, row.country))
    where.pop("", None)
    what, conflict = _sides_words(sentence, row.side_a, row.side_b, row.conflict_name)
    text = f"{what}: {', '.join(where)}.{conflict}" if where else f"{what}.{conflict}"
    if description := row.where_description:
        text = f"{text} Where: {description}{'' if description.endswith('.') else '.'}"
    return fit_text(text)


@lru_cache(maxsize=16_384)
def _sides_words(sentence: str, side_a: str, side_b: str, conflict: str) -> tuple[str, str]:
    """Who fought, and the sentence on the conflict, where that has another name than its sides."""
    has_name = conflict not in ("", f"{side_a} - {side_b}")
    return sentence.format(side_a, side_b), f" Conflict: {conflict}." if has_name else ""
