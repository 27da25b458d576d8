"""The work of `timeline import`: from rows to what is posted, and what became of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import TypeVar, cast

from msgspec import Struct

from timeline.cli.batches import InputEvent
from timeline.cli.client import Client, Refused
from timeline.cli.common import CommandError
from timeline.cli.importing.current_rows import CurrentRows, read_current_rows
from timeline.cli.importing.formats import Drafts, Events, ImportInput
from timeline.cli.importing.rejects import Keep
from timeline.cli.post import PostedCounts, explaining, send
from timeline.cli.progress import Bar
from timeline.cli.words import clean, plural
from timeline.domain.codec import encode_event
from timeline.domain.errors import TimelineError
from timeline.domain.events import Event, Reason
from timeline.formats.drafts import Draft, Reject, Withdrawal
from timeline.formats.editions import Edition, EditionCounts
from timeline.gc_tuning import collecting_seldom

R = TypeVar("R")

PLAN_BYTES_MAX = 32_000_000
"""How much of a plan is held in memory; the rest waits on disk."""


class ImportOptions(Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    timeline: str
    create: bool
    dry_run: bool
    reason: Reason
    published_at: datetime | None
    keep_missing: bool
    retract_missing: bool


class ImportSummary(EditionCounts, kw_only=True):
    """What became of the rows of a file; of a dry run, what would."""

    timeline: str
    data_set: str | None
    dry_run: bool
    missing: int = 0
    recorded: int = 0
    recorded_before: int = 0


class Importer:
    """Brings the rows of one file into a timeline."""

    def __init__(
        self, client: Client, options: ImportOptions, keep: Keep, bar: Bar, lines: int | None
    ) -> None:
        self._client = client
        self._options = options
        self._keep = keep
        self._bar = bar
        self._lines = lines

    def run(self, given: ImportInput) -> ImportSummary:
        """Post what the file changes.

        Raises:
            CommandError: the service, or the file, is not as it should be.
        """
        options = self._options
        summary = ImportSummary(timeline=options.timeline, data_set=given.data_set, dry_run=options.dry_run)
        with collecting_seldom():
            if given.data_set is None:
                self._post_all(self._as_they_are(cast("Events", given.rows), summary), summary, None)
            else:
                self._post_edition(given.data_set, cast("Drafts", given.rows), summary, whole=given.whole)
        return summary

    def _post_edition(self, data_set: str, rows: Drafts, summary: ImportSummary, *, whole: bool) -> None:
        options = self._options
        self._bar.phase("Reading what stands", None)
        found = read_current_rows(
            self._client, options.timeline, data_set, may_be_new=options.create or options.dry_run
        )
        edition = Edition(
            data_set,
            found.standing,
            published_at=options.published_at,
            reason=options.reason,
            tally=summary,
        )
        stood = bool(found.standing)
        items = self._changes(edition, rows, summary, whole=whole)
        if stood and not options.dry_run:  # what the file says of all rows is known before any is posted
            with _spooled(items) as (count, planned):
                self._bar.phase("Posting", count, by_posts=True)
                self._post_all(planned, summary, found)
        else:
            self._post_all(items, summary, found)

    def _changes(
        self, edition: Edition, rows: Drafts, summary: ImportSummary, *, whole: bool
    ) -> Iterator[InputEvent]:
        self._bar.phase("Importing", self._lines)
        for row in _told(rows):
            self._bar.advance(completed=row.line)
            taken = _taken(edition, row)
            if isinstance(taken, Reject):
                self._keep(taken)
            else:
                yield from (_item(event, row.line) for event in taken)
        if whole:
            yield from (_item(event, None) for event in self._missing(edition, summary))

    def _missing(self, edition: Edition, summary: ImportSummary) -> list[Event]:
        """The retractions of the rows that the file has no more, unless there is reason to hold back."""
        missing = edition.missing
        summary.missing = len(missing)
        unsure = edition.unreadable and not self._options.retract_missing
        if not missing or self._options.keep_missing or unsure:
            return []
        if edition.looks_partial and not self._options.retract_missing:
            raise CommandError(
                f"the file has nothing of {plural(len(missing), 'row')} that stand, which is more than half"
                " of them: is it a part of the data set? Nothing was posted.\n"
                "--keep-missing leaves them as they are, --dataset NAME makes it a data set of its own,"
                " --retract-missing retracts them."
            )
        summary.missing = 0
        return edition.retract_missing()

    def _as_they_are(self, rows: Events, summary: ImportSummary) -> Iterator[InputEvent]:
        self._bar.phase("Posting", self._lines)
        for row in _told(rows):
            if isinstance(row, Reject):
                summary.rejected += 1
                self._keep(row)
            else:
                line, event = row
                self._bar.advance(completed=line)
                summary.new += 1
                yield _item(event, line)

    def _post_all(
        self, items: Iterator[InputEvent], summary: ImportSummary, found: CurrentRows | None
    ) -> None:
        first = next(items, None)
        if self._options.dry_run:
            for _ in items:
                pass
            return
        if self._options.create:  # not before the file is known to be sound
            self._client.create(self._options.timeline)
        if first is not None:
            self._send(chain((first,), items), summary, found and found.position)

    def _send(self, items: Iterable[InputEvent], summary: ImportSummary, position: int | None) -> None:
        tally = PostedCounts()
        with explaining(tally), _saying_who_was_first():
            for sent in send(self._client, self._options.timeline, items, position):
                tally.add(sent.receipt.outcomes)
                self._bar.posted(len(sent.items))
        summary.recorded, summary.recorded_before = tally.new, tally.duplicates
        if summary.data_set is None:
            summary.new, summary.unchanged = tally.new, tally.duplicates


def _told(rows: Iterable[R]) -> Iterator[R]:
    """The rows; a fault of the whole file is a word for the terminal, wherever it comes up."""
    try:
        yield from rows
    except TimelineError as error:
        raise CommandError(f"the file is refused: {clean(error.message)}") from error


@contextmanager
def _saying_who_was_first() -> Iterator[None]:
    """Explain why an import stops where somebody else has posted meanwhile."""
    try:
        yield
    except Refused as refusal:
        if refusal.problem.get("status") == 412:
            refusal.add(
                "Somebody else posted to this timeline meanwhile, so the import stopped: what it was held"
                " against is no more what stands.\nRun it again: it goes on from there."
            )
        raise


@contextmanager
def _spooled(items: Iterable[InputEvent]) -> Iterator[tuple[int, Iterator[InputEvent]]]:
    """The items, all made before the first is given, and how many they are."""
    with SpooledTemporaryFile(PLAN_BYTES_MAX) as file:
        count = 0
        for item in items:
            count += 1
            file.write(b"%b\n%b\n" % (item.place.encode(), item.json))
        file.seek(0)
        places = (line.rstrip(b"\n").decode() for line in file)
        yield count, (InputEvent(place, next(file).rstrip(b"\n")) for place in places)


def _taken(edition: Edition, row: Draft | Reject | Withdrawal) -> list[Event] | Reject:
    match row:
        case Draft():
            return edition.take(row)
        case Withdrawal():
            return edition.withdraw(row)
    return edition.reject(row)


def _item(event: Event, line: int | None) -> InputEvent:
    return InputEvent(
        "a row that the file has no more" if line is None else f"line {line}", encode_event(event)
    )
