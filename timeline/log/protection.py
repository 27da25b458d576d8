"""Checks what PostgreSQL must refuse to all and allow the service, so that what is recorded stays."""

from importlib.resources import files

from timeline.log.integrity import Difference
from timeline.postgres import Connection

TRIGGER = "event_is_append_only"

_BEFORE_ANY_CHANGE = 2 | 8 | 16 | 32
"""`pg_trigger.tgtype` of a trigger that fires once before each DELETE, UPDATE or TRUNCATE."""

_NEEDED = {
    "timeline": "SELECT INSERT UPDATE",
    "event": "SELECT INSERT",
    "reference": "SELECT INSERT",
    **dict.fromkeys(
        ("entry", "entry_text", "entry_actor", "figure_claim", "toll", "profile"),
        "SELECT INSERT UPDATE DELETE",
    ),
}
"""What the service does with each table."""


async def check_protection(connection: Connection) -> list[Difference]:
    """What of the protection of the record is missing, and what the service may not do that it has to."""
    return [
        *await _check_trigger(connection),
        *await _check_grants(connection),
        *await _check_privileges(connection),
    ]


_TRIGGER = """
SELECT tgenabled IN ('O', 'A') AND current_setting('session_replication_role') IN ('origin', 'local'),
    tgtype = %(type)s AND tgqual IS NULL AND tgattr = '' AND proname = 'refuse_change_of_record', prosrc
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgrelid = 'event'::regclass AND tgname = %(name)s
"""


async def _check_trigger(connection: Connection) -> list[Difference]:
    parameters = {"name": TRIGGER, "type": _BEFORE_ANY_CHANGE}
    row = await (await connection.execute(_TRIGGER, parameters)).fetchone()
    if row is None:
        return [_trigger(None, None, "a trigger that refuses changes")]
    is_enabled, is_whole, source = row
    differences = []
    if not is_enabled:
        differences.append(_trigger("state", "disabled", "enabled"))
    if not is_whole:
        differences.append(_trigger("definition", "another", "before each UPDATE, DELETE or TRUNCATE"))
    if source != (expected := _function_source()):
        differences.append(_trigger("function", source, expected))
    return differences


def _trigger(column: str | None, stored: str | None, expected: str) -> Difference:
    return Difference("event", {"trigger": TRIGGER}, column, stored, expected)


def _function_source() -> str:
    script = (files("timeline.log.schema") / "append_only.sql").read_text()
    return script.split("$$")[1]


# the owner may grant itself anything again; of the others nobody may change what is recorded
_GRANTS = """
SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END,
    string_agg(DISTINCT privilege_type, ', ' ORDER BY privilege_type)
FROM (
    SELECT (aclexplode(relacl)).*, relowner FROM pg_class WHERE oid = 'event'::regclass
    UNION ALL
    SELECT (aclexplode(attacl)).*, relowner FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE attrelid = 'event'::regclass AND attacl IS NOT NULL
) AS privilege
WHERE privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER') AND grantee <> relowner
GROUP BY grantee ORDER BY grantee
"""


async def _check_grants(connection: Connection) -> list[Difference]:
    rows = await (await connection.execute(_GRANTS)).fetchall()
    return [Difference("event", {"role": role}, "privileges", granted, None) for role, granted in rows]


_PRIVILEGES = """
SELECT role.name, needed.relation, string_agg(privilege, ', ') AS privileges,
    string_agg(privilege, ', ') FILTER (WHERE NOT has_table_privilege(role.name, needed.relation, privilege))
FROM (SELECT current_user::text UNION SELECT pg_get_userbyid(relowner)::text FROM pg_class
      WHERE oid = 'event'::regclass) AS role (name)
CROSS JOIN unnest(%(relations)s::text[], %(privileges)s::text[]) AS needed (relation, privileges)
CROSS JOIN string_to_table(needed.privileges, ' ') AS privilege
GROUP BY role.name, needed.relation
HAVING NOT bool_and(has_table_privilege(role.name, needed.relation, privilege))
    AND EXISTS (
        SELECT FROM unnest(%(relations)s::text[]) AS relation
        WHERE has_table_privilege(role.name, relation, 'INSERT, UPDATE, DELETE')
    )
ORDER BY role.name, needed.relation
"""


async def _check_privileges(connection: Connection) -> list[Difference]:
    """Of who runs this and of the tables' owner; whoever may write nothing at all only reads."""
    parameters = {"relations": [*_NEEDED], "privileges": [*_NEEDED.values()]}
    rows = await (await connection.execute(_PRIVILEGES, parameters)).fetchall()
    return [
        Difference(table, {"role": role}, "privileges", f"without {missing}", needed)
        for role, table, needed, missing in rows
    ]
