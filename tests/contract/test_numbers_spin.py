"""Magnetic and superconducting models against numbers somebody else can check."""

import math

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid, quad, solve_ivp
from scipy.linalg import expm, solve_discrete_lyapunov
from scipy.stats import chi2, kstest

from circuitnn import Circuit
from circuitnn.errors import ConvergenceError
from circuitnn.models.magnets.mtj import FONG
from circuitnn.models.superconductors.josephson import FLUX_QUANTUM

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
    """beta_c = 25: back to zero voltage at 4/(π·√beta_c) = 0.2546 of icrit, or nearly, and a little after that.

    SciPy (DOP853, 1e-11) has 0.251347 with this ramp and this way to tell.
    """
    r0 = math.sqrt(25.0 * FLUX_QUANTUM / (2.0 * math.pi * 1e-4 * 0.07e-12))
    deck = f"i1 0 1 pwl(0 0 20p 120u 60p 30u 1.2n 24u)\nr1 1 0 {r0}\nn1 1 0 m\n.model m josephson rtype=0"
    r = tran(deck, 1.2e-9, 4000, **{**COLD, "reltol": 1e-4})
    running = r.time[r["v(1)"] > 2e-4][-1]
    assert 30e-12 < running < 1.1e-9
    current = np.interp(running, [60e-12, 1.2e-9], [30e-6, 24e-6])
    assert current / 1e-4 == pytest.approx(0.251347, rel=2e-4)


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


NEURON = """n1 p 0 jj
rp p 0 4.571
n2 c 0 jj
rc c 0 4.571
l1 x p 16.455p
l2 c x 16.455p
ib 0 x pwl(0 0 20p 190u)
iin c x pwl(0 0 60p 0 61p {}u)
.model jj josephson(set=mitll rtype=0)"""


@pytest.mark.parametrize(("i_in", "interval"), [(0.195, None), (0.2, 270.9), (0.25, 53.72), (0.3, 40.50)])
def test_neuron_of_two_junctions(i_in, interval):
    """Time between spikes in 1/wp, against an independent integration of the two phase equations.

    lambda = 0.1, Gamma = 1.5, eta = 1, Lambda_s = Lambda_p = 0.5, i_b = 1.9; the firing threshold is just below 0.2.
    """
    r = tran(NEURON.format(100.0 * i_in), 600e-12, 12000, **COLD)
    spikes = times(r, "v(p)", 2e-4)
    if interval is None:
        assert len(spikes) == 0
    else:
        plasma = math.sqrt(2.0 * math.pi * 1e-4 / (FLUX_QUANTUM * 0.07e-12))
        assert np.diff(spikes[1:]).mean() * plasma == pytest.approx(interval, rel=5e-3)


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


# Thermal field

FIELD = 2.0 * FONG["ku"] / FONG["ms"] - 4e-7 * math.pi * FONG["ms"]  # T
MOMENT = FONG["ms"] * FONG["area"] * FONG["tfree"]  # A m²
KT = 1.38064852e-23 * 300.15


def held_noise(interval, alpha=0.1, gamma=1.76e11):
    """Variance of mx over kT/(moment·field), by linear theory: where samples change, and in the mean."""
    size = math.sqrt(2.0 * alpha * KT / (gamma * MOMENT * interval))
    rate = gamma / (1.0 + alpha**2)
    # dm/dt = -rate·(m×B + alpha·m×(m×B)), m = (x, y, 1), B = (bx, by, FIELD)
    force = rate * np.array([[alpha, 1.0], [-1.0, alpha]])
    block = np.zeros((4, 4))
    block[:2, :2], block[:2, 2:] = -FIELD * force, force
    steps = [expm(block * interval * share) for share in np.linspace(0.0, 1.0, 41)]
    free, driven = [e[:2, :2] for e in steps], [size**2 * e[:2, 2:] @ e[:2, 2:].T for e in steps]
    change = solve_discrete_lyapunov(free[-1], driven[-1])
    within = [np.trace(f @ change @ f.T + d) / 2.0 for f, d in zip(free, driven, strict=True)]
    mean = (np.sum(within) - 0.5 * (within[0] + within[-1])) / 40.0
    return change[0, 0] * MOMENT * FIELD / KT, mean * MOMENT * FIELD / KT


