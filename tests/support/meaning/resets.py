"""Resets and adjustments of running totals: which count a claim belongs to, and what shifts its floor."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from tests.support.meaning.claims import Claim, Topic
from tests.support.meaning.dates import claim_dating
from tests.support.meaning.words import Log, Word
from timeline.domain.edtf import Days
from timeline.domain.events import SeriesReset


class Break(NamedTuple):
    """A reset, or an adjustment where `shift` is a number; of one claimant's total, or of all (None)."""

    day: date
    claimant: str | None
    shift: int | None
    word: Word

    def touches(self, claimant: str) -> bool:
        """Whether it is one of this claimant's total."""
        return self.claimant in (None, claimant)


def breaks_of(log: Log, topic: Topic) -> list[Break]:
    """The standing resets and adjustments of a series, as the world had heard them.

    A reset stands at the start of its day: of the first day that it names, else of the day it was said.
    """
    words = [log.last_word(r.event.id) for r in log.roots() if isinstance(r.event, SeriesReset)]
    breaks = []
    for word in words:
        if word is None or not isinstance(word.event, SeriesReset) or word.event.series != topic.series:
            continue
        event = word.event
        day = claim_dating(event, word.published, word.recorded_at).days.first
        breaks.append(Break(day, event.claimant, event.adjustment, word))
    return sorted(breaks, key=lambda cut: (cut.day, cut.word.order))


def count_number(claim: Claim, breaks: Iterable[Break]) -> int:
    """How often the claimant's count was begun anew by the end of the claim's date.

    Claims whose counts were begun anew a different number of times are different counts.
    """
    resets = [cut for cut in breaks if cut.shift is None and cut.touches(claim.claimant)]
    return sum(cut.day <= claim.speaks_for.days.last for cut in resets)


def shift_between(claimant: str, older: Days, newer: Days, breaks: Iterable[Break]) -> int:
    """The sum of the adjustments after the end of one date, up to the end of another.

    An adjustment stands at the start of its day, so that a claim for that day has it already.
    """
    return sum(
        cut.shift
        for cut in breaks
        if cut.shift is not None and cut.touches(claimant) and older.last < cut.day <= newer.last
    )
