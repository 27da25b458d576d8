"""Lets schemathesis send bodies of NDJSON, for which it has no serializer."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def send_lines(ctx: Any, value: Any) -> bytes:
    """Send bytes as they are, and any other generated value as its text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
