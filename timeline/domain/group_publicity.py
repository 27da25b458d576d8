"""The publicity of developments that are one: when the world came to know what all of these show.

It is computed of each group once, whatever is shown of its members, and made of that at the position before
where a record adds to it what can be told without the rest; `publicities` says when.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, Protocol
from uuid import UUID

from timeline.domain.amended_events import AmendedEvents
from timeline.domain.corrected_events import Addition
from timeline.domain.dating import DATING_RANKS, Dating
from timeline.domain.events import CountReport, Verification
from timeline.domain.last_word import Word
from timeline.domain.mentions import Mentions
from timeline.domain.past_words import PastWords
from timeline.domain.publicity import Publicity, last_of, publicity_of, united_of, widened
from timeline.domain.topics import Topics, dating_of


class CountPublications(NamedTuple):
    """When that was published from which counts of an incident follow; the last of it, None where unknown."""

    counted: Sequence[datetime | None]
    leading: Sequence[datetime | None]
    """That by which another report came to lead."""


class Links(Protocol):
    """Which developments are one, and whose counts follow from each other."""

    def linked(self, development: UUID) -> AbstractSet[UUID]:
        """All that is one with a development, the retracted among them."""

    def leader(self, development: UUID) -> UUID:
        """The development that represents all that is one with one."""

    def once_linked(self, development: UUID) -> AbstractSet[UUID]:
        """The same, and what may have been one with it at some time of publication."""

    def count_publications(self, development: UUID) -> CountPublications:
        """When that was published from which the counts follow that a development is connected with."""

    def is_plain(self, development: UUID) -> bool:
        """Whether a development and all that is one with it stand as posted, linked from the start."""


OnceWords = dict[int, tuple[AbstractSet[UUID], list[Word]]]
"""The words of all that was ever one, which several groups may have been, with that, by its identity."""


class GroupPublicity:
    """What the publicity of developments that are one follows from; each part is computed once for all."""

    def __init__(  # noqa: PLR0913 - what it is computed from
        self,
        past: PastWords,
        events: AmendedEvents,
        links: Links,
        topics: Topics,
        group: AbstractSet[UUID],
        words: OnceWords,
    ) -> None:
        self.members = group
        self._words_of_all = words
        self._events = events
        self._past = past
        self._links = links
        self._topics = topics

    @cached_property
    def entry(self) -> Publicity:
        """When the world came to know what the entry of a member that stands shows, its figure apart."""
        about = publications_about(self._events, self._links, self._topics, self.members)
        return self._past.group_publicity(self.words, self.members, self._once_linked, about)

    @cached_property
    def words(self) -> list[Word]:
        """The words of all that is one with these, or was at some time, from the times at which it stood."""
        once = self._once_linked
        same, words = self._words_of_all.get(id(once), (None, []))
        if same is not once:
            words = [word for member in once for word in self._past.told_words(member)]
            self._words_of_all[id(once)] = once, words
        return words

    @cached_property
    def datings(self) -> AbstractSet[Dating]:
        """The dates that the words gave their reports."""
        return {*map(dating_of, self.words)}

    @cached_property
    def dating_counts(self) -> AbstractSet[Dating]:
        """The dates that counts of these gave them at some time."""
        return frozenset[Dating]().union(*map(self._topics.count_datings, self.members))

    @cached_property
    def is_displaced(self) -> bool:
        """Whether at some time the world may have known another date of a member that stands."""
        return are_apart(self.datings, self)

    @cached_property
    def grading(self) -> list[datetime | None]:
        """When that was published from which the grade of a member's claim follows."""
        return self.published + [time for member in self.members for time in self._topics.grading(member)]

    @cached_property
    def published(self) -> list[datetime | None]:
        """When its members were published."""
        return publications_of(self._events, self.members)

    @property
    def has_spoken_evidence(self) -> bool:
        """Whether anything is said of evidence for a member, or that is linked."""
        return any(self._topics.bearing(member).spoken_evidence for member in self.members)

    @cached_property
    def leading(self) -> list[datetime | None]:
        """When that was published by which another of its members came to lead."""
        return last_of(self._past.leading_publications(self.members))

    @property
    def _once_linked(self) -> AbstractSet[UUID]:
        return self._links.once_linked(next(iter(self.members)))


