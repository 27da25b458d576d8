"""Writes to a timeline from a process of its own: `python writer.py DSN TIMELINE NUMBER POSTS`."""

import asyncio
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support.posting import new_appender, post
from tests.support.samples import engagement, statement
from timeline.log.appender import Appender
from timeline.postgres import connection_pool
from timeline.settings import Settings

SHARED = 900_000
"""The first number of the events that every writer posts."""


async def write(appender: Appender, timeline: str, number: int, posts: int) -> list[int]:
    """Post events of the writer's own, about each other, and events that all writers post.

    Gives the positions of those that this writer was the first to post.
    """
    chance = random.Random(number)
    positions = []
    for turn in range(posts):
        own = number * 1_000 + turn * 3
        events = [engagement(own), statement(own + 1, own), engagement(SHARED + turn)]
        outcomes = await post(appender, timeline, *events[: chance.choice((1, 2, 3))])
        positions += [outcome.position for outcome in outcomes if not outcome.duplicate]
    return positions


async def _main(dsn: str, timeline: str, number: int, posts: int) -> None:
    async with connection_pool(dsn, Settings()) as pool:
        positions = await write(new_appender(pool), timeline, number, posts)
    sys.stdout.write(" ".join(map(str, positions)))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
