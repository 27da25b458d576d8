import re

from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.scalars import SLUG_LENGTH_MAX, SLUG_PATTERN
from timeline.formats.slugs import ActorSlugs, short_slug


def test_two_names_of_two_actors_get_two_slugs():
    """The second one's ends in its actor's id, however often it is asked for."""
    slugs = ActorSlugs()

    assert ["a-b", "a-b-2", "a-b", "a-b-2"] == [
        slugs.of(*name) for name in (("A/B", "1"), ("A B", "2"), ("A/B", "1"), ("A B", "2"))
    ]


def test_two_spellings_of_one_actor_share_a_slug():
    """It is one actor by its id."""
    slugs = ActorSlugs()

    assert ["a-b", "a-b"] == [slugs.of("A/B", "1"), slugs.of("A-B", "1")]


def test_one_name_is_one_slug_whatever_the_ids():
    """An edition with other rows must not rename an actor."""
    slugs = ActorSlugs()

    assert ["uck", "uck"] == [slugs.of("UCK", "357"), slugs.of("UCK", "361")]


def test_names_without_ids_are_told_apart_by_their_hash():
    """ACLED gives its actors no ids."""
    slugs = ActorSlugs()
    first, second = slugs.of("Rioters (X)"), slugs.of("Rioters X")

    assert "rioters-x" == first
    assert re.fullmatch(r"rioters-x-[0-9a-f]{8}", second)


def test_long_names_that_begin_alike_stay_apart():
    """They are cut, and end in the id."""
    slugs = ActorSlugs()

    assert f"{'a' * 78}-1" == slugs.of("a" * 90, "1")
    assert f"{'a' * 78}-2" == slugs.of("a" * 91, "2")


@given(st.text(max_size=200))
def test_whatever_the_name_its_slug_is_one_or_empty(name):
    """No name yields what the vocabulary would refuse."""
    for slug in (short_slug(name), ActorSlugs().of(name, "12")):
        assert not slug or (re.search(SLUG_PATTERN, slug) and len(slug) <= SLUG_LENGTH_MAX)
