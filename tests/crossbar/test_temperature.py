"""A temperature given to an analysis of an array acts in every engine; forgotten gates are a warning."""

import warnings

import numpy as np
import pytest

from circuitnn import Circuit, DeckWarning
from circuitnn.crossbar import MVM, Access, Crossbar, Device, Gated, Pulse, Resistance, Series
from circuitnn.errors import AnalysisError


def junction(temperature, resistance=0.0):
    """Current of one diode at 0.5 V, by a deck."""
    deck = f"t\nv1 a 0 0.5\nr1 a b {resistance or 1e-3}\nd1 b 0 d\n.model d d\n.options temp={temperature}\n.end\n"
    return -Circuit.from_text(deck).op()["i(v1)"]


@pytest.mark.parametrize("engine", ["array", "general"])
@pytest.mark.parametrize("temperature", [-40.0, 27.0, 125.0])
def test_diodes_at_a_temperature(engine, temperature):
    array = Crossbar(3, 3, Device("diode"))
    chosen = array.op(Access(0, 2, 0.5, "grounded"), engine=engine, temp=temperature)
    own = array.changed(temp=temperature).op(Access(0, 2, 0.5, "grounded"), engine=engine)
    assert chosen.cell_current[0, 2] == pytest.approx(junction(temperature), rel=2e-4)
    np.testing.assert_array_equal(chosen.cell_current, own.cell_current)
    assert chosen.array.temp == temperature and array.temp == 27.0


def test_differential_conductances_at_a_temperature():
    """i/(kT/q): 34.31 mV at 125 °C."""
    result = Crossbar(2, 2, Device("diode")).op(Access(0, 1, 0.5, "grounded"), temp=125)
    assert result.cell_conductance[0, 1] == pytest.approx(result.cell_current[0, 1] / 0.034309, rel=1e-3)


def test_transients_at_a_temperature():
    array = Crossbar(2, 2, Device("diode"), wordline_resistance=1, bitline_resistance=1)
    scheme = Access(0, 1, 0.5, "grounded")
    swept = array.tran(scheme, Pulse(1e-6, 1e-9, 1e-9, 1e-9), 1e-6, temp=125)
    still = array.op(scheme, temp=125)
    assert swept.cell_current[-1, 0, 1] == pytest.approx(still.cell_current[0, 1], rel=1e-3)


def test_transistors_at_a_temperature():
    cell = Gated(Resistance(1e4), Device("mosfet1", kp=2e-3, vto=0.4), along="rows")
    array = Crossbar(3, 3, cell, wordline_resistance=1, bitline_resistance=1)
    scheme = Access(0, 2, 0.2, "grounded", gate=2.0)
    one, other = (array.op(scheme, engine=e, temp=125).output for e in ("array", "general"))
    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-15)
    assert abs(one[2] / array.op(scheme).output[2] - 1.0) > 1e-3


def test_a_temperature_without_effect_is_a_warning():
    array = Crossbar(2, 2, Series(Device("sinh_selector"), Resistance(1e4)))
    with pytest.warns(DeckWarning, match="temperature of 'crossbar'"):
        array.op(Access(0, 1, 0.5, "half"), temp=85)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        array.op(Access(0, 1, 0.5, "half"))
        Crossbar(2, 2, Device("diode")).op(Access(0, 1, 0.5, "half"), temp=85)


def test_parts_of_a_cell_have_no_temperature_of_their_own():
    with pytest.raises(AnalysisError, match=r"'temp' of mosfet1 .* that of the array"):
        Crossbar(2, 2, Gated(Resistance(1e4), Device("mosfet1", temp=125.0)))


def test_gates_that_are_forgotten_are_a_warning():
    gated = Crossbar(2, 2, Gated(Resistance(1e4), Device("mosfet1", kp=2e-3, vto=0.4)))
    with pytest.warns(DeckWarning, match="gates are at 0 V"):
        gated.mvm([0.1, 0.1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (
            gated.mvm([0.1, 0.1], MVM([0.0, 0.0], gate=2.0))[0]
            == gated.op(MVM([0.1, 0.1], gate=2.0)).output[0]
        )
