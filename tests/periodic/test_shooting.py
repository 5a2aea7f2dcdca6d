"""Periodic orbits by shooting: against closed forms, SciPy's integrators, and published periods."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit, load
from circuitnn.errors import AnalysisError, DeckWarning, NetlistError

DECKS = Path(__file__).resolve().parents[2] / "netlists"
NEURISTOR = (DECKS / "neuron/vo2_thermal_neuristor.cir").read_text()


def van_der_pol(mu: float) -> Circuit:
    return Circuit.from_text(
        f"van der Pol\nC1 x 0 1\nL1 x 0 1\nB1 x 0 I={mu!r}*(V(x)*V(x)*V(x)/3-V(x))\n.ic v(x)=2\n.end\n"
    )


def reference(mu: float) -> tuple[float, float]:
    """Period and second multiplier of x'' = mu(1 - x²)x' - x, by SciPy."""

    def right(_, y):
        x, w, *_ = y
        return [mu * (x - x**3 / 3.0) - w, x, mu * (1.0 - x * x)]  # the last: divergence

    def rises(_, y):
        return y[0]

    rises.direction = 1.0
    found = solve_ivp(
        right, (0, 60 / min(mu, 1.0)), [2, 0, 0], "DOP853", rtol=1e-13, atol=1e-13, events=rises
    )
    a, b = found.t_events[0][-2:]
    trace = found.y_events[0][-1][2] - found.y_events[0][-2][2]
    return b - a, float(np.exp(trace))


@pytest.mark.parametrize("mu", [0.3, 1.0, 4.0])
def test_van_der_pol_has_the_period_and_the_multipliers_of_an_integration_by_others(mu):
    period, multiplier = reference(mu)
    found = van_der_pol(mu).pss(tstab=80, uic=True, tolerance=1e-10)
    assert found.period() == pytest.approx(period, rel=1e-9)
    assert found.multipliers[0] == pytest.approx(1.0, abs=1e-8)
    assert found.multipliers[1].real == pytest.approx(multiplier, rel=1e-5, abs=1e-10)
    assert found.stable and found.words.startswith("stable")
    assert abs(found.period() / period - 1.0) < 10.0 * found.period_error + 1e-12


@pytest.mark.parametrize(("formula", "order"), [("sdirk2", 2.0), ("sdirk4", 4.0)])
def test_errors_fall_with_the_order_of_the_formula(formula, order):
    found = van_der_pol(1.0).pss(tstab=60, uic=True, formula=formula, tolerance=1e-6)
    assert found.order == pytest.approx(order, abs=0.1)
    steps, periods = found.orbit.refined.steps, found.orbit.refined.periods
    errors = np.abs(np.array(periods) - 6.663286859323)
    slope = np.log(errors[0] / errors[-1]) / np.log(steps[-1] / steps[0])
    assert slope == pytest.approx(order, abs=0.15)


KNOWN = [  # period, or frequency; deck, changes of it, transient before
    (1.0 / 80.493917e6, "oscillator/nbo2_pearson_anson.cir", (), 0.3e-6),
    (197.66455e-9, "oscillator/pickett.cir", (), 2e-6),
    (1.0 / 634.6338e3, "oscillator/vo2_pair_locking.cir", (), 200e-6),
    (1.0 / 371.4553e3, "neuron/vo2_thermal_neuristor.cir", ("V0 in 0 12", "V0 in 0 13"), 30e-6),
]


@pytest.mark.parametrize(("period", "deck", "change", "tstab"), KNOWN)
def test_mott_oscillators_have_their_periods_to_a_millionth(period, deck, change, tstab):
    circuit = load(DECKS / deck)
    if change:
        circuit = Circuit.from_text((DECKS / deck).read_text().replace(*change))
    found = circuit.pss(tstab=tstab, uic=True)
    assert found.period() == pytest.approx(period, rel=1e-6)
    assert found.error <= 1e-6
    # a single halving that changes next to nothing shows no order: a tight tolerance takes more
    assert circuit.pss(tstab=tstab, uic=True, tolerance=1e-8).order > 1.9
    assert min(abs(found.multipliers - 1.0)) < 2e-5  # as good as the orbit


def test_poole_frenkel_at_300_kelvin():
    circuit = Circuit.from_text(
        "PF\nVdd vdd 0 2\nRl vdd a 6k\nC1 a 0 1p ic=0\nN1 a 0 nbo2\n.model nbo2 poole_frenkel\n"
        ".options temp=26.85\n.end\n"
    )
    assert circuit.pss(tstab=0.3e-6, uic=True).frequency == pytest.approx(80.493917e6, rel=1e-6)


