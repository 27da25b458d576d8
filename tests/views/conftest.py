"""Sets how these tests write views."""

from collections.abc import Callable, Iterator

import pytest

from timeline.views.projection import writer


@pytest.fixture(scope="module")
def set_part() -> Iterator[Callable[[int], None]]:
    """Sets how many records are written at a time: the default is more than an example has."""
    with pytest.MonkeyPatch.context() as patch:
        yield lambda events: patch.setattr(writer, "WRITTEN_RECORDS_MAX", events)
