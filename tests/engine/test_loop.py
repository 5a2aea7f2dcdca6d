"""The loops in compiled code: no Python objects, same bits in threads, Ctrl-C keeps the points."""

import ctypes
import os
import signal
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.recording import rows

OSCILLATOR = """relaxation oscillator beside a diode and a behavioural source
vdd vd 0 14
s1 vd a vd a vo2
.model vo2 sw(vt=1.495 vh=0.495 ron=0.99k roff=100.2k)
r1 a 0 47k
c1 a 0 300p ic=12.5
d1 a b dmod
r2 b 0 100k
c2 b 0 10p
b1 0 c i=1u*tanh(v(a)-12.5)
r3 c 0 100k
c3 c 0 1p
.model dmod d(is=1e-14 cjo=1p)
"""


def run(stop, **more):
    return Circuit.from_text(OSCILLATOR).tran(stop, tmax=2e-9, uic=True, **more)


def peak_of(stop):
    """Peak of Python's own allocations during a run, less the result's arrays; and the number of points."""
    circuit = Circuit.from_text(OSCILLATOR)
    circuit.tran(1e-7, tmax=2e-9, uic=True)  # what is imported and cached at first
    tracemalloc.start()
    try:
        result = circuit.tran(stop, tmax=2e-9, uic=True)
        current, _ = tracemalloc.get_traced_memory()
        blocks = sum(s.count for s in tracemalloc.take_snapshot().statistics("filename"))
    finally:
        tracemalloc.stop()
    return current - result.data.nbytes, blocks, len(result.time)


def test_no_python_object_per_step():
    """Ten times the steps leave no more objects behind, and no more bytes but the points."""
    small, few, n = peak_of(1e-5)
    large, many, m = peak_of(1e-4)
    assert m > 8 * n > 30000
    assert abs(many - few) < 200
    assert large - small < 100_000


def test_no_python_object_while_running(monkeypatch):
    """Allocations during the run, not only those left: the peak grows by the points and no more."""
    monkeypatch.setattr(rows, "ROOM", 1)  # room for more points is no memory, but is traced
    circuit = Circuit.from_text(OSCILLATOR)
    circuit.tran(1e-7, tmax=2e-9, uic=True)
    peaks = []
    for stop in (2e-5, 2e-4):
        tracemalloc.start()
        result = circuit.tran(stop, tmax=2e-9, uic=True)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # the table, and the larger one to which it is copied
        peaks.append(peak - 2 * result.data.nbytes)
    assert peaks[1] - peaks[0] < 2_000_000


def test_same_bits_in_threads():
    """Two transients at once give the same bits as each alone."""
    alone = [run(2e-5).data, run(3e-5, method="gear").data]
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            both = [pool.submit(run, 2e-5), pool.submit(run, 3e-5, method="gear")]
            for job, expected in zip(both, alone, strict=True):
                np.testing.assert_array_equal(job.result().data, expected)


def test_same_bits_twice():
    np.testing.assert_array_equal(run(1e-5).data, run(1e-5).data)


def test_threads_run_at_the_same_time():
    """The loop is without the GIL: another thread gets on meanwhile."""
    counted = 0
    done = threading.Event()

    def count():
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    start = time.perf_counter()
    run(4e-4)
    spent = time.perf_counter() - start
    done.set()
    thread.join()
    assert counted > 50 * spent


# A signal can come between the opening of a file and its `with`: Python then closes the file later, with a warning.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("solver", ["auto", "superlu"])
def test_interrupt_keeps_the_points(solver):
    circuit = Circuit.from_text(OSCILLATOR)
    # what it needs is loaded, and the C compiler of the host, which the interrupt would meet, is left out
    options = {"linear_solver": solver, "hostcompile": "off"}
    circuit.tran(1e-7, tmax=2e-9, uic=True, **options)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    start = time.perf_counter()
    result = circuit.tran(1.0, tmax=2e-9, uic=True, **options)
    timer.join()
    assert time.perf_counter() - start < 10
    assert not result.complete
    assert "interrupt" in result.message
    assert len(result.time) > 100  # however busy the machine is
    assert (np.diff(result.time) > 0).all()
    reference = circuit.tran(1e-5, tmax=2e-9, uic=True)
    kept = result.time < 9e-6
    expected = np.interp(result.time[kept], reference.time, reference["v(a)"])
    np.testing.assert_allclose(result["v(a)"][kept], expected, atol=5e-3)


def test_progress_can_interrupt():
    """A callback that raises KeyboardInterrupt ends the run as Ctrl-C does."""
    seen = []

    def progress(fraction, text):
        seen.append(fraction)
        if len(seen) == 3:
            raise KeyboardInterrupt

    result = run(1e-2, progress=progress)
    assert not result.complete
    assert 0 < seen[0] < seen[-1] < 1
    assert len(result.time) > 100  # however busy the machine is


def test_no_floating_point_flags_are_left():
    """A run does not change the rounding mode or flush-to-zero of its thread."""
    run(1e-6)
    tiny = ctypes.c_double(5e-324)
    assert tiny.value * 1.0 > 0.0
    assert np.float64(1.0) + np.float64(2.0**-53) == 1.0
