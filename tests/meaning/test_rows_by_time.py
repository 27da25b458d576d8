"""Rows by a time of publication: each stored one tells when it is right, and the others are the model's.

The logs are folded in memory, so that many of them are tried at many positions and times: that of each row
which is settled by a time, or not public yet, the service answers without computing it by that time.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.meaning.checks.check import TIMES
from tests.meaning.checks.entries import content, content_of
from tests.support.meaning import MeaningModel
from tests.support.meaning.newsroom import Issue, Newsroom, draw_log
from tests.support.meaning.restatements import RestatingNewsroom, newsroom_of
from tests.support.samples import engagement, evidence, id_of, same_as, statement
from tests.support.sequences import records_of
from timeline.domain.errors import TimelineError
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Development, SeriesReset
from timeline.domain.record import Record, new_record
from timeline.domain.snapshot import Snapshot
from timeline.domain.validation import add_valid_record
from timeline.views.projection.claims import reset_row
from timeline.views.projection.entries import NO_ROWS, DevelopmentRows, development_rows
from timeline.views.projection.fold import fold
from timeline.views.projection.rows import ClaimRow, EntryRow, EntryTextRow, IncidentCountRow, Versions
from timeline.views.queries.published_entries import missed_leaders

PUBLICITY = ("public_from", "settled_at", "publication_unknown", "displaced")

Row = EntryRow | ClaimRow | IncidentCountRow


def draw_records(seed: int, size: int, kind: type[Newsroom] = Newsroom) -> list[Record]:
    """A log in memory, of what a timeline would record."""
    graph, records = EventGraph(), list[Record]()

    def is_recorded(issue: Issue) -> bool:
        attempt = EventGraph(parent=graph)
        record = new_record("t", len(records) + 1, issue.recorded_at, "anonymous", issue.event)
        try:
            add_valid_record(attempt, record)
        except TimelineError:
            return False
        graph.merge(attempt)
        records.append(record)
        return True

    draw_log(seed, size, is_recorded, kind)
    return records


def stored(versions: Versions[Any], at: int, key: Callable[[Any], UUID]) -> dict[UUID, Any]:
    """The rows that are valid at a position."""
    return {
        key(version.row): version.row
        for version in versions.opened
        if version.from_position <= at and (version.to_position is None or at < version.to_position)
    }


def bare(row: Row | None) -> dict[str, Any] | None:
    """A row without what says when it is right."""
    return row and {name: value for name, value in row._asdict().items() if name not in PUBLICITY}


def rows_by(snapshot: Snapshot, record: Record) -> DevelopmentRows:
    """What the time of a snapshot gives for an event."""
    if isinstance(record.event, SeriesReset):
        return NO_ROWS._replace(claim=reset_row(record, snapshot.word(record.event.id)))
    return development_rows(snapshot.development(record.event.id))


def is_by(time: datetime | None, limit: datetime) -> bool:
    """Whether a time is known, and not after another."""
    return time is not None and time <= limit


def is_listed(row: Row | None) -> bool:
    """Whether a row is there to be seen, in a page without a filter."""
    return row is not None and (not isinstance(row, EntryRow) or row.status not in ("merged", "retracted"))


def is_elsewhere(row: Row, then: Row | None) -> bool:
    """Whether an entry that is looked for where it is stored has another place."""
    if not isinstance(row, EntryRow) or not isinstance(then, EntryRow) or row.displaced:
        return False
    return row.order_key != then.order_key


def faults(row: Row, then: Row | None, time: datetime) -> Iterator[str]:
    """What a stored row says wrongly of the row that a time gives."""
    if is_by(row.settled_at, time):
        if not is_by(row.public_from, time) or bare(row) != bare(then):
            yield "it is not settled"
    elif not is_by(row.public_from, time):
        if is_listed(then):
            yield "it was public"
    elif is_listed(then) and is_elsewhere(row, then):
        yield "it stood elsewhere"


def word_faults(
    entry: EntryRow | None, text: EntryTextRow | None, then: DevelopmentRows, time: datetime
) -> Iterator[str]:
    """What the words of a stored entry say wrongly of those that a time gives; they are settled as it is."""
    if (entry is None) != (text is None):
        yield f"an entry without words, or words without an entry: {entry or text}"
    if entry and is_by(entry.settled_at, time) and text != then.text:
        yield f"{entry.development}: its words are not settled"


def earlier_word_faults(claims: Sequence[ClaimRow], then: DevelopmentRows, time: datetime) -> Iterator[str]:
    """What the stored claims of earlier words say wrongly; they are settled as that of the last."""
    last = [row for row in claims if not row.is_earlier]
    if last and is_by(last[0].settled_at, time):
        earlier = [bare(row) for row in claims if row.is_earlier]
        if sorted(map(repr, earlier)) != sorted(map(repr, map(bare, then.earlier_claims))):
            yield f"{last[0].source}: what its earlier words claim is not settled"


def disagreements(records: Sequence[Record], at: int, time: datetime) -> Iterator[str]:
    """What is wrong by the stored rows, and what by those that a time gives."""
    graph, model = EventGraph(records), MeaningModel(records)
    changes, snapshot = fold(graph, records[:at]), graph.at(at, time)
    entries = stored(changes.entries, at, lambda row: row.development)
    texts = stored(changes.entry_texts, at, lambda row: row.development)
    claims = stored(changes.claims, at, lambda row: row.key)
    last_claims = {row.source: row for row in claims.values() if not row.is_earlier}
    counts = stored(changes.incident_counts, at, lambda row: row.source)
    listed: dict[str, Any] = {}
    missed: set[UUID] = set()
    for record in records[:at]:
        if not isinstance(record.event, Development | SeriesReset):
            continue
        source, then = record.event.id, rows_by(snapshot, record)
        pairs = [(last_claims.get(source), then.claim), (counts.get(source), then.incident_count)]
        yield from earlier_word_faults([row for row in claims.values() if row.source == source], then, time)
        yield from word_faults(entries.get(source), texts.get(source), then, time)
        for row, past in ((entries.get(source), then.entry), *pairs):
            if row is not None:
                yield from (f"{source} {type(row).__name__}: {fault}" for fault in faults(row, past, time))
        entry = entries.get(source)
        if entry is None:
            continue
        is_public = is_by(entry.public_from, time)
        if then.entry and is_listed(then.entry) and is_public:
            listed[str(source)] = content_of(msgspec.json.decode(then.entry.document))
        if entry.publication_unknown and is_listed(entry) and (entry.displaced or not is_public):
            missed |= missed_leaders(snapshot, source) if is_public else {source}
    if listed != {str(entry.id): content(entry) for entry in model.entries(None, time, at)}:
        yield "the entries are not those of the model"
    if len(missed) != model.publication_unknown(time, at):
        yield "as many are not missed by the model"


def assert_agreement(seed: int, positions: int, times: int, kind: type[Newsroom] = Newsroom) -> None:
    """Compare a log at some positions and times."""
    random = Random(seed)
    size = random.randint(20, 80)
    records = draw_records(seed, size, kind)
    for at in (*random.sample(range(1, size), positions - 1), size):
        for time in random.sample(TIMES, times):
            places = [*disagreements(records, at, time)]
            assert not places, f"seed {seed} at {at} by {time}: " + "; ".join(places)


@pytest.mark.parametrize("seed", [1033, 1034, 1040])
def test_what_is_recorded_later_changes_no_earlier_version(seed: int) -> None:
    """A record is folded alike with what was known then, and when all is folded anew."""
    records = draw_records(seed, Random(seed).randint(20, 80))
    whole = EventGraph(records)
    for at in range(1, len(records) + 1):
        then, anew = (fold(graph, records[at - 1 : at]) for graph in (EventGraph(records[:at]), whole))
        for before, after in zip(then, anew, strict=True):
            assert sorted(map(repr, before.opened)) == sorted(map(repr, after.opened)), f"at {at}"
            assert before.closed == after.closed, f"at {at}"


@pytest.mark.parametrize("seed", [1005, 1006, 1013, 1093, 1094, 1149, 1187])
def test_rows_by_a_time_are_those_of_the_model(seed: int) -> None:
    """At few positions, of logs in which there is much that was undone."""
    assert_agreement(seed, positions=2, times=2)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_of_what_is_restated_are_those_of_the_model(seed: int) -> None:
    """Of logs in which sources say their counts again, later or for earlier."""
    assert_agreement(seed, positions=2, times=2, kind=RestatingNewsroom)


def test_counts_rest_on_others_once_one_is_moved() -> None:
    """A count that said nothing new is what the others follow from, when what they repeated is gone."""
    assert_agreement(1055, positions=4, times=3)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(20))
def test_rows_by_a_time_are_those_of_the_model_over_long_logs(block: int) -> None:
    """Two hundred logs of 20 to 80 events, ten a block."""
    for seed in range(1_000 + 10 * block, 1_010 + 10 * block):
        assert_agreement(seed, positions=4, times=3, kind=newsroom_of(seed))


def test_what_shows_evidence_shows_what_is_said_of_all_that_is_one_with_it() -> None:
    """A statement about one of the reports that evidence was merged with, which does not lead them."""
    events = [
        engagement(1),
        engagement(2),
        evidence(3, 1),
        same_as(4, 2, 3),
        engagement(5),
        same_as(6, 3, 5),
        statement(7, 5, stance="denies"),
    ]
    records = records_of(events)
    changes, model = fold(EventGraph(records), records), MeaningModel(records)

    entry = stored(changes.entries, len(records), lambda row: row.development)[id_of(1)]
    [expected] = [each for each in model.entries() if each.id == id_of(1)]

    actual = content_of(msgspec.json.decode(entry.document))
    assert actual["evidence"] == content(expected)["evidence"] == [[str(id_of(3)), "denied"]]
