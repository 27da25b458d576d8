"""The columns of UCDP's Georeferenced Event Dataset, in the order of each layout that has been published.

A file is bound by its header row. The order matters only for candidate releases that came without one.
"""


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
