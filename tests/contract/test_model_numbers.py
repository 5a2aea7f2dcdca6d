"""Each compact model against a number somebody else can check.

Where a closed form or a separable equation exists, it is the oracle; else the reference is an independent
integration of the published equations, quoted with what it allows. Numerical traps are tests of their own.
"""

import math
from importlib import import_module

import numpy as np
import pytest
from scipy.integrate import quad

from circuitnn import Circuit
from circuitnn.models import catalogue


def tran(text, tstop, points=1000, **options):
    options = {"reltol": 1e-5, **options}
    return Circuit.from_text(f"numbers\n{text}\n.end\n").tran(tstop, tstep=tstop / points, **options)


def times(r, signal, level, rise=True):
    """Where a signal crosses a level; straight lines between points."""
    t, s = r.time, (r[signal] - level) * (1.0 if rise else -1.0)
    k = np.flatnonzero((s[:-1] < 0.0) & (s[1:] >= 0.0))
    return t[k] - s[k] * (t[k + 1] - t[k]) / (s[k + 1] - s[k])


def at(r, signal, t):
    return np.interp(t, r.time, r[signal])


@pytest.mark.parametrize("name", sorted(n for n, m in catalogue().items() if m.letter == "n"))
def test_published_sets_name_parameters(name):
    """Named constants hold parameters of the model, inside their ranges, and the page gives a DOI or says why."""
    module = import_module(catalogue()[name].__module__)
    parameters = {p.name: p for p in catalogue()[name].parameters}
    for values in (v for k, v in vars(module).items() if k.isupper() and isinstance(v, dict)):
        for key, value in values.items():
            assert parameters[key].low <= value <= parameters[key].high
    assert "doi:" in module.__doc__ or "no device is claimed" in module.__doc__


# Fold


@pytest.mark.parametrize("sign", [1, -1])
def test_fold_jumps_where_the_curve_turns_back(sign):
    from circuitnn.models.volatile.fold import FOLD_VOLTAGE

    deck = f"v1 1 0 pwl(0 {-sign} 1 {sign})\nn1 1 0 m\n.model m fold tau=1n s0={-1.3247 * sign}"
    r = tran(deck, 1.0, reltol=1e-4)
    (jump,) = times(r, "@n1[s]", 0.0, rise=sign > 0)
    # a ramp of 2 V/s is late by 2.34·(rate·tau)^(2/3)·3^(-1/6), some 3 µV
    assert at(r, "v(1)", jump) == pytest.approx(sign * FOLD_VOLTAGE, abs=5e-6)


# Linear drift


def drift(window, p, points=4000, **more):
    extra = " ".join(f"{k}={v!r}" for k, v in more.items())
    r = tran(
        f"v1 1 0 sin(0 1.2 1)\nn1 1 0 m\n.model m drift roff=16k window={window} p={p} {extra}", 1.0, points
    )
    return r, 1.0 / (1.0 + np.exp(-r["@n1[y]"]))


def test_drift_exact_solution():
    """R(q) of the Joglekar window with p = 1; 1 V, 1 Hz (model R.1 of arXiv:1307.2717)."""
    r = tran("v1 1 0 sin(0 1 1)\nn1 1 0 m\n.model m drift", 1.0, 20000, reltol=1e-6)
    i = -r["i(v1)"]
    assert i.max() == pytest.approx(9.714438509e-3, rel=2e-6)
    assert r.time[i.argmax()] == pytest.approx(0.2856, abs=1e-4)
    assert np.interp(0.25, r.time, i) == pytest.approx(1.351327908e-3, rel=2e-5)
    charge = np.concatenate([[0.0], np.cumsum(0.5 * (i[1:] + i[:-1]) * np.diff(r.time))])
    assert np.interp(0.5, r.time, charge) == pytest.approx(1.492434171e-3, rel=1e-5)
    assert charge[-1] == pytest.approx(0.0, abs=1e-8)
    a = (5000.0 - 100.0) / (10000.0 - 5000.0)
    exact = 10000.0 + (100.0 - 10000.0) / (1.0 + a * np.exp(-4.0 * 1e4 * charge))
    v = r["v(1)"]
    big = np.abs(v) > 0.05
    assert np.allclose((v / np.where(big, i, 1.0))[big], exact[big], rtol=1e-4)


