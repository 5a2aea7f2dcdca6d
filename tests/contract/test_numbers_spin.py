"""Magnetic and superconducting models against numbers somebody else can check."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn.errors import ConvergenceError
from circuitnn.models.josephson import FLUX_QUANTUM
from circuitnn.models.mtj import FONG

COLD = {"vntol": 1e-9, "chgtol": 1e-22, "uic": True}  # where a millivolt is much


def tran(text, tstop, points=1000, **options):
    options = {"reltol": 1e-5, **options}
    return Circuit.from_text(f"numbers\n{text}\n.end\n").tran(tstop, tstep=tstop / points, **options)


def times(r, signal, level, rise=True):
    """Where a signal crosses a level; straight lines between points."""
    t, s = r.time, (r[signal] - level) * (1.0 if rise else -1.0)
    k = np.flatnonzero((s[:-1] < 0.0) & (s[1:] >= 0.0))
    return t[k] - s[k] * (t[k + 1] - t[k]) / (s[k + 1] - s[k])


def integral(r, signal, start=0.0):
    late = r.time >= start
    t, y = r.time[late], r[signal][late]
    return float(np.sum(0.5 * (y[1:] + y[:-1]) * np.diff(t)))


# Josephson junction


@pytest.mark.parametrize("bias", [1.2, 1.5, 2.0])
def test_overdamped_junction(bias):
    """<v> = icrit·R·√(i² - 1) without capacitance: the integral of Adler's equation."""
    deck = f"i1 0 1 {bias * 1e-4}\nr1 1 0 2\nn1 1 0 m\n.model m josephson rtype=0 cap=0"
    t = times(tran(deck, 100e-12, 2000, **COLD), "v(1)", 1.6e-4 * bias)
    late = t[t > 20e-12]
    assert len(late) > 4
    mean = FLUX_QUANTUM / np.mean(np.diff(late))
    assert mean / 2e-4 == pytest.approx(math.sqrt(bias**2 - 1.0), rel=2e-4)


@pytest.mark.parametrize(("reltol", "error"), [(1e-3, 2e-2), (1e-5, 5e-3)])
def test_phase_keeps_its_steps_however_far_it_has_run(reltol, error):
    """Without a bound on the step, late turns are as good as early ones: the phase is set back."""
    deck = "i1 0 1 200u\nr1 1 0 2\nn1 1 0 m\n.model m josephson rtype=0 cap=1f"
    r = tran(deck, 1e-9, 10, **{**COLD, "reltol": reltol})
    assert np.abs(r["@n1[phi]"]).max() < 4.0 * math.pi + 0.5
    late = times(r, "v(1)", 3e-4)[-50:]
    mean = FLUX_QUANTUM / np.mean(np.diff(late))
    assert mean / 2e-4 == pytest.approx(math.sqrt(3.0), rel=error)


def test_single_flux_quantum():
    """A pulse of the bias lets the phase slip once: ∫v dt is one flux quantum, 2.067834 mV·ps."""
    deck = "i1 0 1 pwl(0 0 5p 70u)\ni2 0 1 pulse(0 100u 20p 1p 1p 2p)\nr1 1 0 3\nn1 1 0 m\n.model m josephson"
    r = tran(deck, 60e-12, 3000, **COLD)
    assert r["@n1[phi]"][-1] == pytest.approx(2.0 * math.pi + math.asin(0.7), abs=1e-4)
    assert integral(r, "v(1)", 18e-12) == pytest.approx(2.067834e-15, rel=1e-4)


@pytest.mark.parametrize(
    ("icrit", "cap", "frequency"), [(1e-4, 0.07e-12, 331.59e9), (1e-3, 2.5e-12, 175.46e9)]
)
def test_plasma_frequency(icrit, cap, frequency):
    """√(icrit/(2·π·Phi0·cap)), and 1/16 of the amplitude squared less."""
    deck = f"n1 1 0 m phi0=0.05\nr1 1 0 1e9\n.model m josephson rtype=0 icrit={icrit} cap={cap}"
    r = tran(deck, 10.0 / frequency, 4000, **{**COLD, "reltol": 1e-6})
    measured = 1.0 / np.mean(np.diff(times(r, "@n1[phi]", 0.0)))
    assert frequency == pytest.approx(math.sqrt(icrit / (2.0 * math.pi * FLUX_QUANTUM * cap)), rel=1e-4)
    assert measured == pytest.approx(frequency * (1.0 - 0.05**2 / 16.0), rel=5e-4)


