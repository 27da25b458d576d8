"""The database schema: one file per object as it is now, and in `steps/` the migrations.

A released step is never edited; a change adds a step and changes the object's file. A test holds the two
equal.
"""

from importlib.resources import files

OBJECTS = (
    "extensions",
    "timeline",
    "event",
    "append_only",
    "reference",
    "position_at",
    "entry",
    "entry_text",
    "entry_actor",
    "figure_claim",
    "toll",
    "profile",
)
"""In the order in which they can be created."""


def objects_sql() -> str:
    """All that creates a new database's objects."""
    return "\n".join((files(__package__) / f"{name}.sql").read_text() for name in OBJECTS)


def steps() -> list[tuple[int, str, str]]:
    """The migrations: number, name and SQL, in order."""
    paths = sorted((files(__package__) / "steps").iterdir(), key=lambda path: path.name)
    return [(int(path.name[:4]), path.name.removesuffix(".sql"), path.read_text()) for path in paths]
