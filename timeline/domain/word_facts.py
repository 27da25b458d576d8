"""Word facts: what follows from the words of an event, found from what was found of fewer of them.

Most corrections add a last word. What follows from a thousand words is not looked for again then.
"""

from collections.abc import Callable, Sequence
from operator import is_
from typing import Generic, TypeVar
from uuid import UUID

from timeline.domain.last_word import Word

FactT = TypeVar("FactT")


class WordFacts(Generic[FactT]):
    """A fact of the words of each event; it says nothing of a position, so that all positions may share it.

    `find` gives the fact of some words; `extend` that of the first so many of them and one more, from the
    fact of the first.
    """

    __slots__ = ("_extend", "_facts", "_find")

    def __init__(
        self,
        find: Callable[[Sequence[Word]], FactT],
        extend: Callable[[FactT, Sequence[Word], int], FactT],
    ) -> None:
        self._find = find
        self._extend = extend
        self._facts: dict[UUID, tuple[Sequence[Word], FactT]] = {}

    def of(self, event_id: UUID, words: Sequence[Word]) -> FactT:
        """The fact of the words of an event."""
        earlier, fact = self._facts.get(event_id, ((), None))
        size = len(earlier)
        if fact is None or size > len(words) or not all(map(is_, earlier, words)):
            fact = self._find(words)
        else:
            for number in range(size, len(words)):
                fact = self._extend(fact, words, number)
        self._facts[event_id] = words, fact
        return fact
