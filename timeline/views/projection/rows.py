"""View rows and their versions, and the SQL condition for what is valid at a position.

`public_from`, `settled_at` and `publication_unknown` are those of a `Publicity`: from when on there was
something to show, when the last of what bears on the row was published, and whether of some of its words that
is not known. `displaced` is whether the world ever knew of another date, by which the entry stood elsewhere.
"""

from collections.abc import Hashable, Mapping
from datetime import date, datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from timeline.domain.scalars import JsonText


class EntryRow(NamedTuple):
    """A version of an entry, without the positions over which it is valid.

    It is found by what any of its reports says. `first_day` and `last_day` hold all days that these name, and
    `day_ranges` which of them, where there are gaps. Coordinates are those of the first report that has any,
    and `further_points` those of the others; both lists hold the text of PostgreSQL's types.
    """

    development: UUID
    order_key: int
    starts: datetime
    first_day: date
    last_day: date
    day_ranges: list[str]
    types: list[str]
    status: str
    claimants: list[str]
    tags: list[str]
    places: list[str]
    latitude: float | None
    longitude: float | None
    further_points: list[str]
    document: JsonText
    public_from: datetime | None
    settled_at: datetime | None
    publication_unknown: bool
    displaced: bool


class EntryTextRow(NamedTuple):
    """The words by which an entry is found; most of its versions have those of the version before."""

    development: UUID
    words: str


class EntryActorRow(NamedTuple):
    """An actor that an entry names; `standing` is whether something that stands does."""

    actor: str
    order_key: int
    development: UUID
    standing: bool
    roles: list[str]


ClaimRowKey = tuple[UUID, int]
"""What tells the row of a claim from all others that stand: its event, and the position of its word."""


class ClaimRow(NamedTuple):
    """A claim on a series, or a reset of it; `source` is the event that makes it.

    It is selected by the days from `earliest` to `latest`; `said_at` and `position` are its word's. What an
    event claims by its last word has one row, and each earlier word that claims something for days before has
    another: of these `is_earlier` is set, and when they were public is what the row of the last word says.
    """

    source: UUID
    series: str
    claimant: str | None
    unit: str | None
    earliest: date
    latest: date
    said_at: datetime
    position: int
    is_reset: bool
    adjustment: int | None
    none_reported: bool
    low: int | None
    high: int | None
    document: JsonText
    public_from: datetime | None
    settled_at: datetime | None
    publication_unknown: bool
    is_earlier: bool = False

    @property
    def key(self) -> ClaimRowKey:
        """By which it is replaced."""
        return self.source, self.position


class IncidentCountRow(NamedTuple):
    """What a claim says of one incident; `source` is the event that makes it.

    It speaks for the days from `earliest` to `latest`; `said_at` and `position` are its last word's. From
    `retracted` on all is the incident's, and the same in all its rows.
    """

    source: UUID
    incident: UUID
    measure: str
    subject: str
    category: str
    unit: str
    claimant: str
    earliest: date
    latest: date
    said_at: datetime
    position: int
    low: int | None
    best: int | None
    high: int | None
    none_reported: bool
    disordered: bool
    shared: bool
    retracted: bool
    undated: bool
    first_day: date
    last_day: date
    year: str
    month: str
    country: str | None
    admin1: str | None
    place: str | None
    countries: list[str]
    places: list[str]
    actors: list[str]
    tags: list[str]
    public_from: datetime | None
    settled_at: datetime | None
    publication_unknown: bool


class ProfileRow(NamedTuple):
    """What an actor, or the timeline, is called; `words` are those of its name and its aliases.

    Nobody misses a profile, so that it is not counted whether some publication is not known.
    """

    kind: str
    subject: str
    name: str
    part_of: str | None
    words: str
    document: JsonText
    public_from: datetime | None
    settled_at: datetime | None


RowT = TypeVar("RowT", bound=tuple[object, ...])


class Version(NamedTuple, Generic[RowT]):
    """A row and the positions [from_position, to_position) over which it is valid."""

    from_position: int
    to_position: int | None
    row: RowT


class Versions(Generic[RowT]):
    """What a run of records does to one table: the versions it opens, and those before it that it closes."""

    def __init__(self) -> None:
        self.closed: dict[Hashable, int] = {}
        self._open: dict[Hashable, Version[RowT]] = {}
        self._closed_own: list[Version[RowT]] = []

    def change(
        self,
        key: Hashable,
        before: RowT | None,
        after: RowT | None,
        position: int,
        *,
        even_if_same: bool = False,
    ) -> None:
        """Replace `before` by `after` from this position on; None is no row."""
        if before == after and (after is None or not even_if_same):
            return
        if before is not None:
            self._close(key, position)
        self.open(key, after, position)

    def replace(self, key: Hashable, row: RowT, position: int) -> None:
        """Begin with a row in the place of one that certainly differs."""
        self._close(key, position)
        self._open[key] = Version(position, None, row)

    def open(self, key: Hashable, row: RowT | None, position: int) -> None:
        """Begin with a row where there was none; None is no row."""
        if row is not None:
            self._open[key] = Version(position, None, row)

    def open_all(self, rows: Mapping[Hashable, RowT], position: int) -> None:
        """Begin with rows where there were none."""
        for key, row in rows.items():
            self._open[key] = Version(position, None, row)

    def close(self, ends: dict[Hashable, int]) -> None:
        """Close versions where later records, folded before these, end them: `ends` is key and position.

        What applies here is taken out of `ends`, and what this run closes of the versions before it put in:
        the caller hands the same `ends` to the run before this one.
        """
        for key in self._open.keys() & ends.keys():
            self._closed_own.append(self._open.pop(key)._replace(to_position=ends.pop(key)))
        ends.update(self.closed)

    def _close(self, key: Hashable, position: int) -> None:
        own = self._open.pop(key, None)
        if own is None:
            self.closed[key] = position
        else:
            self._closed_own.append(own._replace(to_position=position))

    @property
    def opened(self) -> list[Version[RowT]]:
        """The run's own versions, in no order; those closed within it have their end."""
        return [*self._closed_own, *self._open.values()]


class ViewChanges(NamedTuple):
    """What a run of records does to every view."""

    entries: Versions[EntryRow]
    entry_texts: Versions[EntryTextRow]
    entry_actors: Versions[EntryActorRow]
    claims: Versions[ClaimRow]
    incident_counts: Versions[IncidentCountRow]
    profiles: Versions[ProfileRow]

    @classmethod
    def none(cls) -> "ViewChanges":
        """No change yet."""
        return cls(Versions(), Versions(), Versions(), Versions(), Versions(), Versions())


SCOPE = "timeline_id = %(timeline)s AND generation = %(generation)s"
"""The rows of one timeline; its parameters are those of `Moment.scope`."""


def valid_at(parameter: str) -> str:
    """The condition that a version is valid at the position that the parameter of this name holds.

    Columns are unqualified, so that the condition belongs where one table is read.
    """
    return f"from_position <= %({parameter})s AND (to_position IS NULL OR to_position > %({parameter})s)"


VALID = f"{SCOPE} AND {valid_at('at')}"
"""The rows of one timeline that are valid at a moment; its parameters are those of `Moment.scope`."""
