"""A connection to PostgreSQL that reads what has arrived before it waits for more.

The driver takes a turn of the event loop for each piece of an answer, of 8 to 16 kB: of an answer of
megabytes these turns take longer than to read it. Here it takes one only where nothing has arrived, and often
enough for other requests to get theirs.
"""

import select
from collections.abc import Generator
from time import monotonic
from typing import Any

from psycopg import AsyncConnection
from psycopg.abc import RV, PQGen
from psycopg.waiting import Ready, Wait

BUSY_SECONDS_MAX = 0.002
"""How long an answer is read without a turn for others."""


class EagerConnection(AsyncConnection[tuple[Any, ...]]):
    """The driver's connection, but for how it waits."""

    async def wait(self, gen: PQGen[RV], *limits: Any, **named_limits: Any) -> RV:
        """Run the driver's steps to their end, as the driver does."""
        return await super().wait(read_eagerly(gen, self.pgconn.socket), *limits, **named_limits)


def read_eagerly(
    steps: PQGen[RV], descriptor: int, seconds_max: float = BUSY_SECONDS_MAX
) -> Generator[Wait, Ready | int, RV]:
    """The same steps, without the waits for what can be read already; after so much time one is let through.

    The steps yield what they wait for at the file with this descriptor, and get what of it is ready.
    """
    poll: select.poll | None = None
    busy_until = 0.0  # the first wait is for the database to answer
    try:
        direction = next(steps)
        while True:
            if direction == Wait.R and monotonic() < busy_until:
                if poll is None:
                    poll = select.poll()
                    poll.register(descriptor, select.POLLIN)
                if poll.poll(0):
                    direction = steps.send(Ready.R)
                    continue
            ready = yield direction
            busy_until = monotonic() + seconds_max
            direction = steps.send(ready)
    except StopIteration as end:
        result: RV = end.value
        return result
