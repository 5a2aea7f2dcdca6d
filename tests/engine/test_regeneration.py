"""A comparator that flips by regeneration: the flip is a jump in almost no time, and must not be skipped."""

import numpy as np
import pytest

from circuitnn import Circuit

SCHMITT = """astable multivibrator, comparator of finite gain and a nanosecond of delay
b1 o1 0 v=10*tanh(1000*(v(p)-v(n)))
ro o1 out 100
co out 0 10p
r1 out p 10k
r2 p 0 10k
r3 out n 10k
c1 n 0 10n ic=0.1
"""


@pytest.mark.parametrize(("method", "tolerance"), [("trap", 5e-3), ("gear", 2e-4)])
def test_every_period_of_an_astable_multivibrator_is_the_same(method, tolerance):
    """Rounding of the flip by large steps makes trapezoidal ringing, and ringing flips it early.

    Of 360 flips at other capacitances, three are more than 2e-3 early with the trapezoidal rule.
    """
    r = Circuit.from_text(SCHMITT).tran("2m", tmax="1u", uic=True, method=method)
    out, n = r["v(out)"], r["v(n)"]
    flips = np.flatnonzero((out[:-1] < 0) & (out[1:] >= 0))
    periods = np.diff(r.time[flips])
    assert len(periods) == 8
    np.testing.assert_allclose(periods, np.median(periods), rtol=tolerance)
    # It flips where the stable output ends. With the loads of ro, p = a x + b n and x = tanh(1000 (p - n)),
    # which has a fold in n where a (1 - x²) = 1/1000.
    a, b = 5 / 1.015, 0.005 / 1.015
    x = np.sqrt(1 - 1 / (1000 * a))
    fold = (a * x - np.arctanh(x) / 1000) / (1 - b)
    np.testing.assert_allclose(-n[flips], fold, rtol=max(tolerance, 2e-3))
    # A nanosecond passes before it is gone, in which n moves on by some 0.2 mV.
    np.testing.assert_allclose(np.median(-n[flips]), fold, rtol=1e-4)
    # A flip takes some nanoseconds, and steps to match.
    assert np.median(np.diff(r.time)[flips]) < 2e-9
