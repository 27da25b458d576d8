"""What schemathesis must be told to send lines."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def send_lines(ctx: Any, value: Any) -> bytes:
    """Lines as the text that they are; whatever else is generated, as its text too."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
