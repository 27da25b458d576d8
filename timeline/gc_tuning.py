"""How often Python looks for garbage: its default is for programs that hold few objects at a time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

OBJECTS_MAX = 50_000
"""How many new objects may be there before it looks for cycles.

Posts and rows under way are tens of thousands, and leave no cycles behind. At Python's own 700 they would be
looked through over and over, for a quarter of what they cost.
"""


def collect_seldom() -> None:
    """For the rest of the process: leave alone what is loaded, and what is under way."""
    gc.freeze()  # to look through what is loaded would stop all requests for a while
    gc.set_threshold(OBJECTS_MAX)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """For as long as the block runs."""
    thresholds = gc.get_threshold()
    gc.set_threshold(OBJECTS_MAX, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
