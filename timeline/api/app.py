"""The application: its routes, dependencies and middleware, and the OpenAPI document made from them."""

import os

from litestar import Litestar
from litestar.di import Provide

from timeline.api import (
    actors,
    audit,
    entries,
    events,
    figures,
    history,
    log_root,
    problems,
    root,
    status,
    stream,
    timelines,
    totals,
)
from timeline.api.application import Application
from timeline.api.caching import AnswerCache
from timeline.api.cross_origin import origin_policy
from timeline.api.docs import documentation_handlers
from timeline.api.entry_lists import ENTRY_LIST_HANDLERS
from timeline.api.export_addresses import export_handlers
from timeline.api.filter_parameters import provide_entry_filter
from timeline.api.hosts import host_policy
from timeline.api.http_methods import options
from timeline.api.metrics import Counting, Metrics
from timeline.api.openapi import as_yaml, openapi_config, openapi_document
from timeline.api.query_validation import refuse_invalid_parameters
from timeline.api.request_query import QueryParsing
from timeline.api.service import (
    ConnectionRelease,
    new_service,
    provide_connection,
    provide_service,
    running,
)
from timeline.api.view_request import provide_view
from timeline.logs import configure_logs
from timeline.settings import Settings

HANDLERS = (
    timelines.get_timelines,
    timelines.put_timeline,
    events.post_events,
    events.post_lines,
    events.post_cloud_event,
    events.post_cloud_events,
    events.get_events,
    events.get_event,
    stream.stream_events,
    log_root.get_log_root,
    entries.get_timeline,
    entries.get_entry,
    *ENTRY_LIST_HANDLERS,
    actors.get_actors,
    actors.get_actor,
    figures.get_figures,
    figures.get_figure,
    audit.get_audit,
    totals.get_totals,
    history.get_diff,
    history.get_replay,
    root.get_service,
    root.get_version_1,
    status.get_health,
    status.get_ready,
)


def create_app(settings: Settings | None = None) -> Litestar:
    """The service as an ASGI application; without settings it takes them from the environment.

    Raises:
        SettingsError: a variable holds what its setting does not allow.
        ValueError: the settings have no database URL.
    """
    settings = settings or Settings.from_environment(os.environ)
    configure_logs(settings.log_level)
    app = documented_app(settings)
    app.state.service = new_service(settings)
    return app


def documented_app(settings: Settings | None = None) -> Litestar:
    """The application without its service: enough to generate the documentation from."""
    settings = settings or Settings()
    handlers = [*HANDLERS, *export_handlers(), *documentation_handlers(), problems.explain]
    return Application(
        origins=origin_policy(settings),
        hosts=host_policy(settings),
        logs_requests=settings.log_level == "debug",
        route_handlers=[*options(handlers), *handlers, Metrics],
        dependencies={
            "service": Provide(provide_service, sync_to_thread=False),
            "connection": Provide(provide_connection),
            "view": Provide(provide_view),
            "entry_filter": Provide(provide_entry_filter, sync_to_thread=False),
            "totals_query": Provide(totals.provide_totals_query, sync_to_thread=False),
        },
        before_request=refuse_invalid_parameters,
        exception_handlers={Exception: problems.respond},
        middleware=[  # from the outermost in
            Counting(),
            QueryParsing(),
            AnswerCache(settings.cache_bytes_max),
            ConnectionRelease(),
        ],
        openapi_config=openapi_config(),
        lifespan=[running],
        logging_config=None,
        request_max_body_size=None,  # a bulk append has any length; `read_body` limits the others
        debug=False,
    )


def openapi_yaml() -> str:
    """The OpenAPI document as it is checked in as `openapi.yaml`; it needs no database."""
    return as_yaml(openapi_document(documented_app()))
