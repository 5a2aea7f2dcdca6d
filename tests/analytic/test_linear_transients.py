"""RC, RL and RLC steps against their closed forms."""

import numpy as np
import pytest

from circuitnn import Circuit

TIGHT = {"reltol": 1e-7, "abstol": 1e-15, "vntol": 1e-12, "chgtol": 1e-20}


@pytest.mark.parametrize("method", ["trap", "gear"])
def test_rc_charge(method):
    rc = 1e-3
    circuit = Circuit("rc").V("1", "in", "0", 1.0).R("1", "in", "out", 1e3).C("1", "out", "0", 1e-6, ic=0.0)
    r = circuit.tran(5 * rc, tmax=rc / 500, uic=True, method=method, **TIGHT)
    np.testing.assert_allclose(r["v(out)"], 1 - np.exp(-r.time / rc), atol=3e-6)
    np.testing.assert_allclose(r["i(v1)"][1:], -np.exp(-r.time[1:] / rc) / 1e3, atol=3e-9)


@pytest.mark.parametrize("method", ["trap", "gear"])
def test_rl_rise(method):
    tau = 1e-5
    circuit = Circuit("rl").V("1", "in", "0", 2.0).R("1", "in", "a", 100.0).L("1", "a", "0", 1e-3, ic=0.0)
    r = circuit.tran(5 * tau, tmax=tau / 500, uic=True, method=method, **TIGHT)
    np.testing.assert_allclose(r["i(l1)"], 0.02 * (1 - np.exp(-r.time / tau)), atol=6e-8)


@pytest.mark.parametrize("resistance", [5.0, 63.2455532, 300.0], ids=["ringing", "critical", "damped"])
def test_rlc_step(resistance):
    inductance, capacitance = 1e-3, 1e-6
    circuit = (
        Circuit("rlc")
        .V("1", "in", "0", 1.0)
        .R("1", "in", "a", resistance)
        .L("1", "a", "out", inductance, ic=0.0)
        .C("1", "out", "0", capacitance, ic=0.0)
    )
    r = circuit.tran(5e-4, tmax=2e-7, uic=True, **TIGHT)
    a = resistance / (2 * inductance)
    w = np.sqrt(complex(1 / (inductance * capacitance) - a * a)) + 1e-9
    exact = 1 - np.exp(-a * r.time) * (np.cos(w * r.time) + a / w * np.sin(w * r.time))
    np.testing.assert_allclose(r["v(out)"], exact.real, atol=2e-5)


def test_capacitive_divider_keeps_its_charge():
    """A floating node between two capacitors: the charge on it never changes."""
    circuit = (
        Circuit("divider")
        .V("1", "in", "0", "sin(0 1 1k)")
        .C("1", "in", "mid", 2e-9)
        .C("2", "mid", "0", 1e-9)
        .R("1", "mid", "0", 1e15)
    )
    r = circuit.tran(3e-3, tmax=1e-6, **TIGHT)
    np.testing.assert_allclose(r["v(mid)"], 2 / 3 * r["v(in)"], atol=2e-6)


def test_transformer_steady_state():
    """Two coupled inductors in sinusoidal steady state against phasors."""
    w = 2 * np.pi * 1e4
    l1, l2, k = 1e-3, 4e-3, 0.9
    m = k * np.sqrt(l1 * l2)
    circuit = (
        Circuit("transformer")
        .V("1", "in", "0", "sin(0 1 10k)")
        .R("1", "in", "a", 50.0)
        .L("1", "a", "0", l1)
        .L("2", "b", "0", l2)
        .R("2", "b", "0", 200.0)
        .K("1", "l1", "l2", k)
    )
    r = circuit.tran(2e-3, tmax=2e-7, **TIGHT)
    z = np.array([[50 + 1j * w * l1, 1j * w * m], [1j * w * m, 200 + 1j * w * l2]])
    i1, i2 = np.linalg.solve(z, [1.0, 0.0])
    late = r.time > 1.5e-3
    for name, phasor in (("i(l1)", i1), ("i(l2)", i2)):
        exact = np.imag(phasor * np.exp(1j * w * r.time[late]))
        np.testing.assert_allclose(r[name][late], exact, atol=1e-5 * abs(i1))
