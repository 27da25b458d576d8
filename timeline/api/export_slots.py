"""How many exports and replays a process streams at once, and which of them make room for others."""

from time import monotonic

import structlog
from litestar.types import Scope

from timeline.api.connections import Connections
from timeline.domain.errors import Busy

STALLED_SECONDS = 1.0
"""Who has left a part of an export unread for so long makes room for others that want one."""

WAITING_SINCE = "timeline_waiting_since"
"""Where a request's state holds since when its client has not taken what was sent, while it does not."""

_log = structlog.get_logger(__name__)


class ExportSlots:
    """A limit on how many exports run at once; one that nobody reads counts only while no other waits.

    Else a few clients that do not read would keep all others from theirs.
    """

    def __init__(self, slots_max: int, connections: Connections) -> None:
        self._slots_max = slots_max
        self._connections = connections
        self._running: list[Scope] = []

    async def take(self, scope: Scope) -> None:
        """Take a slot for a request until it ends, from an export that nobody reads if need be.

        Raises:
            Busy: all are taken, and all are read.
        """
        if len(self._running) >= self._slots_max:
            stalled = min(self._running, key=_waiting_since)
            if monotonic() - _waiting_since(stalled) < STALLED_SECONDS:
                raise Busy(
                    "this process streams as many exports and replays as it can at once; try again later"
                )
            self.release(stalled)
            client = stalled["client"]
            _log.info("answer not read", path=stalled["path"], client=client and client[0])
            await self._connections.close(client)
        self._running.append(scope)

    def release(self, scope: Scope) -> None:
        """Free the slot of a request that has ended, if it has one."""
        self._running[:] = [other for other in self._running if other["state"] is not scope["state"]]


def _waiting_since(scope: Scope) -> float:
    since: float = scope["state"].get(WAITING_SINCE, monotonic())
    return since
