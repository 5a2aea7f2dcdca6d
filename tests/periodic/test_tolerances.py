"""What `.pss` states about its errors at loose and tight tolerances, and the steps that it takes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit

VAN_DER_POL = "van der Pol\nC1 x 0 1\nL1 x 0 1\nB1 x 0 i=v(x)*v(x)*v(x)/3-v(x)\n.ic v(x)=2\n.end\n"
MODELS = """.model nm nmos level=1 vto=0.5 kp=200u lambda=0.05{meyer}
.model pm pmos level=1 vto=-0.5 kp=80u lambda=0.05{meyer}
"""
MEYER = " gamma=0.4 phi=0.7 cgso=0.3n cgdo=0.3n tox=4n"
LC = """cross-coupled pair with a tank of varactors
Vdd vdd 0 1.8
L1 vdd a 2n ic=0
L2 vdd b 2n
R1 a b 1k
M1 a b t 0 nm w=40u l=0.25u
M2 b a t 0 nm w=40u l=0.25u
It t 0 3m
Ct t 0 50f
C1 a 0 200f
C2 b 0 200f
D1 0 a dv
D2 0 b dv
.model dv d is=1e-18 cjo=200f vj=0.7 m=0.4
.model nm nmos level=1 vto=0.45 kp=250u lambda=0.05 cgso=0.2n cgdo=0.2n
.ic v(a)=1.9 v(b)=1.7 v(t)=0.6
.end
"""


def ring(meyer: str) -> str:
    """Three inverters."""
    stages = "".join(
        f"Mn{i} n{b} n{i} 0 0 nm w=2u l=0.5u\nMp{i} n{b} n{i} vdd vdd pm w=5u l=0.5u\nC{i} n{b} 0 10f\n"
        for i, b in enumerate((1, 2, 0))
    )
    return f"ring\nVdd vdd 0 1.8\n{stages}{MODELS.format(meyer=meyer)}.ic v(n0)=0 v(n1)=1.8 v(n2)=0\n.end\n"


# deck, node, transient before, and the largest number of steps at 1e-3 over that of this transient
CASES = {
    "van der Pol": (VAN_DER_POL, "x", 133.0, 3.0),
    "ring": (ring(""), "n0", 4e-9, 3.0),
    "ring with Meyer's capacitances": (ring(MEYER), "n0", 3e-9, 8.0),
    "LC": (LC, "a", 12e-9, 3.0),
}


def orbit(name, tolerance):
    deck, _, tstab, _ = CASES[name]
    return Circuit.from_text(deck).pss(tstab=tstab, uic=True, tolerance=tolerance)


@cache
def finer(name):
    """An orbit to compare with: no frequency or harmonic of it counts for more than its own error."""
    return orbit(name, 1e-8 if name != "ring with Meyer's capacitances" else 1e-9)


def harmonics(found, name):
    """Sizes of harmonics in units of the swing, which finer steps show best."""
    node = f"v({CASES[name][1]})"
    return np.abs(found.spectrum.array(node)[:6]) / np.ptp(finer(name).array(node))


def marks(name, tolerance):
    return [pytest.mark.long] * ("Meyer" in name or tolerance == 1e-7)


@pytest.mark.parametrize(
    ("name", "tolerance"), [pytest.param(n, t, marks=marks(n, t)) for n in CASES for t in (1e-3, 1e-5, 1e-7)]
)
def test_what_is_reported_is_right_within_the_error_stated_with_it(name, tolerance):
    found, exact = orbit(name, tolerance), finer(name)
    assert max(found.error, found.period_error) <= tolerance
    apart = abs(found.frequency / exact.frequency - 1.0)
    assert apart <= found.period_error + exact.period_error
    assert harmonics(found, name) == pytest.approx(
        harmonics(exact, name), abs=3.0 * (found.error + exact.error)
    )
    sizes = (np.sort(np.abs(o.multipliers)) for o in (found, exact))
    off = float(np.abs(np.subtract(*sizes)).max())
    assert off <= found.multiplier_error + exact.multiplier_error + 1e-9
    assert min(abs(found.multipliers - 1.0)) <= found.multiplier_error
    assert found.stable and found.words.startswith("stable")


@pytest.mark.parametrize("tolerance", [1e-3, 1e-5, 1e-7])
def test_van_der_pol_is_right_within_the_error_stated(tolerance):
    """Against SciPy's integrator, the second multiplier from the divergence along the orbit."""

    def right(_, y):
        return [y[0] - y[0] ** 3 / 3.0 - y[1], y[0], 1.0 - y[0] * y[0]]

    def rises(_, y):
        return y[0]

    rises.direction = 1.0
    known = solve_ivp(right, (0, 80), [2, 0, 0], "DOP853", rtol=1e-13, atol=1e-13, events=rises)
    period = known.t_events[0][-1] - known.t_events[0][-2]
    second = np.exp(known.y_events[0][-1][2] - known.y_events[0][-2][2])
    found = orbit("van der Pol", tolerance)
    assert abs(found.period() / period - 1.0) <= found.period_error <= tolerance
    assert np.abs(found.multipliers) == pytest.approx([1.0, second], abs=found.multiplier_error + 1e-9)


@pytest.mark.parametrize("name", CASES)
def test_a_loose_tolerance_takes_few_steps(name):
    deck, _, tstab, most = CASES[name]
    found = orbit(name, 1e-3)
    settling = Circuit.from_text(deck).tran(tstab, tstab / 1000.0, uic=True).statistics.points
    assert found.orbit.flow.propagator.steps <= most * settling


def test_multipliers_near_the_unit_circle_are_known_better_than_the_tolerance():
    """An LC tank of high quality: what is left of a deviation after a period is near 1, and told from it."""
    deck = VAN_DER_POL.replace("i=v(x)*v(x)*v(x)/3-v(x)", "i=0.004*(v(x)*v(x)*v(x)/3-v(x))")
    found = Circuit.from_text(deck).pss(tstab=40.0, uic=True, tolerance=1e-2)
    second = np.sort(np.abs(found.multipliers))[0]
    # of weakly nonlinear oscillators, exp(-mu·T) with T = 2·pi
    assert second == pytest.approx(np.exp(-0.004 * 2.0 * np.pi), abs=found.multiplier_error + 1e-4)
    assert 1.0 - second > 3.0 * found.multiplier_error
    assert found.words.startswith("stable")
