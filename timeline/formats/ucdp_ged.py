"""UCDP's Georeferenced Event Dataset (GED) and its candidate releases, in CSV; read only.

A row is one `engagement`; its key is `id`, which stays over the releases.

| columns                                  | event                                                          |
|------------------------------------------|----------------------------------------------------------------|
| side_a, side_b                           | `attackers`, `targets`: UCDP's order, not who began            |
| type_of_violence                         | a tag; 3 is the method `one_sided_violence`, 1 and 2 name none |
| low, best, high                          | `killed`, as they are, even where low > best or best > high    |
| deaths_a, _b, _civilians, _unknown       | the figure's `verbatim`                                        |
| source_original                          | `claimant` where it names one, else `ucdp`                     |
| source_article, _office, _date, _headline | `sources`; a day stands as its first instant, UTC             |
| date_start, date_end, date_prec          | `occurred`                                                     |
| where_coordinates, adm_1, latitude, longitude, where_prec, country_id, iso3 | `place`                     |
| event_clarity, date_prec, active_year, number_of_sources, source_original | `certainty.native`            |
| conflict_new_id, dyad_new_id, side_a_new_id, side_b_new_id | tags                                         |
| side_a, side_b, where_coordinates, where_description, adm_1, adm_2, country, conflict_name | `summary`    |

`code_status` stands beside the other codes; a `number_of_sources` of -1 says that none was recorded, and does
not. Not taken: relid and the older *_dset_id, region and year (which country and date say), geom_wkt and
priogrid_gid (which the coordinates say), gwnoa and gwnob (which the sides say).

Two actors to whom UCDP gives the same name share a slug, and are told apart by their tags.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple

from timeline.formats import countries
from timeline.formats.csv_rows import Columns, Fault, coordinates, count, rows
from timeline.formats.days import day, span
from timeline.formats.drafts import Draft, Reject, line, text
from timeline.formats.slugs import Slugs
from timeline.formats.ucdp_sources import claimant_of, sources_of


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
"""Since release 20.1."""

LAYOUT_42 = _columns("""
    id year active_year type_of_violence conflict_new_id conflict_name dyad_new_id dyad_name
    side_a_new_id gwnoa side_a side_b_new_id gwnob side_b
    number_of_sources source_article source_office source_date source_headline source_original
    where_prec where_coordinates adm_1 adm_2 latitude longitude geom_wkt priogrid_gid
    country country_id region event_clarity date_prec date_start date_end
    deaths_a deaths_b deaths_civilians deaths_unknown low best high
    """)
"""As in release 19.1."""

_ISO3_AT = LAYOUT_42.index("country_id")
LAYOUT_43 = (*LAYOUT_42[:_ISO3_AT], "iso3", *LAYOUT_42[_ISO3_AT:])
"""As the Humanitarian Data Exchange gives it, with a row of HXL hashtags below the header."""

LAYOUTS = (LAYOUT_49, LAYOUT_43, LAYOUT_42)


DATA_SET = "ucdp-ged"


class _GedRow(NamedTuple):
    """The columns that are read."""

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

_PRECISION = {
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
_NO_CODES = ("", "-1")


def read_ucdp_ged(file: BinaryIO, data_set: str = DATA_SET) -> Iterator[Draft | Reject]:
    """The rows of a release, with a header row or without one.

    Raises:
        Malformed: it is no release of GED.
    """
    columns = Columns(_GedRow._fields, _REQUIRED, LAYOUTS, _is_row)
    slugs = Slugs()
    for found in rows(file, columns):
        if isinstance(found, Reject):
            yield found
            continue
        row = _GedRow._make(found.cells)
        key = row.id.strip()
        try:
            content = _content(row, slugs, data_set)
        except Fault as fault:
            yield fault.reject(found.line, found.text, key or None)
        else:
            yield Draft(found.line, key, content, found.text)


def _is_row(cells: dict[str, str]) -> bool:
    """Whether cells bound by a layout are what its columns say; a header row never is."""
    return (
        cells["id"].isdigit()
        and cells["type_of_violence"] in _VIOLENCE
        and day(cells["date_start"]) is not None
        and day(cells["date_end"]) is not None
        and all(cells[name].isdigit() for name in ("low", "best", "high", "country_id"))
    )


def _content(row: _GedRow, slugs: Slugs, data_set: str) -> dict[str, Any]:
    if not row.id.strip():
        raise Fault("id", "the row has no id")
    if row.type_of_violence not in _VIOLENCE:
        raise Fault("type_of_violence", f"the type of violence is 1, 2 or 3, not {row.type_of_violence!r}")
    tag, sentence = _VIOLENCE[row.type_of_violence]
    content: dict[str, Any] = {
        "type": "engagement",
        "summary": _summary(row, sentence),
        "sources": sources_of(row.source_article, row.source_office, row.source_date, row.source_headline),
        "tags": [
            data_set,
            tag,
            *_ids(row.conflict_new_id, row.dyad_new_id, row.side_a_new_id, row.side_b_new_id),
        ],
        "occurred": _occurred(row),
        "claimant": claimant_of(row.source_original),
        "attackers": [_side(slugs, "side_a", row.side_a, row.side_a_new_id)],
        "targets": [_side(slugs, "side_b", row.side_b, row.side_b_new_id)],
        "killed": _killed(row),
    }
    if row.type_of_violence == "3":
        content["method"] = "one_sided_violence"
    if place := _place(row):
        content["place"] = place
    if native := _native(row):
        content["certainty"] = {"native": native}
    return content


def _side(slugs: Slugs, column: str, name: str, actor: str) -> str:
    name = name.strip()
    if found := slugs.of(name, actor.strip()):
        return found
    if not name:
        raise Fault(column, "the side has no name")
    raise Fault(column, f"no slug can be made of the name {name[:100]!r}")


def _killed(row: _GedRow) -> dict[str, Any]:
    return {
        "qualifier": "between",
        "low": count("low", row.low),
        "best": count("best", row.best),
        "high": count("high", row.high),
        "verbatim": _deaths(row[9:13]),
    }


@lru_cache(maxsize=65_536)
def _deaths(cells: tuple[str, ...]) -> str:
    deaths = zip(_GedRow._fields[9:13], cells, strict=True)
    return ", ".join([f"{name} {count(name, cell)}" for name, cell in deaths])


def _occurred(row: _GedRow) -> str:
    start, end = day(row.date_start.strip()), day(row.date_end.strip())
    if start is None or end is None:
        column = "date_end" if start else "date_start"
        raise Fault(column, f"{getattr(row, column)[:100]!r} is no day")
    if end < start:
        raise Fault("date_end", f"it ends on {end}, before it starts on {start}")
    occurred = span(start, end)
    # one day that is not exact would be taken for an exact one
    return f"{occurred}~" if start == end and row.date_prec not in ("1", "") else occurred


@lru_cache(maxsize=65_536)
def _ids(conflict: str, dyad: str, side_a: str, side_b: str) -> tuple[str, ...]:
    found = (
        ("ucdp-conflict-", "conflict_new_id", conflict),
        ("ucdp-dyad-", "dyad_new_id", dyad),
        ("ucdp-actor-", "side_a_new_id", side_a),
        ("ucdp-actor-", "side_b_new_id", side_b),
    )
    return tuple(f"{prefix}{count(column, cell)}" for prefix, column, cell in found if cell)


def _place(row: _GedRow) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if name := line(row.where_coordinates):
        place["name"] = name
    if country := _country(row.country_id, row.iso3):
        place["country"] = country
    if admin1 := line(row.adm_1):
        place["admin1"] = admin1
    place.update(coordinates(row.latitude, row.longitude))
    if row.where_prec:
        if row.where_prec in _PRECISION:
            place["precision"] = _PRECISION[row.where_prec]
        place["native_precision"] = line(f"where_prec {row.where_prec}")
    return place


@lru_cache(maxsize=4096)
def _country(number: str, iso3: str) -> str | None:
    if number:
        found = countries.OF_GLEDITSCH_WARD.get(str(count("country_id", number)))
        if found is None and not (iso3 and countries.of_alpha3(iso3)):
            raise Fault("country_id", f"{number} is no state of Gleditsch and Ward's list that is known here")
        if found:
            return found
    if iso3 and (found := countries.of_alpha3(iso3)) is None:
        raise Fault("iso3", f"{iso3[:100]!r} is no country of ISO 3166-1")
    return countries.of_alpha3(iso3) if iso3 else None


def _native(row: _GedRow) -> str:
    codes = _codes(row.event_clarity, row.date_prec, row.active_year, row.code_status, row.number_of_sources)
    if original := row.source_original.strip():
        codes = f"{codes}, source_original {original}" if codes else f"source_original {original}"
    return line(codes)


@lru_cache(maxsize=65_536)
def _codes(*codes: str) -> str:
    names = ("event_clarity", "date_prec", "active_year", "code_status", "number_of_sources")
    named = zip(names, codes, strict=True)
    return ", ".join([f"{name} {code}" for name, code in named if code not in _NO_CODES])


def _summary(row: _GedRow, sentence: str) -> str:
    side_a, side_b = row.side_a.strip(), row.side_b.strip()
    where = dict.fromkeys(filter(None, (row.where_coordinates, row.adm_2, row.adm_1, row.country)))
    said = [f"{sentence.format(side_a, side_b)}: {', '.join(where)}."]
    if row.conflict_name not in ("", f"{side_a} - {side_b}"):
        said.append(f"Conflict: {row.conflict_name}.")
    if described := row.where_description.strip():
        said.append(f"Where: {described}{'' if described.endswith('.') else '.'}")
    return text(" ".join(said))
