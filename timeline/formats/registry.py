"""The formats of entries, claims, changes, totals and records, by their names in requests."""

from collections.abc import Mapping

from timeline.formats.atom import Atom
from timeline.formats.changes_csv import ChangesCsv
from timeline.formats.cloudevents import CloudEvents
from timeline.formats.csv_writer import ClaimsCsv, EntriesCsv
from timeline.formats.geojson import GeoJson
from timeline.formats.jsonfeed import JsonFeed
from timeline.formats.ndjson import Ndjson
from timeline.formats.parquet import ClaimsParquet, EntriesParquet
from timeline.formats.timelinejs_writer import TimelineJs
from timeline.formats.totals_csv import TotalsCsv
from timeline.formats.writers import ChangeWriter, ClaimWriter, EntryWriter, RecordWriter

ENTRY_FORMATS: Mapping[str, type[EntryWriter]] = {
    "geojson": GeoJson,
    "csv": EntriesCsv,
    "parquet": EntriesParquet,
    "atom": Atom,
    "jsonfeed": JsonFeed,
    "timelinejs": TimelineJs,
}
CLAIM_FORMATS: Mapping[str, type[ClaimWriter]] = {"csv": ClaimsCsv, "parquet": ClaimsParquet}
AUDIT_FORMATS: Mapping[str, type[ChangeWriter]] = {"csv": ChangesCsv}
TOTALS_FORMATS: Mapping[str, type[TotalsCsv]] = {"csv": TotalsCsv}
RECORD_FORMATS: Mapping[str, type[RecordWriter]] = {"ndjson": Ndjson, "cloudevents": CloudEvents}

FEEDS = frozenset({"atom", "jsonfeed"})
"""Formats that list the entries that changed last, one page per request."""

WITH_HASHTAGS = frozenset({"csv"})
"""Formats that can have a row of HXL hashtags."""
