"""Slugs made from the names that data sets use.

Slugs are part of the content of an imported event, so everybody must make the same ones: python-slugify's
legacy algorithm is promised never to change, and its transliteration table is chosen here, since it would use
another where Unidecode happens to be installed.
"""

from functools import lru_cache
from hashlib import sha256

from slugify import slugify

from timeline.domain.scalars import SLUG_LENGTH_MAX


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


class ActorSlugs:
    """The slugs of the actors of one file: two names get two slugs, unless they are spellings of one actor.

    The name that comes first gets the plain slug. The slug of a later name that would be the same ends in the
    id that the file gives its actor, or in digits of the name's hash where the file gives none.
    """

    def __init__(self) -> None:
        self._owners: dict[str, tuple[str, str]] = {}
        self._slugs: dict[tuple[str, str], str] = {}

    def of(self, name: str, actor_id: str = "") -> str:
        """The slug of a name whose actor has this id in the file; empty if it has no letters or digits."""
        slug = self._slugs.get((name, actor_id))
        if slug is None:
            slug = self._slugs[name, actor_id] = self._make(name, actor_id)
        return slug

    def _make(self, name: str, actor_id: str) -> str:
        slug = long_slug(name)
        if not slug:
            return ""
        suffix = long_slug(actor_id)[:20] or _short_hash(name)
        plain = _fit_slug(slug, suffix)
        owner_name, owner_id = self._owners.setdefault(plain, (name, actor_id))
        is_owner = owner_name == name or (actor_id and owner_id == actor_id)
        return plain if is_owner else _add_suffix(slug, suffix)
