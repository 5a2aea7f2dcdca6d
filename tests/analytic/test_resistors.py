"""Resistors: ``ac=`` and ``noisy=`` have their effect, in small signals and noise alone."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN
from circuitnn.netlist.writer import write

TEXT = """resistors
v1 a 0 dc 1 ac 1
r1 a b 5k tc1=1m
r2 b 0 5k ac=15k tc1=1m m=2
r3 a c 1k
r4 c 0 1k noisy=0
.options temp=77
{}
.end
"""


def test_another_resistance_at_small_signals():
    """Both grow with the temperature; two in parallel halve both."""
    circuit = Circuit.from_text(TEXT.format(""))
    assert circuit.op()["v(b)"] == pytest.approx(1.0 / 3.0, rel=1e-9)
    assert np.real(circuit.ac(1e3, 1e3, 1).array("v(b)")).item() == pytest.approx(0.6, rel=1e-9)
    (transfer,) = Circuit.from_text(TEXT.format(".tf v(b) v1")).run()
    assert transfer["transfer_function"] == pytest.approx(1.0 / 3.0, rel=1e-9)


def test_noise_of_the_resistance_at_the_operating_point_and_none():
    spectrum = Circuit.from_text(TEXT.format(".noise v(b) v1 lin 2 1k 2k 1")).run()[0]
    shared = (5.25e3 * 7.875e3) / (5.25e3 + 7.875e3)
    thermal = np.sqrt(4.0 * BOLTZMANN * 350.15 / 2.625e3) * shared
    assert spectrum["onoise_r2"] == pytest.approx(thermal, rel=1e-9)
    spectrum = Circuit.from_text(TEXT.format(".noise v(c) v1 lin 2 1k 2k 1")).run()[0]
    assert np.all(spectrum["onoise_r4"] == 0.0)
    assert spectrum["onoise_spectrum"] == pytest.approx(
        np.sqrt(4.0 * BOLTZMANN * 350.15 / 1e3) * 500.0, rel=1e-9
    )


def test_written():
    text = write(Circuit.from_text(TEXT.format(".op")).flat)
    again = Circuit.from_text(text)
    assert np.real(again.ac(1e3, 1e3, 1).array("v(b)")).item() == pytest.approx(0.6, rel=1e-9)
    assert "noisy=0" in text
