"""Entries whose words stood in their own rows are found as before, and are what the program would write."""

import msgspec
import pytest

from tests.support.maintenance import differences
from tests.support.posting import new_appender, new_timeline, post, view_rows
from tests.support.samples import correction, engagement, id_of, retraction, same_as, statement
from timeline.log.migrations import migrate
from timeline.log.reader import read_moment
from timeline.views.queries.entries import EntryQuery, entry_page
from timeline.views.queries.entry_filter import EntryFilter

_BEFORE = """
ALTER TABLE entry ADD COLUMN words text;
UPDATE entry SET words = (
    SELECT replace(words, 'side a', '_side_a_') FROM entry_text AS text
    WHERE text.timeline_id = entry.timeline_id AND text.generation = entry.generation
        AND text.development = entry.development AND text.from_position <= entry.from_position
    ORDER BY text.from_position DESC LIMIT 1
);
ALTER TABLE entry ALTER COLUMN words SET NOT NULL;
CREATE INDEX entry_words ON entry USING gin (to_tsvector('simple', words));
DROP TABLE entry_text;
ALTER TABLE figure_claim DROP CONSTRAINT figure_claim_pkey, DROP COLUMN is_earlier,
    ADD PRIMARY KEY (timeline_id, generation, source, from_position);
DELETE FROM migration WHERE number >= 16;
"""
"""Makes of a database what it was before the step that gives the words rows of their own.

Words then held low lines, which the parser of the database took for what stands between words.
"""


@pytest.fixture
async def timelines(pool):
    """Two timelines whose entries have several versions, of which some have the same words."""
    log = [
        engagement(1, summary="A drone strike near Kursk."),
        engagement(2, summary="A raid by side_a."),
        statement(3, 1, summary="It was so."),
        correction(4, 1, summary="A missile strike near Kursk."),
        statement(5, 1, summary="It was not so.", stance="denies"),
        correction(6, 1, summary="A drone strike near Kursk."),
        same_as(7, 1, 2),
        retraction(8, 2),
    ]
    names = [await new_timeline(pool) for _ in range(2)]
    for name, events in zip(names, (log, log[:4]), strict=True):
        await post(new_appender(pool), name, *events)
    return names


async def test_words_get_rows_of_their_own(pool, timelines):
    """One row for neighbouring versions with the same words."""
    written = [(await view_rows(pool, timeline))["entry_text"] for timeline in timelines]
    async with pool.connection() as connection:
        await connection.execute(_BEFORE, prepare=False)
    applied = await migrate(pool.conninfo)

    assert "0016-entry-texts" == applied[0]
    assert written == [(await view_rows(pool, timeline))["entry_text"] for timeline in timelines]
    for timeline in timelines:
        assert [] == await differences(pool, timeline)
    assert {1, 2} == await _matches(pool, timelines[0], "drone or raid", 3)
    assert {1} == await _matches(pool, timelines[0], "missile -drone", 5)
    assert {1} == await _matches(pool, timelines[0], "drone", 8)
    assert set() == await _matches(pool, timelines[1], "drone", 4)


async def _matches(pool, timeline, words, position):
    """The numbers of the entries that a search finds at a position."""
    async with pool.connection() as connection:
        moment = await read_moment(connection, timeline, position)
        page = await entry_page(connection, moment, EntryQuery(filter=EntryFilter(words=words), limit=9))
    return {number for number in range(1, 9) if str(id_of(number)) in {_id(d) for d in page.documents}}


def _id(document):
    return msgspec.json.decode(document)["id"]
