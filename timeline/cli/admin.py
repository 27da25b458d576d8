"""`timeline migrate`, `openapi` and `schemas`: the database's schema, and the files made from the code."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import rich_click as click

from timeline.cli.common import Command, CommandError, examples, read_settings
from timeline.cli.words import plural

CHECK = click.option("--check", is_flag=True, help="Write nothing; fail where what is there differs.")


@click.command(
    cls=Command,
    epilog=examples(
        "timeline migrate",
        "TIMELINE_DATABASE_URL=postgresql://me@db.example/news timeline migrate",
    ),
)
def migrate() -> None:
    """Bring the database's schema up to date: of TIMELINE_DATABASE_URL, else of the embedded PostgreSQL.

    `timeline serve` does the same as it starts. Two at once do no harm: the second waits for the first.
    """
    # imports the database's driver, which `--help` need not wait for
    from timeline.cli.database import Stops, migrated, opened_database  # noqa: PLC0415

    with opened_database(read_settings(), Stops()) as dsn:
        applied = migrated(dsn)
    for step in applied:
        click.echo(f"applied {step}")
    if not applied:
        click.echo("up to date")


@click.command(
    cls=Command,
    epilog=examples("timeline openapi", "timeline openapi --check", "timeline openapi /tmp/openapi.yaml"),
)
@CHECK
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="openapi.yaml")
def openapi(*, check: bool, file: Path) -> None:
    """Write the OpenAPI document of the service to FILE, or check that FILE is as it would be written."""
    from timeline.api.app import openapi_yaml  # noqa: PLC0415 - imports the whole service

    _write_or_check({file: openapi_yaml()}, check=check, command="timeline openapi")


@click.command(
    cls=Command,
    epilog=examples("timeline schemas", "timeline schemas --check", "timeline schemas /tmp/schemas"),
)
@CHECK
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default="schemas")
def schemas(*, check: bool, directory: Path) -> None:
    """Write the JSON Schemas of events and views to DIRECTORY, or check that they are as they would be.

    The check also fails on JSON files in DIRECTORY that are none of these; nothing is ever removed.
    """
    from timeline.api.openapi import json_schemas  # noqa: PLC0415 - imports the whole service

    wanted = {directory / name: text for name, text in json_schemas().items()}
    extra = sorted(set(directory.rglob("*.json")) - wanted.keys())
    _write_or_check(wanted, extra, check=check, command="timeline schemas")


def _write_or_check(
    wanted: Mapping[Path, str], extra: Sequence[Path] = (), *, check: bool, command: str
) -> None:
    """Make the files what they should be; or, to check, name each that is not.

    Raises:
        CommandError: a file differs, is missing or is one too many; or cannot be written.
    """
    differing = {path: text for path, text in wanted.items() if _text(path) != text}
    if check and (differing or extra):
        said = [f"{'differs' if path.exists() else 'is missing'}: {path}" for path in differing]
        said += [f"is one too many: {path}" for path in extra]
        raise CommandError(
            "\n".join(("not what the code says", *said, f"`{command}` writes what is missing."))
        )
    for path, text in differing.items():
        _write(path, text)
        click.echo(f"wrote {path}")
    if not differing:
        click.echo(f"{plural(len(wanted), 'file')} up to date")


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write {path}: {error.strerror}") from error
