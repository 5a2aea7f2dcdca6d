"""Steps to solutions elsewhere, where no step is short enough, are no way to go on for ever."""

import pytest

from circuitnn import Circuit
from circuitnn.errors import ConvergenceError, SingularMatrixError


def test_a_run_that_gets_nowhere_by_leaps_fails():
    """Rounding beside such a voltage leaves each step without a solution: leaps of 0.2 fs went on through 10 ns."""
    deck = "t\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\nv9 c b 1.7e308\nr9 c 0 1\n"
    with pytest.raises((ConvergenceError, SingularMatrixError), match="tran at t = "):
        Circuit.from_text(deck).tran(1e-8)
