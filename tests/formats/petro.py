"""Imports every published version of two files on Russia's losses, in order, as editions of data sets.

The module that uses `petro` imports the fixture from here; the versions are imported once for it.
"""

import asyncio
import gzip
import io
import json
from collections.abc import Callable, Coroutine, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from tests.support.posting import new_appender, new_timeline
from tests.support.shared_data import shared_folder
from timeline.cli.importing.formats import mapping_text
from timeline.domain.events import Amendment, Event
from timeline.formats.drafts import Draft, Reject, Unmentioned
from timeline.formats.edition_rows import CurrentRow
from timeline.formats.editions import Edition
from timeline.formats.mapping_reader import read_mapping
from timeline.formats.table import read_table
from timeline.log.posts import Post
from timeline.postgres import Pool, connection_pool
from timeline.settings import Settings

PERSONNEL = "russia_losses_personnel.json"
EQUIPMENT = "russia_losses_equipment.json"
MAPPINGS = {PERSONNEL: "russia-losses-personnel", EQUIPMENT: "russia-losses-equipment"}
COMMIT_VERSIONS = 25

Content = dict[str, dict[str, Any]]
"""A version of a file: its cells by date and column."""


class Version(NamedTuple):
    """A published version: the position at which its import ended, its file, and its changes to it."""

    position: int
    file: str
    commit: str
    committed_at: str
    delta: dict[str, Any]


class Petro(NamedTuple):
    """A timeline into which every version was imported as an edition."""

    dsn: str
    pool: Pool
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    timeline: str
    versions: list[Version]


@pytest.fixture(scope="module")
def petro(shared_dsn: str) -> Iterator[Petro]:
    """Import every version that was ever published; takes some 20 seconds."""
    history = read_history(shared_folder("petro_ukraine"))
    with asyncio.Runner() as runner:
        pool = connection_pool(shared_dsn, Settings())
        runner.run(pool.open(wait=True))
        timeline = runner.run(new_timeline(pool))
        versions = runner.run(_import(pool, timeline, history))
        yield Petro(shared_dsn, pool, runner.run, timeline, versions)
        runner.run(pool.close())


def read_history(folder: Path) -> list[dict[str, Any]]:
    """The changes of each commit to each file, the oldest first."""
    with gzip.open(folder / "history.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def apply(content: Content, delta: dict[str, Any]) -> set[str]:
    """Change a file's content to its next version; gives the dates that it changes."""
    for date, cells in delta["set"].items():
        content.setdefault(date, {}).update(cells)
    for date, columns in delta["unset"].items():
        for column in columns:
            del content[date][column]
    for date in delta["removed"]:
        del content[date]
    return {*delta["set"], *delta["unset"], *delta["removed"]}


def as_file(content: Content, dates: Iterable[str]) -> io.BytesIO:
    """The rows of these dates as the file has them."""
    return io.BytesIO(json.dumps([{"date": date, **content[date]} for date in dates]).encode())


def contents(versions: Iterable[Version]) -> Iterator[tuple[Version, Content]]:
    """Each version with its file's whole content, which the next version of the file changes in place."""
    files: dict[str, Content] = {file: {} for file in MAPPINGS}
    for version in versions:
        apply(files[version.file], version.delta)
        yield version, files[version.file]


class Importer:
    """Imports versions of one file; reads only the rows that a version changes."""

    def __init__(self, file: str) -> None:
        self.content: Content = {}
        self.standing: dict[UUID, CurrentRow] = {}
        self._mapping = read_mapping(mapping_text(MAPPINGS[file]))
        self._drafts: dict[str, list[Draft]] = {}
        self._ids: dict[str, list[UUID]] = {}
        self._present: dict[str, UUID] = {}

    def events(self, delta: dict[str, Any]) -> tuple[Event, ...]:
        """The events that an import of the whole next version records."""
        dates = apply(self.content, delta)
        self._read(dates)
        edition = self._edition(delta)
        events: list[Event] = []
        for date, ids in self._ids.items():
            if date not in dates:
                edition.keep(ids)
        for date in sorted(dates & self.content.keys()):
            for draft in self._drafts[date]:
                changes = edition.take(draft)
                assert not isinstance(changes, Reject), changes
                for event in changes:
                    if not isinstance(event, Amendment):
                        self._present[draft.key] = event.id
                events += changes
            self._ids[date] = [self._present[draft.key] for draft in self._drafts[date]]
        return (*events, *edition.retract_missing())

    def check(self, delta: dict[str, Any]) -> None:
        """The whole file, read at once, gives the same drafts, all of which are recorded by now."""
        rows = read_table(as_file(self.content, sorted(self.content)), self._mapping)
        drafts = [row for row in rows if isinstance(row, Draft)]
        present = [draft for date in sorted(self.content) for draft in self._drafts[date]]
        assert [(draft.key, draft.content) for draft in present] == [
            (draft.key, draft.content) for draft in drafts
        ]
        edition = self._edition(delta)
        assert not any(edition.take(draft) for draft in drafts)
        assert not edition.missing

    def _edition(self, delta: dict[str, Any]) -> Edition:
        published_at = datetime.fromisoformat(delta["committed_at"])
        return Edition(self._mapping.dataset, self.standing, published_at=published_at)

    def _read(self, dates: set[str]) -> None:
        for date in dates - self.content.keys():
            del self._drafts[date], self._ids[date]
        dated = sorted(dates & self.content.keys())
        for date in dated:
            self._drafts[date] = []
        for draft in read_table(as_file(self.content, dated), self._mapping):
            if isinstance(draft, Unmentioned):  # by these rows; the whole file has the column
                continue
            assert isinstance(draft, Draft), draft
            self._drafts[draft.key.partition("/")[0]].append(draft)


async def _import(pool: Pool, timeline: str, history: list[dict[str, Any]]) -> list[Version]:
    """Post the changes of each version; several versions share a commit, as posts that wait do."""
    appender = new_appender(pool, commit_events_max=100_000, queue_events_max=100_000)
    importers = {file: Importer(file) for file in MAPPINGS}
    versions: list[Version] = []
    position = 0
    for start in range(0, len(history), COMMIT_VERSIONS):
        deltas = history[start : start + COMMIT_VERSIONS]
        posts = [Post.of(importers[delta["file"]].events(delta), "tests") for delta in deltas]
        verdicts = iter(await appender.append_each(timeline, [post for post in posts if post.events]))
        for delta, post in zip(deltas, posts, strict=True):
            if post.events:
                position = _last(next(verdicts))
            origin = (delta["file"], delta["commit"], delta["committed_at"])
            versions.append(Version(position, *origin, delta))
        if start % (COMMIT_VERSIONS * 60) == 0 or len(versions) == len(history):
            for importer in importers.values():
                importer.check(deltas[-1])
    return versions


def _last(verdict: Any) -> int:
    if isinstance(verdict, Exception):
        raise verdict
    assert not any(outcome.duplicate for outcome in verdict)
    return verdict[-1].position
