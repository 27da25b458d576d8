"""Rows in the layouts of UCDP's Georeferenced Event Dataset, made up for the tests."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from timeline.formats.ucdp_columns import LAYOUT_49

ROW = {
    "id": "7001",
    "relid": "XXX-2013-1-1-1",
    "year": "2013",
    "active_year": "1",
    "code_status": "Clear",
    "type_of_violence": "1",
    "conflict_new_id": "299",
    "conflict_name": "Freedonia: Government",
    "dyad_new_id": "11973",
    "dyad_name": "Government of Freedonia - Sylvanian Front",
    "side_a_new_id": "118",
    "side_a": "Government of Freedonia",
    "side_b_new_id": "4456",
    "side_b": "Sylvanian Front",
    "number_of_sources": "2",
    "source_article": '"Reuters,2013-01-04,Four die";"AFP,2013-01-05,Clash in the north"',
    "source_office": "Reuters;AFP",
    "source_date": "2013-01-04;2013-01-05",
    "source_headline": "Four die;Clash in the north",
    "source_original": "Sylvanian Red Cross",
    "where_prec": "1",
    "where_coordinates": "Duck village",
    "where_description": "north of Duck village",
    "adm_1": "Marx province",
    "adm_2": "Harpo district",
    "latitude": "35.763369",
    "longitude": "36.558974",
    "country": "Syria",
    "country_id": "652",
    "iso3": "SYR",
    "region": "Middle East",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2013-01-03",
    "date_end": "2013-01-03",
    "deaths_a": "1",
    "deaths_b": "2",
    "deaths_civilians": "0",
    "deaths_unknown": "1",
    "low": "3",
    "best": "4",
    "high": "6",
}

SHORT = (
    *("id", "year", "type_of_violence", "conflict_name", "dyad_name", "side_a", "side_b"),
    *("where_coordinates", "adm_1", "latitude", "longitude", "country", "region"),
    *("date_start", "date_end", "deaths_civilians", "best"),
)
"""The 17 columns to which the dataset is often cut down."""


def ged_file(
    *rows: dict[str, str], layout: Sequence[str] = LAYOUT_49, header: bool = True, above: Iterable[Any] = ()
) -> BinaryIO:
    """A file with these rows, each said by how it differs from `ROW`; `above` are rows above them."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    if header:
        writer.writerow(layout)
    writer.writerows(above)
    for row in rows:
        cells = ROW | row
        writer.writerow([cells.get(name, "") for name in layout])
    return io.BytesIO(written.getvalue().encode())
