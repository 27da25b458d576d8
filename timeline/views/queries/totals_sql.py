"""The statement that adds up incidents in the database; what it means is said in `totals`.

Claims that are alone on their incident and measure (not `shared`) are summed as they stand, which is most of
them. The others pass one after the other: each claimant's answer, one figure per subject by the policy, one
per incident, with the parts beside a claim of all.
"""

from collections.abc import Sequence

from timeline.views.projection.rows import VALID

CONDITIONS = {
    "subject": "subject = %(subject)s",
    "country": "%(country)s = ANY(countries)",
    "place": "%(place)s = ANY(places)",
    "actor": "%(actor)s = ANY(actors)",
    "tags": "tags @> %(tags)s::text[]",
    "since": "(undated OR last_day >= %(since)s)",
    "until": "(undated OR first_day <= %(until)s)",
}
"""The conditions on a claim, or on its incident, by the parameter that each needs.

What only its recording dates, or what lies partly within a time, is asked about and left out.
"""

SUMS = (
    "incidents",
    "low",
    "high",
    "unbounded",
    "best",
    "best_incidents",
    "best_low",
    "best_high",
    "rivals",
    "disordered",
    "several_subjects",
)

_STRADDLES = {"since": "first_day < %(since)s", "until": "last_day > %(until)s"}

_CLAIM = f"""
SELECT *, unit = %(unit)s AS in_unit, unit = %(unit)s AND category = %(category)s AS fits
FROM toll WHERE {VALID} AND measure = %(measure)s
"""

_NEWEST_WORD = "said_at DESC, position DESC"

# A claimant who has said something newer without a number has no answer that can be added.
_ANSWER = f"""
SELECT DISTINCT ON (incident, subject, claimant) incident, subject, claimant, low, best, high, disordered,
    said_at, position, CASE WHEN disordered THEN LEAST(low, best, high) ELSE low END AS least,
    CASE WHEN disordered AND high IS NOT NULL THEN GREATEST(low, best, high) ELSE high END AS most
FROM shared_claim WHERE fits AND NOT none_reported
ORDER BY incident, subject, claimant, latest DESC, earliest DESC, {_NEWEST_WORD}
"""

_ENVELOPE = f"""
SELECT incident, subject, min(low) AS low, (array_agg(best ORDER BY {_NEWEST_WORD}))[1] AS best,
    CASE WHEN bool_or(low IS NOT NULL AND high IS NULL) THEN NULL ELSE max(high) END AS high,
    count(low) > 1 AS rivals, bool_or(disordered AND low IS NOT NULL) AS disordered
FROM answer GROUP BY incident, subject HAVING count(low) > 0
"""

_CHOSEN = f"""
SELECT DISTINCT ON (incident, subject) incident, subject, low, best, high,
    count(*) OVER (PARTITION BY incident, subject) > 1 AS rivals, disordered
FROM answer WHERE low IS NOT NULL{{condition}} ORDER BY incident, subject, {{order}}{_NEWEST_WORD}
"""

_POLICIES = {
    "envelope": _ENVELOPE,
    "latest": _CHOSEN.format(condition="", order=""),
    "claimant": _CHOSEN.format(condition=" AND claimant = %(claimant)s", order=""),
    "lowest": _CHOSEN.format(condition="", order="least, most NULLS LAST, "),
    "highest": _CHOSEN.format(condition="", order="most DESC NULLS FIRST, least DESC, "),
}

_BESIDE = """
SELECT incident, bool_or(subject = 'all') AS has_whole,
    min(low) FILTER (WHERE subject = 'all') AS low, min(best) FILTER (WHERE subject = 'all') AS best,
    min(high) FILTER (WHERE subject = 'all') AS high,
    bool_or(rivals) FILTER (WHERE subject = 'all') AS rivals,
    bool_or(disordered) FILTER (WHERE subject = 'all') AS disordered,
    count(*) FILTER (WHERE subject <> 'all') AS parts, sum(low) FILTER (WHERE subject <> 'all') AS parts_low,
    CASE WHEN bool_and(best IS NOT NULL) FILTER (WHERE subject <> 'all')
        THEN sum(best) FILTER (WHERE subject <> 'all') END AS parts_best,
    CASE WHEN bool_and(high IS NOT NULL) FILTER (WHERE subject <> 'all')
        THEN sum(high) FILTER (WHERE subject <> 'all') END AS parts_high,
    bool_or(rivals) FILTER (WHERE subject <> 'all') AS parts_rivals,
    bool_or(disordered) FILTER (WHERE subject <> 'all') AS parts_disordered
FROM chosen GROUP BY incident
"""

