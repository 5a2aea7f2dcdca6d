"""Tools that start ngspice start circuitnn in its place, and read what it writes."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import circuitnn

ROOT = Path(__file__).resolve().parents[2]
DECK = "* divider\n.param load=1k\nV1 in 0 SIN(0 1 1k)\nR1 in out 1k\nR2 out 0 {load}\n.tran 10u 2m\n.end\n"


@pytest.fixture
def command(tmp_path):
    """An executable that is circuitnn."""
    script = tmp_path / "circuitnn"
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    script.write_text(f"#!/bin/sh\nPYTHONPATH='{path}' exec '{sys.executable}' -m circuitnn \"$@\"\n")
    script.chmod(0o755)
    return str(script)


def test_spicelib_runs_a_sweep(command, tmp_path):
    """Its runner edits a parameter, starts the simulator in batch mode, and reads the rawfile."""
    spicelib = pytest.importorskip("spicelib")
    simulators = pytest.importorskip("spicelib.simulators.ngspice_simulator")
    simulator = simulators.NGspiceSimulator.create_from(command)
    (tmp_path / "deck.cir").write_text(DECK)
    runner = spicelib.SimRunner(output_folder=str(tmp_path / "runs"), simulator=simulator)
    netlist = spicelib.SpiceEditor(str(tmp_path / "deck.cir"))
    for load in (1000.0, 3000.0):
        netlist.set_parameter("load", load)
        raw, log = runner.run_now(netlist, run_filename=f"load{load:.0f}.net")
        trace = spicelib.RawRead(raw, dialect="ngspice").get_trace("v(out)").get_wave()
        assert max(trace) == pytest.approx(load / (load + 1e3), rel=1e-3)
        assert "No. of Data Rows" in Path(log).read_text()
    assert (runner.okSim, runner.failSim) == (2, 0)


STEPS = (
    "t\n.param load=1k\nv1 a 0 1 sin(0 1 1k) ac 1\nr1 a b 1k\nr2 b 0 {load}\n.step param load list 1k 3k\n"
)


@pytest.mark.parametrize(
    ("card", "last"),
    [("tran 10u 250u", (0.5, 0.75)), ("ac dec 1 1 10", (0.5, 0.75)), ("op", (0.5, 0.75))],
)
def test_spicelib_reads_steps(card, last, command, tmp_path):
    """LTspice's ``.step``, which ngspice does not have; circuitnn's own reader gives one result for each."""
    spicelib = pytest.importorskip("spicelib")
    (tmp_path / "d.cir").write_text(f"{STEPS}.{card}\n.end\n")
    subprocess.run([command, "-b", "-o", "d.log", "-r", "d.raw", "d.cir"], cwd=tmp_path, check=True)
    steps = spicelib.RawRead(str(tmp_path / "d.raw"))
    assert list(steps.get_steps()) == [0, 1] and steps.steps == [{"load": 1000}, {"load": 3000}]
    if card != "op":  # those follow
        waves = [steps.get_trace("v(b)").get_wave(k) for k in (0, 1)]
        assert [wave[-1] for wave in waves] == pytest.approx(last)
    ours = circuitnn.read_all(tmp_path / "d.raw")
    assert [np.ravel(result["v(b)"])[-1] for result in ours] == pytest.approx(last)


@pytest.mark.parametrize(
    ("cards", "first", "kind", "values", "last"),
    [
        (".step param load list 1k 3k", "load", "param", (1e3, 3e3), (0.5, 0.75)),
        (".step param load list 1k {1k/3}", "load", "param", (1e3, 1e3 / 3.0), (0.5, 0.25)),
        (".step v1 1 3 1", "v1", "voltage", (1.0, 2.0, 3.0), (0.5, 1.0, 1.5)),
        (".step r2 list 1k 3k", "r2", "param", (1e3, 3e3), (0.5, 0.75)),
        (".step temp list 10 20", "temp", "temperature", (10.0, 20.0), (0.5, 0.5)),
        (
            ".step param load list 1k 3k\n.step v1 list 1 2", "v1", "voltage", (1.0, 2.0, 1.0, 2.0),
            (0.5, 1.0, 0.75, 1.5),
        ),
    ],
)  # fmt: skip
def test_spicelib_reads_operating_points_of_steps(cards, first, kind, values, last, command, tmp_path):
    """As in LTspice's files the first variable is what varies, and each step is one point."""
    spicelib = pytest.importorskip("spicelib")
    deck = f"t\n.param load=1k\nv1 a 0 1\nr1 a b 1k\nr2 b 0 {{load}}\n{cards}\n.op\n.end\n"
    (tmp_path / "d.cir").write_text(deck)
    subprocess.run([command, "-b", "-o", "d.log", "-r", "d.raw", "d.cir"], cwd=tmp_path, check=True)
    steps = spicelib.RawRead(str(tmp_path / "d.raw"))
    assert steps.get_plot_name() == "Operating Point" and steps.nPoints == len(steps.steps) == len(values)
    varied, node = steps.get_trace(0), steps.get_trace("v(b)")
    assert (varied.name, varied.whattype) == (first, kind)
    assert tuple(varied.get_wave()) == values and [step[first] for step in steps.steps] == pytest.approx(
        values, rel=1e-5
    )
    assert [node[k] for k in range(steps.nPoints)] == pytest.approx(last)
    assert [node.get_point(0, k) for k in range(steps.nPoints)] == pytest.approx(last)
    ours = circuitnn.read_all(tmp_path / "d.raw")
    assert [float(np.ravel(result[first])[0]) for result in ours] == list(values)
    assert [float(np.ravel(result["v(b)"])[0]) for result in ours] == pytest.approx(last)


