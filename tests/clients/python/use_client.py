"""A program with a client that openapi-python-client made of the contract."""

import json
import sys
from uuid import UUID

from conflict_timeline_service_client import Client, models
from conflict_timeline_service_client.api.figures import (
    export_totals,
    get_audit,
    get_figure,
    get_figures,
    get_totals,
)
from conflict_timeline_service_client.api.record import post_cloud_event, post_events, put_timeline
from conflict_timeline_service_client.api.views import get_entry, get_timeline

base, timeline, strike, toll = sys.argv[1:]
client = Client(base_url=base, raise_on_unexpected_status=True)

put_timeline.sync(timeline, client=client)
event = models.Engagement.from_dict(
    {"type": "engagement", "id": strike, "summary": "A strike.", "occurred": "2024-12-20"}
)
receipt = post_events.sync(timeline, client=client, body=event)
envelope = models.CloudEvent.from_dict(
    {
        "specversion": "1.0",
        "id": strike,
        "source": "https://example.org/desk",
        "type": "conflict.timeline.engagement.v2",
        "data": {"summary": "A strike.", "occurred": "2024-12-20"},
    }
)
again = post_cloud_event.sync(timeline, client=client, body=envelope)
assert again.outcomes[0].duplicate, again
count = models.CasualtyEstimate(
    type_=models.CasualtyEstimateType.CASUALTY_ESTIMATE,
    id=UUID(toll),
    summary="Twelve were killed.",
    claimant="nis",
    subject="troops",
    measure=models.CasualtyEstimateMeasure.KILLED,
    basis=models.CasualtyEstimateBasis.INCIDENT,
    incident=UUID(strike),
    figure=models.Figure(qualifier=models.FigureQualifier.EXACT, value=12),
)
post_events.sync(timeline, client=client, body=[count])
view = get_timeline.sync(timeline, client=client, order=models.GetTimelineOrder.ASC)
series = get_figures.sync(timeline, client=client).series[0].series
figure = get_figure.sync(timeline, series, client=client)
audit = get_audit.sync(timeline, series, client=client)
totals = get_totals.sync(timeline, client=client, measure=models.GetTotalsMeasure.KILLED)
table = export_totals.sync(
    timeline,
    client=client,
    measure=models.ExportTotalsMeasure.KILLED,
    format_=models.ExportTotalsFormat.CSV,
)
refused = get_entry.sync(timeline, UUID(int=7 << 76 | 2 << 62), client=client)
sys.stdout.write(
    json.dumps(
        {
            "posted": [str(outcome.id) for outcome in receipt.outcomes],
            "entries": [entry.event.summary for entry in view.entries],
            "lists": [len([*e.statements, *e.evidence, *e.tolls]) for e in view.entries],
            "claim": [entry.claim.figure.value if entry.claim else None for entry in view.entries],
            "figure": [[claim.summary, claim.figure.value] for claim in figure.latest],
            "audit": [change.kind.value for change in audit.changes],
            "total": totals.total.best,
            "table": len(table.splitlines()),
            "problem": refused.status,
        }
    )
)
