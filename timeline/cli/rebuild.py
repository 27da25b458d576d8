"""`timeline rebuild`: rebuilds the views from the log; reads and posts continue meanwhile."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool

import rich_click as click

from timeline.cli.common import Command, CommandError, examples
from timeline.cli.maintenance import run_on_timelines, timelines_option
from timeline.cli.progress import ProgressBar, progress_bar
from timeline.cli.text import plural
from timeline.settings import Settings
from timeline.views.maintenance.generations import rebuilds_at_work
from timeline.views.maintenance.progress_watch import Stalled
from timeline.views.maintenance.rebuild import (
    AlreadyRebuilding,
    NewerRules,
    RebuildWatcher,
    Rebuilt,
    make_generation,
    remove_superseded,
)
from timeline.views.projection.rules import RULES_VERSION


@click.command(
    cls=Command,
    epilog=examples(
        "timeline rebuild --timeline kursk-2024",
        "timeline rebuild --workers 2",
        "TIMELINE_REBUILD_GRACE_SECONDS=0 timeline rebuild --timeline kursk-2024",
    ),
)
@timelines_option
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes fold the log.",
)
def rebuild(timelines: tuple[str, ...], *, workers: int) -> None:
    """Rebuild the views from the log; reads and posts continue meanwhile.

    All timelines are rebuilt, unless --timeline names some. A service does so by itself where views are by
    older rules than its own. The new rows are written beside the old ones and replace them all at once. When
    all timelines have their new rows, the old ones of all are removed after TIMELINE_REBUILD_GRACE_SECONDS,
    so that requests that still read them can finish. A rebuild that makes no progress for
    TIMELINE_REBUILD_STALL_SECONDS_MAX says so and ends. It is safe to stop the command at any time: it says
    which views are in use, and the next rebuild removes what is left over.
    """
    rebuilds: dict[str, Rebuilt] = {}

    async def rebuild_each(dsn: str, settings: Settings, names: Sequence[str]) -> list[str]:
        async with rebuilds_at_work(dsn, settings):
            return await _rebuild_each(dsn, settings, names, workers, rebuilds)

    if failures := run_on_timelines(timelines, rebuild_each, lambda: _stopped_words(rebuilds)):
        raise CommandError("\n".join(failures))


def _stopped_words(rebuilds: Mapping[str, Rebuilt]) -> str:
    """What holds when the command was stopped after these timelines had their new views."""
    if not rebuilds:
        return (
            "Stopped: the views that were in use still are, whole. Run `timeline rebuild` again: it starts"
            " afresh, and removes what this one may have left over."
        )
    timelines = plural(len(rebuilds), "timeline")
    return (
        f"Stopped: new views are in use in {timelines}; any other has the views that it had, whole. The next"
        " `timeline rebuild` of a timeline removes the rows that are left over in it."
    )


async def _rebuild_each(
    dsn: str, settings: Settings, names: Sequence[str], workers: int, rebuilds: dict[str, Rebuilt]
) -> list[str]:
    """Rebuild the timelines, and note what is done in `rebuilds`; gives what failed, in words."""
    failures: list[str] = []
    for timeline in names:
        try:
            rebuilds[timeline] = await _rebuild(dsn, settings, timeline, workers)
        except (AlreadyRebuilding, NewerRules, Stalled) as error:
            failures.append(str(error))
        except BrokenProcessPool:
            failures.append(
                f"a worker process was killed while it rebuilt the views of {timeline}, probably because"
                " memory is short; the views are unchanged. Try again, or with fewer workers."
            )
    if rebuilds and settings.rebuild_grace_seconds:
        click.echo(f"The old rows will be removed in {settings.rebuild_grace_seconds:g} s.", err=True)
    try:
        await remove_superseded(dsn, settings, rebuilds, RebuildWatcher())
    except Stalled as error:
        failures.append(str(error))
    return failures


async def _rebuild(dsn: str, settings: Settings, timeline: str, workers: int) -> Rebuilt:
    with progress_bar("records", timeline) as bar:
        return await make_generation(dsn, settings, timeline, workers, _RebuildProgress(bar, timeline))


class _RebuildProgress(RebuildWatcher):
    """Shows a rebuild's progress, and prints its result."""

    def __init__(self, bar: ProgressBar, timeline: str) -> None:
        self._bar = bar
        self._timeline = timeline
        self._started_at = time.monotonic()

    def folded(self, done: int, of: int) -> None:
        """Move the bar."""
        self._bar.reach(done, of)

    def swapped(self, rebuilt: Rebuilt) -> None:
        """Print that the new rows are in use."""
        seconds = time.monotonic() - self._started_at
        rate = rebuilt.position / seconds if seconds else 0
        self._bar.print(
            f"{self._timeline}: rebuilt from {plural(rebuilt.position, 'record')} in {seconds:.1f} s,"
            f" {rate:,.0f}/s; generation {rebuilt.generation} is now in use, by rules {RULES_VERSION}"
        )
