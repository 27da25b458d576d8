"""`timeline post`: posts events from a file or a pipe, in batches, and prints the outcome of each."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from typing import Any, BinaryIO, NamedTuple

import msgspec
import rich_click as click

from timeline.cli.batches import InputEvent, batches, encode_batch, read_input_events
from timeline.cli.client import Client, Refused, Unreachable, decode, timeline_address
from timeline.cli.common import Command, CommandError, Stopped, examples
from timeline.cli.interrupts import (
    Interrupts,
    ReadingInterrupted,
    announce_wait,
    end_at_once,
    leave_interrupts_to_main_thread,
)
from timeline.cli.options import service_options
from timeline.cli.progress import file_bytes, progress_bar
from timeline.cli.tables import print_outcomes
from timeline.cli.text import clean, plural
from timeline.views.responses import EventOutcome, Receipt

OUTCOMES_MAX = 50
CONCURRENT_POSTS_MAX = 2
"""How many batches are posted at once: the service reads one while the database writes the other."""

_HARMLESS = "recorded events are not recorded twice"

_INDEX = re.compile(r"\$\[(\d+)\]")


class RecordedBatch(NamedTuple):
    """A batch that the service has recorded: its events, and the receipt, decoded and as it came."""

    events: list[InputEvent]
    receipt: Receipt
    body: bytes


class _PendingBatch(NamedTuple):
    """A batch that is being posted; `ahead` if it was sent before the answer to the one before it."""

    events: list[InputEvent]
    answer: Future[RecordedBatch]
    ahead: bool


class PostedCounts:
    """Counts what was recorded so far, and keeps the first outcomes."""

    def __init__(self) -> None:
        self.new = 0
        self.duplicates = 0
        self.first: list[EventOutcome] = []
        self._positions = (0, 0)

    @property
    def count(self) -> int:
        """How many events are recorded, by this post or before it."""
        return self.new + self.duplicates

    def add(self, outcomes: list[EventOutcome]) -> None:
        """Count a batch's outcomes."""
        positions = [outcome.position for outcome in outcomes if not outcome.duplicate]
        if positions:
            self._positions = (self._positions[0] or positions[0], positions[-1])
        self.new += len(positions)
        self.duplicates += len(outcomes) - len(positions)
        self.first += outcomes[: OUTCOMES_MAX - len(self.first)]

    def words(self) -> str:
        """How many events were recorded, at which positions, and how many had been recorded before."""
        words = f"recorded {plural(self.new, 'event')}"
        if self.new:
            first, last = self._positions
            words += f" at position {first}" if first == last else f" at positions {first} to {last}"
        return f"{words}; {self.duplicates:,} already recorded" if self.duplicates else words


@click.command(
    cls=Command,
    epilog=examples(
        "timeline post events.json --timeline kursk-2024",
        "timeline post first-case.json --timeline my-copy --create",
        "zcat events.ndjson.gz | timeline post - --timeline kursk-2024 --json",
        "timeline post correction.json --timeline kursk-2024 --if-match 25",
    ),
)
@click.argument("file", type=click.File("rb"))
@click.option("-t", "--timeline", required=True, metavar="TIMELINE", help="The timeline to post to.")
@click.option("--create", is_flag=True, help="Create the timeline if it does not exist.")
@click.option(
    "--if-match", type=click.IntRange(0), metavar="POSITION", help="Post only if the log ends at POSITION."
)
@service_options
def post(  # noqa: PLR0913 - the command's options
    *, client: Client, file: BinaryIO, timeline: str, create: bool, if_match: int | None, as_json: bool
) -> None:
    """Post the events of FILE, or of the standard input if FILE is -.

    The input is one JSON object, a JSON array, or NDJSON (one event per line). It is sent in batches of up to
    500 events; a batch is recorded whole or not at all. Posting again is safe: an event whose id is already
    recorded is not recorded twice. With --json the receipt of each batch is printed on one line. Ctrl-C ends
    it after the batch under way; it says how far it came, and the exit code is 130.
    """
    if create:
        client.create(timeline)
    counts = PostedCounts()
    completed = 0
    with (
        explain_end(counts) as interrupts,
        progress_bar("events", "Posting", total=file_bytes(file), visible=not as_json) as bar,
    ):
        events = interrupts.read(read_input_events(file))
        for batch in post_events(client, timeline, events, if_match):
            counts.add(batch.receipt.outcomes)
            completed += sum(len(event.json) for event in batch.events)
            bar.advance(len(batch.events), completed=completed)
            if as_json:
                click.echo(batch.body)
    if not as_json:
        print_outcomes(counts.first if counts.count <= OUTCOMES_MAX else [], counts.words())


