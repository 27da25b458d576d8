"""`timeline serve`: runs the service, with an embedded database unless another one is set."""

from collections.abc import Callable, Iterator
from pathlib import Path

import rich_click as click
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from timeline.cli.common import Command, examples, read_settings
from timeline.settings import Settings, describe_settings

EVERY_ADDRESS = ("0.0.0.0", "::", "0")  # noqa: S104 - recognised, not chosen
"""The hosts that stand for all of a machine's addresses."""


class ServeCommand(Command):
    """A command whose help lists every setting of the environment after the options."""

    def format_options(  # type: ignore[override] # rich-click gives its own kinds
        self, ctx: click.RichContext, formatter: click.RichHelpFormatter
    ) -> None:
        """Write the options, then the settings."""
        super().format_options(ctx, formatter)
        table = Table(box=None, show_header=False, padding=(0, 1))
        table.add_column(no_wrap=True, style="bold cyan")
        table.add_column()
        for setting in describe_settings():
            text = Text(setting.description)
            if setting.default:
                text.append(f" [default: {setting.default}]", style="dim")
            table.add_row(setting.variable, text)
        formatter.write(Text(" Settings, as environment variables", style="bold"))
        formatter.write(Padding(table, (0, 0, 1, 1)))


def listen_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options --host and --port."""
    host = click.option("--host", metavar="HOST", help="The address to listen on (TIMELINE_HOST).")
    port = click.option(
        "--port",
        type=click.IntRange(0, 65_535),
        metavar="PORT",
        help="The port; 0 picks a free one (TIMELINE_PORT).",
    )
    return host(port(command))


@click.command(
    cls=ServeCommand,
    epilog=examples(
        "timeline serve",
        "timeline serve --port 0",
        "TIMELINE_DATABASE_URL=postgresql://me@db.example/news timeline serve",
        "TIMELINE_WRITE_TOKEN=a-long-random-word timeline serve --host 0.0.0.0",
    ),
)
@listen_options
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="How many processes (TIMELINE_WORKERS).",
)
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the timelines over HTTP until Ctrl-C or SIGTERM.

    Starts the embedded PostgreSQL, unless TIMELINE_DATABASE_URL names another one, and brings its schema up
    to date. Other machines can be served only if TIMELINE_WRITE_TOKEN is set; writing then needs that token.
    """
    # imports the server and the database's driver, which `--help` need not wait for
    from timeline.cli.server import run  # noqa: PLC0415

    settings = read_settings(host=host, port=port, workers=workers)
    run(settings, lambda url: announce(url, settings))


def announce(url: str, settings: Settings) -> None:
    """Print on stderr that the service is ready, and its addresses."""
    if settings.database_url is None:
        database = f"embedded, in {Path(settings.data_dir).expanduser().resolve()}"
    else:
        database = "the one that TIMELINE_DATABASE_URL names"
    if settings.write_token is None:
        writes = "need no token: every program on this machine may write (see TIMELINE_WRITE_TOKEN)"
    else:
        writes = "need the token that TIMELINE_WRITE_TOKEN holds"
    for line in (
        f"Serving on {url}",
        *_other_listeners(url, settings),
        f"  API pages  {url}/docs",
        f"  OpenAPI    {url}/openapi.yaml",
        f"  Database   {database}",
        f"  Writes     {writes}",
        f"  Commands   {_commands_words(url, settings)}",
        "Stop with Ctrl-C.",
    ):
        click.echo(line, err=True)


def _other_listeners(url: str, settings: Settings) -> Iterator[str]:
    """Where else it listens: at the machine's other addresses, and for those who ask after its health."""
    is_everywhere = settings.host in EVERY_ADDRESS
    if is_everywhere:
        port = url.rpartition(":")[2]
        yield f"  Network    all interfaces ({settings.host}), port {port}: other machines reach it"
    if settings.health_port is not None:
        health = f"{url.rpartition(':')[0]}:{settings.health_port}"
        scope = " on all interfaces" if is_everywhere else ""
        yield f"  Health     {health}/health and /ready{scope}: for supervisors, not for the world"


def _commands_words(url: str, settings: Settings) -> str:
    """How `timeline show` and the other commands find this service."""
    if settings.database_url is None:
        return f"find it by the data folder; from elsewhere with TIMELINE_URL={url}"
    return f"find it with TIMELINE_URL={url}"
