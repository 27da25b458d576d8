"""What a test of faults has met with, in figures: the summary of `make soak` adds them up."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self


@dataclass
class Figures:
    """Counts, which are summed, and highest values, which are compared."""

    inputs: int = 0
    """Fuzzed inputs that were sent."""
    faults: int = 0
    """Kills, stops, shortages, lost answers, clocks set back."""
    clients: int = 0
    """Connections that were held: silent or half-way, streams, readers that do not read."""
    acknowledged: int = 0
    """Events that the service said it has recorded."""
    lost: int = 0
    """Of these, the ones that the log does not hold, or holds elsewhere."""
    doubled: int = 0
    """Records beyond the first of an event."""
    memory_mb: float = field(default=0.0, metadata={"highest": True})
    """The most that a process of the service had in memory, in 10^6 bytes."""
    health_seconds: float = field(default=0.0, metadata={"highest": True})
    """The slowest answer of /health by a worker that was up."""
    starting_seconds: float = field(default=0.0, metadata={"highest": True})
    """The slowest answer of /health while a worker was being replaced or had just begun."""

    def add(self, **amounts: float) -> None:
        """Take in more of what was met with: counts are added, of highest values the higher one stays."""
        for each in fields(self):
            before, more = getattr(self, each.name), amounts.pop(each.name, 0)
            setattr(self, each.name, max(before, more) if each.metadata else before + more)
        assert not amounts, f"no such figures: {amounts}"

    def as_properties(self) -> dict[str, Any]:
        """The figures by their names."""
        return asdict(self)

    @classmethod
    def total(cls, several: list[Mapping[str, float]]) -> Self:
        """The figures of several tests together."""
        whole = cls()
        for each in several:
            whole.add(**each)
        return whole


figures = Figures()
"""Those of the test that runs in this process."""

sentences: list[str] = []
"""What the same test says about them."""


def begin() -> None:
    """Forget the figures of the test before."""
    vars(figures).update(vars(Figures()))
    sentences.clear()
