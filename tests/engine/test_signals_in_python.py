"""Loops without the GIL that call Python now and then: what a signal's handler raises there is not lost."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn._cext import array
from circuitnn.crossbar import MVM, Crossbar
from circuitnn.solvers.linear import have_klu


class Signal:
    """A stand-in for a function in which Ctrl-C is pressed the first time."""

    def __init__(self, function):
        self.function, self.pressed = function, False

    def __call__(self, *arguments, **named):
        if not self.pressed:
            self.pressed = True
            raise KeyboardInterrupt
        return self.function(*arguments, **named)


@pytest.fixture(autouse=True)
def heard(monkeypatch):
    """The interpreter must not print an exception and forget it."""
    forgotten = []
    monkeypatch.setattr("sys.unraisablehook", forgotten.append)
    yield
    assert not forgotten


@pytest.mark.skipif(not have_klu(), reason="built without KLU")
def test_while_products_of_the_elimination_are_listed(monkeypatch):
    """What is raised there was printed and forgotten; after Ctrl-C the run went on."""
    from circuitnn._cext import klu

    press = Signal(np.empty)
    monkeypatch.setattr(klu, "np", _Numpy(np, press))
    circuit = Circuit.from_text("t\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nd1 b 0 dm\n.model dm d(cjo=1n)\n.end\n")
    result = circuit.tran(1e-2, tstep=1e-5)
    assert press.pressed
    assert not result.complete
    assert "interrupted at t = " in result.message


class _Numpy:
    """NumPy, whose `empty` is as a signal finds it."""

    def __init__(self, numpy, press):
        self.__dict__["numpy"], self.__dict__["press"] = numpy, press

    def __getattr__(self, name):
        return self.press if name == "empty" else getattr(self.numpy, name)


def test_while_an_array_gets_its_coarse_grid(monkeypatch):
    press = Signal(array.grid_for)
    monkeypatch.setattr(array, "grid_for", press)
    made = Crossbar(40, 40, 1e-4, wordline_resistance=100.0, bitline_resistance=100.0, driver_resistance=10.0)
    with pytest.raises(KeyboardInterrupt):
        made.op(MVM(np.linspace(0.1, 1.0, 40)))
    found = made.op(MVM(np.linspace(0.1, 1.0, 40)))
    assert np.isfinite(found.output).all()
