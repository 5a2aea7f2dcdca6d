"""Numbers of further synapses: phase change, ferroelectric tunnelling, electrochemistry, volatile filaments."""

import math

import numpy as np
import pytest

from circuitnn import Circuit


def tran(text, tstop, points=1000, **options):
    options = {"reltol": 1e-5, **options}
    return Circuit.from_text(f"numbers\n{text}\n.end\n").tran(tstop, tstep=tstop / points, **options)


def at(r, signal, t):
    return np.interp(t, r.time, r[signal])


# Phase-change memory

SET_RESET = "v1 1 0 pwl(0 0 1n 4 301n 4 302n 0 400n 0 401n 6 501n 6 502n 0 600n 0)\nn1 1 0 m temp=20\n"


def test_pcm_set_and_reset():
    """R.3 of arXiv:1307.2717: 340 °C and 740 °C; phases as of an independent integration."""
    r = tran(f"{SET_RESET}.model m pcm set=r3", 600e-9)
    assert at(r, "@n1[t]", 250e-9) == pytest.approx(273.15 + 20.0 + 4.0**2 / 10e3 / 5e-6, rel=1e-6)
    assert at(r, "@n1[t]", 480e-9) == pytest.approx(273.15 + 20.0 + 6.0**2 / 10e3 / 5e-6, rel=1e-6)
    assert at(r, "@n1[x]", 380e-9) == pytest.approx(0.99753, abs=3e-5)
    assert at(r, "@n1[x]", 590e-9) == pytest.approx(0.01183, rel=2e-2)
    assert -at(r, "i(v1)", 300e-9) == pytest.approx(400e-6, rel=1e-5)


def test_pcm_crystallises_exponentially():
    """1 - x = exp(-alpha·t) while the cell is warm: exact once the temperature is steady."""
    r = tran("v1 1 0 4\nn1 1 0 m temp=20\n.model m pcm", 200e-9, uic=True)
    left = 1.0 - at(r, "@n1[x]", np.array([20e-9, 60e-9, 120e-9]))
    assert np.diff(np.log(left)) == pytest.approx(-2e7 * np.array([40e-9, 60e-9]), rel=1e-4)
    # the delay until it is warm: the temperature rises with ch/delta = 0.4 ns by 320 K, and needs 180 K
    delay = 120e-9 + math.log(left[2]) / 2e7
    assert delay == pytest.approx(-0.4e-9 * math.log(1.0 - 180.0 / 320.0), rel=2e-2)


def test_pcm_width_goes_to_zero():
    """Halving the width of the temperature steps halves what is left of its effect."""
    deck = "v1 1 0 pwl(0 0 40n 8 80n 0)\nn1 1 0 m temp=20\n.model m pcm width={}"
    x = [tran(deck.format(w), 90e-9, 4000, reltol=1e-7)["@n1[x]"][-1] for w in (80.0, 40.0, 20.0, 10.0)]
    changes = np.abs(np.diff(x))
    assert changes[2] < 0.6 * changes[1] < 0.6 * 0.6 * changes[0]
    assert changes[2] < 2e-3 * x[-1]


def test_pcm_keeps_its_phase():
    """Between the steps nothing moves: a warm year changes neither phase."""
    r = tran("v1 1 0 0.1\nn1 1 0 m x0=0.4 temp=150\n.model m pcm nu=0.1", 3e7)
    assert np.ptp(r["@n1[x]"]) < 1e-12


def test_pcm_switches_for_both_signs():
    c = Circuit.from_text("t\nv1 1 0 0\nn1 1 0 m\n.model m pcm\n.end")
    low, high = c.dc({"v1": [1.5, 2.1]})["i(v1)"]
    assert c.dc({"v1": [-1.5, -2.1]})["i(v1)"] == pytest.approx([-low, -high], rel=1e-12)
    assert high / low > 50.0


def test_pcm_drifts():
    """(1 day/20 s)^-0.049 of the conductance, from 20 s on."""
    r = tran("v1 1 0 0.1\nn1 1 0 m\n.model m pcm ron=1 nu=0.049 t0=20", 86380.0, reltol=1e-6)
    assert at(r, "i(v1)", 86380.0) / r["i(v1)"][0] == pytest.approx(0.66353, abs=1e-5)
    assert r["@n1[l]"] == pytest.approx(np.log1p(r.time / 20.0), abs=1e-3)


