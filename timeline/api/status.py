"""Health and readiness of the service, for supervisors and load balancers."""

from typing import Literal

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from timeline.api.problems import problem_responses
from timeline.domain.errors import Unavailable
from timeline.log.migrations import missing_steps
from timeline.postgres import Connection


class Health(Struct, frozen=True):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(Struct, frozen=True):
    """The database answers and has the schema that this version needs."""

    status: Literal["ready"] = "ready"


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
    """For a load balancer: 503 while the database is not available or its schema is out of date."""
    if missing := await missing_steps(connection):
        raise Unavailable(f"the database schema lacks {', '.join(missing)}; run `timeline migrate`")
    return Readiness()
