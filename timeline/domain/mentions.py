"""Mentions: the standing events about a development, in the order of words.

They are a value, which what is said next makes another of: that costs what it adds, however much was said.
"""

from collections.abc import Iterable, Iterator

from timeline.domain.mention import Mention, by_word, holds, insert, remove
from timeline.domain.mentions_by_kind import MentionsByKind


class Mentions:
    """The standing events about some developments, links apart, in the order of words."""

    __slots__ = ("_kinds", "in_order", "is_plain")

    def __init__(self, in_order: Iterable[Mention] = ()) -> None:
        self.in_order = sorted(in_order, key=by_word)
        self.is_plain: bool | None = None
        """Whether nobody amended any of them, or said anything of evidence among them, or linked that.

        None where it was not looked up yet.
        """
        self._kinds: MentionsByKind | None = None

    @property
    def by_kind(self) -> MentionsByKind:
        """The same by what they are, and what they come to; they are sorted when it is asked for."""
        if self._kinds is None:
            self._kinds = MentionsByKind()
            for mention in self.in_order:
                self._kinds.add(mention)
        return self._kinds

    def followed_by(self, mention: Mention) -> "Mentions":
        """These and one more, which is recorded after them."""
        return self._with([mention], is_plain=self.is_plain)

    def amended(self, old: Mention | None, new: Mention | None) -> "Mentions":
        """The same once an event was amended: what it was among them, if it was, and what it is."""
        if old == new:
            return self.spoken_of()
        return self._with([new] if new else [], [old] if old else [], is_plain=False)

    def united(self, others: "Mentions") -> "Mentions":
        """These and others, each once, which takes as long as there are of the others."""
        return self._with([mention for mention in others if not holds(self.in_order, mention)])

    def _with(
        self, new: Iterable[Mention], old: Iterable[Mention] = (), *, is_plain: bool | None = None
    ) -> "Mentions":
        after = Mentions()
        after.in_order, after.is_plain = [*self.in_order], is_plain
        kinds = after._kinds = self._kinds.copy() if self._kinds is not None else None
        for mention in old:
            remove(after.in_order, mention)
            if kinds is not None:
                kinds.remove(mention)
        for mention in new:
            insert(after.in_order, mention)
            if kinds is not None:
                kinds.add(mention)
        return after

    def spoken_of(self) -> "Mentions":
        """The same once something was said of evidence among them."""
        after = Mentions()
        after.in_order, after.is_plain, after._kinds = self.in_order, False, self._kinds
        return after

    def __len__(self) -> int:
        return len(self.in_order)

    def __iter__(self) -> Iterator[Mention]:
        return iter(self.in_order)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Mentions) and self.in_order == other.in_order)

    __hash__ = None  # type: ignore[assignment]  # what it holds has none


NO_MENTIONS = Mentions()
