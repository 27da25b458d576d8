"""Ends maintenance that makes no progress: it would hold its locks, and whoever waits for it, for ever."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self


class Stalled(Exception):
    """Work on the views made no progress for too long, and was ended."""


class ProgressWatch:
    """A context that ends what runs in it once `progressed` was not called for so many seconds.

    Raises:
        Stalled: that was so; the message begins with what the work was.
    """

    def __init__(self, work: str, seconds: float) -> None:
        self._work = work
        self._seconds = seconds
        self._timeout = asyncio.timeout(seconds)
        self._has_ended = False

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._has_ended = True
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            raise Stalled(
                f"{self._work} made no progress for {self._seconds:g} s and was ended; see what PostgreSQL is"
                " busy with or waits for. TIMELINE_REBUILD_STALL_SECONDS_MAX sets how long that may be."
            ) from None

    def progressed(self) -> None:
        """Give it the whole time again; nothing happens once the work has ended.

        A thread cannot be cancelled: what it tells of its progress may come when the rest has ended.
        """
        if not self._has_ended and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Wait for work that another process watches."""
        if not self._has_ended and not self._timeout.expired():
            self._timeout.reschedule(None)
        yield
        self.progressed()
