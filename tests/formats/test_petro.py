"""Every version of the daily losses that was ever published, one edition after the other."""
# ruff: noqa: F811 - a fixture has the name under which it is asked for

import json
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.formats.petro import EQUIPMENT, MAPPINGS, PERSONNEL, Content, Petro, contents, petro  # noqa: F401
from tests.support.posting import new_appender
from tests.support.shared_data import shared_folder
from timeline.cli.importing.formats import mapping_text
from timeline.domain.errors import Malformed
from timeline.formats.drafts import Draft
from timeline.formats.editions import Edition
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table
from timeline.log.posts import Post
from timeline.log.reader import read_moment
from timeline.views.documents import SeriesChange
from timeline.views.queries.audit import audit_series, describe_changes
from timeline.views.queries.series import SeriesPageRequest, claims_page
from timeline.views.queries.series_list import SeriesFilter, find_series
from timeline.views.responses import Fall

NO_CLAIM = {"day", "greatest losses direction", "personnel*", "*personnel"}
QUALIFIERS = {"about": "about", "more": "more_than", "more than": "more_than", "almost": "almost"}
ITEMS = {
    "submarines": "submarine",
    "cruise missiles": "cruise-missile",
    "ground robotic systems": "ground-robotic-system",
    "groun d robotic systems": "ground-robotic-system",
}
POSITIONS_LOOKED_AT = 30
CORRECTIONS = "russia_losses_equipment_correction.json"
FALLS = 13
UNEXPLAINED = {("2023-05-28", "tank"), ("2026-03-04", "field artillery")}


Claims = dict[str, tuple[int, str]]
"""Number and qualifier by series and date."""


def series_of(column: str) -> str:
    """The series that a column's claims are in."""
    if column in ("personnel", "POW"):
        measure = {"personnel": "killed_or_wounded", "POW": "captured"}[column]
        return f"casualties.{measure}.russian-armed-forces.all.cumulative"
    item = ITEMS.get(column) or column.lower().replace(" ", "-")
    return f"equipment.lost.russian-armed-forces.{item}.cumulative"


def claims_of(date: str, cells: dict[str, Any]) -> Claims:
    """What a row of a file claims, read by hand."""
    word = cells.get("personnel*", cells.get("*personnel"))
    return {
        f"{series_of(column)} {date}": (
            number,
            QUALIFIERS[word] if column == "personnel" and word else "exact",
        )
        for column, number in cells.items()
        if column not in NO_CLAIM
    }


def dated_claim(series: str, document: bytes) -> tuple[str, tuple[int, str]]:
    """A claim by series and date, from its document."""
    claim = msgspec.json.decode(document)
    return f"{series} {claim['as_of'][:10]}", (claim["figure"]["value"], claim["figure"]["qualifier"])


def file_of(series: str) -> str:
    """The file whose claims are in a series."""
    return PERSONNEL if series.startswith("casualties.") else EQUIPMENT


class Sweep:
    """The claims at one position after another, from their versions."""

    def __init__(self, rows: list[tuple[int, int | None, UUID, str, bytes]]) -> None:
        self.claims: dict[str, Claims] = {file: {} for file in MAPPINGS}
        self._begins = sorted(
            (first, *dated_claim(series, document)) for first, _, _, series, document in rows
        )
        self._ends = sorted(
            (to, *dated_claim(series, document)) for _, to, _, series, document in rows if to is not None
        )
        self._at = 0, 0

    def to(self, position: int) -> None:
        """Let what ends by a position go, and what begins by it come."""
        begun, ended = self._at
        while ended < len(self._ends) and self._ends[ended][0] <= position:
            begun = self._begin(begun, self._ends[ended][0] - 1)
            _, key, claim = self._ends[ended]
            assert claim == self.claims[file_of(key)].pop(key)
            ended += 1
        self._at = self._begin(begun, position), ended

    def _begin(self, begun: int, position: int) -> int:
        while begun < len(self._begins) and self._begins[begun][0] <= position:
            _, key, claim = self._begins[begun]
            claims = self.claims[file_of(key)]
            assert key not in claims
            claims[key] = claim
            begun += 1
        return begun


def test_after_every_version_the_view_is_that_version(petro: Petro):
    """Number and qualifier, claim for claim: nothing is missing, and nothing more is there."""

    async def versions_of_claims() -> list[tuple[int, int | None, UUID, str, bytes]]:
        async with petro.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT from_position, to_position, source, series, document FROM figure_claim"
                " WHERE timeline_id = %s AND NOT is_reset",
                [petro.timeline],
            )
            return await cursor.fetchall()

    sweep = Sweep(petro.run(versions_of_claims()))
    published: dict[str, Claims] = {file: {} for file in MAPPINGS}
    rows: dict[str, dict[str, Claims]] = {file: {} for file in MAPPINGS}
    for version, content in contents(petro.versions):
        sweep.to(version.position)
        _publish(published[version.file], rows[version.file], content, version.delta)
        assert published[version.file] == sweep.claims[version.file], version[:4]

    assert 3043 == len(petro.versions)
    _look_at_some(petro)


def _publish(published: Claims, rows: dict[str, Claims], content: Content, delta: dict[str, Any]) -> None:
    """Bring what a file claims to its next version."""
    for date in {*delta["set"], *delta["unset"], *delta["removed"]}:
        for key in rows.pop(date, {}):
            del published[key]
        if date in content:
            rows[date] = claims_of(date, content[date])
            published |= rows[date]


