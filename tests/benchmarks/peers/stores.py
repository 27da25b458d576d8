"""The stores as their users reach them: append events, read what follows a position.

This module runs in the peers' own environment, where the service is not installed: each class imports its
client itself. Positions are the store's own; a reader continues after the last one that it saw.
"""

import json
import re
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from itertools import count
from typing import Any, Protocol
from uuid import uuid4

PAGE = 500


class Store(Protocol):
    """One client's connection to a store."""

    def append(self, events: Sequence[bytes]) -> None:
        """Append events, given as JSON, all or none; they are durable when this returns."""

    def read(self, after: int, limit: int) -> list[int]:
        """The positions of the events that follow a position; their content is read too."""


class Timeline:
    """This project's service, over HTTP."""

    def __init__(self, address: dict[str, Any]) -> None:
        self._http = HTTPConnection(address["host"], address["port"])
        self._path = address["path"]

    def append(self, events: Sequence[bytes]) -> None:
        """POST an array."""
        self._answer("POST", self._path, b"[%s]" % b",".join(events))

    def read(self, after: int, limit: int) -> list[int]:
        """GET a page of the log."""
        answer = self._answer("GET", f"{self._path}?after={after}&limit={min(limit, PAGE)}")
        return [record["position"] for record in json.loads(answer)["records"]]

    def _answer(self, method: str, path: str, body: bytes | None = None) -> bytes:
        self._http.request(method, path, body, {"Content-Type": "application/json"})
        answer = self._http.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(content.decode())
        return content


class Uma:
    """UmaDB, over gRPC."""

    def __init__(self, address: dict[str, Any]) -> None:
        import umadb  # noqa: PLC0415

        self._make = umadb.Event
        self._client = umadb.Client(address["url"])

    def append(self, events: Sequence[bytes]) -> None:
        """Append with a tag, as a reader of one timeline would need it."""
        self._client.append([self._make(_type(event), event, ["bench"], uuid4()) for event in events])

    def read(self, after: int, limit: int) -> list[int]:
        """Read from the position that follows."""
        return [event.position for event in self._client.read(start=after + 1, limit=limit)]


class Eventsourcing:
    """The library eventsourcing on PostgreSQL without its database functions, which lose readers events."""

    def __init__(self, address: dict[str, Any]) -> None:
        from eventsourcing.persistence import StoredEvent  # noqa: PLC0415
        from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore  # noqa: PLC0415

        self._make = StoredEvent
        self._recorder = PostgresApplicationRecorder(
            PostgresDatastore(**address, enable_db_functions=False), events_table_name="stored_events"
        )
        self._recorder.create_table()
        self._stream, self._versions = uuid4(), count()

    def append(self, events: Sequence[bytes]) -> None:
        """Insert into a stream of this client's own."""
        self._recorder.insert_events(
            [self._make(self._stream, next(self._versions), _type(event), event) for event in events]
        )

    def read(self, after: int, limit: int) -> list[int]:
        """Select notifications."""
        return [notification.id for notification in self._recorder.select_notifications(after + 1, limit)]


class MessageDb:
    """message-db, by its SQL functions."""

    def __init__(self, address: dict[str, Any]) -> None:
        import psycopg  # noqa: PLC0415

        self._connection = psycopg.connect(
            **address, autocommit=True, options="-c search_path=message_store,public"
        )
        self._stream = f"bench-{uuid4()}"

    def append(self, events: Sequence[bytes]) -> None:
        """Write to a stream of this client's own, several in one transaction."""
        rows = [(str(uuid4()), self._stream, _type(event), event.decode()) for event in events]
        if len(rows) == 1:
            self._connection.execute(_WRITE, rows[0])
            return
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(_WRITE, rows)

    def read(self, after: int, limit: int) -> list[int]:
        """Get the messages of the category."""
        rows = self._connection.execute(_READ, ["bench", after + 1, limit]).fetchall()
        return [row[0] for row in rows]


_WRITE = "SELECT write_message(%s::varchar, %s::varchar, %s::varchar, %s::jsonb)"
_READ = "SELECT global_position, data::text FROM get_category_messages(%s::varchar, %s::bigint, %s::bigint)"
_TYPE = re.compile(rb'"type":"(\w+)"')

STORES: dict[str, Callable[[dict[str, Any]], Store]] = {
    "timeline": Timeline,
    "umadb": Uma,
    "eventsourcing": Eventsourcing,
    "message-db": MessageDb,
}


def _type(event: bytes) -> str:
    match = _TYPE.search(event)
    return match[1].decode() if match else "event"
