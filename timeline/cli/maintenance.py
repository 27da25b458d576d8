"""What the commands that work on the database itself share: which timelines, progress, and how they stop."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import psycopg
import rich_click as click
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from timeline.cli.common import AWAY, CommandError, read_settings
from timeline.cli.database import STOPS, Stops, opened_database
from timeline.cli.tables import error_console
from timeline.cli.words import clean
from timeline.domain.errors import TimelineError, UnknownTimeline
from timeline.log.migrations import missing_steps
from timeline.postgres import Connection, connect
from timeline.settings import Settings
from timeline.views.queries.timelines import timeline_page

_PAGE_TIMELINES = 1_000

ResultT = TypeVar("ResultT")
Work = Callable[[str, Settings, str], Coroutine[Any, Any, ResultT]]
"""What is done with a timeline, on the database of a DSN."""


of_timelines = click.option(
    "--timeline",
    "timelines",
    multiple=True,
    metavar="T",
    help="This timeline only; may be given several times.",
)


def on_each(names: Sequence[str], work: Work[ResultT]) -> list[ResultT]:
    """Do something with each of the timelines named, one after another; with every one if none is named.

    SIGINT, SIGTERM and SIGHUP cancel what is under way, which then tidies up; the command ends with 128 and
    the signal's number.

    Raises:
        CommandError: one is unknown, or the database is away.
    """
    settings = read_settings()
    with opened_database(settings, Stops()) as dsn:
        try:
            return asyncio.run(_stoppable(_on_each(dsn, settings, names, work)))
        except UnknownTimeline as error:
            raise CommandError(f"there is no timeline {clean(str(error.details['timeline']))}") from error
        except TimelineError as error:
            raise CommandError(f"the log cannot be folded: {clean(str(error))}") from error
        except psycopg.OperationalError as error:
            raise CommandError(f"the database is away: {clean(str(error))}", AWAY) from error
        except psycopg.Error as error:
            raise CommandError(f"the database refuses: {clean(str(error))}") from error


async def _on_each(dsn: str, settings: Settings, names: Sequence[str], work: Work[ResultT]) -> list[ResultT]:
    async with await connect(dsn, settings) as connection:
        if missing := await missing_steps(connection):
            raise CommandError(f"the database lacks {', '.join(missing)}: run `timeline migrate`")
        chosen = names or await _all_timelines(connection)
    return [await work(dsn, settings, name) for name in chosen]


async def _all_timelines(connection: Connection) -> list[str]:
    names: list[str] = []
    while page := await timeline_page(connection, after=names[-1] if names else "", limit=_PAGE_TIMELINES):
        names += [summary.id for summary in page]
    return names


async def _stoppable(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """The work's answer; a signal to stop cancels it, and a second one its tidying up."""
    loop, asked = asyncio.get_running_loop(), list[int]()
    task = asyncio.ensure_future(work)

    def stop(signum: int) -> None:
        if not asked:
            click.echo("Stopping …", err=True)
        asked.append(signum)
        task.cancel()

    for signum in STOPS:
        if signal.getsignal(signum) is not signal.SIG_IGN:
            loop.add_signal_handler(signum, stop, signum)
    try:
        return await task
    except asyncio.CancelledError:
        if not asked:
            raise
    raise SystemExit(128 + asked[0])


class RateColumn(ProgressColumn):
    """How many are done in a second."""

    def render(self, task: Task) -> Text:
        """The rate of the last half minute, or nothing yet."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="progress.data.speed")


def progress_bar() -> Progress:
    """A bar with count, rate and time left on stderr, if that is a terminal; it goes when it is done."""
    console = error_console()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} records"),
        RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
