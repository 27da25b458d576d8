"""The settings of the service, read from environment variables.

A field's variable is its name in capitals after `TIMELINE_`. An empty variable counts as unset.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from timeline.variables import (
    PREFIX,
    Setting,
    SettingsError,
    describe,
    nearest_name,
    read_value,
    variable_of,
)

URL_VARIABLE = "TIMELINE_URL"
"""The variable that tells the commands where the service is; the service itself has no use for it."""

OWN_VARIABLES = frozenset({URL_VARIABLE, "TIMELINE_TEST_DATABASE_URL"})
"""Variables that this project's programs read beside the settings."""

# The value of a secret never appears in an error message or a log.
SECRETS = frozenset({"database_url", "write_token"})

# RFC 6750, section 2.1: other characters cannot be sent in the Authorization header.
HEADER_SAFE = r"^[A-Za-z0-9\-._~+/]+=*$"

ANY_ORIGIN = "*"
NO_ORIGIN = "none"
_HOST = r"[A-Za-z0-9._~-]+(:[0-9]{1,5})?"
_ORIGIN = r"(?i:https?)://[^/?#\s,@*]+"

PATTERN_WORDS = {
    "allowed_hosts": "names such as timeline.example, with blanks or commas between",
    "write_token": "letters and digits, and - . _ ~ + / between or after them",
    "public_url": "an address such as https://news.example/api, without ? or #",
    "cors_origins": "none, * or origins such as https://news.example and http://localhost:3000, each in full"
    " and without a path, with blanks or commas between",
}
"""What the patterns of settings allow, in words."""

