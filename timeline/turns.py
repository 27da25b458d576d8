"""Turns: long work on the event loop lets other tasks run every so often.

A post of a thousand corrections of one event is decided and folded for seconds, and a process has one event
loop: without turns nobody else would be answered meanwhile, not even `/health`.
"""

import asyncio
import time
from collections.abc import Generator
from typing import TypeVar

TURN_SECONDS = 0.0005
"""How long work goes on before other tasks may run, longer only where one step of it is.

What an append has made so far is sent to the database in between; for that, two milliseconds do as well.
"""

ResultT = TypeVar("ResultT")


class Turns:
    """The turns of one piece of work; the first begins with it."""

    def __init__(self) -> None:
        self._ends_at = time.perf_counter() + TURN_SECONDS

    async def step(self) -> None:
        """Let other tasks run if the turn is over; called between the steps of the work."""
        if time.perf_counter() >= self._ends_at:
            await asyncio.sleep(0)
            self._ends_at = time.perf_counter() + TURN_SECONDS


def at_once(work: Generator[None, None, ResultT]) -> ResultT:
    """Do work that yields between its steps without letting others run, and give what it returns."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: ResultT = end.value
            return result


async def in_turns(work: Generator[None, None, ResultT]) -> ResultT:
    """Do work that yields between its steps, and give what it returns."""
    turns = Turns()
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: ResultT = end.value
            return result
        await turns.step()
