"""Claiming words: which of an event's words claim something beside each other.

An event claims what it says by its last word, said by the first of the words that say so: who corrects a
place says no figure again. Restating by a correction answers as restating by a new report (meaning, section
2), so that a claim whose days follow from when it was said leaves another behind with each word that its
source puts in its place: 10 said on the 6th and 12 on the 10th are a claim for each of these days. Where a
correction changes whose figure it is, of what, or the days of the date that is written, the claim is moved
and leaves none. A word without a number, or one that reports none, takes back what the event had claimed.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from timeline.domain.claims import Claim, claim_of, figure_of, incident_of, series_of, unit_of
from timeline.domain.dating import capped_days
from timeline.domain.edtf import Days, named_days
from timeline.domain.figure import Figure
from timeline.domain.last_word import Word
from timeline.domain.word_facts import WordFacts


class _Saying(NamedTuple):
    """What a word says of a figure; nothing where it has none, or nobody claims it."""

    figure: Figure | None
    is_number: bool
    """Whether it is a number, or a word for one, and no silence."""
    subject: tuple[object, ...] = ()
    """Whose figure of what it is, and the date that is written: what restating a figure leaves as it is."""
    days: tuple[object, ...] = ()
    """By which the claim is selected, as `Days.by_end`."""


class ClaimingWords:
    """The words by which events claim something."""

    def __init__(self) -> None:
        self._sayings = WordFacts(_saying)

    def of(self, event_id: UUID, words: Sequence[Word]) -> Sequence[Word]:
        """Those of an event's words that claim something, for earlier days first.

        Each says what was said last of what it claims, and when that was first said. The last is that of the
        last word, and only it may have no figure, or report none.
        """
        return _claiming(words, self._sayings.of(event_id, words))


def _claiming(words: Sequence[Word], sayings: Sequence[_Saying]) -> Sequence[Word]:
    """No function is called for each word: there may be thousands."""
    claiming: list[Word] = []
    last, days, number = sayings[-1], sayings[-1].days, len(words)
    while number:
        word, (figure, is_number, subject, _) = words[number - 1], sayings[number - 1]
        if claiming and not is_number:
            break
        number -= 1
        while number and figure is not None:  # back to the word that said it first
            before, _, about, _ = sayings[number - 1]
            if about != subject or before != figure:
                break
            number -= 1
        if claiming and (subject != last.subject or sayings[number].days >= days):
            continue
        first, days = words[number], sayings[number].days
        claiming.append(word if word is first else first._replace(event=word.event))
        if not is_number:
            break
    return claiming[::-1]


def _saying(word: Word) -> _Saying:
    claim, figure = claim_of(word), figure_of(word.event)
    if claim is None or figure is None:
        return _Saying(figure, is_number=False)
    series = series_of(word.event)  # of the report that it names, whichever leads its incident
    subject = (claim.claimant, series, unit_of(series, figure), _written_days(claim))
    return _Saying(figure, figure.qualifier != "none_reported", subject, claim.days.by_end)


def _written_days(claim: Claim) -> tuple[Days, Days] | None:
    """The days that the date of a claim names, whole and by their first day; None where none is written.

    When an incident occurred does not date its count.
    """
    text: str | None = claim.dating.text
    if incident_of(claim.word.event) is not None:
        text = getattr(claim.word.event, "as_of", None)
    elif claim.dating.dated_by in ("published", "recorded"):
        text = None
    if text is None:
        return None
    days = named_days(text)
    return days, capped_days(text, days.first)
