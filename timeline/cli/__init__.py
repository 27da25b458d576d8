"""The command `timeline`: runs the service, or talks to one that is running.

Each command is in a module of its own or of its group, which is imported only when that command is run.
"""

import sys
from importlib import import_module
from importlib.metadata import version
from keyword import iskeyword
from typing import TextIO

import rich_click as click

from timeline.cli.common import INTERRUPTED, CommandError, Stopped, examples, write_examples

COMMANDS = {
    "demo": "demo",
    "serve": "serve",
    "post": "post",
    "import": "importing.command",
    "show": "show",
    "actor": "show",
    "figures": "show",
    "audit": "audit",
    "totals": "totals",
    "replay": "replay",
    "diff": "diff",
    "export": "export",
    "rebuild": "rebuild",
    "verify": "verify",
    "migrate": "admin",
    "openapi": "admin",
    "schemas": "admin",
}
"""The module of each command, in the order of the help."""


class Commands(click.RichGroup):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command's name."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """The command of this name, from its module."""
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(import_module(f"timeline.cli.{COMMANDS[cmd_name]}"), name)
        return command

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the examples."""
        write_examples(self.epilog, formatter)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a foreseen failure ends with a message and an exit code, not with a traceback."""
        try:
            return super().invoke(ctx)
        except Stopped as stop:
            click.echo(str(stop), err=True)
            ctx.exit(stop.exit_code)
        except CommandError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            ctx.exit(INTERRUPTED)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "timeline demo",
        "timeline show kursk-2024",
        "timeline figures kursk-2024",
        "timeline replay kursk-2024 --after 12",
    ),
)
@click.version_option(version("conflict-timeline"), prog_name="timeline")
def main() -> None:
    """A record of what is reported about a conflict: typed events in, views at any position out.

    Exit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 the service or its database is not available,
    130 stopped by Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        _replace_unprintable(stream)


def _replace_unprintable(stream: TextIO) -> None:
    """Print a question mark for a character that the stream's encoding lacks, instead of a traceback."""
    if reconfigure := getattr(stream, "reconfigure", None):
        reconfigure(errors="replace")