def test_a_hysteretic_oscillator_is_exact_through_its_events():
    vdd, r, c, rins, rmet, high, low = 14.0, 47e3, 300e-12, 100.2e3, 0.99e3, 1.99, 1.0

    def phase(device, start, end):
        level = vdd * r / (r + device)
        return c * r * device / (r + device) * np.log((level - start) / (level - end))

    period = phase(rmet, vdd - high, vdd - low) + phase(rins, vdd - low, vdd - high)
    found = load(DECKS / "oscillator/vo2_switch.cir").pss(tstab=20e-6, uic=True)
    assert found.period() == pytest.approx(period, rel=1e-9)
    assert found.multipliers[0] == pytest.approx(1.0, abs=1e-8)


def test_two_locked_switches_have_the_multiplier_of_their_map():
    """Phase difference after a period by that before, from the two linear circuits between events."""
    found = load(DECKS / "oscillator/vo2_pair_locking.cir").pss(tstab=200e-6, uic=True)
    a, b = (found.array(f"v({node})") for node in "ab")
    orbit = found.orbit.orbit
    flow = found.orbit.flow
    step = 1e-6
    moved = []
    for sign in (1.0, -1.0):
        x = orbit.x.copy()
        x[orbit.states[1]] += sign * step
        flow.memory = orbit.memory
        # an integration with error control that locates the events anew
        rows, _, _ = flow.explore(x, orbit.t, orbit.t + orbit.period, 1e-7, 1e-10, orbit.period / 200.0)
        moved.append(rows[-1, 1:][orbit.states])
    column = (moved[0] - moved[1]) / (2.0 * step)
    assert orbit.monodromy[:, 1] == pytest.approx(column, rel=1e-4, abs=1e-4)
    assert np.ptp(a) > 0.5 and np.ptp(b) > 0.5


def test_numbers_that_devices_remember_belong_to_the_orbit():
    """The thermal neuristor keeps where its temperature turned: left out, the multiplier 1 is off by 5e-5."""
    found = Circuit.from_text(NEURISTOR).pss(tstab=30e-6, uic=True, tolerance=1e-9)
    assert len(found.orbit.orbit.places) == 2
    assert min(abs(found.multipliers - 1.0)) < 1e-8
    assert found.frequency == pytest.approx(328.667e3, rel=2e-6)


DRIVEN = """driven
v1 a 0 sin(0 1 100k)
r1 a b 50
l1 b c 1m
c1 c 0 10n
.end
"""


def test_a_driven_linear_circuit_agrees_with_ac():
    circuit = Circuit.from_text(DRIVEN.replace("sin(", "dc 0 ac 1 sin("))
    found = circuit.pss(1e5, uic=False)
    phasor = circuit.ac(1e5, 1e5, points=1, variation="lin").array("v(c)")[0]
    assert found.spectrum.array("v(c)")[1] == pytest.approx(-1j * phasor, rel=1e-6)
    poles = np.roots([1e-3 * 10e-9, 50.0 * 10e-9, 1.0])
    assert sorted(found.multipliers, key=np.angle) == pytest.approx(
        sorted(np.exp(poles * 1e-5), key=np.angle), rel=1e-6
    )


def test_a_driven_switch_with_pulses_agrees_with_its_closed_form():
    """RC charged through a switch that closes where a ramp passes its threshold."""
    deck = """ramp
v1 c 0 pulse(0 1 0 6u 4u 1n 10.001u)
v2 in 0 1
s1 in out c 0 sw
r1 out 0 10k
c1 out 0 1n
.model sw sw(vt=0.5 vh=0.2 ron=1k roff=1g)
.end
"""
    period = 10.001e-6
    on, off = 0.7 * 6e-6, 6e-6 + 1e-9 + 0.7 * 4e-6
    found = Circuit.from_text(deck).pss(1.0 / period, 20 * period, tolerance=1e-7)
    fast, slow = 1e-9 / (1 / 1e3 + 1 / 1e4), 1e-9 / (1 / 1e9 + 1 / 1e4)
    high, low = 1e4 / 1.1e4, 1e4 / (1e9 + 1e4)
    up, down = np.exp(-(off - on) / fast), np.exp(-(period - off + on) / slow)
    top = (high * (1 - up) + up * low * (1 - down)) / (1 - up * down)
    assert found.array("v(out)").max() == pytest.approx(top, rel=1e-6)
    assert found.multipliers[0] == pytest.approx(up * down, rel=1e-5)


