"""The engine's end of an abort: what a signal raises may be lost, and what it raises late must not end the engine."""

import socket

import pytest

from circuitnn.shared.service import Engine


@pytest.fixture
def engine():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        made = Engine(ours)
        made.background = made._dropped = True
        yield made


def test_an_abort_that_was_swallowed_is_raised_again(engine):
    engine._running = True
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            engine._pause()


def test_an_abort_after_the_command_ends_nothing_else(engine):
    engine._running = False
    engine._pause()
    engine.session.command = lambda line: engine._pause() or 7
    with pytest.raises(KeyboardInterrupt):
        engine._abortable("run")
    assert not engine._running
    engine._run_in_background("run")
    assert not engine.background and not engine._dropped
