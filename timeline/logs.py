"""How a process of the service writes its log: lines of JSON on stderr, or in colour on a terminal."""

import logging
import sys

import structlog


def configure_logs(level: str) -> None:
    """Write log lines of this level and above to standard error.

    Structlog is set up for the process as a whole: call this once, before anything is logged.

    Args:
        level: The least severe level to write, as the setting `log_level` names it.
    """
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # the console renderer formats exceptions itself
            *([] if on_terminal else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
