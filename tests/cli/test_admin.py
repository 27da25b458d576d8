import pytest

from timeline.api.app import openapi_yaml
from timeline.api.openapi import json_schemas


def test_migrate_prints_what_it_did_and_then_that_nothing_is_to_do(run, new_database):
    """Of the database that TIMELINE_DATABASE_URL names."""
    dsn = new_database()

    first = run("migrate", TIMELINE_DATABASE_URL=dsn)
    second = run("migrate", TIMELINE_DATABASE_URL=dsn)

    assert (0, 0) == (first.returncode, second.returncode), first.stderr
    assert first.stdout.startswith("applied 0001-")
    assert "up to date\n" == second.stdout


def test_migrate_brings_the_embedded_database_up_to_date_and_stops_it(run, data_dir):
    """Where no other is named."""
    first = run("migrate", TIMELINE_DATA_DIR=str(data_dir))
    second = run("migrate", TIMELINE_DATA_DIR=str(data_dir))

    assert (0, 0) == (first.returncode, second.returncode), first.stderr
    assert "applied 0001-" in first.stdout
    assert "up to date\n" == second.stdout
    assert (data_dir / "postgres" / "PG_VERSION").exists()
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


@pytest.mark.parametrize(
    ("dsn", "exit_code"),
    [("host=127.0.0.1 port=1 user=me password=secret", 3), ("no connection string: secret", 2)],
)
def test_a_database_that_cannot_be_reached_is_reported_without_its_password(run, dsn, exit_code):
    """Not available is 3, wrong usage is 2; a log may keep the message."""
    actual = run("migrate", TIMELINE_DATABASE_URL=dsn)

    assert exit_code == actual.returncode
    assert actual.stderr
    assert "secret" not in actual.stderr


def test_openapi_writes_the_document_and_checks_it(call, tmp_path):
    """The check passes on what was written, and names a file that differs or is missing."""
    file = tmp_path / "openapi.yaml"

    missing = call("openapi", "--check", file)
    written = call("openapi", file)
    same = call("openapi", "--check", file)

    assert [1, 0, 0] == [done.returncode for done in (missing, written, same)]
    assert openapi_yaml() == file.read_text()
    file.write_text(file.read_text() + "\n")
    differs = call("openapi", "--check", file)
    assert (1, True) == (differs.returncode, f"differs: {file}" in differs.stderr)


def test_schemas_writes_the_files_and_checks_them(call, tmp_path):
    """The check names what differs, what is missing and what is unexpected; nothing is removed."""
    folder = tmp_path / "schemas"
    names = sorted(json_schemas())

    written = call("schemas", folder)
    same = call("schemas", "--check", folder)

    assert [0, 0] == [done.returncode for done in (written, same)]
    assert names == sorted(str(path.relative_to(folder)) for path in folder.rglob("*.json"))
    changed, missing, extra = folder / names[0], folder / names[1], folder / "old.json"
    changed.write_text("{}")
    missing.unlink()
    extra.write_text("{}")
    differs = call("schemas", "--check", folder)
    assert 1 == differs.returncode
    assert {f"differs: {changed}", f"missing: {missing}", f"unexpected: {extra}"} <= set(
        differs.stderr.splitlines()
    )
    assert 0 == call("schemas", folder).returncode
    assert extra.exists()
    assert json_schemas()[names[0]] == changed.read_text()


def test_a_file_that_cannot_be_written_is_reported(call):
    """With a message, not a traceback."""
    actual = call("openapi", "/proc/nowhere/openapi.yaml")

    assert (1, True) == (actual.returncode, "cannot write" in actual.stderr)
