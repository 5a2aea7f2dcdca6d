"""Lyapunov exponents: against published values, the divergence of the flow, and Floquet multipliers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from circuitnn import Circuit, load
from circuitnn.errors import AnalysisError

DECKS = Path(__file__).resolve().parents[2] / "netlists"


@pytest.mark.long
def test_the_exponents_of_lorenz():
    found = load(DECKS / "oscillator/lorenz.cir").lyapunov(300, 20, uic=True, tmax=0.1, tolerance=1e-6)
    m = found.measures
    # over so short a time the first is known to some per cent; python -m bench.oscillators takes longer
    assert m["lambda1"] == pytest.approx(0.905, abs=max(4.0 * m["lambda1_sd"], 0.03))
    assert m["lambda2"] == pytest.approx(0.0, abs=0.02)
    assert m["lambda1"] + m["lambda2"] + m["lambda3"] == pytest.approx(-41.0 / 3.0, rel=1e-4)
    assert m["dimension"] == pytest.approx(2.06, abs=0.01)


def test_the_exponents_of_roessler():
    found = load(DECKS / "oscillator/roessler.cir").lyapunov(1500, 200, uic=True, tmax=0.2, tolerance=1e-6)
    m = found.measures
    assert m["lambda1"] == pytest.approx(0.0714, abs=max(4.0 * m["lambda1_sd"], 0.01))
    assert m["lambda2"] == pytest.approx(0.0, abs=0.01)
    assert m["lambda3"] == pytest.approx(-5.3943, rel=0.03)


@pytest.mark.long
def test_on_a_cycle_they_are_the_logarithms_of_its_multipliers():
    circuit = load(DECKS / "oscillator/vo2_pair_locking.cir")
    cycle = circuit.pss(tstab=200e-6, uic=True)
    found = circuit.lyapunov(400 * cycle.period(), 200e-6, uic=True, tmax=cycle.period() / 40)
    expected = np.log(np.abs(cycle.multipliers)) / cycle.period()
    assert found.measures["lambda1"] == pytest.approx(0.0, abs=1e-3 / cycle.period())
    assert found.measures["lambda2"] == pytest.approx(expected[1], rel=1e-2)


def test_a_card_and_too_many():
    deck = "rc\nr1 a 0 1k\nc1 a 0 1u ic=1\n.lyapunov 10m 1m 1 uic\n.end\n"
    (found,) = Circuit.from_text(deck).run()
    assert found.measures["lambda1"] == pytest.approx(-1e3, rel=1e-4)
    with pytest.raises(AnalysisError, match="2 exponents of a circuit with 1"):
        Circuit.from_text(deck).lyapunov(1e-2, 1e-3, 2, uic=True)
