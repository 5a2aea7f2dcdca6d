"""Spikes, periods, phases of transients: against signals whose crossings are known, and random trains."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circuitnn import Circuit
from circuitnn.errors import AnalysisError
from circuitnn.results.result import Result
from circuitnn.results.spiking import raster


def signal(t, **values):
    names = ("time", *(f"v({name})" for name in values))
    types = ("time", *["voltage"] * len(values))
    return Result(
        "s", "tran", "Transient Analysis", "time", names, types, np.column_stack([t, *values.values()])
    )


@settings(max_examples=60, deadline=None)
@given(
    frequency=st.floats(0.5, 20.0),
    angle=st.floats(0.0, 6.28),
    level=st.floats(-0.8, 0.8),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_sine_on_uneven_points(frequency, angle, level, seed):
    rng = np.random.default_rng(seed)
    count = int(3.0 * frequency * 80)
    t = np.sort(
        np.concatenate([[0.0, 3.0], (np.arange(1, count) + rng.uniform(-0.3, 0.3, count - 1)) * 3.0 / count])
    )
    result = signal(t, a=np.sin(2.0 * np.pi * frequency * t + angle))
    found = result.spikes("v(a)", level)
    first = (np.arcsin(level) - angle) / (2.0 * np.pi)
    expected = (np.arange(-1, 70) + first) / frequency
    expected = expected[(expected > 0.02 / frequency) & (expected < 3.0 - 0.02 / frequency)]
    inside = found.times[(found.times > 0.02 / frequency) & (found.times < 3.0 - 0.02 / frequency)]
    assert inside == pytest.approx(expected, abs=3e-5 / frequency)
    if len(found) > 4:
        assert result.period("v(a)", level, 0.0) == pytest.approx(1.0 / frequency, rel=1e-4)
        above = 0.5 - np.arcsin(level) / np.pi
        assert result.duty("v(a)", level, 0.0) == pytest.approx(above, abs=1e-3)
        phase = result.phase("v(a)", level)
        assert np.diff(phase) / np.diff(t) == pytest.approx(2.0 * np.pi * frequency, rel=1e-3)
    assert result.amplitude("v(a)", 0.0) == pytest.approx(1.0, abs=2e-2)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_statistics_of_a_random_train_are_those_of_its_intervals(seed):
    rng = np.random.default_rng(seed)
    gaps = rng.exponential(1.0, 200) + 0.05
    moments = np.cumsum(gaps)
    t = np.sort(np.concatenate([[0.0], moments, moments, moments + 0.02, moments + 0.02]))
    y = np.zeros(len(t))
    for k, m in enumerate(moments):  # jumps: two points at one time
        at = np.flatnonzero(t == m)
        y[at[1] : at[1] + 2] = 1.0 + k % 3
    found = signal(t, a=y).spikes("v(a)", 0.5)
    assert found.times == pytest.approx(moments)
    assert found.cv == pytest.approx(np.std(gaps[1:]) / np.mean(gaps[1:]))
    assert found.widths == pytest.approx(0.02, abs=1e-9)
    assert found.heights == pytest.approx(1.0 + np.arange(200) % 3)
    assert sum(map(len, found.bursts(1.0))) == 200
    assert all(np.all(np.diff(b) <= 1.0) for b in found.bursts(1.0))


def test_a_burst_is_one_period():
    t = np.linspace(0.0, 10.0, 20001)
    y = ((t % 1.0) < 0.1) + (((t % 1.0) > 0.3) & ((t % 1.0) < 0.35))
    result = signal(t, a=y.astype(float))
    assert result.period("v(a)", 0.5) == pytest.approx(1.0, abs=2e-3)
    assert len(result.spikes("v(a)")) in (19, 20)


def test_a_section_of_an_ellipse():
    t = np.linspace(0.0, 5.0, 1000)
    result = signal(t, a=np.sin(2 * np.pi * t), b=3.0 * np.cos(2 * np.pi * t))
    found = result.section("v(a)", 0.0, "v(b)")
    assert found[:, 1] == pytest.approx(3.0, rel=1e-6)


def test_of_a_circuit_and_what_cannot_be_told(tmp_path):
    circuit = Circuit.from_text("s\nv1 a 0 sin(0 1 1k)\nr1 a 0 1\n.end\n")
    result = circuit.tran("5m", tmax="10u")
    assert result.period("v(a)") == pytest.approx(1e-3, rel=1e-6)
    raster([result.spikes("v(a)", 0.5)], tmp_path / "raster.png")
    assert (tmp_path / "raster.png").stat().st_size > 1000
    with pytest.raises(AnalysisError, match="no period can be told"):
        result.period("v(a)", 2.0)
    with pytest.raises(AnalysisError, match="before start"):
        result.spikes("v(a)", start=1.0)
    with pytest.raises(AnalysisError, match="only a result over the time"):
        circuit.op().spikes("v(a)")
