"""Claims on figures: the row that each standing count and each standing reset has in its series."""

from timeline.domain.claims import Claim, reset_as_of
from timeline.domain.components import Grade
from timeline.domain.events import Development, Event, SeriesReset
from timeline.domain.record import Record
from timeline.views.documents import ClaimDocument, ResetDocument, encode_document
from timeline.views.projection.rows import ClaimRow


def claim_row(record: Record, event: Development, claim: Claim, grade: Grade | None) -> ClaimRow:
    """The row of the claim that a report makes; `grade` is that of its last verification, if it has one."""
    bounds = claim.figure.bounds
    document = ClaimDocument(
        id=record.event.id,
        position=record.position,
        claimant=claim.claimant,
        as_of=claim.as_of,
        published_at=event.published_at,
        figure=claim.figure,
        bounds=bounds,
        disordered=claim.figure.disordered,
        grade=grade or (event.certainty.grade if event.certainty else None),
    )
    return ClaimRow(
        source=record.event.id,
        series=claim.series,
        claimant=claim.claimant,
        as_of=claim.as_of,
        position=record.position,
        is_reset=False,
        adjustment=None,
        low=None if bounds is None else bounds.low,
        high=None if bounds is None else bounds.high,
        document=encode_document(document),
    )


def reset_row(record: Record, event: Event | None) -> ClaimRow | None:
    """The row of a reset, `event` with its standing corrections; None where it is not a standing reset."""
    if not isinstance(event, SeriesReset):
        return None
    as_of = reset_as_of(event, record.recorded_at)
    document = ResetDocument(
        id=event.id,
        position=record.position,
        claimant=event.claimant,
        as_of=as_of,
        reason=event.reason,
        adjustment=event.adjustment,
    )
    return ClaimRow(
        source=event.id,
        series=event.series,
        claimant=event.claimant,
        as_of=as_of,
        position=record.position,
        is_reset=True,
        adjustment=event.adjustment,
        low=None,
        high=None,
        document=encode_document(document),
    )
