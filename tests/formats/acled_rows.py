"""Rows in the layouts of ACLED's exports, made up for the tests."""

import csv
import io
from typing import BinaryIO

PRESENT = """event_id_cnty event_date year time_precision disorder_type event_type sub_event_type actor1
    assoc_actor_1 inter1 actor2 assoc_actor_2 inter2 interaction civilian_targeting iso region country admin1
    admin2 admin3 location latitude longitude geo_precision source source_scale notes fatalities tags
    timestamp""".split()  # noqa: SIM905 - as the codebook lists them
OF_2020 = """data_id iso event_id_cnty event_id_no_cnty event_date year time_precision event_type
    sub_event_type actor1 assoc_actor_1 inter1 actor2 assoc_actor_2 inter2 interaction region country admin1
    admin2 admin3 location latitude longitude geo_precision source source_scale notes fatalities timestamp
    iso3""".split()  # noqa: SIM905 - as above

ROW = {
    "event_id_cnty": "FRE101",
    "event_date": "2022-06-01",
    "year": "2022",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Military Forces of Freedonia (2020-)",
    "assoc_actor_1": "Police Forces of Freedonia; Border Guards",
    "inter1": "State forces",
    "actor2": "Sylvanian Front",
    "assoc_actor_2": "",
    "inter2": "Rebel group",
    "interaction": "State forces-Rebel group",
    "civilian_targeting": "",
    "iso": "4",
    "iso3": "AFG",
    "country": "Afghanistan",
    "admin1": "Marx",
    "admin2": "Harpo",
    "admin3": "",
    "location": "Duck",
    "latitude": "35.7633",
    "longitude": "36.5589",
    "geo_precision": "2",
    "source": "Duck Daily; Freedonia Radio",
    "source_scale": "National-Regional",
    "notes": "On 1 June 2022, soldiers and rebels clashed in Duck. 4 fatalities.",
    "fatalities": "4",
    "tags": "women targeted; crowd size=1,000",
    "timestamp": "1654100000",
}


def acled_file(*rows: dict[str, str], layout: list[str] = PRESENT) -> BinaryIO:
    """An export with these rows, each said by how it differs from `ROW`."""
    written = io.StringIO()
    writer = csv.DictWriter(written, layout, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(ROW | row for row in rows)
    return io.BytesIO(written.getvalue().encode())
