"""The work of `timeline import`: turns the rows of a file into events, posts them, and counts the results."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import TypeVar, cast

from msgspec import Struct

from timeline.cli.batches import InputEvent
from timeline.cli.client import Client, Refused
from timeline.cli.common import CommandError
from timeline.cli.importing.current_rows import CurrentRows, actor_names, read_current_rows, read_ids
from timeline.cli.importing.formats import Drafts, Events, ImportInput
from timeline.cli.importing.rejects import WriteReject
from timeline.cli.post import PostedCounts, explain_end, post_events
from timeline.cli.progress import ProgressBar
from timeline.cli.text import clean, clean_lines, plural, time_words
from timeline.domain.codec import encode_event
from timeline.domain.components import Reason
from timeline.domain.errors import TimelineError
from timeline.domain.events import Event
from timeline.formats.drafts import Draft, Reject, Unmentioned, UnreadCounts, Withdrawal
from timeline.formats.edition_rows import EditionCounts, OlderRow
from timeline.formats.editions import Edition
from timeline.gc_tuning import relaxed_gc

RowT = TypeVar("RowT")

PLAN_BYTES_MAX = 32_000_000
"""How much of the planned events is held in memory; the rest waits on disk."""


class ImportOptions(Struct, frozen=True, kw_only=True):
    """The options of the command line."""

    timeline: str
    create: bool
    dry_run: bool
    reason: Reason | None
    published_at: datetime | None
    keep_missing: bool
    allow_retractions: bool
    require_columns: bool
    late: bool


class ImportSummary(EditionCounts, kw_only=True):
    """How many rows of a file came to which result; in a dry run, how many would."""

    timeline: str
    data_set: str | None
    dry_run: bool
    missing: int = 0
    unreadable: int = 0
    recorded: int = 0
    recorded_before: int = 0


class Importer:
    """Imports the rows of one file into a timeline."""

    def __init__(
        self,
        client: Client,
        options: ImportOptions,
        write_reject: WriteReject,
        bar: ProgressBar,
        lines: int | None,
    ) -> None:
        """Prepare an import; nothing is read yet.

        Args:
            client: The service.
            options: The options of the command line.
            write_reject: Called with each row that is rejected.
            bar: Shows the progress.
            lines: How many lines the file has; None if that is unknown.
        """
        self._client = client
        self._options = options
        self._write_reject = write_reject
        self._bar = bar
        self._lines = lines
        self._bar_counts_posts = False

    def run(self, source: ImportInput) -> ImportSummary:
        """Post what the file changes.

        Raises:
            CommandError: the file cannot be imported, or the service refuses an event.
        """
        options = self._options
        summary = ImportSummary(timeline=options.timeline, data_set=source.data_set, dry_run=options.dry_run)
        with relaxed_gc():
            if source.data_set is None:
                self._post_all(self._own_events(cast("Events", source.rows), summary), summary, None)
            else:
                self._post_edition(source.data_set, source, summary)
        return summary

    def _post_edition(self, data_set: str, source: ImportInput, summary: ImportSummary) -> None:
        options, rows = self._options, cast("Drafts", source.rows)
        self._bar.start("Reading the current rows", None)
        current = read_current_rows(
            self._client, options.timeline, data_set, may_be_new=options.create or options.dry_run
        )
        others = {id_ for name in source.linked for id_ in read_ids(self._client, options.timeline, name)}
        if source.slugs:
            source.slugs.recall(actor_names(current.rows.values()))
        edition = Edition(
            data_set,
            current.rows,
            maker=source.maker,
            published_at=options.published_at,
            file_time=source.file_time,
            newest_at=current.newest_at,
            reason=options.reason,
            tally=summary,
            takes_late=options.late,
            others=others,
        )
        has_rows = bool(current.rows)  # before the edition adds its own
        items = self._changes(edition, rows, summary, complete=source.complete and not options.late)
        if has_rows and not options.dry_run:
            # the file is read to its end before anything is posted: it may be only a part of the data set
            with _spool(items) as (count, planned):
                self._bar.start("Posting", count)
                self._bar_counts_posts = True
                self._post_all(planned, summary, current)
        else:
            self._post_all(items, summary, current)

    def _changes(
        self, edition: Edition, rows: Drafts, summary: ImportSummary, *, complete: bool
    ) -> Iterator[InputEvent]:
        """The events that bring the timeline from its current rows to those of the file."""
        self._bar.start("Importing", self._lines)
        is_empty = True
        for row in _read_rows(rows):
            is_empty = is_empty and isinstance(row, UnreadCounts)
            if self._options.require_columns:
                _check_columns(row)
            self._bar.advance(1, completed=row.line)
            result = _apply(edition, row)
            if isinstance(result, Reject):
                self._write_reject(result)
            else:
                yield from (_item(edition.content_of(event), row.line) for event in result)
        if is_empty and complete and not (self._options.allow_retractions or self._options.keep_missing):
            raise CommandError(_empty_words(len(edition.missing)))
        if complete:
            missing = self._retract_missing(edition, summary)
            yield from (_item(edition.content_of(event), None) for event in missing)
        if edition.older:
            raise CommandError(_older_words(edition.older))

    def _retract_missing(self, edition: Edition, summary: ImportSummary) -> list[Event]:
        """The retractions of the rows that the file lacks, unless it is unsure that they were withdrawn."""
        missing = edition.missing
        summary.missing = len(missing)
        summary.unreadable = edition.unreadable
        unsure = edition.unreadable and not self._options.allow_retractions
        if not missing or self._options.keep_missing or unsure:
            return []
        if edition.looks_partial and not self._options.allow_retractions:
            raise CommandError(
                f"the file lacks {plural(len(missing), 'row')} that the timeline has: is the file only a part"
                f" of the data set? Nothing was posted. The first: {clean(edition.describe(missing[0]))}\n"
                "--keep-missing leaves them as they are, --dataset NAME makes the file a data set of its own,"
                " --allow-retractions retracts them."
            )
        summary.missing = 0
        return edition.retract_missing()

    def _own_events(self, rows: Events, summary: ImportSummary) -> Iterator[InputEvent]:
        """Events that have ids of their own, unchanged."""
        self._bar.start("Posting", self._lines)
        for row in _read_rows(rows):
            if isinstance(row, Reject):
                summary.rejected += 1
                self._write_reject(row)
            else:
                line, event = row
                self._bar.advance(1, completed=line)
                summary.new += 1
                yield _item(encode_event(event), line)

    def _post_all(
        self, items: Iterator[InputEvent], summary: ImportSummary, current: CurrentRows | None
    ) -> None:
        first = next(items, None)
        if self._options.dry_run:
            for _ in items:
                pass
            return
        if self._options.create:  # only now that the first row has been read: a broken file creates nothing
            self._client.create(self._options.timeline)
        if first is not None:
            self._post(chain((first,), items), summary, current and current.position)

    def _post(self, items: Iterable[InputEvent], summary: ImportSummary, position: int | None) -> None:
        counts = PostedCounts()
        with explain_end(counts) as interrupts, _explain_conflict():
            events = interrupts.read(items)
            for batch in post_events(self._client, self._options.timeline, events, position):
                counts.add(batch.receipt.outcomes)
                if self._bar_counts_posts:
                    self._bar.advance(len(batch.events))
        summary.recorded, summary.recorded_before = counts.new, counts.duplicates
        if summary.data_set is None:
            summary.new, summary.unchanged = counts.new, counts.duplicates


def _check_columns(row: Draft | Reject | Unmentioned | Withdrawal) -> None:
    """Refuse a file that lacks the columns for something.

    Raises:
        CommandError: it does; with what it cannot say.
    """
    words = ""
    if isinstance(row, Unmentioned) and not isinstance(row, UnreadCounts):
        words = row.key
    elif isinstance(row, Draft):
        is_vague = row.absent.is_date_precision or row.absent.date_parts
        dates = ("the precision of dates",) if is_vague else ()
        figures = [name for figure in row.absent.figures for name in figure.paths]
        words = ", ".join((*row.absent.members, *figures, *row.absent.parts, *dates))
    if words:
        raise CommandError(
            f"the file lacks the columns for {clean(words)}. Without --require-columns what is recorded of"
            " these stays as it is."
        )


def _empty_words(missing: int) -> str:
    if not missing:
        return "the file has no rows with values. Nothing was posted."
    return (
        f"the file has no rows with values, and the timeline has {plural(missing, 'row')} of its data set: is"
        " it the right file? Nothing was posted. --allow-retractions retracts them."
    )


def _older_words(rows: Sequence[OlderRow]) -> str:
    line, row, told_at, said_at = rows[0]
    place = "which the file lacks" if line is None else f"line {line}"
    return (
        f"the edition of {time_words(told_at)} is older than {plural(len(rows), 'row')} that it differs from."
        f" Nothing was posted. The first, {place}: {clean(row)}, said {time_words(said_at)}\n"
        "--late takes the edition in as what was said then, which changes no present answer; if it is the"
        " newest, say with --published-at when it came out."
    )


def _read_rows(rows: Iterable[RowT]) -> Iterator[RowT]:
    """The rows; an error of the whole file becomes a CommandError, wherever in the file it comes up."""
    try:
        yield from rows
    except TimelineError as error:
        lines = clean_lines(error.message)
        gap = "\n" if "\n" in lines else " "
        # of CSV the message names the line and the column, of JSON the path alone says where
        place = f" at {clean(error.path)}" if error.path and error.path.startswith("$.") else ""
        raise CommandError(f"the file cannot be imported:{gap}{lines}{place}") from error


@contextmanager
def _explain_conflict() -> Iterator[None]:
    """Explain a failed precondition: somebody else has posted since the current rows were read."""
    try:
        yield
    except Refused as refusal:
        if refusal.problem.get("status") == HTTPStatus.PRECONDITION_FAILED:
            refusal.add(
                "Somebody else posted to this timeline meanwhile, so the import stopped: what it compared the"
                " file with is out of date.\nRun it again to import the rest."
            )
        raise


@contextmanager
def _spool(items: Iterable[InputEvent]) -> Iterator[tuple[int, Iterator[InputEvent]]]:
    """How many items there are, and the items: all are made before the first is given out again."""
    with SpooledTemporaryFile(PLAN_BYTES_MAX) as file:
        count = 0
        for item in items:
            count += 1
            file.write(b"%b\n%b\n" % (item.place.encode(), item.json))
        file.seek(0)
        places = (line.rstrip(b"\n").decode() for line in file)
        yield count, (InputEvent(place, next(file).rstrip(b"\n")) for place in places)


def _apply(edition: Edition, row: Draft | Reject | Unmentioned | Withdrawal) -> Sequence[Event] | Reject:
    match row:
        case Unmentioned():
            return edition.pass_over(row)
        case Draft():
            return edition.take(row)
        case Withdrawal():
            return edition.withdraw(row)
    return edition.reject(row)


def _item(event: bytes, line: int | None) -> InputEvent:
    return InputEvent("a row that the file no longer has" if line is None else f"line {line}", event)
