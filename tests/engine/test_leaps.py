"""Steps to solutions elsewhere, where no step is short enough, are no way to go on for ever."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import ConvergenceError, SingularMatrixError


def test_a_run_that_gets_nowhere_by_leaps_fails():
    """Rounding beside such a voltage leaves each step without a solution: leaps of 0.2 fs went on through 10 ns."""
    deck = "t\nv1 a 0 sin(0 1 1g)\nr1 a b 1k\nr2 b 0 1k\nv9 c b 1.7e308\nr9 c 0 1\nd1 a 0 dd\n.model dd d\n"
    with pytest.raises((ConvergenceError, SingularMatrixError), match="tran at t = "):
        Circuit.from_text(deck).tran(1e-8)


@pytest.mark.parametrize("rise", ["0", "0.1u"])
def test_leaps_that_are_too_short_become_longer(rise):
    """Over short steps the charge of 100 µF drowns 10 nS at its ends: leaps of equal length went on a thousand times.

    With `uic` all voltages are 0 before, and a supply of 15 V was taken for one that no circuit reaches at once.
    """
    deck = f"""a switch joins a large capacitor to a supply through 100 MOhm at each end
v1 a 0 15
s1 q a g 0 sw
.model sw sw(ron=1m)
vg g 0 pulse(0 1 {rise} 1u 1u 50u 100u)
r1 q b 100meg
c1 b d 100u
r2 d 0 100meg
"""
    r = Circuit.from_text(deck).tran("0.3m", "0.1u", uic=True)
    closed = (r.time > 1e-6) & (r["v(g)"] > 0.01)
    np.testing.assert_allclose(r["v(b)"][closed], 7.5, rtol=2e-3)
    assert np.mean(np.abs(r["v(b)"][closed] - r["v(d)"][closed]) < 1e-6) == 1.0
