"""The formats that `timeline import` reads: for each, its reader and the data set that its rows belong to."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from shutil import copyfileobj
from stat import S_ISREG
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple, cast

from timeline.cli.common import USAGE, CommandError
from timeline.domain.errors import Malformed
from timeline.domain.events import Event
from timeline.domain.scalars import YEAR_MAX
from timeline.formats.days import DayOrder
from timeline.formats.drafts import Draft, Reject, Unmentioned, Withdrawal
from timeline.formats.slugs import ActorSlugs

Drafts = Iterator[Draft | Reject | Unmentioned | Withdrawal]
Events = Iterator[tuple[int, Event] | Reject]


class ImportInput(NamedTuple):
    """The rows of a file that is about to be read.

    Attributes:
        data_set: The data set that the rows belong to; None where they are events with ids of their own.
        rows: Drafts of a data set, or events with their line numbers; each may be a rejected row instead.
        complete: Whether the file is an edition of the data set, so that a row it lacks was withdrawn.
        maker: The actor that makes the data set, if it is the claimant of figures in it.
        file_time: When the file was last written, which an archive keeps when it is unpacked; None where the
            file has no such time, as a pipe.
        linked: Other data sets whose rows the rows name.
        slugs: What names the actors of the rows, where it is to know those that are recorded.
    """

    data_set: str | None
    rows: Drafts | Events
    complete: bool = True
    maker: str | None = None
    file_time: datetime | None = None
    linked: frozenset[str] = frozenset()
    slugs: ActorSlugs | None = None


class ImportSource(NamedTuple):
    """A file to import, and what the command line says of it.

    Attributes:
        file: The file, in UTF-8.
        data_set: The data set that its rows belong to.
        mapping: For a table: the name of the mapping.
        day_order: Which number of `01/12/2001` is the day, where the file leaves that open.
        delimiter: What separates the cells of CSV; None to find it.
    """

    file: BinaryIO
    data_set: str | None
    mapping: str | None
    day_order: DayOrder | None = None
    delimiter: str | None = None


ImportFormat = Callable[[ImportSource], ImportInput]


def _read_ucdp_ged(source: ImportSource) -> ImportInput:
    slugs = ActorSlugs("ucdp-actor-")
    name = source.data_set or "ucdp-ged"
    file = source.file if source.file.seekable() else _copy(source.file)  # it is read twice
    rows = _load("ucdp_ged:read_ucdp_ged")(file, name, slugs, source.day_order, source.delimiter)
    profiled = _add_profiles(cast("Drafts", rows), slugs, name)
    return ImportInput(name, profiled, maker="ucdp", file_time=_file_time(source.file), slugs=slugs)


def _read_acled(source: ImportSource) -> ImportInput:
    slugs = ActorSlugs()
    name = source.data_set or "acled"
    rows = _load("acled:read_acled")(source.file, name, slugs, source.delimiter)
    profiled = _add_profiles(cast("Drafts", rows), slugs, name)
    return ImportInput(name, profiled, maker="acled", file_time=_file_time(source.file))


def _copy(file: BinaryIO) -> BinaryIO:
    copy = TemporaryFile()  # noqa: SIM115 - it is closed when the import lets go of it
    copyfileobj(file, copy)
    copy.seek(0)
    return copy


def _add_profiles(rows: Drafts, slugs: ActorSlugs, data_set: str) -> Drafts:
    """The rows, then a profile of each actor that they name."""
    line = 0
    for row in rows:
        line = row.line
        yield row
    yield from slugs.profiles(data_set, line)


def _withdrawals_format(reader: str, data_set: str, maker: str) -> ImportFormat:
    """A format that lists rows which a data set has withdrawn, and says nothing about its other rows."""

    def read(source: ImportSource) -> ImportInput:
        rows = _load(reader)(source.file, source.delimiter)
        name, file_time = source.data_set or data_set, _file_time(source.file)
        return ImportInput(name, rows, complete=False, maker=maker, file_time=file_time)

    return read


def _file_time(file: BinaryIO) -> datetime | None:
    """When a file was last written; None where it is no file on disk, or names a year that no source has."""
    try:
        status = os.fstat(file.fileno())
        instant = datetime.fromtimestamp(int(status.st_mtime), UTC)
    except (OSError, ValueError, OverflowError):
        return None
    return instant if S_ISREG(status.st_mode) and instant.year <= YEAR_MAX else None


def _events_format(reader: str) -> ImportFormat:
    """A format that holds events with ids of their own."""

    def read(source: ImportSource) -> ImportInput:
        if source.data_set is not None:
            raise CommandError(
                "--dataset works with data sets only; these events have ids of their own", USAGE
            )
        return ImportInput(None, _load(reader)(source.file))

    return read


def _read_table(source: ImportSource) -> ImportInput:
    if source.mapping is None:
        names = ", ".join(shipped_mappings())
        raise CommandError(f"--mapping: a table needs a mapping: a file, or one of {names}", USAGE)
    mapping_module = import_module("timeline.formats.mapping_reader")
    mapping = mapping_module.read_mapping(mapping_text(source.mapping))
    name = source.data_set or mapping.dataset
    rows = _load("table:read_table")(source.file, mapping, name, source.delimiter)
    linked = frozenset(mapping.linked_data_sets()) - {name}
    return ImportInput(name, rows, maker=mapping.publisher, file_time=_file_time(source.file), linked=linked)


def _read_areas(source: ImportSource) -> ImportInput:
    name = source.data_set
    if name is None:
        raise CommandError("--dataset: areas need the name of a data set, such as front-line", USAGE)
    return ImportInput(name, _load("areas:read_areas")(source.file, name, source.day_order))


def _read_timelinejs(source: ImportSource) -> ImportInput:
    name = source.data_set
    if name is None:
        raise CommandError("--dataset: slides need the name of a data set, such as our-slides", USAGE)
    return ImportInput(name, _load("timelinejs_reader:read_timelinejs")(source.file, name))


CSV_FORMATS = ("ucdp-ged", "acled", "acled-deletions", "table")
FORMATS: dict[str, ImportFormat] = {
    "ucdp-ged": _read_ucdp_ged,
    "acled": _read_acled,
    "acled-deletions": _withdrawals_format("acled:read_acled_deletions", "acled", "acled"),
    "table": _read_table,
    "timelinejs": _read_timelinejs,
    "areas": _read_areas,
    "ndjson": _events_format("ndjson:read_events"),
    "cloudevents": _events_format("ndjson:read_cloud_events"),
}


def _load(reader: str) -> Callable[..., Drafts | Events]:
    """A reader by its name; the module is imported only for an import that needs it."""
    module, _, name = reader.partition(":")
    function: Callable[..., Drafts | Events] = getattr(import_module(f"timeline.formats.{module}"), name)
    return function


def shipped_mappings() -> list[str]:
    """The names of the mappings that come with the package."""
    folder = files("timeline.formats") / "mappings"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def mapping_text(name: str) -> str:
    """The text of a mapping: of a file, or of one that comes with the package.

    Raises:
        CommandError: there is no such mapping.
        Malformed: it is not UTF-8.
    """
    shipped = files("timeline.formats") / "mappings" / f"{name}.toml"
    path = shipped if name in shipped_mappings() else Path(name)
    try:
        return path.read_text("utf-8-sig")  # editors of Windows write the mark
    except OSError as error:
        names = ", ".join(shipped_mappings())
        reason = error.strerror or "it cannot be read"
        message = f"--mapping: {name}: {reason}; the mappings that come with the package are {names}"
        raise CommandError(message, USAGE) from error
    except UnicodeDecodeError as error:
        raise Malformed(f"the mapping is not UTF-8: {error}") from error
