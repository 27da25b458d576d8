"""Slugs made from the names that data sets use.

Slugs are part of the content of an imported event, so everybody must make the same ones: python-slugify's
legacy algorithm is promised never to change, and its transliteration table is chosen here, since it would use
another where Unidecode happens to be installed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Any

from slugify import slugify

from timeline.domain.scalars import LINE_LENGTH_MAX, SLUG_LENGTH_MAX
from timeline.formats.drafts import Absence, Draft, shorten

ALIASES_MAX = 20
"""How many other names of an actor a profile takes from one file."""

_ALIASES_REMAIN = Absence(lists=("aliases",))
"""A file that calls an actor by fewer names says nothing against the others."""


@lru_cache(maxsize=65_536)
def long_slug(name: str) -> str:
    """The name in lower-case letters, digits and single hyphens, at any length; may be empty."""
    return slugify(name, backend="text-unidecode")


@lru_cache(maxsize=65_536)
def short_slug(name: str) -> str:
    """The name as a slug of the length that the vocabulary allows; empty if it has no letters or digits.

    A slug that is cut ends in digits of the name's hash, so that two names that begin alike stay distinct.
    """
    return _fit_slug(long_slug(name), _short_hash(name))


def _fit_slug(slug: str, suffix: str) -> str:
    """The slug itself where it is short enough, else as much of it as leaves room for the suffix."""
    return slug if len(slug) <= SLUG_LENGTH_MAX else _add_suffix(slug, suffix)


def _add_suffix(slug: str, suffix: str) -> str:
    return f"{slug[: SLUG_LENGTH_MAX - len(suffix) - 1].rstrip('-')}-{suffix}"


def _short_hash(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:8]


@lru_cache(maxsize=65_536)
def name_slug(name: str) -> str:
    """The slug of an actor that has nothing but a name; empty if the name has no letters or digits.

    It follows from the name alone, whatever other names there are, and no other name has it: where the slug
    drops more than capitals and blanks, it ends in digits of the name's hash.
    """
    name = " ".join(name.split())
    slug = long_slug(name)
    digits = sha256(name.casefold().encode("utf-8", "surrogatepass")).hexdigest()[:6]
    is_plain = slug.replace("-", " ") == name.lower()
    return _fit_slug(slug, digits) if is_plain or not slug else _add_suffix(slug, digits)


class ActorSlugs:
    """The slugs of the actors of a data set, and the names by which its files call them.

    An actor's slug follows from its own id alone, or from its name where it has no id: never from the other
    rows of a file or from their order. Two actors have two slugs, and one has the same in every edition:
    where a file lacks the column of ids, an actor is known by the names that its profile has in the timeline.
    """

    def __init__(self, prefix: str = "") -> None:
        """Prepare for one file; `prefix` begins the slugs that are made of ids, such as `ucdp-actor-`."""
        self._prefix = prefix
        self._counts: dict[tuple[str, str], int] = {}
        self._row: list[tuple[str, str]] = []
        self._recorded: dict[str, tuple[str, ...]] = {}

    def recall(self, names: Iterable[tuple[str, str]]) -> None:
        """Take in the slugs and names of recorded actors."""
        for slug, name in names:
            slugs = self._recorded.get(name, ())
            if slug.startswith(self._prefix) and slug not in slugs:
                self._recorded[name] = (*slugs, slug)

    @property
    def knows_names(self) -> bool:
        """Whether any actors are known by their names."""
        return bool(self._recorded)

    def recorded(self, name: str) -> tuple[str, ...]:
        """The slugs of the recorded actors with a name."""
        return self._recorded.get(shorten(name, LINE_LENGTH_MAX), ())

    def of(self, name: str, actor_id: str = "", *, has_ids: bool = True) -> str:
        """The slug of the actor with this name and id; empty if neither has letters or digits.

        `has_ids` says whether the file has ids of actors at all. A name of two recorded actors tells of
        neither, and nobody gets a profile by it.
        """
        slug = f"{self._prefix}{short_slug(actor_id)}" if actor_id else ""
        if not slug and not has_ids:
            recorded = self.recorded(name)
            if len(recorded) > 1:
                return name_slug(name)
            slug = recorded[0] if recorded else ""
        slug = slug or name_slug(name)
        self._row.append((slug, name))
        return slug

    def end_row(self, *, is_event: bool) -> None:
        """Take in the names of a row, unless it was rejected: then nobody is known by it."""
        if is_event:
            for pair in self._row:
                self._counts[pair] = self._counts.get(pair, 0) + 1
        self._row.clear()

    def profiles(self, data_set: str, line: int) -> Iterator[Draft]:
        """A profile for each actor that has another name than its slug says, with its most frequent name.

        Its other names in the file are aliases. `line` is that of the last row.
        """
        names: defaultdict[str, list[str]] = defaultdict(list)
        for (slug, name), _ in sorted(self._counts.items(), key=lambda item: (-item[1], item[0])):
            if slug and name:
                names[slug].append(name)
        for slug, (name, *others) in sorted(names.items()):
            if not others and slug.replace("-", " ") == name:
                continue
            content: dict[str, Any] = {
                "type": "actor_profile",
                "actor": slug,
                "name": shorten(name, LINE_LENGTH_MAX),
                "tags": [data_set],
            }
            if others:
                content["aliases"] = [shorten(other, LINE_LENGTH_MAX) for other in others[:ALIASES_MAX]]
            yield Draft(line, f"actor/{slug}", content, name, absent=_ALIASES_REMAIN)
