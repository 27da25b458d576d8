"""Claims on figures: the row that each standing count and each standing reset has in its series."""

from typing import cast

from timeline.domain.claims import Claim
from timeline.domain.components import Grade
from timeline.domain.dating import Dating, claim_dating
from timeline.domain.events import Development, SeriesReset
from timeline.domain.last_word import Word
from timeline.domain.publicity import UNKNOWN_PUBLICITY, Publicity
from timeline.domain.record import Record
from timeline.domain.words import edtf_words
from timeline.views.documents import ClaimDocument, ClaimMention, ResetDocument, encode_document
from timeline.views.projection.rows import ClaimRow


def claim_row(
    record: Record, claim: Claim, mention: ClaimMention, grade: Grade | None, publicity: Publicity
) -> ClaimRow:
    """The row of the claim that a report makes, from how its entry mentions it."""
    figure, bounds, word = claim.figure, mention.bounds, claim.word
    document = ClaimDocument(
        id=record.event.id,
        position=record.position,
        summary=cast("Development", word.event).summary,
        claimant=claim.claimant,
        as_of=mention.as_of,
        as_of_text=mention.as_of_text,
        earliest=mention.earliest,
        latest=mention.latest,
        dated_by=mention.dated_by,
        published_at=word.published_at,
        said_at=word.said_at,
        figure=figure,
        text=mention.text,
        bounds=bounds,
        bounds_origin=figure.bounds_origin,
        disordered=figure.disordered,
        grade=grade,
    )
    return ClaimRow(
        source=record.event.id,
        series=claim.series,
        claimant=claim.claimant,
        unit=claim.unit,
        earliest=claim.days.first,
        latest=claim.days.last,
        said_at=word.said_at,
        position=word.position,
        is_reset=False,
        adjustment=None,
        none_reported=figure.qualifier == "none_reported",
        low=None if bounds is None else bounds.low,
        high=None if bounds is None else bounds.high,
        document=encode_document(document),
        public_from=publicity.public_from,
        settled_at=publicity.settled_at,
        publication_unknown=publicity.has_unknown,
    )


def reset_row(record: Record, word: Word | None, publicity: Publicity = UNKNOWN_PUBLICITY) -> ClaimRow | None:
    """The row of a reset by its last word; None where it is not a standing reset."""
    if word is None or not isinstance(event := word.event, SeriesReset):
        return None
    dating = reset_dating(word)
    document = ResetDocument(
        id=event.id,
        position=record.position,
        claimant=event.claimant,
        as_of=dating.text,
        as_of_text=edtf_words(dating.text),
        earliest=dating.days.first,
        latest=dating.days.last,
        dated_by=dating.dated_by,
        reason=event.reason,
        adjustment=event.adjustment,
    )
    return ClaimRow(
        source=event.id,
        series=event.series,
        claimant=event.claimant,
        unit=None,
        earliest=dating.days.first,
        latest=dating.days.last,
        said_at=word.said_at,
        position=word.position,
        is_reset=True,
        adjustment=event.adjustment,
        none_reported=False,
        low=None,
        high=None,
        document=encode_document(document),
        public_from=publicity.public_from,
        settled_at=publicity.settled_at,
        publication_unknown=publicity.has_unknown,
    )


def reset_dating(word: Word) -> Dating:
    """When a running total is begun again: at the start of the first day that its date names."""
    return claim_dating(word.event, word.published_at, word.recorded_at)
