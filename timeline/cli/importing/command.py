"""The command `timeline import`: its options, and the table of results that it prints."""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import rich_click as click
from rich.text import Text

from timeline.cli.client import Client
from timeline.cli.common import REFUSED, USAGE, Command, CommandError, examples
from timeline.cli.importing.formats import CSV_FORMATS, FORMATS, ImportInput, ImportSource
from timeline.cli.importing.importer import Importer, ImportOptions, ImportSummary
from timeline.cli.importing.rejects import open_rejects
from timeline.cli.layout import Rows
from timeline.cli.options import literal_values, service_options
from timeline.cli.progress import file_lines, progress_bar
from timeline.cli.tables import console, error_console, table
from timeline.cli.text import clean, clean_lines, plural, time_words, type_words
from timeline.domain.components import Reason, RuleViolation, check_instant
from timeline.domain.errors import TimelineError
from timeline.formats.days import DayOrder
from timeline.formats.drafts import shorten
from timeline.formats.edition_rows import FIGURES_MAX
from timeline.formats.encodings import as_utf8

_RESULTS = {
    "new": "new",
    "corrected": "corrected: the file differs from the timeline",
    "retracted": "retracted: no longer in the data set",
    "late": "taken in as what was said then: the edition is older than what stands",
    "unchanged": "unchanged",
    "repeated": "the same as an earlier row of the file",
    "set_aside": "left alone: somebody retracted them, not because the data set withdrew them",
    "withdrawn": "left alone: withdrawn after this edition",
    "returned": "left alone: published again after they were withdrawn",
    "missing": "left alone: in the timeline, but not in the file or not readable there",
    "rejected": "rejected: not valid events",
    "left_out": "details left out, because an event has no place for them",
}
"""What each count of a summary means."""


_ROW_WORDS_MAX = 60
_OPTION_FORMATS = {"delimiter": CSV_FORMATS, "dates": ("ucdp-ged", "areas"), "mapping": ("table",)}
"""The formats that options are for."""
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "space": " "}


class _Delimiter(click.ParamType[str]):
    """A character, or the name of one."""

    name = "CHARACTER"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The character, which can be none that CSV needs for other things."""
        character = _DELIMITERS.get(str(value).lower(), str(value))
        if len(character) != 1 or character in '"\r\n':
            names = ", ".join(name for name in _DELIMITERS if name.isalpha())
            self.fail(f"{value!r} is not one character, nor one of {names}", param, ctx)
        return character


class _Instant(click.ParamType[datetime]):
    """An RFC 3339 time."""

    name = "TIME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time, which must have an offset from UTC."""
        try:
            instant = msgspec.convert(value, datetime)
            check_instant("--published-at", instant)
        except (msgspec.ValidationError, RuleViolation):
            instant = None
        if instant is None or instant.tzinfo is None:
            self.fail(f"{value!r} is not a time such as 2024-12-27T14:30:00Z", param, ctx)
        return instant