@pytest.mark.long
def test_thermal_field_gives_equipartition():
    """Sixteen junctions that share nothing: <mx² + my²> is that of the Boltzmann distribution."""
    cards = "\n".join(f"n{k} 1 0 m" for k in range(16))
    card = ".model m mtj_thermal interval=10p alpha=0.1 theta0=0.1"
    r = tran(f"v1 1 0 0\n{cards}\n{card}", 100e-9, reltol=1e-3)
    grid = np.linspace(2e-9, 100e-9, 20000)
    squares = [np.interp(grid, r.time, r[f"@n{k}[m{c}]"]) ** 2 for k in range(16) for c in "xy"]
    barrier = 0.5 * MOMENT * FIELD / KT
    weight = [
        quad(lambda u, n=n: u**n * math.exp(-barrier * u) / math.sqrt(1.0 - u), 0.0, 1.0)[0] for n in (0, 1)
    ]
    # 400 correlation times of the energy in each of 16 junctions leave 1.3 % to chance
    expected = held_noise(10e-12)[1] * weight[1] / weight[0]
    assert 2.0 * np.mean(squares) == pytest.approx(expected, rel=4e-2)
    assert np.mean(squares[::2]) == pytest.approx(np.mean(squares[1::2]), rel=4e-2)


@pytest.mark.parametrize(
    ("interval", "at_changes", "mean"),
    [(1e-12, 0.9999, 0.9985), (5e-12, 0.9963, 0.9894), (10e-12, 0.9852, 0.9719)],
)
def test_thermal_field_of_finite_correlation(interval, at_changes, mean):
    """White noise, held: kT/(moment·field) as the interval goes to 0, and sinc² of it where samples change."""
    found = held_noise(interval)
    assert found == pytest.approx((at_changes, mean), abs=1e-4)
    frequency = 1.76e11 * FIELD / (2.0 * math.pi)
    assert found[0] == pytest.approx(np.sinc(frequency * interval) ** 2, rel=1e-3)


def test_without_interval_there_is_no_thermal_field():
    deck = "i1 0 1 -100u\nn1 1 0 m theta0=0.1\n.model m {}"
    cold, none = (tran(deck.format(m), 1e-9) for m in ("mtj", "mtj_thermal interval=0"))
    assert np.ptp(cold["@n1[mx]"]) > 0.1
    for signal in SPIN:
        assert np.interp(cold.time, none.time, none[signal]) == pytest.approx(cold[signal], abs=1e-9)


def test_thermal_field_does_not_hang_on_the_steps():
    deck = "v1 1 0 0\nn1 1 0 m theta0=0.1\n.model m mtj_thermal interval=10p alpha=0.1"
    coarse, fine = (tran(deck, 2e-9, tmax=tmax, reltol=1e-5) for tmax in (10e-12, 1e-12))
    grid = np.linspace(0.1e-9, 2e-9, 500)
    a, b = (np.interp(grid, r.time, r["@n1[mx]"]) for r in (coarse, fine))
    assert np.ptp(a) > 0.1
    assert a == pytest.approx(b, abs=5e-3)
    other = tran(deck, 2e-9, seed=2)
    assert np.abs(np.interp(grid, other.time, other["@n1[mx]"]) - a).max() > 0.05


# Superparamagnetic junction


def flips(r):
    """Moments at which the resistance jumps, and whether it was parallel before."""
    g = -r["i(v1)"] / r["v(1)"]
    k = np.flatnonzero(np.abs(np.diff(g)) > 0.1 / 3e3)
    return r.time[k], g[k] > 0.75 / 3e3