def test_pcm_melting_makes_the_glass_new():
    deck = "v1 1 0 pwl(0 0 1m 0 1.00001m 6 1.00021m 6 1.00022m 0)\nn1 1 0 m\n.model m pcm nu=0.1 t0=1u"
    r = tran(deck, 2.00022e-3)
    assert at(r, "@n1[l]", 1e-3) == pytest.approx(math.log(1001.0), rel=1e-4)
    assert at(r, "@n1[l]", 1.0002e-3) == pytest.approx(0.0099, rel=1e-2)  # ageing 1/t0 against melting beta
    assert r["@n1[l]"][-1] == pytest.approx(math.log(1001.0), rel=1e-3)


# Ferroelectric tunnel junction


def test_ftj_pulses():
    """KAI with n = 2, tau0 = 10 ps, va = 15 V: 0.2636, 0.7059, 0.9995 after 1, 2, 5 pulses of 10 ns, 2 V."""
    r = tran("v1 1 0 pulse(0 2 0 1p 1p 10n 20n)\nn1 1 0 m\n.model m ftj h0=1e-4", 100e-9, 2000)
    s = at(r, "@n1[s]", np.array([15e-9, 35e-9, 95e-9]))
    assert s == pytest.approx([0.2636, 0.7059, 0.9995], rel=4e-4)
    exact = 1.0 - np.exp(-((np.array([1, 2, 5]) * 10e-9 / 18.080e-9) ** 2))
    assert s == pytest.approx(exact, rel=5e-4)


