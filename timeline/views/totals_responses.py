"""The answer of totals: sums over incidents, their lines and parts, and what is left out for which reason."""

from datetime import datetime
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from timeline.views.responses import Names, Next, ViewResponse

TOTALS_KEYS = ("year", "month", "country", "admin1", "place", "actor")
"""What totals may be grouped by, in the order in which the keys sort the lines."""

LeftOutReason = Literal[
    "report_retracted",
    "undated",
    "straddles",
    "other_unit",
    "other_category",
    "none_reported",
    "no_number",
    "other_claimant",
]
"""Why an incident is left out, in the order in which the reasons are looked for; the first counts."""

LEFT_OUT_REASONS: tuple[LeftOutReason, ...] = get_args(LeftOutReason)


class IncidentSums(Struct, frozen=True, kw_only=True):
    """The sums of the figures of some incidents, and what they leave open."""

    incidents: Annotated[int, Meta(description="How many were added up.")]
    low: Annotated[int | None, Meta(description="The sum of the lower limits, as published.")]
    high: Annotated[
        int | None, Meta(description="The sum of the upper limits, as published, where there are any.")
    ]
    unbounded: Annotated[int, Meta(description="Incidents that have no upper limit in `high`.")]
    best: Annotated[
        int | None,
        Meta(
            description="The sum of the best figures of the `best_incidents`; null where none has one. A"
            " floor, a ceiling or a share that was split by a rule is no best figure."
        ),
    ]
    best_incidents: Annotated[int, Meta(description="Of how many incidents `best` is the sum.")]
    best_low: Annotated[int | None, Meta(description="The sum of the lower limits of these incidents.")]
    best_high: Annotated[
        int | None,
        Meta(description="The sum of the upper limits of these incidents; null where one has none."),
    ]
    rivals: Annotated[
        int,
        Meta(
            description="Incidents that several claimants count, or whose parts add up to more than the claim"
            " of all allows."
        ),
    ]
    disordered: Annotated[
        int, Meta(description="Incidents whose low, best and high are out of order as published.")
    ]
    several_subjects: Annotated[
        int, Meta(description="Incidents for which figures of single subjects were added.")
    ]


class TotalsLine(IncidentSums, frozen=True, kw_only=True):
    """The incidents that have the same keys."""

    keys: Annotated[
        dict[str, str | None],
        Meta(
            description="The group's value for each key in `by`; null where no report says it. An incident"
            " that spans several months has its year as `month`, one that spans years `several_years`, and"
            " one that only its recording dates `undated`."
        ),
    ]


class PartSums(IncidentSums, frozen=True, kw_only=True):
    """What claims say of one subject in incidents for which a claim of `all` was added up."""

    subject: str


class LeftOutIncidents(Struct, frozen=True, kw_only=True):
    """How many incidents are not in the total for a reason; each is counted for its first reason alone."""

    reason: LeftOutReason
    incidents: int
    categories: Annotated[
        list[str], Meta(description="For `other_category`: those in which these incidents have figures.")
    ]


class TotalsView(ViewResponse, frozen=True, kw_only=True):
    """Totals of incident figures by the requested keys; the operation describes how they are added up."""

    measure: str
    category: str
    unit: Annotated[str, Meta(description="The unit that is added up; figures in others are left out.")]
    policy: Annotated[str, Meta(description="How rival claims about an incident become one figure.")]
    by: list[str]
    overlapping: Annotated[
        bool, Meta(description="An incident appears once per actor: do not add the lines up.")
    ]
    total: Annotated[IncidentSums, Meta(description="Of all incidents, each counted once.")]
    lines: Annotated[list[TotalsLine], Meta(description="In the order of their keys.")]
    parts: Annotated[
        list[PartSums],
        Meta(
            description="Beside claims of `all`: what those of single subjects add up to. Not in the total."
        ),
    ]
    left_out: Annotated[int, Meta(description="Incidents that are asked about and not in the total.")]
    left_out_reasons: Annotated[
        list[LeftOutIncidents],
        Meta(description="The same by reason, in the order in which reasons are looked for."),
    ]
    published_by: Annotated[
        datetime | None, Meta(description="Only what was published by this time, if the request set it.")
    ]
    publication_unknown: Annotated[
        int,
        Meta(
            description="Incidents that would be in the total by what the record holds now, and that"
            " `published_by` hides only because no publication of a count in this unit and category is known."
            " What is left out for another reason is not among them."
        ),
    ]
    names: Names
    next: Next
