"""Periods and duty cycles are told of signals that repeat themselves; of others, what they do."""

from __future__ import annotations

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.results.result import Result

T = np.linspace(0.0, 40.0, 8001)
TURN = 2.0 * np.pi * T


def oscillator(supply: float, tstop: str) -> Result:
    return Circuit.from_text(
        f"t\nv1 vdd 0 {supply}\nr1 vdd a 6k\nc1 a 0 1p ic=0\nn1 a 0 nbo2\n.model nbo2 poole_frenkel\n.end\n"
    ).tran(tstop, "1n", uic=True)


def signal(y: np.ndarray) -> Result:
    data = np.column_stack([T, y])
    return Result("s", "tran", "Transient Analysis", "time", ("time", "v(a)"), ("time", "voltage"), data)


@pytest.mark.parametrize("figure", ["period", "duty", "phase"])
@pytest.mark.parametrize(
    ("supply", "tstop", "why"),
    [
        (0.9, "1u", "is at rest at 0.8506"),
        (2.4, "200n", "no longer|dies away"),
        (2.4, "1u", "no longer|dies away"),
    ],
)
def test_of_an_oscillator_that_does_not_start_or_dies_away(figure, supply, tstop, why):
    """Below the threshold of oscillation: 0.35 ns of rounding errors were a period, and 73 ns of a decay of 9 ns."""
    with pytest.raises(AnalysisError, match=why):
        getattr(oscillator(supply, tstop), figure)("v(a)")


def test_of_one_that_goes_on():
    found = oscillator(2.0, "1u").oscillation("v(a)")
    late = oscillator(2.0, "2u").oscillation("v(a)")
    assert len(found) > 30 and found.period_error < 2e-4 * found.period
    assert late.period == pytest.approx(found.period, abs=found.period_error)
    assert late.duty == pytest.approx(found.duty, abs=found.duty_error)


REASONS = {
    "rounding": (0.85 + 1e-16 * np.sin(TURN), "is at rest at 0.85"),
    "decay": (np.exp(-0.02 * T) * np.sin(TURN), "dies away: its size changes by -28"),
    "growth": (np.exp(0.02 * T) * np.sin(TURN), "grows: its size changes by"),
    "settling": (1.0 - np.exp(-0.1 * T), "only rises"),
    "drift": (0.03 * T + np.sin(TURN), "drifts: its mean moves by"),
    "chirp": (np.sin(TURN * (1.0 + 0.002 * T)), "sweeps its frequency"),
    "two tones": (np.sin(TURN) + 0.8 * np.sin(0.3819 * TURN), "repeats no pattern"),
    "end": (np.where(T < 30.0, np.sin(TURN), 0.0), "no longer oscillates"),
    "few points": (np.sin(0.6 * np.pi * T / T[1]), "points a cycle"),
    "slow": (np.sin(0.05 * TURN), "a period takes 4 rises"),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_has_no_period_says_why(name):
    y, why = REASONS[name]
    for figure in ("period", "duty"):
        with pytest.raises(AnalysisError, match=why):
            getattr(signal(y), figure)("v(a)")


def test_an_amplitude_that_depends_on_where_it_is_taken_warns():
    for name in ("decay", "growth", "drift", "settling"):
        with pytest.warns(DeckWarning, match="half of the range is that of no settled oscillation"):
            signal(REASONS[name][0]).amplitude("v(a)")
    assert signal(REASONS["chirp"][0]).amplitude("v(a)") == pytest.approx(1.0, rel=1e-3)
    assert signal(REASONS["rounding"][0]).amplitude("v(a)") < 1e-15


def test_a_phase_needs_cycles_of_one_size_not_of_one_length():
    phase = signal(REASONS["chirp"][0]).phase("v(a)")
    expected = TURN * (1.0 + 0.002 * T)
    assert phase - phase[0] == pytest.approx(expected - expected[0], abs=0.05)
    for name in ("decay", "growth", "drift", "end", "rounding"):
        with pytest.raises(AnalysisError, match=REASONS[name][1]):
            signal(REASONS[name][0]).phase("v(a)")


def test_the_shortest_pattern_that_repeats_is_the_period():
    """A subharmonic of 1 % moves rises by less than 2 %: they are not single cycles, as nothing repeats after one."""
    for part in (0.01, 0.1, 0.5):
        found = signal(np.sin(TURN) + part * np.sin(0.5 * TURN + 0.3)).oscillation("v(a)")
        assert found.period == pytest.approx(2.0, abs=found.period_error) and found.pattern == 2
    assert signal(np.sin(TURN) + 0.3 * np.sin(1.5 * TURN)).period("v(a)") == pytest.approx(2.0, rel=1e-6)


def test_noise_does_not_add_rises_and_is_in_the_error():
    y = np.sin(TURN) + np.random.default_rng(1).normal(0.0, 0.02, len(T))
    assert len(signal(y).spike_train("v(a)", start=20.0)) > 20
    found = signal(y).oscillation("v(a)")
    assert abs(found.period - 1.0) < found.period_error < 5e-3
    assert abs(found.duty - 0.5) < found.duty_error + 0.02


@pytest.mark.parametrize("cycles", range(44, 80, 3))
@pytest.mark.parametrize("lasting", [1.0, 3.0])
def test_the_beginning_of_a_settling_oscillation_makes_no_pattern(cycles, lasting):
    """Patterns of 7 and 15 cycles left out the first ones and were periods, with an error of 1e-11."""
    t = np.linspace(0.0, cycles + 0.3, 200 * cycles)
    y = (1.0 + 0.05 * np.exp(-t / lasting)) * np.sin(2.0 * np.pi * t)
    data = np.column_stack([t, y])
    r = Result("s", "tran", "Transient Analysis", "time", ("time", "v(a)"), ("time", "voltage"), data)
    found = r.oscillation("v(a)", start=0.0)
    assert found.pattern == 1 and found.period == pytest.approx(1.0, abs=found.period_error)
