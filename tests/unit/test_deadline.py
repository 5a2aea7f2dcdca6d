"""The end of the time that a run may take: raised in whatever runs, but not while a file is written."""

import gc
import signal
import sys
import threading
import time
import weakref

import pytest

from circuitnn import Circuit, cli
from circuitnn.equations import bytecode
from circuitnn.errors import BudgetError
from circuitnn.machine import budget, deadline, signal_safety
from circuitnn.machine.writing import whole


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(deadline, "GRACE", 0.05)
    monkeypatch.setattr(deadline, "AGAIN", 0.3)
    yield
    assert (
        signal.getsignal(signal.SIGALRM) is signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL)[0] == 0.0
    )


def endless(seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_what_never_asks_is_stopped():
    started = time.monotonic()
    with (
        pytest.raises(BudgetError, match=r"out of time; at most 0.1 s are allowed \(--max-time\)"),
        budget.limits(seconds=0.1),
    ):
        endless()
    assert time.monotonic() - started < 10.0


def twice():
    try:
        endless()
    except BudgetError:
        endless()


def test_who_has_caught_it_is_asked_again():
    with pytest.raises(BudgetError), budget.limits(seconds=0.1):
        twice()


def nested():
    with pytest.raises(BudgetError, match=r"at most 0.1 s"), budget.limits(seconds=0.1):
        endless()
    with budget.limits(seconds=1e4):
        endless()


def test_the_earlier_of_two_limits_holds_and_then_the_other():
    with pytest.raises(BudgetError, match=r"at most 1 s"), budget.limits(seconds=1.0):
        nested()


class Last:
    """What nobody is left to hear."""

    def __del__(self):
        endless(0.5)


def let_go():
    last = Last()
    del last
    endless()


def test_what_the_interpreter_calls_is_left_to_end(capsys):
    with pytest.raises(BudgetError), budget.limits(seconds=0.1):
        let_go()
    assert "ignored" not in capsys.readouterr().err


def closed():
    def rows():
        try:
            yield 1
        finally:
            endless(0.5)

    table = rows()
    next(table)
    del table
    endless()


def dropped():
    def gone():
        endless(0.5)

    last = type("Last", (), {})()
    weakref.finalize(last, gone)
    del last
    endless()


def collected():
    def hears(phase, _):
        if phase == "start":
            endless(0.5)

    gc.callbacks.append(hears)
    try:
        gc.collect()
    finally:
        gc.callbacks.remove(hears)
    endless()


@pytest.mark.long
@pytest.mark.parametrize("let", [closed, dropped, collected])
def test_what_is_called_in_passing_is_left_to_end(let, capsys):
    with pytest.raises(BudgetError), budget.limits(seconds=0.1):
        let()
    assert "ignored" not in capsys.readouterr().err


def imported():
    import slow_to_import

    assert slow_to_import.DONE
    endless()


def test_an_import_goes_on_to_its_end(tmp_path, monkeypatch):
    """The first picture of a process at its limit left matplotlib half imported, and no later one was drawn."""
    (tmp_path / "slow_to_import.py").write_text(
        "import time\nend = time.monotonic() + 0.6\nwhile time.monotonic() < end:\n    pass\nDONE = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    started = time.monotonic()
    with pytest.raises(BudgetError), budget.limits(seconds=0.1):
        imported()
    assert sys.modules.pop("slow_to_import").DONE
    assert time.monotonic() - started < 10.0


# The loop is a function: Python 3.13 does not count the jump back of a loop that ends a `try` as part of it, so that
# the error of a signal that arrives there is not caught.
RAN_IN_AN_IMPORT = """
import time
from circuitnn.equations import bytecode
from circuitnn.errors import BudgetError
from circuitnn.machine import budget, deadline
deadline.GRACE = 0.05
def endless():
    end = time.monotonic() + 20.0
    while time.monotonic() < end:
        pass
try:
    with budget.limits(seconds=0.1):
        endless()
except BudgetError:
    STOPPED = True
"""


def test_a_limit_that_is_set_within_an_import_holds(tmp_path, monkeypatch):
    (tmp_path / "with_a_limit.py").write_text(RAN_IN_AN_IMPORT)
    monkeypatch.syspath_prepend(tmp_path)
    started = time.monotonic()
    import with_a_limit

    assert with_a_limit.STOPPED and time.monotonic() - started < 10.0


def test_the_callback_of_a_kernel_that_is_gone_is_left_to_end(monkeypatch):
    class Gone:
        pass

    kernel = Gone()
    monkeypatch.setattr(bytecode, "_fresh", lambda _: None)
    bytecode.assemble(kernel)
    assert bytecode._assembled[id(kernel)][0].__callback__.__name__ in signal_safety.UNHEARD
    before = len(bytecode._assembled)
    del kernel
    assert len(bytecode._assembled) == before - 1


def written(path):
    with whole(path) as out:
        endless(0.6)
        out.write("all of it")
    assert path.read_text() == "all of it"
    endless()


def test_a_file_is_written_to_its_end(tmp_path):
    with pytest.raises(BudgetError), budget.limits(seconds=0.1):
        written(tmp_path / "x.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_threads_and_other_users_of_the_alarm_are_left_alone():
    found = []

    def work():
        with budget.limits(seconds=0.01):
            time.sleep(0.1)
            found.append(signal.getitimer(signal.ITIMER_REAL))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(0.0, 0.0)]
    mine = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        with budget.limits(seconds=0.05):
            endless(0.2)
            with pytest.raises(BudgetError):
                budget.ask_time("x")
    finally:
        signal.signal(signal.SIGALRM, mine)


@pytest.mark.long
@pytest.mark.parametrize(
    "cards",
    [
        ".arc v1 0 1e9",
        ".control\nwhile 1\nend\n.endc",
        ".control\nlet x = 1\nrepeat\nlet x = x + 1\nend\n.endc",
        ".control\nop\nwhile 1 > 0\nif 1\nend\nend\n.endc",
    ],
)
def test_loops_without_an_end(tmp_path, cards, capsys):
    deck = tmp_path / "deck.cir"
    deck.write_text(f"t\nv1 a 0 1\nr1 a b 1k\nd1 b 0 dm\n.model dm d\n{cards}\n.end\n")
    started = time.monotonic()
    assert cli.execute(["run", str(deck), "-q", "--max-time", "1", "--max-points", "1e12"]) in (0, 1)
    assert time.monotonic() - started < 30.0
    err = capsys.readouterr().err
    assert "Traceback" not in err and "report" not in err


def test_a_transient_keeps_its_points(monkeypatch):
    monkeypatch.setattr(deadline, "GRACE", 60.0)  # it asks
    text = "t\nv1 a 0 sin(0 1 1meg)\nr1 a b 1k\nc1 b 0 1n\n.tran 1n 1\n.end\n"
    circuit = Circuit.from_text(text)
    circuit.tran(1e-6)  # has loaded what it needs
    with pytest.raises(BudgetError) as caught, budget.limits(seconds=1.0):
        circuit.run()
    assert len(caught.value.results[0]) > 100


def goes_off_at_the_end(monkeypatch):
    """Run to the end of the block; the alarm is heard before it is put back."""
    setitimer = signal.setitimer

    def heard(which, seconds, *more):
        monkeypatch.setattr(signal, "setitimer", setitimer)
        signal.raise_signal(signal.SIGALRM)
        return setitimer(which, seconds, *more)

    with budget.limits(seconds=1e4):
        monkeypatch.setattr(signal, "setitimer", heard)


def test_an_alarm_while_it_is_put_back_is_the_last(monkeypatch):
    """It killed the process, some seconds after the end of a run."""
    with pytest.raises(BudgetError):
        goes_off_at_the_end(monkeypatch)
    signal.raise_signal(signal.SIGALRM)  # the next one


def test_within_another_limit_too(monkeypatch):
    with budget.limits(seconds=2e4):
        with pytest.raises(BudgetError):
            goes_off_at_the_end(monkeypatch)
        signal.raise_signal(signal.SIGALRM)
        with pytest.raises(BudgetError, match=r"20000 s"):
            signal.raise_signal(signal.SIGALRM)