@pytest.mark.parametrize(
    ("window", "p", "x_max", "i_max"),
    [
        (1, 1, 0.8105917, 1.806014e-4),
        (1, 2, 0.8941134, 2.018435e-4),
        (1, 7, 0.9783541, 2.366351e-4),
        (3, 1, 0.3989295, 1.159829e-4),
    ],
)
def test_drift_windows(window, p, x_max, i_max):
    r, x = drift(window, p, x0=0.3144654088)
    assert x.max() == pytest.approx(x_max, rel=2e-5)
    assert -r["i(v1)"].min() == pytest.approx(i_max, rel=4e-5)
    assert x[-1] == pytest.approx(x[0], abs=1e-6)  # the window does not know the direction


@pytest.mark.parametrize("p", [1, 2])
def test_drift_biolek(p):
    """dx·R(x)/f(x) = kappa·v·dt, each half period with its own window."""
    _, x = drift(2, p, x0=0.3144654088)
    kappa_flux = 1e4 * 1.2 * 2.0 / (2.0 * math.pi)

    def needed(to, start, f):
        return quad(lambda s: (16000.0 - 15900.0 * s) / f(s), start, to)[0]

    assert needed(x.max(), x[0], lambda s: 1.0 - s ** (2 * p)) == pytest.approx(kappa_flux, rel=1e-4)
    back = needed(x[-1], x.max(), lambda s: 1.0 - (s - 1.0) ** (2 * p))
    assert back == pytest.approx(-kappa_flux, rel=1e-4)


@pytest.mark.parametrize(
    "card",
    [
        "d=12n mu=5e-14 window=1 p=7 x0=0.56",  # 1 - x reaches exp(-2812) on the way
        "d=12n mu=5e-14 window=3 p=7 x0=0.56",
    ],
)
def test_drift_does_not_lock_up_in_its_window(card):
    r = tran(f"v1 1 0 sin(0 1 1)\nn1 1 0 m\n.model m drift {card}", 2.0, 4000, reltol=1e-6)
    x = 1.0 / (1.0 + np.exp(-r["@n1[y]"]))
    assert x.max() > 1.0 - 1e-12
    assert x[-1] == pytest.approx(0.56, abs=2e-3)
    assert -r["i(v1)"].min() == pytest.approx(10e-3, rel=1e-4)
    assert r["i(v1)"].max() == pytest.approx(10e-3, rel=1e-4)


@pytest.mark.parametrize("window", [0, 2])
def test_drift_leaves_its_bounds(window):
    """x goes to 1 and back to 0 each period; 1 kOhm/100 Ohm, so +10 mA and -1 mA."""
    card = f"d=16n mu=4e-14 roff=1k window={window} p=7 x0=0.076"
    r = tran(f"v1 1 0 sin(0 1 1)\nn1 1 0 m\n.model m drift {card}", 2.0, 4000)
    assert np.all(np.abs(r["@n1[y]"]) < 17.0)
    assert -r["i(v1)"].min() == pytest.approx(10e-3, rel=1e-4)
    assert r["i(v1)"].max() == pytest.approx(1e-3, rel=1e-4)
    assert len(times(r, "@n1[y]", 0.0)) == 2


# VTEAM


