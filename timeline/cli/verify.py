"""`timeline verify`: checks everything that is stored of a timeline against its log."""

import re
from collections.abc import Iterator, Sequence

import rich_click as click
from msgspec import Struct, json, to_builtins

from timeline.cli.common import REFUSED, Command, examples
from timeline.cli.maintenance import run_on_timelines, timelines_option
from timeline.cli.progress import progress_bar
from timeline.cli.text import clean, plural
from timeline.log.integrity import Difference, EarlierRoot, KeptRoot
from timeline.settings import Settings
from timeline.views.maintenance.verify import Verified
from timeline.views.maintenance.verify import verify as verify_views
from timeline.views.projection.rules import RULES_VERSION

VALUE_LENGTH_MAX = 200

STOPPED = "Stopped: nothing was changed. What is printed was verified whole; the rest was not verified."


class Findings(Struct):
    """The result for a timeline: what was verified, how many differences there are, and the first of them.

    `unseen` is what cannot be seen by it, in words.
    """

    verified: Verified
    total: int
    differences: list[Difference]
    unseen: str


class EarlierRootType(click.ParamType):  # type: ignore[type-arg]  # older versions of click have no arguments
    """A position and the root of the tree up to it, as `24:5f0c…`."""

    name = "root"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> EarlierRoot:
        """Read the text of an option."""
        match = re.fullmatch(r"(\d{1,18}):([0-9a-fA-F]{64})", value)
        if match is None:
            self.fail(
                f"{value!r} is not a position, a colon and the 64 hexadecimal digits of a root", param, ctx
            )
        position = int(match[1])
        if position == 0:
            self.fail(
                "positions begin at 1: a root of position 0 is of no records, and proves nothing", param, ctx
            )
        return EarlierRoot(position, bytes.fromhex(match[2]))


@click.command(
    cls=Command,
    epilog=examples(
        "timeline verify --timeline kursk-2024",
        "timeline verify --json",
        "timeline verify --timeline kursk-2024 --limit 1000",
        "timeline verify --timeline kursk-2024"
        " --root 24:5f0c9a17e2b84d367c15a0f931d68e42b07f5a9c64e1382d9ac5f37018d2b64e",
    ),
)
@timelines_option
@click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="How many differences to print."
)
@click.option(
    "--root",
    "earlier_roots",
    type=EarlierRootType(),
    multiple=True,
    metavar="POSITION:HEX",
    help="A root that was kept, which the timeline's log must extend (repeatable).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per timeline, one per line.")
def verify(
    timelines: tuple[str, ...], *, limit: int, earlier_roots: tuple[EarlierRoot, ...], as_json: bool
) -> None:
    """Check what is stored against the log; the exit code is 1 if anything differs.

    This checks the log's positions, columns and hashes, the frontier and root of its hash tree, the table
    of references, and every version of every row of the views, by folding the log again. It checks too that
    there are no rows of other generations, that the trigger which refuses changes of the log is enabled, and
    who may do what with the tables. Posting can go on meanwhile; records posted after the start are not
    checked.

    Whoever may write all tables can change a record and all that follows from it. Only a root that was kept
    elsewhere shows it: this command prints one, and GET …/log/root answers one. With --root it tells whether
    the log extends what it was then: the exit code is 1 if not, and --json says so in `verified.roots`.
    """
    if earlier_roots and len(timelines) != 1:
        raise click.UsageError("a root is that of one timeline; name it with --timeline")

    async def verify_each(dsn: str, settings: Settings, names: Sequence[str]) -> int:
        differences = 0
        for timeline in names:
            findings = await _verify(dsn, settings, timeline, limit, earlier_roots)
            click.echo(json.encode(to_builtins(findings)) if as_json else _findings_words(findings))
            differences += findings.total
        return differences

    if run_on_timelines(timelines, verify_each, lambda: STOPPED):
        raise SystemExit(REFUSED)


async def _verify(
    dsn: str, settings: Settings, timeline: str, limit: int, earlier_roots: Sequence[EarlierRoot]
) -> Findings:
    differences: list[Difference] = []
    total = 0

    def report(difference: Difference) -> None:
        nonlocal total
        total += 1
        if len(differences) < limit:
            differences.append(difference)

    with progress_bar("records", timeline) as bar:
        verified = await verify_views(dsn, settings, timeline, report, bar.reach, earlier_roots)
    return Findings(verified, total, differences, _unseen(verified))


def _unseen(verified: Verified) -> str:
    """What only a kept root would show; empty where one shows it of every record."""
    if verified.proven_position >= verified.position:
        return ""
    records = f"records {verified.proven_position + 1} to {verified.position}"
    return (
        f"of {records} it cannot be seen whether somebody changed them together with their hashes, the tree"
        " and the views: only a root that was kept elsewhere shows it (--root POSITION:HEX)"
    )


def _findings_words(findings: Findings) -> str:
    verified = findings.verified
    scope = plural(verified.position, "record")
    if verified.rules == RULES_VERSION:
        scope += f" and {plural(verified.rows, 'row')} of the views"
    root = f"root {verified.position}:{verified.root}"
    remarks = "".join(f"\n  {remark}" for remark in _remarks(findings))
    if not findings.total:
        return f"{verified.timeline}: {scope} match the log; {root}{remarks}"
    differences = plural(findings.total, "difference")
    lines = [f"{verified.timeline}: {differences} in {scope}; {root}{remarks}"]
    for difference in findings.differences:
        lines += _difference_lines(difference)
    if (more := findings.total - len(findings.differences)) > 0:
        lines.append(f"  and {more:,} more; --limit {findings.total} prints all")
    return "\n".join(lines)


def _remarks(findings: Findings) -> Iterator[str]:
    """What was proven, and what was not verified or cannot be."""
    verified = findings.verified
    if verified.rules != RULES_VERSION:
        remedy = "a service of this program rebuilds them, or `timeline rebuild`"
        if verified.rules > RULES_VERSION:
            remedy = "verify them with the newer program"
        yield (
            f"the views were not verified: they are by version {verified.rules} of the rules, and this"
            f" program has version {RULES_VERSION}; {remedy}"
        )
    for root in verified.roots:
        yield _kept_root_words(root, verified.position)
    if verified.rebuild_rows:
        rows = plural(verified.rebuild_rows, "row")
        yield f"a rebuild is at work, or waits to remove what it replaced: {rows} that nobody reads"
    if findings.unseen:
        yield findings.unseen


def _kept_root_words(root: KeptRoot, head: int) -> str:
    """Whether the log extends a root that was kept."""
    if root.extends:
        return f"the log extends the root that was kept of position {root.position}"
    reason = "records up to there were changed since it was kept"
    if root.position > head:
        reason = f"it ends at position {head}, so that records are missing"
    elif root.log_root is None:
        reason = "its record of that position is missing"
    return (
        f"the log does NOT extend the root that was kept of position {root.position}: {reason},"
        " or the root is of another log"
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
