"""Selectors, transistors and neurons against numbers somebody else can check.

Numbers are closed forms, or independent integrations of the published equations, with what those allow.
"""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError


def tran(text, tstop, points=1000, **options):
    options = {"reltol": 1e-5, **options}
    return Circuit.from_text(f"numbers\n{text}\n.end\n").tran(tstop, tstep=tstop / points, **options)


def op(text, **options):
    return Circuit.from_text(f"numbers\n{text}\n.end\n").op(**options)


def times(r, signal, level, rise=True):
    """Where a signal crosses a level; straight lines between points."""
    t, s = r.time, (r[signal] - level) * (1.0 if rise else -1.0)
    k = np.flatnonzero((s[:-1] < 0.0) & (s[1:] >= 0.0))
    return t[k] - s[k] * (t[k + 1] - t[k]) / (s[k + 1] - s[k])


def at(r, signal, t):
    return np.interp(t, r.time, r[signal])


# MOSFET, level 1, and EKV


def drain_current(card, vgs, vds, letter="m", size="w=10u l=1u"):
    r = op(f"vd d 0 {vds}\nvg g 0 {vgs}\n{letter}1 d g 0 0 mm {size}\n.model mm {card}", gmin=1e-15)
    return -r["i(vd)"]


@pytest.mark.parametrize(("vds", "current"), [(2.0, 100.92e-6), (0.1, 31.8e-6)])
def test_mosfet_of_level_1(vds, current):
    assert drain_current("nmos(vto=0.7 kp=60u)", 1.28, vds) == pytest.approx(current, rel=1e-6)
    assert drain_current("pmos(vto=-0.7 kp=60u)", -1.28, -vds) == pytest.approx(-current, rel=1e-6)
    assert drain_current("nmos(vto=0.7 kp=60u)", 0.69, vds) < 1e-12


def test_mosfet_defaults_from_the_process():
    """kp, phi, gamma and vto from tox and nsub; 20 nm and 4e16 /cm³ by hand."""
    cox = 3.9 * 8.854214871e-12 / 20e-9
    phi = 2 * 8.617333e-5 * 300.15 * np.log(4e22 / 1.45e16)
    gamma = np.sqrt(2 * 11.7 * 8.854214871e-12 * 1.602177e-19 * 4e22) / cox
    gap = 1.16 - 7.02e-4 * 300.15**2 / (300.15 + 1108)
    vto = -0.5 * gap - 0.5 * phi + gamma * np.sqrt(phi) + phi
    current = 0.5 * 500e-4 * cox * 10 * (2.5 - vto) ** 2
    got = drain_current("nmos(tox=20n nsub=4e16 u0=500)", 2.5, 3.0)
    assert got == pytest.approx(current, rel=1e-5)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("nmos(level=13)", "level 13 of type 'nmos' is not supported, only 1, 2, 3, 4, 5, 6"),
        ("pmos(level={2+5})", "level 7 of type 'pmos' is not supported, only 1, 2, 3, 4, 5, 6"),
        ("npn", "is of type 'npn', not one for a MOSFET"),
    ],
)
def test_mosfet_says_what_it_does_not_know(card, message):
    with pytest.raises(NetlistError, match="mm") as caught:
        drain_current(card, 1.0, 1.0)
    assert message in str(caught.value)


def test_mosfet_needs_four_nodes():
    with pytest.raises(NetlistError, match="needs 4 nodes"):
        Circuit.from_text("t\nvd d 0 1\nm1 d 0 mm\n.model mm nmos\n").op()


def test_mosfet_in_arrays_and_subcircuits():
    deck = """t
vd d 0 1
vg g 0 2
.subckt cell d g w=2u
m1 d g 0 0 mm w={w} l=1u m=2
.ends
x1 d g cell
x2 d g cell w=4u m=3
.model mm nmos(vto=0.7 kp=60u)
"""
    one = 0.5 * 60e-6 * 2 * (2 * 1.3 * 1 - 1) * 2
    with pytest.warns(DeckWarning, match="outermost m alone"):
        current = -Circuit.from_text(deck).op()["i(vd)"]
    assert current == pytest.approx(one * 7, rel=1e-6)


