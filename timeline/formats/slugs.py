"""Names as slugs.

Slugs are part of what an imported event says, so everybody must make the same ones: python-slugify's legacy
algorithm is promised never to change, and its table is named here, since it would take another where
Unidecode happens to be installed.
"""

from functools import lru_cache
from hashlib import sha256

from slugify import slugify

from timeline.domain.scalars import SLUG_LENGTH_MAX


@lru_cache(maxsize=65_536)
def slug(name: str) -> str:
    """The name in lower-case letters, digits and single hyphens, however long; empty if nothing is left."""
    return slugify(name, backend="text-unidecode")


@lru_cache(maxsize=65_536)
def short_slug(name: str) -> str:
    """The name as a slug of the length that the vocabulary allows; empty if nothing of it is left.

    One that is cut ends in a few digits of its hash, so that two which begin alike stay apart.
    """
    return fitted(slug(name), digest(name))


def fitted(whole: str, suffix: str) -> str:
    """The slug itself where it is short enough, else as much of it as leaves room for the suffix."""
    return whole if len(whole) <= SLUG_LENGTH_MAX else suffixed(whole, suffix)


def suffixed(whole: str, suffix: str) -> str:
    """The slug, cut where it must be, and the suffix."""
    return f"{whole[: SLUG_LENGTH_MAX - len(suffix) - 1].rstrip('-')}-{suffix}"


def digest(name: str) -> str:
    """What tells one name from another where their slugs do not."""
    return sha256(name.encode()).hexdigest()[:8]


class Slugs:
    """The actors of one file: two names get two slugs, unless they are spellings of one actor's.

    Whichever name comes first gets the plain slug. The other one's ends in the id that the file gives its
    actor, or in digits of its hash where the file gives none.
    """

    def __init__(self) -> None:
        self._owners: dict[str, tuple[str, str]] = {}
        self._known: dict[tuple[str, str], str] = {}

    def of(self, name: str, actor: str = "") -> str:
        """The slug of a name, whose actor has this id in the file; empty where the name yields none."""
        known = self._known.get((name, actor))
        if known is None:
            known = self._known[name, actor] = self._new(name, actor)
        return known

    def _new(self, name: str, actor: str) -> str:
        whole = slug(name)
        if not whole:
            return ""
        suffix = slug(actor)[:20] or digest(name)
        plain = fitted(whole, suffix)
        owner = self._owners.setdefault(plain, (name, actor))
        same = owner[0] == name or (actor and owner[1] == actor)
        return plain if same else suffixed(whole, suffix)
