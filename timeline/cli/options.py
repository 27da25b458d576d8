"""The options of every command that talks to a service."""

import functools
from collections.abc import Callable
from typing import Any

import rich_click as click

from timeline.cli.client import Client, Refused

URL_DEFAULT = "http://127.0.0.1:8000"


def talks_to_a_service(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options --url, --token and --json, as a `client` and `as_json`."""

    @connected
    @click.option("--json", "as_json", is_flag=True, help="Print the service's JSON as it came.")
    @functools.wraps(command)
    def with_json(*, as_json: bool, **arguments: Any) -> None:
        try:
            command(as_json=as_json, **arguments)
        except Refused as refusal:
            if as_json and refusal.problem:
                click.echo(refusal.body)
            raise

    return with_json


def connected(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options --url and --token, as a `client`."""

    @click.option(
        "--url",
        metavar="URL",
        envvar="TIMELINE_URL",
        show_envvar=True,
        default=URL_DEFAULT,
        show_default=True,
        help="Where the service is.",
    )
    @click.option(
        "--token",
        metavar="TOKEN",
        envvar="TIMELINE_WRITE_TOKEN",
        show_envvar=True,
        help="The bearer token that writes need.",
    )
    @functools.wraps(command)
    def with_client(*, url: str, token: str | None, **arguments: Any) -> None:
        with Client(url, token) as client:
            command(client=client, **arguments)

    return with_client
