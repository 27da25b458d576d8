"""Verdicts: what statements and verifications make of a development (meaning, sections 2 and 5).

Of one speaker's `confirms`, `denies` and `not_acknowledged` on one development the last word stands, and of
one verifier's grades; other stances supersede nothing. What was superseded stays visible and decides nothing.

The status follows from what stands:

- `confirmed`: a statement confirms it, or a verification grades it confirmed, where somebody other than its
  speaker claims the thing, or nobody does: nobody confirms a claim of their own.
- `denied`: a statement denies it, or a verification grades it discounted. A claimant may deny its own claim.
- `contested`: both of these, or a verification grades it contested.
- `reported`: none of these.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from timeline.domain.events import Event, OfficialStatement, Verification
from timeline.views.documents import Status

_DECISIVE_STANCES = frozenset({"confirms", "denies", "not_acknowledged"})


def superseded_ids(events: Sequence[Event]) -> AbstractSet[UUID]:
    """The statements and verifications that a later word of the same speaker supersedes.

    `events` are about one development, in the order of words.
    """
    last: dict[tuple[type[Event], str], UUID] = {}
    superseded = set()
    for event in events:
        speaker = _speaker(event)
        if speaker is None:
            continue
        line = (type(event), speaker)
        if line in last:
            superseded.add(last[line])
        last[line] = event.id
    return superseded


def status_of(
    events: Sequence[Event], superseded: AbstractSet[UUID], claimants: AbstractSet[str | None]
) -> Status:
    """What a development is by the events about it, of which some are superseded; `claimants` claim it."""
    confirmed = denied = False
    for event in events:
        if event.id in superseded:
            continue
        verdict = _verdict(event)
        if verdict == "contested":
            return "contested"
        if verdict in ("confirms", "confirmed"):
            confirmed = confirmed or not claimants or bool(claimants - {_speaker(event)})
        elif verdict in ("denies", "discounted"):
            denied = True
    if confirmed and denied:
        return "contested"
    return "confirmed" if confirmed else "denied" if denied else "reported"


def _verdict(event: Event) -> str | None:
    if isinstance(event, OfficialStatement):
        return event.stance
    return event.grade if isinstance(event, Verification) else None


def _speaker(event: Event) -> str | None:
    """Who says something that supersedes, and can be superseded; None where the event is no such word."""
    if isinstance(event, Verification):
        return event.claimant
    if isinstance(event, OfficialStatement) and event.stance in _DECISIVE_STANCES:
        return event.speaker
    return None
