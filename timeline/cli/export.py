"""`timeline export`: a timeline in an outside format, to a file or to the standard output."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO

import rich_click as click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from timeline.cli.client import Client, timeline_address
from timeline.cli.common import Command, CommandError, examples
from timeline.cli.options import connected
from timeline.cli.show import AT, CURSOR, filters
from timeline.cli.tables import error_console
from timeline.cli.words import clean, plural
from timeline.formats.registry import CLAIM_FORMATS, ENTRY_FORMATS, RECORD_FORMATS, WITH_HASHTAGS

BINARY = frozenset({"parquet"})
COUNT_HEADER = "x-total-count"

ROW_ENDS = {"csv": b"\r\n"} | dict.fromkeys(("geojson", "ndjson", "cloudevents", "timelinejs"), b"\n")
"""What each row of a format ends with, to count them as they come; close enough for a bar."""


@click.command(
    cls=Command,
    epilog=examples(
        "timeline export geojson --timeline kursk-2024 -o kursk.geojson",
        "timeline export csv --timeline kursk-2024 --hxl --type capture --at 23",
        "timeline export csv --timeline kursk-2024 --claims -o claims.csv",
        "timeline export parquet --timeline kursk-2024 -o kursk.parquet",
        "timeline export timelinejs --timeline kursk-2024 -o timeline.json",
        "timeline export ndjson --timeline kursk-2024 | gzip > kursk.ndjson.gz",
    ),
)
@click.argument("form", metavar="FORMAT", type=click.Choice([*ENTRY_FORMATS, *RECORD_FORMATS]))
@click.option("-t", "--timeline", required=True, metavar="TIMELINE", help="Whose entries they are.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    metavar="FILE",
    help="Where to write; it has this name only once it is whole. The standard output if not given.",
)
@click.option("--claims", is_flag=True, help="Of csv and parquet: the claims on figures, not the entries.")
@click.option("--hxl", is_flag=True, help="Of csv: with a second row of HXL hashtags.")
@click.option("--after", type=click.IntRange(0), metavar="POSITION", help="Of the log: the records after it.")
@AT
@filters
@click.option("--limit", type=click.IntRange(1), metavar="N", help="A page of N rows; all if not given.")
@CURSOR
@connected
def export(  # noqa: PLR0913 - the command's options
    *, client: Client, form: str, timeline: str, output: Path, claims: bool, hxl: bool, **asked: Any
) -> None:
    """Write entries as geojson, csv, parquet, atom, jsonfeed or timelinejs, the log as ndjson or cloudevents.

    All that fits the filters is written, as it stood at one position, whatever is posted meanwhile; of the
    feeds, atom and jsonfeed, a page of what changed last.
    """
    if claims and form not in CLAIM_FORMATS:
        raise click.UsageError(f"--claims goes with {' and '.join(CLAIM_FORMATS)}, not with {form}")
    if hxl and form not in WITH_HASHTAGS:
        raise click.UsageError(f"--hxl goes with {' and '.join(WITH_HASHTAGS)}, not with {form}")
    to_stdout = str(output) == "-"
    if to_stdout and form in BINARY and sys.stdout.isatty():
        raise click.UsageError(f"{form} is no text for a terminal: name a file with -o, or pipe it")
    parts = ("events",) if form in RECORD_FORMATS else ("figures",) if claims else ()
    asked |= {"format": form, "hxl": "true" if hxl else None}
    with client.stream(timeline_address(timeline, *parts), asked) as (headers, chunks):
        said = headers.get(COUNT_HEADER, "")
        total = int(said) if said.isdigit() else None
        shown = not (to_stdout and sys.stdout.isatty())
        with _opened(output) as file, _progress(total, ROW_ENDS.get(form), shown=shown) as advance:
            size = 0
            for chunk in chunks:
                size += file.write(chunk)
                advance(chunk)
    if not to_stdout:
        rows = "" if total is None else f", {plural(total, 'row')}"
        error_console().print(Text(f"Wrote {clean(str(output))}: {plural(size, 'byte')}{rows}."))


@contextmanager
def _opened(output: Path) -> Iterator[BinaryIO]:
    """A file to write that gets its name when it is whole; what is no regular file is written as it is."""
    if str(output) == "-":
        yield sys.stdout.buffer
        return
    try:
        if output.exists() and not output.is_file():
            with output.open("wb") as device:
                yield device
            return
        partial = output.with_name(f".{output.name}.{os.getpid()}.partial")
        try:
            with partial.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"cannot write {clean(str(output))}: {error.strerror or error}") from error


@contextmanager
def _progress(total: int | None, row_end: bytes | None, *, shown: bool) -> Iterator[Callable[[bytes], None]]:
    """A bar on the terminal with rate and bytes, and the time left where it is known how many rows come."""
    console = error_console()
    columns = (
        TextColumn("Exporting"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TextColumn("{task.fields[megabytes]:,.1f} MB"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not (shown and console.is_terminal)
    ) as bar:
        task = bar.add_task("", total=total if row_end else None, rows=0, rate=0.0, megabytes=0.0)
        rows, size, began = 0, 0, perf_counter()

        def advance(chunk: bytes) -> None:
            nonlocal rows, size
            rows += chunk.count(row_end) if row_end else 0
            size += len(chunk)
            rate = rows / (perf_counter() - began)
            bar.update(task, completed=rows, rows=rows, rate=rate, megabytes=size / 1e6)

        yield advance
