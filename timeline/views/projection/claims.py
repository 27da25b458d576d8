"""Claims on figures: the rows that each standing count and each standing reset has in its series."""

from typing import cast
from uuid import UUID

from timeline.domain.claims import Claim, claim_of
from timeline.domain.components import Grade
from timeline.domain.dating import Dating, claim_dating
from timeline.domain.events import Development, SeriesReset
from timeline.domain.last_word import Word
from timeline.domain.publicity import UNKNOWN_PUBLICITY, Publicity
from timeline.domain.record import Record
from timeline.domain.words import edtf_words, figure_words
from timeline.views.documents import (
    ClaimDocument,
    ClaimMention,
    ResetDocument,
    by_position,
    encode_document,
)
from timeline.views.projection.rows import ClaimRow


def claim_mention(claim: Claim) -> ClaimMention:
    """How the entry of a report mentions its claim."""
    figure, dating = claim.figure, claim.dating
    return ClaimMention(
        claim.series,
        dating.text,
        figure,
        figure.bounds,
        figure_words(figure),
        edtf_words(dating.text),
        dating.days.first,
        dating.days.last,
        dating.dated_by,
    )


_new_document = by_position(ClaimDocument)

_THAT_OF_THE_LAST_WORD = Publicity(None, None, has_unknown=False)


def earlier_claim_row(
    record: Record, word: Word, incident: UUID | None, grade: Grade | None
) -> ClaimRow | None:
    """The row of what an earlier word of a report claims; `incident` leads what it counts."""
    claim = claim_of(word, incident)
    if claim is None:
        return None
    row = claim_row(record, claim, claim_mention(claim), grade, _THAT_OF_THE_LAST_WORD)
    return row._replace(is_earlier=True)


def claim_row(
    record: Record, claim: Claim, mention: ClaimMention, grade: Grade | None, publicity: Publicity
) -> ClaimRow:
    """The row of the claim that a report makes; `mention` is how the report's entry mentions it."""
    figure, word, bounds = claim.figure, claim.word, mention.bounds
    # by position, which takes half the time: in the order of the fields
    document = _new_document(
        record.event.id,
        record.position,
        word.position,
        cast("Development", word.event).summary,
        claim.claimant,
        mention.as_of,
        mention.as_of_text,
        mention.earliest,
        mention.latest,
        mention.dated_by,
        word.published_at,
        word.said_at,
        figure,
        mention.text,
        bounds,
        figure.bounds_origin,
        figure.disordered,
        grade,
    )
    return ClaimRow(
        record.event.id,
        claim.series,
        claim.claimant,
        claim.unit,
        claim.days.first,
        claim.days.last,
        word.said_at,
        word.position,
        False,
        None,
        figure.qualifier == "none_reported",
        None if bounds is None else bounds.low,
        None if bounds is None else bounds.high,
        encode_document(document),
        publicity.public_from,
        publicity.settled_at,
        publicity.has_unknown,
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
