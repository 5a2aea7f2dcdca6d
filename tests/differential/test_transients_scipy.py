"""Transients at default options beside SciPy: equations typed from the publications, no line of the package's.

Each circuit is given as a user would: no ``.options``, no largest step. SciPy integrates the same differential
equations with relative tolerances of 1e-10 or so.
"""

import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from circuitnn import Circuit

K, Q = 1.38064852e-23, 1.6021766208e-19
FLUX = 6.626070040e-34 / (2 * Q)


def run(deck, tstop, **options):
    return Circuit.from_text(f"t\n{deck}\n.end\n").tran(tstop, uic=True, **options)


def rises(t, v, level):
    """Times at which `v` rises through `level`, by straight lines."""
    k = np.flatnonzero((v[:-1] < level) & (v[1:] >= level))
    return t[k] + (level - v[k]) / (v[k + 1] - v[k]) * (t[k + 1] - t[k])


def period(t, v, late):
    w = v[t > late]
    return np.mean(np.diff(rises(t[t > late], w, 0.5 * (w.min() + w.max()))))


def mean_period(function, start, tstop, late, index, rtol=1e-10, atol=None):
    """Period of an autonomous system, by crossings that SciPy locates."""
    coarse = solve_ivp(function, (0, tstop), start, method="LSODA", rtol=1e-8, atol=atol)
    w = coarse.y[index][coarse.t > late]
    level = 0.5 * (w.min() + w.max())

    def crossing(_t, y):
        return y[index] - level

    crossing.direction = 1.0
    fine = solve_ivp(function, (0, tstop), start, method="LSODA", rtol=rtol, atol=atol, events=crossing)
    return np.mean(np.diff(fine.t_events[0][fine.t_events[0] > late]))


def poole_frenkel(v, t):
    kt = K * t / Q
    p = math.sqrt(Q / (math.pi * 8.8541878128e-12 * 45.0)) * math.sqrt(abs(v) / 20e-9 + 1e-3) / kt
    bracket = 0.5 + (0.5 + p / 3 + p * p / 8 if p < 0.02 else (1 + (p - 1) * math.exp(p)) / p**2)
    return math.pi * 30e-9**2 * 5e4 / 20e-9 * math.exp(-0.215 / kt) * bracket * v


def test_poole_frenkel_oscillator():
    """2 V over 6 kohm, 1 pF, at 300 K: 80.493917 MHz by shooting, from some forty periods on."""

    def slopes(_t, y):
        i = poole_frenkel(*y)
        return [((2 - y[0]) / 6e3 - i) / 1e-12, (y[0] * i - (y[1] - 300) / 1.4e6) / 1e-15]

    exact = mean_period(slopes, [0.0, 300.0], 1e-6, 0.6e-6, 0, atol=[1e-9, 1e-6])
    assert 1 / exact == pytest.approx(80.493917e6, rel=1e-5)
    deck = "v1 1 0 2\nr1 1 a 6k\nc1 a 0 1p ic=0\nn1 a 0 m\n.model m poole_frenkel\n.options temp=26.85"
    r = run(deck, 80 * exact)
    assert period(r.time, r["v(a)"], 0.6e-6) == pytest.approx(exact, rel=1e-3)
    level = 0.5 * (r["v(a)"][r.time > 0.1e-6].min() + r["v(a)"].max())
    assert len(rises(r.time, r["v(a)"], level)) == 80, "a spike is missing"


def test_pickett_oscillator():
    """R.4 of arXiv:1307.2717, equations 23 to 27: 197.66455 ns by shooting."""
    radius, length, cp, dh, dt, kappa = 30e-9, 20e-9, 2.6e6, 1.6e8, 784.0, 1.5

    def slopes(_t, y):
        v, ln_u = y[0], max(y[1], -40.0)
        u = math.exp(ln_u)
        rm = 7e-3 * length / (math.pi * radius**2) / (1 + (7e-3 / 1e-4 - 1) * u * u)
        i = v / (2.7e3 + rm + 50)
        loss = 2 * math.pi * length * kappa / -ln_u * dt
        dh_du = (
            math.pi
            * length
            * radius**2
            * (cp * dt * ((1 - u * u) / (2 * u * ln_u**2) + u / ln_u) + 2 * dh * u)
        )
        back = 1e11 * (ln_u - y[1])  # without current the core shrinks without end; the model stops at e^-40
        return [((1.8 - v) / 4.2e3 - i) / 23e-12, (rm * i * i - loss) / dh_du / u + back]

    exact = mean_period(slopes, [0.0, -14.0], 3e-6, 0.6e-6, 0, atol=[1e-10, 1e-10])
    assert exact == pytest.approx(197.66455e-9, rel=1e-5)
    deck = (
        "v1 1 0 1.8\nr1 1 2 4.2k\nc1 2 0 23p ic=0\nr2 2 3 2.7k\nn1 3 4 m\nr3 4 0 50\n.model m pickett(set=r4)"
    )
    r = run(deck, 80 * exact)
    assert period(r.time, r["v(2)"], 0.6e-6) == pytest.approx(exact, rel=1e-3)
    level = 0.5 * (r["v(2)"][r.time > 0.6e-6].min() + r["v(2)"].max())
    assert len(rises(r.time, r["v(2)"], level)) == 80, "a spike is missing"


