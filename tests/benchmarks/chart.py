"""Draws cost against size as an SVG: both axes logarithmic, so that flat is flat and doubling is a step."""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, log10

from tests.benchmarks.report import Curve

WIDTH, HEIGHT = 940, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 290, 70, 50
LABEL_GAP = 18
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#7f7f7f")
"""Told apart by the colour-blind too (Okabe and Ito)."""

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 17px; font-weight: 600 }
.soft { fill: #57606a }
.grid { stroke: #d0d7de; stroke-width: 1 }
.axis { stroke: #8c959f; stroke-width: 1 }
.halo { stroke: #ffffff; stroke-width: 2 }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.lead { fill: none }
.ground { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .soft { fill: #9198a1 } .grid { stroke: #30363d } .axis { stroke: #656c76 }
  .ground { fill: #0d1117 } .halo { stroke: #0d1117 }
}
"""


class _Scale:
    """Turns a value into a coordinate."""

    def __init__(self, values: Sequence[float], start: float, end: float, *, whole: bool) -> None:
        low, high = log10(min(values)), log10(max(values))
        self.low = low if whole else floor(low * 3) / 3
        self.high = high if whole else ceil(high * 3) / 3
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        share = (log10(value) - self.low) / ((self.high - self.low) or 1)
        return self._start + share * (self._end - self._start)

    def ticks(self) -> Iterator[float]:
        """1, 2 and 5 of each power of ten in between."""
        for power in range(floor(self.low), ceil(self.high) + 1):
            for digit in (1, 2, 5):
                if self.low - 1e-9 <= log10(digit) + power <= self.high + 1e-9:
                    yield digit * 10**power


def draw(curves: Sequence[Curve]) -> str:
    """The chart of these curves, which share their unit."""
    sizes = sorted({size for curve in curves for size, _ in curve.points})
    x = _Scale(sizes, LEFT, WIDTH - RIGHT, whole=True)
    y = _Scale([cost for curve in curves for _, cost in curve.points], HEIGHT - BOTTOM, TOP, whole=False)
    parts = [*_axes(x, y, sizes, curves[0].unit), *_lines(x, y, curves), *_labels(y, curves)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            "<title>What reads and appends cost in logs of growing size</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _axes(x: _Scale, y: _Scale, sizes: Sequence[int], unit: str) -> Iterator[str]:
    yield f'<text class="title" x="{LEFT}" y="32">Cost against size</text>'
    explained = f"median {unit} against events in the log, both logarithmic"
    yield f'<text class="soft" x="{LEFT}" y="52">{explained}</text>'
    for tick in y.ticks():
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        yield f'<text class="soft" x="{LEFT - 10}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
    foot = HEIGHT - BOTTOM
    yield f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{foot}" y2="{foot}"/>'
    for size in sizes:
        yield f'<line class="axis" x1="{x(size):.1f}" x2="{x(size):.1f}" y1="{foot}" y2="{foot + 5}"/>'
        yield f'<text class="soft" x="{x(size):.1f}" y="{foot + 22}" text-anchor="middle">{size:,}</text>'


def _lines(x: _Scale, y: _Scale, curves: Sequence[Curve]) -> Iterator[str]:
    for curve, colour in zip(curves, COLOURS, strict=False):
        places = [(x(size), y(cost)) for size, cost in curve.points]
        path = " ".join(f"{across:.1f},{down:.1f}" for across, down in places)
        yield f'<polyline class="line" points="{path}" stroke="{colour}"/>'
        for across, down in places:
            yield f'<circle class="halo" cx="{across:.1f}" cy="{down:.1f}" r="5" fill="{colour}"/>'


def _labels(y: _Scale, curves: Sequence[Curve]) -> Iterator[str]:
    """The curves' names at their ends, pushed apart where they would cover each other."""
    ends = sorted(
        ((y(curve.points[-1][1]), curve, colour) for curve, colour in zip(curves, COLOURS, strict=False)),
        key=lambda end: end[0],
    )
    places = [down for down, _, _ in ends]
    for index in range(1, len(places)):
        places[index] = max(places[index], places[index - 1] + LABEL_GAP)
    overrun = max(0.0, places[-1] - (HEIGHT - BOTTOM))
    for index in reversed(range(len(places))):
        limit = places[index + 1] - LABEL_GAP if index + 1 < len(places) else places[index] - overrun
        places[index] = min(places[index], limit)
    for down, (at, curve, colour) in zip(places, ends, strict=True):
        edge = WIDTH - RIGHT
        way = f"{edge + 8},{at:.1f} {edge + 18},{down:.1f} {edge + 24},{down:.1f}"
        yield f'<polyline class="lead" points="{way}" stroke="{colour}"/>'
        last = f"{curve.points[-1][1]:.3g}"
        yield (
            f'<text x="{edge + 28}" y="{down + 4:.1f}">{escape(curve.name)}'
            f' <tspan class="soft">{last}</tspan></text>'
        )
