"""Health and readiness of the service, for supervisors and load balancers."""

from typing import Annotated, Literal

from litestar import get
from litestar.di import NamedDependency
from msgspec import Meta, Struct

from timeline.api.problems import problem_responses
from timeline.domain.errors import Unavailable
from timeline.log.migrations import missing_steps
from timeline.log.reader import outdated_timelines
from timeline.postgres import Connection
from timeline.views.projection.rules import RULES_VERSION

OUTDATED_NAMES_MAX = 20
"""How many of the timelines that are yet to be rebuilt an answer names."""


class Health(Struct, frozen=True):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(Struct, frozen=True, kw_only=True):
    """The database answers and has the schema that this version needs; reads are answered.

    Timelines whose views are by older rules are read as they are, and posts to them wait, until this service
    has rebuilt them.
    """

    status: Literal["ready"] = "ready"
    rules: Annotated[int, Meta(description="The version of the rules by which this service makes views.")]
    outdated: Annotated[
        int, Meta(description="Timelines whose views are still by older rules, and are being rebuilt.")
    ]
    outdated_timelines: Annotated[
        list[str], Meta(description=f"The first of them, by id; {OUTDATED_NAMES_MAX} at most.")
    ]


@get(
    "/health",
    operation_id="getHealth",
    summary="Whether the process answers",
    tags=["Service"],
    responses=problem_responses(400),
    sync_to_thread=False,
)
def get_health() -> Health:
    """For a supervisor: it does not query the database."""
    return Health()


@get(
    "/ready",
    operation_id="getReady",
    summary="Whether requests can be served",
    tags=["Service"],
    responses=problem_responses(400, 503),
)
async def get_ready(connection: NamedDependency[Connection]) -> Readiness:
    """For a load balancer: 503 while the database is not available or its schema is out of date.

    It also says which timelines are still to be rebuilt by this service's rules.
    """
    if missing := await missing_steps(connection):
        raise Unavailable(f"the database schema lacks {', '.join(missing)}; run `timeline migrate`")
    names, outdated = await outdated_timelines(connection, RULES_VERSION, OUTDATED_NAMES_MAX)
    return Readiness(rules=RULES_VERSION, outdated=outdated, outdated_timelines=names)
