"""Linked developments: those that are one, and what was found of them once.

It is carried from one position to the next, so that a link costs what it adds and not all that is linked.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from uuid import UUID

from timeline.domain.mentions import Mentions


class Linked:
    """Developments that are one at a position; what is None was not looked up yet."""

    __slots__ = ("evidence", "is_linked_later", "is_plain", "members", "mentions", "order")

    def __init__(self, members: AbstractSet[UUID], order: Sequence[tuple[int, UUID]]) -> None:
        self.members = members
        self.order = order
        """The members with the positions at which they were recorded, by these."""
        self.mentions: Mentions | None = None
        """The standing events about them, links apart."""
        self.evidence: Sequence[UUID] | None = None
        """Those of the members that are evidence."""
        self.is_plain: bool | None = None
        """Whether all stand as they were posted and linked, and nothing else follows from them."""
        self.is_linked_later: bool | None = None
        """Whether some link of theirs was published, or amended."""

    @property
    def leader(self) -> UUID:
        """The one recorded first, whether it stands or not."""
        return self.order[0][1]

    def copy(self) -> "Linked":
        """The same, of which something may be changed."""
        group = Linked(self.members, self.order)
        group.mentions, group.evidence = self.mentions, self.evidence
        group.is_plain = self.is_plain
        group.is_linked_later = self.is_linked_later
        return group


def united(groups: Sequence[Linked]) -> Linked:
    """The group that a new link makes of these."""
    if len(groups) == 1:
        return groups[0]
    members = frozenset[UUID]().union(*(group.members for group in groups))
    whole = Linked(members, sorted(chain.from_iterable(group.order for group in groups)))
    mentions = [group.mentions for group in groups if group.mentions is not None]
    whole.mentions = merged(mentions) if len(mentions) == len(groups) else None
    evidence = [group.evidence for group in groups if group.evidence is not None]
    whole.evidence = [*chain.from_iterable(evidence)] if len(evidence) == len(groups) else None
    whole.is_plain = all(group.is_plain for group in groups)
    whole.is_linked_later = any(group.is_linked_later for group in groups)
    return whole


def merged(every: Iterable[Mentions]) -> Mentions:
    """All of some mentions, each once: the fewer are added to the most."""
    most, *others = sorted(every, key=len, reverse=True)
    for mentions in others:
        if mentions:
            most = most.united(mentions)
    return most
