"""1T1R cells with every transistor there is: the array's own solvers beside the general engine."""

import numpy as np
import pytest

from circuitnn.crossbar import Access, Crossbar, Device, Gated
from circuitnn.errors import AnalysisError
from circuitnn.models import known

LINES = dict.fromkeys(
    ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance"), 20.0
)
MEMORY = Device("vteam", ron=5e3, roff=2e5, x0=np.linspace(0.2, 0.8, 9).reshape(3, 3))
ELECTRODES = {"gate", "base"}
TRANSISTORS = sorted(
    name
    for name, model in known().items()
    if len(model.terminals) in (3, 4) and model.terminals[1] in ELECTRODES
)
OTHERS = ("switch", "mjj")


def array(transistor):
    return Crossbar(3, 3, Gated(MEMORY, Device(transistor)), **LINES)


@pytest.mark.parametrize("transistor", TRANSISTORS)
def test_both_ways_give_the_same_currents(transistor):
    bias = Access(0, 2, 0.3, "grounded", gate=5.0)
    own, general = (array(transistor).op(bias, engine=engine) for engine in ("auto", "general"))
    size = np.abs(general.cell_current).max()
    assert size > 1e-9
    np.testing.assert_allclose(own.cell_current, general.cell_current, atol=1e-9 * size)


@pytest.mark.parametrize("transistor", ["ekv", "mosfet1", "mosfet2", "mosfet3", "mosfet6", "bsim3"])
def test_transistors_without_series_resistance_are_for_the_array_solver(transistor):
    assert array(transistor).op(Access(0, 2, 0.3, "grounded", gate=1.5)).statistics.linear_solver == "array"


@pytest.mark.parametrize("model", OTHERS)
def test_what_has_no_gate_is_no_transistor(model):
    with pytest.raises(AnalysisError, match=f"model {model} has no gate: its terminals are plus, minus"):
        array(model)
