"""How a process of the service writes its log: lines of JSON on stderr, or in colour on a terminal."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

# C0 and C1 controls, which would let a request steer the terminal of whoever reads the log.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


def configure_logs(level: str) -> None:
    """Write log lines of this level and above to standard error.

    Structlog is set up for the process as a whole: call this once, before anything is logged.

    Args:
        level: The least severe level to write, as the setting `log_level` names it.
    """
    # the pool logs every attempt to connect; `log.availability` says once that there is no connection
    logging.getLogger("psycopg.pool").setLevel(logging.DEBUG if level == "debug" else logging.CRITICAL)
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
    """Replace control characters in what is logged, but for an exception's lines."""
    return {
        name: _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else value
        for name, value in event.items()
    }
