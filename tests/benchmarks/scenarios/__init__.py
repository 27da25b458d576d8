"""What is measured: one module for each scenario, with a function from the stage to its findings."""

from collections.abc import Callable

from tests.benchmarks.report import Findings
from tests.benchmarks.scenarios import (
    appends,
    audit,
    cached,
    curve,
    disk,
    export,
    ged,
    imports,
    memory,
    pages,
    posts,
    rebuild,
    replay,
    totals,
)
from tests.benchmarks.stage import Stage

SCENARIOS: dict[str, Callable[[Stage], Findings]] = {
    "posts": posts.measure,
    "import": imports.measure,
    "ged": ged.measure,
    "appends": appends.measure,
    "rebuild": rebuild.measure,
    "replay": replay.measure,
    "pages": pages.measure,
    "cached": cached.measure,
    "totals": totals.measure,
    "audit": audit.measure,
    "curve": curve.measure,
    "export": export.measure,
    "memory": memory.measure,
    "disk": disk.measure,
}
"""By the name that selects one, in the order of the results."""