def test_retrapping():
    """beta_c = 25: back to zero voltage at 4/(π·√beta_c) = 0.2546 of icrit."""
    r0 = math.sqrt(25.0 * FLUX_QUANTUM / (2.0 * math.pi * 1e-4 * 0.07e-12))
    deck = f"i1 0 1 pwl(0 0 20p 120u 60p 30u 1.2n 24u)\nr1 1 0 {r0}\nn1 1 0 m\n.model m josephson rtype=0"
    r = tran(deck, 1.2e-9, 4000, **{**COLD, "reltol": 1e-4})
    running = r.time[r["v(1)"] > 2e-4][-1]
    assert 30e-12 < running < 1.1e-9
    current = np.interp(running, [60e-12, 1.2e-9], [30e-6, 24e-6])
    assert current / 1e-4 == pytest.approx(4.0 / (math.pi * 5.0), rel=1e-2)


@pytest.mark.parametrize("delv", [0.1e-3, 0.05e-3, 0.025e-3])
def test_quasiparticles(delv):
    """v/r0 and v/rn outside the gap's width, whatever that is; no current at 0 V, odd."""
    card = f".model m josephson icrit=0 cap=0 delv={delv}"
    r = tran(f"v1 1 0 pwl(0 -4m 10p 4m)\nn1 1 0 m\n{card}", 10e-12, 4000, **COLD)
    v, i = r["v(1)"], -r["i(v1)"]
    inside, outside = np.abs(v) < 2.8e-3 - delv, np.abs(v) > 2.8e-3 + delv
    # a corner turns the slope by e^-8 half the gap's width away from it
    assert i[inside] == pytest.approx(v[inside] / 160.0, abs=2e-3 * 2.8e-3 / 16.0)
    assert i[outside] == pytest.approx(v[outside] / 16.0, abs=2e-3 * 2.8e-3 / 16.0)
    ends = (2.8e-3 - 0.5 * delv) / 160.0, (2.8e-3 + 0.5 * delv) / 16.0
    assert np.interp(2.8e-3, v, i) == pytest.approx(sum(ends) / 2.0, rel=1e-3)
    assert np.interp(-v, v, i) == pytest.approx(-i, abs=5e-7)  # straight lines between points


def test_josephson_operating_point():
    op = Circuit.from_text("t\ni1 0 1 70u\nr1 1 0 3\nn1 1 0 m\n.model m josephson\n").op(reltol=1e-6)
    assert op["v(1)"] == pytest.approx(0.0, abs=1e-9)
    assert op["@n1[phi]"] == pytest.approx(math.asin(0.7), abs=1e-5)
    with pytest.raises(ConvergenceError):  # there is none
        Circuit.from_text("t\ni1 0 1 150u\nr1 1 0 3\nn1 1 0 m\n.model m josephson\n").op()


# Magnetic tunnel junction

SPIN = ("@n1[mx]", "@n1[my]", "@n1[mz]")


def llg(
    current, start, times, layer=None, field=(0.0, 0.0, 0.0), easy=0.0, demag=(0.0, 0.0, 1.0), p=(0, 0, 1)
):
    """Direction of the free layer, from Gilbert's own implicit form of the equation."""
    layer = {**FONG, **(layer or {})}
    ms, alpha, gamma, mu0 = layer["ms"], layer["alpha"], 1.76e11, 4e-7 * math.pi
    p, volume = np.array(p, dtype=float), layer["area"] * layer["tfree"]
    lam = 4.0  # of both layers, squared

    def rate(_, m):
        b = np.array(field) - mu0 * ms * np.array(demag) * m + np.array([0.0, 0.0, 2.0 * easy / ms * m[2]])
        c = float(m @ p)
        up, down = lam * (layer["pl"] + layer["pr"]), lam * (layer["pl"] - layer["pr"])
        eps = 0.5 * (up / (lam + 1 + (lam - 1) * c) + down / (lam + 1 - (lam - 1) * c))
        bs = 1.0545718e-34 / 1.6021766208e-19 * current / (volume * ms) * eps * p
        free = -gamma * (np.cross(m, b) + np.cross(m, np.cross(m, bs)))
        turn = np.array([[0, -m[2], m[1]], [m[2], 0, -m[0]], [-m[1], m[0], 0]])
        return np.linalg.solve(np.eye(3) - alpha * turn, free)

    made = solve_ivp(rate, (0.0, times[-1]), start, t_eval=times, rtol=1e-9, atol=1e-12, method="DOP853")
    return made.y


