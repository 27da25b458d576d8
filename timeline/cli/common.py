"""What the commands share: the failure that they end with, examples in their help, the settings."""

import os
from collections.abc import Callable

import rich_click as click
from rich.text import Text

from timeline.settings import Settings, SettingsError

REFUSED = 1
USAGE = 2
AWAY = 3


class CommandError(Exception):
    """The command cannot do what it was asked to; the message says why, in words for the terminal."""

    def __init__(self, message: str, exit_code: int = REFUSED) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    def add(self, *lines: str) -> None:
        """Say more, a line each."""
        self.args = ("\n".join((str(self), *lines)),)


class Command(click.RichCommand):
    """A command whose help ends with examples, one a line, in its epilog."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """The examples."""
        write_examples(self.epilog, formatter)


def write_examples(epilog: str | None, formatter: click.HelpFormatter) -> None:
    """Print examples in one piece each: a line that the terminal breaks can still be copied whole."""
    write: Callable[..., None] = formatter.write  # rich-click's takes what rich prints, and how
    write(Text(" Examples", style="bold"))
    for line in (epilog or "").splitlines():
        write(Text(f"   {line}"), soft_wrap=True)
    write()


def examples(*lines: str) -> str:
    """Example commands, as a command's epilog."""
    return "\n".join(lines)


def read_settings(**given: object) -> Settings:
    """The environment's settings, with what the command line gives in their place.

    Raises:
        CommandError: a variable holds what its setting does not allow.
    """
    over = {f"TIMELINE_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    try:
        return Settings.from_environment({**os.environ, **over})
    except SettingsError as error:
        raise CommandError(str(error), USAGE) from None
