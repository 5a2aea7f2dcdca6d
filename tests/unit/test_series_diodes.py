"""Two diodes and a resistance in series, beside the equation solved by bisection."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import wrightomega

from circuitnn.equations.derivative import differentiate
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import symbol
from circuitnn.models.semiconductors.series_diodes import Diode, in_series, omega

FIRST, SECOND, RESISTANCE = (1e-11, 0.034), (1e-5, 0.18), 90.0


def test_omega():
    u = np.concatenate([np.linspace(-60, 60, 2001), np.logspace(2, 6, 50)])
    np.testing.assert_allclose(evaluate([omega(symbol("u"))], {"u": u})[0], wrightomega(u), rtol=1e-8)


def test_slope_of_omega():
    u = np.linspace(-40, 40, 999)
    w = wrightomega(u)
    slope = evaluate([differentiate(omega(symbol("u")), "u")], {"u": u})[0]
    np.testing.assert_allclose(slope, w / (1 + w), rtol=1e-8)


def current(v):
    """The estimate of the model."""
    diodes = (Diode(symbol(f"i{k}"), symbol(f"t{k}")) for k in (1, 2))
    values = dict(zip(("i1", "t1", "i2", "t2", "r"), (*FIRST, *SECOND, RESISTANCE), strict=True))
    return evaluate([in_series(symbol("v"), *diodes, symbol("r"))], {"v": v, **values})[0]


def exact(v):
    def missing(i):
        return RESISTANCE * i + sum(t * np.log1p(i / s) for s, t in (FIRST, SECOND)) - v

    return brentq(missing, -0.999 * FIRST[0], 1.0, xtol=1e-30, rtol=1e-14)


def test_one_diode_prevails():
    v = np.array([-0.2, -0.05, 1e-3, 0.1, 0.2])
    np.testing.assert_allclose(current(v), [exact(x) for x in v], rtol=1e-6)


def test_both_count():
    v = np.linspace(0.3, 2.0, 35)
    true = np.array([exact(x) for x in v])
    assert np.all(np.abs(current(v) / true - 1) < 0.15)
    assert np.abs(current(v) / true - 1)[-10:].max() < 0.01  # the resistance counts


def test_no_current_at_no_voltage():
    assert np.abs(current(np.array([0.0, 1e-12, -1e-12]))).max() < 1e-21
