"""The query parameters by which series of figures are found."""

from typing import Annotated, Any, Literal

from litestar.params import QueryParameter

from timeline.api.parameters import FILLED_PATTERN, SERIES_PART_PATTERN
from timeline.domain.agreement import Agreement
from timeline.domain.claims import SeriesMeasure
from timeline.domain.scalars import SLUG_PATTERN
from timeline.views.queries.series_list import SeriesFilter


def _part_of_id(name: str, words: str) -> Any:
    """A parameter that a part of the id of every listed series equals."""
    return QueryParameter(name=name, description=words, pattern=SERIES_PART_PATTERN, max_length=200)


SeriesKind = Annotated[
    Literal["casualties", "equipment", "strength"] | None,
    QueryParameter(name="kind", description="Only series of this kind."),
]
SeriesMeasureName = Annotated[
    SeriesMeasure | None,
    QueryParameter(name="measure", description="Only series of this measure, such as `killed`."),
]
SeriesSubject = Annotated[str | None, _part_of_id("subject", "Only series about this actor, or about `all`.")]
SeriesCategory = Annotated[
    str | None, _part_of_id("category", "Only series of this category, such as `civilian`.")
]
SeriesBasis = Annotated[
    Literal["cumulative", "increment", "incident", "stock"] | None,
    QueryParameter(name="basis", description="Only series on this basis."),
]
SeriesClaimant = Annotated[
    str | None,
    QueryParameter(
        name="claimant", description="Only series in which this actor claims a figure.", pattern=SLUG_PATTERN
    ),
]
SeriesWords = Annotated[
    str | None,
    QueryParameter(
        name="q",
        description="Only series with all of these words in their id or in the names and aliases of their"
        " subject and claimants.",
        pattern=FILLED_PATTERN,
        max_length=500,
    ),
]
SeriesStandingName = Annotated[
    Agreement | None,
    QueryParameter(name="standing", description="Only series in which the claims in some unit stand so."),
]


def provide_series_filter(  # noqa: PLR0913 - the filters
    kind: SeriesKind = None,
    measure: SeriesMeasureName = None,
    subject: SeriesSubject = None,
    category: SeriesCategory = None,
    basis: SeriesBasis = None,
    claimant: SeriesClaimant = None,
    q: SeriesWords = None,
    standing: SeriesStandingName = None,
) -> SeriesFilter:
    """The filter that a request's parameters set."""
    return SeriesFilter(kind, measure, subject, category, basis, claimant, q, standing)
