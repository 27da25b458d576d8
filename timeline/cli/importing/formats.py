"""The formats that `timeline import` reads: a line each."""

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO, NamedTuple

from timeline.cli.common import USAGE, CommandError
from timeline.domain.errors import Malformed
from timeline.domain.events import Event
from timeline.formats.drafts import Draft, Reject, Withdrawal

Drafts = Iterator[Draft | Reject | Withdrawal]
Events = Iterator[tuple[int, Event] | Reject]


class ImportInput(NamedTuple):
    """A file about to be read: rows of a data set, or events as they are where it has none.

    `whole` tells that the file is an edition: what it has no more is withdrawn.
    """

    data_set: str | None
    rows: Drafts | Events
    whole: bool = True


class ImportSource(NamedTuple):
    """What the command line says of the file."""

    file: BinaryIO
    data_set: str | None
    mapping: str | None


def _rows(reader: str, data_set: str) -> Callable[[ImportSource], ImportInput]:
    """A format whose rows are of a data set; `reader` is `module:function`, below timeline.formats."""

    def read(asked: ImportSource) -> ImportInput:
        name = asked.data_set or data_set
        return ImportInput(name, _function(reader)(asked.file, name))

    return read


def _withdrawals(reader: str, data_set: str) -> Callable[[ImportSource], ImportInput]:
    """A format that lists what a data set has given up, and says nothing of its other rows."""

    def read(asked: ImportSource) -> ImportInput:
        return ImportInput(asked.data_set or data_set, _function(reader)(asked.file), whole=False)

    return read


def _as_they_are(reader: str) -> Callable[[ImportSource], ImportInput]:
    """A format that holds events with ids of their own."""

    def read(asked: ImportSource) -> ImportInput:
        if asked.data_set is not None:
            raise CommandError("--dataset: these events have ids of their own, and are no data set", USAGE)
        return ImportInput(None, _function(reader)(asked.file))

    return read


def _table(asked: ImportSource) -> ImportInput:
    if asked.mapping is None:
        shipped = ", ".join(shipped_mappings())
        raise CommandError(f"--mapping: a table needs a mapping: a file, or one of {shipped}", USAGE)
    mapping_module = import_module("timeline.formats.mapping")
    mapping = mapping_module.read_mapping(mapping_text(asked.mapping))
    name = asked.data_set or mapping.dataset
    return ImportInput(name, _function("table:read_table")(asked.file, mapping, name))


def _timelinejs(asked: ImportSource) -> ImportInput:
    if asked.data_set is None:
        raise CommandError("--dataset: the slides need a name for whose they are, such as our-slides", USAGE)
    return ImportInput(
        asked.data_set, _function("timelinejs_reader:read_timelinejs")(asked.file, asked.data_set)
    )


FORMATS: dict[str, Callable[[ImportSource], ImportInput]] = {
    "ucdp-ged": _rows("ucdp_ged:read_ucdp_ged", "ucdp-ged"),
    "acled": _rows("acled:read_acled", "acled"),
    "acled-deletions": _withdrawals("acled:read_acled_deletions", "acled"),
    "table": _table,
    "timelinejs": _timelinejs,
    "ndjson": _as_they_are("ndjson:read_events"),
    "cloudevents": _as_they_are("ndjson:read_cloud_events"),
}


def _function(name: str) -> Callable[..., Drafts | Events]:
    module, _, function = name.partition(":")
    found: Callable[..., Drafts | Events] = getattr(import_module(f"timeline.formats.{module}"), function)
    return found


def shipped_mappings() -> list[str]:
    """The names of the mappings that come with the package."""
    folder = files("timeline.formats") / "mappings"
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def mapping_text(name: str) -> str:
    """A mapping from a file, or by the name of one that comes with the package."""
    shipped = files("timeline.formats") / "mappings" / f"{name}.toml"
    found = shipped if name in shipped_mappings() else Path(name)
    try:
        return found.read_text("utf-8")
    except OSError as error:
        known = ", ".join(shipped_mappings())
        reason = error.strerror or "it cannot be read"
        raise CommandError(f"--mapping: {name}: {reason}; it is none of {known} either", USAGE) from error
    except UnicodeDecodeError as error:
        raise Malformed(f"the mapping is not UTF-8: {error}") from error
