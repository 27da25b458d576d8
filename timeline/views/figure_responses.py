"""The answers about figures: the series of a timeline, and one series reconciled."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from timeline.domain.agreement import Agreement
from timeline.domain.edtf import Edtf
from timeline.domain.figure import Bounds, Figure
from timeline.views.documents import ClaimDocument, ResetDocument
from timeline.views.responses import Names, Next, ViewResponse


class SetAside(Struct, frozen=True, kw_only=True):
    """A claim that is not held against the others, and why."""

    claim: UUID
    claimant: str
    reason: Annotated[str, Meta(description="In words that can be printed.", examples=["of another period"])]


class Reconciled(Struct, frozen=True, kw_only=True):
    """Whether the claims of all claimants in one unit agree, and on what."""

    unit: Annotated[str, Meta(description="Of the figures compared; people, or items, where they name none.")]
    standing: Annotated[
        Agreement,
        Meta(
            description="By the claims compared. `single`: only one. `compatible`: some number satisfies all"
            " of them. `contested`: none does. `not_comparable`: no claim has a number that can be compared."
        ),
    ]
    reason: Annotated[
        str,
        Meta(
            description="Why, in words that can be printed.",
            examples=["two floors; all claims hold from 3,001"],
        ),
    ]
    overlap: Annotated[
        Bounds | None,
        Meta(description="What satisfies all claims compared; null where they contradict each other."),
    ]
    envelope: Annotated[
        Bounds | None,
        Meta(description="From the lowest to the highest that the claims of the newest date allow."),
    ]
    compared: Annotated[tuple[UUID, ...], Meta(description="The claims held against each other.")]
    newest: Annotated[
        tuple[UUID, ...],
        Meta(description="Those of the newest date, among which policies choose."),
    ]
    set_aside: Annotated[tuple[SetAside, ...], Meta(description="The claims not compared.")]


class Chosen(Struct, frozen=True, kw_only=True):
    """The figure that the policy chooses among the claims of the newest date."""

    bounds: Bounds
    best: Annotated[
        int | None,
        Meta(
            description="The best number, where the figure has one (exact, about, or named the best); under"
            " `envelope` that of the newest word."
        ),
    ]
    text: Annotated[str, Meta(description="In words.", examples=["more than 3,000"])]
    figure: Annotated[Figure | None, Meta(description="The chosen claim's; null for the envelope.")]
    claim: Annotated[UUID | None, Meta(description="The chosen claim; null for the envelope.")]


class OtherUnit(Struct, frozen=True, kw_only=True):
    """The standing of the claims in another unit of the same series: no rivals of the first."""

    reconciled: Reconciled
    chosen: Chosen | None
    not_chosen: str | None


class SeriesSummary(Struct, frozen=True, kw_only=True):
    """A series with its latest claims, and whether these agree."""

    series: Annotated[str, Meta(description="Its id: kind.measure.subject.category.basis, and .scope.")]
    kind: str
    measure: str
    subject: Annotated[str, Meta(description="An actor, with its name in `names`, or `all`.")]
    category: str
    basis: str
    scope: Annotated[
        str | None, Meta(description="The part of the conflict, or the report that leads an incident.")
    ]
    latest: Annotated[list[ClaimDocument], Meta(description="Each claimant's latest claim, in each unit.")]
    reconciled: Reconciled | None
    other_units: Annotated[
        list[Reconciled], Meta(description="The standings in other units, which are no rivals.")
    ]
    url: str


class SeriesList(ViewResponse, frozen=True, kw_only=True):
    """The series of figures, by id."""

    published_by: Annotated[
        datetime | None,
        Meta(description="Only claims published by this time, if the request set it."),
    ]
    publication_unknown: Annotated[
        int,
        Meta(
            description="With `published_by`: claims and resets hidden only because no publication of them is"
            " known, in all series with the parts, and by the claimant, that the request names."
        ),
    ] = 0
    series: list[SeriesSummary]
    names: Names
    next: Annotated[
        str | None,
        Meta(
            description="The address of the next page, or null on the last. With filters a page may be"
            " short, or empty, and not the last."
        ),
    ]


class SeriesView(ViewResponse, frozen=True, kw_only=True):
    """One series: each claimant's claim for a date, reconciled, and all claims up to that date."""

    series: Annotated[
        str,
        Meta(
            description="Its id. That of an incident's count names the report that leads the incident, also"
            " where the request names another of its reports."
        ),
    ]
    kind: str
    measure: str
    subject: str
    category: str
    basis: str
    scope: str | None
    as_of: Annotated[
        Edtf | None,
        Meta(
            description="The date that the request set. Each claimant's newest claim whose days end at or"
            " before the last of its days is selected; only where there is none, one whose days hold it. Of"
            " a `cumulative` or `increment` series that is set aside where another's number ends by then."
        ),
    ]
    published_by: Annotated[
        datetime | None, Meta(description="Only claims published by this time, if the request set it.")
    ]
    publication_unknown: Annotated[
        int,
        Meta(
            description="With `published_by`: claims and resets hidden only because no publication of them is"
            " known."
        ),
    ] = 0
    policy: Annotated[str, Meta(description="How one figure is chosen among the claims of the newest date.")]
    latest: Annotated[list[ClaimDocument], Meta(description="Each claimant's claim for the date, or latest.")]
    containing: Annotated[
        tuple[UUID, ...],
        Meta(description="Those of `latest` that only hold the date: one for 2024 where June was asked for."),
    ]
    reconciled: Annotated[Reconciled | None, Meta(description="Null where no claim stands.")]
    chosen: Annotated[
        Chosen | None,
        Meta(description="The figure that the policy chooses; null where no claim fits."),
    ]
    not_chosen: Annotated[str | None, Meta(description="Why nothing is chosen.")]
    other_units: Annotated[
        list[OtherUnit], Meta(description="The standings in other units, which are no rivals.")
    ]
    claims: Annotated[
        list[ClaimDocument],
        Meta(description="All claims, the newest date first, of the same days the last word."),
    ]
    resets: list[ResetDocument]
    names: Names
    next: Next


def series_fields(series: str) -> dict[str, Any]:
    """The parts of a series' id as fields of an answer."""
    parts = [*series.split(".", 5), None, None, None, None, None][:6]
    return dict(zip(("kind", "measure", "subject", "category", "basis", "scope"), parts, strict=True))
