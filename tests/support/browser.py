"""A real Chromium that opens a page of a test's own, and what the page sends back when it is done."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without these it looks up its maker's hosts, and as root it needs to be told to run without its sandbox.
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
RESOLVED = "MAP {host} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""The one name that is resolved; every other host is out of reach."""

PAGE_SECONDS_MAX = 60


def find_browser() -> str:
    """The path of Chromium; skips the test where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium here (Debian: apt install chromium)")
    return path


class Page:
    """A page that a server of its own serves under a made-up host, so that it is of that origin.

    Its script ends with a call of `done(result)`.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._text = b""
        self._results: Queue[Any] = Queue()

    def show(self, script: str) -> None:
        """Put a script into the page."""
        self._text = f"<!doctype html><title>x</title><script>{_DONE}\n{script}</script>".encode()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve the page; gives its origin."""
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(page._text)

            def do_POST(self) -> None:
                page._results.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield f"http://{self._host}:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()

    def opened(self, origin: str) -> Any:
        """What the page says when it is done, opened in Chromium at its origin."""
        rules = f"--host-resolver-rules={RESOLVED.format(host=self._host)}"
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            command = [
                find_browser(),
                *QUIET,
                rules,
                f"--user-data-dir={folder}",
                "--remote-debugging-port=0",
            ]
            with subprocess.Popen(
                [*command, f"{origin}/"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as browser:
                try:
                    return self._results.get(timeout=PAGE_SECONDS_MAX)
                except Empty:
                    raise AssertionError("the page did not come to its end") from None
                finally:
                    browser.kill()


_DONE = 'function done(result) { fetch("/", {method: "POST", body: JSON.stringify(result)}); }'
