"""A sweep stays on its branch of a circuit with several operating points, whichever solver factors its matrices."""

import numpy as np
import pytest

from circuitnn import load
from validation.decks import NETLISTS


@pytest.mark.parametrize(
    ("deck", "signal", "jump"), [("tunnel_diode_sweep", "v(d)", 1.04), ("schmitt_opamp_sweep", "v(out)", 4.9)]
)
@pytest.mark.parametrize("solver", ["auto", "superlu"])
def test_a_sweep_jumps_where_its_branch_ends(deck, signal, jump, solver):
    """SuperLU does not tell its pivots, so that each of its points is looked at again: at that point, not elsewhere."""
    circuit = load(NETLISTS / "robust" / f"{deck}.cir").with_options(linear_solver=solver)
    result = circuit.run()[0]
    steps = np.abs(np.diff(result.array(signal)))
    assert np.sum(steps > 0.5 * np.max(steps)) == 1
    assert result.array(result.axis)[np.argmax(steps)] == pytest.approx(jump)