def test_mosfet_conserves_charge():
    """A floating source between two transistors that pump: its charge comes back after each cycle."""
    r = tran(
        "vd d 0 0\nvg g 0 sin(1 2 10meg)\nm1 d g s 0 mm w=10u l=1u\nc1 s 0 20f\n"
        ".model mm nmos(vto=0.7 kp=60u tox=20n is=1e-20)\n.options gmin=1e-18",
        5e-6,
        20000,
    )
    late = [at(r, "v(s)", k * 1e-7 + 0.025e-7) for k in (40, 45, 49)]
    assert np.ptp(late) < 2e-3


@pytest.mark.parametrize(("vgs", "current"), [(1.28, 72.09e-6), (0.5, 4.204e-9)])
def test_ekv(vgs, current):
    """n = 1.4, vto = 0.7 V, 60 µA/V², w/l = 10, at 300 K."""
    got = drain_current("ekv(kp=60u n=1.4)", vgs, 2.0, "n", "w=10u l=1u temp=26.85")
    assert got == pytest.approx(current, rel=2e-4)
    got = drain_current("ekv(kp=60u n=1.4 type=-1 vto=-0.7)", -vgs, -2.0, "n", "w=10u l=1u temp=26.85")
    assert got == pytest.approx(-current, rel=2e-4)


def test_ekv_is_symmetric_and_smooth_at_no_voltage():
    deck = "vd d 0 {v}\nvs s 0 {-v}\nvg g 0 1.2\nn1 d g s 0 mm\n.model mm ekv"
    currents = [-op(deck.replace("{v}", str(v)).replace("{-v}", str(-v)))["i(vd)"] for v in (1e-3, -1e-3)]
    assert currents[0] == pytest.approx(-currents[1], rel=1e-9)
    assert abs(op(deck.replace("{v}", "0").replace("{-v}", "0"))["i(vd)"]) < 1e-15


# MIEC


@pytest.mark.parametrize(("current", "voltage"), [(1e-11, 32.5e-3), (1e-5, 0.5356)])
def test_miec_under_current(current, voltage):
    r = op(f"i1 0 a {current}\nn1 a 0 m\n.model m miec\nr1 a 0 1e15", gmin=0, reltol=1e-9, vntol=1e-12)
    assert r["v(a)"] == pytest.approx(voltage, rel=2e-3)
    exact = 0.085 / np.log(10) * np.arcsinh(current / 1e-11)
    assert r["v(a)"] == pytest.approx(exact, rel=1e-5)


def test_miec_margin_and_series_resistance():
    r = op("v1 a 0 0.55\nn1 a 0 m\nv2 b 0 2\nn2 b 0 m rs=1k\n.model m miec(set=margin)", gmin=0, reltol=1e-9)
    assert -r["i(v1)"] == pytest.approx(10e-9, rel=1e-4)
    i = -r["i(v2)"]
    assert pytest.approx(i * 1e3 + 0.085 / np.log(10) * np.arcsinh(i / 6.7677e-15), rel=1e-5) == 2.0


# AND-TS


def test_and_ts_set_and_reset_times():
    """0 → 0.8 in 246 ns at 1.5 V (the source: < 210 ns), 0.8 → 0.05 in 234 ns at 0 V (< 240 ns)."""
    from scipy.integrate import quad

    def grows(x):
        return ((1 - np.exp(-2 * x - 0.05)) * (1 - x) + (1 - np.exp(-2 * (1 - x))) * x) / 0.12e-6

    r = tran("v1 a 0 1.5\nn1 a 0 m\n.model m and_ts", 0.5e-6, 2000, uic=True)
    (done,) = times(r, "@n1[x]", 0.8)
    start = quad(lambda x: 1 / grows(x), 0, 0.8)[0]
    assert done == pytest.approx(start, rel=2e-3)
    assert start == pytest.approx(246e-9, rel=2e-3)
    r = tran("v1 a 0 0\nn1 a 0 m x0=0.8\n.model m and_ts", 0.5e-6, 2000, uic=True)
    (done,) = times(r, "@n1[x]", 0.05, rise=False)
    assert done == pytest.approx(234e-9, rel=1e-2)