Level = Literal["debug", "info", "warning", "error", "critical"]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of one process of the service."""

    database_url: (
        Annotated[
            str,
            Meta(description="URL of your own PostgreSQL (15 or later), to use instead of the embedded one."),
        ]
        | None
    ) = None
    data_dir: Annotated[
        str, Meta(description="Directory of the embedded PostgreSQL's data.", min_length=1)
    ] = ".data"
    database_start_seconds_max: Annotated[
        float,
        Meta(
            description="Longest time for one start of the embedded PostgreSQL, in seconds: after a crash it"
            " reads its own log first.",
            ge=1,
            le=86_400,
        ),
    ] = 120.0
    database_check_seconds: Annotated[
        float,
        Meta(description="How often `serve` looks whether the embedded PostgreSQL lives.", ge=0.01, le=60),
    ] = 0.25
    database_restart_pause_seconds_max: Annotated[
        float,
        Meta(
            description="Longest pause before the embedded PostgreSQL is started again once it has died, in"
            " seconds. The first time there is none, then a sixteenth of this, which doubles each time.",
            ge=0,
            le=3_600,
        ),
    ] = 2.0
    database_restart_failures_max: Annotated[
        int,
        Meta(
            description="Failed starts in a row of an embedded PostgreSQL that has died, after which `serve`"
            " ends; starts that fail because the disk is full do not count.",
            ge=1,
        ),
    ] = 10
    disk_free_bytes_min: Annotated[
        int,
        Meta(
            description="Room on the database's disk, in bytes: with less, posts get 503 and reads go on."
            " 0 lets PostgreSQL write until it stops.",
            ge=0,
        ),
    ] = 64_000_000
    database_disk: (
        Annotated[
            str,
            Meta(
                description="A folder on the disk of your own PostgreSQL, where that is on this machine; the"
                " embedded one's is known."
            ),
        ]
        | None
    ) = None
    host: Annotated[str, Meta(description="Address to listen on.", min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port to listen on; 0 picks a free one.", ge=0, le=65_535)] = 8000
    port_wait_seconds_max: Annotated[
        float,
        Meta(
            description="Longest wait for the port of a service that is ending or was killed, in seconds.",
            ge=0,
            le=3_600,
        ),
    ] = 5.0
    workers: Annotated[int, Meta(description="Number of worker processes.", ge=1, le=256)] = 1
    write_token: (
        Annotated[
            str,
            Meta(
                description="Bearer token that writes require; needed to listen beyond loopback.",
                pattern=HEADER_SAFE,
            ),
        ]
        | None
    ) = None
    health_port: (
        Annotated[
            int,
            Meta(
                description="Port on which /health and /ready are answered as well, whatever happens on the"
                " other; for supervisors, not for the world. If unset, there is none.",
                ge=1,
                le=65_535,
            ),
        ]
        | None
    ) = None
    address_connections_max: Annotated[
        int,
        Meta(
            description="Most connections from one address to each worker; the newest beyond it are closed."
            " 0 means no limit, for a service that a proxy stands before.",
            ge=0,
        ),
    ] = 500
    header_seconds_max: Annotated[
        float,
        Meta(
            description="Longest time until a request's headers are complete, in seconds, from the beginning"
            " of the connection or its last answer; then it is closed, silent or idle as it is.",
            ge=0.1,
            le=3_600,
        ),
    ] = 30.0
    body_seconds_max: Annotated[
        float,
        Meta(
            description="Longest wait for a request's body beyond a second for each 1,000 bytes, in seconds;"
            " then 408.",
            ge=0.1,
            le=3_600,
        ),
    ] = 30.0
    unread_seconds_max: Annotated[
        float,
        Meta(
            description="Longest time that a client may leave an answer unread, beyond a second for each"
            " 1,000 bytes, in seconds; then its connection is closed.",
            ge=0.1,
            le=3_600,
        ),
    ] = 30.0
    body_bytes_max: Annotated[int, Meta(description="Largest request body, in bytes.", ge=1_000)] = 10_000_000
    array_events_max: Annotated[int, Meta(description="Most events in one posted array.", ge=1)] = 1_000
    commit_events_max: Annotated[
        int, Meta(description="Most events that one transaction commits together.", ge=1)
    ] = 1_000
    queue_events_max: Annotated[
        int, Meta(description="Most events waiting for a commit; beyond that, posts get 503.", ge=1)
    ] = 20_000
    page_entries_default: Annotated[
        int, Meta(description="Entries per page when the request has no `limit`.", ge=1)
    ] = 50
    page_entries_max: Annotated[int, Meta(description="Most entries per page.", ge=1)] = 500
    pool_connections_max: Annotated[
        int, Meta(description="Most database connections per worker.", ge=2, le=1_000)
    ] = 16
    pool_wait_seconds_max: Annotated[
        float,
        Meta(
            description="Longest wait for a database connection, in seconds; beyond that, 503.",
            gt=0,
            le=3_600,
        ),
    ] = 5.0
    heavy_connections_max: Annotated[
        int,
        Meta(
            description="Most database connections per worker, beside the others, for heavy reads: searches,"
            " filters, totals, audits, diffs, replays and exports.",
            ge=1,
            le=1_000,
        ),
    ] = 2
    heavy_queue_max: Annotated[
        int,
        Meta(description="Most heavy reads per worker that wait for a connection; beyond that, 503.", ge=0),
    ] = 100
    heavy_statement_seconds_max: Annotated[
        float,
        Meta(
            description="Longest time for one SQL statement of a heavy read, in seconds; beyond that, 503.",
            ge=0.1,
            le=86_400,
        ),
    ] = 10.0
    statement_seconds_max: Annotated[
        float, Meta(description="Longest time for one SQL statement, in seconds.", ge=0.1, le=86_400)
    ] = 30.0
    lock_seconds_max: Annotated[
        float,
        Meta(description="Longest wait of one SQL statement for a lock, in seconds.", ge=0.1, le=86_400),
    ] = 10.0
    replay_records_max: Annotated[
        int, Meta(description="Most records that one replay streams; 0 means no limit.", ge=0)
    ] = 0
    head_stale_seconds_max: Annotated[
        float,
        Meta(
            description="Longest time that a read may lag behind posts to other processes, in seconds.",
            gt=0,
            le=60,
        ),
    ] = 1.0
    read_wait_seconds_max: Annotated[
        float, Meta(description="Longest wait of a read for its `min_position`, in seconds.", gt=0, le=60)
    ] = 5.0
    rebuild_wait_seconds_max: Annotated[
        float,
        Meta(
            description="Longest wait of a post for a rebuild by newer rules, in seconds; beyond that, 503.",
            ge=0,
            le=3_600,
        ),
    ] = 5.0
    rebuild_stall_seconds_max: Annotated[
        float,
        Meta(
            description="Longest time that a rebuild may make no progress, in seconds; then it ends.",
            gt=0,
            le=86_400,
        ),
    ] = 300.0
    cache_bytes_max: Annotated[
        int, Meta(description="Size of each worker's cache of answers, in bytes.", ge=0)
    ] = 64_000_000
    pinned_seconds_max: Annotated[
        int,
        Meta(
            description="Longest time that clients may keep an answer at a past position without asking"
            " whether it still holds, in seconds; 0 has them ask each time.",
            ge=0,
            le=31_536_000,
        ),
    ] = 86_400
    stream_readers_max: Annotated[int, Meta(description="Most live streams per worker.", ge=1)] = 2_000
    stream_lag_records_max: Annotated[
        int, Meta(description="Most records that a live stream may lag behind before it is ended.", ge=1_000)
    ] = 10_000
    import_refusals_max: Annotated[
        int, Meta(description="Most refused lines that the report of a bulk append lists.", ge=1)
    ] = 10_000
    export_streams_max: Annotated[
        int,
        Meta(
            description="Most exports and replays that each worker streams at once; beyond that, 503.", ge=1
        ),
    ] = 16
    public_url: (
        Annotated[
            str,
            Meta(
                description="URL at which clients reach the service: addresses in answers begin with it. If"
                " unset, they are relative, and in exports begin with the request's.",
                pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$",
            ),
        ]
        | None
    ) = None
    allowed_hosts: (
        Annotated[
            str,
            Meta(
                description="Names by which requests may call the service (Host), as timeline.example, with"
                " blanks or commas between; beside that of TIMELINE_PUBLIC_URL, loopback, and IP"
                " addresses, which DNS cannot rebind. If neither is set, any. On loopback, without a token:"
                " these names and loopback alone.",
                pattern=rf"^{_HOST}([\s,]+{_HOST})*$",
            ),
        ]
        | None
    ) = None
    cors_origins: (
        Annotated[
            str,
            Meta(
                description="Origins whose pages may read and write in a browser, as https://news.example,"
                " with blanks or commas between; * opens reads to all, none to no other. If unset, reads are"
                " open to pages on loopback where the service listens on loopback, else to all.",
                pattern=rf"^(none|(\*|{_ORIGIN})([\s,]+(\*|{_ORIGIN}))*)$",
            ),
        ]
        | None
    ) = None
    rebuild_grace_seconds: Annotated[
        float,
        Meta(
            description="Time that a rebuild gives requests on the old rows to finish, in seconds.",
            ge=0,
            le=86_400,
        ),
    ] = 60.0
    log_level: Annotated[Level, Meta(description="Least severe level of log lines to write.")] = "info"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the `TIMELINE_…` variables of an environment.

        Variables that are like no setting's are ignored, so that other programs may use the prefix too.

        Raises:
            SettingsError: a variable is misspelt, or has a value that its setting does not allow.
        """
        refuse_misspelt(environ)
        values: dict[str, object] = {}
        for field in msgspec.structs.fields(cls):
            variable = variable_of(field.encode_name)
            if text := environ.get(variable, ""):
                values[field.name] = read_value(
                    field,
                    variable,
                    text,
                    is_secret=field.name in SECRETS,
                    pattern_words=PATTERN_WORDS.get(field.name),
                )
        settings = cls(**values)  # type: ignore[arg-type]  # each value was converted to its field's type
        _check_together(settings)
        return settings


