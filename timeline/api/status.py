"""Health and readiness of the service, for supervisors and load balancers."""

from typing import Literal

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from timeline.api.caching import IS_LIVE
from timeline.api.problems import problem_responses
from timeline.api.readiness import Readiness
from timeline.api.service import Service


class Health(Struct, frozen=True):
    """The process answers."""

    status: Literal["alive"] = "alive"


@get(
    "/health",
    operation_id="getHealth",
    opt=IS_LIVE,
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
    opt=IS_LIVE,
    summary="Whether requests can be served",
    tags=["Service"],
    responses=problem_responses(400, 503),
)
async def get_ready(service: NamedDependency[Service]) -> Readiness:
    """For a load balancer: 503 while the database is not available or its schema is out of date.

    It also says which timelines are still to be rebuilt by this service's rules.
    """
    return await service.readiness.result()
