"""Profiles: who an actor is, and what the timeline is called, by the last profile that stands.

A profile is what editors know: it is no publication and applies from the start, also before it was recorded,
whatever its sources say. One that says itself when it was published is a publication (meaning, section 2),
and so is an amendment of a profile that does: by an earlier time the world had not been told of it, and the
profile before it stands. Of several profiles the one that was recorded last stands, not the one that was
published last: who an actor is was looked up, and is nobody's word.
"""

from uuid import UUID

from timeline.domain.events import ActorProfile, TimelineProfile
from timeline.domain.publicity import UNKNOWN_PUBLICITY, Publicity
from timeline.domain.search_text import search_words
from timeline.domain.snapshot import Snapshot
from timeline.views.documents import ActorDocument, TimelineDocument, encode_document
from timeline.views.projection.rows import ProfileRow


def profile_row(snapshot: Snapshot, topic: UUID) -> ProfileRow | None:
    """The row of the profile of an actor, or of the timeline; None where none stands."""
    profile = snapshot.last_mention(topic)
    if profile is None:
        return None
    # by a time of publication nothing is asked of the row but what it says
    public = UNKNOWN_PUBLICITY if snapshot.published_by else snapshot.profile_publicity(topic)
    if isinstance(profile, ActorProfile):
        return _actor_row(profile, public)
    return _timeline_row(profile, public) if isinstance(profile, TimelineProfile) else None


def _actor_row(profile: ActorProfile, public: Publicity) -> ProfileRow:
    document = ActorDocument(
        id=profile.actor,
        name=profile.name,
        kind=profile.kind,
        aliases=profile.aliases,
        part_of=profile.part_of,
        external_ids=profile.external_ids,
        profile=profile.id,
    )
    return ProfileRow(
        kind="actor",
        subject=profile.actor,
        name=profile.name,
        part_of=profile.part_of,
        words=search_words((profile.name, *profile.aliases)),
        document=encode_document(document),
        public_from=public.public_from,
        settled_at=public.settled_at,
    )


def _timeline_row(profile: TimelineProfile, public: Publicity) -> ProfileRow:
    document = TimelineDocument(
        title=profile.title, description=profile.description, language=profile.language, profile=profile.id
    )
    return ProfileRow(
        kind="timeline",
        subject="",
        name=profile.title,
        part_of=None,
        words="",
        document=encode_document(document),
        public_from=public.public_from,
        settled_at=public.settled_at,
    )
