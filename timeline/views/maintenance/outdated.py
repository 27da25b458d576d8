"""Rebuilds the timelines whose views are by older rules than this program's, in a process of its own.

A service runs it in the background (`automatic_rebuilds`) and serves the old generations meanwhile. The
process may be killed at any time: what it has not finished stays outdated, and is begun again.
"""

import asyncio
import os
import sys
import time

import structlog

from timeline.logs import configure_logs
from timeline.postgres import connect
from timeline.settings import Settings
from timeline.views.maintenance.generations import rebuilds_at_work
from timeline.views.maintenance.progress_watch import Stalled
from timeline.views.maintenance.rebuild import (
    AlreadyRebuilding,
    RebuildWatcher,
    Rebuilt,
    make_generation,
    remove_superseded,
)
from timeline.views.maintenance.rebuild_worker import prepare_process
from timeline.views.projection.rules import RULES_VERSION

_log = structlog.get_logger(__name__)

NICENESS = 5
"""How far this process stands back behind those that answer requests."""

PROGRESS_SECONDS = 5.0
"""How often a rebuild logs how far it is."""

# the shortest logs first: nothing is posted to a timeline before it is rebuilt
_OUTDATED = "SELECT timeline_id, head, rules FROM timeline WHERE rules < %s ORDER BY head, timeline_id"


def run_outdated_rebuilds(dsn: str, settings: Settings) -> None:
    """The main function of the process; its exit code is 1 where a timeline is still outdated at the end."""
    prepare_process()
    os.nice(NICENESS)
    configure_logs(settings.log_level)
    sys.exit(0 if asyncio.run(rebuild_outdated(dsn, settings)) else 1)


async def rebuild_outdated(dsn: str, settings: Settings) -> bool:
    """Rebuild every outdated timeline, one after another, then remove the old rows; False if any has failed.

    A failure is logged, and keeps no other timeline from being rebuilt.
    """
    async with await connect(dsn, settings) as connection:
        outdated = await (await connection.execute(_OUTDATED, [RULES_VERSION])).fetchall()
    async with rebuilds_at_work(dsn, settings):
        results = {
            timeline: await _rebuild(dsn, settings, timeline, records=head, rules=rules)
            for timeline, head, rules in outdated
        }
        rebuilds = {timeline: rebuilt for timeline, rebuilt in results.items() if rebuilt is not None}
        await remove_superseded(dsn, settings, rebuilds, _LoggedProgress(_log))
    return len(rebuilds) == len(results)


async def _rebuild(
    dsn: str, settings: Settings, timeline: str, *, records: int, rules: int
) -> Rebuilt | None:
    """Rebuild one timeline and log it; None if that has failed."""
    log = _log.bind(timeline=timeline, rules=RULES_VERSION)
    log.info("rebuilding views by newer rules", older_rules=rules, records=records)
    try:
        return await make_generation(dsn, settings, timeline, 1, _LoggedProgress(log))
    except AlreadyRebuilding as error:
        log.info("not rebuilding", reason=str(error))
    except Stalled as error:
        log.error("rebuild made no progress", reason=str(error))  # noqa: TRY400 - where it waited says nothing
    except Exception:
        log.exception("rebuild failed")
    return None


class _LoggedProgress(RebuildWatcher):
    """Logs a rebuild's progress, and its end."""

    def __init__(self, log: structlog.stdlib.BoundLogger) -> None:
        self._log = log
        self._started_at = self._logged_at = time.monotonic()

    def folded(self, done: int, of: int) -> None:
        """Log how far it is, now and then."""
        now = time.monotonic()
        if now - self._logged_at >= PROGRESS_SECONDS:
            self._logged_at = now
            self._log.info("rebuilding views", records_folded=done, records=of)

    def swapped(self, rebuilt: Rebuilt) -> None:
        """Log that the new rows are read, and that posts go on."""
        self._log.info(
            "rebuilt views by newer rules",
            generation=rebuilt.generation,
            records=rebuilt.position,
            seconds=round(time.monotonic() - self._started_at, 3),
        )

    def removed_all(self, timeline: str) -> None:
        """Log that nothing is left of the old rows."""
        self._log.info("removed the views by older rules", timeline=timeline)
