// A program that a newsroom might write with a client that openapi-typescript makes of the contract. It compiles
// only if a minimal event is a valid body, lists need no question mark, and each answer has a type of its own.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

type Schemas = components["schemas"];

const [baseUrl, timeline, strike, toll] = process.argv.slice(2) as [string, string, string, string];
const client = createClient<paths>({ baseUrl });
const path = { timeline };

function answered<T>(result: { data?: T; error?: { detail?: string | null } }): T {
  if (result.data === undefined) throw new Error(result.error?.detail ?? "no answer");
  return result.data;
}

answered(await client.PUT("/v1/timelines/{timeline}", { params: { path } }));
const receipt: Schemas["Receipt"] = answered(
  await client.POST("/v1/timelines/{timeline}/events", {
    params: { path },
    body: { type: "engagement", id: strike, summary: "A strike.", occurred: "2024-12-20" },
  }),
);
const event: Schemas["CasualtyEstimate"] = {
  type: "casualty_estimate",
  id: toll,
  summary: "Twelve were killed.",
  claimant: "nis",
  subject: "troops",
  measure: "killed",
  basis: "incident",
  incident: strike,
  figure: { qualifier: "exact", value: 12 },
};
answered(await client.POST("/v1/timelines/{timeline}/events", { params: { path }, body: [event] }));

const view: Schemas["TimelineView"] = answered(
  await client.GET("/v1/timelines/{timeline}", { params: { path, query: { order: "asc" } } }),
);
const list: Schemas["SeriesList"] = answered(
  await client.GET("/v1/timelines/{timeline}/figures", { params: { path } }),
);
const series = list.series.map((item) => item.series)[0] ?? "";
const figure: Schemas["SeriesView"] = answered(
  await client.GET("/v1/timelines/{timeline}/figures/{series}", { params: { path: { timeline, series } } }),
);
const audit: Schemas["SeriesAuditView"] = answered(
  await client.GET("/v1/timelines/{timeline}/figures/{series}/audit", { params: { path: { timeline, series } } }),
);
const totals: Schemas["TotalsView"] = answered(
  await client.GET("/v1/timelines/{timeline}/totals", { params: { path, query: { measure: "killed" } } }),
);
const table: string = answered(
  await client.GET("/v1/timelines/{timeline}/totals/export", {
    params: { path, query: { measure: "killed", format: "csv" } },
    parseAs: "text",
  }),
);
const refused = await client.GET("/v1/timelines/{timeline}/entries/{id}", {
  params: { path: { timeline, id: "01940758-1280-71ca-8001-4e01846f5ad0" } },
});
const problem: Schemas["Problem"] | undefined = refused.error;
// @ts-expect-error: an answer has the fields of its own struct and no others
void view.nothing;

console.log(
  JSON.stringify({
    posted: receipt.outcomes.map((outcome) => outcome.id),
    entries: view.entries.map((entry) => entry.event.summary),
    lists: view.entries.map((entry) => entry.statements.length + entry.evidence.length + entry.tolls.length),
    claim: view.entries.map((entry) => entry.claim?.figure.value ?? null),
    figure: figure.latest.map((claim) => [claim.summary, claim.figure.value]),
    audit: audit.changes.map((change) => change.kind),
    total: totals.total.best,
    table: table.split("\r\n").length - 1,
    problem: problem?.status,
  }),
);
