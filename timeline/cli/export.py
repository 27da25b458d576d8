"""`timeline export`: writes a timeline in a format for other tools, to a file or the standard output."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import rich_click as click
from rich.text import Text

from timeline.cli.client import Client, timeline_address
from timeline.cli.common import Command, CommandError, examples
from timeline.cli.options import client_options
from timeline.cli.progress import progress_bar
from timeline.cli.show import AT, CURSOR, filters
from timeline.cli.tables import error_console
from timeline.cli.text import clean, plural
from timeline.formats.registry import CLAIM_FORMATS, ENTRY_FORMATS, RECORD_FORMATS, WITH_HASHTAGS

BINARY = frozenset({"parquet"})
COUNT_HEADER = "x-total-count"

ROW_ENDS = {"csv": b"\r\n"} | dict.fromkeys(("geojson", "ndjson", "cloudevents", "timelinejs"), b"\n")
"""What each row of a format ends with, to count rows as they arrive; accurate enough for a progress bar."""


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
@click.option("-t", "--timeline", required=True, metavar="TIMELINE", help="The timeline to export.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    metavar="FILE",
    help="The file to write, which appears only when it is complete. Standard output if not given.",
)
@click.option("--claims", is_flag=True, help="With csv and parquet: the claims on figures, not the entries.")
@click.option("--hxl", is_flag=True, help="With csv: a second row of HXL hashtags.")
@click.option(
    "--after",
    type=click.IntRange(0),
    metavar="POSITION",
    help="With ndjson and cloudevents: only the records after this position.",
)
@AT
@filters
@click.option("--limit", type=click.IntRange(1), metavar="N", help="One page of N rows; all if not given.")
@CURSOR
@client_options
def export(  # noqa: PLR0913 - the command's options
    *, client: Client, form: str, timeline: str, output: Path, claims: bool, hxl: bool, **query: Any
) -> None:
    """Write the entries (geojson, csv, parquet, atom, jsonfeed, timelinejs) or the log (ndjson, cloudevents).

    Everything that matches the filters is written as it stood at one position, whatever is posted meanwhile.
    The feeds, atom and jsonfeed, hold one page: what changed last.
    """
    if claims and form not in CLAIM_FORMATS:
        raise click.UsageError(f"--claims works with {' and '.join(CLAIM_FORMATS)}, not with {form}")
    if hxl and form not in WITH_HASHTAGS:
        raise click.UsageError(f"--hxl works with {' and '.join(WITH_HASHTAGS)}, not with {form}")
    to_stdout = str(output) == "-"
    if to_stdout and form in BINARY and sys.stdout.isatty():
        raise click.UsageError(f"{form} is a binary format: name a file with -o, or pipe it")
    parts = ("events",) if form in RECORD_FORMATS else ("figures",) if claims else ()
    query |= {"format": form, "hxl": "true" if hxl else None}
    with client.stream(timeline_address(timeline, *parts), query) as (headers, chunks):
        count = headers.get(COUNT_HEADER, "")
        total = int(count) if count.isdigit() else None
        size = _write(output, chunks, total, ROW_ENDS.get(form))
    if not to_stdout:
        rows = "" if total is None else f", {plural(total, 'row')}"
        error_console().print(Text(f"Wrote {clean(str(output))}: {plural(size, 'byte')}{rows}."))


def _write(output: Path, chunks: Iterator[bytes], total: int | None, row_end: bytes | None) -> int:
    """Write the chunks with a bar, which knows the time left if rows can be counted; gives the bytes."""
    visible = not (str(output) == "-" and sys.stdout.isatty())
    bar_total = total if row_end else None
    size = 0
    with (
        _open_output(output) as file,
        progress_bar("rows", "Exporting", total=bar_total, with_bytes=True, visible=visible) as bar,
    ):
        for chunk in chunks:
            size += file.write(chunk)
            bar.advance(chunk.count(row_end) if row_end else 0, byte_count=len(chunk))
    return size


@contextmanager
def _open_output(output: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when it is complete; a device or named pipe is written directly."""
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
