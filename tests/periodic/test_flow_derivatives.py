"""Derivatives of the discrete flow that shooting solves with, against differences of the flow itself.

The circuits have what makes these differ: capacitances that are no derivatives of a charge (Meyer's), which depend on
the unknowns' rates, beside charges, inductances, sources and feedback.
"""

from __future__ import annotations

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.equations.graph import abs_, max_, symbol
from circuitnn.equations.kinks import kinks

MEYER = """.model nm nmos level=1 vto=0.5 kp=200u lambda=0.05 gamma=0.4 phi=0.7 cgso=0.3n cgdo=0.3n tox=4n
.model pm pmos level=1 vto=-0.5 kp=80u lambda=0.05 gamma=0.4 phi=0.7 cgso=0.3n cgdo=0.3n tox=4n
"""


def inverter(number: int, gate: str, out: str) -> str:
    return (
        f"Mn{number} {out} {gate} 0 0 nm w=2u l=0.5u\nMp{number} {out} {gate} vdd vdd pm w=5u l=0.5u\n"
        f"C{number} {out} 0 10f\n"
    )


def ring(stages: int) -> Circuit:
    cells = "".join(inverter(i, f"n{i}", f"n{(i + 1) % stages}") for i in range(stages))
    begin = " ".join(f"v(n{i})={1.8 * (i % 2)}" for i in range(stages))
    return Circuit.from_text(f"ring\nVdd vdd 0 1.8\n{cells}{MEYER}.ic {begin}\n.end\n")


def oscillator() -> Circuit:
    """Cross-coupled pair and tank."""
    return Circuit.from_text(
        "vco\nVdd vdd 0 1.8\nL1 vdd a 2n\nL2 vdd b 2n\nR1 a b 1k\nM1 a b t 0 nm w=40u l=0.25u\n"
        f"M2 b a t 0 nm w=40u l=0.25u\nIt t 0 3m\nCt t 0 50f\nC1 a 0 200f\nC2 b 0 200f\n{MEYER}"
        ".ic v(a)=1.9 v(b)=1.7 v(t)=0.6\n.end\n"
    )


def driven(cells: str) -> Circuit:
    return Circuit.from_text(f"driven\nVdd vdd 0 1.8\nVg g 0 sin(0.9 0.9 1g)\n{cells}{MEYER}.end\n")


CLASS_E = (
    "Lc vdd d 3n\nRg g gg 20\nM1 d gg 0 0 nm w=200u l=0.25u\nCd d 0 2p\nLs d m 8n\nCs m o 4p\nRl o 0 20\n"
)
LATCH = (
    "Rin g 1 5k\n" + inverter(1, "1", "2") + inverter(2, "2", "1")
)  # two stable states between which the drive moves
NEAR = 2e-9  # distance of starts, in sizes, between which no kink lies
# Circuit, frequency, start of the search, distance of starts. The latch forgets its start: what is left of it is 1e-6,
# and rounding over 2e-9 is 1e-4.
CASES = {
    "ring": (lambda: ring(3), None, 5e-9, NEAR),
    "vco": (oscillator, None, 5e-9, NEAR),
    "inverter": (lambda: driven(inverter(1, "g", "out")), 1e9, 2e-9, NEAR),
    "latch": (lambda: driven(LATCH), 1e9, 5e-9, 1e-7),
    "class E": (lambda: driven(CLASS_E), 1e9, 20e-9, NEAR),
}


@pytest.mark.parametrize("name", CASES)
def test_the_monodromy_matrix_is_the_derivative_of_the_discrete_flow(name):
    make, frequency, tstab, near = CASES[name]
    found = make().pss(frequency, tstab=tstab, uic=frequency is None, tolerance=1e-3).orbit
    flow, orbit = found.flow, found.orbit
    scale = found.shooting.size[orbit.states]
    derivative = orbit.gone(flow).monodromy * scale[None, :] / scale[:, None]
    flow.propagator.rounding = 0.0  # stages to rounding, for starts so near that no kink lies between them
    differences = np.empty_like(derivative)
    for column, state in enumerate(orbit.states):
        ends = []
        for sign in (1.0, -1.0):
            start = orbit.x.copy()
            start[state] += sign * near * found.shooting.size[state]
            ends.append(flow.go(start, orbit.t, orbit.phases, orbit.memory, None).end[orbit.states])
        differences[:, column] = (ends[0] - ends[1]) / (2.0 * near * scale)
    assert derivative == pytest.approx(differences, abs=3e-5 * max(1.0, np.abs(derivative).max()))


@pytest.mark.parametrize("name", ["ring", "vco"])
def test_the_speed_at_the_end_of_a_period_is_that_of_the_orbit(name):
    """The derivative by the period, with all steps stretched, against the rates in the steps beside the point."""
    make, frequency, tstab, _ = CASES[name]
    orbit = make().pss(frequency, tstab=tstab, uic=True, tolerance=1e-7).orbit.orbit
    way = orbit.way
    slopes = [(way.x[k + 1] - way.x[k]) / (way.t[k + 1] - way.t[k]) for k in (0, -2)]
    assert way.velocity == pytest.approx(
        0.5 * (slopes[0] + slopes[1]), rel=2e-2, abs=2e-2 * np.abs(way.velocity).max()
    )


