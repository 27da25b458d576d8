"""Mentions: the standing events about a development, in the order of words, and what follows from them.

They are a value, which what is said next makes another of: that costs what it adds, however much was said.

Of one speaker's `confirms`, `denies` and `not_acknowledged` on one development the last word stands, and of
one verifier's grades; other stances supersede nothing (meaning, section 2).
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple, cast

from timeline.domain.dating import DATING_RANKS, Dating, place_in_time
from timeline.domain.events import CountReport, Development, Event, Evidence, OfficialStatement, Verification
from timeline.domain.last_word import Word

_DECISIVE_STANCES = frozenset({"confirms", "denies", "not_acknowledged"})
_NOBODY: frozenset[str] = frozenset()


class Mention(NamedTuple):
    """A standing event about a development: the position at which it was recorded, and its last word."""

    position: int
    word: Word

    @property
    def order(self) -> tuple[datetime, int]:
        """Puts mentions in the order of words."""
        return self.word.order


_by_word = attrgetter("order")
_by_position = attrgetter("position")


class Mentions:
    """The standing events about some developments, links apart, in the order of words."""

    __slots__ = (
        "_count_dates",
        "_last_words",
        "_speakers",
        "counts",
        "evidence",
        "in_order",
        "is_plain",
        "publications",
        "statements",
        "verifications",
        "verifiers",
    )

    def __init__(self, mentions: Iterable[Mention] = ()) -> None:
        self.in_order: list[Mention] = sorted(mentions, key=_by_word)
        self.statements: list[Mention] = []
        self.evidence: list[Mention] = []
        self.verifications: list[Mention] = []
        self.counts: list[Mention] = []
        """In the order in which they were recorded: so they lead."""
        self.publications: Sequence[datetime | None] = ()
        """The last publication of them all; None where one is unknown. Nothing where there are none."""
        self.verifiers: tuple[str, ...] = ()
        """Who verified, each once, in the order of their first words."""
        self.is_plain: bool | None = None
        """Whether nobody amended any of them, or said anything of evidence among them, or linked that.

        None where it was not looked up yet.
        """
        self._count_dates: CountDates | None = None
        self._last_words: dict[tuple[type[Event], str], Mention] = {}
        self._speakers: dict[str, AbstractSet[str]] = {}
        for mention in self.in_order:
            self._sort_in(mention)
        self.counts.sort(key=_by_position)

    def followed_by(self, mention: Mention) -> "Mentions":
        """These and one more, which is recorded after them."""
        after = Mentions()
        after.in_order = [*self.in_order]
        after.statements, after.evidence = [*self.statements], [*self.evidence]
        after.verifications, after.counts = [*self.verifications], [*self.counts]
        after.publications, after.is_plain, after.verifiers = self.publications, self.is_plain, self.verifiers
        after._last_words, after._speakers = {**self._last_words}, {**self._speakers}
        if self._count_dates is not None:
            is_count = isinstance(mention.word.event, CountReport)
            after._count_dates = self._count_dates.with_count(mention.word) if is_count else self._count_dates
        _insert(after.in_order, mention)
        after._sort_in(mention)
        return after

    def _sort_in(self, mention: Mention) -> None:
        event = mention.word.event
        if isinstance(event, OfficialStatement):
            _insert(self.statements, mention)
        elif isinstance(event, Evidence):
            _insert(self.evidence, mention)
        elif isinstance(event, Verification):
            _insert(self.verifications, mention)
            if self.verifications[-1] is not mention:
                self.verifiers = _each_once(self.verifications)
            elif event.claimant not in self.verifiers:
                self.verifiers = (*self.verifiers, event.claimant)
        elif isinstance(event, CountReport):
            self.counts.append(mention)
        self.publications = last_of([*self.publications, mention.word.published_at])
        if (speaker := _speaker(event)) is not None:
            self._hear(speaker, _verdict(event), mention)

    def _hear(self, speaker: str, verdict: str, mention: Mention) -> None:
        line = type(mention.word.event), speaker
        last = self._last_words.get(line)
        if last is not None:
            if mention.order < last.order:
                return
            superseded = _verdict(last.word.event)
            self._speakers[superseded] = self._speakers[superseded] - {speaker}
        self._last_words[line] = mention
        self._speakers[verdict] = self._speakers.get(verdict, _NOBODY) | {speaker}

    def speakers(self, *verdicts: str) -> AbstractSet[str]:
        """Who says one of these by their last word: stances of statements, or grades of verifications."""
        return _NOBODY.union(*(self._speakers.get(verdict, _NOBODY) for verdict in verdicts))

    def is_superseded(self, mention: Mention) -> bool:
        """Whether a later word of the same speaker supersedes it."""
        event = mention.word.event
        speaker = _speaker(event)
        return speaker is not None and self._last_words[type(event), speaker].position != mention.position

    @property
    def count_dates(self) -> "CountDates":
        """What counts say of when it happened."""
        if self._count_dates is None:
            self._count_dates = NO_COUNT_DATES
            for count in self.counts:
                self._count_dates = self._count_dates.with_count(count.word)
        return self._count_dates

    def spoken_of(self) -> "Mentions":
        """The same once something was said of evidence among them."""
        after = Mentions(self.in_order)
        after.is_plain = False
        return after

    def __len__(self) -> int:
        return len(self.in_order)

    def __iter__(self) -> Iterator[Mention]:
        return iter(self.in_order)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Mentions) and self.in_order == other.in_order)

    __hash__ = None  # type: ignore[assignment]  # what it holds has none


NO_MENTIONS = Mentions()


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


def last_of(times: Iterable[datetime | None]) -> list[datetime | None]:
    """Of times of publication the one from which on all is known; none where there are none."""
    published: list[datetime] = []
    for time in times:
        if time is None:
            return [None]
        published.append(time)
    return [max(published)] if published else []


def _each_once(verifications: Iterable[Mention]) -> tuple[str, ...]:
    claimants = (cast("Verification", mention.word.event).claimant for mention in verifications)
    return tuple(dict.fromkeys(claimants))


def _insert(mentions: list[Mention], mention: Mention) -> None:
    """Keep the order of words; what is said last mostly is the last word."""
    if not mentions or mentions[-1].order < mention.order:
        mentions.append(mention)
    else:
        insort(mentions, mention, key=_by_word)


def _speaker(event: Event) -> str | None:
    """Who says something that supersedes, and can be superseded; None where the event is no such word."""
    if isinstance(event, Verification):
        return event.claimant
    if isinstance(event, OfficialStatement) and event.stance in _DECISIVE_STANCES:
        return event.speaker
    return None


def _verdict(event: Event) -> str:
    """What a word with a speaker says of the development: a stance, or a grade."""
    return event.grade if isinstance(event, Verification) else cast("OfficialStatement", event).stance
