"""Gives a module of these tests one service in its own process, on a database of the module's own."""

from collections.abc import Iterator

import pytest

from tests.meaning.checks.desk import ServiceDesk, open_desk


@pytest.fixture(scope="module")
def service_desk(shared_dsn: str) -> Iterator[ServiceDesk]:
    """Made once a module, since Hypothesis calls a test many times."""
    with open_desk(shared_dsn) as opened:
        yield opened