def test_and_ts_sweep():
    """0 → 0.4 → 0 → -0.4 → 0 V in 4 ms."""
    r = tran("v1 a 0 pwl(0 0 1m 0.4 2m 0 3m -0.4 4m 0)\nn1 a 0 m\n.model m and_ts", 4e-3, 20000, reltol=1e-5)
    on, off = (times(r, "@n1[x]", 0.5, rise) for rise in (True, False))
    assert [at(r, "v(a)", t) for t in on] == pytest.approx([0.2667, -0.1187], abs=2e-4)
    assert [at(r, "v(a)", t) for t in off] == pytest.approx([0.0927, -0.0187], abs=5e-4)
    assert np.max(np.abs(r["@n1[x]"] - 0.5)) <= 0.5 + 1e-5


TUNNEL_DIODE = """
.param tis=1.16e-7 tvt=0.066 tip=2.17e-5 tvp=0.09 tiv=-3.22e-6 td=26 te=0.14 toff=0.04
.func itd(u) {tis*(exp(u/tvt)-exp(-u/tvt))+tip/tvp*u*exp(-(u-tvp)/tvp)+tiv*(atan(td*(u-te))+atan(td*(u+te)))}
btd v 0 i=itd(v(v)+toff)
"""


@pytest.mark.parametrize(
    ("current", "period"),
    [("21u", 2.3724e-3), ("21.5u", 1.60e-3), ("20.4u", None), ("23.5u", None)],
)
def test_and_ts_neuron(current, period):
    """22 nF, the switch reversed, a GI401A: spikes from 21 to 22 µA, quiet below, excitation block above."""
    r = tran(
        f"iin 0 v {current}\nc1 v 0 22n ic=0\nn1 0 v m\n.model m and_ts{TUNNEL_DIODE}",
        16e-3,
        8000,
        uic=True,
    )
    spikes = times(r, "v(v)", 0.09)
    if period is None:
        assert len(spikes[spikes > 4e-3]) == 0
        return
    assert np.diff(spikes)[1:].mean() == pytest.approx(period, rel=3e-3)
    late = r.time > 4e-3
    assert r["v(v)"][late].max() == pytest.approx(0.1183, rel=5e-3)
    assert r["v(v)"][late].min() == pytest.approx(0.0238, abs=5e-4)


# Generic volatile memristors, and the neuristor


def neuristor(c2, tstop, card="volatile_current", start=None, **options):
    start = start or "x0=1"
    deck = f"""vp vp 0 1.75
vn vn 0 -1.75
iin 0 a pwl(0 0 50u 0 50.01u 20u)
c1 a 0 5.1n ic=-0.1067
c2 b 0 {c2} ic=0.1067
rl2 a b 15k
n1 a vn m {start}
n2 vp b m {start}
.model m {card}"""
    return tran(deck, tstop, 10000, uic=True, **options)


def test_volatile_current_thresholds():
    """Threshold (rmax + rs)·ith under a slow current, hold (rmin + rs)·ih on the way back."""
    r = tran(
        "i1 0 a pwl(0 0 1 500u 2 0)\nc1 a 0 1f\nn1 a 0 m\n.model m volatile_current", 2.0, 20000, reltol=1e-4
    )
    i = np.interp(r.time, [0, 1, 2], [0, 500e-6, 0])
    up, down = r.time <= 1, r.time > 1
    assert r["v(a)"][up & (i < 100e-6)].max() == pytest.approx((113100 + 2400) * 1.5481e-5, rel=2e-2)
    metal = down & (i > 3e-4)
    assert np.allclose(r["v(a)"][metal] / i[metal], 6400.0, rtol=1e-2)
    # below the hold current the resistance is a2·i^m2
    low = down & (i < 1.5e-4) & (i > 3e-5)
    assert np.allclose(r["v(a)"][low] / i[low] - 2400, 0.2173 * i[low] ** -1.174, rtol=1e-2)


@pytest.mark.parametrize(
    ("c2", "tstop", "spikes"),
    [
        ("0.75n", 370e-6, [111.21, 232.02, 352.84]),
        ("0.5n", 250e-6, [106.84, 120.52, 224.47, 238.15]),
    ],
)
def test_neuristor_with_volatile_memristors(c2, tstop, spikes):
    """Regular spikes and doublets; times from an integration of the published equations with 5 ps."""
    r = neuristor(c2, tstop)
    got = 1e6 * times(r, "v(b)", 0.3)
    assert got == pytest.approx(spikes, rel=2e-3)
    halved = 1e6 * times(neuristor(c2, tstop, "volatile_current(blend=5e-5)"), "v(b)", 0.3)
    assert got == pytest.approx(halved, rel=2e-3)
    assert r["v(b)"][r.time > 60e-6].max() == pytest.approx(0.4362, rel=3e-3)


