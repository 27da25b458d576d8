"""Gives a module of these tests one database, in which each example uses timelines of its own."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, NamedTuple

import pytest

from tests.support.posting import new_appender
from timeline.log.appender import Appender
from timeline.postgres import Pool, connection_pool
from timeline.settings import Settings
from timeline.views.projection import writer


class Desk(NamedTuple):
    """A pool and an appender on the module's database, and a function that runs a coroutine in their loop."""

    pool: Pool
    appender: Appender
    run: Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="module")
def desk(shared_dsn: str) -> Iterator[Desk]:
    """Made once a module, since Hypothesis calls a test many times."""
    with asyncio.Runner() as runner:
        pool = connection_pool(shared_dsn, Settings())
        runner.run(pool.open(wait=True))
        yield Desk(pool, new_appender(pool), runner.run)
        runner.run(pool.close())


@pytest.fixture(scope="module")
def set_part() -> Iterator[Callable[[int], None]]:
    """Sets how many records are written at a time: the default is more than an example has."""
    with pytest.MonkeyPatch.context() as patch:
        yield lambda events: patch.setattr(writer, "WRITTEN_RECORDS_MAX", events)
