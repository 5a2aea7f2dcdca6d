"""Circuits that ngspice has no equal of: an error of ours, in Python as on the command line."""

import numpy as np
import pytest

from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import MVM, Conductance, Device, Gated
from circuitnn.errors import CircuitnnError, NoTwinError
from circuitnn.models import known

STOCHASTIC = sorted(
    name
    for name, model in known().items()
    if model.randoms and len(model.terminals) == 2 and not model.control and model.has_twin()
)


def test_there_are_stochastic_models():
    assert {"smtj", "jart_vcm_var"} <= set(STOCHASTIC)


@pytest.mark.parametrize("model", STOCHASTIC)
def test_stochastic_models_have_no_twin(model):
    circuit = Circuit.from_text(f"t\nv1 a 0 0.1\nn1 a 0 m\n.model m {model}\n.op\n.end\n")
    array = Crossbar(2, 2, Device(model))
    for write in (circuit.export, lambda: array.export_deck(MVM(0.1 * np.ones(2)))):
        with pytest.raises(NoTwinError, match="random numbers"):
            write()
    assert issubclass(NoTwinError, CircuitnnError) and issubclass(NoTwinError, ValueError)


@pytest.mark.parametrize("transistor", ["bsim3", "bsim4"])
def test_cells_with_large_transistors_have_no_twin(transistor):
    array = Crossbar(2, 2, Gated(Conductance(np.full((2, 2), 1e-4)), Device(transistor)))
    with pytest.raises(NoTwinError, match="too large"):
        array.export_deck(MVM(0.1 * np.ones(2), gate=1.0))