def test_volatile_voltage_loop():
    """0 → 2.5 → 0 V in 100 s with 10 µA at most: on at vth, held at vh, off at vh."""
    r = tran(
        "v1 a 0 pwl(0 0 50 2.5 100 0)\nb1 a b i=10u*tanh(v(a,b)/1m)\nn1 b 0 m\n.model m volatile_voltage",
        100,
        4000,
        uic=True,
        reltol=1e-4,
    )
    i = -r["i(v1)"]
    (on,) = np.flatnonzero((i[:-1] < 5e-6) & (i[1:] >= 5e-6))
    (off,) = np.flatnonzero((i[:-1] > 1e-6) & (i[1:] <= 1e-6))
    assert at(r, "v(a)", r.time[on]) == pytest.approx(1.89, abs=1e-2)
    assert at(r, "v(a)", r.time[off]) == pytest.approx(1.6427, abs=1e-2)
    assert at(r, "v(b)", 50.0) == pytest.approx(1.6427, abs=3e-3)
    assert at(r, "i(v1)", 30.0) == pytest.approx(-1.5 / 5e12, rel=2e-2)
    # below, R = a2·i^m2, so that i = (v/a2)^(1/(1 + m2))
    assert at(r, "i(v1)", 80.0) == pytest.approx(-((1.0 / 29.473) ** (1 / 0.159)), rel=2e-2)


# VO2 with thermal hysteresis


def test_vo2_thermal_resistance_of_the_heating_branch():
    r = op("v1 a 0 1u\nn1 a 0 m\n.model m vo2_thermal", reltol=1e-9, abstol=1e-20)
    assert 1e-6 / -r["i(v1)"] == pytest.approx(51843.0, rel=1e-4)


def vo2_neuristor(v0, tstop=60e-6, dead=0.01):
    return tran(
        f"v0 in 0 {v0}\nr1 in a 12k\nc1 a 0 145.346p ic=0\nn1 a 0 m dead={dead}\n.model m vo2_thermal",
        tstop,
        12000,
        uic=True,
    )


@pytest.mark.parametrize(
    ("v0", "frequency"), [(10.0, None), (10.5, 244.05e3), (12.0, 328.89e3), (15.0, 488.93e3), (15.9, None)]
)
def test_vo2_neuristor(v0, frequency):
    """Midpoint rule with 0.5 ns; the published explicit steps give 243.8, 328.8 and 484.6 kHz."""
    r = vo2_neuristor(v0)
    spikes = times(r, "v(a)", 3.0)
    late = spikes[spikes > 20e-6]
    if frequency is None:
        assert late.size == 0
        return
    assert 1.0 / np.diff(late).mean() == pytest.approx(frequency, rel=2e-3)


def test_vo2_turns_do_not_depend_on_how_they_are_noticed():
    fine, coarse = (np.diff(times(vo2_neuristor(12.0, dead=x), "v(a)", 3.0))[4:].mean() for x in (1e-3, 1e-2))
    assert fine == pytest.approx(coarse, rel=1e-3)


def test_vo2_minor_loop():
    """The resistance is continuous where the temperature turns, and a minor loop lies inside the major one."""
    r = tran(
        "v1 a 0 pwl(0 5 20u 6.9 40u 6 60u 6.9 80u 4)\nr1 a b 100\nn1 b 0 m\n.model m vo2_thermal", 80e-6, 8000
    )
    resistance = r["v(b)"] / ((r["v(a)"] - r["v(b)"]) / 100.0)
    assert np.max(np.abs(np.diff(np.log(resistance)))) < 0.05
    assert np.sum(np.diff(np.sign(np.diff(r["@n1[t]"]))) != 0) >= 3


# NbO2 with a transition and thermal noise


