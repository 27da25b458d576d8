"""The log of a process: one line of JSON for each thing, also for what the server and the driver log."""

import json
import subprocess
import sys

import pytest

from timeline.logs import PLAIN_WORDS


def logged(*statements: str) -> list[dict[str, str]]:
    """The lines that a process writes which runs these statements."""
    start = (
        "import logging, structlog",
        "from timeline.logs import configure_logs",
        "configure_logs('warning')",
    )
    program = "\n".join([*start, *statements])
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize("start", ["query cancellation interrupted", "query not terminated"])
def test_what_the_driver_says_is_a_line_in_plain_words(start):
    """With its own words beside them."""
    [line] = logged(f"logging.getLogger('psycopg').warning('{start} (%s): closing', 'CancelledError')")

    assert ("warning", PLAIN_WORDS[start]) == (line["level"], line["event"])
    assert f"{start} (CancelledError): closing" == line["message"]


def test_other_words_of_the_driver_are_kept():
    """An error with its traceback; what is less than a warning is left out."""
    lines = logged(
        "log = logging.getLogger('psycopg')",
        "try: 1 / 0",
        "except ZeroDivisionError: log.exception('odd')",
        "log.info('nothing')",
    )

    assert [("error", "odd")] == [(line["level"], line["event"]) for line in lines]
    assert "ZeroDivisionError" in lines[0]["exception"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n  "])
def test_the_lines_of_an_error_are_told_apart(end):
    """And none of them can pass for a line of the log; other controls are replaced."""
    text = f"could not start server{end}Examine the log\x1b[31m.{end}"
    [line] = logged(f"structlog.get_logger().warning('ended', error={text!r})")

    assert "could not start server | Examine the log\N{REPLACEMENT CHARACTER}[31m." == line["error"]
