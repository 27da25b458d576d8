"""Gives one service a test process, a timeline a test, and services with other settings on request."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.support.client import Timeline
from tests.support.payloads import first_case, statement
from tests.support.service import Service, serving


@pytest.fixture(scope="session")
def service(
    server_dsn: str, admin: psycopg.Connection, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with the default settings on a database that the tests of this process share."""
    name = f"timeline_api_{uuid4().hex}"
    admin.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    )
    log = tmp_path_factory.mktemp("service") / "log"
    try:
        with serving(make_conninfo(server_dsn, dbname=name), log) as shared:
            yield shared
    finally:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """A client of the shared service; the service must not fail while the test runs."""
    before = len(service.log)
    yield service.client
    assert "unforeseen error" not in service.log[before:]


@pytest.fixture
def timeline(client: httpx.Client) -> Timeline:
    """An empty timeline of the test's own."""
    timeline = Timeline(client)
    assert timeline.put().status_code == 201
    return timeline


@pytest.fixture
def unchanged(timeline: Timeline) -> Iterator[Timeline]:
    """A timeline with one record, which must still be its only one when the test is over."""
    timeline.take(statement(id=f"01940000-0000-7000-8000-{timeline.name.split('-')[1]:0>12}"))
    yield timeline
    assert 1 == timeline.head


@pytest.fixture(scope="session")
def case_of(service: Service) -> Timeline:
    """The first case, posted over HTTP; to be read only."""
    timeline = Timeline(service.client, "kursk-2024")
    assert timeline.put().status_code == 201
    timeline.take(*first_case())
    return timeline


@pytest.fixture
def case(case_of: Timeline, client: httpx.Client) -> Timeline:
    """The first case, posted over HTTP; to be read only."""
    return case_of


@pytest.fixture
def serve(dsn: str, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Start a service with settings of the test's own, on a database of the test's own."""
    with ExitStack() as stack:

        def start(*, dsn: str = dsn, **settings: str) -> Service:
            log = tmp_path / f"service-{uuid4().hex}.log"
            return stack.enter_context(serving(dsn, log, **settings))

        yield start
