"""Encodings of files: gives every reader UTF-8, in whichever encoding the file says that it is.

A byte order mark says UTF-8 or UTF-16. Without it a file is UTF-8, unless somebody says which other encoding
it has: nothing is guessed, since most bytes are letters in every old encoding, and other letters in each.
"""

import codecs
import io
from typing import BinaryIO

from timeline.domain.errors import Malformed

_CHUNK_BYTES = 1 << 16
_MARKUP = "a page of a website, or XML: save the data that it shows as CSV or JSON"
_NO_TEXT = (
    (b"PK\x03\x04", "a spreadsheet or a zip archive: save it as CSV, or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet: save it as CSV"),
    (b"\x1f\x8b", "compressed with gzip: unpack it"),
    (b"PAR1", "in Parquet: save it as CSV"),
    (b"%PDF", "a PDF: its tables have to be saved as CSV"),
    *((mark, _MARKUP) for mark in (b"<htm", b"<HTM", b"<!do", b"<!DO", b"<?xm")),
)
"""How files begin that hold no rows of text, and what to do with them."""
_START_BYTES = 4
_UTF16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BOM = "\ufeff"


def as_utf8(file: BinaryIO, encoding: str | None = None) -> BinaryIO:
    """The file, or its text in UTF-8 where it is in another encoding.

    Raises:
        Malformed: there is no such encoding, or the file is a spreadsheet or the like, and no rows of text.
    """
    try:
        name = codecs.lookup(encoding).name if encoding else None
    except LookupError as error:
        raise Malformed(f"there is no encoding {encoding!r}; try utf-8, utf-16, cp1252 or latin-1") from error
    start = file.peek(_START_BYTES) if isinstance(file, io.BufferedReader) else _read_start(file)
    for mark, kind in _NO_TEXT:
        if start.startswith(mark):
            raise Malformed(f"the file is {kind}")
    by_mark = next((utf16 for mark, utf16 in _UTF16 if start.startswith(mark)), None)
    if by_mark and name in (None, "utf-16", by_mark):
        name = by_mark
    if name is None:
        for suggestion, zeros in (("utf-16-le", start[1:4:2]), ("utf-16-be", start[0:4:2])):
            if zeros == bytes(2):
                raise Malformed(f"the file seems to be UTF-16 without its mark: say --encoding {suggestion}")
    if name in (None, "utf-8", "utf-8-sig"):
        return file
    reader: io.RawIOBase = _Utf8Reader(file, name or "utf-8")
    return io.BufferedReader(reader, _CHUNK_BYTES)


def _read_start(file: BinaryIO) -> bytes:
    start = file.read(_START_BYTES)
    file.seek(-len(start), io.SEEK_CUR)
    return start


class _Utf8Reader(io.RawIOBase):
    """Reads a file in another encoding as UTF-8.

    Raises:
        Malformed: bytes of the file are not text in its encoding; with the line.
    """

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self._start = file.tell() if file.seekable() else None
        self._begin()

    def _begin(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self._encoding)()
        self._text = b""
        self._line = 1
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._start is not None

    def fileno(self) -> int:
        return self._file.fileno()

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go back to the start, which is all that readers who read a file twice need."""
        if (offset, whence) == (0, io.SEEK_CUR):
            return self._at
        if self._start is None or (offset, whence) != (0, io.SEEK_SET):
            raise io.UnsupportedOperation("a file in another encoding can only be read again from its start")
        self._file.seek(self._start)
        self._begin()
        return 0

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._text:
            data = self._file.read(_CHUNK_BYTES)
            self._text = self._decode(data)
            if not data:
                break
        count = min(len(buffer), len(self._text))
        buffer[:count] = self._text[:count]
        self._text = self._text[count:]
        self._at += count
        return count

    def _decode(self, data: bytes) -> bytes:
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            line = self._line + data.count(b"\n", 0, error.start)
            place = f"line {line}"
            reason = f"the file is not in the encoding {self._encoding}: {error.reason}"
            raise Malformed(f"{place}: {reason}", path=place) from error
        if self._at == 0 and not self._text:
            text = text.removeprefix(_BOM)
        self._line += text.count("\n")
        return text.encode("utf-8", "surrogatepass")