def test_steps_of_several_analyses_stay_apart(command, tmp_path):
    (tmp_path / "d.cir").write_text(f"{STEPS}.op\n.ac dec 1 1 10\n.end\n")
    subprocess.run([command, "-b", "-r", "d.raw", "d.cir"], cwd=tmp_path, check=True, stdout=subprocess.PIPE)
    assert [result.analysis for result in circuitnn.read_all(tmp_path / "d.raw")] == ["ac", "op"] * 2


def test_pyspice_starts_it_as_its_server(command, monkeypatch):
    netlist = pytest.importorskip("PySpice.Spice.Netlist")
    # numpy 2.3 took the binary mode of fromstring away, which PySpice 1.5 uses.
    monkeypatch.setattr(
        np, "fromstring", lambda data, count, dtype: np.frombuffer(data, dtype, count), raising=False
    )
    circuit = netlist.Circuit("divider")
    circuit.V("1", "a", circuit.gnd, 2)
    circuit.R(1, "a", "b", 1e3)
    circuit.R(2, "b", circuit.gnd, 1e3)
    simulator = circuit.simulator(simulator="ngspice-subprocess", spice_command=command)
    assert float(simulator.operating_point().b[0]) == pytest.approx(1.0)
    assert np.array(simulator.dc(V1=slice(0, 2, 1)).b) == pytest.approx([0.0, 0.5, 1.0])


def test_pyspice_reads_phasors_of_the_server(command, monkeypatch):
    netlist = pytest.importorskip("PySpice.Spice.Netlist")
    monkeypatch.setattr(
        np, "fromstring", lambda data, count, dtype: np.frombuffer(data, dtype, count), raising=False
    )
    circuit = netlist.Circuit("low pass")
    circuit.SinusoidalVoltageSource("1", "a", circuit.gnd, amplitude=1)
    circuit.R(1, "a", "b", 1e3)
    circuit.C(1, "b", circuit.gnd, 1e-6)
    simulator = circuit.simulator(simulator="ngspice-subprocess", spice_command=command)
    r = simulator.ac(start_frequency=10, stop_frequency=1e3, number_of_points=2, variation="dec")
    f = np.array(r.frequency).real
    np.testing.assert_allclose(np.array(r.b), 1.0 / (1.0 + 2j * np.pi * f * 1e-3), rtol=1e-9)


def test_pyspice_loads_the_library(command, tmp_path):
    """In its shared mode, in a process of its own: PySpice keeps the library that it has loaded first."""
    pytest.importorskip("PySpice.Spice.Netlist")
    code = """
from PySpice.Spice.Netlist import Circuit
circuit = Circuit("divider")
circuit.V("1", "a", circuit.gnd, "dc 2 ac 1")
circuit.R(1, "a", "b", 1e3)
circuit.R(2, "b", circuit.gnd, 3e3)
simulator = circuit.simulator(simulator="ngspice-shared")
print(float(simulator.operating_point().b[0]))
print(complex(simulator.ac(start_frequency=1, stop_frequency=1, number_of_points=1, variation="lin").b[0]))
print(float(simulator.transient(step_time=1e-6, end_time=1e-5).b[-1]))
"""
    from circuitnn.ngspice.library import LIBRARY

    environment = {**os.environ, "NGSPICE_LIBRARY_PATH": str(LIBRARY), "CIRCUITNN_PYTHON": sys.executable}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    op, ac, tran = done.stdout.split()
    assert (
        float(op) == pytest.approx(1.5)
        and complex(ac) == pytest.approx(0.75)
        and float(tran) == pytest.approx(1.5)
    )


def test_circuits_of_pyspice(command):
    netlist = pytest.importorskip("PySpice.Spice.Netlist")
    from circuitnn import from_pyspice

    circuit = netlist.Circuit("clipper")
    circuit.V("1", "a", circuit.gnd, 2)
    circuit.R(1, "a", "b", 1e3)
    circuit.D(1, "b", circuit.gnd, model="dm")
    circuit.model("dm", "D", IS=1e-12)
    assert 0.4 < from_pyspice(circuit).op()["v(b)"] < 0.7
    started = {"simulator": "ngspice-subprocess", "spice_command": command}
    simulator = circuit.simulator(temperature=25, nominal_temperature=25, **started)
    assert from_pyspice(simulator).op()["v(b)"] == pytest.approx(
        from_pyspice(circuit).op(temp=25, tnom=25)["v(b)"]
    )
