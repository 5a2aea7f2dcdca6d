"""Limits that hold although what runs does not ask: the system refuses memory, a thread ends the process."""

import subprocess
import sys
import time

import pytest

HEAD = '''
import ctypes, signal
from circuitnn.machine import budget
from circuitnn.machine.hard_limits import enforced_limits, owned
{owned}

def deaf(microseconds):
    """Keep the interpreter's lock and hear no alarm, as a long call of a compiled library does."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    ctypes.PyDLL(None).usleep(microseconds)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})

'''


def process(code, owned="owned()"):
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", HEAD.replace("{owned}", owned) + code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done, time.monotonic() - began


def test_a_call_that_hears_nothing_is_ended():
    done, took = process("""
with enforced_limits(seconds=0.2):
    deaf(50_000_000)
""")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: the run: out of time; at most 0.2 s are allowed (--max-time)")
    assert took < 40.0


def test_code_that_does_not_ask_hears_the_alarm():
    """It ends by an error, and in order, before the process is ended."""
    done, _ = process("""
import time
from circuitnn.errors import BudgetError

def command():
    with enforced_limits(seconds=0.2):
        time.sleep(50)

try:
    command()
except BudgetError as error:
    print(error)
""")
    assert (done.returncode, done.stderr) == (0, "")
    assert "out of time" in done.stdout


def test_a_run_that_has_noticed_gets_time_to_end_in_order():
    done, _ = process("""
from circuitnn.errors import BudgetError
with enforced_limits(seconds=0.2):
    try:
        while True:
            budget.ask_time("x")
    except BudgetError:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        deaf(1_200_000)  # longer than the watchdog waits for a run that has not
    print("ended")
""")
    assert (done.returncode, done.stdout) == (0, "ended\n")


def test_a_file_is_written_to_its_end():
    done, _ = process("""
with enforced_limits(seconds=0.2):
    with budget.unhurried():
        deaf(1_500_000)
    print("written")
""")
    assert done.stdout == "written\n"


def test_nobody_is_ended_afterwards():
    done, _ = process("""
with enforced_limits(seconds=0.1):
    pass
deaf(1_300_000)
print("there")
""")
    assert (done.returncode, done.stdout) == (0, "there\n")


def test_a_user_s_own_process_is_not_ended():
    done, _ = process(
        """
with enforced_limits(memory=1.0, seconds=0.1):
    some = bytearray(1_000_000)
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    deaf(1_300_000)
print("there")
""",
        owned="",
    )
    assert done.stdout == "there\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux")
def test_memory_is_refused():
    done, _ = process("""
from circuitnn.errors import BudgetError
with budget.limits(memory=budget.resident() + 200e6):
    try:
        with enforced_limits():
            some = bytearray(100_000_000)
            more = bytearray(200_000_000)
    except BudgetError as error:
        print(error)
bytearray(300_000_000)  # and no longer afterwards
""")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("the run: out of memory; at most ")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux")
def test_a_limit_of_the_users_own_is_not_raised():
    """As ``ulimit -d`` sets it; a limit with a finite hard end can be set, too."""
    done, _ = process("""
import resource
for ends in ((10**9, resource.RLIM_INFINITY), (10**9, 2 * 10**9)):
    resource.setrlimit(resource.RLIMIT_DATA, ends)
    with enforced_limits():
        print(resource.getrlimit(resource.RLIMIT_DATA)[0])
    print(resource.getrlimit(resource.RLIMIT_DATA) == ends)
""")
    assert done.stdout.split() == ["1000000000", "True"] * 2, done.stderr


LADDER = "".join(f"rl{k} n{k} n{k + 1} 1k\nc{k} n{k + 1} 0 1p\n" for k in range(1500))
CHAIN = "".join(f"d{k} n{k} n{k + 1} dm\nrl{k} n{k + 1} 0 1k\n" for k in range(400))
DECKS = {
    "array": ".crossbar x1 rows=20000 cols=20000 g={agauss(1u,1n,1)}\n.op",
    "solutions": f"v2 n0 0 1\n{CHAIN}.model dm d\n.solutions 1000000",
    "poles": f"v2 n0 0 ac 1\n{LADDER}.pz n0 0 n1500 0 vol pz",
}


@pytest.mark.parametrize("what", DECKS)
def test_decks_that_ask_for_too_much(what, tmp_path):
    """A deck ends within its limits, with an error: a limit is not an interrupt."""
    deck = tmp_path / "deck.cir"
    deck.write_text(f"t\nv1 a 0 1\nr1 a 0 1\n{DECKS[what]}\n.end\n")
    words = ["run", str(deck), "--confine", "--max-time", "2", "--max-memory", "400"]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "circuitnn", *words], capture_output=True, text=True, check=False, timeout=60
    )
    assert time.monotonic() - began < 40.0
    assert done.returncode == 1, done.stderr
    assert "Error: " in done.stderr and ("--max-memory" in done.stderr or "--max-time" in done.stderr)