def post_events(
    client: Client, timeline: str, events: Iterable[InputEvent], if_match: int | None = None
) -> Iterator[RecordedBatch]:
    """Post events in batches, in order; gives each batch once it is recorded.

    Where a position is expected, a batch is sent ahead of the answer to the one before it: it expects the
    position at which that one will end, so that it cannot come before it.

    Raises:
        Refused: the service refuses a batch; the message names the event.
        Unreachable: the service is not available.
    """
    posts_max = 1 if if_match is None else CONCURRENT_POSTS_MAX
    pending: deque[_PendingBatch] = deque()
    post_batch = partial(_post_batch, client, timeline_address(timeline, "events"))
    with _executor(posts_max) as executor:
        for batch in _batches_then_end(batches(events)):  # read while the batches before are being posted
            if isinstance(batch, ReadingInterrupted) and not all(sent.answer.done() for sent in pending):
                announce_wait()
            while pending and (len(pending) == posts_max or not isinstance(batch, list)):
                recorded = _await_answer(pending.popleft(), partial(post_batch, if_match=if_match))
                outcomes = recorded.receipt.outcomes
                if if_match is not None and any(not outcome.duplicate for outcome in outcomes):
                    if_match = recorded.receipt.position
                yield recorded
            if isinstance(batch, list):
                ahead = sum(len(earlier.events) for earlier in pending)
                expected = None if if_match is None else if_match + ahead
                answer = executor.submit(post_batch, batch, expected)
                pending.append(_PendingBatch(batch, answer, bool(pending)))
            elif batch is not None:
                raise batch


@contextmanager
def _executor(threads: int) -> Iterator[ThreadPoolExecutor]:
    """The threads that post. Whoever presses Ctrl-C twice does not wait for the answers to them."""
    executor = ThreadPoolExecutor(threads, "post", initializer=leave_interrupts_to_main_thread)
    waits = True
    try:
        yield executor
    except KeyboardInterrupt:
        waits = False
        raise
    finally:
        executor.shutdown(wait=waits, cancel_futures=not waits)


def _await_answer(
    oldest: _PendingBatch, post_again: Callable[[list[InputEvent]], RecordedBatch]
) -> RecordedBatch:
    """The result of the oldest pending batch.

    A batch that was sent ahead is sent again if the log was not yet where it expected: it overtook the batch
    before it, or events of that one had been recorded already.
    """
    try:
        return oldest.answer.result()
    except Refused as refusal:
        if not oldest.ahead or refusal.problem.get("status") != HTTPStatus.PRECONDITION_FAILED:
            raise
        return post_again(oldest.events)


def _batches_then_end(
    batches: Iterator[list[InputEvent]],
) -> Iterator[list[InputEvent] | BaseException | None]:
    """The batches; then the error that ended them, or None: pending batches are reported before the error."""
    try:
        yield from batches
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - raised again by the caller
        yield error
    else:
        yield None


def _post_batch(
    client: Client, address: str, events: list[InputEvent], if_match: int | None
) -> RecordedBatch:
    try:
        body = client.post(address, encode_batch(events), if_match)
    except Refused as refusal:
        refusal.add(*_refusal_lines(events, refusal.path))
        if refusal.problem.get("status") == HTTPStatus.NOT_FOUND:
            refusal.add("--create creates it.")
        raise
    return RecordedBatch(events, decode(Receipt, body), body)


def _refusal_lines(events: list[InputEvent], path: str | None) -> Iterator[str]:
    """Which event a refusal is about, if it is about one; and that the whole batch was refused."""
    match = _INDEX.match(path or "")
    index = int(match[1]) if match else 0
    if path and path.startswith("$") and (match or len(events) == 1) and index < len(events):
        yield f"  in {events[index].place}{_event_label(events[index].json)}"
    if len(events) > 1:
        yield f"None of the {plural(len(events), 'event')} in this batch was recorded."


def _event_label(event: bytes) -> str:
    """`: type id` of an event, as far as it has them."""
    try:
        members = msgspec.json.decode(event, type=dict[str, Any])
    except msgspec.MsgspecError:
        return ""
    words = [clean(str(members[name])) for name in ("type", "id") if name in members]
    return f": {' '.join(words)}" if words else ""


@contextmanager
def explain_end(counts: PostedCounts) -> Iterator[Interrupts]:
    """Add to a failure, and to Ctrl-C, what was recorded before it.

    Raises:
        Stopped: Ctrl-C was pressed.
    """
    with Interrupts() as interrupts:
        try:
            yield interrupts
        except CommandError as error:
            if isinstance(error, Unreachable):
                error.add(f"Repeat the command once the service is available: {_HARMLESS}.")
            error.add(
                f"Before that: {counts.words()}." if counts.count else "Nothing was recorded before that."
            )
            raise
        except KeyboardInterrupt:
            stopped = Stopped(_stopped_words(counts, is_forced=interrupts.count > 1))
            if interrupts.count > 1:
                click.echo(str(stopped), err=True)
                end_at_once()
            raise stopped from None


def _stopped_words(counts: PostedCounts, *, is_forced: bool) -> str:
    words = f"Stopped: {counts.words()}" if counts.count else "Stopped: nothing was recorded"
    if is_forced:
        words += ", besides the batch under way, of which it is not known"
    return f"{words}.\nRepeat the command to go on: {_HARMLESS}."
