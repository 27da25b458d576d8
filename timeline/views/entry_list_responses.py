"""The answers that hold a whole list of an entry, page by page."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from timeline.views.documents import (
    AmendmentMention,
    EvidenceMention,
    StatementMention,
    VerificationMention,
)
from timeline.views.responses import Names, Next, ViewResponse


class EntryList(ViewResponse, frozen=True, kw_only=True):
    """What every such answer has."""

    published_by: Annotated[
        datetime | None, Meta(description="Only what the world had been told by then, if the request set it.")
    ]
    entry: Annotated[UUID, Meta(description="The development.")]
    total: Annotated[int, Meta(description="How many there are on all pages.")]
    names: Names
    next: Next


class StatementList(EntryList, frozen=True, kw_only=True):
    """The standing official statements about a development, in the order in which they were made."""

    statements: tuple[StatementMention, ...]


class EvidenceList(EntryList, frozen=True, kw_only=True):
    """The standing evidence for a development, in the order of publication."""

    evidence: tuple[EvidenceMention, ...]


class VerificationList(EntryList, frozen=True, kw_only=True):
    """The standing verifications of a development, in the order in which they were made."""

    verifications: tuple[VerificationMention, ...]


class TollList(EntryList, frozen=True, kw_only=True):
    """The reports of a count for an incident, in the order in which they were recorded."""

    tolls: tuple[UUID, ...]


class AmendmentList(EntryList, frozen=True, kw_only=True):
    """The standing corrections and retractions of the report itself, in the order in which they apply."""

    amendments: tuple[AmendmentMention, ...]
