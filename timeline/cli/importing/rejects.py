"""Where an import writes the rows that it rejects: a file, with line and reason; else the first to stderr."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import rich_click as click

from timeline.cli.common import USAGE, CommandError
from timeline.cli.text import clean, plural
from timeline.formats.drafts import LeftOut, Reject
from timeline.formats.json_rows import ListedLine

REJECTS_PRINTED_MAX = 20
COLUMNS = ("line", "reason", "path", "row", "place")
"""Of a file of rejects; the place is that in a list of JSON, where the line does not tell it."""

WriteReject = Callable[[Reject], None]


@contextmanager
def open_rejects(path: Path | None) -> Iterator[WriteReject]:
    """A function that writes a rejected row: as CSV if the file is named .csv, else as NDJSON.

    An existing file is replaced. Without a path, the first rows are printed on stderr.

    Raises:
        CommandError: the file cannot be written.
    """
    if path is None:
        with _print_first() as write:
            yield write
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise CommandError(f"--rejects: {path}: {error.strerror}", USAGE) from error
    with file:
        if path.suffix.lower() == ".csv":
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            yield lambda reject: writer.writerow(_cells(reject))
        else:
            yield lambda reject: print(_json_line(reject), file=file)


def _cells(reject: Reject) -> tuple[int | str | None, ...]:
    place = reject.line.place if isinstance(reject.line, ListedLine) else None
    return int(reject.line), reject.reason, reject.path, reject.row, place


def _json_line(reject: Reject) -> str:
    return msgspec.json.encode(dict(zip(COLUMNS, _cells(reject), strict=True))).decode()


@contextmanager
def _print_first() -> Iterator[WriteReject]:
    count = 0

    def write(reject: Reject) -> None:
        nonlocal count
        count += 1
        if count <= REJECTS_PRINTED_MAX:
            place = f", {clean(reject.path)}" if reject.path else ""
            outcome = "Left out" if isinstance(reject, LeftOut) else "Rejected"
            reason = clean(reject.reason).removeprefix("left out: ")
            click.echo(f"{outcome}: line {reject.line}{place}: {reason}", err=True)

    try:
        yield write
    finally:
        if count > REJECTS_PRINTED_MAX:
            click.echo(f"… and {plural(count - REJECTS_PRINTED_MAX, 'more row')}.", err=True)
        if count:
            click.echo("Use --rejects FILE to save these rows.", err=True)
