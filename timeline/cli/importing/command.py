"""`timeline import`: brings in what others publish, and of a newer edition only what it changes."""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO, get_args

import msgspec
import rich_click as click
from rich.text import Text

from timeline.cli.client import Client
from timeline.cli.common import REFUSED, Command, CommandError, examples
from timeline.cli.importing.formats import FORMATS, ImportSource
from timeline.cli.importing.importer import Importer, ImportOptions, ImportSummary
from timeline.cli.importing.rejects import rejects_to
from timeline.cli.options import talks_to_a_service
from timeline.cli.progress import bar, lines_in
from timeline.cli.tables import console, table
from timeline.cli.words import clean, plural
from timeline.domain.components import RuleViolation, check_instant
from timeline.domain.errors import TimelineError
from timeline.domain.events import Reason

_WORDS = {
    "new": "new",
    "corrected": "corrected: the file says something else than what stands",
    "retracted": "retracted: the data set has them no more",
    "unchanged": "unchanged",
    "set_aside": "left alone: somebody retracted them, and not because they were withdrawn",
    "missing": "left alone, though the file has them no more, or not readably",
    "rejected": "rejected",
    "left_out": "parts for which the record has no place, left out of what came in",
}


class _Instant(click.ParamType[datetime]):
    """An RFC 3339 time."""

    name = "TIME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time, which must say its offset from UTC."""
        try:
            instant = msgspec.convert(value, datetime)
            check_instant("--published-at", instant)
        except (msgspec.ValidationError, RuleViolation):
            instant = None
        if instant is None or instant.tzinfo is None:
            self.fail(f"{value!r} is no time such as 2024-12-27T14:30:00Z", param, ctx)
        return instant


@click.command(
    "import",
    cls=Command,
    epilog=examples(
        "timeline import ucdp-ged GEDEvent_v23_1.csv --timeline world --create",
        "timeline import acled-deletions deleted.csv --timeline world",
        "timeline import table losses.json --mapping russia-losses-personnel --timeline ukraine --create",
        "timeline import table losses.json --mapping losses.toml -t ukraine --dry-run",
        "timeline import table losses.csv --mapping losses.toml -t ukraine --rejects rejects.csv",
        "timeline import timelinejs slides.json --dataset our-slides --timeline kursk-2024",
        "timeline import ndjson events.ndjson --timeline kursk-2024",
    ),
)
@click.argument("format_name", metavar="FORMAT", type=click.Choice(list(FORMATS)))
@click.argument("file", type=click.File("rb"))
@click.option("-t", "--timeline", required=True, metavar="TIMELINE", help="Whose log they are added to.")
@click.option("--create", is_flag=True, help="Create the timeline if it is not there.")
@click.option("--mapping", metavar="MAPPING", help="Of a table: what its columns say; a file, or a name.")
@click.option("--dataset", metavar="NAME", help="Whose rows they are, where not the format's own.")
@click.option(
    "--reason",
    type=click.Choice(get_args(Reason)),
    default="restatement",
    show_default=True,
    help="Why changed rows are corrected.",
)
@click.option("--published-at", type=_Instant(), help="When this edition came out.")
@click.option("--keep-missing", is_flag=True, help="Retract no row that the file has no more.")
@click.option("--retract-missing", is_flag=True, help="Retract them even if they are more than half.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and post nothing.")
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where rows go that are no events: CSV if it is named so, else NDJSON.",
)
@talks_to_a_service
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
    as_json: bool,
    **options: object,
) -> None:
    """Import FILE, or the standard input where it is -, as the present edition of its data set.

    Rows that are not in the timeline are added; those that say something else than what stands are corrected;
    those that the file has no more are retracted; the rest adds nothing. acled-deletions retracts
    the rows that it names, and nothing else. Ids follow from the data set and the row's key, so that it is
    harmless to import again. ndjson and cloudevents hold events with ids of their own, which are posted as
    they are. Rows that are no events are told, and the exit code is 1.
    """
    asked = msgspec.convert({"timeline": timeline, **options}, ImportOptions)
    try:
        given = FORMATS[format_name](ImportSource(file, dataset, mapping))
        with rejects_to(rejects) as keep, bar("rows", shown=not as_json) as drawn:
            summary = Importer(client, asked, keep, drawn, lines_in(file)).run(given)
    except TimelineError as error:
        where = f" at {error.path}" if error.path else ""
        raise CommandError(f"{clean(error.message)}{where}") from error
    if as_json:
        click.echo(msgspec.json.encode(summary))
    else:
        _print(summary)
    if summary.rejected:
        ctx.exit(REFUSED)


def _print(summary: ImportSummary) -> None:
    out = console()
    drawn = table("#rows", "what became of them" if not summary.dry_run else "what would become of them")
    for name, words in _WORDS.items():
        if count := getattr(summary, name):
            drawn.add_row(f"{count:,}", words)
    out.print(drawn if drawn.rows else Text("There is no row."))
    verdict = "Nothing was posted: this was a dry run." if summary.dry_run else _recorded(summary)
    out.print(Text(verdict))


def _recorded(summary: ImportSummary) -> str:
    said = f"Recorded {plural(summary.recorded, 'event')} in {clean(summary.timeline)}"
    return f"{said}; {summary.recorded_before:,} there before." if summary.recorded_before else f"{said}."