class PlainPublicity:
    """The same of a report as it was posted, which no link names; what is said of it stands as posted too.

    Of evidence among that nothing is said, so that it shows no other standing. So it is with most.
    """

    def __init__(self, word: Word, mentions: Mentions) -> None:
        self._word = word
        self._mentions = mentions

    @cached_property
    def entry(self) -> Publicity:
        """When the world came to know what its entry shows, its figure apart."""
        return publicity_of([self._word], self._mentions.by_kind.publications)

    @property
    def datings(self) -> AbstractSet[Dating]:
        """Its date."""
        return {dating_of(self._word)}

    @property
    def dating_counts(self) -> AbstractSet[Dating]:
        """The dates that counts of it give it."""
        return self._mentions.by_kind.count_dates.datings

    @cached_property
    def is_displaced(self) -> bool:
        """Whether at some time the world may have known another date of it."""
        return bool(self._mentions) and bool(self._mentions.by_kind.counts) and are_apart(self.datings, self)

    @property
    def grading(self) -> list[datetime | None]:
        """When that was published from which the grade of its claim follows."""
        verifications = (mention.word.published_at for mention in self._mentions.by_kind.verifications)
        return [self._word.published_at, *verifications]

    @property
    def published(self) -> list[datetime | None]:
        """When it was published."""
        return [self._word.published_at]

    @property
    def leading(self) -> list[datetime | None]:
        """When that was published by which another came to lead: it always led itself."""
        return []


class UnitedPublicity(NamedTuple):
    """The same, as it follows from that at the position before.

    It is of a plain group which a link has made (`Merges.is_plain`), of a report with one more correction, or
    of a large group of which something more is said; nothing is said of evidence for it.
    """

    entry: Publicity
    datings: AbstractSet[Dating]
    """None where the group is displaced, which no further report undoes."""
    dating_counts: AbstractSet[Dating]
    is_displaced: bool
    grading: list[datetime | None]
    """The last of these times, as of those of publication; None where one is unknown."""
    published: list[datetime | None]
    leading: list[datetime | None]


AnyPublicity = GroupPublicity | PlainPublicity | UnitedPublicity


def united_publicity(groups: Sequence[AnyPublicity]) -> UnitedPublicity:
    """The publicity of plain groups that are one now: editors know links, so that these add nothing to it."""
    is_displaced = any(group.is_displaced for group in groups)
    datings = frozenset[Dating]().union(*(() if is_displaced else group.datings for group in groups))
    publicity = UnitedPublicity(
        united_of([group.entry for group in groups]),
        datings,
        frozenset[Dating]().union(*(group.dating_counts for group in groups)),
        is_displaced,
        last_of(time for group in groups for time in group.grading),
        last_of(time for group in groups for time in group.published),
        [],
    )
    return publicity if is_displaced else publicity._replace(is_displaced=are_apart(datings, publicity))


def corrected_publicity(group: AnyPublicity, addition: Addition) -> UnitedPublicity | None:
    """The publicity of a report by itself with one more correction.

    None where that gave another word another date.
    """
    _, new, rewritten, added = addition
    if any(dating_of(old) != dating_of(word) for old, word in rewritten):
        return None
    datings = frozenset() if group.is_displaced else frozenset(group.datings) | {*map(dating_of, new)}
    return UnitedPublicity(
        united_of([group.entry, publicity_of(new, added)]) if new else group.entry,
        datings,
        group.dating_counts,
        group.is_displaced or are_apart(datings, group),
        last_of([*group.grading, *added]),
        last_of([*group.published, *added]),
        last_of([*group.leading, *added]),
    )


def spoken_publicity(group: AnyPublicity, word: Word) -> UnitedPublicity | None:
    """The publicity of a group of which one more event says something; None where it must be looked up."""
    if isinstance(group, GroupPublicity) and group.has_spoken_evidence:
        return None
    published = [word.published_at]
    counted = {dating_of(word)} if isinstance(word.event, CountReport) else frozenset[Dating]()
    after = UnitedPublicity(
        widened(group.entry, (), published),
        frozenset() if group.is_displaced else group.datings,
        group.dating_counts | counted,
        group.is_displaced,
        last_of([*group.grading, *(published if isinstance(word.event, Verification) else ())]),
        last_of(group.published),
        last_of(group.leading),
    )
    return after if after.is_displaced else after._replace(is_displaced=are_apart(after.datings, after))


def publications_about(
    events: AmendedEvents, links: Links, topics: Topics, members: AbstractSet[UUID]
) -> list[datetime | None]:
    """When some developments were published, and what is said of each by itself, and of evidence for it."""
    evidence = {event_id for member in members for event_id in topics.bearing(member).spoken_evidence}
    alike = members | {member for event_id in evidence for member in links.linked(event_id)}
    return [*publications_of(events, alike), *(time for each in alike for time in topics.publications(each))]


def publications_of(events: AmendedEvents, event_ids: Iterable[UUID]) -> list[datetime | None]:
    """When each word of some events, and each amendment of them, was published."""
    return [time for event_id in event_ids for time in events.publications(event_id)]


def are_apart(datings: AbstractSet[Dating], group: AnyPublicity) -> bool:
    """Whether some dates, those of counts that are better among them, are of more than one instant.

    A count dates a report only where the report has no date that is as good, such as `occurred`.
    """
    last_rank = max((DATING_RANKS[dating.dated_by] for dating in datings), default=0)
    better = (
        [dating for dating in group.dating_counts if DATING_RANKS[dating.dated_by] < last_rank]
        if last_rank
        else []
    )
    return len({dating.instant for dating in (*datings, *better)}) > 1
