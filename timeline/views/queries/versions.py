"""Which versions of the views' rows hold at a position: the one fragment of SQL for it.

Each change of a row in the tables of the views ends one version of it and begins the next. A version is valid
over the positions [from_position, to_position): from the record that made it, up to but without the record
that ended it; `to_position` is null while none has. A rebuild writes all versions anew in a generation of
their own, so that a statement also has to name the generation.
"""

SCOPE = "timeline_id = %(timeline)s AND generation = %(generation)s"
"""The rows of one timeline; its parameters are those of `Moment.scope`."""


def valid_at(parameter: str) -> str:
    """The condition that a version is valid at the position that the parameter of this name holds.

    Columns are unqualified, so that the condition belongs where one table is read.
    """
    return f"from_position <= %({parameter})s AND (to_position IS NULL OR to_position > %({parameter})s)"


VALID = f"{SCOPE} AND {valid_at('at')}"
"""The rows of one timeline that are valid at a moment; its parameters are those of `Moment.scope`."""
