"""`timeline post`: sends events from a file or a pipe, in batches, and says what became of each."""

import os
import re
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any, BinaryIO, NamedTuple

import msgspec
import rich_click as click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from timeline.cli.batches import InputEvent, as_array, batches, read_input_events
from timeline.cli.client import Client, Refused, Unreachable, decode, timeline_address
from timeline.cli.common import Command, CommandError, examples
from timeline.cli.options import talks_to_a_service
from timeline.cli.tables import error_console, print_outcomes
from timeline.cli.words import clean, plural
from timeline.views.responses import EventOutcome, Receipt

OUTCOMES_SHOWN_MAX = 50
POSTS_AT_ONCE = 2
"""How many batches are under way at once: the service reads one while the database writes the other."""

_INDEX = re.compile(r"\$\[(\d+)\]")


class Sent(NamedTuple):
    """A batch that was recorded."""

    items: list[InputEvent]
    receipt: Receipt
    body: bytes


class _UnderWay(NamedTuple):
    """A batch that is being posted; `ahead` if one before it was under way when it was sent."""

    batch: list[InputEvent]
    answer: Future[Sent]
    ahead: bool


class PostedCounts:
    """What was recorded so far, and the first outcomes of it."""

    def __init__(self) -> None:
        self.new = 0
        self.duplicates = 0
        self.first: list[EventOutcome] = []
        self._positions = (0, 0)

    @property
    def count(self) -> int:
        """How many are in the record."""
        return self.new + self.duplicates

    def add(self, outcomes: list[EventOutcome]) -> None:
        """Count a batch's outcomes."""
        positions = [outcome.position for outcome in outcomes if not outcome.duplicate]
        if positions:
            self._positions = (self._positions[0] or positions[0], positions[-1])
        self.new += len(positions)
        self.duplicates += len(outcomes) - len(positions)
        self.first += outcomes[: OUTCOMES_SHOWN_MAX - len(self.first)]

    def words(self) -> str:
        """How many were recorded, where, and how many were there before."""
        said = f"recorded {plural(self.new, 'event')}"
        if self.new:
            first, last = self._positions
            said += f" at position {first}" if first == last else f" at positions {first} to {last}"
        return f"{said}; {self.duplicates:,} there before" if self.duplicates else said


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
@click.option("-t", "--timeline", required=True, metavar="TIMELINE", help="Whose log they are added to.")
@click.option("--create", is_flag=True, help="Create the timeline if it is not there.")
@click.option(
    "--if-match", type=click.IntRange(0), metavar="POSITION", help="Only if the log's head is at POSITION."
)
@talks_to_a_service
def post(  # noqa: PLR0913 - the command's options
    *, client: Client, file: BinaryIO, timeline: str, create: bool, if_match: int | None, as_json: bool
) -> None:
    """Post the events of FILE, or of the standard input where FILE is -.

    The input is one JSON object, a JSON array, or NDJSON: an event a line. It is sent in batches of at most
    500 events; a batch is recorded whole or not at all. Posting again is harmless: what is there already, by
    its id, is not recorded twice. With --json each batch's answer is a line.
    """
    if create:
        client.create(timeline)
    tally = PostedCounts()
    with explaining(tally), _progress(file, shown=not as_json) as advance:
        for sent in send(client, timeline, read_input_events(file), if_match):
            tally.add(sent.receipt.outcomes)
            advance(sent)
            if as_json:
                click.echo(sent.body)
    if not as_json:
        print_outcomes(tally.first if tally.count <= OUTCOMES_SHOWN_MAX else [], tally.words())


