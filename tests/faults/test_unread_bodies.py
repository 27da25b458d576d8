"""Requests whose bodies nobody reads: a connection goes on, or the answer says that it does not."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.faults.fuzz_client import CLOSE, LENGTH
from tests.faults.victims import Postgres
from tests.support.service import Service

HEAD = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
SHORT, LONG = 40_000, 2_000_000
REFUSED = {b"/v1/timelines/none/events": b"415", b"/v1/nothing/here": b"404", b"/health": b"405"}


@pytest.fixture
def service(durable: Postgres, serve: Callable[..., Service]) -> Service:
    """A service whose connections may come from one address."""
    return serve(durable.new_database())


@contextmanager
def connected(service: Service) -> Iterator[socket.socket]:
    """A connection to the service."""
    address = urlsplit(service.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        yield connection


def read_answer(connection: socket.socket) -> bytes:
    """The headers of an answer, once its body has come too."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += receive(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    assert length is not None
    while len(body) < int(length[1]):
        body += receive(connection)
    return head


def receive(connection: socket.socket) -> bytes:
    """What comes next; the other end must not have closed the connection."""
    received = connection.recv(65_536)
    assert received, "closed"
    return received


@pytest.mark.parametrize("path", REFUSED)
def test_a_short_body_leaves_the_connection_open(service, path):
    """It is read before the answer, also where its parts come one after the other."""
    with connected(service) as connection:
        for part in (1, 10_000, SHORT):
            for _ in range(10):
                connection.sendall(HEAD % (path, SHORT) + b"x" * part)
                connection.sendall(b"x" * (SHORT - part))
                head = read_answer(connection)

                assert REFUSED[path] == head.split(b" ", 2)[1]
                assert CLOSE.search(head) is None


@pytest.mark.parametrize("path", REFUSED)
@pytest.mark.parametrize(("length", "part"), [(SHORT, 100), (LONG, 100)])
def test_a_connection_that_closes_is_announced(service, path, length, part):
    """After an answer to a body that does not come, or is long, there is no further answer."""
    with connected(service) as connection:
        connection.sendall(HEAD % (path, length) + b"x" * part)
        head = read_answer(connection)

        assert REFUSED[path] == head.split(b" ", 2)[1]
        assert CLOSE.search(head + b"\r\n")
        assert b"" == connection.recv(1)