@pytest.mark.parametrize(
    ("amplitude", "f", "i_max"), [(1, 1e3, 1e-3), (1, 1e6, 2.99528e-3), (0.5, 1e6, 2.160589e-3)]
)
def test_vteam_switches_where_the_integral_says(amplitude, f, i_max):
    """x = (koff/d)·∫(v/voff - 1)dt from the threshold on: 0.79639 V at 146.630 ns for 1 V, 1 MHz.

    (The reference list this model came with has 0.79680 V at 146.738 ns, 0.05 % more.)
    """
    r = tran(f"v1 1 0 sin(0 {amplitude} {f})\nn1 1 0 m\n.model m vteam", 1.0 / f, 10000, reltol=1e-6)
    (half,) = times(r, "@n1[x]", 0.5)
    w, start = 2.0 * math.pi * f, math.asin(0.02 / amplitude) / (2.0 * math.pi * f)
    travelled = amplitude / 0.02 * (math.cos(w * start) - math.cos(w * half)) / w - (half - start)
    assert travelled * 5e-4 / 3e-9 == pytest.approx(0.5, rel=1e-3)
    assert -r["i(v1)"].min() == pytest.approx(i_max, rel=1e-5)
    assert r["i(v1)"].max() == pytest.approx(20e-3 * amplitude, rel=1e-5)
    if amplitude == 1 and f == 1e6:
        assert half == pytest.approx(146.738e-9, rel=1e-3)
        (back,) = times(r, "@n1[x]", 0.5, rise=False)
        assert at(r, "v(1)", back) == pytest.approx(-0.2735, abs=1e-3)


def test_vteam_at_50_mhz():
    r = tran("v1 1 0 sin(0 1 50meg)\nn1 1 0 m\n.model m vteam", 20e-9)
    assert 3e-9 * r["@n1[x]"].max() == pytest.approx(1.541868e-10, rel=1e-5)
    assert -r["i(v1)"].min() == pytest.approx(14.24523e-3, rel=1e-5)


@pytest.mark.parametrize("exponential", [0, 1])
def test_vteam_does_not_wind_up(exponential):
    """After ten times the voltage it takes to reach the bound, a reverse pulse acts at once."""
    pulses = "v1 1 0 pwl(0 0 1n 1 1u 1 1.001u 0 1.1u 0 1.1001u -0.3 1.1011u -0.3 1.1012u 0 1.2u 0)"
    deck = f"{pulses}\nn1 1 0 m\n.model m vteam exponential={exponential}"
    r = tran(deck, 1.2e-6, 4000)
    x = r["@n1[x]"]
    assert x.max() < 1.0 + 2e-3 and x.min() > -2e-3
    # 1 ns at (0.3/0.2 - 1)³, and two ramps of 0.1 ns, a twelfth of the way each above the threshold
    expected = 10.0 / 3e-9 * 0.125 * (1e-9 + 2 * 1e-10 / 3 / 4)
    assert at(r, "@n1[x]", 1.1e-6) - x[-1] == pytest.approx(expected, rel=5e-3)
    resistance = 50.0 * 20.0 ** x[-1] if exponential else 50.0 + 950.0 * x[-1]
    op = Circuit.from_text(
        f"t\nv1 1 0 10m\nn1 1 0 m\n.model m vteam exponential={exponential} x0={float(x[-1])!r}\n"
    ).op()
    assert 10e-3 / -op["i(v1)"] == pytest.approx(resistance, rel=1e-6)


# Yakopcic, Pershin-Di Ventra, memdiode, tungsten oxide


def test_yakopcic_with_series_resistance():
    """0.5 V, 100 Hz, 50 Ohm: the regression test of Xyce's model of this name."""
    r = tran("v1 1 0 sin(0 0.5 100)\nr1 1 2 50\nn1 2 0 m\n.model m yakopcic", 20e-3, 4000, reltol=1e-6)
    x = r["@n1[x]"]
    assert x.max() == pytest.approx(0.93139202, rel=1e-5)
    assert x[r.time > 12e-3].min() == pytest.approx(0.09317586, rel=1e-4)
    assert at(r, "@n1[x]", 2e-3) == pytest.approx(0.7112775, rel=2e-5)
    assert -r["i(v1)"].min() == pytest.approx(2.640534e-3, rel=1e-5)
    assert -r["i(v1)"].max() == pytest.approx(-1.754437e-3, rel=3e-5)


