"""The root of a log's tree over HTTP: what a reader keeps to hold the log against later."""

from litestar import Response, get
from litestar.di import NamedDependency

from timeline.api.addresses import address, timeline_path
from timeline.api.caching import IS_VIEW
from timeline.api.heavy_reads import IS_HEAVY
from timeline.api.parameters import AtText, TimelineId, read_at
from timeline.api.problems import problem_responses
from timeline.api.service import Service
from timeline.log.reader import read_moment
from timeline.log.tree_roots import read_root
from timeline.postgres import Connection
from timeline.views.responses import LogRoot


@get(
    "/v1/timelines/{timeline:str}/log/root",
    operation_id="getLogRoot",
    opt=IS_VIEW | IS_HEAVY,
    summary="The root hash of the log, now or at any position",
    tags=["Record"],
    responses=problem_responses(400, 404, 503),
)
async def get_log_root(
    timeline: TimelineId,
    connection: NamedDependency[Connection],
    service: NamedDependency[Service],
    at: AtText = None,
) -> Response[LogRoot]:
    """The root of the tree (RFC 6962, section 2.1, SHA-256) over the records up to the position.

    Its leaves are the `hashes` of `GET …/events`. A root that was kept shows later that nothing up to its
    position was changed, removed or put in between.
    """
    moment = await read_moment(connection, timeline, None if at is None else read_at(at))
    tree = await read_root(connection, moment)
    path = f"{service.base}{timeline_path(timeline)}/log/root"
    return Response(
        LogRoot(
            timeline=timeline,
            lineage=tree.lineage,
            position=moment.position,
            root=tree.root.hex(),
            url=address(path, [("at", moment.position)]),
        )
    )
