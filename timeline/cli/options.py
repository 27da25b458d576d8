"""Options that several commands share: the service's address and token, JSON output, vocabulary choices."""

import functools
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

import rich_click as click

from timeline.cli.client import Client, Refused

URL_DEFAULT = "http://127.0.0.1:8000"


def service_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options --url, --token and --json, as a `client` and `as_json`."""

    @client_options
    @click.option("--json", "as_json", is_flag=True, help="Print the service's JSON unchanged.")
    @functools.wraps(command)
    def with_json(*, as_json: bool, **arguments: Any) -> None:
        try:
            command(as_json=as_json, **arguments)
        except Refused as refusal:
            if as_json and refusal.problem:
                click.echo(refusal.body)
            raise

    return with_json


def client_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options --url and --token, as a `client`."""

    @click.option(
        "--url",
        metavar="URL",
        envvar="TIMELINE_URL",
        show_envvar=True,
        default=URL_DEFAULT,
        show_default=True,
        help="The address of the service.",
    )
    @click.option(
        "--token",
        metavar="TOKEN",
        envvar="TIMELINE_WRITE_TOKEN",
        show_envvar=True,
        help="The bearer token for writing, if the service asks for one.",
    )
    @functools.wraps(command)
    def with_client(*, url: str, token: str | None, **arguments: Any) -> None:
        with Client(url, token) as client:
            command(client=client, **arguments)

    return with_client


def literal_values(annotation: Any) -> tuple[str, ...]:
    """The values of a `Literal`, which `Annotated` may wrap: the vocabulary is defined by its types alone."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_args(annotation)