def test_yakopcic_driven_by_a_voltage():
    r = tran("v1 1 0 sin(0 0.45 100)\nn1 1 0 m\n.model m yakopcic", 20e-3, 4000, reltol=1e-6)
    x = r["@n1[x]"]
    assert x.max() == pytest.approx(0.9697371, rel=1e-5)
    assert x[r.time > 12e-3].min() == pytest.approx(0.0929160, rel=1e-4)
    assert -r["i(v1)"].min() == pytest.approx(3.4225866e-3, rel=1e-5)
    assert -r["i(v1)"].max() == pytest.approx(-1.8990857e-3, rel=2e-5)


def test_pershin_swing_is_exact():
    r = tran("v1 1 0 sin(0 5 50meg)\nn1 1 0 m\n.model m pershin", 20e-9, 20000, reltol=1e-6, method="gear")
    v, vt, f, beta = 5.0, 4.6, 50e6, 1e13
    swing = (
        beta * vt / (2 * math.pi * f) * (2 * math.sqrt((v / vt) ** 2 - 1) - math.pi + 2 * math.asin(vt / v))
    )
    assert 1e4 - swing == pytest.approx(3181.87, abs=0.01)
    resistance = 1e3 + 9e3 * r["@n1[x]"]
    assert resistance.min() == pytest.approx(1e4 - swing, abs=0.5)
    assert resistance.max() == pytest.approx(1e4, abs=2.0)
    # of ngspice, with smoothed thresholds
    assert np.abs(r["i(v1)"]).max() == pytest.approx(1.4515e-3, rel=2e-3)


def test_memdiode_loop():
    """Triangle of ±1.3 V in 60 s; references of an independent integration to the digits given."""
    deck = "v1 1 0 pwl(0 0 15 1.3 45 -1.3 60 0 75 1.3)\nn1 1 0 m\n.model m memdiode"
    r = tran(deck, 75.0, 6000)
    assert at(r, "v(1)", times(r, "@n1[h]", 0.5)[0]) == pytest.approx(1.2584, abs=2e-4)
    assert at(r, "v(1)", times(r, "@n1[h]", 0.5, rise=False)[0]) == pytest.approx(-0.6750, abs=2e-4)
    assert r["@n1[h]"].max() == pytest.approx(0.88888, rel=2e-4)
    assert -at(r, "i(v1)", 15.0) == pytest.approx(2.0303e-3, rel=1e-4)
    assert -at(r, "i(v1)", 45.0) == pytest.approx(-26.04e-6, rel=5e-4)
    assert -at(r, "i(v1)", times(r, "v(1)", 0.2, rise=False)[0]) == pytest.approx(0.396e-3, rel=2e-3)
    assert -at(r, "i(v1)", times(r, "v(1)", 0.2)[0]) == pytest.approx(0.980e-6, rel=2e-3)


@pytest.mark.parametrize(("tau", "w_max"), [(0, 0.40776), (10, 0.34686)])
def test_wox_with_and_without_forgetting(tau, w_max):
    r = tran(f"v1 1 0 sin(0 1.2 0.5)\nn1 1 0 m\n.model m wox tau={tau}", 2.0)
    assert r["@n1[w]"].max() == pytest.approx(w_max, rel=3e-5)


# Selectors


def test_selector_nonlinearity():
    c = Circuit.from_text("t\nv1 1 0 0\nn1 1 0 m\n.model m sinh_selector\n.end")
    half, full = -c.dc({"v1": [0.7, 1.4]})["i(v1)"]
    assert half == pytest.approx(17.07e-9, rel=1e-3)
    assert full == pytest.approx(5.831e-6, rel=1e-3)
    assert full / half == pytest.approx(341.5, rel=1e-4)


@pytest.mark.parametrize("v", [5.0, 100.0, -1000.0])
def test_selector_far_outside(v):
    op = Circuit.from_text(f"t\nv1 1 0 {v}\nr1 1 2 1k\nn1 2 0 m\n.model m sinh_selector v0=0.05\n.end").op(
        reltol=1e-6
    )
    i = -op["i(v1)"]
    assert op["v(2)"] == pytest.approx(0.05 * math.asinh(i / 1e-10), rel=1e-5)