def _some(petro: Petro) -> Iterator[tuple[int, str, Claims]]:
    """Versions far apart, the last of each file among them, each with all that it claims."""
    step = len(petro.versions) // POSITIONS_LOOKED_AT
    for number, (version, content) in enumerate(contents(petro.versions), 1):
        if number % step == 0 or len(petro.versions) - number < 2:
            claims: Claims = {}
            for date, cells in content.items():
                claims |= claims_of(date, cells)
            yield version.position, version.file, claims


def _look_at_some(petro: Petro) -> None:
    """Hold versions far apart against what the service's own questions give."""

    async def claims_at(position: int, file: str) -> Claims:
        claims: Claims = {}
        async with petro.pool.connection() as connection:
            at = await read_moment(connection, petro.timeline, position)
            listed = await find_series(connection, at, SeriesFilter(), after="", limit=100)
            for series in listed.series:
                if file_of(series) == file:
                    page, _ = await claims_page(
                        connection, at, series, SeriesPageRequest(None, None, 0, 5_000)
                    )
                    claims |= dict(dated_claim(series, document) for document in page)
        return claims

    for position, file, claims in _some(petro):
        assert claims == petro.run(claims_at(position, file)), (position, file)


@pytest.mark.parametrize(
    ("file", "mapping", "place", "word"),
    [
        ("malformed_trailing_comma_37d0bbc1.json", PERSONNEL, "line 440, column 30", "comma"),
        ("with_NaN_literals_f9b45aba.json", EQUIPMENT, "line 1068, column 26", "NaN"),
    ],
)
def test_a_file_that_was_published_broken_is_refused(file, mapping, place, word):
    """With the place of the fault."""
    path: Path = shared_folder("petro_ukraine") / file

    with path.open("rb") as opened, pytest.raises(Malformed, match=word) as refused:
        list(read_table(opened, read_mapping(mapping_text(MAPPINGS[mapping]))))

    assert place == refused.value.path
    assert refused.value.message.startswith(place)


def test_a_file_that_was_published_as_a_page_is_read():
    """An object around the list, as APIs have it, loses nothing."""
    path: Path = shared_folder("petro_ukraine") / "wrapped_data_object_5dd7ee4d.json"
    expected = json.loads(path.read_text())["data"]

    with path.open("rb") as opened:
        drafts = list(read_table(opened, read_mapping(mapping_text(MAPPINGS[PERSONNEL]))))

    assert [row["personnel"] for row in expected] == [
        draft.content["figure"]["value"] for draft in drafts if draft.key.endswith("/personnel")
    ]


Audited = tuple[list[SeriesChange], list[Fall]]


def audits(petro: Petro) -> dict[str, Audited]:
    """The changes and drops of every series of the timeline as it stands."""

    async def audited() -> dict[str, Audited]:
        async with petro.pool.connection() as connection:
            now = await read_moment(connection, petro.timeline)
            listed = await find_series(connection, now, SeriesFilter(), after="", limit=100)
            audits = {series: await audit_series(connection, now, series) for series in listed.series}
            return {
                series: (await describe_changes(connection, now, audit.changes), audit.falls)
                for series, audit in audits.items()
            }

    return petro.run(audited())


def published_changes() -> set[tuple[Any, ...]]:
    """Where a number was put in the place of another: commit, file, series, date, old and new number."""
    path = shared_folder("petro_ukraine") / "git_revisions.jsonl"
    changes = set()
    for change in map(json.loads, path.read_text().splitlines()):
        file = change["file"].removeprefix("data/")
        numbers = isinstance(change["old"], int) and isinstance(change["new"], int)
        if numbers and change["field"] != "day" and file != CORRECTIONS:
            series = series_of(change["field"])
            changes.add((change["commit"][:12], file, series, change["date"], change["old"], change["new"]))
    return changes


def test_the_audit_lists_exactly_the_changes_that_were_published(petro: Petro):
    """Every number that took another's place, by the very commit, and no other change: 283 of them."""
    ends = [version.position for version in petro.versions]
    audited = []
    for series, (changes, _) in audits(petro).items():
        for change in changes:
            if change.kind in ("correction", "restatement") and change.difference:
                version = petro.versions[bisect_left(ends, change.position)]
                numbers = change.before.point, change.after.point
                date = change.as_of
                audited.append((version.commit[:12], version.file, series, date, *numbers))
                assert "transcription" == change.reason  # the files are not the claimant's
                assert datetime.fromisoformat(version.committed_at) == change.published_at

    assert published_changes() == set(audited)
    assert 283 == len(audited)


def test_a_fall_is_explained_by_that_days_correction_or_flagged(petro: Petro):
    """Of the 13 drops in the final series the two without a correction are flagged as unexplained."""
    mapping = read_mapping(mapping_text("russia-losses-corrections"))
    edition = Edition(mapping.dataset, {})
    with (shared_folder("petro_ukraine") / CORRECTIONS).open("rb") as file:
        drafts = [draft for draft in read_table(file, mapping) if isinstance(draft, Draft)]
    events = tuple(event for draft in drafts for event in edition.take(draft))
    petro.run(new_appender(petro.pool).append(petro.timeline, Post.of(events, "tests")))

    falls = [(series, fall) for series, (_, series_falls) in audits(petro).items() for fall in series_falls]
    assert FALLS == len(falls)
    assert {(series_of(column), date) for date, column in UNEXPLAINED} == {
        (series, fall.as_of) for series, fall in falls if fall.unexplained
    }
