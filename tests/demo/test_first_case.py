from datetime import UTC, datetime
from importlib.resources import files

import msgspec
import pytest

from tests.support.sequences import records_of
from timeline.domain.agreement import RivalClaim, reconcile
from timeline.domain.claims import claim_of
from timeline.domain.codec import decode_batch, decode_event, encode_event
from timeline.domain.event_graph import EventGraph
from timeline.domain.events import (
    ActorProfile,
    Capture,
    CasualtyEstimate,
    Deployment,
    Development,
    Event,
    Evidence,
    OfficialStatement,
    TimelineProfile,
)
from timeline.domain.figure import Bounds
from timeline.domain.last_word import first_word
from timeline.domain.references import actors_of
from timeline.domain.validation import add_valid_record

TROOPS = "north-korean-troops-in-russia"


@pytest.fixture(scope="module")
def case() -> list[Event]:
    """The events of the first case, in their order."""
    case = files("timeline.demo").joinpath("first-case.json").read_bytes()
    return [posted.event for posted in decode_batch(case, 100)]


def only(case, kind, /, **fields):
    """The only event of a type with these fields."""
    (event,) = (
        event
        for event in case
        if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items())
    )
    return event


def test_every_event_is_written_as_it_was_read(case):
    """The events decode strictly, and what is encoded decodes to the same."""
    assert case == [decode_event(encode_event(event)) for event in case]


def test_ids_are_version_7_and_in_order(case):
    """The ids are fixed, differ, and rise in the order in which things were reported."""
    ids = [event.id for event in case]

    assert {7} == {event_id.version for event_id in ids}
    assert sorted(set(ids)) == ids


def test_every_reference_points_backwards(case):
    """A timeline accepts the events in their order: what each refers to is recorded before it."""
    graph = EventGraph()
    for record in records_of(case):
        add_valid_record(graph, record)

    assert case[0] is only(case, TimelineProfile)


def test_every_actor_is_introduced_before_it_is_named(case):
    """Each actor that a development names has a profile before it."""
    profiled: set[str] = set()
    for event in case:
        if isinstance(event, ActorProfile):
            assert event.part_of is None or event.part_of in profiled
            profiled.add(event.actor)
        else:
            assert {actor for actor, _ in actors_of(event)} <= profiled


@pytest.mark.parametrize(
    ("actor", "part_of"),
    [
        ("north-korea", None),
        (TROOPS, "north-korea"),
        ("russia", None),
        ("ukraine", None),
        ("ukrainian-special-forces", "ukraine"),
        ("south-korea", None),
        ("nis-south-korea", "south-korea"),
        ("vladimir-putin", "russia"),
        ("kim-jong-un", "north-korea"),
        ("rfa", None),
    ],
)
def test_the_actors_are_all_there(case, actor, part_of):
    """Each actor of the case has one profile that says what it belongs to."""
    assert part_of == only(case, ActorProfile, actor=actor).part_of


def test_every_development_is_sourced_and_dated(case):
    """Each was published by RFA, and happened about 27 December or, at the hearing, before."""
    developments = [event for event in case if isinstance(event, Development)]

    assert {("rfa", "https://www.rfa.org")} == {(s.publisher, s.url) for e in developments for s in e.sources}
    assert {"2024-12-27~", "2024/2024-12-26"} == {event.occurred for event in developments}


def test_every_development_was_published_when_the_article_was(case):
    """The article came out on 27 December 2024; nothing else about a publication is known."""
    developments = [event for event in case if isinstance(event, Development)]

    assert {datetime(2024, 12, 27, tzinfo=UTC)} == {s.published_at for e in developments for s in e.sources}
    assert {None} == {event.published_at for event in developments}


def test_the_capture_is_on_the_map(case):
    """Kursk stands for its region, and the precision says that it is no more than that."""
    place = only(case, Capture).place

    assert ("Kursk region", 51.73, 36.19, "region") == (
        place.name,
        place.latitude,
        place.longitude,
        place.precision,
    )


def test_the_agency_calls_it_the_first_capture(case):
    """That no such capture was known before is the agency's word; what Ukraine reported does not say it."""
    confirmation = only(case, OfficialStatement, stance="confirms")

    assert "known before" in confirmation.statement
    assert "first" not in only(case, Capture).summary


def test_the_deployment(case):
    """Up to 12,000 North Korean soldiers are in Russia and aid it, by reports."""
    deployment = only(case, Deployment)

    assert (
        deployment.force,
        deployment.in_support_of,
        deployment.claimant,
    ) == (TROOPS, "russia", "media-reports")
    assert Bounds(0, 12000) == deployment.strength.bounds


def test_the_two_casualty_figures_are_one_series_and_two_floors(case):
    """Over 3,000 and at least 1,100 are claims on the same series, compatible from 3,001 on."""
    made = [
        claim_of(first_word(r, r.event)) for r in records_of(case) if isinstance(r.event, CasualtyEstimate)
    ]
    claims = [claim for claim in made if claim is not None]

    assert {f"casualties.killed_or_wounded.{TROOPS}.military.cumulative"} == {
        claim.series for claim in claims
    }
    assert {"ukrainian-sources": Bounds(3001, None), "nis-south-korea": Bounds(1100, None)} == {
        claim.claimant: claim.figure.bounds for claim in claims
    }
    rivals = [
        RivalClaim(
            claim.word.event.id,
            claim.claimant,
            claim.figure.bounds,
            claim.days,
            claim.word.said_at,
            claim.word.position,
        )
        for claim in claims
    ]
    assert ("compatible", "two floors; all claims hold from 3,001") == reconcile("cumulative", rivals)[:2]


def test_the_capture_and_its_image(case):
    """Ukraine reports one wounded prisoner, the first of his kind; an image shows him."""
    capture = only(case, Capture)

    assert (
        capture.captor,
        capture.captive_of,
        capture.claimant,
        capture.condition,
        capture.first_of_its_kind,
    ) == ("ukrainian-special-forces", TROOPS, "ukraine", "wounded", True)
    assert Bounds(1, 1) == capture.count.bounds
    assert (capture.id,) == only(case, Evidence, kind="image").about


def test_notebook_and_video(case):
    """A notebook bears on the deployment, and a video shows captured Russian soldiers."""
    assert (only(case, Deployment).id,) == only(case, Evidence, kind="document").about
    assert "Russian soldiers" in only(case, Evidence, kind="video").shows


@pytest.mark.parametrize("speaker", ["vladimir-putin", "kim-jong-un"])
def test_nobody_acknowledges_the_deployment(case, speaker):
    """Neither Putin nor Kim has acknowledged the deployment."""
    statement = only(case, OfficialStatement, speaker=speaker)

    assert ("not_acknowledged", (only(case, Deployment).id,)) == (statement.stance, statement.about)


def test_the_hearing_comes_first_and_the_confirmation_last(case):
    """What the NIS said in parliament is the first development, its confirmation the head of the log."""
    developments = [event for event in case if isinstance(event, Development)]
    hearing, confirmation = developments[0], case[-1]
    assert isinstance(hearing, OfficialStatement)

    assert (hearing.speaker, hearing.about) == ("nis-south-korea", ())
    assert confirmation == only(case, OfficialStatement, speaker="nis-south-korea", stance="confirms")
    assert (only(case, Capture).id,) == confirmation.about


def test_the_file_is_an_array_that_any_client_can_post():
    """The file is plain JSON: an array of objects."""
    events = msgspec.json.decode(files("timeline.demo").joinpath("first-case.json").read_bytes())

    assert {dict} == {type(event) for event in events}
