"""Mentions of a development by what they are, and what they come to: who speaks, verifies and dates it.

Of one speaker's `confirms`, `denies` and `not_acknowledged` on one development the last word stands, and of
one verifier's grades; other stances supersede nothing (meaning, section 2).
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import chain
from typing import NamedTuple, cast

from timeline.domain.dating import DATING_RANKS, Dating, place_in_time
from timeline.domain.events import Development, Event, Evidence, OfficialStatement, Verification
from timeline.domain.last_word import Word
from timeline.domain.mention import Mention, by_position, insert, remove
from timeline.domain.publicity import last_of

_DECISIVE_STANCES = frozenset({"confirms", "denies", "not_acknowledged"})
_NOBODY: frozenset[str] = frozenset()


class MentionsByKind:
    """Mentions by what they are, each kind in the order of words, and what they come to."""

    __slots__ = (
        "_count_dates",
        "_last_words",
        "_publications",
        "_speakers",
        "_verifiers",
        "counts",
        "evidence",
        "statements",
        "verifications",
    )

    def __init__(self) -> None:
        self.statements: list[Mention] = []
        self.evidence: list[Mention] = []
        self.verifications: list[Mention] = []
        self.counts: list[Mention] = []
        """In the order in which they were recorded: so they lead."""
        self._publications: Sequence[datetime | None] | None = ()
        self._verifiers: tuple[str, ...] | None = ()
        self._count_dates: CountDates | None = None
        self._last_words: dict[_Line, Mention] = {}
        self._speakers: dict[str, AbstractSet[str]] = {}

    def copy(self) -> "MentionsByKind":
        """The same, to which others can be added."""
        copied = MentionsByKind()
        copied.statements, copied.evidence = [*self.statements], [*self.evidence]
        copied.verifications, copied.counts = [*self.verifications], [*self.counts]
        copied._publications, copied._verifiers = self._publications, self._verifiers
        copied._count_dates = self._count_dates
        copied._last_words, copied._speakers = {**self._last_words}, {**self._speakers}
        return copied

    def add(self, mention: Mention) -> None:
        """Take in one more."""
        word = mention.word
        event = word.event
        if isinstance(event, OfficialStatement):
            insert(self.statements, mention)
        elif isinstance(event, Evidence):
            insert(self.evidence, mention)
        elif isinstance(event, Verification):
            insert(self.verifications, mention)
            self._add_verifier(event.claimant, is_last=self.verifications[-1] is mention)
        else:
            self._add_count(mention)
        if self._publications is not None:
            self._publications = last_of((*self._publications, word.published_at))
        if (line := _line_of(event)) is not None:
            self._hear(line, mention)

    def _add_verifier(self, claimant: str, *, is_last: bool) -> None:
        if not is_last:
            self._verifiers = None
        elif self._verifiers is not None and claimant not in self._verifiers:
            self._verifiers = (*self._verifiers, claimant)

    def _add_count(self, mention: Mention) -> None:
        insert(self.counts, mention, by_position)
        if self.counts[-1] is not mention:
            self._count_dates = None
        elif self._count_dates is not None:
            self._count_dates = self._count_dates.with_count(mention.word)

    def remove(self, mention: Mention) -> None:
        """Let go of one of them, as it is among them; what followed from it is found again."""
        event = mention.word.event
        if isinstance(event, OfficialStatement):
            remove(self.statements, mention)
        elif isinstance(event, Evidence):
            remove(self.evidence, mention)
        elif isinstance(event, Verification):
            remove(self.verifications, mention)
            self._verifiers = None
        else:
            remove(self.counts, mention, by_position)
            self._count_dates = None
        self._publications = None
        line = _line_of(event)
        if line is not None and self._last_words[line].position == mention.position:
            self._forget(line, mention)

    def _forget(self, line: "_Line", mention: Mention) -> None:
        """Let the word before the last of its line be the last."""
        _, speaker = line
        verdict = _verdict(self._last_words.pop(line).word.event)
        self._speakers[verdict] = self._speakers[verdict] - {speaker}
        words = self.verifications if isinstance(mention.word.event, Verification) else self.statements
        for word in reversed(words):
            if _line_of(word.word.event) == line:
                self._hear(line, word)
                return

    def _hear(self, line: "_Line", mention: Mention) -> None:
        _, speaker = line
        verdict, last = _verdict(mention.word.event), self._last_words.get(line)
        if last is not None:
            if mention.order < last.order:
                return
            superseded = _verdict(last.word.event)
            self._speakers[superseded] = self._speakers[superseded] - {speaker}
        self._last_words[line] = mention
        self._speakers[verdict] = self._speakers.get(verdict, _NOBODY) | {speaker}

    @property
    def publications(self) -> Sequence[datetime | None]:
        """The last publication of them all; None where one is unknown. Nothing where there are none."""
        if self._publications is None:
            every = chain(self.statements, self.evidence, self.verifications, self.counts)
            self._publications = last_of(mention.word.published_at for mention in every)
        return self._publications

    @property
    def verifiers(self) -> tuple[str, ...]:
        """Who verified, each once, in the order of their first words."""
        if self._verifiers is None:
            self._verifiers = _claimants_of(self.verifications)
        return self._verifiers

    def speakers(self, *verdicts: str) -> AbstractSet[str]:
        """Who says one of these by their last word: stances of statements, or grades of verifications."""
        return _NOBODY.union(*(self._speakers[verdict] for verdict in verdicts if verdict in self._speakers))

    def is_superseded(self, mention: Mention) -> bool:
        """Whether a later word of the same speaker supersedes a statement or a verification."""
        line = _line_of(mention.word.event)
        return line is not None and self._last_words[line].position != mention.position

    @property
    def count_dates(self) -> "CountDates":
        """What counts say of when it happened."""
        if self._count_dates is None:
            self._count_dates = NO_COUNT_DATES
            for count in self.counts:
                self._count_dates = self._count_dates.with_count(count.word)
        return self._count_dates


class CountDates(NamedTuple):
    """The dates that counts give a development, as far as it matters which."""

    leading: Dating | None
    """The first of the best rank, in the order in which they were recorded."""
    datings: AbstractSet[Dating]
    """Two of each rank at different instants, or one where there are no two."""

    def with_count(self, word: Word) -> "CountDates":
        """The same with a further count, which is recorded after them."""
        dating = place_of(word)
        rank, leading, datings = DATING_RANKS[dating.dated_by], self.leading, self.datings
        if leading is None or rank < DATING_RANKS[leading.dated_by]:
            leading = dating
        of_rank = {each.instant for each in datings if DATING_RANKS[each.dated_by] == rank}
        if len(of_rank) < 2 and dating.instant not in of_rank:
            datings = datings | {dating}
        return CountDates(leading, datings)


NO_COUNT_DATES = CountDates(None, frozenset())


def place_of(word: Word) -> Dating:
    """The place in time of what a word reports, which a later publication or recording does not move."""
    return place_in_time(cast("Development", word.event), word.first_published_at, word.first_recorded_at)


def _claimants_of(verifications: Iterable[Mention]) -> tuple[str, ...]:
    claimants = (cast("Verification", mention.word.event).claimant for mention in verifications)
    return tuple(dict.fromkeys(claimants))


_Line = tuple[type[Event], str]
"""Words of which the last stands: their type, and who speaks."""


def _line_of(event: Event) -> _Line | None:
    """The line of a word that supersedes, and can be superseded; None where the event is no such word."""
    if isinstance(event, Verification):
        return Verification, event.claimant
    if isinstance(event, OfficialStatement) and event.stance in _DECISIVE_STANCES:
        return OfficialStatement, event.speaker
    return None


def _verdict(event: Event) -> str:
    """What a statement or a verification says of a development: a stance, or a grade."""
    return event.grade if isinstance(event, Verification) else cast("OfficialStatement", event).stance
