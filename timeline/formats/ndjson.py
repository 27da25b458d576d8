"""The log as lines of JSON: each record byte for byte as it is stored and hashed."""

from collections.abc import Sequence
from typing import ClassVar

from timeline.formats.writing import Head

MEDIA_TYPE = "application/x-ndjson"


class Ndjson:
    """A record a line, and nothing else."""

    media_type: ClassVar[str] = MEDIA_TYPE
    extension: ClassVar[str] = "ndjson"

    def begin(self, head: Head) -> bytes:  # noqa: ARG002 - the log says of itself all that there is to say
        """Nothing."""
        return b""

    def records(self, page: Sequence[bytes]) -> bytes:
        """The page's lines."""
        return b"".join(record + b"\n" for record in page)

    def end(self) -> bytes:
        """Nothing."""
        return b""
