"""Profiles: who an actor is, and what the timeline is called, by the last profile that stands."""

from timeline.domain.events import ActorProfile, Event, TimelineProfile
from timeline.domain.search_text import search_words
from timeline.views.documents import ActorDocument, TimelineDocument, encode_document
from timeline.views.projection.rows import ProfileRow


def actor_row(profile: Event | None) -> ProfileRow | None:
    """The row of an actor's profile; None where no profile of it stands."""
    if not isinstance(profile, ActorProfile):
        return None
    document = ActorDocument(
        id=profile.actor,
        name=profile.name,
        kind=profile.kind,
        aliases=profile.aliases,
        part_of=profile.part_of,
        external_ids=profile.external_ids,
        profile=profile.id,
    )
    words = search_words((profile.name, *profile.aliases))
    return ProfileRow("actor", profile.actor, profile.name, profile.part_of, words, encode_document(document))


def timeline_row(profile: Event | None) -> ProfileRow | None:
    """The row of the timeline's profile; None where none stands."""
    if not isinstance(profile, TimelineProfile):
        return None
    document = TimelineDocument(
        title=profile.title, description=profile.description, language=profile.language, profile=profile.id
    )
    return ProfileRow("timeline", "", profile.title, None, "", encode_document(document))
