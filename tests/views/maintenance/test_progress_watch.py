"""Maintenance that is watched: what has made no progress ends, and what ends late disturbs nobody."""

import asyncio

import pytest

from timeline.views.maintenance.progress_watch import ProgressWatch, Stalled


async def test_work_without_progress_ends_with_words():
    """What it was, how long it may take, and where to look."""
    with pytest.raises(
        Stalled, match=r"the work made no progress for 0\.01 s .* what PostgreSQL is busy with"
    ):
        async with ProgressWatch("the work", 0.01):
            await asyncio.Event().wait()


@pytest.mark.parametrize("error", [None, asyncio.CancelledError, ValueError, Stalled])
async def test_progress_told_after_the_end_is_ignored(error):
    """However the work ended: a thread of it, which nothing can cancel, may tell of its progress later."""
    watch = ProgressWatch("the work", 60)
    try:
        async with watch:
            watch.progressed()
            if error is not None:
                raise error
    except (asyncio.CancelledError, ValueError, Stalled):
        pass

    watch.progressed()
    with watch.paused():
        pass