def test_fong_anisotropy():
    volume = FONG["area"] * FONG["tfree"]
    barrier = 56.0 * 1.380649e-23 * 300.0 / volume + 2e-7 * math.pi * FONG["ms"] ** 2
    assert FONG["ku"] == pytest.approx(barrier, rel=1e-5)


@pytest.mark.parametrize(("sign", "theta0", "crossing"), [(-1, 0.1, 2.067e-9), (1, 179.9, 1.247e-9)])
def test_mtj_switches_when_the_published_traces_do(sign, theta0, crossing):
    deck = f"i1 0 1 {sign * 1e-4}\nn1 1 0 m theta0={math.radians(theta0)!r}\n.model m mtj set=fong"
    r = tran(deck, 4e-9, 4000, reltol=1e-6)
    (t,) = times(r, "@n1[mz]", 0.0, rise=sign > 0)
    assert t == pytest.approx(crossing, abs=1e-12)
    assert np.abs(sum(r[s] ** 2 for s in SPIN) - 1.0).max() < 2e-4
    # the resistance follows: 3 kOhm parallel, rp·(1 + tmr) antiparallel
    v = r["v(1)"][-1 if sign > 0 else 0]
    assert abs(v) == pytest.approx(0.3, rel=1e-5)
    anti = abs(r["v(1)"][0 if sign > 0 else -1])
    assert anti == pytest.approx(3e3 * (1.0 + 1.0 / (1.0 + (anti / 0.5) ** 2)) * 1e-4, rel=1e-4)


def test_mtj_small_angle_frequency():
    deck = "i1 0 1 0\nn1 1 0 m theta0=0.02\n.model m mtj alpha=1m"
    f = 1.0 / np.diff(times(tran(deck, 3e-9, 6000), "@n1[mx]", 0.0)).mean()
    field = 2.0 * FONG["ku"] / FONG["ms"] - 4e-7 * math.pi * FONG["ms"]
    assert f == pytest.approx(1.76e11 * field / (2.0 * math.pi), rel=5e-4)
    assert 6.74e9 < f < 6.77e9


@pytest.mark.parametrize("reltol", [1e-4, 1e-6])
def test_restoring_the_length_leaves_the_motion_alone(reltol):
    """In plane, with field and torque along different axes, against Gilbert's form of the equation."""
    card = "ku=0 nx=0.03 ny=0.07 nz=0.9 bx=20m by=-10m theta_p=1.5707963268 tmr0=0 rp=1k"
    start = np.array([math.sin(1.2) * math.cos(0.8), math.sin(1.2) * math.sin(0.8), math.cos(1.2)])
    deck = f"v1 1 0 0.3\nn1 1 0 m theta0=1.2 phi0=0.8\n.model m mtj {card}"
    r = tran(deck, 2e-9, 4000, reltol=reltol)
    grid = np.linspace(0.0, 2e-9, 400)
    exact = llg(3e-4, start, grid, field=(20e-3, -10e-3, 0.0), demag=(0.03, 0.07, 0.9), p=(1, 0, 0))
    for signal, reference in zip(SPIN, exact, strict=True):
        assert np.ptp(reference) > 0.3
        assert np.interp(grid, r.time, r[signal]) == pytest.approx(reference, abs=20.0 * reltol**0.5 * 1e-1)


def test_mtj_is_a_memory():
    """Operating points and sweeps hold the direction; exactly on the axis nothing ever turns."""
    c = Circuit.from_text("t\nv1 1 0 0\nn1 1 0 m theta0=3.14\n.model m mtj\n")
    r = c.dc("v1", -0.5, 0.5, 0.1)
    ratio = 1.0 / (1.0 + (r["v(1)"] / 0.5) ** 2)
    assert -r["i(v1)"] == pytest.approx(r["v(1)"] / (3e3 * (1.0 + ratio)), rel=1e-4, abs=1e-15)
    assert np.all(r["@n1[mz]"] == math.cos(3.14))
    still = tran("i1 0 1 -500u\nn1 1 0 m theta0=0\n.model m mtj", 5e-9)
    assert np.all(still["@n1[mx]"] == 0.0) and still["@n1[mz]"] == pytest.approx(1.0, abs=1e-12)
