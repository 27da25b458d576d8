"""Finds real data sets, which are not part of the project, by an environment variable."""

import os
from pathlib import Path

import pytest

VARIABLE = "TIMELINE_SHARED_DATA"


def shared_folder(name: str) -> Path:
    """A folder of the shared data; a test that needs it is skipped where it does not exist."""
    root = os.environ.get(VARIABLE)
    if not root:
        pytest.skip(f"needs the shared data: {VARIABLE} is not set")
    folder = Path(root) / name
    if not folder.is_dir():
        pytest.skip(f"needs the shared data: {folder} does not exist")
    return folder


def shared_cases(name: str) -> Path:
    """A folder of the shared cases, beside the shared data; a test is skipped where it does not exist."""
    root = os.environ.get(VARIABLE)
    if not root:
        pytest.skip(f"needs the shared cases: {VARIABLE} is not set")
    folder = Path(root).parent / "cases" / name
    if not folder.is_dir():
        pytest.skip(f"needs the shared cases: {folder} does not exist")
    return folder
