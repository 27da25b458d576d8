"""`timeline migrate`, `openapi`, `schemas`: update the database schema, and the files made from the code."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import rich_click as click

from timeline.cli.common import Command, CommandError, examples, read_settings
from timeline.cli.text import plural

CHECK = click.option("--check", is_flag=True, help="Write nothing; fail if a file is not up to date.")


@click.command(
    cls=Command,
    epilog=examples(
        "timeline migrate",
        "TIMELINE_DATABASE_URL=postgresql://me@db.example/news timeline migrate",
    ),
)
def migrate() -> None:
    """Bring the database schema up to date.

    The database is that of TIMELINE_DATABASE_URL, or else the embedded PostgreSQL. `timeline serve` does the
    same when it starts. Running it twice at once is safe: the second run waits for the first.
    """
    # imports the database's driver, which `--help` need not wait for
    from timeline.cli.database import StopHandler, migrate_database, open_database  # noqa: PLC0415

    with open_database(read_settings(), StopHandler()) as dsn:
        applied = migrate_database(dsn)
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
    """Write the service's OpenAPI document to FILE, or check that FILE is up to date."""
    from timeline.api.app import openapi_yaml  # noqa: PLC0415 - imports the whole service

    _write_or_check({file: openapi_yaml()}, check=check, command="timeline openapi")


@click.command(
    cls=Command,
    epilog=examples("timeline schemas", "timeline schemas --check", "timeline schemas /tmp/schemas"),
)
@CHECK
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default="schemas")
def schemas(*, check: bool, directory: Path) -> None:
    """Write the JSON Schemas of events and views to DIRECTORY, or check that they are up to date.

    The check also fails if DIRECTORY has other JSON files; the command never removes any.
    """
    from timeline.api.openapi import json_schemas  # noqa: PLC0415 - imports the whole service

    files = {directory / name: text for name, text in json_schemas().items()}
    extra = sorted(set(directory.rglob("*.json")) - files.keys())
    _write_or_check(files, extra, check=check, command="timeline schemas")


def _write_or_check(
    files: Mapping[Path, str], extra: Sequence[Path] = (), *, check: bool, command: str
) -> None:
    """Write these texts to their files; or, to check, report each file that differs.

    Raises:
        CommandError: a check finds a file that differs, is missing or unexpected; or one cannot be written.
    """
    outdated = {path: text for path, text in files.items() if _read(path) != text}
    if check and (outdated or extra):
        lines = [f"{'differs' if path.exists() else 'missing'}: {path}" for path in outdated]
        lines += [f"unexpected: {path}" for path in extra]
        raise CommandError(
            "\n".join(
                ("these files differ from what the code generates", *lines, f"Run `{command}` to write them.")
            )
            if outdated
            else "\n".join(("these files are not generated from the code", *lines))
        )
    for path, text in outdated.items():
        _write(path, text)
        click.echo(f"wrote {path}")
    if not outdated:
        click.echo(f"{plural(len(files), 'file')} up to date")


def _read(path: Path) -> str | None:
    """The file's text; None where it cannot be read."""
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
