"""What the audit of a series answers."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from timeline.domain.figure import Figure
from timeline.domain.parts import Source
from timeline.views.answers import Answer, Names, Next

ChangeKind = Annotated[
    Literal["first_report", "update", "restatement", "correction", "retraction", "reset"],
    Meta(
        description="`first_report`: the claimant speaks for the first time, or for an earlier date than"
        " before. `update`: for a newer date. `restatement`: another figure for the same date, in a report of"
        " its own. `correction`: by an amendment. `retraction`: a report no longer stands. `reset`: the line"
        " starts again, or is adjusted."
    ),
]


class SeriesChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of what stands in a series."""

    position: Annotated[int, Meta(description="Of the record that made it.")]
    kind: ChangeKind
    claimant: Annotated[str | None, Meta(description="Null for a reset of everybody's line.")]
    as_of: Annotated[datetime, Meta(description="The last instant of the date that the figure speaks for.")]
    before: Figure | None
    before_as_of: Annotated[
        datetime | None, Meta(description="The date that the figure before spoke for, where it is another.")
    ] = None
    after: Figure | None
    difference: Annotated[
        int | None, Meta(description="After less before; null where one of them gives no number to draw.")
    ]
    adjustment: Annotated[int | None, Meta(description="Of a reset that revises the total.")] = None
    source: Annotated[UUID, Meta(description="The event that makes the claim, or the reset.")]
    cause: Annotated[UUID, Meta(description="The event that made the change.")]
    cause_type: str
    reason: Annotated[str | None, Meta(description="Of the amendment or reset.")] = None
    sources: Annotated[tuple[Source, ...], Meta(description="Of the event that made the change.")] = ()
    published_at: datetime | None = None
    recorded_at: datetime
    lag_seconds: Annotated[
        float,
        Meta(
            description="From `as_of` to the publication of the change; to its recording if that is unknown."
        ),
    ]


class Fall(Struct, frozen=True, kw_only=True):
    """A running total that stands lower than on the claimant's date before, and what explains it."""

    claimant: str
    before_as_of: datetime
    as_of: datetime
    before: Figure
    after: Figure
    difference: int
    source: Annotated[UUID, Meta(description="The event that makes the lower claim.")]
    explained_by: Annotated[
        list[UUID],
        Meta(description="The resets and adjustments between the dates; empty: nothing explains it."),
    ]


class SeriesAuditView(Answer, frozen=True, kw_only=True):
    """A series' whole life up to the position: each change in the order of the record, and each fall."""

    series: str
    total: Annotated[int, Meta(description="How many changes there are on all pages.")]
    kinds: Annotated[dict[str, int], Meta(description="How many of each kind.")]
    changes: list[SeriesChange]
    falls: Annotated[
        list[Fall],
        Meta(description="Of a cumulative series: where what stands now falls from one date to the next."),
    ]
    names: Names
    next: Next
