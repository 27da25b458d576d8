"""UCDP's Georeferenced Event Dataset: its layouts and codes, and what each column is needed for.

The codes are those of the GED codebook. `where_prec`: 1 exact, 2 within 25 km, 3 and 4 the district and the
region, 5 a line or a fuzzy area, 6 the country, 7 international waters or airspace.
"""

from functools import lru_cache
from typing import NamedTuple

from timeline.domain.components import PlacePrecision
from timeline.formats.days import day_orders, parse_day
from timeline.formats.drafts import Absence


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


class GedRow(NamedTuple):
    """The cells of the columns that are read; the first seven every file must have."""

    id: str
    type_of_violence: str
    side_a: str
    side_b: str
    date_start: str
    date_end: str
    best: str
    low: str
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


REQUIRED = GedRow._fields[:7]
BOUNDS = ("low", "best", "high")

ALIASES = {f"{name}_est": name for name in ("best", "low", "high")}
"""What the explorer of UCDP calls columns."""
DEATHS = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")

PRECISION: dict[str, PlacePrecision] = {
    "1": "exact",
    "2": "near",
    "3": "district",
    "4": "region",
    "5": "area",
    "6": "country",
    "7": "international",
}
_STATE_BASED = ("ucdp-state-based", "State-based violence between {} and {}")
_NON_STATE = ("ucdp-non-state", "Non-state violence between {} and {}")
ONE_SIDED = ("ucdp-one-sided", "One-sided violence by {} against {}")
VIOLENCE = {"1": _STATE_BASED, "2": _NON_STATE, "3": ONE_SIDED}
VIOLENCE_WORDS = VIOLENCE | {
    f"{words}{noun}": kind
    for words, kind in (
        ("state-based", _STATE_BASED),
        ("state based", _STATE_BASED),
        ("non-state", _NON_STATE),
        ("non state", _NON_STATE),
        ("one-sided", ONE_SIDED),
        ("one sided", ONE_SIDED),
    )
    for noun in ("", " violence", " conflict")
}
_TRUTH = {"true": "1", "false": "0"}
_CODES = {
    "event_clarity": ("1", "2"),
    "date_prec": ("1", "2", "3", "4", "5"),
    "active_year": ("1", "0", "true", "false"),
}
"""The codes of the columns that hold nothing else; the API writes truth values."""
CODE_TEXTS = {name: {code: _TRUTH.get(code, code) for code in codes} for name, codes in _CODES.items()}
NATIVE = ("event_clarity", "date_prec", "active_year", "code_status", "number_of_sources")

_SOURCES = ("source_article", "source_office", "source_date", "source_headline")
_MEMBERS = {
    **dict.fromkeys(_SOURCES, ("sources",)),
    **dict.fromkeys(NATIVE, ("certainty.native",)),
    **dict.fromkeys(DEATHS, ("killed.verbatim",)),
    "source_original": ("claimant", "certainty.native"),
    "low": ("killed.low", "killed.qualifier"),
    "high": ("killed.high", "killed.qualifier"),
    "where_coordinates": ("place.name", "summary"),
    "where_description": ("summary",),
    "where_prec": ("place.precision", "place.native_precision"),
    "adm_1": ("place.admin1", "summary"),
    "adm_2": ("summary",),
    "latitude": ("place.latitude", "place.longitude"),
    "longitude": ("place.latitude", "place.longitude"),
    "country": ("summary",),
    "country_id": ("place.country",),
    "conflict_name": ("summary",),
}
"""The members of the event that a column is needed for."""
_SIDES = {"side_a_new_id": "attackers", "side_b_new_id": "targets"}
_TAG_COLUMNS = frozenset(("conflict_new_id", "dyad_new_id", *_SIDES))
CONFLICT_PREFIX, DYAD_PREFIX, SLUG_PREFIX = "ucdp-conflict-", "ucdp-dyad-", "ucdp-actor-"
"""The starts of the tags that are made of UCDP's ids; the last one is that of the slugs of actors too."""


@lru_cache(maxsize=8)
def absence_of(columns: frozenset[str], *, knows_names: bool = False) -> Absence:
    """What the file cannot say that lacks these columns.

    Without the ids of actors it says who the sides are where these are known by their names.
    """
    sides = tuple(side for column, side in _SIDES.items() if column in columns)
    members = [member for column in sorted(columns) for member in _MEMBERS.get(column, ())]
    return Absence(
        members=tuple(dict.fromkeys((*members, *(() if knows_names else sides)))),
        lists=("tags",) if columns & _TAG_COLUMNS else (),
        parts=sides if knows_names else (),
        side_tag_prefixes=(DYAD_PREFIX, SLUG_PREFIX),
        is_date_precision="date_prec" in columns,
    )


def is_row(cells: dict[str, str]) -> bool:
    """Whether cells bound by a layout fit its columns, which those of a header row never do."""
    return (
        cells["id"].isdigit()
        and cells["type_of_violence"] in VIOLENCE
        and all(parse_day(cells[name]) or day_orders(cells[name]) for name in ("date_start", "date_end"))
        and all(cells[name].isdigit() for name in ("low", "best", "high", "country_id"))
    )
