"""Gives the services, databases and writers that these tests treat badly."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults.load import Load
from tests.faults.victims import Postgres
from tests.support.service import Service, serving

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
def serve(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Start a service on a database, with settings; it may be killed and started again."""
    with ExitStack() as stack:

        def start(dsn: str, **settings: str) -> Service:
            log = tmp_path / f"service-{uuid4().hex}.log"
            return stack.enter_context(serving(dsn, log, **settings))

        yield start


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Where an embedded server may keep its data: a folder that its account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="timeline-embedded-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def load() -> Load:
    """Writers to a timeline that does not exist yet."""
    return Load(f"/v1/timelines/faults-{next(_numbers)}")
