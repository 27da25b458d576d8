"""Services and databases to be mistreated."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.faults.running import Postgres, Restartable

_numbers = count(1)


@pytest.fixture(scope="session")
def durable() -> Iterator[Postgres]:
    """A PostgreSQL with fsync, which the tests of a process share: they leave it running."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def mortal() -> Iterator[Postgres]:
    """A PostgreSQL with fsync of the test's own, to be killed."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def restartable(tmp_path: Path) -> Iterator[Callable[..., Restartable]]:
    """Start a service that can be killed, on a database."""
    with ExitStack() as stack:

        def start(dsn: str, **environment: str) -> Restartable:
            service = Restartable(dsn, tmp_path, **environment)
            stack.callback(service.stop)
            service.start()
            return service

        yield start


@pytest.fixture
def load() -> Load:
    """Writers' notes of a timeline that is not made yet."""
    return Load(f"/v1/timelines/faults-{next(_numbers)}")
