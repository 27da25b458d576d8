"""A search gives the same entries whichever way they are read: sorted, in order, or looked up by names."""

from itertools import product
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.posting import new_timeline, record_in_batches
from tests.support.profiles import examples
from tests.support.samples import correction, engagement, profile
from tests.views.queries.test_entries import all_ids, moment_at
from timeline.domain.edtf import named_days
from timeline.views.projection.rows import VALID
from timeline.views.queries import word_search
from timeline.views.queries.entries import EntryQuery
from timeline.views.queries.entry_filter import EntryFilter

WORDS = ("north", "south", "army", "raid", "of", "the")
WAYS = list(product((0, 1, word_search.SORTED_MAX), (0, word_search.CANDIDATES_MAX)))
"""How many entries are sorted, by their texts and by names."""

terms = st.builds(
    lambda minus, words: f'{minus}"{" ".join(words)}"' if len(words) > 1 else minus + words[0],
    st.sampled_from(("", "", "-")),
    st.lists(st.sampled_from((*WORDS, "zebra")), min_size=1, max_size=2),
)
searches = st.lists(st.one_of(terms, terms, st.just("or")), min_size=1, max_size=5).map(" ".join)


@pytest.fixture(scope="module")
def places(desk: Any) -> str:
    """A timeline of reports with few words, by actors whose names have these too."""
    timeline = desk.run(new_timeline(desk.pool))
    log = [
        profile(1, "a", "North Army"),
        profile(2, "b", "Army of the South"),
        *(
            engagement(
                number,
                summary=" ".join(WORDS[index] for index in range(6) if number >> index & 1) or "nothing",
                attackers=[("a", "b", "c")[number % 3]],
                occurred=f"2024-{number % 12 + 1:02}",
            )
            for number in range(10, 60)
        ),
        *(correction(number, number - 60, summary="The raid of the south.") for number in range(75, 80)),
    ]
    desk.run(record_in_batches(desk.appender, timeline, log))
    return timeline


@examples(60)
@given(
    words=searches,
    order=st.sampled_from(("asc", "desc")),
    limit=st.sampled_from((1, 7, 100)),
    position=st.sampled_from((20, 52, 57)),
    until=st.sampled_from((None, named_days("2024-06"))),
    actor=st.sampled_from((None, None, "a")),
)
def test_every_way_gives_the_same(  # noqa: PLR0913 - the parts of a query
    desk: Any, places: str, words: str, order: Any, limit: int, position: int, until: Any, actor: str | None
) -> None:
    """In the same order, page by page."""
    at = desk.run(moment_at(desk, places, position))
    entry_filter = EntryFilter(words=words, until=until, actor=actor)
    answers = []
    for sorted_max, candidates_max in WAYS:
        with (
            patch.object(word_search, "SORTED_MAX", sorted_max),
            patch.object(word_search, "CANDIDATES_MAX", candidates_max),
        ):
            query = EntryQuery(filter=entry_filter, order=order, limit=limit)
            answers.append(desk.run(all_ids(desk, at, query)))

    assert answers[:1] * len(WAYS) == answers


@examples(60)
@given(words=searches)
def test_a_search_finds_what_has_its_words(desk: Any, places: str, words: str) -> None:
    """In its texts or in the name of an actor, phrases in their order: told by looking at each entry."""
    at = desk.run(moment_at(desk, places, 57))
    sides = [side for side in word_search.read_terms(words) if side]
    texts = desk.run(_texts(desk, at))
    fitting = {
        entry
        for entry, own in texts.items()
        if not sides or any(all(_has(own, term) for term in side) for side in sides)
    }
    query = EntryQuery(filter=EntryFilter(words=words), limit=100)

    assert fitting == set(desk.run(all_ids(desk, at, query)))


def _has(texts: list[str], term: word_search.SearchTerm) -> bool:
    return any(f" {term.phrase} " in f" {text} " for text in texts) != term.is_excluded


_TEXTS = f"""
WITH actor AS (SELECT actor, order_key FROM entry_actor WHERE {VALID}),
called AS (SELECT subject, words FROM profile WHERE {VALID} AND kind = 'actor')
SELECT development::text, words, array(
    SELECT called.words FROM actor JOIN called ON subject = actor WHERE order_key = entry.order_key
)
FROM (SELECT * FROM entry WHERE {VALID}) AS entry
JOIN (SELECT development, words FROM entry_text WHERE {VALID}) AS text USING (development)
"""


async def _texts(desk: Any, moment: Any) -> dict[str, list[str]]:
    """The words of each entry that stands, and those of the names of its actors."""
    async with desk.pool.connection() as connection:
        cursor = await connection.execute(_TEXTS, moment.scope)
        return {entry: [words, *names] for entry, words, names in await cursor.fetchall()}
