"""Spikes, periods, phases of transients: against signals whose crossings are known, and random trains."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, ConvergenceError, NetlistError, UnknownNameError
from circuitnn.results import rawfile
from circuitnn.results.result import Result
from circuitnn.results.spike_detection import Trains
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
    found = result.spike_train("v(a)", level)
    first = (np.arcsin(level) - angle) / (2.0 * np.pi)
    expected = (np.arange(-1, 70) + first) / frequency
    expected = expected[(expected > 0.02 / frequency) & (expected < 3.0 - 0.02 / frequency)]
    inside = found.times[(found.times > 0.02 / frequency) & (found.times < 3.0 - 0.02 / frequency)]
    assert inside == pytest.approx(expected, abs=3e-5 / frequency)
    if frequency > 3.0:
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
    found = signal(t, a=y).spike_train("v(a)", 0.5)
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
    assert len(result.spike_train("v(a)")) in (19, 20)


def test_a_section_of_an_ellipse():
    t = np.linspace(0.0, 5.0, 1000)
    result = signal(t, a=np.sin(2 * np.pi * t), b=3.0 * np.cos(2 * np.pi * t))
    found = result.section("v(a)", 0.0, "v(b)")
    assert found[:, 1] == pytest.approx(3.0, rel=1e-6)


def test_of_a_circuit_and_what_cannot_be_told(tmp_path):
    circuit = Circuit.from_text("s\nv1 a 0 sin(0 1 1k)\nr1 a 0 1\n.end\n")
    result = circuit.tran("10m", tmax="10u")
    assert result.period("v(a)") == pytest.approx(1e-3, rel=1e-6)
    raster([result.spike_train("v(a)", 0.5)], tmp_path / "raster.png")
    assert (tmp_path / "raster.png").stat().st_size > 1000
    with pytest.raises(AnalysisError, match=r"a period takes 4 rises, and from .* it rises 0 times"):
        result.period("v(a)", 2.0)
    with pytest.raises(AnalysisError, match="before start"):
        result.spike_train("v(a)", start=1.0)
    with pytest.raises(AnalysisError, match="only a result over the time"):
        circuit.op().spike_train("v(a)")


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_spikes_do_not_depend_on_the_blocks_in_which_points_come(seed):
    """Random walks on few values, so that levels are touched and jumps stand at one time."""
    rng = np.random.default_rng(seed)
    points, signals = int(rng.integers(1, 60)), int(rng.integers(1, 4))
    t = np.cumsum(rng.choice([0.0, 0.5, 1.0], points, p=[0.1, 0.4, 0.5]))
    y = rng.integers(-2, 3, (points, signals)).astype(float)
    whole, parts = Trains(np.zeros(signals)), Trains(np.zeros(signals))
    whole.add(t, y)
    for block in np.split(np.arange(points), np.sort(rng.integers(0, points + 1, 5))):
        parts.add(t[block], y[block])
    table = whole.table()
    assert np.array_equal(table, parts.table(), equal_nan=True)
    for k in range(signals):  # by a loop over the points
        own = table[table[:, 0] == k]
        rises = [j for j in range(1, points) if y[j - 1, k] < 0.0 <= y[j, k]]
        ends = [next((m for m in range(j, points) if y[m, k] < 0.0), points) for j in rises]
        assert len(own) == len(rises)
        assert np.isnan(own[:, 2]).tolist() == [end == points for end in ends]
        assert own[:, 3].tolist() == [max(y[j:end, k]) for j, end in zip(rises, ends, strict=True)]
        assert all(t[j - 1] <= rise <= t[j] for j, rise in zip(rises, own[:, 1], strict=True))


NEURONS = """two neurons
v1 vdd 0 2
r1 vdd a 6k
c1 a 0 1p ic=0
n1 a 0 nbo2
r2 vdd b 5k
c2 b 0 1p ic=0.3
n2 b 0 nbo2
rc a b 1meg
.model nbo2 poole_frenkel
.end
"""
LEVELS = {"v(a)": 0.9, "v(b)": 1.0, "v(a,b)": 0.2, "@n1[t]": 600.0, "i(v1)": -3.6e-4}


def test_spikes_kept_while_a_transient_runs_are_those_of_its_waveforms():
    circuit = Circuit.from_text(NEURONS)
    waveforms = circuit.tran("200n", "1n", uic=True)
    found = circuit.spikes("200n", LEVELS, "1n", uic=True)
    assert found.names == ("time", "signal", "width", "height") and np.all(np.diff(found.time) >= 0.0)
    assert found.statistics.points == len(waveforms)
    for name, level in LEVELS.items():
        own, expected = found.spike_train(name), waveforms.spike_train(name, level)
        assert len(own) > 10
        assert own.times == pytest.approx(expected.times, rel=1e-12)
        assert own.widths == pytest.approx(expected.widths, rel=1e-9)
        assert own.heights == pytest.approx(expected.heights, rel=1e-12)
        assert own.rate == pytest.approx(expected.rate) and len(own.ends) == len(expected.ends)
    waveforms, found = circuit.tran("400n", "1n", uic=True), circuit.spikes("400n", LEVELS, "1n", uic=True)
    for figure in ("period", "duty"):
        expected = getattr(waveforms, figure)("v(a)", 0.9)
        assert getattr(found, figure)("v(a)") == pytest.approx(expected, rel=1e-9)


def test_the_end_of_a_run_is_not_its_last_spike():
    """An oscillation that decays in the first quarter has no period in the second half, kept or not."""
    circuit = Circuit.from_text("t\nv1 a 0 sin(0 1 1k 0 400)\nr1 a 0 1k\n.end\n")
    for run in (circuit.tran("20m", "5u"), circuit.spikes("20m", {"v(a)": 0.1}, "5u")):
        assert len(run.spike_train("v(a)", 0.1)) == 6 and run.spike_train("v(a)", 0.1).rate == pytest.approx(
            300.0
        )
        with pytest.raises(AnalysisError, match="no longer oscillates"):
            run.period("v(a)", 0.1, 0.0)
        with pytest.raises(AnalysisError, match="rises 0 times"):
            run.period("v(a)", 0.1)


def test_spikes_by_a_card_in_a_rawfile_and_from_a_state(tmp_path):
    text = NEURONS.replace(".end", ".spikes 1n 100n 20n v(a) 0.9 v(b) 1.0 uic\n.end")
    result = Circuit.from_text(text).run()[0]
    assert result.time.min() >= 20e-9
    exported = Circuit.from_text(text).export()  # with the largest step that its twins need
    assert (
        len(re.findall(r"\* \.spikes 1e-09 1e-07 2e-08 [\d.e-]+ v\(a\) 0\.9 v\(b\) 1\.0 uic", exported)) == 1
    )
    result.save(tmp_path / "out.raw")
    again = rawfile.read(tmp_path / "out.raw")[0]
    assert again.analysis == "spikes" and np.array_equal(again.data, result.data)
    for name in ("v(a)", "v(b)"):
        own, kept = result.spike_train(name), again.spike_train(name)
        assert len(own) > 2 and np.array_equal(own.times, kept.times) and own.rate == kept.rate
    with pytest.raises(UnknownNameError, match=r"only those of v\(a\), v\(b\)"):
        again.spike_train("v(c)")
    stored = (tmp_path / "out.raw").read_bytes()
    for fault in (b"", b'Option: times = "x"\n', b'Option: times = "0 1"\nOption: signal0 = "v(a)"\n'):
        other = re.sub(rb"(Option: .*\n)+", fault, stored, count=1)
        (tmp_path / "out.raw").write_bytes(other)
        with pytest.raises(AnalysisError, match="column 'signal'"):
            rawfile.read(tmp_path / "out.raw")[0].spike_train("v(a)")
    circuit, levels = Circuit.from_text(NEURONS), {"v(a)": 0.9}
    first = circuit.spikes("60n", levels, "1n", uic=True)
    rest = circuit.spikes("120n", levels, "1n", start=first.final_state)
    joined = np.concatenate([first.spike_train("v(a)").times, rest.spike_train("v(a)").times])
    assert joined == pytest.approx(circuit.spikes("120n", levels, "1n", uic=True).time, rel=1e-4)


def test_spikes_that_cannot_be_found_are_errors():
    circuit = Circuit.from_text(NEURONS)
    with pytest.raises(UnknownNameError, match=r"v\(q\)"):
        circuit.spikes("10n", {"v(q)": 1.0}, uic=True)
    with pytest.raises(AnalysisError, match="at least one signal"):
        circuit.spikes("10n", {}, uic=True)
    found = circuit.spikes("10n", {"v(a)": 0.9}, uic=True)
    with pytest.raises(UnknownNameError, match=r"only those of v\(a\)"):
        found.spike_train("v(b)")
    with pytest.raises(AnalysisError, match=r"through 0\.9, not through 0\.5"):
        found.spike_train("v(a)", 0.5)
    with pytest.raises(NetlistError, match=r"\.spikes.*signals, each with its level"):
        Circuit.from_text(NEURONS.replace(".end", ".spikes 1n 10n v(a)\n.end")).run()
    with pytest.raises(NetlistError, match=r"'\.spikes': tstart = 2e-08 makes no sense"):
        Circuit.from_text(NEURONS.replace(".end", ".spikes 1n 10n 20n v(a) 0.9\n.end")).run()
    with pytest.raises(ConvergenceError) as failed:
        Circuit.from_text(NEURONS.replace(".end", "b1 q 0 v=v(q)>0.5?0:(time>5n)\nrq q 0 1k\n.end")).spikes(
            "10n", {"v(a)": 0.5}, uic=True
        )
    assert len(failed.value.result) == 1 and not failed.value.result.complete


def test_a_transient_without_waveforms_keeps_nothing_but_spikes(monkeypatch):
    """Ten times the periods: the points are ten times as many, what is held after each block is not."""
    held = []
    add = Trains.add
    monkeypatch.setattr(Trains, "add", lambda self, t, y: (add(self, t, y), held.append(len(self._t)))[0])
    circuit = Circuit.from_text(NEURONS)
    result = circuit.spikes("4u", {"v(a)": 0.9}, "1n", uic=True)
    assert result.statistics.points > 10_000 and len(held) > 3 and max(held) <= 3
