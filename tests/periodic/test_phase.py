"""Phase response and phase noise: against injected charges, a closed form, and transients with noise sources."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit, load
from circuitnn.errors import AnalysisError

DECKS = Path(__file__).resolve().parents[2] / "netlists"
VDP = "van der Pol\nC1 x 0 1\nL1 x 0 1\nB1 x 0 I=V(x)*V(x)*V(x)/3-V(x)\n.ic v(x)=2\n.end\n"


@pytest.mark.long
def test_the_response_of_van_der_pol_is_the_shift_that_scipy_sees():
    found = Circuit.from_text(VDP).pss(tstab=60, uic=True, tolerance=1e-8)
    response = found.phase_response()

    def right(_, y):
        return [y[0] - y[0] ** 3 / 3.0 - y[1], y[0]]

    def rises(_, y):
        return y[0]

    rises.direction = 1.0

    def late(start):
        return solve_ivp(right, (0, 80), start, "DOP853", rtol=1e-12, atol=1e-12, events=rises).t_events[0][
            -1
        ]

    begin = [found.array("v(x)")[0], found.array("i(l1)")[0]]
    path = solve_ivp(right, (0, found.period()), begin, "DOP853", rtol=1e-12, atol=1e-12, dense_output=True)
    kick = 1e-5
    for at in np.linspace(0.05, 0.95, 7) * found.period():
        x, current = path.sol(at)
        shift = (late([x - kick, current]) - late([x + kick, current])) / (2.0 * kick)
        assert np.interp(at, response.t, response["x"]) == pytest.approx(shift, rel=2e-3, abs=2e-3)


def test_a_hysteretic_oscillator_responds_as_its_exponentials_do():
    """A charge moves v by δ; each phase is an RC exponential to a level: dt = τ/(level - v) dv."""
    vdd, r, c, rins, rmet, high, low = 14.0, 47e3, 300e-12, 100.2e3, 0.99e3, 1.99, 1.0
    found = load(DECKS / "oscillator/vo2_switch.cir").pss(tstab=20e-6, uic=True, tolerance=1e-8)
    response = found.phase_response()
    t, v = found.time, found.array("v(a)")
    for at, value in zip(response.t, response["a"], strict=True):
        now = np.interp(at, t, v)
        rising = np.interp(at + 1e-10, t, v) > now
        if min(now - (vdd - high), vdd - low - now) < 0.02:
            continue  # across an event
        device = rmet if rising else rins
        tau, level = c * r * device / (r + device), vdd * r / (r + device)
        assert value == pytest.approx(tau / (level - now) / c, rel=2e-2)


def test_the_response_is_one_to_the_motion_itself():
    """v₁ᵀ·dq/dt = 1 all along the orbit, in the equations of the circuit alone."""
    found = load(DECKS / "oscillator/pickett.cir").pss(tstab=2e-6, uic=True, tolerance=1e-7)
    response, flow = found.phase_response(), found.orbit.flow
    assembly, conditions = flow.simulation.system.assembly, flow.simulation.conditions
    sums = [
        -v @ assembly.evaluate(np.append(x, 0.0), 0.0, 0.0, conditions)[0]
        for v, (_, x) in zip(response.values, response.points, strict=True)
    ]
    assert np.median(sums) == pytest.approx(1.0, abs=1e-3)
    assert np.percentile(np.abs(np.array(sums) - 1.0), 95) < 0.01


@pytest.mark.long
def test_a_transient_with_noise_has_the_jitter_that_is_predicted():
    """White current into the node of van der Pol's oscillator: variances of the times that 8 periods take."""
    density = 2e-5  # one-sided, A²/Hz
    found = Circuit.from_text(VDP).pss(tstab=60, uic=True)
    response = found.phase_response()
    c = 0.5 * density * np.sum(response.h * response["x"] ** 2) / found.period()
    step = 0.1
    size = np.sqrt(density / (2.0 * step))
    times = []
    for seed in range(4):
        source = f"I1 0 x trnoise({float(size)!r} {step} 0 0)\n.options reltol=1e-6 seed={seed + 1}\n"
        deck = VDP.replace(".end", source + ".end")
        run = Circuit.from_text(deck).tran(4000.0, tstep=step, tmax=step, uic=True)
        t, x = run.time, run.array("v(x)")
        up = np.flatnonzero((x[:-1] < 0.0) & (x[1:] >= 0.0))
        moments = t[up] - x[up] * (t[up + 1] - t[up]) / (x[up + 1] - x[up])
        # of the sections of one period, those that lie near each other by noise alone are one
        moments = moments[np.append(True, np.diff(moments) > 0.5 * found.period())]
        times.append(np.diff(moments[5::8]))
    times = np.concatenate(times)
    assert len(times) > 250
    expected = 8.0 * found.period() * c
    # the variance of a sample of so many is known to 9 %; the band is three of these
    assert np.var(times) == pytest.approx(expected, rel=0.27)
    assert np.mean(times) == pytest.approx(8.0 * found.period(), rel=2e-3)


def test_noise_of_resistors_makes_the_jitter_of_an_integral():
    """A resistor across the node of van der Pol's oscillator, and a jitter by hand."""
    found = Circuit.from_text(VDP.replace(".end", "R1 x 0 1e6\n.end")).pss(tstab=60, uic=True)
    noise, response = found.phase_noise(), found.phase_response()
    density = 4.0 * 1.380649e-23 * 300.15 / 1e6
    c = 0.5 * density * np.sum(response.h * response["x"] ** 2) / found.period()
    assert noise.c == pytest.approx(c, rel=1e-9)
    assert noise.period_jitter == pytest.approx(np.sqrt(c * found.period()), rel=1e-6)
    far, near = noise.spectrum([1e-3, 1e-4])
    assert near - far == pytest.approx(20.0, abs=1e-6)
    assert far == pytest.approx(10.0 * np.log10(found.frequency**2 * c / 1e-6), abs=1e-5)


def test_a_driven_circuit_has_no_phase_of_its_own():
    found = Circuit.from_text("d\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 1u\n.end\n").pss(1e3)
    with pytest.raises(AnalysisError, match="no phase of its own"):
        found.phase_response()