def send(
    client: Client, timeline: str, items: Iterable[InputEvent], if_match: int | None = None
) -> Iterator[Sent]:
    """Post events in batches, in order; gives each batch once it is recorded.

    Where a position is expected, a batch is sent ahead while the one before it is under way: it expects what
    that one will have added, so that it cannot come before it.

    Raises:
        Refused: the service refuses a batch; the message names the event.
        Unreachable: the service is away.
    """
    at_once = 1 if if_match is None else POSTS_AT_ONCE
    under_way: deque[_UnderWay] = deque()
    post = partial(_post, client, timeline_address(timeline, "events"))
    with ThreadPoolExecutor(at_once, "post") as posters:
        for batch in _until_a_fault(batches(items)):  # made while those before it are under way
            while under_way and (len(under_way) == at_once or not isinstance(batch, list)):
                sent = _settled(under_way.popleft(), partial(post, if_match=if_match))
                if if_match is not None and any(not outcome.duplicate for outcome in sent.receipt.outcomes):
                    if_match = sent.receipt.position
                yield sent
            if isinstance(batch, list):
                expected = None if if_match is None else if_match + sum(len(one.batch) for one in under_way)
                under_way.append(_UnderWay(batch, posters.submit(post, batch, expected), bool(under_way)))
            elif batch is not None:
                raise batch


def _settled(oldest: _UnderWay, post_again: Callable[[list[InputEvent]], Sent]) -> Sent:
    """What became of the oldest batch under way.

    One that was sent ahead is sent once more where the log was not as far on as it expected: it overtook the
    batch before it, or events of that one had been recorded already.
    """
    try:
        return oldest.answer.result()
    except Refused as refusal:
        if not oldest.ahead or refusal.problem.get("status") != HTTPStatus.PRECONDITION_FAILED:
            raise
        return post_again(oldest.batch)


def _until_a_fault(made: Iterator[list[InputEvent]]) -> Iterator[list[InputEvent] | Exception | None]:
    """The batches; then the fault that ended them, so that what is under way is told of first, or None."""
    try:
        yield from made
    except Exception as error:  # noqa: BLE001 - raised again by whoever gets it
        yield error
    else:
        yield None


def _post(client: Client, address: str, batch: list[InputEvent], if_match: int | None) -> Sent:
    try:
        body = client.post(address, as_array(batch), if_match)
    except Refused as refusal:
        refusal.add(*_whose(batch, refusal.path))
        raise
    return Sent(batch, decode(Receipt, body), body)


def _whose(batch: list[InputEvent], path: str | None) -> Iterator[str]:
    """Which event a refusal is about, if it is about one."""
    found = _INDEX.match(path or "")
    index = int(found[1]) if found else 0
    if path and path.startswith("$") and (found or len(batch) == 1) and index < len(batch):
        yield f"  in {batch[index].place}{_named(batch[index].json)}"
    if len(batch) > 1:
        yield f"The {plural(len(batch), 'event')} sent together stand or fall together: none was recorded."


def _named(event: bytes) -> str:
    """The type and id of an event, as far as it has them."""
    try:
        members = msgspec.json.decode(event, type=dict[str, Any])
    except msgspec.MsgspecError:
        return ""
    named = [clean(str(members[name])) for name in ("type", "id") if name in members]
    return f": {' '.join(named)}" if named else ""


@contextmanager
def explaining(tally: PostedCounts) -> Iterator[None]:
    """Add to a failure what was recorded before it."""
    try:
        yield
    except CommandError as error:
        if isinstance(error, Unreachable):
            error.add("Do the same again once it is there: what was recorded is not recorded twice.")
        error.add(f"Before that: {tally.words()}." if tally.count else "Nothing was recorded before that.")
        raise


@contextmanager
def _progress(file: BinaryIO, *, shown: bool) -> Iterator[Callable[[Sent], None]]:
    """A bar on the terminal with rate and time left, by bytes where the size of the input is known."""
    console = error_console()
    columns = (
        TextColumn("Posting"),
        BarColumn(),
        TextColumn("{task.fields[events]:,} events"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not (shown and console.is_terminal)
    ) as bar:
        task = bar.add_task("", total=_size(file), events=0, rate=0.0)
        events, began = 0, perf_counter()

        def advance(sent: Sent) -> None:
            nonlocal events
            events += len(sent.items)
            done = sum(len(item.json) for item in sent.items)
            bar.update(task, advance=done, events=events, rate=events / (perf_counter() - began))

        yield advance


def _size(file: BinaryIO) -> int | None:
    try:
        status = os.fstat(file.fileno())
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
