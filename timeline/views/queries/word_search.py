"""Searching by words: what `q` asks for, and the entries that have it (meaning, section 7).

An entry is found where it has all words and "exact phrases" of one side of an `or`, and none that has a `-`
before it. It has what stands in the texts that it shows, and what its actors are called: their names and
aliases by the profiles as these stood at the position, and as the world knew them by a time of publication.
These are looked up first, in the profiles; most words are in no name, and then the index of the texts answers
alone.

The words of an entry are read only where the index leads to them, or once for each row of a page that is read
in order, which is best where many entries have them: the next are never far.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from timeline.domain.search_text import search_words
from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.projection.rows import SCOPE, VALID
from timeline.views.queries.entry_filter import Clause
from timeline.views.queries.past_profiles import past_profiles

_PART = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_LEXEMES = "array_to_tsvector(string_to_array({table}.words, ' '))"
"""The words of a row, as the index of its table has them: without their order, which phrases need."""

LEXEMES_OF_ENTRY = f"""
CROSS JOIN LATERAL
(SELECT {_LEXEMES.format(table="entry_text")} AS lexemes, words FROM entry_text
 WHERE {SCOPE} AND development = entry.development
   AND from_position <= %(at)s ORDER BY from_position DESC LIMIT 1) AS texts
"""
"""In SQL, behind a table `entry`: the words of each row, computed once however many conditions they meet."""

NAMED_ACTORS_MAX = 1_000
"""How many actors one word may name; of more, the first by id are looked for."""


class SearchTerm(NamedTuple):
    """A word, or several that follow each other, that a text has to have or must not have."""

    phrase: str
    is_excluded: bool

    @property
    def is_phrase(self) -> bool:
        """Whether it has several words."""
        return " " in self.phrase


CANDIDATES_MAX = 5_000
"""How many entries may name the actors of a word, to be sorted; where more do, they are read in order."""

SORTED_MAX = 1_000
"""How many entries may have words in their texts, to be sorted; where more do, they are read in order."""

LEADING_TRIED_MAX = 5
"""Of how many terms of a side it is looked up whether few entries have them."""


class Search(NamedTuple):
    """What entries have to meet, and where few that can are: in a table of their `development`.

    Without such a table so many entries may be meant that they are best read in order.
    """

    condition: str
    """In SQL, on a table `entry` behind which LEXEMES_OF_ENTRY has the words: no index is used for it."""
    clause: Clause
    """The same of a table `entry` alone, whose words are looked for first: also where there is no index."""
    candidates: str | None = None
    are_exact: bool = False
    """Whether all that the table has meet the condition."""


def read_terms(text: str) -> list[list[SearchTerm]]:
    """The sides of the `or` in a text, each with its terms; what holds no word has none."""
    sides: list[list[SearchTerm]] = [[]]
    for minus, quoted, word in _PART.findall(text):
        if word.casefold() == "or" and not minus:
            sides.append([])
        elif phrase := search_words([quoted or word]):
            sides[-1].append(SearchTerm(phrase, bool(minus)))
    return [side for side in sides if side] or [[]]


async def search(
    connection: Connection, moment: Moment, text: str, published_by: datetime | None = None
) -> Search:
    """What an entry has to meet for a text to find it, at a moment, by what actors were called by a time.

    Raises:
        RuleBroken: too many profiles were not yet as they are by the time.
    """
    sides = read_terms(text)
    # what only excludes leaves most: to look up how many would be to read them all
    excludes_only = any(side and all(term.is_excluded for term in side) for side in sides)
    phrases = list(dict.fromkeys(term.phrase for side in sides for term in side))
    actors = await _actors_called(connection, moment, phrases, published_by)
    parameters: dict[str, object] = {}
    for number, phrase in enumerate(phrases):
        parameters |= {f"phrase_{number}": phrase, f"actors_{number}": actors.get(phrase, [])}
    numbers = {phrase: number for number, phrase in enumerate(phrases)}
    if not actors:
        stored = _any_side(sides, lambda side: _text_condition(side, numbers, "entry_text"))
        if not stored:
            return Search("TRUE", ("TRUE", parameters))
        read = _any_side(sides, lambda side: _text_condition(side, numbers, "texts"))
        search = Search(read, (_is_development_with(stored), parameters))
        if excludes_only or await _are_common(connection, moment, stored, parameters):
            return search
        return search._replace(candidates=_developments_with(stored), are_exact=True)
    condition = _any_side(sides, lambda side: _side_condition(side, numbers, actors, _read_texts_have))
    indexed = _any_side(sides, lambda side: _side_condition(side, numbers, actors, _stored_texts_have))
    search = Search(condition, (indexed, parameters))
    leading = []
    for side in sides:
        term = await _leading_term(connection, moment, side, actors)
        if term is None:
            return search
        leading.append(term)
    names = {actor for term in leading for actor in actors.get(term.phrase, ())}
    if await _are_named_often(connection, moment, names):
        return search
    return search._replace(candidates=_candidates(leading, numbers, actors))


_ALL_WORDS = "replace({phrase}, ' ', ' & ')::tsquery"
"""The query for all words of a phrase: they hold no sign that means something in it."""
_HAS_PHRASE = "strpos(' ' || {table}.words || ' ', ' ' || {phrase} || ' ') > 0"
"""That the words of a row have a phrase in its order."""

_CALLED = f"""
SELECT phrase.text, profile.subject FROM unnest(%(phrases)s::text[]) AS phrase (text)
CROSS JOIN LATERAL (
    SELECT subject FROM profile
    WHERE {VALID} AND kind = 'actor'
      AND {_LEXEMES.format(table="profile")} @@ {_ALL_WORDS.format(phrase="phrase.text")}
      AND {_HAS_PHRASE.format(table="profile", phrase="phrase.text")}
    ORDER BY subject LIMIT %(limit)s
) AS profile
"""


async def _actors_called(
    connection: Connection, moment: Moment, phrases: Sequence[str], published_by: datetime | None
) -> Mapping[str, Sequence[str]]:
    """The actors whose names or aliases have a phrase, by phrase."""
    actors: dict[str, list[str]] = {}
    if phrases:
        past = await past_profiles(connection, moment, published_by)
        parameters = {**moment.scope, **past.parameters, "phrases": phrases, "limit": NAMED_ACTORS_MAX}
        for phrase, actor in await (await connection.execute(past.query(_CALLED), parameters)).fetchall():
            actors.setdefault(phrase, []).append(actor)
    return actors


def _any_side(sides: Iterable[list[SearchTerm]], condition: Callable[[list[SearchTerm]], str]) -> str:
    """The condition that one of the sides is met, in SQL; empty where nothing is asked for."""
    conditions = [condition(side) for side in sides if side]
    return f"({' OR '.join(f'({each})' for each in conditions)})" if conditions else ""


def _text_condition(side: Iterable[SearchTerm], numbers: Mapping[str, int], table: str) -> str:
    """What a text must meet to have all that a side asks for: the index finds all but the order of words."""
    lexemes = "texts.lexemes" if table == "texts" else _LEXEMES.format(table=table)
    queries: list[str] = []
    phrases: list[str] = []
    for term in side:
        phrase = f"%(phrase_{numbers[term.phrase]})s::text"
        if not (term.is_excluded and term.is_phrase):
            queries.append("!!" * term.is_excluded + _ALL_WORDS.format(phrase=phrase))
        if term.is_phrase:
            phrases.append("NOT " * term.is_excluded + _HAS_PHRASE.format(table=table, phrase=phrase))
    return " AND ".join([*([f"{lexemes} @@ ({' && '.join(queries)})"] if queries else []), *phrases])


def _side_condition(
    side: Iterable[SearchTerm],
    numbers: Mapping[str, int],
    actors: Mapping[str, Sequence[str]],
    have: Callable[[SearchTerm, Mapping[str, int]], str],
) -> str:
    conditions = []
    for term in side:
        condition = have(term._replace(is_excluded=False), numbers)
        if term.phrase in actors:
            condition = f"({_names_any(numbers[term.phrase])} OR ({condition}))"
        conditions.append(f"NOT ({condition})" if term.is_excluded else condition)
    return " AND ".join(conditions)


def _names_any(number: int) -> str:
    return (
        f"EXISTS (SELECT FROM entry_actor WHERE {VALID} AND actor = ANY(%(actors_{number})s)"
        " AND order_key = entry.order_key)"
    )


async def _leading_term(
    connection: Connection,
    moment: Moment,
    side: Iterable[SearchTerm],
    actors: Mapping[str, Sequence[str]],
) -> SearchTerm | None:
    """A term of a side that an entry must have and few have in their texts; None where there is none.

    Every entry of a side has all of these, so any will do to look among few: best is one that is in no name.
    """
    required = [term for term in side if not term.is_excluded]
    required.sort(key=lambda term: len(actors.get(term.phrase, ())))
    for term in required[:LEADING_TRIED_MAX]:
        condition = _text_condition([term], {term.phrase: 0}, "entry_text")
        if not await _are_common(connection, moment, condition, {"phrase_0": term.phrase}):
            return term
    return None


def _read_texts_have(term: SearchTerm, numbers: Mapping[str, int]) -> str:
    return _text_condition([term], numbers, "texts")


def _stored_texts_have(term: SearchTerm, numbers: Mapping[str, int]) -> str:
    return _is_development_with(_text_condition([term], numbers, "entry_text"))


def _is_development_with(condition: str) -> str:
    # within another expression, it is never made a join: of computed rows the planner knows nothing
    return f"(entry.development IN ({_developments_with(condition)})) IS TRUE"


def _developments_with(condition: str) -> str:
    """The developments whose texts meet a condition."""
    return f"SELECT development FROM entry_text WHERE {VALID} AND {condition}"


async def _are_common(
    connection: Connection, moment: Moment, condition: str, parameters: Mapping[str, object]
) -> bool:
    """Whether more entries have texts that meet a condition than are worth sorting."""
    cursor = await connection.execute(
        f"SELECT count(*) FROM ({_developments_with(condition)} LIMIT %(limit)s) AS row",
        {**moment.scope, **parameters, "limit": SORTED_MAX + 1},
        prepare=False,  # planned for any words, it would read all rows to find the rare ones
    )
    row = await cursor.fetchone()
    return row is not None and row[0] > SORTED_MAX


async def _are_named_often(connection: Connection, moment: Moment, actors: Iterable[str]) -> bool:
    parameters = {**moment.scope, "actors": [*actors], "limit": CANDIDATES_MAX + 1}
    rows = f"SELECT FROM entry_actor WHERE {VALID} AND actor = ANY(%(actors)s) LIMIT %(limit)s"
    cursor = await connection.execute(f"SELECT count(*) FROM ({rows}) AS row", parameters)
    row = await cursor.fetchone()
    return row is not None and row[0] > CANDIDATES_MAX


def _candidates(
    terms: Iterable[SearchTerm], numbers: Mapping[str, int], actors: Mapping[str, Sequence[str]]
) -> str:
    """The developments that have one of the terms, in their texts or in the names of their actors."""
    tables = []
    for term in terms:
        tables.append(_developments_with(_text_condition([term], numbers, "entry_text")))
        if term.phrase in actors:
            actor = f"actor = ANY(%(actors_{numbers[term.phrase]})s)"
            tables.append(f"SELECT development FROM entry_actor WHERE {VALID} AND {actor}")
    return " UNION ".join(tables)
