"""A program with models that datamodel-code-generator made of the contract, and an HTTP client of its own."""

import json
import sys

import httpx
import models

base, timeline, strike, toll = sys.argv[1:]
client = httpx.Client(base_url=f"{base}/v1/timelines/{timeline}")


def post(event):
    """Post an event; what was not set is not sent."""
    body = event.model_dump_json(exclude_none=True)
    answer = client.post("/events", content=body, headers={"content-type": "application/json"})
    return models.Receipt.model_validate_json(answer.raise_for_status().content)


def get(model, path, **parameters):
    """An answer as its model."""
    answer = client.get(path, params=parameters)
    return model.model_validate_json(answer.raise_for_status().content)


client.put("").raise_for_status()
receipt = post(models.Engagement(type="engagement", id=strike, summary="A strike.", occurred="2024-12-20"))
post(
    models.CasualtyEstimate(
        type="casualty_estimate",
        id=toll,
        summary="Twelve were killed.",
        claimant="nis",
        subject="troops",
        measure="killed",
        basis="incident",
        incident=strike,
        figure=models.Figure(qualifier="exact", value=12),
    )
)
view = get(models.TimelineView, "", order="asc")
series = get(models.SeriesList, "/figures").series[0].series
figure = get(models.SeriesView, f"/figures/{series}")
audit = get(models.SeriesAuditView, f"/figures/{series}/audit")
totals = get(models.TotalsView, "/totals", measure="killed")
table = client.get("/totals/export", params={"measure": "killed", "format": "csv"}).text
refused = client.get(f"/entries/{models.UUID(int=7 << 76 | 2 << 62)}")
sys.stdout.write(
    json.dumps(
        {
            "posted": [str(outcome.id) for outcome in receipt.outcomes],
            "entries": [entry.event.summary for entry in view.entries],
            "lists": [len([*e.statements, *e.evidence, *e.tolls]) for e in view.entries],
            "claim": [entry.claim and entry.claim.figure.value for entry in view.entries],
            "figure": [[claim.summary, claim.figure.value] for claim in figure.latest],
            "audit": [change.kind.value for change in audit.changes],
            "total": totals.total.best,
            "table": len(table.splitlines()),
            "problem": models.Problem.model_validate_json(refused.content).status,
        }
    )
)
