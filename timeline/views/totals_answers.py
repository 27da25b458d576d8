"""What totals of incident figures answer."""

from typing import Annotated

from msgspec import Meta, Struct

from timeline.views.answers import Answer, Names, Next


class Tally(Struct, frozen=True, kw_only=True):
    """What the figures of some incidents come to, and what that leaves open."""

    incidents: Annotated[int, Meta(description="How many were added up.")]
    low: Annotated[int | None, Meta(description="The sum of what is at least claimed.")]
    best: Annotated[int | None, Meta(description="The sum of the best figures that there are.")]
    high: Annotated[int | None, Meta(description="The sum of the upper limits that there are.")]
    unknown: Annotated[int, Meta(description="Incidents of which `best` lacks a number.")]
    unbounded: Annotated[int, Meta(description="Incidents of which `high` lacks an upper limit.")]
    rivals: Annotated[
        int, Meta(description="Incidents for which the policy had to choose between claimants.")
    ]
    several_subjects: Annotated[
        int, Meta(description="Incidents for which figures of single subjects were added.")
    ]
    left_out: Annotated[
        int,
        Meta(
            description="Incidents not added up: they have the measure, but not in this category or policy."
        ),
    ]


class TotalsLine(Tally, frozen=True, kw_only=True):
    """The incidents that have the same keys."""

    keys: Annotated[
        dict[str, str | None], Meta(description="By the names in `by`; null where no report says it.")
    ]


class TotalsView(Answer, frozen=True, kw_only=True):
    """Totals of incident figures, by what was asked for; how they are made stands with the operation."""

    measure: str
    category: str
    policy: Annotated[str, Meta(description="How one figure is made of rival claims on an incident.")]
    by: list[str]
    overlapping: Annotated[
        bool, Meta(description="An incident is in several lines, one an actor: do not add lines up.")
    ]
    total: Annotated[Tally, Meta(description="Of all incidents, each counted once.")]
    lines: Annotated[list[TotalsLine], Meta(description="In the order of their keys.")]
    names: Names
    next: Next