@pytest.mark.parametrize(
    ("delta", "v", "parallel", "anti"),
    [(8, 1e-6, 2.981e-6, 2.981e-6), (10, 1e-6, 22.03e-6, 22.03e-6), (10, 0.1, 162.8e-6, 2.981e-6)],
)
def test_dwell_times(delta, v, parallel, anti):
    """Exponential, with mean tau0·exp(delta·(1 ± v/vc)); bounds of 99.9 % of the sum of n such times."""
    deck = f"v1 1 0 {v}\nn1 1 0 m\n.model m smtj delta={delta} vh=1k"
    t, up = flips(tran(deck, 2000 * (parallel + anti), 100))
    dwell, before = np.diff(t), up[1:]
    for which, tau in ((before, parallel), (~before, anti)):
        d = dwell[which]
        assert len(d) > 1800
        low, high = chi2.ppf([5e-4, 1.0 - 5e-4], 2 * len(d)) / (2 * len(d))
        assert low < d.mean() / tau < high
        assert kstest(d / tau, "expon").pvalue > 1e-3
    if v == 0.1:
        assert parallel / (parallel + anti) == pytest.approx(0.98201, abs=1e-4)
        assert dwell[before].sum() / dwell.sum() == pytest.approx(0.98201, abs=2e-3)


def test_flips_follow_from_seed_and_waveform_alone():
    """Whatever the steps; and hazards, not times, are exponential where the voltage moves."""
    deck = "v1 1 0 sin(0.06 0.05 20k)\nn1 1 0 m\n.model m smtj delta=8 vh=1k"
    runs = [
        tran(deck, 2e-3, 100, **o) for o in ({"reltol": 1e-5}, {"reltol": 1e-4, "tmax": 2e-7}, {"seed": 3})
    ]
    (t, up), (again, _), (other, _) = (flips(r) for r in runs)
    assert len(t) == len(again) > 400
    assert t == pytest.approx(again, abs=2e-3 * 2e-3)
    assert len(other) != len(t) or not np.allclose(other, t, atol=1e-6)
    grid = np.linspace(0.0, 2e-3, 2_000_001)
    v = 0.06 + 0.05 * np.sin(2.0 * math.pi * 20e3 * grid)
    hazards = [
        cumulative_trapezoid(np.exp(-8.0 * (1.0 + s * v / 0.5)) / 1e-9, grid, initial=0.0) for s in (1, -1)
    ]
    passed = [np.diff(np.interp(t, grid, h)) for h in hazards]
    assert kstest(np.where(up[1:], *passed), "expon").pvalue > 1e-2


def test_cold_junction_keeps_its_state():
    deck = "v1 1 0 0.1\nn1 1 0 m ap0=1\n.model m smtj delta=200"
    r = tran(deck, 1.0)
    assert 0.1 / -r["i(v1)"] == pytest.approx(3e3 * (1.0 + 1.0 / 1.04), rel=1e-9)


# Spin-torque oscillator


@pytest.mark.long
@pytest.mark.parametrize("frame", [0.0, 4.75e9])
def test_oscillator_power_is_logistic(frame):
    r = tran(f"i1 0 1 1.5m\nn1 1 0 m\n.model m stno frame={frame}", 60e-9, 3000, reltol=1e-6)
    p = r["@n1[x]"] ** 2 + r["@n1[y]"] ** 2
    exact = 0.25 / (1.0 + (0.25 / 1e-4 - 1.0) * np.exp(-2.0 * 3e8 * 0.5 * r.time))
    assert p == pytest.approx(exact, abs=1e-3)
    assert p[-1] == pytest.approx(0.25, abs=1e-4)
    late = r.time > 55e-9
    swing = r["v(1)"][late] - 1.5
    assert [swing.min(), swing.max()] == pytest.approx([-0.075, 0.075], rel=1e-2)
    period = np.diff(times(r, "v(1)", 1.5))[-20:].mean()
    assert 1.0 / period == pytest.approx(4.75e9, rel=5e-4)


