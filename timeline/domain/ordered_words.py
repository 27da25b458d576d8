"""Ordered words: an event by each of its words, where one more correction may come anywhere among them.

A correction that is not the last word changes what later words say only as far as none of them sets the same:
those after it are made again, up to the first that says what it said before. That one stays, and so do all
after it, since each follows from the one before.
"""

from bisect import bisect
from collections.abc import Callable, Mapping, MutableSequence, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from timeline.domain.codec import encode_event
from timeline.domain.events import Event
from timeline.domain.last_word import Word
from timeline.domain.patches import Patch, correct_event

WordOrder = tuple[datetime, int]
"""Puts a source's corrections in the order of words: published, else recorded; then position."""

Rewritten = Sequence[tuple[Word, Word]]
"""Words that say something else since, before and after."""


class OrderedWords(NamedTuple):
    """The words of an event that only corrections amended, none of which was amended itself.

    Each patch in turn leaves a valid event.
    """

    words: Sequence[Word]
    """As the event was posted, and after each correction by the source."""
    orders: Sequence[WordOrder]
    """The places of these corrections, of all words but the first."""
    patches: Sequence[Sequence[Patch]]
    """What makes each word of the one before it: the correction, and what editors mended of it in turn."""
    setters: Mapping[str, WordOrder]
    """The places of those of the corrections that last set a field."""

    @property
    def content(self) -> Event:
        """The event with all its corrections."""
        return self.words[-1].event

    def with_word(
        self, order: WordOrder, patch: Patch, say: Callable[[Event], Word]
    ) -> tuple[Self, Rewritten]:
        """The words with one more in its place, which says what `say` makes of the event.

        Raises:
            RuleBroken: with it, some word would not be a valid event.
        """
        words, orders, patches = [*self.words], [*self.orders], [*self.patches]
        place = bisect(orders, order)
        word = say(correct_event(words[place].event, [patch]))
        orders.insert(place, order)
        words.insert(place + 1, word)
        patches.insert(place + 1, [patch])
        rewritten = _rewrite_after(place + 1, words, patches)
        set_since = {field: max(order, self.setters.get(field, order)) for field in patch.changes}
        return self._replace(
            words=words, orders=orders, patches=patches, setters={**self.setters, **set_since}
        ), rewritten

    def with_mending(self, correction: UUID, changes: Mapping[str, Any]) -> tuple[Self, Rewritten]:
        """The words after editors mended them: each field of the word that last set it.

        Raises:
            RuleBroken: with it, some word would not be a valid event.
        """
        words, patches = [*self.words], [*self.patches]
        rewritten: list[tuple[Word, Word]] = []
        for place, part in self._parts(changes).items():
            patch, old = Patch(correction, part), words[place]
            words[place] = old._replace(event=correct_event(old.event, [patch]))
            patches[place] = [*patches[place], patch]
            rewritten += [(old, words[place]), *_rewrite_after(place, words, patches)]
        return self._replace(words=words, patches=patches), rewritten

    def _parts(self, changes: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
        """Changes by the place of the word that they mend."""
        parts: dict[int, dict[str, Any]] = {}
        for field, value in changes.items():
            order = self.setters.get(field)
            place = 0 if order is None else bisect(self.orders, order)
            parts.setdefault(place, {})[field] = value
        return parts


def _rewrite_after(place: int, words: MutableSequence[Word], patches: Sequence[Sequence[Patch]]) -> Rewritten:
    """Make the words after one again, as far as they do not say what they said before."""
    rewritten: list[tuple[Word, Word]] = []
    for later in range(place + 1, len(words)):
        old, event = words[later], correct_event(words[later - 1].event, patches[later])
        # by what is written: events are equal where the same instant is told by other clocks
        if encode_event(event) == encode_event(old.event):
            break
        words[later] = old._replace(event=event)
        rewritten.append((old, words[later]))
    return rewritten
