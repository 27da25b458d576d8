"""Repeats what is compared in turn, A B A B, so that a slow minute of the machine affects both alike."""

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Self


def interleave(runs: Mapping[str, Callable[[], float]], repetitions: int) -> dict[str, float]:
    """Each run's median figure over so many rounds."""
    figures: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repetitions):
        for name, run in runs.items():
            figures[name].append(run())
    return medians(figures)


def medians(figures: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The median of each."""
    return {name: median(values) for name, values in figures.items()}


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


class Stopwatch:
    """The seconds that a block takes."""

    seconds = 0.0

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._began