def folds(dv):
    """Threshold and hold voltage of the switch, from its equations."""
    x = 0.5 - np.sqrt(0.25 - dv / 1.4) * np.array([1.0, -1.0])
    return 1.4 - 0.7 * x + dv * np.arctanh(2.0 * x - 1.0)


@pytest.mark.parametrize("dv", [0.02, 0.01, 0.005])
def test_ots_thresholds(dv):
    deck = f"v1 1 0 pwl(0 0 1m 2 2m 0)\nn1 1 0 m\n.model m threshold_ots dv={dv}"
    r = tran(deck, 2e-3, reltol=1e-4)
    on, off = folds(dv)
    assert at(r, "v(1)", times(r, "@n1[x]", 0.5)[0]) == pytest.approx(on, abs=5e-4)
    assert at(r, "v(1)", times(r, "@n1[x]", 0.5, rise=False)[0]) == pytest.approx(off, abs=5e-4)
    assert abs(on - 1.4) < 4 * dv and abs(off - 0.7) < 4 * dv


@pytest.mark.parametrize(("resistance", "snaps"), [(100.0, True), (1e4, False)])
def test_ots_in_series_with_a_resistor(resistance, snaps):
    """The pair's curve, with x as its parameter: it snaps back where the sum of both voltages does."""
    x = np.linspace(1e-6, 0.1, 200001)
    v = 1.4 - 0.7 * x + 0.02 * np.arctanh(2.0 * x - 1.0)
    total = v + resistance * ((1.0 - x) * 1e-10 * np.sinh(v / 0.12) + x * v / 2e3)
    turns = np.flatnonzero(np.diff(total) < 0.0)
    assert bool(turns.size) == snaps  # a stiff load line leaves the current single-valued in the voltage
    deck = f"v1 1 0 pwl(0 0 1m 3)\nr1 1 2 {resistance}\nn1 2 0 m\n.model m threshold_ots"
    r = tran(deck, 1e-3, 10000)
    expected = total[turns[0]] if snaps else np.interp(0.05, x, total)
    (reached,) = times(r, "@n1[x]", 0.05)
    assert at(r, "v(1)", reached) == pytest.approx(expected, rel=1e-3)


# Neurons


def test_pickett_oscillator():
    """Pearson-Anson oscillator of arXiv:1307.2717, R.4, at the default vntol: 197.66 ns."""
    deck = "v1 1 0 1.8\nr1 1 2 4.2k\nc1 2 0 23p ic=0\nr2 2 3 2.7k\nn1 3 4 m\nr3 4 0 50\n.model m pickett"
    r = tran(deck, 2e-6, 10000, uic=True)
    settled = r.time > 1e-6
    assert np.diff(times(r, "v(4)", 7.5e-3))[-3:] == pytest.approx(197.66e-9, rel=2e-4)
    assert r["v(4)"][settled].max() / 50.0 == pytest.approx(284.66e-6, rel=2e-4)
    assert np.exp(r["@n1[y]"][settled].max()) == pytest.approx(0.50451, rel=2e-4)
    assert r["v(2)"][settled].min() == pytest.approx(1.28274, rel=2e-4)
    assert r["v(2)"][settled].max() == pytest.approx(1.55168, rel=2e-4)


def test_pickett_static_curve():
    """i² = Gamma·dT/R; driven by a current, all of the S is stable."""
    c = Circuit.from_text("t\ni1 0 1 0\nn1 1 0 m\n.model m pickett\n.end")
    r = c.dc("i1", 10e-6, 400e-6, 2.5e-6, reltol=1e-6)
    v, y = r["v(1)"], r["@n1[y]"]
    assert v.max() == pytest.approx(1.44471, rel=1e-4)
    assert v[-20:].min() == pytest.approx(0.74449, rel=1e-4)
    rho = 7e-3 * 20e-9 / (math.pi * 9e-16)
    resistance = rho / (1.0 + 69.0 * np.exp(2.0 * y))
    assert v**2 / resistance == pytest.approx(-2 * math.pi * 20e-9 * 1.5 / y * 784.0, rel=1e-4)


