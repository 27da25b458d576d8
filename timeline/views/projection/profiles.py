"""Profiles: who an actor is, and what the timeline is called, by the last profile that stands."""

from timeline.domain.event_graph import Snapshot
from timeline.domain.events import ActorProfile, TimelineProfile
from timeline.domain.references import TIMELINE_TOPIC, actor_topic
from timeline.views.documents import ActorDocument, TimelineDocument, encode_document
from timeline.views.projection.rows import ProfileRow


def actor_row(snapshot: Snapshot, actor: str) -> ProfileRow | None:
    """The actor's profile, or None where no profile of it stands."""
    profiles = [event for _, event in snapshot.mentions(actor_topic(actor))]
    if not profiles:
        return None
    last = profiles[-1]
    assert isinstance(last, ActorProfile)  # noqa: S101 - nothing else bears on an actor's topic
    document = ActorDocument(
        id=actor,
        name=last.name,
        kind=last.kind,
        aliases=last.aliases,
        part_of=last.part_of,
        external_ids=last.external_ids,
        profile=last.id,
    )
    return ProfileRow("actor", actor, last.name, last.part_of, encode_document(document))


def timeline_row(snapshot: Snapshot) -> ProfileRow | None:
    """The timeline's profile, or None where none stands."""
    profiles = [event for _, event in snapshot.mentions(TIMELINE_TOPIC)]
    if not profiles:
        return None
    last = profiles[-1]
    assert isinstance(last, TimelineProfile)  # noqa: S101 - nothing else bears on the timeline's topic
    document = TimelineDocument(
        title=last.title, description=last.description, language=last.language, profile=last.id
    )
    return ProfileRow("timeline", "", last.title, None, encode_document(document))
