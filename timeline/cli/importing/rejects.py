"""Keeps the rows that were not taken in: in a file, each with its line and why; else it shows the first."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import rich_click as click

from timeline.cli.common import USAGE, CommandError
from timeline.cli.words import clean, plural
from timeline.formats.drafts import LeftOut, Reject

SHOWN_MAX = 20
COLUMNS = ("line", "reason", "path", "row")

Keep = Callable[[Reject], None]


@contextmanager
def rejects_to(file: Path | None) -> Iterator[Keep]:
    """What keeps rejected rows: as CSV where the file is named .csv, else as NDJSON; made anew each time.

    Raises:
        CommandError: the file cannot be written.
    """
    if file is None:
        with _shown() as keep:
            yield keep
        return
    try:
        written = file.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise CommandError(f"--rejects: {file}: {error.strerror}", USAGE) from error
    with written:
        if file.suffix.lower() == ".csv":
            writer = csv.writer(written)
            writer.writerow(COLUMNS)
            yield lambda one: writer.writerow([getattr(one, name) for name in COLUMNS])
        else:
            yield lambda one: print(_line(one), file=written)


def _line(reject: Reject) -> str:
    return msgspec.json.encode({name: getattr(reject, name) for name in COLUMNS}).decode()


@contextmanager
def _shown() -> Iterator[Keep]:
    count = 0

    def show(reject: Reject) -> None:
        nonlocal count
        count += 1
        if count <= SHOWN_MAX:
            where = f", {clean(reject.path)}" if reject.path else ""
            what = "Left out" if isinstance(reject, LeftOut) else "Rejected"
            reason = clean(reject.reason).removeprefix("left out: ")
            click.echo(f"{what}: line {reject.line}{where}: {reason}", err=True)

    try:
        yield show
    finally:
        if count > SHOWN_MAX:
            click.echo(f"… and {plural(count - SHOWN_MAX, 'more row')}.", err=True)
        if count:
            click.echo("--rejects FILE keeps the rows themselves.", err=True)
