"""Word facts: what follows from each word of an event, kept from one position to the next.

A correction adds one word, mostly the last. What follows from a thousand others is not looked for again then.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from timeline.domain.last_word import Word

FactT = TypeVar("FactT")


class WordFacts(Generic[FactT]):
    """A fact of each word of events; it says nothing of a position, so that all positions may share it."""

    __slots__ = ("_fact_of", "_facts")

    def __init__(self, fact_of: Callable[[Word], FactT]) -> None:
        self._fact_of = fact_of
        self._facts: dict[UUID, tuple[Sequence[Word], list[FactT]]] = {}

    def of(self, event_id: UUID, words: Sequence[Word]) -> list[FactT]:
        """The fact of each of the words of an event."""
        before, old = self._facts.get(event_id, ((), []))
        facts: list[Any] = [None] * len(words)
        number, size = 0, len(before)
        for place, word in enumerate(words):  # no function is called for a word that is the same
            if number < size and before[number] is word:
                facts[place] = old[number]
                number += 1
                continue
            facts[place] = self._fact_of(word)
            if number < size and before[number].position == word.position:
                number += 1  # that word says something else now
        self._facts[event_id] = words, facts
        return facts
