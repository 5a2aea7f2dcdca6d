"""Slow ramps through an onset of oscillation: steps follow what grows, and a note says since when."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.transient.instability import Linear

FITZHUGH = """FitzHugh-Nagumo neuron under a slowly rising current
i1 0 v pwl(0 0 10m 1)
b1 v 0 i=-(v(v)-v(v)*v(v)*v(v)/3-v(w))
c1 v 0 1u
b2 0 w i=0.08*(v(v)+0.7-0.8*v(w))
c2 w 0 1u
"""
TANK = """tank whose loss becomes a gain
v1 c 0 pwl(0 -1 1m 1)
l1 a 0 1u
c1 a 0 1n
r1 a 0 10k
b1 a 0 i=-v(a)*1e-3*v(c)+1e-3*v(a)*v(a)*v(a)
i1 0 a pulse(0 1u 10u 1n 1n 1u)
"""
NEURISTOR = """neuristor, source ramped through where it begins to spike
v0 in 0 pwl(0 9 1m 13)
r1 in a 12k
c1 a 0 145.346p
n1 a 0 vo2
.model vo2 vo2_thermal
"""


def spikes(v, level):
    return int(np.count_nonzero((v[:-1] < level) & (v[1:] >= level)))


def notes(r):
    return [n for n in r.statistics.notes if "while it rests" in n]


def fitzhugh_by_scipy():
    def rate(t, x):
        v, w = x
        return [(v - v**3 / 3 - w + 100.0 * t) / 1e-6, 0.08 * (v + 0.7 - 0.8 * w) / 1e-6]

    v = np.roots([-1 / 3, 0.0, 1.0 - 1.25, -0.875])
    v = float(v[np.abs(v.imag) < 1e-9].real[0])
    return solve_ivp(
        rate, (0.0, 10e-3), [v, 1.25 * v + 0.875], "DOP853", max_step=2e-6, rtol=1e-9, atol=1e-12
    ).y[0]


@pytest.mark.long
@pytest.mark.parametrize("tmax", ["200u", "20u", "2u"])
def test_a_neuron_under_a_slow_ramp_spikes_at_any_longest_step(tmax):
    """At T/50 it gave 46 spikes, from 8.3 ms on; right are 156, from 4.2 ms on.

    The rest loses its stability at 3.3 ms, and how long the neuron stays near it depends on the smallest deviations:
    the first spike may come earlier than the exact one, not before the rest is unstable. From there on all follow.
    """
    exact = fitzhugh_by_scipy()
    assert spikes(exact, 0.3) == pytest.approx(156, abs=2)
    r = Circuit.from_text(FITZHUGH).tran("10m", tmax=tmax)
    times = r.time[1:][(r["v(v)"][:-1] < 0.3) & (r["v(v)"][1:] >= 0.3)]
    v = -np.sqrt(1.0 - 0.8 * 0.08)  # where the trace of the Jacobian is 0
    unstable = ((v + 0.7) / 0.8 - v + v**3 / 3.0) / 100.0
    assert unstable < times[0] < 4.25e-3
    assert np.max(np.diff(times)) < 1.3 * np.min(np.diff(times))  # none is left out
    assert len(times) - 1 == pytest.approx((10e-3 - times[0]) / 3.72e-5, rel=0.02)


def test_an_oscillation_at_default_steps_is_seen_and_its_onset_noted():
    r = Circuit.from_text(TANK).tran("1m")
    (note,) = notes(r)
    assert "with a period of 1.99e-07 s" in note  # 2 pi sqrt(LC)
    assert np.max(np.abs(r["v(a)"])) > 0.5
    # The equations grow from v(c) = 0.1 on, at 550 us.
    assert 550e-6 < float(note.split("t = ")[1].split(" s")[0]) < 900e-6


def test_a_model_with_states_says_where_it_became_unstable():
    (note,) = notes(Circuit.from_text(NEURISTOR).tran("1m"))
    at = float(note.split("t = ")[1].split(" s")[0])
    assert 2.2e-4 < at < 3e-4  # the real part of its poles is -0.65e6 at 200 us and 0.47e6 at 300 us


def test_an_unstable_state_that_nothing_disturbs_does_not_hold_the_steps_for_ever():
    deck = """two inverters, exactly between their states
