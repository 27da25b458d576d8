"""Lists of deleted events: the same rows are the same withdrawals, however a file writes them."""

import csv
import io
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.acled_rows import acled_file
from tests.support.profiles import examples
from timeline.domain.errors import Malformed
from timeline.domain.events import Event, Retraction
from timeline.formats.acled import read_acled, read_acled_deletions
from timeline.formats.drafts import Draft, Reject, Withdrawal, event_id
from timeline.formats.edition_rows import CurrentRow
from timeline.formats.editions import Edition
from timeline.formats.encodings import as_utf8

COLUMNS = ("event_id_cnty", "deleted_timestamp", "country")
UPLOADED = 1654100000
KEYS = ("FRE101", "FRE102", "103")


def standing_rows(*timestamps: int) -> dict[UUID, CurrentRow]:
    """The events of an export, each uploaded at a time."""
    standing: dict[UUID, CurrentRow] = {}
    times = timestamps or (UPLOADED,) * len(KEYS)
    edit(standing, acled_file(*rows_of(times)))
    return standing


def rows_of(timestamps: tuple[int, ...]) -> list[dict[str, str]]:
    """The rows of an export."""
    return [
        {"event_id_cnty": key, "timestamp": str(timestamp)}
        for key, timestamp in zip(KEYS, timestamps, strict=True)
    ]


def edit(standing: dict[UUID, CurrentRow], file: io.BytesIO) -> tuple[Edition, list[Event]]:
    """What an export posts."""
    edition = Edition("acled", standing, maker="acled")
    drafts = [row for row in read_acled(file) if isinstance(row, Draft)]
    return edition, [event for draft in drafts for event in edition.take(draft)]


def withdraw(standing: dict[UUID, CurrentRow], data: bytes) -> tuple[Edition, list[Event], list[Reject]]:
    """What a list of deletions posts, and what it rejects."""
    edition = Edition("acled", standing, maker="acled")
    events: list[Event] = []
    rejects: list[Reject] = []
    for row in read_acled_deletions(as_utf8(io.BytesIO(data))):
        if isinstance(row, Withdrawal):
            events += edition.withdraw(row)
        else:
            rejects.append(edition.reject(row))
    return edition, events, rejects


def outcome(events: list[Event]) -> dict[UUID, datetime | None]:
    """When each event was withdrawn."""
    assert all(isinstance(event, Retraction) for event in events)
    return {event.target: event.published_at for event in events}


DELETIONS = st.lists(st.tuples(st.sampled_from((*KEYS, "FRE999")), st.integers(-2, 3)), max_size=6)
"""Keys, and days after the upload."""


@given(st.data(), DELETIONS)
@examples(100)
def test_the_same_deletions_however_they_are_written(data, deletions):
    """Rows and columns in any order, delimiters, encodings, furniture, numbers of data frames."""
    rows = [(key, str(UPLOADED + days * 86_400)) for key, days in deletions]
    number = data.draw(st.sampled_from((str, lambda text: f"{text}.0" if text.isdigit() else text)), "number")
    columns = data.draw(st.permutations(COLUMNS), "columns")
    names = data.draw(st.sampled_from((columns, [name for name in columns if name != "country"])), "names")
    text = io.StringIO()
    writer = csv.DictWriter(text, names, delimiter=data.draw(st.sampled_from(",;\t|"), "delimiter"))
    if data.draw(st.booleans(), "furniture"):
        text.write("\n\n")
    writer.writeheader()
    for key, deleted in data.draw(st.permutations(rows), "rows"):
        cells = {"event_id_cnty": number(key), "deleted_timestamp": number(deleted), "country": "NA"}
        writer.writerow({name: cells[name] for name in names})
    encoding = data.draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16")), "encoding")

    edition, events, rejects = withdraw(standing_rows(), text.getvalue().encode(encoding))

    expected = {
        event_id("acled", key): min(times)
        for key in KEYS
        if (times := [days for other, days in deletions if other == key and days >= 0])
    }
    assert [] == rejects
    assert expected == {
        id_: (instant - datetime.fromtimestamp(UPLOADED, UTC)).days
        for id_, instant in outcome(events).items()
    }
    assert len(deletions) == edition.tally.retracted + edition.tally.unchanged + edition.tally.returned


@given(st.sampled_from(("event_id_cnty", "deleted_timestamp")))
def test_a_list_without_a_column_is_refused(column):
    """Without the time of deletion it may be an export of events."""
    names = [name for name in COLUMNS if name != column]

    with pytest.raises(Malformed) as refused:
        list(read_acled_deletions(io.BytesIO(f"{','.join(names)}\n1,2\n".encode())))

    assert column == refused.value.path


def test_an_export_of_events_is_no_list_of_deletions():
    """Taken for one it would retract all that it holds."""
    with pytest.raises(Malformed, match="deleted_timestamp"):
        list(read_acled_deletions(acled_file({})))


def test_pages_of_the_api_are_lists_too():
    """With numbers as numbers; what cannot be read is told, and the other rows are taken."""
    rows = [
        {"event_id_cnty": 103.0, "deleted_timestamp": UPLOADED + 1.0},
        {"event_id_cnty": "FRE101", "deleted_timestamp": 1654100000000},
        {"event_id_cnty": "FRE102", "deleted_timestamp": 60_000_000_000},
    ]

    _, events, rejects = withdraw(standing_rows(), json.dumps({"success": True, "data": rows}).encode())

    assert [event_id("acled", "103")] == list(outcome(events))
    assert ["FRE101", "FRE102"] == [reject.key for reject in rejects]


def test_a_row_that_came_back_is_not_withdrawn_by_the_old_list_again():
    """A list names all that was ever deleted, and is read whenever it grows."""
    standing = standing_rows()
    deletions = f"event_id_cnty,deleted_timestamp\nFRE101,{UPLOADED + 10}\n".encode()
    withdraw(standing, deletions)
    newer = (UPLOADED + 20, UPLOADED, UPLOADED)
    _, (life, *others) = edit(standing, acled_file(*rows_of(newer)))

    edition, events, _ = withdraw(standing, deletions)

    assert (event_id("acled", "FRE101", 1), []) == (life.id, others)
    assert ([], 1) == (events, edition.tally.returned)
    (retraction,) = withdraw(standing, deletions.replace(b"10\n", b"30\n"))[1]
    assert life.id == retraction.target
