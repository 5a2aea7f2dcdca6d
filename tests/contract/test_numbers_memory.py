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
