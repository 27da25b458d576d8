import re

from hypothesis import given
from hypothesis import strategies as st

from timeline.domain.scalars import SLUG_LENGTH_MAX, SLUG_PATTERN
from timeline.formats.drafts import Reject, validate_draft
from timeline.formats.slugs import ActorSlugs, name_slug, short_slug

NAMES = st.text(st.sampled_from("ab B-/(1)é"), max_size=8) | st.text(max_size=200)


def test_an_actor_with_an_id_is_its_id():
    """However its name is spelt, and whoever else has the same name."""
    slugs = ActorSlugs("ucdp-actor-")

    assert ["ucdp-actor-1", "ucdp-actor-2", "ucdp-actor-1"] == [
        slugs.of(*actor) for actor in (("A/B", "1"), ("A/B", "2"), ("A B", "1"))
    ]


def test_a_plain_name_is_its_own_slug():
    """One that loses signs on the way ends in digits of its hash."""
    assert "sylvanian-front" == name_slug("Sylvanian  Front")
    assert re.fullmatch(r"rioters-x-[0-9a-f]{6}", name_slug("Rioters (X)"))


@given(st.lists(NAMES, max_size=6), st.randoms())
def test_a_slug_follows_from_the_name_alone(names, random):
    """Whatever other names there are, in whatever order."""
    shuffled = random.sample(names, len(names))
    first, second = ActorSlugs(), ActorSlugs()

    assert {name: first.of(name) for name in names} == {name: second.of(name) for name in shuffled}


@given(NAMES, NAMES)
def test_two_names_never_share_a_slug(one_name, other_name):
    """Unless they differ in capitals and blanks only."""
    first, second = (" ".join(name.split()).casefold() for name in (one_name, other_name))

    assert not name_slug(first) or (name_slug(first) == name_slug(second)) == (first == second)


@given(NAMES)
def test_whatever_the_name_its_slug_is_one_or_empty(name):
    """No name yields what the vocabulary would refuse."""
    for slug in (short_slug(name), ActorSlugs().of(name), ActorSlugs("x-").of(name, "12")):
        assert not slug or (re.search(SLUG_PATTERN, slug) and len(slug) <= SLUG_LENGTH_MAX)


@given(
    st.lists(
        st.tuples(st.sampled_from(["Army", "army", "The Army", "army"]), st.sampled_from(["1", "2", ""]))
    )
)
def test_profiles_do_not_depend_on_the_order_of_rows(actors):
    """An actor is called what most rows call it; its other names are aliases."""
    first, second = ActorSlugs("x-"), ActorSlugs("x-")
    for actor in actors:
        first.of(*actor)
        first.end_row(is_event=True)
    for actor in reversed(actors):
        second.of(*actor)
    second.end_row(is_event=True)
    second.of("Nobody")
    second.end_row(is_event=False)

    profiles = list(first.profiles("data", 9))

    assert profiles == list(second.profiles("data", 9))
    assert not any(isinstance(validate_draft(profile), Reject) for profile in profiles)
    assert len(profiles) == len({profile.key for profile in profiles})


def test_a_name_of_two_recorded_actors_tells_of_neither():
    """Then the slug follows from the name, as for an actor that nobody has recorded."""
    slugs = ActorSlugs("ucdp-actor-")
    slugs.recall([("ucdp-actor-1", "Army"), ("ucdp-actor-2", "Army"), ("ucdp-actor-3", "Militia")])
    slugs.recall([("y", "X")])

    names = [slugs.of(name, has_ids=False) for name in ("Army", "Militia", "X")]

    assert ["army", "ucdp-actor-3", "x"] == names
    assert ["militia", "ucdp-actor-4"] == [slugs.of("Militia"), slugs.of("Militia", "4")]