b1 0 a i=tanh(-5*v(b))-v(a)
b2 0 b i=tanh(-5*v(a))-v(b)
ca a 0 1n
cb b 0 1n
"""
    r = Circuit.from_text(deck).tran("1m")
    assert len(r.time) < 20_000
    assert any("unstable" in note for note in r.statistics.notes)


def test_a_stable_circuit_is_looked_at_without_a_trace(monkeypatch):
    text = TANK.replace("pwl(0 -1 1m 1)", "-1")
    r = Circuit.from_text(text).tran("1m")
    monkeypatch.setattr("circuitnn.transient.instability.InstabilityMonitor._pays", lambda self: False)
    plain = Circuit.from_text(text).tran("1m")
    assert not notes(r)
    np.testing.assert_array_equal(r.data, plain.data)


def test_dense_derivatives_are_those_of_the_equations():
    text = """all kinds
v1 in 0 1
r1 in a 1k
d1 a 0 dd
q1 a b 0 qq
r2 in b 100k
l1 b c 1u
c1 c 0 1p
n1 c 0 vo2
.model vo2 vo2_thermal
.model dd d is=1e-14 rs=10 cjo=1p
.model qq npn is=1e-15 rb=100 cje=1p cjc=1p
"""
    circuit = Circuit.from_text(text)
    system = circuit.system()
    x = np.random.default_rng(1).uniform(0.1, 0.7, len(system))
    x[system.index("@n1[t]")] = 330.0
    point = system.at(x, 0.0)
    linear = Linear(Simulation(circuit.flat, Options(), transient=True), (1e-9, 1e-6))
    f, G, C = linear.at(np.append(x, 0.0), 0.0)
    for found, wanted in ((f, point.f), (G, point.G.toarray()), (C, point.C.toarray())):
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-30)


def test_time_constants_beyond_all_numbers_are_no_growth():
    """A switch of 1e308 s: G + s C overflows, and nothing is said to grow, nor warned of."""
    circuit = Circuit.from_text("""a switch that never ends
    .model m vo2_switch(tau=1e308)
    v1 a 0 sffm(0.07 0.07 80k 0 1.3k)
    n1 a 0 m
    .end
    """)
    result = circuit.tran(1e-5)
    assert not any("while it rests" in note for note in result.statistics.notes)


def test_infinite_modes_do_not_grow():
    """Rounding made one of 1e-18 s of algebraic nodes beside an inductor; the run followed it as a growth."""
    text = """passive, with a switch
v1 in 0 sin(0 3.01 2.577e+05)
r2 n1 in 1.002e+04
r3 n2 0 4.999e+05
r4 n3 n2 2.711e+05
r5 n4 n2 6.948
r6 n5 n2 2.705e+04
r7 n6 n4 7263
l8 n3 n2 2.306e-08
c9 n5 n6 1.253e-12
l10 in n2 0.0004353
c11 n3 n1 4.556e-11
s12 n3 0 n2 0 sm
c13 n5 n1 3e-07
.model sm sw(vt=50 vh=.1 ron=1 roff=1meg)
.options reltol=2e-6 chgtol=1e-17
"""
    r = Circuit.from_text(text).tran(4.858e-6)
    assert not any("unstable" in note for note in r.statistics.notes)


PUSH_PULL = """push-pull converter
vin in 0 24
s1 in_a 0 g1 0 key
s2 in_b 0 g2 0 key
vg1 g1 0 pulse(0 5 0 50n 50n 4.5u 10u)
vg2 g2 0 pulse(0 5 5u 50n 50n 4.5u 10u)
.model key sw(vt=2.5 vh=0.5 ron=10m roff=1meg)
lp1 in in_a 100u
lp2 in_b in 100u
ls1 s1 0 25u
ls2 0 s2 25u
k1 lp1 lp2 ls1 ls2 0.999
d1 s1 r dm
d2 s2 r dm
.model dm d(is=1n n=1.2 rs=10m cjo=100p tt=10n)
lf r out 50u
cf out 0 47u
rl out 0 5
.end"""


def test_infinite_modes_of_coupled_inductors_are_no_growth():
    """Rounding made a growing mode of 1.5e15/s of an infinite one, and steps of 1e-16 s ended at 3e10 V and 243 A.

    The currents are bounded by what the load and the magnetisation ask for; the output is ngspice's within the ripple.
    """
    result = Circuit.from_text(PUSH_PULL).tran("50u", "100n")
    assert not [note for note in result.statistics.notes if "unstable" in note or "short enough" in note]
    assert np.abs(result["v(s1)"]).max() < 5e3
    assert np.abs(result["i(ls1)"]).max() < 15.0
    assert np.interp(49.9e-6, result["time"], result["v(out)"]) == pytest.approx(5.223, rel=2e-3)
