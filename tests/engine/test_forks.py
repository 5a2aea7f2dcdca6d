"""A process may fork beside threads that run circuits: no lock of ours stays held in the child."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import circuitnn

CHILDREN = """
import os, sys, threading, time, warnings
import circuitnn
warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of what is tried here

DECK = "t\\n.param r=1k\\nv1 a 0 1\\n" + "".join(f"r{k} a b{k} {{r*{k + 1}}}\\nd{k} b{k} 0 dm\\n" for k in range(300))
DECK += ".model dm d\\n.op\\n.end\\n"
over = False

def work():
    while not over:
        circuitnn.Circuit.from_text(DECK).op()

def child():
    assert circuitnn.Circuit.from_text("t\\nv1 a 0 1\\nr1 a b 1k\\nr2 b 0 1k\\n.op\\n.end\\n").op()["v(b)"] == 0.5
    os._exit(0)

circuitnn.Circuit.from_text(DECK).op()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
time.sleep(0.1)
stuck = 0
for _ in range(20):
    pid = os.fork() or child()
    until = time.monotonic() + 20
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > until:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            stuck += 1
            break
        time.sleep(0.002)
over = True
for thread in threads:
    thread.join()
print("stuck:", stuck)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: Linux")
def test_children_forked_beside_running_circuits_run_their_own():
    run = subprocess.run(
        [sys.executable, "-c", CHILDREN], capture_output=True, text=True, timeout=500, check=False
    )
    assert run.stdout == "stuck: 0\n", run.stderr


FIRST = """
import os, sys, threading, time, warnings
import circuitnn
warnings.simplefilter("ignore", DeprecationWarning)

def work():
    circuitnn.Circuit.from_text("t\\nv1 a 0 1\\nr1 a b 1k\\nd1 b 0 dm\\n.model dm d\\n.tran 1u 10u\\n.end\\n").run()

thread = threading.Thread(target=work)
thread.start()
time.sleep(float(sys.argv[1]))
pid = os.fork()
if pid == 0:
    work()
    os._exit(0)
until = time.monotonic() + 60
while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0 and time.monotonic() < until:
    time.sleep(0.01)
if ended[0] == 0:
    os.kill(pid, 9)
    os.waitpid(pid, 0)
thread.join()
print(ended[1] if ended[0] else "stuck")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: Linux")
@pytest.mark.parametrize(
    "delay", [0.03, *(pytest.param(t, marks=pytest.mark.long) for t in (0.003, 0.1, 0.2))]
)
def test_a_child_forked_while_a_thread_imports_runs(delay):
    """A first run imports most of the package, and Python holds a lock for each module meanwhile."""
    run = subprocess.run(
        [sys.executable, "-c", FIRST, str(delay)], capture_output=True, text=True, timeout=200, check=False
    )
    assert (run.stdout, run.stderr) == ("0\n", "")


def test_properties_are_cached_without_a_lock():
    """Up to Python 3.11, `functools.cached_property` has one, which a fork may leave held."""
    root = Path(circuitnn.__file__).parent
    using = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if re.search(
            r"from functools import .*cached_property|functools\.cached_property\(", path.read_text()
        )
    ]
    assert using == ["machine/cached.py"]