_SUMMED = """
SELECT incident, has_whole, NOT has_whole AND parts > 1 AS several_subjects,
    CASE WHEN NOT has_whole THEN parts_low WHEN {exceeds} THEN LEAST(low, parts_low) ELSE low END AS low,
    CASE WHEN NOT has_whole THEN parts_best WHEN {exceeds} THEN NULL ELSE best END AS best,
    CASE WHEN NOT has_whole THEN parts_high WHEN NOT {exceeds} THEN high
        WHEN parts_high IS NOT NULL THEN GREATEST(high, parts_high) END AS high,
    CASE WHEN NOT has_whole THEN parts_rivals ELSE rivals OR COALESCE(parts_low > high, FALSE) END AS rivals,
    CASE WHEN NOT has_whole THEN parts_disordered ELSE disordered END AS disordered
FROM beside
"""

_INCIDENT = "year, month, country, admin1, place, actors"

_EVERY_CLAIM = """
SELECT incident, bool_or(in_unit) AS in_unit, bool_or(fits) AS fits,
    COALESCE(bool_and(none_reported) FILTER (WHERE fits), FALSE) AS none_reported,
    array_agg(DISTINCT category ORDER BY category) FILTER (WHERE in_unit AND NOT fits) AS categories
FROM shared_claim GROUP BY incident
"""

_JOINT = f"""
SELECT DISTINCT ON (shared_claim.incident) shared_claim.incident, {_INCIDENT}, {{reason}} AS reason,
    every_claim.categories, summed.low, summed.best, summed.high, summed.rivals, summed.disordered,
    several_subjects, has_whole
FROM shared_claim JOIN every_claim USING (incident) LEFT JOIN summed USING (incident)
ORDER BY shared_claim.incident
"""

_ALONE = f"""
SELECT {_INCIDENT}, {{reason}} AS reason, CASE WHEN in_unit AND NOT fits THEN category END AS category,
    low, best, high, disordered
FROM claim WHERE NOT shared
"""

_SUM_COLUMNS = {
    "incidents": "count(*)",
    "low": "sum(low)",
    "high": "sum(high)",
    "unbounded": "count(*) - count(high)",
    "best": "sum(best)",
    "best_incidents": "count(best)",
    "best_low": "sum(low) FILTER (WHERE best IS NOT NULL)",
    "best_high": "sum(high) FILTER (WHERE best IS NOT NULL)",
    "best_unbounded": "count(*) FILTER (WHERE best IS NOT NULL AND high IS NULL)",
    "rivals": "count(*) FILTER (WHERE rivals)",
    "disordered": "count(*) FILTER (WHERE disordered)",
    "several_subjects": "count(*) FILTER (WHERE several_subjects)",
}
_SUM_COLUMNS_ALONE = _SUM_COLUMNS | {"rivals": "0", "several_subjects": "0"}
_AMOUNTS = frozenset({"low", "high", "best", "best_low"})
_SUMMED_AGAIN = ", ".join(
    "CASE WHEN sum(best_unbounded) = 0 THEN sum(best_high) END AS best_high"
    if name == "best_high"
    else f"sum({name}) AS {name}"
    if name in _AMOUNTS
    else f"COALESCE(sum({name}), 0) AS {name}"
    for name in SUMS
)


def totals_statement(by: Sequence[str], filters: Sequence[str], policy: str) -> str:
    """A statement that gives the total, what is left out, the parts, and the lines in order of their keys.

    Its columns are what the row is (0 to 3, in this order), its reason or subject, categories, the sums, and
    the keys.
    """
    keys = [f"key_{number}" for number, _ in enumerate(by)]
    no_keys = "".join(f", NULL::text AS {key}" for key in keys)
    ordered_keys = "".join(f', {key} COLLATE "C"' for key in keys)
    conditions = "".join(f" AND {CONDITIONS[name]}" for name in filters)
    # an incident is in as many lines as it has actors, so it is added up with those of the same actors first
    lines, line_keys = "part", list(keys)
    if "actor" in by:
        lines = "part LEFT JOIN LATERAL unnest(actors) AS actor ON TRUE"
        line_keys[by.index("actor")] = f'actor COLLATE "C" AS {keys[by.index("actor")]}'
    return f"""
WITH claim AS NOT MATERIALIZED ({_CLAIM}{conditions}),
    shared_claim AS MATERIALIZED (SELECT * FROM claim WHERE shared),
    answer AS MATERIALIZED ({_ANSWER}),
    chosen AS MATERIALIZED ({_POLICIES[policy]}), beside AS ({_BESIDE}), summed AS ({_summed(policy)}),
    every_claim AS ({_EVERY_CLAIM}), joint AS MATERIALIZED ({_JOINT.format(reason=_joint_reason(filters))}),
    alone AS NOT MATERIALIZED ({_ALONE.format(reason=_reason(filters, policy))}),
    part AS MATERIALIZED ({_sums_of("alone", by)} UNION ALL {_sums_of("joint", by)})
SELECT * FROM (
    SELECT 0 AS kind, NULL::text AS name, NULL::text[] AS categories, {_SUMMED_AGAIN}{no_keys}
    FROM part WHERE reason IS NULL
    UNION ALL
    SELECT 1, reason, CASE reason WHEN 'other_category' THEN categories END, {_SUMMED_AGAIN}{no_keys}
    FROM part WHERE reason IS NOT NULL GROUP BY 2, 3
    UNION ALL
    SELECT 2, subject, NULL, {_SUMMED_AGAIN}{no_keys} FROM ({_PARTS}) AS subject_part GROUP BY subject
    UNION ALL
    SELECT 3, NULL, NULL, line.* FROM (
        SELECT {_SUMMED_AGAIN}{_comma_before_each(line_keys)} FROM {lines} WHERE reason IS NULL
        GROUP BY {", ".join(keys) or "()"} ORDER BY {", ".join(keys) or "1"}
        OFFSET %(offset)s LIMIT {"%(limit)s" if by else 0}
    ) AS line
) AS answer ORDER BY kind, name COLLATE "C", categories{ordered_keys}
"""


