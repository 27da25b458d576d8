"""`timeline rebuild`: makes the views anew from the log, while they are read and posted to."""

import time
from concurrent.futures.process import BrokenProcessPool

import rich_click as click
from rich.progress import Progress, TaskID

from timeline.cli.common import Command, CommandError, examples
from timeline.cli.maintenance import of_timelines, on_each, progress_bar
from timeline.cli.words import plural
from timeline.settings import Settings
from timeline.views.maintenance.rebuild import AlreadyRebuilding, RebuildWatcher, Rebuilt
from timeline.views.maintenance.rebuild import rebuild as rebuild_views


@click.command(
    cls=Command,
    epilog=examples(
        "timeline rebuild --timeline kursk-2024",
        "timeline rebuild --workers 2",
        "TIMELINE_REBUILD_GRACE_SECONDS=0 timeline rebuild --timeline kursk-2024",
    ),
)
@of_timelines
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many processes fold."
)
def rebuild(timelines: tuple[str, ...], *, workers: int) -> None:
    """Make the views anew from the log, while it is read and posted to: of every timeline, or one.

    The new rows are written beside the old ones and take their place all at once. The old ones are removed
    after TIMELINE_REBUILD_GRACE_SECONDS, in which requests on them can end; stopping the command then, or
    at any time, is harmless: the next rebuild removes what is left over.
    """

    async def one(dsn: str, settings: Settings, timeline: str) -> None:
        with progress_bar() as bar:
            try:
                await rebuild_views(dsn, settings, timeline, workers, _Progress(bar, timeline, settings))
            except AlreadyRebuilding as error:
                raise CommandError(str(error)) from error
            except BrokenProcessPool as error:
                raise CommandError(
                    f"a process that made the views of {timeline} anew was killed, as happens where memory is"
                    " short; they are as they were. Try again, or with fewer workers."
                ) from error

    on_each(timelines, one)


class _Progress(RebuildWatcher):
    """Draws a rebuild's progress, and says when it is done."""

    def __init__(self, bar: Progress, timeline: str, settings: Settings) -> None:
        self._bar = bar
        self._timeline = timeline
        self._grace = settings.rebuild_grace_seconds
        self._task: TaskID | None = None
        self._started = time.monotonic()

    def folded(self, done: int, of: int) -> None:
        """Move the bar."""
        if self._task is None:
            self._task = self._bar.add_task(self._timeline, total=of)
        self._bar.update(self._task, completed=done, total=of)

    def swapped(self, rebuilt: Rebuilt) -> None:
        """Say that the new rows are in force."""
        seconds = time.monotonic() - self._started
        rate = rebuilt.position / seconds if seconds else 0
        self._bar.console.print(
            f"{self._timeline}: rebuilt from {plural(rebuilt.position, 'record')} in {seconds:.1f} s,"
            f" {rate:,.0f}/s; generation {rebuilt.generation} is read from now on",
            soft_wrap=True,
        )
        if self._grace:
            self._bar.console.print(f"The old rows are removed in {self._grace:g} s.")
