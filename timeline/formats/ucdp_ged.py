"""UCDP's Georeferenced Event Dataset (GED): reads its releases and candidate releases in CSV.

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
| where_coordinates, adm_1, latitude, longitude, where_prec, country_id, iso3 | `place`                     |
| event_clarity, date_prec, active_year, number_of_sources, source_original | `certainty.native`            |
| conflict_new_id, dyad_new_id, side_a_new_id, side_b_new_id | tags                                         |
| side_a, side_b, where_coordinates, where_description, adm_1, adm_2, country, conflict_name | `summary`    |

`code_status` is kept with the other codes of `certainty.native`; a `number_of_sources` of -1 means that none
was recorded, and is left out. Columns that are not read: relid and the older *_dset_id; those that repeat
others, namely region and year (country and date), geom_wkt and priogrid_gid (coordinates), gwnoa and gwnob
(sides).

A release has no date of its own: what `ucdp` claims was said when the import says that the release came out
(see `editions`), while the figure of another claimant is as old as the article that printed it.

Two actors to whom UCDP gives the same name share a slug; their tags distinguish them.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple

from timeline.domain.components import PlacePrecision
from timeline.domain.events import Method
from timeline.formats import countries
from timeline.formats.csv_rows import CsvColumns, parse_coordinates, parse_count, read_csv_rows
from timeline.formats.days import edtf_span, parse_day
from timeline.formats.drafts import Draft, Reject, RowFault, fit_line, fit_text
from timeline.formats.slugs import ActorSlugs
from timeline.formats.ucdp_sources import claimant_of, sources_of

DATA_SET = "ucdp-ged"


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


LAYOUT_49 = _columns("""
    id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id conflict_name
    dyad_dset_id dyad_new_id dyad_name side_a_dset_id side_a_new_id side_a side_b_dset_id side_b_new_id side_b
    number_of_sources source_article source_office source_date source_headline source_original
    where_prec where_coordinates where_description adm_1 adm_2 latitude longitude geom_wkt priogrid_gid
    country country_id region event_clarity date_prec date_start date_end
    deaths_a deaths_b deaths_civilians deaths_unknown best high low gwnoa gwnob
    """)
"""The columns since release 20.1."""

LAYOUT_42 = _columns("""
    id year active_year type_of_violence conflict_new_id conflict_name dyad_new_id dyad_name
    side_a_new_id gwnoa side_a side_b_new_id gwnob side_b
    number_of_sources source_article source_office source_date source_headline source_original
    where_prec where_coordinates adm_1 adm_2 latitude longitude geom_wkt priogrid_gid
    country country_id region event_clarity date_prec date_start date_end
    deaths_a deaths_b deaths_civilians deaths_unknown low best high
    """)
"""The columns of release 19.1."""

_ISO3_AT = LAYOUT_42.index("country_id")
LAYOUT_43 = (*LAYOUT_42[:_ISO3_AT], "iso3", *LAYOUT_42[_ISO3_AT:])
"""The columns on the Humanitarian Data Exchange, with a row of HXL hashtags below the header."""

LAYOUTS = (LAYOUT_49, LAYOUT_43, LAYOUT_42)


class _GedRow(NamedTuple):
    """The cells of the columns that are read."""

    id: str
    type_of_violence: str
    side_a: str
    side_b: str
    date_start: str
    date_end: str
    low: str
    best: str
    high: str
    deaths_a: str
    deaths_b: str
    deaths_civilians: str
    deaths_unknown: str
    country: str
    country_id: str
    active_year: str
    code_status: str
    conflict_new_id: str
    conflict_name: str
    dyad_new_id: str
    side_a_new_id: str
    side_b_new_id: str
    number_of_sources: str
    source_article: str
    source_office: str
    source_date: str
    source_headline: str
    source_original: str
    where_prec: str
    where_coordinates: str
    where_description: str
    adm_1: str
    adm_2: str
    latitude: str
    longitude: str
    iso3: str
    event_clarity: str
    date_prec: str


_REQUIRED = _GedRow._fields[:15]

_PRECISION: dict[str, PlacePrecision] = {
    "1": "exact",
    "2": "near",
    "3": "district",
    "4": "region",
    "5": "area",
    "6": "country",
    "7": "international",
}
_VIOLENCE = {
    "1": ("ucdp-state-based", "State-based violence between {} and {}"),
    "2": ("ucdp-non-state", "Non-state violence between {} and {}"),
    "3": ("ucdp-one-sided", "One-sided violence by {} against {}"),
}
_ONE_SIDED: Method = "one_sided_violence"
_NOT_RECORDED = ("", "-1")
_CODES = ("event_clarity", "date_prec", "active_year", "code_status", "number_of_sources")


def read_ucdp_ged(file: BinaryIO, data_set: str = DATA_SET) -> Iterator[Draft | Reject]:
    """The rows of a release, with a header row or without one.

    Raises:
        Malformed: the file is not a release of GED.
    """
    columns = CsvColumns(_GedRow._fields, _REQUIRED, LAYOUTS, _is_row)
    slugs = ActorSlugs()
    for csv_row in read_csv_rows(file, columns):
        if isinstance(csv_row, Reject):
            yield csv_row
            continue
        row = _GedRow._make(csv_row.cells)
        key = row.id.strip()
        try:
            content = _content(row, slugs, data_set)
        except RowFault as fault:
            yield fault.reject(csv_row.line, csv_row.text, key or None)
        else:
            yield Draft(csv_row.line, key, content, csv_row.text)


def _is_row(cells: dict[str, str]) -> bool:
    """Whether cells bound by a layout fit its columns, which those of a header row never do."""
    return (
        cells["id"].isdigit()
        and cells["type_of_violence"] in _VIOLENCE
        and parse_day(cells["date_start"]) is not None
        and parse_day(cells["date_end"]) is not None
        and all(cells[name].isdigit() for name in ("low", "best", "high", "country_id"))
    )


def _content(row: _GedRow, slugs: ActorSlugs, data_set: str) -> dict[str, Any]:
    if not row.id.strip():
        raise RowFault("id", "the row has no id")
    if row.type_of_violence not in _VIOLENCE:
        reason = f"the type of violence must be 1, 2 or 3, not {row.type_of_violence!r}"
        raise RowFault("type_of_violence", reason)
    tag, sentence = _VIOLENCE[row.type_of_violence]
    content: dict[str, Any] = {
        "type": "engagement",
        "summary": _summary(row, sentence),
        "sources": sources_of(row.source_article, row.source_office, row.source_date, row.source_headline),
        "tags": [
            data_set,
            tag,
            *_id_tags(row.conflict_new_id, row.dyad_new_id, row.side_a_new_id, row.side_b_new_id),
        ],
        "occurred": _occurred(row),
        "claimant": claimant_of(row.source_original),
        "attackers": [_side(slugs, "side_a", row.side_a, row.side_a_new_id)],
        "targets": [_side(slugs, "side_b", row.side_b, row.side_b_new_id)],
        "killed": _killed(row),
    }
    if row.type_of_violence == "3":
        content["method"] = _ONE_SIDED
    if place := _place(row):
        content["place"] = place
    if native := _native(row):
        content["certainty"] = {"native": native}
    return content


def _side(slugs: ActorSlugs, column: str, name: str, actor_id: str) -> str:
    name = name.strip()
    if slug := slugs.of(name, actor_id.strip()):
        return slug
    if not name:
        raise RowFault(column, "the side has no name")
    raise RowFault(column, f"the name has no letters or digits to make a slug from: {name[:100]!r}")


def _killed(row: _GedRow) -> dict[str, Any]:
    return {
        "qualifier": "between",
        "low": parse_count("low", row.low),
        "best": parse_count("best", row.best),
        "high": parse_count("high", row.high),
        "verbatim": _deaths_by_side(row[9:13]),
    }


@lru_cache(maxsize=65_536)
def _deaths_by_side(cells: tuple[str, ...]) -> str:
    deaths = zip(_GedRow._fields[9:13], cells, strict=True)
    return ", ".join([f"{name} {parse_count(name, cell)}" for name, cell in deaths])


def _occurred(row: _GedRow) -> str:
    start, end = parse_day(row.date_start.strip()), parse_day(row.date_end.strip())
    if start is None or end is None:
        column = "date_end" if start else "date_start"
        raise RowFault(column, f"not a date: {getattr(row, column)[:100]!r}")
    if end < start:
        raise RowFault("date_end", f"the event ends on {end}, before it starts on {start}")
    occurred = edtf_span(start, end)
    # a single day that is not exact would otherwise read as an exact one
    return f"{occurred}~" if start == end and row.date_prec not in ("1", "") else occurred


@lru_cache(maxsize=65_536)
def _id_tags(conflict: str, dyad: str, side_a: str, side_b: str) -> tuple[str, ...]:
    columns = (
        ("ucdp-conflict-", "conflict_new_id", conflict),
        ("ucdp-dyad-", "dyad_new_id", dyad),
        ("ucdp-actor-", "side_a_new_id", side_a),
        ("ucdp-actor-", "side_b_new_id", side_b),
    )
    return tuple(f"{prefix}{parse_count(column, cell)}" for prefix, column, cell in columns if cell)


def _place(row: _GedRow) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if name := fit_line(row.where_coordinates):
        place["name"] = name
    if country := _country(row.country_id, row.iso3):
        place["country"] = country
    if admin1 := fit_line(row.adm_1):
        place["admin1"] = admin1
    place.update(parse_coordinates(row.latitude, row.longitude))
    if row.where_prec:
        if row.where_prec in _PRECISION:
            place["precision"] = _PRECISION[row.where_prec]
        place["native_precision"] = fit_line(f"where_prec {row.where_prec}")
    return place


@lru_cache(maxsize=4096)
def _country(number: str, iso3: str) -> str | None:
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
    return by_letters


def _native(row: _GedRow) -> str:
    codes = _codes(row.event_clarity, row.date_prec, row.active_year, row.code_status, row.number_of_sources)
    if original := row.source_original.strip():
        codes = f"{codes}, source_original {original}" if codes else f"source_original {original}"
    return fit_line(codes)


@lru_cache(maxsize=65_536)
def _codes(*codes: str) -> str:
    columns = zip(_CODES, codes, strict=True)
    return ", ".join([f"{name} {code}" for name, code in columns if code not in _NOT_RECORDED])


def _summary(row: _GedRow, sentence: str) -> str:
    side_a, side_b = row.side_a.strip(), row.side_b.strip()
    where = dict.fromkeys(filter(None, (row.where_coordinates, row.adm_2, row.adm_1, row.country)))
    sentences = [f"{sentence.format(side_a, side_b)}: {', '.join(where)}."]
    if row.conflict_name not in ("", f"{side_a} - {side_b}"):
        sentences.append(f"Conflict: {row.conflict_name}.")
    if description := row.where_description.strip():
        sentences.append(f"Where: {description}{'' if description.endswith('.') else '.'}")
    return fit_text(" ".join(sentences))
