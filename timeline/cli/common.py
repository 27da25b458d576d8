"""What every command needs: its failure with an exit code, the examples in its help, the settings."""

import os
import signal
from collections.abc import Callable

import rich_click as click
from rich.text import Text

from timeline.settings import Settings
from timeline.variables import SettingsError

REFUSED = 1
USAGE = 2
UNAVAILABLE = 3
INTERRUPTED = 128 + signal.SIGINT


class CommandError(Exception):
    """The command failed for a foreseen reason; the message explains it to the person at the terminal.

    Attributes:
        exit_code: REFUSED, USAGE, UNAVAILABLE or INTERRUPTED.
    """

    def __init__(self, message: str, exit_code: int = REFUSED) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    def add(self, *lines: str) -> None:
        """Append lines to the message."""
        self.args = ("\n".join((str(self), *lines)),)


class Stopped(CommandError):
    """Ctrl-C has ended the command; the message says how far it came."""

    def __init__(self, message: str = "Stopped.") -> None:
        super().__init__(message, INTERRUPTED)


class Command(click.RichCommand):
    """A command whose help ends with examples, one per line, in its epilog."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the examples."""
        write_examples(self.epilog, formatter)


def write_examples(epilog: str | None, formatter: click.HelpFormatter) -> None:
    """Write each example on one line: a line that only the terminal wraps can still be copied whole."""
    write: Callable[..., None] = formatter.write  # rich-click's takes what rich prints, and how
    write(Text(" Examples", style="bold"))
    for line in (epilog or "").splitlines():
        write(Text(f"   {line}"), soft_wrap=True)
    write()


def examples(*lines: str) -> str:
    """Example commands, as a command's epilog."""
    return "\n".join(lines)


def read_settings(**overrides: object) -> Settings:
    """The settings of the environment; options of the command line that are not None override them.

    Raises:
        CommandError: a variable has a value that its setting does not allow.
    """
    variables = {
        f"TIMELINE_{name.upper()}": str(value) for name, value in overrides.items() if value is not None
    }
    try:
        return Settings.from_environment({**os.environ, **variables})
    except SettingsError as error:
        raise CommandError(str(error), USAGE) from None
