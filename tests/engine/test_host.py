"""A program that a transient runs in step with: breakpoints, and what it says to steps."""

import threading

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn._cext.host import Host
from circuitnn.errors import AnalysisError

SMOOTH = "t\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 100n\n.end\n"
# its events lie within steps
SWITCH = "t\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 100n\ns1 b 0 a 0 sm\n.model sm sw(vt=0.3 ron=1k roff=1meg)\n.end\n"


class Program:
    """What a run reports to, with a host."""

    def __init__(self, function=None):
        self.host = Host()
        self.host.synchronise(function)

    def __call__(self, fraction, what):
        pass


def steps(result):
    return np.diff(result.time)


def test_breakpoints_are_points_in_any_order():
    program, moments = Program(), [3.0e-4 + 1e-9, 1e-4 + 1e-9, 7e-4 + 1e-9, 2e-3, 1e-4 + 1e-9]
    assert [program.host.add(t) for t in moments] == [True] * 5
    assert [program.host.add(t) for t in (-1.0, float("nan"), float("inf"))] == [False] * 3
    r = Circuit.from_text(SMOOTH).tran(1e-3, progress=program)
    assert set(moments[:3]) <= set(r.time.tolist()) and r.time[-1] == 1e-3
    again = Circuit.from_text(SMOOTH).tran(1e-3, progress=program)
    plain = Circuit.from_text(SMOOTH).tran(1e-3)
    np.testing.assert_array_equal(again.data, plain.data)  # they were those of one run


def test_many_breakpoints_from_another_thread():
    """They come while the time loop runs without the GIL; none is lost, none of the past is taken."""
    program, good = Program(), []

    def name(count=3000):
        for k in range(count):
            t = (k + 0.5) * 1e-3 / count
            if program.host.add(t):
                good.append(t)

    thread = threading.Thread(target=name)

    class Started(Program):
        def __call__(self, fraction, what):
            if not thread.ident:
                thread.start()

    started = Started()
    started.host = program.host
    r = Circuit.from_text(SMOOTH).tran(1e-3, tmax=2e-8, progress=started)
    thread.join()
    late = r.time[np.searchsorted(r.time, good) % len(r)]
    assert len(good) > 100
    assert np.mean(late == np.array(good)) > 0.9  # but for those that came when they were as good as past


def test_the_function_shortens_steps():
    asked = []

    def function(t, h, before, rejected, location):
        asked.append((t, h, before, rejected, location))
        return False, min(h, 3e-6)

    r = Circuit.from_text(SMOOTH).tran(1e-3, progress=Program(function))
    assert steps(r).max() <= 3e-6 * (1 + 1e-9) and r.statistics.points > 300
    begun = [a for a in asked if a[4] == 0]
    assert [a[0] for a in begun] == r.time.tolist() and begun[-1][1] == 0.0
    tried = [a for a in asked if a[4] == 1]
    assert [a[0] for a in tried if not a[3]] == r.time[1:].tolist()
    assert sum(a[3] for a in tried) == r.statistics.rejected


@pytest.mark.parametrize("deck", [SMOOTH, SWITCH], ids=["smooth", "with events"])
def test_steps_that_are_taken_again(deck):
    """Every third attempt is refused; the solution is that of a run in which none is."""
    count = iter(range(1, 1 << 30))

    def function(t, h, before, rejected, location):
        again = location == 1 and not rejected and next(count) % 3 == 0
        return again, 0.5 * before if again else h

    circuit = Circuit.from_text(deck)
    r, plain = circuit.tran(2e-3, progress=Program(function)), circuit.tran(2e-3)
    assert r.statistics.rejected > len(r) / 3 and np.all(steps(r) > 0.0)
    fine = circuit.tran(2e-3, tmax=2e-6)
    for found in (r, plain):
        np.testing.assert_allclose(found["v(b)"], np.interp(found.time, fine.time, fine["v(b)"]), atol=0.01)


@pytest.mark.long
def test_steps_of_any_length_do_no_harm():
    for wanted in (1e300, 1e-300, 0.0, -1.0, float("nan")):
        r = Circuit.from_text(SMOOTH).tran(
            1e-5, progress=Program(lambda t, h, b, bad, at, w=wanted: (False, w if t < 1e-12 else h))
        )
        assert r.time[-1] == 1e-5 and np.isfinite(r.data).all()


def test_what_the_function_raises_ends_the_run():
    def function(t, h, before, rejected, location):
        if t > 5e-4:
            raise AnalysisError("no further")
        return False, h

    with pytest.raises(AnalysisError, match="no further") as caught:
        Circuit.from_text(SMOOTH).tran(1e-3, progress=Program(function))
    assert 4e-4 < caught.value.result.time[-1] < 6e-4

    def pressed(t, h, before, rejected, location):
        if t > 5e-4:
            raise KeyboardInterrupt
        return False, h

    r = Circuit.from_text(SMOOTH).tran(1e-3, progress=Program(pressed))
    assert not r.complete and "interrupted" in r.message
