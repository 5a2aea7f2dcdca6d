"""What a module is told about the analysis, in its equations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import load, two_terminal

from circuitnn import Circuit

EXACT = ".options reltol=1e-8 abstol=1e-15 vntol=1e-10\n"


def test_static(tmp_path: Path) -> None:
    """Operating points and sweeps are static, time points are not; in ac the operating point counts."""
    load(two_terminal('I(p, n) <+ analysis("static") ? V(p, n) / 100 : V(p, n) / 50;'), tmp_path)
    deck = f"t\nv1 a 0 dc 1 ac 1\nn1 a 0 m\n.model m dut\n{EXACT}.op\n.dc v1 1 3 1\n.ac lin 1 1 1\n.tran 1m 5m\n.end\n"
    op, dc, ac, tran = Circuit(deck).run()
    assert np.isclose(op["i(v1)"], -0.01)
    assert np.allclose(dc["i(v1)"], [-0.01, -0.02, -0.03])
    assert np.allclose(ac["i(v1)"], -0.01)
    assert np.isclose(tran["i(v1)"][0], -0.01)
    assert np.allclose(tran["i(v1)"][2:], -0.02)


def test_initial_voltage(tmp_path: Path) -> None:
    """A capacitor that is held at its initial voltage until time runs, and then discharges."""
    body = 'if (analysis("ic")) V(p, n) <+ 2; else I(p, n) <+ ddt(1e-6 * V(p, n));'
    load(two_terminal(body), tmp_path)
    deck = f"t\nn1 b 0 m\nr1 b 0 1k\n.model m dut\n{EXACT}.tran 10u 3m\n.end\n"
    with pytest.warns(UserWarning, match=r'analysis\("ic"\) holds at all operating points'):
        (tran,) = Circuit(deck).run()
    assert np.allclose(tran["v(b)"], 2 * np.exp(-tran["time"] / 1e-3), atol=2e-4)


@pytest.mark.parametrize(
    ("words", "before", "later"),
    [('"tran"', 0, 1), ('"ic", "tran"', 1, 1), ('"ac"', 0, 0), ('"noise"', 1, 1), ('"static", "ac"', 1, 0)],
)
@pytest.mark.filterwarnings("ignore:.*analysis")
def test_words(words: str, before: int, later: int, tmp_path: Path) -> None:
    """Each analysis by its word, and several at once."""
    load(two_terminal(f"I(p, n) <+ V(p, n) * (1 + analysis({words}));"), tmp_path)
    deck = f"t\nv1 a 0 1\nn1 a 0 m\n.model m dut\n{EXACT}.op\n.tran 1m 5m\n.end\n"
    op, tran = Circuit(deck).run()
    assert np.isclose(op["i(v1)"], -1 - before)
    assert np.allclose(tran["i(v1)"][2:], -1 - later)
