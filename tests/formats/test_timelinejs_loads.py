"""What is written for TimelineJS is opened in the real one, from npm.

In short: its own code under Node with a DOM but no browser, which takes seconds and only what npm brings. In
full: the page in Chromium, where there is one (`make timelinejs` tells why a test was skipped).
"""

import json
import shutil
import subprocess
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest

from tests.formats.documents import TITLED_HEAD, as_timelinejs
from tests.formats.slides import events_of, read
from tests.support.browser import QUIET, find_browser
from tests.support.npm import installed
from tests.support.samples import capture, engagement, estimate, evidence, profile, statement
from tests.support.shared_data import shared_folder
from timeline.domain.codec import decode_batch
from timeline.domain.events import TimelineProfile

ROOT = Path(__file__).parents[2]
TOOLS = Path(__file__).parent / "timelinejs"
RESOLVED = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def _first_case():
    case = (ROOT / "timeline" / "demo" / "first-case.json").read_bytes()
    return [posted.event for posted in decode_batch(case, 1_000)]


def _of_every_kind():
    figure = {"qualifier": "between", "low": 40, "high": 60}
    return [
        engagement(1, occurred="2024-12", summary="<img src=x onerror=alert(1)> & more"),
        estimate(2, figure=figure, occurred="2024-12-23~"),
        capture(3, occurred="2024-12-26T14:30:00+09:00"),
        statement(4, 1, occurred="2024-12-20/..", quote="No <b>comment</b>"),
        evidence(5, 1, occurred="2024/2025-02", media=[{"url": "https://example.org/a.jpg", "caption": "<"}]),
        engagement(6),
        # a medium without the member `url` keeps TimelineJS from showing any slide
        evidence(7, occurred="2025", media=[{"sha256": "0" * 64, "caption": "Seen by us, not online"}]),
        profile(8, "russia", "Russia"),
    ]


@pytest.fixture(scope="module")
def modules():
    """A folder with TimelineJS and a DOM for it, as the lock file names them; fetched once."""
    return installed(TOOLS)


def _render(modules, *documents):
    """The slides that TimelineJS renders of each document."""
    command = ["node", str(TOOLS / "show.mjs"), str(modules)]
    done = subprocess.run(
        command, input=json.dumps(documents), capture_output=True, text=True, timeout=120, check=False
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_timelinejs_shows_what_is_written_for_it(modules):
    """Every entry is a slide with its headline and its date, and nothing that was posted is markup."""
    written = as_timelinejs(_first_case()), as_timelinejs(_of_every_kind())
    first_case, kinds = _render(modules, *written)
    for rendered, document in zip((first_case, kinds), written, strict=True):
        title, *slides = rendered["slides"]
        assert rendered["errors"] == []
        assert title["id"] == "kursk-2024"
        assert rendered["markers"] == len(slides) == len(document["events"])
        by_id = {slide["id"]: slide for slide in slides}
        for slide in document["events"]:
            assert slide["text"]["headline"] == by_id[slide["unique_id"]]["headline"]
    assert [
        "December 2024",
        "about 23 December 2024",
        "26 December 2024, 14:30 (UTC+09:00)",
        "since 20 December 2024",
        "2024 — February 2025",
        "date not given; recorded 1 January 2025",
    ] == [next(s["date"] for s in kinds["slides"] if s["id"].endswith(f"{n:012}")) for n in range(1, 7)]
    groups = {"Engagement", "Casualty estimate", "Capture", "Official statement"}
    assert groups == set(kinds["groups"])


def test_timelinejs_shows_its_own_examples_as_it_showed_them_before(modules):
    """A slide that comes in and goes out again looks the same, except for what is reported as left out."""
    originals, written = [], []
    for path in sorted(shared_folder("timelinejs").glob("*.json")):
        document = msgspec.json.decode(path.read_bytes())
        title, *events = events_of(read(document))
        if events:
            assert isinstance(title, TimelineProfile)
            originals.append(document)
            written.append(as_timelinejs(events, msgspec.structs.replace(TITLED_HEAD, title=title.title)))
    rendered = _render(modules, *originals, *written)
    assert originals
    for before, after in zip(rendered[: len(originals)], rendered[len(originals) :], strict=True):
        assert [] == before["errors"] == after["errors"]
        for name in ("headline", "date", "text"):
            assert [slide[name] for slide in before["slides"][1:]] == [s[name] for s in after["slides"][1:]]


def test_timelinejs_shows_an_error_where_there_is_no_slide(modules):
    """That is why no document is written without an entry."""
    [rendered] = _render(modules, {"title": {"text": {"headline": "T"}}, "events": []})
    assert "has no events" in rendered["errors"][0]


def test_a_browser_shows_what_is_written_for_timelinejs(modules):
    """In Chromium, with its styles, from files on loopback: all slides, in the order of their dates."""
    browser = find_browser()
    document = as_timelinejs(_first_case())
    with TemporaryDirectory() as folder, TemporaryDirectory() as profile_folder:
        dist = modules / "node_modules" / "@knight-lab" / "timelinejs" / "dist"
        for name in ("css", "js"):
            (Path(folder) / name).symlink_to(dist / name)
        shutil.copy(TOOLS / "index.html", folder)
        (Path(folder) / "timeline.json").write_text(json.dumps(document))
        page = _opened(browser, folder, profile_folder)
    assert page.is_ready
    assert page.messages == ""
    in_order = sorted(document["events"], key=lambda slide: tuple(slide["start_date"].values()))
    assert {slide["text"]["headline"] for slide in in_order} == set(page.headlines[1 : len(in_order) + 1])
    assert "Kursk" == page.headlines[0]


class _Page(HTMLParser):
    """The headlines, and any message, of a page that TimelineJS has rendered."""

    def __init__(self):
        super().__init__()
        self.is_ready = False
        self.headlines = []
        self.messages = ""
        self._in = None

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.is_ready |= tag == "body" and attributes.get("id") == "ready"
        kinds = (attributes.get("class") or "").split()
        if "tl-headline" in kinds:
            self.headlines.append("")
            self._in = "headline"
        elif "tl-message-content" in kinds:
            self._in = "message"

    def handle_endtag(self, tag):
        if tag in ("h2", "h1", "div"):
            self._in = None

    def handle_data(self, data):
        if self._in == "headline":
            self.headlines[-1] += data
        elif self._in == "message":
            self.messages += data


def _opened(browser, folder, profile_folder):
    """The page as the browser has rendered it."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/index.html"
            options = (f"--user-data-dir={profile_folder}", "--virtual-time-budget=20000", "--dump-dom")
            done = subprocess.run(
                [browser, *QUIET, RESOLVED, *options, address],
                capture_output=True,
                text=True,
                timeout=120,
                check=True,
            )
        finally:
            server.shutdown()
            serving.join()
    page = _Page()
    page.feed(done.stdout)
    return page
