"""A signal at any instruction of the code that writes a file: it appears whole, or the earlier one stays, alone."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from circuitnn.cli import outcome, signals
from circuitnn.machine import budget, writing
from circuitnn.results import growing_rawfile

PLACES = tuple(module.__file__ for module in (writing, budget, growing_rawfile))
EARLIER, LATER = "the earlier result", "the later result"
PATIENCE = 5.0  # s


@pytest.fixture(params=["SIGTERM", "SIGINT"])
def number(request, monkeypatch):
    """A signal that is listened to, as by the command line."""
    number = getattr(signal, request.param)
    kinds = (*signals.ASKING, signal.SIGINT)
    before = {kind: signal.getsignal(kind) for kind in kinds}
    for kind in kinds:
        signal.signal(kind, signal.default_int_handler if kind == signal.SIGINT else signal.SIG_DFL)
    monkeypatch.setattr(signals, "SOON", 0.0005)
    signals.listen()
    yield number
    for kind, handler in before.items():
        signal.signal(kind, handler)


class Sender:
    """Sends a signal to this process before the instruction with a given number in the modules of `PLACES`."""

    def __init__(self, number: int, at: int) -> None:
        self.number, self.left = number, at

    def __call__(self, frame, event, _):
        if frame.f_code.co_filename not in PLACES:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), self.number)
        return self


def interrupted(number: int, at: int, work) -> bool:
    """Do the work with a signal at an instruction; whether there was one with that number."""
    signals._asked = 0
    sender, before = Sender(number, at), sys.gettrace()
    try:
        sys.settrace(sender)
        try:
            work()
        finally:
            sys.settrace(before)
        if sender.left > 0:
            return False
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            time.sleep(0.0005)
        raise AssertionError("the signal was lost")
    except KeyboardInterrupt:
        return True
    finally:
        signals._asked = 0


def everywhere(number: int, work, check) -> int:
    """Interrupt the work at each of its instructions; how many there are."""
    at = 1
    while interrupted(number, at, work):
        check(at)
        at += 1
    return at


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, number):
    path = tmp_path / "out.txt"
    path.write_text(EARLIER)

    def work():
        with writing.whole(path) as out:
            out.write(LATER)

    def check(at):
        assert path.read_text() in (EARLIER, LATER), at
        assert [entry.name for entry in tmp_path.iterdir()] == ["out.txt"], at

    assert everywhere(number, work, check) > 100
    assert path.read_text() == LATER


def test_a_name_that_must_be_free_is_taken_by_a_whole_file(tmp_path: Path, number):
    path = tmp_path / "out.txt"

    def work():
        path.unlink(missing_ok=True)
        with writing.appearing(str(path), "w", new=True) as out:
            out.write(LATER)

    def check(at):
        assert {entry.name: entry.read_text() for entry in tmp_path.iterdir()} in ({}, {"out.txt": LATER}), at

    assert everywhere(number, work, check) > 100


# a file whose owner has not got it yet is closed by Python, which warns
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_files_that_grow_are_removed(tmp_path: Path, number):
    class Owner:
        file = None

    def work():
        with growing_rawfile.beside(tmp_path / "out.raw"):
            owner = Owner()
            owner.path, owner.file = growing_rawfile.create(owner)
            owner.file.write(b"rows")

    def check(at):
        assert not list(tmp_path.iterdir()), at

    assert everywhere(number, work, check) > 50


def test_an_interrupt_after_the_file_says_that_it_is_there(tmp_path: Path, capsys):
    def work():
        with writing.whole(tmp_path / "out.txt") as out:
            out.write(LATER)
        raise KeyboardInterrupt

    assert outcome.guarded(work) == 130
    assert capsys.readouterr().err == "\nInterrupted after out.txt had been written\n"

    def idle():
        raise KeyboardInterrupt

    assert outcome.guarded(idle) == 130
    assert capsys.readouterr().err == "\nInterrupted\n"
