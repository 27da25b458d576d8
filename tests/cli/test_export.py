"""The command writes what the service streams: to a file that is complete or absent, or down a pipe."""

import csv
import json
import os
import pty
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.cli.conftest import COMMAND, environment


@pytest.fixture(scope="module")
def url(serve, database, call, first_case):
    """A service that holds the first case."""
    with serve("serve", TIMELINE_DATABASE_URL=database) as service:
        done = call("post", first_case, "--timeline", "kursk-2024", "--create", TIMELINE_URL=service.url)
        assert done.returncode == 0, done.stderr
        yield service.url


@pytest.fixture
def export(run, url):
    """Export the first case, which must succeed; gives what the command printed."""

    def run_export(form, *arguments):
        done = run("export", form, "--timeline", "kursk-2024", *arguments, TIMELINE_URL=url)
        assert done.returncode == 0, done.stderr
        return done

    return run_export


def test_to_the_standard_output(export):
    """Nothing but the document is printed."""
    done = export("csv", "--hxl", "--type", "capture", "--at", "23")
    names, hashtags, row = csv.reader(done.stdout.splitlines())

    assert ("id", "#event+id", "capture") == (names[0], hashtags[0], row[1])
    assert row[names.index("url")].endswith("?at=23&rules=2")
    assert "" == done.stderr


def test_to_a_file(export, tmp_path):
    """The file holds the document and no other file remains; its size is printed on stderr."""
    file = tmp_path / "kursk.geojson"
    done = export("geojson", "-o", file)

    assert 11 == len(json.loads(file.read_text())["features"])
    assert [file] == list(tmp_path.iterdir())
    assert f"{file.stat().st_size:,} bytes, 11 rows" in " ".join(done.stderr.split())
    assert "" == done.stdout
    assert 0o644 == file.stat().st_mode & 0o777 | 0o044


def test_every_format_is_what_the_service_gives(export):
    """The claims and the log too."""
    feature = json.loads(export("geojson", "--limit", "1", "--order", "asc").stdout)["features"][0]
    claims = export("csv", "--claims").stdout
    lines = export("ndjson", "--after", "20", "--at", "22", "--type", "evidence").stdout

    assert feature["properties"]["starts"] < "2024-12-20"
    assert claims.startswith("series,")
    assert [21] == [json.loads(line)["position"] for line in lines.splitlines()][:1]
    assert export("atom").stdout.startswith("<?xml")
    assert json.loads(export("jsonfeed").stdout)["items"]


def test_parquet_needs_a_file_or_a_pipe(export, url, tmp_path):
    """On a terminal it would be noise; in a file it is a table."""
    parquet = pytest.importorskip("pyarrow.parquet")
    export("parquet", "-o", tmp_path / "kursk.parquet")
    controller, terminal = pty.openpty()
    done = subprocess.run(
        [COMMAND, "export", "parquet", "-t", "kursk-2024"],
        check=False,
        env=environment(TIMELINE_URL=url),
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(terminal)
    os.close(controller)

    assert 11 == parquet.read_table(tmp_path / "kursk.parquet").num_rows
    assert 2 == done.returncode
    assert "parquet is a binary format" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["csv", "-t", "nowhere"], 1, "timeline does not exist"),
        (["csv", "-t", "kursk-2024", "--at", "99"], 1, "ends at position 24"),
        (["ndjson", "-t", "kursk-2024", "--actor", "ukraine"], 1, "unknown parameter 'actor'"),
        (["csv", "-t", "kursk-2024", "-o", "/nowhere/at/all.csv"], 1, "cannot write /nowhere/at/all.csv"),
        (["rss", "-t", "kursk-2024"], 2, "is not one of"),
        (["atom", "-t", "kursk-2024", "--claims"], 2, "--claims works with csv"),
        (["geojson", "-t", "kursk-2024", "--hxl"], 2, "--hxl works with csv"),
    ],
)
def test_refusals_are_reported_in_words(run, url, arguments, exit_code, words):
    """And nothing is printed in the document's place."""
    done = run("export", *arguments, TIMELINE_URL=url)

    assert (exit_code, "") == (done.returncode, done.stdout)
    assert words in " ".join(done.stderr.replace("│", " ").split())


class BreakingOff(BaseHTTPRequestHandler):
    """A service that dies in the middle of an answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Send a part of what was announced."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nid,ty\r\n")
        self.close_connection = True

    def log_message(self, *_):
        """Write no log."""


def test_an_incomplete_file_never_has_the_name(run, tmp_path):
    """An existing file stays as it was, and no other file remains."""
    file = tmp_path / "kursk.csv"
    file.write_text("whole")
    with ThreadingHTTPServer(("127.0.0.1", 0), BreakingOff) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        done = run(
            "export",
            "csv",
            "-t",
            "kursk-2024",
            "-o",
            file,
            TIMELINE_URL=f"http://127.0.0.1:{server.server_port}",
        )
        server.shutdown()
        thread.join()

    assert 3 == done.returncode
    assert "no answer from" in done.stderr
    assert ("whole", [file]) == (file.read_text(), list(tmp_path.iterdir()))


def test_progress_is_shown_on_a_terminal(url, tmp_path):
    """With rows, rate, bytes and the time left; the answer itself goes elsewhere."""
    controller, terminal = pty.openpty()
    done = subprocess.Popen(
        [COMMAND, "export", "csv", "-t", "kursk-2024", "-o", tmp_path / "k.csv"],
        env=environment(TIMELINE_URL=url, COLUMNS="120", TERM="xterm"),
        stderr=terminal,
        stdout=subprocess.DEVNULL,
    )
    os.close(terminal)
    output = b""
    while True:
        try:
            output += os.read(controller, 4096)
        except OSError:  # the other end is closed
            break
    os.close(controller)

    assert 0 == done.wait()
    assert b"Exporting" in output
    assert b"rows" in output
    assert b"MB" in output
