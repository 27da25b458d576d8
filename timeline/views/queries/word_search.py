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
_TEXTS = "to_tsvector('simple', {table}.words)"
_ENTRY_TEXTS = _TEXTS.format(table="entry_text")
_LEXEMES = "texts.lexemes"

LEXEMES_OF_ENTRY = f"""
CROSS JOIN LATERAL
(SELECT {_ENTRY_TEXTS} AS lexemes FROM entry_text
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
        query = " || ".join(_side_query(side, numbers) for side in sides if side)
        if not query:
            return Search("TRUE", ("TRUE", parameters))
        search = Search(_lexemes_have(query), (_texts_have(query), parameters))
        if excludes_only or await _are_common(connection, moment, query, parameters):
            return search
        return search._replace(candidates=_developments_with(query), are_exact=True)
    condition, indexed = (
        " OR ".join(f"({_side_condition(side, numbers, actors, have)})" for side in sides)
        for have in (_lexemes_have, _texts_have)
    )
    search = Search(f"({condition})", (f"({indexed})", parameters))
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


_CALLED = f"""
SELECT phrase.text, profile.subject FROM unnest(%(phrases)s::text[]) AS phrase (text)
CROSS JOIN LATERAL (
    SELECT subject FROM profile
    WHERE {VALID} AND kind = 'actor'
      AND {_TEXTS.format(table="profile")} @@ phraseto_tsquery('simple', phrase.text)
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


def _phrase_query(phrase: str, numbers: Mapping[str, int]) -> str:
    return f"phraseto_tsquery('simple', %(phrase_{numbers[phrase]})s)"


def _side_query(side: Iterable[SearchTerm], numbers: Mapping[str, int]) -> str:
    terms = (f"{'!!' * term.is_excluded}{_phrase_query(term.phrase, numbers)}" for term in side)
    return f"({' && '.join(terms)})"


def _side_condition(
    side: Iterable[SearchTerm],
    numbers: Mapping[str, int],
    actors: Mapping[str, Sequence[str]],
    have: Callable[[str], str],
) -> str:
    conditions = []
    for term in side:
        condition = have(_phrase_query(term.phrase, numbers))
        if term.phrase in actors:
            condition = f"({_names_any(numbers[term.phrase])} OR {condition})"
        conditions.append(f"NOT {condition}" if term.is_excluded else condition)
    return " AND ".join(conditions) or "TRUE"


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
        query = "phraseto_tsquery('simple', %(phrase)s)"
        if not await _are_common(connection, moment, query, {"phrase": term.phrase}):
            return term
    return None


def _lexemes_have(query: str) -> str:
    return f"{_LEXEMES} @@ ({query})"


def _texts_have(query: str) -> str:
    # within another expression, it is never made a join: of computed rows the planner knows nothing
    return f"(entry.development IN ({_developments_with(query)})) IS TRUE"


def _developments_with(query: str) -> str:
    """The developments in whose texts a query finds something."""
    return f"SELECT development FROM entry_text WHERE {VALID} AND {_ENTRY_TEXTS} @@ ({query})"


async def _are_common(
    connection: Connection, moment: Moment, query: str, parameters: Mapping[str, object]
) -> bool:
    """Whether a query finds more entries by their texts than are worth sorting."""
    cursor = await connection.execute(
        f"SELECT count(*) FROM ({_developments_with(query)} LIMIT %(limit)s) AS row",
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
        tables.append(_developments_with(_phrase_query(term.phrase, numbers)))
        if term.phrase in actors:
            actor = f"actor = ANY(%(actors_{numbers[term.phrase]})s)"
            tables.append(f"SELECT development FROM entry_actor WHERE {VALID} AND {actor}")
    return " UNION ".join(tables)
