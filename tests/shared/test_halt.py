"""A halt reaches the simulation wherever its signal arrives: moments that a host hits once in thousands of halts."""

import socket
import threading

import pytest

from circuitnn.ngspice.library import service
from circuitnn.ngspice.library.frames import Channel

SOON = 5.0  # a halt takes milliseconds [s]


@pytest.fixture
def engine():
    ours, theirs = socket.socketpair()
    made = service.Engine(ours)
    made.background = made._running = True
    made._stopped.clear()
    made.host = Channel(theirs)
    with ours, theirs:
        yield made


def started(what, *arguments):
    thread = threading.Thread(target=what, args=arguments, daemon=True)
    thread.start()
    return thread


def ended(thread):
    thread.join(SOON)
    return not thread.is_alive()


def test_the_signal_came_just_before_the_wait_for_an_answer(engine, monkeypatch):
    monkeypatch.setattr(service.signal, "pthread_kill", lambda *_: None)  # as if it had come and gone
    values = []
    simulation = started(lambda: values.append(engine._source("v1", 0.0)))
    assert engine.host.receive()[0] == "G"  # the host has been asked
    assert ended(started(engine._halt)) and simulation.is_alive()
    engine._resume()
    engine._request("x", b"\1\0\0\0" + b"\0" * 8)
    assert ended(simulation) and values == [0.0]


@pytest.mark.parametrize("event", ["_go", "_stopped"])
@pytest.mark.parametrize("method", ["wait", "set"])
def test_the_signal_came_while_the_lock_of_an_event_was_held(engine, monkeypatch, event, method):
    monkeypatch.setattr(service.signal, "pthread_kill", lambda *_: None)
    held = getattr(engine, event)
    inner = getattr(held, method)

    def interrupted(*arguments):
        if threading.current_thread() is simulation:
            with held._cond:
                engine._pause()  # what the signal does
        return inner(*arguments)

    monkeypatch.setattr(held, method, interrupted)
    simulation = threading.Thread(target=engine._pause, daemon=True)
    engine._go.clear()
    engine._halted.set()
    simulation.start()
    assert ended(started(engine._halt))
    engine._resume()
    assert ended(simulation)


def test_a_run_after_one_that_ended_while_it_was_dropped(engine, monkeypatch):
    """The request to drop came after the end of the run; the next run is not dropped."""
    monkeypatch.setattr(service.signal, "pthread_kill", lambda *_: None)
    engine._dropped = True
    engine._start("run")
    assert not engine._dropped
    engine._pause()