POOLE = ".model m poole_frenkel\n.options temp=26.85"  # 300 K


def test_poole_frenkel_static_branch():
    c = Circuit.from_text(f"t\ni1 0 1 0\nn1 1 0 m\n{POOLE}\n.end")
    r = c.dc("i1", 1e-6, 600e-6, 1e-6, reltol=1e-6)
    for current, v, t in [
        (48, 1.194645, 380.28),
        (100, 1.135225, 458.93),
        (300, 0.921347, 686.97),
        (600, 0.795943, 968.59),
    ]:
        assert r["v(1)"][current - 1] == pytest.approx(v, abs=2e-6)
        assert r["@n1[t]"][current - 1] == pytest.approx(t, abs=0.01)
    assert r["v(1)"].max() == pytest.approx(1.19465, abs=1e-5)
    cold = Circuit.from_text(f"t\nv1 1 0 10m\nn1 1 0 m\n{POOLE}\n.end").dc({"v1": [0.01, 0.5]})
    assert 0.01 / -cold["i(v1)"][0] == pytest.approx(518533.0, rel=1e-4)


def test_poole_frenkel_oscillator():
    """2 V, 6 kOhm, 1 pF: 80.494 MHz. The limit cycle is reached slowly, so that late periods count."""
    deck = f"v1 1 0 2\nr1 1 2 6k\nc1 2 0 1p ic=0\nn1 2 0 m\n{POOLE}"
    r = tran(deck, 400e-9, 20000, uic=True)
    late = r.time > 300e-9
    assert 1.0 / np.diff(times(r, "v(2)", 1.05))[-5:] == pytest.approx(80.494e6, rel=1e-4)
    assert r["v(2)"][late].min() == pytest.approx(0.87006, rel=2e-4)
    assert r["v(2)"][late].max() == pytest.approx(1.21994, rel=2e-4)
    assert r["@n1[t]"][late].max() == pytest.approx(658.65, rel=2e-4)


def test_poole_frenkel_runs_away_to_a_number():
    """Voltage drive above the threshold: 10 391 K and 5.77 mA, no physics but no overflow either."""
    r = tran(f"v1 1 0 pwl(0 0 1n 1.25)\nn1 1 0 m\n{POOLE}", 50e-9)
    assert r["@n1[t]"][-1] == pytest.approx(10391.0, rel=1e-3)
    assert -r["i(v1)"][-1] == pytest.approx(5.77e-3, rel=1e-3)


def test_vo2_oscillator_is_the_exact_one():
    """14 V, device, 47 kOhm beside 300 pF: two exponentials between two voltages, 1.437773 µs."""
    deck = "v1 vd 0 14\nn1 vd a m\nr1 a 0 47k\nc1 a 0 300p ic=0\n.model m vo2_switch"
    r = tran(deck, 20e-6, 4000, uic=True)
    period = 0.0
    for rdev, start, stop in ((0.99e3, 12.01, 13.0), (100.2e3, 13.0, 12.01)):
        final, tau = 14.0 * 47e3 / (47e3 + rdev), 300e-12 / (1.0 / 47e3 + 1.0 / rdev)
        period += tau * math.log((final - start) / (final - stop))
    assert period == pytest.approx(1.437773e-6, rel=1e-6)
    assert np.diff(times(r, "v(a)", 12.5))[-5:] == pytest.approx(period, rel=2e-4)


def test_vo2_lag():
    """After the switching moment the logarithm of the resistance follows with tau."""
    r = tran("v1 1 0 pwl(0 0 1n 3)\nn1 1 0 m\n.model m vo2_switch tau=30n", 200e-9, 2000)
    flipped = 1e-9 * 1.99 / 3.0
    x = -np.expm1(-(r.time - flipped) / 30e-9)
    late = r.time > 5e-9
    assert r["@n1[x]"][late] == pytest.approx(x[late], abs=1e-3)
    assert r["i(v1)"][late] == pytest.approx((-r["v(1)"] / 100.2e3 * (100.2e3 / 0.99e3) ** x)[late], rel=5e-3)
