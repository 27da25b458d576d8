"""What the database driver raises, as the service's own errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from timeline.domain.errors import Unavailable

AWAY = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""Nothing is wrong with the request: the server is away, full, too slow, read-only or held by another."""


@contextmanager
def database_faults() -> Iterator[None]:
    """Raises `Unavailable` where the database cannot answer now; the driver's error is its cause."""
    try:
        yield
    except AWAY as error:
        raise Unavailable from error
