"""Everything that the environment can set, in one frozen Struct.

A field's variable is its name in capitals after `TIMELINE_`. An empty variable counts as unset.
"""

import re
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from msgspec import Meta

PREFIX = "TIMELINE_"

# A setting that holds a secret is never shown in an error message or in a log.
SECRETS = frozenset({"database_url", "write_token"})

# RFC 6750, section 2.1: anything else could not be sent in the Authorization header.
HEADER_SAFE = r"^[A-Za-z0-9\-._~+/]+=*$"

# msgspec's words for a type, and a person's at a shell.
TYPE_WORDS = {"int": "a whole number", "float": "a number", "str": "text"}

Level = Literal["debug", "info", "warning", "error", "critical"]


class SettingsError(Exception):
    """A variable of the environment holds what its setting does not allow.

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
    """What one process of the service runs with."""

    database_url: (
        Annotated[
            str, Meta(description="A PostgreSQL of your own (15 or later) instead of the embedded one.")
        ]
        | None
    ) = None
    data_dir: Annotated[
        str, Meta(description="Where the embedded PostgreSQL keeps its data.", min_length=1)
    ] = ".data"
    host: Annotated[str, Meta(description="The address to listen on.", min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(description="The port to listen on; 0 takes a free one.", ge=0, le=65_535)] = (
        8000
    )
    workers: Annotated[int, Meta(description="Processes that serve.", ge=1, le=256)] = 1
    write_token: (
        Annotated[
            str,
            Meta(
                description="The bearer token that writes need; serving beyond loopback needs one.",
                pattern=HEADER_SAFE,
            ),
        ]
        | None
    ) = None
    body_bytes_max: Annotated[int, Meta(description="Bytes of one request's body.", ge=1_000)] = 10_000_000
    array_events_max: Annotated[int, Meta(description="Events of one posted array.", ge=1)] = 1_000
    commit_events_max: Annotated[
        int, Meta(description="Events that one transaction commits together.", ge=1)
    ] = 1_000
    queue_events_max: Annotated[
        int, Meta(description="Events that may wait for a commit; beyond it posts get 503.", ge=1)
    ] = 20_000
    page_entries_default: Annotated[
        int, Meta(description="Entries of a page when the request names no limit.", ge=1)
    ] = 50
    page_entries_max: Annotated[int, Meta(description="Entries of the longest page.", ge=1)] = 500
    pool_connections_max: Annotated[
        int, Meta(description="Database connections of one worker.", ge=2, le=1_000)
    ] = 16
    pool_wait_seconds_max: Annotated[
        float, Meta(description="Seconds a request waits for a connection; beyond it 503.", gt=0, le=3_600)
    ] = 5.0
    statement_seconds_max: Annotated[
        float, Meta(description="Seconds one SQL statement may take.", ge=0.1, le=86_400)
    ] = 30.0
    lock_seconds_max: Annotated[
        float, Meta(description="Seconds one SQL statement waits for a lock.", ge=0.1, le=86_400)
    ] = 10.0
    replay_records_max: Annotated[
        int, Meta(description="Records that one replay streams; 0 is no limit.", ge=0)
    ] = 0
    head_stale_seconds_max: Annotated[
        float, Meta(description="Seconds by which a read may lag behind other processes' posts.", gt=0, le=60)
    ] = 1.0
    read_wait_seconds_max: Annotated[
        float, Meta(description="Seconds a read waits for its `min_position`.", gt=0, le=60)
    ] = 5.0
    cache_bytes_max: Annotated[
        int, Meta(description="Bytes of answers that one worker keeps ready.", ge=0)
    ] = 64_000_000
    stream_readers_max: Annotated[int, Meta(description="Streams that one worker serves.", ge=1)] = 2_000
    stream_lag_records_max: Annotated[
        int, Meta(description="Records by which a live stream may lag before it is cut off.", ge=1_000)
    ] = 10_000
    import_refusals_max: Annotated[
        int, Meta(description="Refused lines that the report of an import lists.", ge=1)
    ] = 10_000
    export_streams_max: Annotated[
        int, Meta(description="Exports that one worker streams at once; beyond it 503.", ge=1)
    ] = 16
    public_url: (
        Annotated[
            str,
            Meta(
                description="Where clients reach the service; exports name it. Else as the request has it.",
                pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$",
            ),
        ]
        | None
    ) = None
    rebuild_grace_seconds: Annotated[
        float,
        Meta(description="Seconds that a rebuild leaves requests on the old rows to end.", ge=0, le=86_400),
    ] = 60.0
    log_level: Annotated[Level, Meta(description="The least severe log line that is written.")] = "info"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the `TIMELINE_…` variables of an environment.

        Variables of other names are left alone, so that neighbours may use the prefix too.

        Raises:
            SettingsError: a variable holds what its setting does not allow.
        """
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


def describe_settings() -> Iterator[Setting]:
    """Every setting, in the order of the Struct, for `timeline serve --help`."""
    for field in msgspec.structs.fields(Settings):
        default = "" if field.default is None else str(field.default)
        yield Setting(variable_of(field.name), default, _description(field))


def _given_type(field: msgspec.structs.FieldInfo) -> Any:
    """The field's type without its None: a variable that is set never means None, not even "null"."""
    if get_origin(field.type) is UnionType or get_origin(field.type) is Union:
        return next(one for one in get_args(field.type) if one is not NoneType)
    return field.type


def _description(field: msgspec.structs.FieldInfo) -> str:
    notes = getattr(_given_type(field), "__metadata__", ())
    return next((note.description for note in notes if isinstance(note, Meta) and note.description), "")


def _read(field: msgspec.structs.FieldInfo, variable: str, text: str) -> object:
    """One variable's text as its field's type; `strict=False` is what reads "8000" as a number."""
    try:
        return msgspec.convert(text, _given_type(field), strict=False)
    except msgspec.ValidationError as error:
        shown = "" if field.name in SECRETS else f", not {text!r}"
        raise SettingsError(variable, f"expected {_allowed(field, str(error))}{shown}") from None


def _allowed(field: msgspec.structs.FieldInfo, complaint: str) -> str:
    """Turn msgspec's "Expected `int` >= 1" into what a person at a shell reads."""
    if complaint.startswith("Invalid enum value"):
        return "one of " + ", ".join(get_args(get_args(field.type)[0]))
    allowed = complaint.partition(", got ")[0].removeprefix("Expected ").replace("`", "")
    for type_name, words in TYPE_WORDS.items():
        allowed = re.sub(rf"\b{type_name}\b", words, allowed)
    return allowed


def _check_together(settings: Settings) -> None:
    """Refuse settings that are each allowed and contradict one another."""
    if settings.page_entries_default > settings.page_entries_max:
        raise SettingsError(
            variable_of("page_entries_default"),
            f"expected at most {variable_of('page_entries_max')} ({settings.page_entries_max})",
        )
