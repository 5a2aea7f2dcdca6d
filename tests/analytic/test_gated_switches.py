"""Converters whose gate returns to exactly the threshold of their switch."""

import numpy as np
import pytest

from circuitnn import Circuit

CONVERTER = """a buck converter
.param low=0 high=5 delay=0 edge=0.1u width=5u period=20u
vg g 0 pulse({low} {high} {delay} {edge} {edge} {width} {period})
vi i 0 5
s1 i x g 0 gate
d1 0 x fly
l1 x o {2*period}
c1 o 0 {period}
ro o 0 5
.model gate sw vt={low} ron=0.01 roff=10meg
.model fly d is=2e-4 rs=0.05 cjo=500p
.options method=METHOD
.end
"""


@pytest.mark.parametrize("method", ["trap", "gear"])
@pytest.mark.parametrize("seed", range(6))
def test_a_gate_that_returns_to_the_threshold_opens_the_switch(seed, method):
    """A control a rounding below the threshold, before the last correction, closed it again at the end of the fall."""
    rng = np.random.default_rng(seed)
    period = float(rng.uniform(5e-6, 40e-6))
    edge, width = period * float(rng.uniform(0.002, 0.02)), period * float(rng.uniform(0.2, 0.6))
    high = float(rng.choice([0.3, 1.0, 5.0, 12.0, 325.0]))
    circuit = Circuit.from_text(CONVERTER.replace("METHOD", method)).with_parameters(
        low=float(rng.choice([0.0, 0.1 * high])),
        high=high,
        delay=float(rng.choice([0.0, 1.3e-6])),
        edge=edge,
        width=width,
        period=period,
    )
    r = circuit.tran(30 * period, tstep=period / 200)
    closed = np.abs(r["i(vi)"]) > np.abs(r["v(i)"] - r["v(x)"])  # conducts more than 1 S
    assert np.count_nonzero(~closed[:-1] & closed[1:]) >= 29
    share = np.sum(np.diff(r.time) * closed[1:]) / r.time[-1]
    assert share == pytest.approx((width + 2 * edge) / period, abs=0.02)
