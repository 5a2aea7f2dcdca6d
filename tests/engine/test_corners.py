"""Steps behind corners of sources, where charges hold on and their rates leap."""

import numpy as np
import pytest

from circuitnn import Circuit

# Charges of millicoulombs meet at nodes that no current reaches: their sum is known to 1e-19 C.
STRING = """string of capacitors
v1 a 0 pwl(0 0 1u 0 1.001u 100k 2u 30k 3u 0)
r1 a b 1
c1 b m 8u
c2 m n 30u
c3 n o 4m
c4 o 0 600u
r2 m 0 1g
r3 n 0 1g
r4 o 0 1g
.options reltol=1e-7
"""

# The source's charge crosses zero just where its current leaps from -23 mA to 10 mA.
CROSSING = """capacitor across its source
v1 a 0 pwl(0 9 3u 0 4u 8 5u 8)
c1 a 0 5n
r1 a b 1k
c2 b 0 1n
.options reltol=1e-7
"""


def test_rounding_of_large_charges_does_not_shorten_steps():
    """Without current every capacitor of the string has the same charge."""
    r = Circuit.from_text(STRING).tran(5e-6, 1e-7)
    assert len(r) < 400
    string = 1 / (1 / 8e-6 + 1 / 30e-6 + 1 / 4e-3 + 1 / 600e-6)
    held = r.time > 4.5e-6  # nothing drives any more, and 4.8 us of 1 ohm are not long past
    assert np.count_nonzero(held) >= 5
    charge = string * r["v(b)"]
    assert r["v(o)"] == pytest.approx(charge / 600e-6, abs=1e-6)
    assert r["v(n)"] - r["v(o)"] == pytest.approx(charge / 4e-3, abs=1e-6)


def test_rate_that_leaps_at_a_corner_does_not_shorten_steps():
    r = Circuit.from_text(CROSSING).tran(5e-6, 5e-8)
    after = r.time > 3e-6
    assert np.diff(r.time).min() > 1e-15
    assert len(r) < 600
    # Each step may err by 6·trtol·reltol of 9 V, and some ten of them are remembered.
    # c2 follows v1 = 8e6 t late by r1 c2 = 1 us, from where the fall of 3e6 V/s has left it
    t = r.time[after & (r.time <= 4e-6)] - 3e-6
    start = 3e6 * 1e-6 * (1 - np.exp(-3.0))
    exact = 8e6 * (t - 1e-6) + (start + 8.0) * np.exp(-t / 1e-6)
    assert r["v(b)"][after & (r.time <= 4e-6)] == pytest.approx(exact, abs=10 * 42e-7 * 9)


@pytest.mark.parametrize("edge", [1e-15, 1e-12, 1e-9, 1e-6])
@pytest.mark.parametrize("load", ["r1 a b 1k\nc1 b 0 1u", "r1 a b 1k\nr2 b 0 1k", "l1 a b 1m\nr1 b 0 1"])
def test_an_edge_much_shorter_than_the_steps_is_no_ramp(edge, load):
    """Corners closer than 1e-7 of the largest step counted as one, and the edge was a ramp of a tenth of a step."""
    source = f"v1 a 0 pulse(0 5 2m {edge} {edge} 5m 10m)"
    deck = f"clock\n{source}\n{load}\n.meas tran f when v(a)=2.5 fall=1\n.tran 1m 12m\n"
    (r,) = Circuit.from_text(deck).run()
    assert r.measures["f"] == pytest.approx(7e-3 + 1.5 * edge, abs=1e-9)
    k = np.searchsorted(r.time, 2e-3 + 0.999 * edge)
    assert r["v(a)"][k] == pytest.approx(5.0, rel=1e-3)
    assert r.time[k] - 2e-3 <= 1.001 * edge + 1e-15