@click.command(
    "import",
    cls=Command,
    epilog=examples(
        "timeline import ucdp-ged GEDEvent_v25_1.csv --timeline world --create",
        "timeline import acled-deletions deleted.csv --timeline world",
        "timeline import table losses.json --mapping russia-losses-personnel --timeline ukraine --create",
        "timeline import table losses.json --mapping losses.toml -t ukraine --dry-run",
        "timeline import table losses.csv --mapping losses.toml -t ukraine --rejects rejects.csv",
        "timeline import timelinejs slides.json --dataset our-slides --timeline kursk-2024",
        "timeline import areas front.geojson --dataset front-line --timeline kursk-2024",
        "timeline import ndjson events.ndjson --timeline kursk-2024",
    ),
)
@click.argument("format_name", metavar="FORMAT", type=click.Choice(list(FORMATS)))
@click.argument("file", type=click.File("rb"))
@click.option("-t", "--timeline", required=True, metavar="TIMELINE", help="The timeline to post to.")
@click.option("--create", is_flag=True, help="Create the timeline if it does not exist.")
@click.option(
    "--mapping",
    metavar="MAPPING",
    help="For a table: what its columns mean; a file, or the name of a mapping that comes with the package.",
)
@click.option(
    "--dataset", metavar="NAME", help="The data set that the rows belong to, if it is not the format's own."
)
@click.option(
    "--reason",
    type=click.Choice(literal_values(Reason)),
    help="The reason of corrections; if not given, restatement where the data set's maker is the claimant,"
    " else transcription.",
)
@click.option(
    "--published-at",
    type=_Instant(),
    help="When this edition was published; if not given, the data set's maker said its own figures when the"
    " row says so (acled), else when FILE was last written.",
)
@click.option("--keep-missing", is_flag=True, help="Do not retract the rows that the file no longer has.")
@click.option(
    "--allow-retractions",
    is_flag=True,
    help="Retract these rows even if they are more than ten or more than a tenth, or all of them.",
)
@click.option(
    "--require-columns",
    is_flag=True,
    help="Refuse a file that lacks columns which the format or the mapping reads.",
)
@click.option(
    "--late",
    is_flag=True,
    help="Take an edition that is older than what stands in as what was said then. Nothing is retracted.",
)
@click.option(
    "--encoding", metavar="NAME", help="The file's encoding, if it is neither UTF-8 nor UTF-16 with its mark."
)
@click.option(
    "--delimiter",
    type=_Delimiter(),
    help="What separates the cells of CSV: comma, semicolon, tab, pipe or another character; if not given, it"
    " is found among these.",
)
@click.option(
    "--dates",
    type=click.Choice(["day-first", "month-first"]),
    help="Which number of dates such as 01/12/2001 is the day; if not given, areas refuse such dates, and"
    " ucdp-ged has the month first where the file leaves it open.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be done, and post nothing.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write rows that are not valid events: as CSV if the file is named .csv, else as NDJSON.",
)
@service_options
@click.pass_context
def import_(  # noqa: PLR0913 - the command's options
    ctx: click.Context,
    /,
    *,
    client: Client,
    format_name: str,
    file: BinaryIO,
    timeline: str,
    mapping: str | None,
    dataset: str | None,
    rejects: Path | None,
    encoding: str | None,
    delimiter: str | None,
    dates: str | None,
    as_json: bool,
    **options: object,
) -> None:
    """Import FILE, or the standard input if FILE is -, as the current edition of its data set.

    Rows that the timeline does not have are added; rows that differ from it are corrected; rows that the file
    no longer has are retracted; all others add nothing. What a file cannot say, since it lacks the columns,
    stays as it is. A file without rows, one that would retract many, and one older than what stands are
    refused, unless an option allows it. acled-deletions retracts the rows that it lists, and
    nothing else. Event ids follow from the data set and the row's key, so that it is safe to import a file
    again. ndjson and cloudevents hold events with ids of their own, which are posted unchanged. Rows that are
    not valid events are reported, and the exit code is 1.
    """
    import_options = msgspec.convert({"timeline": timeline, **options}, ImportOptions)
    _refuse_useless_options(format_name, delimiter=delimiter, dates=dates, mapping=mapping)
    try:
        order = cast("DayOrder | None", dates and dates.replace("-", "_"))
        text = as_utf8(file, encoding)
        source = FORMATS[format_name](ImportSource(text, dataset, mapping, order, delimiter))
        if source.maker and import_options.published_at is None and not as_json:
            error_console().print(Text(_edition_time_words(source)))
        with open_rejects(rejects) as write_reject, progress_bar("rows", visible=not as_json) as bar:
            summary = Importer(client, import_options, write_reject, bar, file_lines(file)).run(source)
    except TimelineError as error:
        place = f" at {error.path}" if error.path else ""
        raise CommandError(f"{clean_lines(error.message)}{place}") from error
    if as_json:
        click.echo(msgspec.json.encode(summary))
    else:
        _print(summary)
    if summary.rejected:
        ctx.exit(REFUSED)


def _refuse_useless_options(format_name: str, **options: str | None) -> None:
    """Refuse options that mean nothing for a format, which somebody would rely on in vain.

    Raises:
        CommandError: there is one.
    """
    for name, value in options.items():
        formats = _OPTION_FORMATS[name]
        if value is not None and format_name not in formats:
            raise CommandError(f"--{name} is for {', '.join(formats)}, not for {format_name}", USAGE)


def _edition_time_words(source: ImportInput) -> str:
    """When the maker of a data set says what it claims, where nobody asked for a time."""
    if source.file_time is None:
        rest = "the articles of a row date it"
    else:
        written = time_words(source.file_time)
        rest = f"it is dated {written}, when the file was last written, unless it tells of later days"
    return f"Where a row does not say when {source.maker} published it, {rest}; see --published-at."


def _most_first(field: tuple[str, int]) -> tuple[int, str]:
    return -field[1], field[0]


def _figures_table(summary: ImportSummary) -> Rows:
    """The figures that changed, which many rows of changed words would hide."""
    is_cut = len(summary.figures) == FIGURES_MAX
    title = f"Figures that were corrected{f', the first {FIGURES_MAX}' if is_cut else ''}"
    rows = table("row", "figure", "before", "after", title=title)
    for change in summary.figures:
        row = shorten(clean(change.row), _ROW_WORDS_MAX)
        rows.add_row(row, type_words(change.field), clean(change.before) or "—", clean(change.after) or "—")
    return rows


def _print(summary: ImportSummary) -> None:
    out = console()
    rows = table("#rows", "expected result" if summary.dry_run else "result")
    for name, words in _RESULTS.items():
        if count := getattr(summary, name):
            rows.add_row(f"{count:,}", words)
    out.print(rows or Text("The file has no rows."))
    if summary.fields:
        fields = [f"{name} {count:,}" for name, count in sorted(summary.fields.items(), key=_most_first)]
        out.print(Text(f"Fields that were corrected, with the number of rows: {', '.join(fields)}."))
    if summary.figures:
        out.print(_figures_table(summary))
    if summary.reworded:
        rows_unchanged = plural(summary.reworded, "unchanged row")
        words = f"Of {rows_unchanged} only the summary, which the import writes itself, would read otherwise."
        out.print(Text(words))
    if summary.missing and summary.unreadable:
        words = f"{plural(summary.unreadable, 'rejected row')} may be any of the missing rows, so none was"
        out.print(Text(f"{words} retracted; --allow-retractions retracts them."))
    if summary.dry_run:
        out.print(Text("This was a dry run: nothing was posted."))
        return
    line = f"Recorded {plural(summary.recorded, 'event')} in {clean(summary.timeline)}"
    before = summary.recorded_before
    out.print(Text(f"{line}; {before:,} already recorded." if before else f"{line}."))