def nbo2_oscillator(card, tstop=0.6e-6, **options):
    deck = f"vdd in 0 2\nrl in a 6k\nc1 a 0 1p ic=0\nn1 a 0 m temp=26.85\n.model m {card}\n.options seed=7 method=gear"
    options = {"reltol": 1e-6, "vntol": 1e-9, "abstol": 1e-15, **options}
    return tran(deck, tstop, round(tstop / 20e-12), uic=True, **options)


def test_nbo2_kumar_is_poole_frenkel_below_its_transition():
    """80.494 MHz at 2 V, 6 kOhm, 1 pF; the temperature stays below 660 K."""
    r = nbo2_oscillator("nbo2_kumar(tc=5000)")
    spikes = times(r, "v(a)", 1.05)
    assert 20.0 / (spikes[30] - spikes[10]) == pytest.approx(80.494e6, rel=1e-3)


def test_nbo2_kumar_without_noise_ends_in_a_cycle():
    r = nbo2_oscillator("nbo2_kumar", 1.2e-6)
    periods = np.diff(times(r, "v(a)", 1.05))[-20:]
    assert np.ptp(periods) / periods.mean() < 1e-6


@pytest.mark.long
def test_nbo2_kumar_thermal_noise():
    """At rest the temperature fluctuates by T·√(k/cth), 35.3 mK for 1 fJ/K, with the time constant rth·cth."""
    r = tran(
        "v1 a 0 0\nn1 a 0 m\n.model m nbo2_kumar(interval=0.1n)\n.options seed=3", 20e-6, 200000, reltol=1e-4
    )
    t = np.interp(np.arange(0.1e-6, 20e-6, 0.1e-9), r.time, r["@n1[t]"])
    wanted = 300.15 * np.sqrt(1.380649e-23 / 1e-15)
    assert np.std(t) == pytest.approx(wanted, rel=0.05)
    assert np.mean(t) == pytest.approx(300.15, abs=4 * wanted / np.sqrt(20e-6 / 2.8e-9))
    ahead = np.corrcoef(t[:-14], t[14:])[0, 1]  # a time constant of 1.4 ns
    assert ahead == pytest.approx(np.exp(-1.0), abs=0.06)


def test_nbo2_kumar_noise_makes_the_period_jitter():
    r = nbo2_oscillator("nbo2_kumar(interval=20p)", 1.2e-6, reltol=1e-5)
    periods = np.diff(times(r, "v(a)", 1.05))[10:]
    assert 1e-4 < np.std(periods) / periods.mean() < 0.1


# Pickett's model with numbers of VO2


def pickett_static(u, s):
    """Current and voltage where the core rests at u."""
    area = np.pi * s["r"] ** 2
    resistance = s["rho_ins"] * s["length"] / area / (1 + (s["rho_ins"] / s["rho_met"] - 1) * u * u)
    current = np.sqrt(2 * np.pi * s["length"] * s["kappa"] / -np.log(u) * s["dt"] / resistance)
    return current, current * resistance


@pytest.mark.parametrize("u", [0.005, 0.02, 0.1, 0.4])
def test_pickett_vo2_static_curve(u):
    from circuitnn.models.volatile.pickett import VO2

    current, voltage = pickett_static(u, VO2)
    deck = f"i1 0 a {current}\nn1 a 0 m y0={np.log(u) + 0.01}\n.model m pickett(set=vo2)\n.nodeset v(a)={voltage}"
    r = op(deck, reltol=1e-9)
    assert r["v(a)"] == pytest.approx(voltage, rel=1e-6)


def test_pickett_vo2_oscillates_where_its_curve_falls():
    """Threshold and hold voltage from the static curve bound the swing of a relaxation oscillator."""
    from circuitnn.models.volatile.pickett import VO2

    _, v = pickett_static(np.geomspace(1e-6, 0.99, 20000), VO2)
    threshold = v[: np.argmax(v) + 1].max()
    r = tran(
        f"vdd in 0 {1.6 * threshold}\nrl in a 20k\nc1 a 0 100p ic=0\nn1 a 0 m\n.model m pickett(set=vo2)",
        40e-6,
        20000,
        uic=True,
    )
    late = r.time > 10e-6
    assert len(times(r, "v(a)", 0.8 * threshold)) > 5
    assert r["v(a)"][late].max() == pytest.approx(threshold, rel=0.05)