@pytest.mark.parametrize("n", [1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_ftj_law_in_both_directions(n, sign):
    """With the nuclei's head start h0 the law is exact, from either end."""
    start = 0 if sign > 0 else 1
    r = tran(f"v1 1 0 {3 * sign}\nn1 1 0 m\n.model m ftj n={n} h0=0.01 s0={start}", 5e-9, uic=True)
    h = r.time / (1e-11 * math.exp(5.0))
    exact = -np.expm1(0.01**n - (0.01 + h) ** n)
    switched = r["@n1[s]"] if sign > 0 else 1.0 - r["@n1[s]"]
    assert switched == pytest.approx(exact, abs=3e-4)


def test_ftj_leaves_saturation():
    """Far into saturation, where s = 1 to the last bit, and back: the time does not hang on how far."""
    times = []
    for hold in (20e-9, 200e-9):
        deck = f"v1 1 0 pwl(0 3 {hold!r} 3 {hold + 1e-12!r} -3)\nn1 1 0 m\n.model m ftj"
        r = tran(deck, hold + 5e-9, 4000, uic=True)
        assert at(r, "@n1[s]", hold) > 1.0 - 1e-9
        after = r.time > hold
        times.append(np.interp(-0.5, -r["@n1[s]"][after], r.time[after]) - hold)
    # half is switched at h = sqrt(ln 2)
    assert times == pytest.approx([1.4841e-9 * math.sqrt(math.log(2.0))] * 2, rel=5e-3)


def test_ftj_at_rest():
    r = tran("v1 1 0 0.1\nn1 1 0 m\n.model m ftj s0=0.3", 3e7)
    assert np.ptp(r["@n1[s]"]) < 1e-12
    assert -r["i(v1)"][-1] == pytest.approx(0.1 * (0.3 / 4.6e7 + 0.7 / 1.6e5), rel=1e-9)


# Organic electrochemical synapse


def test_enode_writes_and_leaks():
    """Charging through re, then the leak alone: both exponentials."""
    deck = "v1 g 0 1\ns1 g a c 0 open\nvc c 0 pulse(1 0 1 1u)\n.model open sw vt=0.5 ron=1 roff=1e16\n"
    deck += "vd d 0 0.1\nn1 d a 0 m\n.model m enode rleak=1e9"
    r = tran(deck, 30.0, 3000, gmin=1e-18, uic=True)
    rate = 1.0 + 0.1  # of re·cch = 1 s and rleak·cch = 10 s together
    written = (1.0 - math.exp(-rate)) / rate
    assert at(r, "@n1[w]", 1.0) == pytest.approx(written, rel=2e-4)
    assert at(r, "@n1[w]", 21.0) == pytest.approx(written * math.exp(-2.0), rel=2e-4)
    conductance = -r["i(vd)"] / 0.1
    assert conductance == pytest.approx(40e-6 - 20e-6 * r["@n1[w]"], rel=1e-9)


def test_enode_charge_is_what_the_gate_delivered():
    r = tran("v1 g 0 sin(0 1 1)\nvd d 0 -0.2\nn1 d g 0 m\n.model m enode w0=0.3", 2.0)
    i = -r["i(v1)"]
    charge = np.concatenate([[0.0], np.cumsum(0.5 * (i[1:] + i[:-1]) * np.diff(r.time))])
    assert 10e-9 * (r["@n1[w]"] - 0.3) == pytest.approx(charge, abs=1e-5 * np.ptp(charge))


def test_enode_channel_never_turns_negative():
    op = Circuit.from_text("t\nv1 d 0 0.1\nn1 d 0 0 m\n.model m enode w0=50\n.end").op()
    assert -op["i(v1)"] == pytest.approx(0.1 * 1e-9, rel=1e-6)


# Phase-change neuron


def spikes(r):
    high = r["v(s)"] > 0.5
    return r.time[1:][high[1:] & ~high[:-1]]


def neuron(tstop, extra="", method="trap"):
    pulses = "v1 1 0 pulse(0 4 5n 0.1n 0.1n 9.9n 40n)\nn1 1 0 s m temp=20\nr1 s 0 1meg"
    return tran(f"{pulses}\n.model m pcm_neuron {extra}", tstop, 400, method=method)


def test_pcm_neuron_fires_with_the_ninth_pulse():
    r = neuron(1.5e-6)
    # the n-th pulse ends at 40 n - 24.9 ns, and the cell is cool 0.23 ns later
    assert spikes(r) == pytest.approx((40.0 * np.array([9, 18, 27, 36]) - 24.7) * 1e-9, abs=0.1e-9)
    between = at(r, "@n1[x]", (40.0 * np.arange(1, 9) - 5.0) * 1e-9)
    per_pulse = np.diff(-np.log1p(-between))
    assert per_pulse == pytest.approx(per_pulse[0], rel=1e-3)
    # 2e7/s · 10 ns, less 0.33 ns of heating and more 0.23 ns of cooling, both at the edges' size
    assert per_pulse[0] == pytest.approx(0.198, abs=2e-3)
    high = r["v(s)"] > 0.5
    assert np.trapezoid(high.astype(float), r.time) == pytest.approx(4 * 10e-9, rel=0.05)


@pytest.mark.long
def test_pcm_neuron_is_random_and_reproducible():
    """What a reset leaves, |sigma·z|, shortens the way: fewer pulses, never more than nine."""
    first, again = (spikes(neuron(12e-6, "sigma=0.2")) for _ in range(2))
    assert np.array_equal(first, again)
    pulses = np.rint(np.diff(first) / 40e-9)
    assert len(set(pulses)) >= 3
    assert pulses.max() <= 9
    assert pulses.min() >= 2
    gear = spikes(neuron(12e-6, "sigma=0.2", method="gear"))
    assert gear[:8] == pytest.approx(first[:8], abs=1e-9)  # later, a pulse that just misses may differ


# Phase-change memory, statistics

PULSES = "v1 1 0 pulse(0.1 2 5n 1n 1n 10n 40n)\n"


def test_pcm_statistical_mean_programming():
    """The mean of the published steps from 0.1 µS: an independent recursion, and reference values."""
    r = tran(f"{PULSES}n1 1 0 m\n.model m pcm_statistical set=nandakumar sigma=0 nu=0", 1e-6, 2000)
    g, p, wanted = 0.1, 1.0, [0.1]
    for _ in range(20):
        p *= math.exp(-1.0 / 2.6)
        g += -0.084 * g + 0.880 + 1.40 * p
        wanted.append(g)
    n = np.arange(21)
    read = -at(r, "i(v1)", 40e-9 * n + 2e-9) / 0.1 * 1e6
    assert read == pytest.approx(wanted, rel=1e-6)
    assert read[[1, 2, 5, 10, 20]] == pytest.approx([1.92460, 3.29165, 5.80481, 7.75896, 9.38032], abs=1e-5)


def test_pcm_statistical_spread():
    """400 cells after one pulse: normal with the published mean and deviation."""
    cells = "\n".join(f"n{k} 1 t{k} m\nv{k}s t{k} 0 0" for k in range(400))
    r = tran(f"v1 1 0 pulse(0.1 2 5n 1n 1n 10n 1)\n{cells}\n.model m pcm_statistical nu=0", 40e-9, 40)
    g = np.array([at(r, f"i(v{k}s)", 35e-9) for k in range(400)]) / 0.1 * 1e6
    p = math.exp(-1.0 / 2.6)
    deviation = 0.091 * 0.1 + 0.260 + 2.15 * p
    clipped = np.maximum(1.92460 + deviation * np.random.default_rng(0).standard_normal(100_000), 0.01)
    assert g.mean() == pytest.approx(clipped.mean(), abs=3.0 * clipped.std() / 20.0)
    assert g.std() == pytest.approx(clipped.std(), rel=0.11)
    assert g.min() >= 0.01 - 1e-9


def test_pcm_statistical_reset():
    """A pulse beyond vreset takes everything back: the first step after it is the first step again."""
    pulses = "pwl(0 .1 10n .1 11n 2 20n 2 21n .1 40n .1 41n 4 50n 4 51n .1 70n .1 71n 2 80n 2 81n .1 100n .1)"
    r = tran(f"v1 1 0 {pulses}\nn1 1 0 m\n.model m pcm_statistical sigma=0 nu=0", 100e-9)
    g = -at(r, "i(v1)", np.array([30e-9, 60e-9, 90e-9])) / 0.1 * 1e6
    assert g == pytest.approx([1.92460, 0.1, 1.92460], abs=1e-5)


@pytest.mark.parametrize(("share", "day"), [(1.0, 0.66353), (0.1, 0.60470)])
def test_pcm_statistical_drift(share, day):
    """G(1 day)/G(20 s) with the mean exponent of the second source."""
    card = f".model m pcm_statistical set=aihwkit g0={25e-6 * share!r} sigma=0 nusigma=0"
    r = tran(f"v1 1 0 0.1\nn1 1 0 m\n{card}", 86380.0)
    assert r["i(v1)"][-1] / r["i(v1)"][0] == pytest.approx(day, abs=3e-5)


def test_pcm_statistical_read_noise():
    r = tran("v1 1 0 0.1\nn1 1 0 m\n.model m pcm_statistical nu=0 g0=10u interval=1m", 2.0, 4000)
    g = -at(r, "i(v1)", 1e-3 * np.arange(2000) + 0.5e-3) / 0.1 * 1e6
    assert g.std() == pytest.approx(0.03 * 10.0 + 0.13, rel=0.08)
    assert g.mean() == pytest.approx(10.0, abs=0.05)
    assert abs(np.corrcoef(g[1:], g[:-1])[0, 1]) < 0.08


# V-VTEAM


def test_vvteam_grows_and_forgets():
    """k·(v/vth - 1)^a, then a stretched exponential of the time since release."""
    r = tran("v1 1 0 pwl(0 0 1u 2.5 1m 2.5 1.001m 0)\nn1 1 0 m\n.model m vvteam", 4.0, 4000, tmax=5e-3)
    speed = 650.0 * (2.5 / 1.744 - 1.0) ** 0.1
    assert at(r, "@n1[x]", 0.9e-3) - at(r, "@n1[x]", 0.1e-3) == pytest.approx(0.8e-3 * speed, rel=1e-3)
    after = np.array([0.3, 0.6, 1.0, 2.0])
    kept = at(r, "@n1[x]", 1e-3 + after) / at(r, "@n1[x]", 1.002e-3)
    assert kept == pytest.approx(np.exp(-((after / 1.0445) ** 2.1426)), abs=3e-4)


def test_vvteam_at_its_bound_and_again():
    """A pulse much too long leaves x = 1; the clock of forgetting starts anew with each pulse."""
    pulses = "pwl(0 0 1u 2.5 5m 2.5 5.001m 0 .5 0 .500001 2.5 .505 2.5 .505001 0)"
    r = tran(f"v1 1 0 {pulses}\nn1 1 0 m\n.model m vvteam", 1.5, 4000)
    assert r["@n1[x]"].max() < 1.02
    assert at(r, "@n1[x]", np.array([4.9e-3, 0.5049])) == pytest.approx(1.0, abs=1e-3)
    left = math.exp(-((0.45 / 1.0445) ** 2.1426))
    assert at(r, "@n1[x]", np.array([0.455, 0.955])) == pytest.approx(left, abs=1e-3)


def test_vvteam_holds_between_its_voltages():
    r = tran("v1 1 0 1.65\nn1 1 0 m\n.model m vvteam x0=0.5", 10.0)
    assert np.ptp(r["@n1[x]"]) < 1e-12


# Volatile filament


@pytest.mark.parametrize(("phi", "lifetime"), [(0.5, 43.3e-3), (1.0, 0.692), (2.0, 11.08)])
def test_cbram_lifetime(phi, lifetime):
    """phi⁴/(4·b·exp(-ea1/kT)) at 300 K, to within what the last atom adds: 16 times per doubling."""
    r = tran(f"v1 1 0 0\nn1 1 0 m temp=26.85\n.model m cbram x0={phi / 2}", 1.3 * lifetime, uic=True)
    gone = np.interp(-0.05, -r["@n1[x]"], r.time)  # phi = phia
    rate = 3e-26 * math.exp(-0.65 / (8.617333e-5 * 300.0))
    assert gone == pytest.approx(((phi * 1e-9) ** 4 - 1e-40) / (4.0 * rate), rel=1e-3)
    assert gone == pytest.approx(lifetime, rel=3e-3)


@pytest.mark.parametrize(
    ("v", "speed"), [(1.0, 1.1817e-10), (1.5, 2.657e-8), (2.0, 5.975e-6), (2.5, 1.3434e-3)]
)
def test_cbram_growth(v, speed):
    tstop = 2e-13 / speed  # 1e-4 of phim: no heat yet
    r = tran(f"v1 1 0 {v}\nn1 1 0 m temp=26.85\n.model m cbram set=wang b=0", tstop, uic=True)
    assert 2e-9 * r["@n1[x]"][-1] / tstop == pytest.approx(speed, rel=6e-4)


def test_cbram_gap_opens_with_the_root_of_time():
    r = tran("v1 1 0 0\nn1 1 0 m temp=26.85\n.model m cbram", 40.0, uic=True)
    assert at(r, "@n1[u]", np.array([1.0, 4.0, 9.0])) == pytest.approx([1.0, 4.0, 9.0], rel=1e-4)
    assert r["@n1[u]"][-1] == pytest.approx(4.8**2, rel=2e-3)  # the whole layer is open


def test_cbram_threshold_and_relaxation():
    """Triangle through a series resistor: on at some 2 V, off while there is still voltage, all forgotten later."""
    deck = "v1 1 0 pwl(0 0 0.5 2.5 1 0 1.2 0)\nr1 1 2 500k\nn1 2 0 m temp=26.85\n.model m cbram set=wang"
    r = tran(deck, 1.2)
    i = -r["i(v1)"]
    on, off = times_of(r, i, 1e-6, True), times_of(r, i, 1e-7, False)
    assert len(on) == len(off) == 1
    assert 1.9 < at(r, "v(1)", on[0]) < 2.4
    assert 1.5 < at(r, "v(1)", off[0]) < at(r, "v(1)", on[0])
    assert r["@n1[x]"][-1] == pytest.approx(0.0, abs=1e-3)
    assert i.max() < 2.5 / 500e3


def times_of(r, signal, level, rise):
    s = (signal - level) * (1.0 if rise else -1.0)
    return r.time[1:][(s[1:] >= 0.0) & (s[:-1] < 0.0)]


def test_cbram_runs_away_to_a_number():
    """Without a compliance current: hot, but the filament ends at phim and so does the current."""
    r = tran("v1 1 0 3\nn1 1 0 m\n.model m cbram set=wang", 1e-6, uic=True)
    assert r["@n1[x]"].max() == pytest.approx(1.0, abs=2e-3)
    rho = 2e-6 * 0.5 * 28e-9 / (1.5 * 2e-9)
    assert -r["i(v1)"][-1] == pytest.approx(3.0 / (rho * 5e-9 / (math.pi * 1e-18)), rel=2e-3)
    assert r["@n1[t]"][-1] > 500.0
    assert r["@n1[t]"].max() <= 2000.0 + 1e-3


# Short- and long-term memory


def test_stm_rises_and_decays_exponentially():
    r = tran("v1 1 0 pwl(0 .2 1 .2 1.000001 0)\nn1 1 0 m\n.model m cbram_stm wth=1", 5.0, uic=True)
    top = (1.0 - math.exp(-1.5)) / 1.5
    assert at(r, "@n1[ws]", np.array([1.0, 3.0])) == pytest.approx([top, top * math.exp(-1.0)], rel=5e-4)
    assert np.all(r["@n1[wl]"] == 0.0)


def test_stm_becomes_ltm_only_by_close_inputs():
    """Ten equal inputs: 0.5 s apart they are kept, 5 s apart they are forgotten."""
    kept = []
    for period in (0.5, 5.0):
        r = tran(f"v1 1 0 pulse(0 .4 0 1m 1m .1 {period} 10)\nn1 1 0 m\n.model m cbram_stm", 80.0, 4000)
        kept.append(r["@n1[wl]"][-1])
        assert r["@n1[ws]"][-1] < 1e-5
    assert kept[0] == pytest.approx(0.09996, rel=1e-3)
    assert kept[1] == 0.0
