"""Real data that nobody here wrote: it lies beside the project, and tests find it through the environment."""

import os
from pathlib import Path

import pytest

VARIABLE = "TIMELINE_SHARED_DATA"


def shared_folder(name: str) -> Path:
    """A folder of the shared data; a test that asks for it is skipped where it is not there."""
    given = os.environ.get(VARIABLE)
    if not given:
        pytest.skip(f"needs the shared data: {VARIABLE} does not say where it is")
    folder = Path(given) / name
    if not folder.is_dir():
        pytest.skip(f"needs the shared data: {folder} is not there")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the shared data."""
    return shared_folder(".")