def test_an_unstable_orbit_is_found_and_named():
    """A van der Pol oscillator in reversed time, started on its repelling cycle."""
    mu = 0.05
    deck = f"back\nC1 x 0 1\nL1 x 0 1\nB1 x 0 I={mu}*(V(x)-V(x)*V(x)*V(x)/3)\n.ic v(x)=2.0003\n.end\n"
    with pytest.warns(DeckWarning, match="unstable"):
        found = Circuit.from_text(deck).pss(tstab=40.0, uic=True, reltol=1e-7)
    period, multiplier = reference(mu)
    assert found.period() == pytest.approx(period, rel=1e-6)
    assert not found.stable and "unstable" in found.words
    assert found.multipliers[0].real == pytest.approx(1.0 / multiplier, rel=1e-5)


def test_a_card_a_written_deck_and_points():
    deck = van_der_pol(1.0).text.replace(".end", ".pss 0.15 60 x 256 5 uic\n.print pss v(x)\n.end")
    time, spectrum = Circuit.from_text(deck).run()
    assert (time.analysis, spectrum.analysis) == ("pss", "pss_spectrum")
    assert len(time) == 257 and len(spectrum) == 6
    x = time.array("v(x)")
    assert x[0] == pytest.approx(0.0, abs=1e-4) and x[1] > x[0]
    phasors = np.fft.rfft(x[:-1])[:6] / 128.0
    assert spectrum.array("v(x)")[1:] == pytest.approx(phasors[1:], abs=1e-6)
    assert "* .pss 0.15 60.0 x 256 5 uic" in Circuit.from_text(deck).export()


@pytest.mark.parametrize(
    ("deck", "options", "words"),
    [
        ("rc\nv1 a 0 1\nr1 a b 1k\nc1 b 0 1n\n.end\n", {"tstab": 1e-5}, "nothing oscillates"),
        (DRIVEN, {"tstab": 1e-4}, "common frequency must be given"),
        (DRIVEN, {"frequency": 1.1e5}, "one period of 110000 Hz later"),
        (DRIVEN, {}, "give a frequency"),
        (DRIVEN, {"frequency": 1e5, "formula": "trap"}, "one of sdirk2, sdirk4"),
        (van_der_pol(1.0).text, {"tstab": 5.0, "uic": True}, "a longer tstab shows more"),
        (van_der_pol(1.0).text, {"tstab": 60.0, "uic": True, "node": "y"}, "there is no node y"),
    ],
)
def test_what_has_no_orbit_is_said(deck, options, words):
    with pytest.raises(AnalysisError, match=words):
        Circuit.from_text(deck).pss(**options)


def test_random_numbers_and_lines_are_refused():
    with pytest.raises(AnalysisError, match="draws random numbers"):
        load(DECKS / "oscillator/nbo2_kumar.cir").pss(tstab=0.2e-6, uic=True)
    with pytest.raises(AnalysisError, match="the waves on a transmission line"):
        Circuit.from_text(DRIVEN.replace("r1 a b 50", "t1 a 0 b 0 z0=50 td=1n")).pss(1e5)


def test_a_bad_card_is_an_error():
    with pytest.raises(NetlistError, match="gfreq"):
        Circuit.from_text(DRIVEN.replace(".end", ".pss 0 1m\n.end")).run()


MEYER = """an inverter with Meyer's capacitances, driven through a resistor by edges
Vdd vdd 0 1.8
Vg g 0 pulse(0 1.8 0 0.1n 0.1n 0.9n 2n)
Rg g a 5k
Mn b a 0 0 nm w=2u l=0.5u
Mp b a vdd vdd pm w=5u l=0.5u
C b 0 20f
.model nm nmos level=1 vto=0.5 kp=200u lambda=0.05 gamma=0.4 phi=0.7 tox=4n
.model pm pmos level=1 vto=-0.5 kp=80u lambda=0.05 gamma=0.4 phi=0.7 tox=4n
.end
"""


@pytest.mark.parametrize("formula", ["sdirk2", "sdirk4"])
def test_charges_along_a_path_go_on_at_corners(formula):
    """Each corner begins a path anew; a long transient, which has one path only, ends at the same waveforms."""
    circuit, period = Circuit.from_text(MEYER), 2e-9
    found = circuit.pss(1.0 / period, 10 * period, tolerance=1e-4, formula=formula)
    long = circuit.tran(22 * period, period / 500, tmax=period / 1000, reltol=1e-5)
    at = np.asarray(found.time) + 20 * period
    for node in ("v(a)", "v(b)"):
        assert found.array(node) == pytest.approx(
            np.interp(at, np.asarray(long.time), long.array(node)), abs=5e-3
        )
