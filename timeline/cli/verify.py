"""`timeline verify`: checks everything that is stored of a timeline against its log."""

from collections.abc import Sequence

import rich_click as click
from msgspec import Struct, json, to_builtins

from timeline.cli.common import REFUSED, Command, examples
from timeline.cli.maintenance import run_on_timelines, timelines_option
from timeline.cli.progress import progress_bar
from timeline.cli.text import clean, plural
from timeline.log.integrity import Difference
from timeline.settings import Settings
from timeline.views.maintenance.verify import Verified
from timeline.views.maintenance.verify import verify as verify_views
from timeline.views.projection.rules import RULES_VERSION

VALUE_LENGTH_MAX = 200


class Findings(Struct):
    """The result for a timeline: what was verified, how many differences there are, and the first of them."""

    verified: Verified
    total: int
    differences: list[Difference]


@click.command(
    cls=Command,
    epilog=examples(
        "timeline verify --timeline kursk-2024",
        "timeline verify --json",
        "timeline verify --timeline kursk-2024 --limit 1000",
    ),
)
@timelines_option
@click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="How many differences to print."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per timeline, one per line.")
def verify(timelines: tuple[str, ...], *, limit: int, as_json: bool) -> None:
    """Check what is stored against the log; the exit code is 1 if anything differs.

    This checks the log's positions, columns and hashes, the frontier and root of its hash tree, and every
    version of every row of the views, by folding the log again. Posting can go on meanwhile; records posted
    after the start are not checked.
    """

    async def verify_each(dsn: str, settings: Settings, names: Sequence[str]) -> int:
        differences = 0
        for timeline in names:
            findings = await _verify(dsn, settings, timeline, limit)
            click.echo(json.encode(to_builtins(findings)) if as_json else _findings_words(findings))
            differences += findings.total
        return differences

    if run_on_timelines(timelines, verify_each):
        raise SystemExit(REFUSED)


async def _verify(dsn: str, settings: Settings, timeline: str, limit: int) -> Findings:
    differences: list[Difference] = []
    total = 0

    def report(difference: Difference) -> None:
        nonlocal total
        total += 1
        if len(differences) < limit:
            differences.append(difference)

    with progress_bar("records", timeline) as bar:
        verified = await verify_views(dsn, settings, timeline, report, bar.reach)
    return Findings(verified, total, differences)


def _findings_words(findings: Findings) -> str:
    verified = findings.verified
    scope = plural(verified.position, "record")
    if verified.rules == RULES_VERSION:
        scope += f" and {plural(verified.rows, 'row')} of the views"
    if not findings.total:
        return f"{verified.timeline}: {scope} match the log; root {verified.root}{_unverified(verified)}"
    differences = plural(findings.total, "difference")
    lines = [f"{verified.timeline}: {differences} in {scope}; root {verified.root}{_unverified(verified)}"]
    for difference in findings.differences:
        lines += _difference_lines(difference)
    if (more := findings.total - len(findings.differences)) > 0:
        lines.append(f"  and {more:,} more; --limit {findings.total} prints all")
    return "\n".join(lines)


def _unverified(verified: Verified) -> str:
    """What was not verified, where that is something: views by other rules than this program's."""
    if verified.rules == RULES_VERSION:
        return ""
    remedy = "a service of this program rebuilds them, or `timeline rebuild`"
    if verified.rules > RULES_VERSION:
        remedy = "verify them with the newer program"
    return (
        f"\n  the views were not verified: they are by version {verified.rules} of the rules, and this"
        f" program has version {RULES_VERSION}; {remedy}"
    )


def _difference_lines(difference: Difference) -> list[str]:
    """Where the difference is, and both values; long ones from shortly before the first that differs."""
    key = " ".join(f"{name}={_value(value)}" for name, value in difference.key.items())
    column = f" {difference.column}" if difference.column else ""
    stored, expected = _value(difference.stored), _value(difference.expected)
    pairs = enumerate(zip(stored, expected, strict=False))
    parting = next((index for index, pair in pairs if len(set(pair)) > 1), 0)
    is_long = max(len(stored), len(expected)) > VALUE_LENGTH_MAX
    start = max(0, parting - VALUE_LENGTH_MAX // 4) if is_long else 0
    return [
        f"  {difference.table} {key}{column}",
        f"    stored    {_excerpt(stored, start)}",
        f"    expected  {_excerpt(expected, start)}",
    ]


def _excerpt(text: str, start: int) -> str:
    end = start + VALUE_LENGTH_MAX
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    plain = to_builtins(value)
    return clean(plain if isinstance(plain, str) else json.encode(plain).decode())