@pytest.mark.long
def test_oscillator_below_threshold():
    r = tran("i1 0 1 0.8m\nn1 1 0 m x0=0.3\n.model m stno", 50e-9, 2000)
    p = r["@n1[x]"] ** 2 + r["@n1[y]"] ** 2
    p0 = (0.8 - 1.0) / (0.8 + 0.5)
    exact = p0 / (1.0 + (p0 / 0.09 - 1.0) * np.exp(-2.0 * 3e8 * (0.8 - 1.0) * r.time))
    assert p == pytest.approx(exact, rel=2e-2, abs=1e-4) and p[-1] < 1e-3


@pytest.mark.thinned(3)
@pytest.mark.parametrize(("share", "locks"), [(0.8, True), (-0.8, True), (1.3, False), (-1.3, False)])
def test_oscillator_locks_within_the_range_of_the_theory(share, locks):
    """|f - f_free| < F/(2·π·√p0)·√(1 + nu²), nu = 2·π·n·p0/(gamma·(zeta - 1))."""
    force, p0 = 8.4e10 * 0.15e-3 / 2.0, 0.25
    nu = 2.0 * math.pi * 1e9 * p0 / (3e8 * 0.5)
    reach = force / (2.0 * math.pi * math.sqrt(p0)) * math.sqrt(1.0 + nu**2)
    assert reach == pytest.approx(21.1e6, rel=1e-2)
    deck = "i1 0 1 1.5m\ni2 0 1 sin(0 0.15m {f})\nn1 1 0 m x0=0.5\n.model m stno kappa=8.4e10 frame=4.75g"
    f = 4.75e9 + share * reach
    r = tran(deck.format(f=f), 400e-9, 4000)
    late = r.time > 150e-9
    beat = np.unwrap(
        np.angle((r["@n1[x]"] + 1j * r["@n1[y]"]) * np.exp(2j * math.pi * (f - 4.75e9) * r.time))[late]
    )
    assert (np.ptp(beat) < 1.0) == locks


# Magnetic Josephson junction


def test_training_moves_the_critical_current():
    """A pulse of energy E leaves exp(-E/etrain) of the way to the goal; without field it scrambles."""
    pulse = "i1 0 1 pwl(0 0 5p 0 5.1p 1.5m 10p 1.5m 10.1p 0)"
    for w0, field, goal in ((0.0, 0.6, 0.6), (0.9, 0.0, 0.0)):
        deck = f"{pulse}\nv1 f 0 {field}\nn1 1 0 f m w0={w0}\n.model m mjj"
        r = tran(deck, 15e-12, 3000, **COLD)
        strong = np.clip(10.0 * (np.abs(r["v(1)"]) / 1e-3 - 1.0), 0.0, 1.0)
        t = r.time
        p = r["v(1)"] ** 2 / 2.0 * strong
        energy = float(np.sum(0.5 * (p[1:] + p[:-1]) * np.diff(t)))
        assert 3e-18 < energy < 3e-17
        left = (r["@n1[w]"][-1] - goal) / (w0 - goal)
        assert left == pytest.approx(math.exp(-energy / 3e-18), rel=2e-2)


def test_reading_does_not_train():
    """Single flux quanta stay below vtrain; they see the critical current of the order."""
    for w0, icrit in ((0.0, 100e-6), (1.0, 20e-6)):
        deck = f"i1 0 1 {2.0 * icrit}\nv1 f 0 0.5\nn1 1 0 f m w0={w0}\n.model m mjj cap=0"
        r = tran(deck, 60e-12, 3000, **COLD)
        mean = FLUX_QUANTUM / np.mean(np.diff(times(r, "v(1)", 4.0 * icrit)))
        assert mean == pytest.approx(icrit * 2.0 * math.sqrt(3.0), rel=1e-3)
        assert r["@n1[w]"] == pytest.approx(w0, abs=1e-12)
