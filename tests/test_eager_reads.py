"""Reading what has arrived before waiting for more: how often a read takes a turn of the event loop."""

import socket

import pytest
from psycopg.waiting import Ready, Wait

from timeline.eager_reads import read_eagerly

PIECES = 50
LONG = 3_600.0


def read(file, pieces, direction=Wait.R):
    """The steps of a driver that reads so many pieces, a byte each."""
    received = b""
    for _ in range(pieces):
        ready = yield direction
        assert ready & direction
        received += file.recv(1)
    return received


def waits(steps):
    """How often the steps wait, and their result."""
    count, direction = 0, next(steps)
    while True:
        count += 1
        try:
            direction = steps.send(Ready(int(direction)))
        except StopIteration as end:
            return count, end.value


@pytest.fixture
def ends():
    """Two ends of a connection."""
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def test_what_has_arrived_is_read_without_a_turn(ends):
    """The first wait is for the answer to begin."""
    near, far = ends
    far.sendall(b"x" * PIECES)
    steps = read_eagerly(read(near, PIECES), near.fileno(), LONG)
    assert waits(steps) == (1, b"x" * PIECES)


def test_what_has_not_arrived_is_waited_for(ends):
    """Each piece that comes alone takes a turn."""
    near, far = ends
    steps = read_eagerly(read(near, PIECES), near.fileno(), LONG)
    assert next(steps) == Wait.R
    for _ in range(PIECES - 1):
        far.sendall(b"x")
        assert steps.send(Ready.R) == Wait.R
    far.sendall(b"x")
    with pytest.raises(StopIteration) as end:
        steps.send(Ready.R)
    assert end.value.value == b"x" * PIECES


@pytest.mark.parametrize(("direction", "seconds_max"), [(Wait.R, 0.0), (Wait.RW, LONG)])
def test_others_get_their_turns(ends, direction, seconds_max):
    """After the time for which it may read, and where the driver writes too, every step takes one."""
    near, far = ends
    far.sendall(b"x" * PIECES)
    steps = read_eagerly(read(near, PIECES, direction), near.fileno(), seconds_max)
    assert waits(steps) == (PIECES, b"x" * PIECES)


def test_an_end_is_read_too(ends):
    """The driver finds out by reading that the database has gone."""
    near, far = ends
    far.close()
    assert waits(read_eagerly(read(near, PIECES), near.fileno(), LONG)) == (1, b"")


def test_steps_that_wait_for_nothing_have_their_result():
    """As those of a statement that is sent at once."""

    def done():
        return 7
        yield Wait.R

    with pytest.raises(StopIteration) as end:
        next(read_eagerly(done(), 0))
    assert end.value.value == 7
