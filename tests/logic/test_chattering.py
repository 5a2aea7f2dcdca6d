"""Loops of logic and circuit that chatter."""

import re
import warnings

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import BudgetError, DeckWarning
from circuitnn.machine import budget

# The input of the bridge comes to rest within its band, where it hands on "unknown", which the circuit leaves again.
LOOP = """chatter
v1 in 0 pwl(0 0 1m 2)
r1 in a 1k
abr [a] [d] ad
ainv d e inv
adr [e] [f] da
r2 f a 1k
c1 a 0 20p
.model ad adc_bridge(in_low=0.9 in_high=1.1 rise_delay=1n fall_delay=1n)
.model inv d_inverter(rise_delay=10n fall_delay=10n)
.model da dac_bridge(out_low=0 out_high=2 out_undef=1 t_rise=1n t_fall=1n)
"""


def rises(result):
    t, v = result.time, result["v(f)"]
    at = np.flatnonzero((v[:-1] < 1.5) & (v[1:] >= 1.5))
    return t[at]


# … and here, "unknown" drives it on to the other level, so that it comes twice in a cycle.
SWING = LOOP.replace("out_high=2 out_undef=1 ", "out_high=3 out_undef=1.5 ").replace(
    "c1 a 0 20p", "c1 a 0 60p"
)


@pytest.mark.parametrize("loop", [LOOP, SWING])
def test_a_run_that_would_take_for_ever_names_the_loop_and_its_period(loop):
    circuit = Circuit.from_text(loop + ".tran 1u 1 uic\n.end\n")
    with budget.limits(points=60_000), pytest.raises(BudgetError), pytest.warns(DeckWarning) as said:
        circuit.run()
    (text,) = [str(w.message) for w in said if "loop" in str(w.message)]
    assert "the nets d, e of the loop abr - ainv - adr" in text and "minevent" in text
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeckWarning)  # nothing is said of a short run
        short = Circuit.from_text(loop + ".tran 1u 120u uic\n.end\n").run()[0]
    now = rises(short)[-200:]
    stated = float(re.search(r"change in cycles of (\S+) s", text)[1])
    assert stated == pytest.approx(np.diff(now).mean(), rel=0.05)


def test_the_smallest_delay_slows_it_down():
    usual, slow = (
        Circuit.from_text(LOOP + f".options minevent={least}\n.tran 1u 120u uic\n.end\n").run()[0]
        for least in ("0", "1u")
    )
    assert len(slow) < 0.1 * len(usual)
    assert np.diff(rises(slow)).min() > 1e-6