def refuse_misspelt(environ: Mapping[str, str]) -> None:
    """Refuse a variable that is nearly one of a setting: ignored, it would leave the default in force.

    Raises:
        SettingsError: a variable is misspelt; the message has the name that is nearest.
    """
    variables = [*map(variable_of, Settings.__struct_fields__), URL_VARIABLE]
    names = [variable.removeprefix(PREFIX) for variable in variables]
    for variable in sorted(environ):
        if not variable.upper().startswith(PREFIX) or variable in OWN_VARIABLES or variable in variables:
            continue
        name = variable.upper().removeprefix(PREFIX)
        if nearest := nearest_name(name, names):
            raise SettingsError(variable, f"there is no such setting; the nearest is {PREFIX}{nearest}")


def describe_settings() -> Iterator[Setting]:
    """All settings, in the order of the Struct, for `timeline serve --help`."""
    return map(describe, msgspec.structs.fields(Settings))


def cors_origins(text: str | None) -> frozenset[str]:
    """The origins in the setting's text, as browsers write them; empty where it is unset."""
    words = frozenset(re.split(r"[\s,]+", (text or "").lower()))
    # browsers leave out the port that a scheme has anyway
    return frozenset(map(_without_default_port, words - {"", NO_ORIGIN}))


def _without_default_port(origin: str) -> str:
    return re.sub(r"^(http://.*):80$|^(https://.*):443$", r"\1\2", origin)


def _check_together(settings: Settings) -> None:
    """Refuse settings that are each allowed but contradict one another."""
    if settings.page_entries_default > settings.page_entries_max:
        raise SettingsError(
            variable_of("page_entries_default"),
            f"expected at most {variable_of('page_entries_max')} ({settings.page_entries_max})",
        )
