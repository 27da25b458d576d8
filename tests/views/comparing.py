"""Compares the rows of the views with the model."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tests.support.model import FOREVER, Entry, Model
from tests.support.posting import valid_at
from tests.views.totals_model import Toll, tolls
from timeline.domain.record import Record
from timeline.views.documents import ClaimDocument, EntryDocument, ResetDocument
from timeline.views.projection.entries import POSITION_BITS

Rows = dict[str, list[dict[str, Any]]]


def assert_shows_always(rows: Rows, log: Sequence[Record]) -> None:
    """At every position the rows that are valid are those of the model of the records up to it."""
    for position in range(len(log) + 1):
        now = {table: valid_at(versions, position) for table, versions in rows.items()}
        assert_shows(now, Model(log[:position]))


def entry_of(row: dict[str, Any]) -> Entry:
    """An entry's row as the model has it; checks that its columns repeat its document."""
    document = msgspec.json.decode(row["document"], type=EntryDocument)
    ends = FOREVER if document.ends is None else document.ends
    assert (row["development"], row["type"], row["status"]) == (document.id, document.type, document.status)
    assert (row["starts"], row["ends"], row["claimant"]) == (document.starts, ends, document.event.claimant)
    assert row["order_key"] & ((1 << POSITION_BITS) - 1) == document.position
    claim = document.claim
    return Entry(
        id=document.id,
        type=document.type,
        status=document.status,
        position=document.position,
        recorded_at=document.recorded_at,
        starts=document.starts,
        ends=ends,
        roles={role.actor: set(role.roles) for role in document.actors},
        event=document.event,
        claim=(claim.series, claim.as_of, claim.bounds) if claim else None,
        statements=_tuples(document.statements),
        evidence=_tuples(document.evidence),
        verifications=_tuples(document.verifications),
        tolls=list(document.tolls),
        amendments=_tuples(document.amendments),
        leader=document.leader,
        same_as=list(document.same_as),
    )


def _tuples(structs: Iterable[msgspec.Struct]) -> list[tuple[Any, ...]]:
    return [msgspec.structs.astuple(struct) for struct in structs]


def claim_of(row: dict[str, Any]) -> tuple[Any, ...]:
    """A claim's row as the model has it."""
    if row["is_reset"]:
        reset = msgspec.json.decode(row["document"], type=ResetDocument)
        bounds = None
        assert reset.adjustment == row["adjustment"]
        cuts = reset.adjustment is None
        fields = (reset.id, row["series"], reset.claimant, reset.as_of, reset.position, bounds, cuts)
    else:
        claim = msgspec.json.decode(row["document"], type=ClaimDocument)
        bounds = (row["low"], row["high"])
        assert bounds == (msgspec.structs.astuple(claim.bounds) if claim.bounds else (None, None))
        fields = (claim.id, row["series"], claim.claimant, claim.as_of, claim.position, claim.bounds, False)
    assert fields[:5] == tuple(row[name] for name in ("source", "series", "claimant", "as_of", "position"))
    return fields


def toll_of(row: dict[str, Any]) -> Toll:
    """A toll's row as the model has it."""
    names = ("starts", "where", "actors", "tags")
    same = {name: row[name] for name in Toll._fields if name not in names}
    where = (row["country"], row["admin1"], row["place"])
    assert len(row["actors"]) == len(set(row["actors"]))
    return Toll(**same, starts=row["starts"], where=where, actors=set(row["actors"]), tags=tuple(row["tags"]))


def assert_shows(rows: Rows, model: Model) -> None:
    """The rows of the views that are valid at a position are those of the model."""
    assert model.entries == {row["development"]: entry_of(row) for row in rows["entry"]}
    by_order = sorted(rows["entry"], key=lambda row: row["order_key"], reverse=True)
    assert model.walk() == [row["development"] for row in by_order]
    keys = {row["development"]: row["order_key"] for row in rows["entry"]}
    assert {
        (actor, entry.id, keys[entry.id], frozenset(roles))
        for entry in model.entries.values()
        for actor, roles in entry.roles.items()
    } == {
        (row["actor"], row["development"], row["order_key"], frozenset(row["roles"]))
        for row in rows["entry_actor"]
    }
    assert {source: tuple(claim) for source, claim in model.claims.items()} == {
        row["source"]: claim_of(row) for row in rows["figure_claim"]
    }
    assert_tolls(rows["toll"], model)
    assert_profiles(rows["profile"], model)


def assert_tolls(rows: Sequence[dict[str, Any]], model: Model) -> None:
    """The tolls that are valid at a position are those of the model; those not shared have no rival."""
    expected = tolls(model)
    assert expected == {row["source"]: toll_of(row) for row in rows}
    counted = Counter((toll.incident, toll.measure) for toll in expected.values())
    assert all(row["shared"] or counted[row["incident"], row["measure"]] == 1 for row in rows)


def assert_profiles(rows: Sequence[dict[str, Any]], model: Model) -> None:
    """The profiles that are valid at a position are those of the model."""
    actual = {}
    for row in rows:
        document = msgspec.json.decode(row["document"])
        actual[row["kind"], row["subject"]] = (row["name"], row["part_of"], document["profile"])
        if row["kind"] == "actor":
            assert document["id"] == row["subject"]
    expected = {
        ("actor", actor): (profile.name, profile.part_of, str(profile.id))
        for actor, profile in model.actors.items()
    }
    if model.title:
        expected["timeline", ""] = (model.title.title, None, str(model.title.id))
    assert expected == actual
