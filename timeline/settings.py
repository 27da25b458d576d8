"""The settings of the service, read from environment variables.

A field's variable is its name in capitals after `TIMELINE_`. An empty variable counts as unset.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import Meta

PREFIX = "TIMELINE_"

URL_VARIABLE = "TIMELINE_URL"
"""The variable that tells the commands where the service is; the service itself has no use for it."""

OWN_VARIABLES = frozenset({URL_VARIABLE, "TIMELINE_TEST_DATABASE_URL"})
"""Variables that this project's programs read beside the settings."""

LIKENESS_MIN = 0.6
"""From which ratio of `difflib` on a variable is a setting's with a slip, and not another program's.

Kubernetes sets `TIMELINE_SERVICE_PORT` and its like for a service of the name timeline: these are at 0.5.
"""

# The value of a secret never appears in an error message or a log.
SECRETS = frozenset({"database_url", "write_token"})

# RFC 6750, section 2.1: other characters cannot be sent in the Authorization header.
HEADER_SAFE = r"^[A-Za-z0-9\-._~+/]+=*$"

# msgspec's names of types, and what a person at a shell would call them.
TYPE_WORDS = {"int": "a whole number", "float": "a number", "str": "text"}

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


class SettingsError(Exception):
    """An environment variable has a value that its setting does not allow.

    Attributes:
        name: The variable, as `TIMELINE_PORT`.
        message: What is allowed, as the end of a sentence that begins with the variable's name.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class Setting(NamedTuple):
    """One line of the help: a variable, its default as text and what it is for."""

    variable: str
    default: str
    description: str


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
    host: Annotated[str, Meta(description="Address to listen on.", min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port to listen on; 0 picks a free one.", ge=0, le=65_535)] = 8000
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
        Meta(description="Most exports and replays that a worker streams at once; beyond that, 503.", ge=1),
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
                " blanks or commas between; beside that of TIMELINE_PUBLIC_URL, and loopback. If neither is"
                " set: loopback alone where the service listens on loopback and needs no token, else any.",
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
                values[field.name] = _read(field, variable, text)
        settings = cls(**values)  # type: ignore[arg-type]  # each value was converted to its field's type
        _check_together(settings)
        return settings


def variable_of(field: str) -> str:
    """The environment variable of a field: `port` gives `TIMELINE_PORT`."""
    return PREFIX + field.upper()


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
        if nearest := _nearest(name, names):
            raise SettingsError(variable, f"there is no such setting; the nearest is {PREFIX}{nearest}")


def _nearest(name: str, names: Sequence[str]) -> str | None:
    """The setting that a name seems to mean: it is nearly its name, or made of its words, as `CORS` is."""
    words = set(name.split("_"))
    shortened = [other for other in names if words <= set(other.split("_"))]
    choices = difflib.get_close_matches(name, names, 1, LIKENESS_MIN)
    choices += difflib.get_close_matches(name, shortened, 1, 0)
    return choices[0] if choices else None


def describe_settings() -> Iterator[Setting]:
    """All settings, in the order of the Struct, for `timeline serve --help`."""
    for field in msgspec.structs.fields(Settings):
        default = "" if field.default is None else str(field.default)
        yield Setting(variable_of(field.name), default, _description(field))


def cors_origins(text: str | None) -> frozenset[str]:
    """The origins in the setting's text, as browsers write them; empty where it is unset."""
    words = frozenset(re.split(r"[\s,]+", (text or "").lower()))
    # browsers leave out the port that a scheme has anyway
    return frozenset(map(_without_default_port, words - {"", NO_ORIGIN}))


def _without_default_port(origin: str) -> str:
    return re.sub(r"^(http://.*):80$|^(https://.*):443$", r"\1\2", origin)


def host_names(text: str | None) -> frozenset[str]:
    """The hosts in the setting's text, without the ports; empty where it is unset."""
    words = re.split(r"[\s,]+", (text or "").lower())
    return frozenset(word.partition(":")[0].removesuffix(".") for word in words if word)


def _value_type(field: msgspec.structs.FieldInfo) -> Any:
    """The field's type without its None: a variable that is set never means None, not even "null"."""
    if get_origin(field.type) is UnionType or get_origin(field.type) is Union:
        return next(member for member in get_args(field.type) if member is not NoneType)
    return field.type


def _description(field: msgspec.structs.FieldInfo) -> str:
    annotations = getattr(_value_type(field), "__metadata__", ())
    return next((meta.description for meta in annotations if isinstance(meta, Meta) and meta.description), "")


def _read(field: msgspec.structs.FieldInfo, variable: str, text: str) -> object:
    """The value in a variable's text, as its field's type; `strict=False` reads "8000" as a number."""
    try:
        return msgspec.convert(text, _value_type(field), strict=False)
    except msgspec.ValidationError as error:
        actual = "" if field.name in SECRETS else f", not {text!r}"
        raise SettingsError(variable, f"expected {_allowed_values(field, str(error))}{actual}") from None


def _allowed_values(field: msgspec.structs.FieldInfo, message: str) -> str:
    """What msgspec expects, such as "`int` >= 1", as a person at a shell would put it."""
    if message.startswith("Invalid enum value"):
        return "one of " + ", ".join(get_args(get_args(field.type)[0]))
    if "matching regex" in message and field.name in PATTERN_WORDS:
        return PATTERN_WORDS[field.name]
    allowed = message.partition(", got ")[0].removeprefix("Expected ").replace("`", "")
    for type_name, words in TYPE_WORDS.items():
        allowed = re.sub(rf"\b{type_name}\b", words, allowed)
    return allowed


def _check_together(settings: Settings) -> None:
    """Refuse settings that are each allowed but contradict one another."""
    if settings.page_entries_default > settings.page_entries_max:
        raise SettingsError(
            variable_of("page_entries_default"),
            f"expected at most {variable_of('page_entries_max')} ({settings.page_entries_max})",
        )
