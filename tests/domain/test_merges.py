"""What is one: a long chain of links costs what it touches, and later records change no earlier answer."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples
from tests.support.samples import engagement, id_of, same_as, statement
from tests.support.sequences import LINKING, event_sequences, records_of
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import Event
from timeline.domain.merges import REPORTS_MAX
from timeline.domain.record import Record
from timeline.views.projection.fold import fold
from timeline.views.projection.rows import EntryRow, Version, ViewChanges

MEMBERS = 150
"""More than an entry is made of."""


def changes_of(log: Sequence[Event]) -> ViewChanges:
    """What a log does to the views, folded as one run."""
    records = records_of(log)
    return fold(EventGraph(records), records)


def versions_of(changes: ViewChanges, number: int) -> list[Version[EntryRow]]:
    """The versions of the entry with this number, in their order."""
    versions = [version for version in changes.entries.opened if version.row.development == id_of(number)]
    return sorted(versions, key=lambda version: version.from_position)


def linked_one_by_one(members: int) -> list[Event]:
    """Reports, and links each of one more of them to those before."""
    reports = [engagement(number, summary=f"Clash {number}.") for number in range(1, members + 1)]
    return [*reports, *(same_as(1_000 + number, number, number + 1) for number in range(1, members))]


def test_a_link_writes_only_what_it_changes():
    """Each further report changes its own entry, and the one that leads while that is made of it too."""
    changes = changes_of(linked_one_by_one(MEMBERS))

    assert len(changes.entries.opened) == MEMBERS + (MEMBERS - 1) + (REPORTS_MAX - 1)


def test_an_entry_is_made_of_so_many_reports():
    """What an entry is made of does not grow without bound, whatever is one with it."""
    texts = changes_of(linked_one_by_one(MEMBERS)).entry_texts.opened
    [words] = [
        text.row.words for text in texts if text.to_position is None and text.row.development == id_of(1)
    ]

    assert f"clash {REPORTS_MAX} " in f"{words} "
    assert f"clash {REPORTS_MAX + 1} " not in f"{words} "


def test_whoever_is_led_by_another_from_then_on_says_so():
    """Where a link brings a report that was recorded earlier, all others name the new leader."""
    log = [*map(engagement, range(1, 5)), same_as(11, 2, 3), same_as(12, 3, 4), same_as(13, 1, 4)]
    changes = changes_of(log)

    for number in (2, 3, 4):
        assert f'"leader":"{id_of(1)}"'.encode() in versions_of(changes, number)[-1].row.document


@examples(40)
@given(log=event_sequences(min_size=10, among=LINKING), data=st.data())
def test_later_records_change_no_earlier_fold(log, data):
    """A record does the same to the views whether the graph holds later ones or not."""
    records: list[Record] = records_of(log)
    end = data.draw(st.integers(1, len(records)))
    whole, part = EventGraph(records), EventGraph(records[:end])

    for ours, theirs in zip(fold(whole, records[:end]), fold(part, records[:end]), strict=True):
        assert sorted(map(repr, ours.opened)) == sorted(map(repr, theirs.opened))
        assert ours.closed == theirs.closed


def test_statements_about_one_of_many_are_about_all():
    """A statement about any report of a development is listed by the one that leads."""
    changes = changes_of([*linked_one_by_one(5), statement(2_000, 4)])

    assert f'"id":"{id_of(2_000)}"'.encode() in versions_of(changes, 1)[-1].row.document
