"""What `rebuild` and `verify` share: work on the database itself, one timeline after another."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import psycopg
import rich_click as click

from timeline.cli.common import UNAVAILABLE, CommandError, read_settings
from timeline.cli.database import STOP_SIGNALS, StopHandler, open_database
from timeline.cli.text import clean
from timeline.domain.errors import TimelineError, UnknownTimeline
from timeline.log.migrations import missing_steps
from timeline.postgres import Connection, connect
from timeline.settings import Settings
from timeline.views.queries.timelines import timeline_page

_PAGE_TIMELINES = 1_000

ResultT = TypeVar("ResultT")
Work = Callable[[str, Settings, Sequence[str]], Coroutine[Any, Any, ResultT]]
"""The work on timelines: takes the database's DSN, the settings and the timelines' ids."""


timelines_option = click.option(
    "-t", "--timeline", "timelines", multiple=True, metavar="T", help="Only this timeline (repeatable)."
)


def run_on_timelines(
    timelines: Sequence[str], work: Work[ResultT], stopped_words: Callable[[], str]
) -> ResultT:
    """Do the work on these timelines; on every timeline if none is given.

    SIGINT, SIGTERM and SIGHUP cancel the work, which then tidies up; the command says what holds
    (`stopped_words`, asked then) and exits with 128 and the signal's number.

    Raises:
        CommandError: a timeline is unknown, its log cannot be folded, or the database is not available.
    """
    settings = read_settings()
    with open_database(settings, StopHandler()) as dsn:
        try:
            return asyncio.run(
                _cancel_on_signal(_run_on_timelines(dsn, settings, timelines, work), stopped_words)
            )
        except UnknownTimeline as error:
            raise CommandError(f"there is no timeline {clean(str(error.details['timeline']))}") from error
        except TimelineError as error:
            raise CommandError(f"the log cannot be folded: {clean(str(error))}") from error
        except psycopg.OperationalError as error:
            raise CommandError(f"the database is not available: {clean(str(error))}", UNAVAILABLE) from error
        except psycopg.Error as error:
            raise CommandError(f"the database reports an error: {clean(str(error))}") from error


async def _run_on_timelines(
    dsn: str, settings: Settings, timelines: Sequence[str], work: Work[ResultT]
) -> ResultT:
    async with await connect(dsn, settings) as connection:
        if missing := await missing_steps(connection):
            raise CommandError(f"the database schema lacks {', '.join(missing)}; run `timeline migrate`")
        timelines = timelines or await _all_timelines(connection)
    return await work(dsn, settings, timelines)


async def _all_timelines(connection: Connection) -> list[str]:
    names: list[str] = []
    while page := await timeline_page(connection, after=names[-1] if names else "", limit=_PAGE_TIMELINES):
        names += [summary.id for summary in page]
    return names


async def _cancel_on_signal(work: Coroutine[Any, Any, ResultT], stopped_words: Callable[[], str]) -> ResultT:
    """The work's result; a signal to stop cancels the work, and a second one its tidying up."""
    loop, signals = asyncio.get_running_loop(), list[int]()
    task = asyncio.ensure_future(work)

    def stop(signum: int) -> None:
        if not signals:
            click.echo("Stopping …", err=True)
            # the driver tells of each connection that is closed in the middle of a statement
            logging.getLogger("psycopg").setLevel(logging.CRITICAL)
        signals.append(signum)
        task.cancel()

    for signum in STOP_SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:
            loop.add_signal_handler(signum, stop, signum)
    try:
        return await task
    except asyncio.CancelledError:
        if not signals:
            raise
    click.echo(stopped_words(), err=True)
    raise SystemExit(128 + signals[0])
