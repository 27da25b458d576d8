"""Whatever an entry shows, its words can be stored and indexed, and it is found by the first of them."""

from itertools import islice, pairwise, product
from string import ascii_lowercase
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.maintenance import engagement
from tests.support.maintenance import statement as about
from tests.support.posting import new_appender, new_timeline, post, view_rows
from tests.support.profiles import examples
from tests.support.samples import correction, estimate, id_of, retraction, same_as, statement, verification
from tests.support.samples import engagement as report
from tests.support.sequences import any_sequences, records_of
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import SameAs
from timeline.domain.search_text import WORDS_BYTES_MAX, search_words
from timeline.log.reader import read_moment
from timeline.views.projection import entries
from timeline.views.projection.entries import development_rows
from timeline.views.projection.entry_texts import texts_searched
from timeline.views.projection.fold import fold
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


def _versions_of(log):
    """The versions of the words of each development, in their order."""
    versions = {}
    records = records_of(log)
    opened = fold(EventGraph(records), records).entry_texts.opened
    for version in sorted(opened, key=lambda version: version.from_position):
        versions.setdefault(version.row.development, []).append(version)
    return versions


def _begin(log, number):
    return [version.from_position for version in _versions_of(log)[id_of(number)]]


@examples(60)
@given(log=any_sequences())
def test_there_is_a_row_of_words_for_each_change_of_them(log):
    """At every position it is the words of the entry, and no two rows that follow each other are the same."""
    records = records_of(log)
    graph = EventGraph(records)
    for development, versions in _versions_of(log).items():
        assert all(before.to_position == after.from_position for before, after in pairwise(versions))
        assert all(before.row != after.row for before, after in pairwise(versions))
        assert versions[-1].to_position is None
        for position in range(versions[0].from_position, len(records) + 1):
            [valid] = [
                v.row for v in versions if position in range(v.from_position, v.to_position or 1 << 63)
            ]
            assert valid == development_rows(graph.at(position).development(development)).text


def test_words_are_written_where_they_change():
    """By a correction of a text, by a link, and by whoever verifies; not by what is said about a report."""
    log = [
        report(1, summary="A drone strike.", occurred="2024-12-20"),
        report(2, summary="A missile strike."),
        statement(3, 1),
        correction(4, 1, occurred="2024-12-21"),
        correction(5, 1, summary="A missile strike near Kursk."),
        verification(6, 1),
        verification(7, 1),
        same_as(8, 1, 2),
        statement(9, 2),
        retraction(10, 3),
    ]

    assert [1, 5, 6, 8] == _begin(log, 1)
    assert [2] == _begin(log, 2)
    assert [3] == _begin(log, 3)


def test_what_is_said_about_a_report_does_not_even_look_at_its_words(monkeypatch):
    """Nor does its retraction: words are made for what is new alone."""
    made: list[list[UUID]] = []

    def counting(reports, actors):
        made.append([report.id for report in reports])
        return texts_searched(reports, actors)

    monkeypatch.setattr(entries, "texts_searched", counting)
    records = records_of(
        [report(1), statement(2, 1), estimate(3), statement(4, 1), retraction(5, 2), retraction(6, 1)]
    )
    fold(EventGraph(records), records)

    assert [[id_of(number)] for number in (1, 2, 3, 4)] == made


async def test_a_statement_indexes_no_words_again(pool):
    """Nor does it end a row of words: those of the report stay as they were written."""
    timeline, appender = await new_timeline(pool), new_appender(pool)
    battle = engagement()
    await post(appender, timeline, battle)
    before = (await view_rows(pool, timeline))["entry_text"]
    await post(appender, timeline, about(battle.id))

    rows = await view_rows(pool, timeline)
    assert 2 == len([row for row in rows["entry"] if row["development"] == battle.id])
    assert before == [row for row in rows["entry_text"] if row["development"] == battle.id]


NAMES = st.sampled_from(("Birch", "Birchton", "Birch Hill", "Caf\u00e9", "Cafe", "hill", "-", "", "a_b", "a"))
GAPS = st.sampled_from((" ", ", ", "\u0301 ", "-", "", "s ", "\u3000"))


@examples(200)
@given(parts=st.lists(st.tuples(NAMES, GAPS), max_size=5), name=NAMES)
def test_a_place_that_the_summary_names_is_found_by_its_words(parts, name):
    """Its words stand beside each other in what is indexed, whether it is put there again or not."""
    summary = "".join(part + gap for part, gap in parts) or "x"
    place = {"name": name, "country": "SE"} if name else {"country": "SE"}
    text = texts_searched([report(1, summary=summary, place=place)], ["birch"])

    assert f" {search_words([name])} ".replace("  ", " ") in f" {text} "
    assert f" {search_words([summary])} ".replace("  ", " ") in f" {text} "


def test_what_is_there_twice_is_indexed_once():
    """A tag that is an actor's id, a place that the summary names."""
    event = report(1, summary="A strike on Birch Hill, Sweden.", tags=["x-1"], place={"name": "Birch Hill"})

    assert "a strike on birch hill sweden x 1" == texts_searched([event], ["x-1"])
