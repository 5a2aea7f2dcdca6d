"""Small signals about orbits whose capacitances are no derivatives of a charge (Meyer's), kinks and all.

The equations of one MOSFET of level 1 are written down here once more for SciPy. Other levels and circuits stand beside
periodic orbits with a small tone, which are solved for without any linearised circuit.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.periodic.balance_samples import Sampler
from circuitnn.periodic.flow import Flow
from circuitnn.periodic.formulas import FORMULAS

F0, PARTS, SIDEBANDS = 1e9, 3, 2  # the tone is at F0 over PARTS
TONE = F0 / PARTS
VTO, KP, LAMBDA, PHI = 0.5, 200e-6, 0.05, 0.7
WIDTH, LENGTH, OVERLAP, OXIDE = 20e-6, 1e-6, 0.3e-9, 4e-9
GATE = f"""Vg g h sin(1 1 1g)
Vt h 0 TONE
Rg g g1 2k
M1 d g1 0 0 nm w=20u l=1u
Vdd vdd 0 3
Rd vdd d 2k
.model nm nmos level=1 vto={VTO} kp={KP} lambda={LAMBDA} phi={PHI} cgso={OVERLAP} cgdo={OVERLAP} tox={OXIDE}
"""


def rates(t, y, tone, saturated):
    """dv/dt of the gate and the drain, in one region of the channel."""
    gate, drain = y
    over = gate - VTO
    size = 2.0 / 3.0 * 3.9 * 8.854214871e-12 / OXIDE * WIDTH * LENGTH
    left = 0.0 if saturated else over - drain
    source = size * (1.0 - (left / (over + left)) ** 2) + OVERLAP * WIDTH
    to_drain = size * (1.0 - (over / (over + left)) ** 2) + OVERLAP * WIDTH
    inside = over if saturated else drain
    channel = KP * WIDTH / LENGTH * (1.0 + LAMBDA * drain) * inside * (over - 0.5 * inside)
    drive = 1.0 + np.sin(2.0 * np.pi * F0 * t) + tone * np.cos(2.0 * np.pi * TONE * t)
    into_gate, into_drain = (drive - gate) / 2e3, (3.0 - drain) / 2e3 - channel
    rise = (into_gate + into_drain) / source
    return [rise, rise + into_drain / to_drain]


def saturation(t, y, *_):
    """Where the capacitances bend: there a step ends."""
    return y[1] - (y[0] - VTO)


saturation.terminal = True


def integrated(tone):
    """Harmonics of the tone's period in the drain's voltage, settled; the gate stays above the threshold."""
    begin, end = 4.0 / TONE, 5.0 / TONE
    nodes, weights = np.polynomial.legendre.leggauss(5)
    t, y, saturated, lines = 0.0, [1.0, 2.0], True, np.zeros(1 + PARTS * SIDEBANDS + 1, complex)
    while t < end:
        saturation.direction = -1.0 if saturated else 1.0
        path = solve_ivp(
            rates,
            (t, end),
            y,
            "DOP853",
            args=(tone, saturated),
            events=saturation,
            dense_output=True,
            rtol=1e-11,
            atol=1e-13,
            max_step=5e-12,
        )
        assert path.y[0].min() > VTO + 0.025
        cuts = np.unique(np.clip(path.t, begin, end))
        middle, half = 0.5 * (cuts[1:] + cuts[:-1])[:, None], 0.5 * np.diff(cuts)[:, None]
        at = (middle + half * nodes).ravel()
        values = path.sol(at)[1] * (half * weights).ravel() if len(at) else at
        lines += np.exp(-2j * np.pi * TONE * np.outer(np.arange(len(lines)), at)) @ values * 2.0 * TONE
        t, y, saturated = path.t[-1], path.y[:, -1], not saturated
    return lines


def in_order(lines):
    """Sidebands -2 to 2 of the tone, from harmonics of its period."""
    numbers = 1 + PARTS * np.arange(-SIDEBANDS, SIDEBANDS + 1)
    return np.where(numbers > 0, lines[np.abs(numbers)], np.conj(lines[np.abs(numbers)]))


def small(deck, node, tolerance):
    circuit = Circuit.from_text(f"t\n{deck.replace('TONE', 'dc 0 ac 1')}.end\n")
    cycle = circuit.pss(F0, tstab=10e-9, tolerance=tolerance)
    found = circuit.pac(TONE, sidebands=SIDEBANDS, cycle=cycle)
    return np.array([found.sideband(k)[node][0] for k in range(-SIDEBANDS, SIDEBANDS + 1)])


@pytest.mark.long
def test_a_stage_against_an_integration_of_its_equations():
    size = 1e-5
    exact = in_order((integrated(size) - integrated(-size)) / (2.0 * size))
    assert abs(exact).min() > 0.1
    for tolerance, most in ((1e-3, 1e-2), (1e-6, 1e-4), (1e-9, 1e-6)):
        assert small(GATE, "v(d)", tolerance) == pytest.approx(exact, abs=most)


def models(level):
    of_level = {
        1: "kp={} lambda=0.05",
        2: "kp={} lambda=0.05",
        3: "kp={}",
        6: "kc=4e-5 kv=0.9 nv=0.6 lambda0=0.02",
    }
    return "".join(
        f".model {name} {kind} level={level} vto={vto} {of_level[level].format(kp)} gamma=0.4 phi=0.7 cgso=0.3n "
        "cgdo=0.3n tox=4n\n"
        for name, kind, vto, kp in (("nm", "nmos", 0.5, "200u"), ("pm", "pmos", -0.5, "80u"))
    )


INVERTER = (
    "Vdd vdd 0 1.8\nVg g h sin(0.9 0.9 1g)\nVt h 0 TONE\nRg g g1 2k\nMn out g1 0 0 nm w=2u l=0.5u\n"
    "Mp out g1 vdd vdd pm w=5u l=0.5u\nC1 out 0 10f\n"
)
CLASS_E = (
    "Vdd vdd 0 1.8\nVg g h sin(0.9 0.9 1g)\nVt h 0 TONE\nLc vdd d 3n\nRg g gg 20\nM1 d gg 0 0 nm w=200u l=0.25u\n"
    "Cd d 0 2p\nLs d m 8n\nCs m out 4p\nRl out 0 20\n"
)


@pytest.mark.long
@pytest.mark.parametrize(
    ("deck", "level"), [(INVERTER, 1), (INVERTER, 2), (INVERTER, 3), (INVERTER, 6), (CLASS_E, 1)]
)
def test_every_level_against_orbits_with_a_small_tone(deck, level):
    deck, size, lines = deck + models(level), 1e-4, []
    for sign in (1.0, -1.0):
        tone = f"sin(0 {sign * size} {TONE} 0 0 90)"
        circuit = Circuit.from_text(f"t\n{deck.replace('TONE', tone)}.end\n")
        lines.append(circuit.pss(TONE, tstab=10e-9, tolerance=1e-8).spectrum["v(out)"])
    exact = in_order((lines[0] - lines[1]) / (2.0 * size))
    assert small(deck, "v(out)", 1e-7) == pytest.approx(exact, abs=3e-4 * abs(exact).max())


def test_the_derivative_of_such_a_current_is_that_of_its_capacitances():
    """∂D/∂x·dx/dt in G, against differences of D; charges of junctions stay apart."""
    deck = "t\nV1 a 0 1\nM1 b a 0 0 nm w=2u l=0.5u\nC1 b 0 10f\nD1 0 b dm\n.model dm d cjo=5f\n"
    simulation = Simulation(Circuit.from_text(f"{deck}{models(1)}.end\n").flat, Options(), transient=True)
    flow = Flow(simulation, FORMULAS["sdirk4"], False)
    n = simulation.system.n
    sampler = Sampler(simulation, np.ones(n))
    x, speed = np.linspace(1.5, 0.1, n), np.linspace(2e8, -5e8, n)

    def matrices(point, rate):
        return [M[0] for M in sampler.linearised(point[None], np.zeros(1), rate[None], flow.displacements)]

    bending = matrices(x, speed)[0] - matrices(x, 0.0 * speed)[0]
    by_differences = np.empty((n, n))
    for column, step in enumerate(1e-6 * np.eye(n)):
        more, less = (matrices(x + sign * step, speed)[2] @ speed for sign in (1.0, -1.0))
        by_differences[:, column] = (more - less) / 2e-6
    assert np.abs(bending).max() > 1e-7
    assert bending == pytest.approx(by_differences, abs=1e-8 * np.abs(bending).max())
    _, C, D = matrices(x, speed)
    b = list(simulation.system.unknowns.names).index("v(b)")
    assert C[b, b] == pytest.approx(10e-15 + 5e-15 / np.sqrt(1.0 + x[b]), rel=1e-9)
    assert D[b, b] > 0.5e-15
