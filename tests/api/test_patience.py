"""How long a client may take that sends or reads slowly."""

import asyncio

import pytest

from timeline.api import patience
from timeline.api.patience import Patience


@pytest.mark.parametrize(
    ("pause_seconds", "size_bytes", "is_patient"),
    [(0.01, 1, False), (0.01, 100, True), (0.5, 1_000, False), (0.05, 1_000, True)],
)
async def test_who_is_slow_all_the_time(monkeypatch, pause_seconds, size_bytes, is_patient):
    """Steady bytes are enough where they are many; one at a time they use up the time, as a pause does."""
    monkeypatch.setattr(patience, "BYTES_PER_SECOND_MIN", 5_000)
    receiving, sending = Patience(0.1), Patience(0.1)

    async def pass_parts():
        for _ in range(20):
            await sending.wait(asyncio.sleep(pause_seconds), size_bytes)
            await receiving.wait(asyncio.sleep(pause_seconds))
            receiving.restore(size_bytes)

    if is_patient:
        await pass_parts()
    else:
        with pytest.raises(TimeoutError):
            await pass_parts()
