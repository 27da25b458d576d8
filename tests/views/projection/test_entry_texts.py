"""Whatever an entry shows, its words can be stored and indexed, and it is found by the first of them."""

from itertools import islice, product
from string import ascii_lowercase
from uuid import uuid4

import pytest

from tests.support.maintenance import engagement
from tests.support.posting import new_appender, new_timeline, post
from timeline.domain.events import SameAs
from timeline.domain.search_text import WORDS_BYTES_MAX, search_words
from timeline.log.reader import read_moment
from timeline.views.queries.entries import EntryQuery, entry_page
from timeline.views.queries.entry_filter import EntryFilter

HAN = "".join(map(chr, range(0x4E00, 0x9FFF)))


@pytest.mark.parametrize(("letters", "length"), [(ascii_lowercase, 3), (ascii_lowercase, 4), (HAN, 1)])
@pytest.mark.parametrize("between", [" ", "_"])
async def test_the_index_takes_as_many_words_as_a_text_may_have(pool, letters, length, between):
    """Short words that are all different take the most room there."""
    number = 2 * WORDS_BYTES_MAX // (length + 1)
    words = search_words([between.join(map("".join, islice(product(letters, repeat=length), number)))])

    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT length(to_tsvector('simple', %s))", [words])
        assert (await cursor.fetchone())[0] > 0


async def test_an_entry_of_many_long_reports_is_found_by_the_first(pool):
    """More than an index takes of one text was once refused as a fault of the database."""
    timeline, appender = await new_timeline(pool), new_appender(pool)
    reports = [engagement(summary=f"First{number} {_other_words(number)}") for number in range(60)]
    await post(appender, timeline, *reports)
    await post(appender, timeline, SameAs(id=uuid4(), developments=tuple(report.id for report in reports)))

    async with pool.connection() as connection:
        moment = await read_moment(connection, timeline, None)
        for word, entries in (("first0", 1), ("first20", 1), ("first59", 0)):
            query = EntryQuery(filter=EntryFilter(words=word), limit=9)
            page = await entry_page(connection, moment, query)
            assert len(page.documents) == entries, word


def _other_words(number: int) -> str:
    start = number * 3_000
    return " ".join(map("".join, islice(product(ascii_lowercase, repeat=5), start, start + 3_000)))
