"""Figures of signals and pairs made by formula: right within their errors, or refused with the reason."""

from __future__ import annotations

import math

import pytest

from bench import figures
from circuitnn import Circuit


@pytest.mark.parametrize("seed", [101, 102])
def test_of_signals_made_by_formula(seed):
    found = figures.run(150, seed)
    assert found.failures == [] and found.counts["told"] > 20 and found.counts["refused"] > 20


@pytest.mark.parametrize("start", [None, 0.0, 0.1e-3, 0.35e-3, 0.9e-3])
def test_of_a_steady_state_from_any_time_on(start):
    """What followed `start` was repeated as if it were the period: 0.65 ms for 1 ms, and amplitudes of a part."""
    deck = "pulses\nv1 a 0 pulse(-1 3 0.2m 1u 1u 0.3m 1m)\nr1 a b 1k\nc1 b 0 1n\nr2 b 0 1meg\n.end\n"
    steady = Circuit.from_text(deck).pss(1e3)
    assert steady.period("v(a)", 0.0, start) == pytest.approx(1e-3, rel=1e-6)
    assert steady.duty("v(a)", 1.0, start) == pytest.approx(0.301, rel=1e-4)
    assert steady.amplitude("v(a)", start) == pytest.approx(2.0, rel=1e-6)
    begin = 0.0 if start is None else start
    lead = steady.phase("v(b)", 1.0, begin) - steady.phase("v(a)", 1.0, begin)
    lag = 0.5 + math.log(2.0 * (1.0 - math.exp(-1.0)))  # of an edge of 1 µs, by a time constant of 1 µs
    assert lead == pytest.approx(-2.0 * math.pi * 1e-3 * lag, abs=1e-5)
