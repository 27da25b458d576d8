from msgspec.structs import fields

from timeline.views.queries.entry_filter import FILTERS, EntryFilter, filter_clauses


def test_each_filter_has_a_field():
    """The table of filters and the Struct of their values name the same, but for the actor and its parts."""
    assert {field.name for field in fields(EntryFilter)} - {"actor", "parts"} == {
        row.field for row in FILTERS
    }
    assert len(FILTERS) == len({row.parameter for row in FILTERS})


def test_a_filter_without_values_hides_what_no_longer_stands():
    """Retracted and merged entries are shown only where a status is asked for."""
    assert [("entry.status <> ALL(%(hidden)s)", {"hidden": ["retracted", "merged"]})] == filter_clauses(
        EntryFilter()
    )
    assert [("entry.status = ANY(%(statuses)s)", {"statuses": ["merged"]})] == filter_clauses(
        EntryFilter(statuses=("merged",))
    )
