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
