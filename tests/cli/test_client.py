import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from timeline.cli.client import Client, timeline_address
from timeline.cli.common import CommandError

ANSWERS = {
    "/v1/timelines/html": (200, b"<!doctype html><title>Elsewhere</title>"),
    "/v1/timelines/other": (200, b'{"timelines": 5}'),
    "/v1/timelines/moved": (301, b""),
    "/v1/timelines/plain": (404, b"not here \x1b[31m"),
    "/v1/timelines/unavailable": (503, b'{"title": "Unavailable", "status": 503}'),
    "/v1/timelines/gateway": (502, b"<html>Bad Gateway</html>"),
    "/v1/timelines/broken": (500, b'{"title": "Internal Server Error", "status": 500, "detail": "logged"}'),
    "/v1/timelines/short/replay": (200, b'{"record"'),
}


class Elsewhere(BaseHTTPRequestHandler):
    """A server that is not a timeline service, or one that fails."""

    def do_GET(self):
        """Answer as the table says; one answer is shorter than it claims."""
        path = self.path.partition("?")[0]
        status, body = ANSWERS[path]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + path.endswith("replay")))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_):
        """Write no log."""


@pytest.fixture(scope="module")
def url():
    """Where it listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("name", "exit_code", "word"),
    [
        ("html", 1, "Is it a timeline service"),
        ("other", 1, "Is it a timeline service"),
        ("moved", 1, "301"),
        ("plain", 1, "404 Not Found: not here \N{REPLACEMENT CHARACTER}[31m"),
        ("unavailable", 3, "Unavailable (503)"),
        ("gateway", 3, "502"),
        ("broken", 1, "Internal Server Error (500)\n  logged"),
    ],
)
def test_every_answer_is_reported_in_words(call, url, name, exit_code, word):
    """Another server, a proxy, a failing service: a message and an exit code, never a traceback."""
    actual = call("show", name, TIMELINE_URL=url)

    assert (exit_code, "") == (actual.returncode, actual.stdout)
    assert word in actual.stderr


def test_an_answer_that_breaks_off_means_that_the_service_is_not_available(call, url):
    """What came before it was printed."""
    actual = call("replay", "short", TIMELINE_URL=url)

    assert 3 == actual.returncode
    assert "no answer from" in actual.stderr
    assert "--url or TIMELINE_URL says where else it is" in actual.stderr


def test_names_cannot_change_the_address():
    """Whatever characters a name has, it stays one segment."""
    assert "/v1/timelines/a%2Fb%3Fc%23d/actors/%25" == timeline_address("a/b?c#d", "actors", "%")
    with pytest.raises(CommandError, match="is not a valid name"):
        timeline_address("..", "actors")


def test_the_base_address_may_have_a_path(url):
    """Behind a proxy the service may not be at the root."""
    with Client(f"{url}/v1/") as client, pytest.raises(CommandError, match="404"):
        # asks for /v1/timelines/plain
        client.get("/timelines/plain")
