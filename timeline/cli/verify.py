"""`timeline verify`: holds everything that is stored of a timeline against its log."""

import rich_click as click
from msgspec import Struct, json, to_builtins

from timeline.cli.common import REFUSED, Command, examples
from timeline.cli.maintenance import of_timelines, on_each, progress_bar
from timeline.cli.words import clean, plural
from timeline.log.integrity import Difference
from timeline.settings import Settings
from timeline.views.maintenance.verify import Verified
from timeline.views.maintenance.verify import verify as verify_timeline

VALUE_LENGTH_MAX = 200


class Findings(Struct):
    """What was verified of a timeline, how many differences there are, and the first of them."""

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
@of_timelines
@click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="How many differences to print."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a timeline, one a line.")
def verify(timelines: tuple[str, ...], *, limit: int, as_json: bool) -> None:
    """Read the log again and hold what is stored against it; exits with 1 where anything differs.

    Checked are the log's positions, columns and hashes, the tree's frontier and root, and every version of
    every row of the views, which are folded anew. Posts can go on meanwhile; what they record is not looked
    at.
    """

    async def one(dsn: str, settings: Settings, timeline: str) -> int:
        findings = await _find(dsn, settings, timeline, limit)
        click.echo(json.encode(to_builtins(findings)) if as_json else _words(findings))
        return findings.total

    if any(on_each(timelines, one)):
        raise SystemExit(REFUSED)


async def _find(dsn: str, settings: Settings, timeline: str, limit: int) -> Findings:
    differences: list[Difference] = []
    total = 0

    def report(difference: Difference) -> None:
        nonlocal total
        total += 1
        if len(differences) < limit:
            differences.append(difference)

    with progress_bar() as bar:
        task = bar.add_task(timeline, total=None)
        verified = await verify_timeline(
            dsn, settings, timeline, report, lambda done, of: bar.update(task, completed=done, total=of)
        )
    return Findings(verified, total, differences)


def _words(findings: Findings) -> str:
    verified = findings.verified
    what = f"{plural(verified.position, 'record')} and {plural(verified.rows, 'row')} of the views"
    if not findings.total:
        return f"{verified.timeline}: {what} are as they should be; root {verified.root}"
    lines = [f"{verified.timeline}: {plural(findings.total, 'difference')} in {what}; root {verified.root}"]
    for difference in findings.differences:
        lines += _difference_words(difference)
    if (more := findings.total - len(findings.differences)) > 0:
        lines.append(f"  and {more:,} more; --limit {findings.total} prints all")
    return "\n".join(lines)


def _difference_words(difference: Difference) -> list[str]:
    key = " ".join(f"{name}={_value(value)}" for name, value in difference.key.items())
    column = f" {difference.column}" if difference.column else ""
    stored, expected = _value(difference.stored), _value(difference.expected)
    return [f"  {difference.table} {key}{column}", *_apart(stored, expected)]


def _apart(stored: str, expected: str) -> list[str]:
    """Both values, long ones from shortly before where they part."""
    parting = next((i for i, pair in enumerate(zip(stored, expected, strict=False)) if len(set(pair)) > 1), 0)
    start = (
        max(0, parting - VALUE_LENGTH_MAX // 4) if max(len(stored), len(expected)) > VALUE_LENGTH_MAX else 0
    )
    return [f"    stored    {_cut(stored, start)}", f"    expected  {_cut(expected, start)}"]


def _cut(text: str, start: int) -> str:
    end = start + VALUE_LENGTH_MAX
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    plain = to_builtins(value)
    return clean(plain if isinstance(plain, str) else json.encode(plain).decode())
