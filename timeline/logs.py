"""How a process of the service writes its log: lines of JSON on stderr, or in colour on a terminal."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

# C0 and C1 controls, which would let a request steer the terminal of whoever reads the log.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_LINE_ENDS = re.compile(r"\s*[\r\n]+\s*")

PLAIN_WORDS = {
    "Unexpected exit from worker": "a worker process has ended unexpectedly; another is started in its place",
    "Worker crash loop detected": "a worker process ends as soon as it is started; the service ends",
    "query cancellation interrupted": "a database connection was closed: nobody waits for its answer",
    "query not terminated": "a database connection was closed: its statement did not end when it was told to",
}
"""What lines of the server and of the driver mean, by their beginnings."""


class LineHandler(logging.Handler):
    """Writes what the server and the driver log as lines of this log; plain words stand before theirs."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        message = record.getMessage()
        words = next((plain for start, plain in PLAIN_WORDS.items() if message.startswith(start)), None)
        details: dict[str, object] = {"message": message} if words else {}
        if record.exc_info:
            details["exc_info"] = record.exc_info
        structlog.get_logger(record.name).log(record.levelno, words or message, **details)


def configure_logs(level: str) -> None:
    """Write log lines of this level and above to standard error.

    Structlog is set up for the process as a whole: call this once, before anything is logged.

    Args:
        level: The least severe level to write, as the setting `log_level` names it.
    """
    # the pool logs every attempt to connect; `log.availability` says once that there is no connection
    logging.getLogger("psycopg.pool").setLevel(logging.DEBUG if level == "debug" else logging.CRITICAL)
    driver = logging.getLogger("psycopg")
    driver.handlers, driver.propagate = [LineHandler()], False
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _replace_controls,
            # the console renderer formats exceptions itself
            *([] if on_terminal else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _replace_controls(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace control characters in what is logged, but for an exception's lines; lines become one."""
    return {name: _plain(value) if isinstance(value, str) else value for name, value in event.items()}


def _plain(text: str) -> str:
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", _LINE_ENDS.sub(" | ", text.strip()))
