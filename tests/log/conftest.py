"""Gives each module of these tests a migrated database, and each test a timeline."""

import pytest

from tests.support.posting import new_appender, new_timeline
from timeline.log.appender import Appender
from timeline.postgres import Pool


@pytest.fixture
def dsn(shared_dsn: str) -> str:
    """The module's database instead of one for each test."""
    return shared_dsn


@pytest.fixture
def appender(pool: Pool) -> Appender:
    """An appender with the service's projection."""
    return new_appender(pool)


@pytest.fixture
async def timeline(pool: Pool) -> str:
    """An empty timeline."""
    return await new_timeline(pool)
