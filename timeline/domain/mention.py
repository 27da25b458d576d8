"""A mention: one standing event about a development, and lists of them in an order."""

from bisect import bisect_left, insort
from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from timeline.domain.last_word import Word


class Mention(NamedTuple):
    """A standing event about a development: the position at which it was recorded, and its last word."""

    position: int
    word: Word

    @property
    def order(self) -> tuple[datetime, int]:
        """Puts mentions in the order of words."""
        return self.word.order


Sorting = Callable[[Mention], Any]
by_word: Sorting = attrgetter("order")
by_position: Sorting = attrgetter("position")


def insert(mentions: list[Mention], mention: Mention, order: Sorting = by_word) -> None:
    """Put in one more where it belongs; what is said last mostly is the last word."""
    if not mentions or order(mentions[-1]) < order(mention):
        mentions.append(mention)
    else:
        insort(mentions, mention, key=order)


def remove(mentions: list[Mention], mention: Mention, order: Sorting = by_word) -> None:
    """Take out one of them."""
    place = bisect_left(mentions, order(mention), key=order)
    assert mentions[place].position == mention.position  # noqa: S101 - its caller keeps them in step
    del mentions[place]


def holds(mentions: list[Mention], mention: Mention) -> bool:
    """Whether it is among some in the order of words."""
    place = bisect_left(mentions, mention.order, key=by_word)
    return place < len(mentions) and mentions[place].position == mention.position