def test_the_phase_response_is_the_change_of_the_frequency_by_a_current():
    """Its mean, against the frequencies with a small constant current in and out of a node."""

    def with_current(i):
        cells = "".join(inverter(k, f"n{k}", f"n{(k + 1) % 3}") for k in range(3))
        return Circuit.from_text(
            f"ring\nVdd vdd 0 1.8\nIx 0 n0 {i}\n{cells}{MEYER}.ic v(n0)=0 v(n1)=1.8 v(n2)=0\n.end\n"
        ).pss(tstab=5e-9, uic=True, tolerance=1e-7)

    middle, more, less = (with_current(i) for i in (0.0, 1e-8, -1e-8))
    response = middle.phase_response()
    mean = np.sum(response.h * response["n0"]) / middle.period()
    assert mean == pytest.approx((more.frequency - less.frequency) / middle.frequency / 2e-8, rel=1e-3)


@pytest.mark.parametrize("name", ["ring", "inverter"])
def test_steps_of_the_flow_transfer_variations_as_the_whole_does(name):
    """Products of the matrices of single steps, which phase noise uses, are the monodromy matrix."""
    make, frequency, tstab, _ = CASES[name]
    found = make().pss(frequency, tstab=tstab, uic=frequency is None, tolerance=1e-3).orbit
    flow, orbit = found.flow, found.orbit
    (phase,) = orbit.phases
    states = orbit.states
    steps = np.zeros((len(phase.fractions) - 1, len(states), flow.n))
    flow.memory = orbit.memory
    charges = flow.charges(orbit.x, orbit.t)
    status = flow.propagator.transfer(
        orbit.x.copy(),
        charges,
        orbit.t,
        phase.duration,
        phase.fractions,
        states,
        np.zeros((0, flow.n)),
        steps,
    )
    assert status == 0
    product = np.eye(len(states))
    for step in steps:
        product = step[:, states].T @ product
    scale = found.shooting.size[states]
    product *= scale[None, :] / scale[:, None]
    monodromy = orbit.gone(flow).monodromy * scale[None, :] / scale[:, None]
    assert product == pytest.approx(monodromy, abs=1e-9 * max(1.0, np.abs(monodromy).max()))


def test_a_capacitance_along_a_path_has_the_order_of_the_formula():
    """C(v) of a MOSFET whose gate is driven through a resistor, within one region, against many finer steps."""
    circuit = Circuit.from_text(
        f"gate\nVg in 0 sin(0 0.05 1meg)\nVb b 0 1.0\nE1 g1 b in 0 1\nRg g1 g 200k\nM1 d g 0 0 nm w=200u l=5u\n"
        f"Vd d 0 3\n{MEYER}.end\n"
    )
    ends = {}
    for steps in (10, 20, 40, 1000):
        found = circuit.pss(1e6, tstab=2e-6, tolerance=1e-3).orbit
        flow, orbit = found.flow, found.orbit
        (phase,) = orbit.phases
        even = type(phase)(phase.duration, np.linspace(0.0, 1.0, steps + 1))
        ends[steps] = flow.go(orbit.x, orbit.t, [even], orbit.memory, None).end
    errors = [np.abs(ends[steps] - ends[1000]).max() for steps in (10, 20, 40)]
    assert np.log2(errors[0] / errors[1]) > 3.0
    assert np.log2(errors[1] / errors[2]) > 3.0


def test_steps_end_before_kinks_of_capacitances():
    result = ring(3).pss(tstab=5e-9, uic=True, tolerance=1e-8)
    orbit, flow = result.orbit.orbit, result.orbit.flow
    values = flow.kinks.values(orbit.way.x)
    step, kink = np.nonzero(values[:-1] * values[1:] < 0.0)
    part = values[step, kink] / (values[step, kink] - values[step + 1, kink])
    assert len(part) > 50
    assert np.median(np.minimum(part, 1.0 - part)) < 0.02
    assert result.multipliers[0] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("tolerance", [1e-4, 1e-6])
def test_multipliers_do_not_miss_what_happens_before_a_kink(tolerance):
    """A time shift keeps its size exactly; the next mode is that of small signals (`.pac`) about an orbit at 1e-9."""
    result = ring(3).pss(tstab=5e-9, uic=True, tolerance=tolerance)
    assert abs(result.multipliers[0]) == pytest.approx(1.0, abs=1e-3)
    assert abs(result.multipliers[1]) == pytest.approx(9.2082983e-4, rel=1e-3)
    assert abs(result.multipliers[0] - 1.0) <= result.multiplier_error < 1e-3


def test_kinks_are_where_formulas_change():
    x, y = symbol("x"), symbol("y")
    found = kinks([max_(x, y) + abs_(x - 2.0), max_(symbol("p"), 1.0)], ["x", "y"])
    assert set(found) == {x - y, x - 2.0}
