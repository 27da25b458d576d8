"""Every scenario runs at a tiny size and gives figures; the figures themselves are for `make bench`."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.benchmarks import chart, data, results, series, words
from tests.benchmarks.data import Plan
from tests.benchmarks.ged import cells, ged_file
from tests.benchmarks.report import MISSING, Curve, Figure, Findings
from tests.benchmarks.results import Part, Results, Run
from tests.benchmarks.scenarios import SCENARIOS
from tests.benchmarks.stage import Extent, Stage, open_stage
from timeline.domain.codec import decode_event
from timeline.domain.events import Event
from timeline.formats.drafts import Draft, validate_draft
from timeline.formats.ucdp_ged import read_ucdp_ged

TINY = Extent(size=2_000, repetitions=1, seconds=0.1, streams=20)


@pytest.fixture(scope="module")
def stage(server_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stage on the test run's own server, which all scenarios share."""
    with open_stage(server_dsn, tmp_path_factory.mktemp("bench"), TINY, lambda _: None) as shared:
        yield shared


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_gives_figures(stage: Stage, name: str) -> None:
    """A scenario measures something, or reports that it is not available yet."""
    figures = SCENARIOS[name](stage).figures

    assert figures
    assert all(figure.value is None or figure.value > 0 for figure in figures)
    assert all(len(figure.cells()) == 6 for figure in figures)


def test_events_follow_from_plan_and_number() -> None:
    """The same number gives the same event, in whatever order events are made."""
    plan = Plan("random", 10, seed=3)
    forwards = [data.event(plan, number) for number in range(1_000, 1_050)]
    backwards = [data.event(plan, number) for number in reversed(range(1_000, 1_050))]

    assert forwards == backwards[::-1]


def test_events_are_valid_and_of_a_plausible_size() -> None:
    """Each event is of the vocabulary, and reports have 300 to 900 bytes, amendments and profiles less."""
    bodies = list(data.bodies(Plan(), 0, 3_000))
    reports = [body for body in bodies if b'"sources"' in body]

    assert 3_000 == len({decode_event(body).id for body in bodies})
    assert 280 <= min(map(len, reports))
    assert max(map(len, reports)) <= 950


def test_events_refer_only_to_events_well_before_them() -> None:
    """Whoever posts in order over many connections finds what an event refers to."""
    plan = Plan()
    numbers = {str(data.event_id(plan, number)): number for number in range(5_000)}
    references = [
        (number, numbers[target]) for number in range(5_000) for target in _targets(data.event(plan, number))
    ]

    assert references
    assert all(target <= number - data.LAG for number, target in references)


def test_targets_bounds_what_events_refer_to() -> None:
    """With `targets`, events refer to the first so many alone."""
    plan = Plan(targets=1_500)
    numbers = {str(data.event_id(plan, number)) for number in range(1_500)}
    targets = [target for number in range(9_000, 9_500) for target in _targets(data.event(plan, number))]

    assert targets
    assert numbers.issuperset(targets)


def test_file_of_events_is_made_once(tmp_path: Path) -> None:
    """A file holds one event per line, and is not written again."""
    path = data.ndjson(tmp_path, Plan(), len(words.ACTORS), 20)
    written = path.stat().st_mtime_ns

    assert list(data.bodies(Plan(), len(words.ACTORS), 20)) == path.read_bytes().splitlines()
    assert path == data.ndjson(tmp_path, Plan(), len(words.ACTORS), 20)
    assert written == path.stat().st_mtime_ns


def test_rows_of_ged_are_rows_and_about_as_long_as_real_ones(tmp_path: Path) -> None:
    """A file is the same whoever makes it; its rows are taken, and have 500 to 900 bytes at the mean."""
    path = ged_file(tmp_path, 200)
    with path.open("rb") as file:
        rows = list(read_ucdp_ged(file))

    assert path == ged_file(tmp_path, 200)
    assert cells(7) == cells(7)
    assert 200 == len(
        {row.key for row in rows if isinstance(row, Draft) and isinstance(validate_draft(row), Event)}
    )
    assert 500 <= path.stat().st_size / 200 <= 900


def test_life_of_a_series_is_of_valid_events() -> None:
    """Each event is of the vocabulary and has an id of its own."""
    assert 500 == len({decode_event(body).id for body in series.changes(500)})


def test_results_of_another_run_are_kept(tmp_path: Path) -> None:
    """A run of a part replaces that part alone, and the page names both runs."""
    early, late = Run({"Commit": "early"}, "some"), Run({"Commit": "late"}, "some")
    stored = Results({"posts": Part(early, _findings("posts")), "disk": Part(early, _findings("disk"))})
    results.save(stored, list(SCENARIOS), tmp_path)
    again = results.load(tmp_path)
    again.parts["disk"] = Part(late, _findings("bytes", value=None))
    page = results.save(again, list(SCENARIOS), tmp_path).read_text()

    assert "| posts | 12.0 ms | 24.0 ms (other) | 0.50 |" in page
    assert f"| bytes | {MISSING} |" in page
    assert "| Parts | posts |" in page
    assert "| Parts | disk |" in page


def test_chart_keeps_labels_apart() -> None:
    """Curves that end at the same cost are named one below the other, within the picture."""
    curves = [Curve(f"curve {number}", "ms", [(10_000, 2.0), (1_000_000, 2.0)]) for number in range(6)]
    lines = [line for line in chart.draw(curves).splitlines() if "<tspan" in line]
    places = [float(line.split('y="')[1].split('"')[0]) for line in lines]

    assert 6 == len(places)
    assert all(below - above >= chart.LABEL_GAP for above, below in pairwise(places))
    assert max(places) < chart.HEIGHT


def _targets(event: dict[str, object]) -> list[str]:
    ids = [event.get("target"), event.get("incident"), *event.get("about", [])]
    return [str(target) for target in ids if target]


def _findings(what: str, value: float | None = 12.0) -> Findings:
    return Findings([Figure(what=what, value=value, unit="ms", baseline=24.0, baseline_what="other")])