def test_vo2_oscillator():
    """13 V over 12 kohm, 145.346 pF: 371.4553 kHz by shooting, through its turns."""
    r = run("v0 in 0 13\nr1 in a 12k\nc1 a 0 145.346p ic=0\nn1 a 0 m\n.model m vo2_thermal", 215e-6)
    assert 1 / period(r.time, r["v(a)"], 20e-6) == pytest.approx(371.4553e3, rel=1e-3)


def test_josephson_neuron():
    """Two junctions in a loop: the interval between spikes."""
    i_c, cap, r, inductance = 1e-4, 0.07e-12, 4.571, 16.455e-12

    def slopes(t, y):
        phi_p, phi_c, v_p, v_c, i_p, i_q = y
        extra = np.interp(t, [60e-12, 61e-12], [0, 25e-6])
        # x is a node of two inductors and a source: its voltage keeps the sum of their currents at the sources'
        ramp = 190e-6 / 20e-12 if t < 20e-12 else 25e-6 / 1e-12 if 60e-12 <= t < 61e-12 else 0.0
        v_x = 0.5 * (inductance * ramp + v_p + v_c)
        return [
            2 * math.pi / FLUX * v_p,
            2 * math.pi / FLUX * v_c,
            (i_p - v_p / r - i_c * math.sin(phi_p)) / cap,
            (i_q - extra - v_c / r - i_c * math.sin(phi_c)) / cap,
            (v_x - v_p) / inductance,
            (v_x - v_c) / inductance,
        ]

    state, times, voltages = [0.0] * 6, [], []
    for a, b in ((0, 20e-12), (20e-12, 60e-12), (60e-12, 61e-12), (61e-12, 400e-12)):
        part = solve_ivp(slopes, (a, b * (1 - 1e-12)), state, method="DOP853", rtol=1e-10, atol=1e-13,
                         max_step=0.05e-12)  # fmt: skip
        state = part.y[:, -1]
        times.append(part.t)
        voltages.append(part.y[2])
    exact = rises(np.concatenate(times), np.concatenate(voltages), 0.2e-3)
    deck = """n1 p 0 jj\nrp p 0 4.571\nn2 c 0 jj\nrc c 0 4.571\nl1 x p 16.455p\nl2 c x 16.455p
ib 0 x pwl(0 0 20p 190u)\niin c x pwl(0 0 60p 0 61p 25u)\n.model jj josephson(set=mitll rtype=0)"""
    r = run(deck, 400e-12)
    ours = rises(r.time, r["v(p)"], 0.2e-3)
    assert len(ours) == len(exact) > 10
    assert np.mean(np.diff(ours[3:])) == pytest.approx(np.mean(np.diff(exact[3:])), rel=1e-2)


def test_vteam_under_a_sine():
    """x is the integral of v/voff - 1 beyond the threshold, until it stops; 5e-4 m/s over 3 nm, 20 mV."""
    r = run("v1 in 0 sin(0 1 1meg)\nn1 in 0 m x0=0\n.model m vteam(set=memtorch)", 0.25e-6)
    at = 0.13e-6
    exact = quad(lambda t: max(math.sin(2e6 * math.pi * t) / 0.02 - 1, 0) * 5e-4 / 3e-9, 0, at, limit=200)[0]
    assert 0.2 < exact < 0.8
    assert np.interp(at, r.time, r["@n1[x]"]) == pytest.approx(exact, rel=1e-2)