def countable_claims(filters: Sequence[str], policy: str) -> str:
    """Selects the counts that could be added up; what is otherwise known of the incident does not matter."""
    conditions = "".join(f" AND {CONDITIONS[name]}" for name in filters)
    return f"FROM ({_CLAIM}{conditions}) AS claim WHERE ({_reason(filters, policy)}) IS NULL"


_PARTS = f"""
SELECT subject, {", ".join(f"{how} AS {name}" for name, how in _SUM_COLUMNS.items())}
FROM (
    SELECT chosen.*, FALSE AS several_subjects FROM chosen JOIN joint USING (incident)
    WHERE has_whole AND reason IS NULL AND subject <> 'all'
) AS part GROUP BY subject
"""


def _reason(filters: Sequence[str], policy: str) -> str:
    """Why a claim that is alone is left out; null where it is not."""
    cases = [*_reasons_of_incident(filters), "NOT in_unit THEN 'other_unit'"]
    cases += ["NOT fits THEN 'other_category'", "none_reported THEN 'none_reported'"]
    cases += ["low IS NULL THEN 'no_number'"]
    if policy == "claimant":
        cases.append("claimant <> %(claimant)s THEN 'other_claimant'")
    return _first_of(cases)


def _joint_reason(filters: Sequence[str]) -> str:
    """Why an incident with several claims is left out; null where it is not."""
    cases = [*_reasons_of_incident(filters), "NOT every_claim.in_unit THEN 'other_unit'"]
    cases += ["NOT every_claim.fits THEN 'other_category'"]
    cases += ["every_claim.none_reported THEN 'none_reported'"]
    numbers = "SELECT incident FROM answer WHERE low IS NOT NULL"
    cases += [f"summed.incident IS NULL AND shared_claim.incident NOT IN ({numbers}) THEN 'no_number'"]
    cases += ["summed.incident IS NULL THEN 'other_claimant'"]
    return _first_of(cases)


def _reasons_of_incident(filters: Sequence[str]) -> list[str]:
    cases = ["retracted THEN 'report_retracted'"]
    straddles = " OR ".join(_STRADDLES[name] for name in filters if name in _STRADDLES)
    return [*cases, "undated THEN 'undated'", f"{straddles} THEN 'straddles'"] if straddles else cases


def _first_of(cases: Sequence[str]) -> str:
    return f"CASE {' '.join(f'WHEN {case}' for case in cases)} END"


def _summed(policy: str) -> str:
    """What an incident adds; only the envelope widens a claim of all by what its parts add up to."""
    exceeds = "COALESCE(parts_low > high, FALSE)" if policy == "envelope" else "FALSE"
    return _SUMMED.format(exceeds=exceeds)


def _sums_of(source: str, by: Sequence[str]) -> str:
    """The sums of a source's incidents by key, reason and categories, which count for one reason only.

    In place of a key `actor` they are by all their actors together, in a column of that name.
    """
    keys = {f"key_{number}": name for number, name in enumerate(by) if name != "actor"}
    is_alone = source == "alone"
    # an array is made for a group, not for each of its rows
    categories = "CASE WHEN category IS NOT NULL THEN ARRAY[category] END" if is_alone else "categories"
    columns = ["reason", f"{categories} AS categories"]
    sums = _SUM_COLUMNS_ALONE if is_alone else _SUM_COLUMNS
    columns += [f"{how} AS {name}" for name, how in sums.items()]
    columns += [f'{name} COLLATE "C" AS {key}' for key, name in keys.items()]
    groups = ["reason", "category" if is_alone else "categories", *keys]
    if "actor" in by:
        columns.append("actors")
        groups.append("actors")
    return f"SELECT {', '.join(columns)} FROM {source} GROUP BY {', '.join(groups)}"


def _comma_before_each(names: Sequence[str]) -> str:
    return "".join(f", {name}" for name in names)
