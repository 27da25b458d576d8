"""Options that several commands share: the service's address and token, JSON output, vocabulary choices."""

import functools
import os
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

import rich_click as click

from timeline.cli.client import Client, Refused
from timeline.cli.common import USAGE, CommandError
from timeline.cli.service_address import HELP, service_url
from timeline.settings import URL_VARIABLE, refuse_misspelt
from timeline.variables import SettingsError


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

    @click.option("--url", metavar="URL", envvar=URL_VARIABLE, show_envvar=True, help=HELP)
    @click.option(
        "--token",
        metavar="TOKEN",
        envvar="TIMELINE_WRITE_TOKEN",
        show_envvar=True,
        help="The bearer token for writing, if the service asks for one.",
    )
    @functools.wraps(command)
    def with_client(*, url: str | None, token: str | None, **arguments: Any) -> None:
        with Client(_resolve_url(url), token) as client:
            command(client=client, **arguments)

    return with_client


def _resolve_url(url: str | None) -> str:
    """The address asked for, or else the one that is found.

    Raises:
        CommandError: a variable is misspelt, or has a value that its setting does not allow.
    """
    try:
        refuse_misspelt(os.environ)
        return url or service_url(os.environ)
    except SettingsError as error:
        raise CommandError(str(error), USAGE) from None


def literal_values(annotation: Any) -> tuple[str, ...]:
    """The values of a `Literal`, which `Annotated` may wrap: the vocabulary is defined by its types alone."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_args(annotation)
