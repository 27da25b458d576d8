"""When a development happened, as the views put it."""

from datetime import UTC

from timeline.domain.events import Development
from timeline.domain.record import Record
from timeline.domain.when import Span, parse


def span_of(event: Development, record: Record) -> Span:
    """When it happened; where the report does not say, the instant at which it became known."""
    if event.occurred is not None:
        return parse(event.occurred)
    instant = (event.published_at or record.recorded_at).astimezone(UTC)
    return Span(instant, instant)
