"""An analysis in one file: what this one registers, decks, control blocks, Python, files and measures know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.analyses import ANALYSES, Analysis, Plot, Task, register
from circuitnn.errors import AnalysisError, DeckWarning, NetlistError
from circuitnn.ngspice import control
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.registry.methods import AnalysisMethods
from circuitnn.results import rawfile
from circuitnn.results.measure import report

PLOT = Plot("ramp", "Ramp of all sources", axis=True)
FORM = "points"


def ramp(circuit, points=11, progress=None, **options):
    """Operating points while all constant sources grow from 0 to their values."""
    if points < 2:
        raise AnalysisError("ramp: points must be 2 or more")
    return circuit.analysed("ramp", options, progress, points=points)[0]


def read(card):
    """``.ramp 11``."""
    if len(card.words) != 1:
        raise card.error("'.ramp' takes a number of points")
    return {"points": int(card.number(card.words[0]))}


def run(task: Task, points: int):
    """Solve at each factor, from the last point."""
    simulation = Simulation(task.circuit, task.options)
    values = simulation.system.constants.copy()
    saved, factors = recorded(simulation), np.linspace(0.0, 1.0, points)
    data = np.empty((points, 1 + len(saved)))
    for k, factor in enumerate(factors):
        simulation.system.constants[:] = factor * values
        simulation.operating_point(task.options.itl1)
        data[k] = [factor, *simulation.x[saved]]
        if task.progress is not None:
            task.progress((k + 1) / points, "ramp")
    return [make_result(simulation, PLOT, data, saved, ("factor", "notype"))]


ANALYSIS = Analysis(
    "ramp",
    form=FORM,
    verb=ramp,
    read=read,
    write=lambda arguments: f"* .ramp {arguments['points']}",
    run=run,
    plots=(PLOT,),
    measured="Ramp",
)

DECK = """ramp
.param n=21
v1 in 0 4
r1 in out 1k
r2 out 0 3k
.ramp {n}
.meas ramp half when v(out)=1.5
.print ramp v(out)
"""


@pytest.fixture(autouse=True)
def _registered():
    register(ANALYSIS)
    yield
    del ANALYSES.own["ramp"]
    delattr(AnalysisMethods, "ramp")


def test_a_deck_asks_for_it_and_measures_it():
    (result,) = Circuit.from_text(DECK).run()
    assert (result.analysis, result.plotname, result.axis) == ("ramp", "Ramp of all sources", "factor")
    assert result.array("v(out)") == pytest.approx(3.0 * np.linspace(0.0, 1.0, 21))
    assert result.measures == {"half": pytest.approx(0.5)} and result.arguments == {"points": 21}
    assert "Measurements for Ramp\n" in report(result)


def test_python_has_a_method_for_it():
    seen = []
    circuit = Circuit.from_text(DECK)
    result = circuit.ramp(5, progress=lambda fraction, text: seen.append((fraction, text)), reltol=1e-6)
    assert result["v(out)"] == pytest.approx([0.0, 0.75, 1.5, 2.25, 3.0])
    assert seen[-1] == (1.0, "ramp") and result.measures["half"] == pytest.approx(0.5)
    assert Circuit.ramp is ramp and "ramp" in dir(circuit)
    assert len(circuit.with_analysis("ramp 3").run()[0]) == 3
    with pytest.raises(AnalysisError, match="2 or more"):
        circuit.ramp(1)


def test_a_control_block_has_a_command_for_it(capsys):
    deck = DECK + ".control\nramp 5\nprint v(out)[4]\nmeas ramp quarter when v(out)=0.75\nsetplot\n.endc\n"
    (result,), _ = control.run(Circuit.from_text(deck))
    assert len(result) == 5 and result.measures["quarter"] == pytest.approx(0.25)
    said = capsys.readouterr().out
    assert "v(out)[4] = 3.0" in said and "ramp1" in said


def test_a_written_deck_has_its_card():
    assert "* .ramp 21\n" in Circuit.from_text(DECK).export()


@pytest.mark.parametrize("binary", [True, False])
def test_a_rawfile_gives_it_back(tmp_path, binary):
    (result,) = Circuit.from_text(DECK).run()
    rawfile.write(tmp_path / "out.raw", [result], binary)
    (back,) = rawfile.read(tmp_path / "out.raw")
    assert (back.analysis, back.axis, back.names) == ("ramp", "factor", result.names)
    assert np.array_equal(back.data, result.data)


def test_steps_and_verification_know_it():
    results = Circuit.from_text(DECK + ".step r2 list 3k 1k\n").run()
    assert [r["v(out)"][-1] for r in results] == pytest.approx([3.0, 2.0])
    assert Circuit.from_text(DECK).verify().passed


def test_faults_have_their_place():
    with pytest.raises(NetlistError, match=r"deck:3.*takes a number of points"):
        _ = Circuit.from_text("t\nr1 a 0 1\n.ramp 1 2\n").flat
    with pytest.warns(DeckWarning, match=r"\.meas pz.*measures are of ac.* or ramp"):
        _ = Circuit.from_text(DECK + ".meas pz x max v(out)\n").flat


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("tran", "has 'tran' already"),
        ("model", "a card already"),
        ("echo", "a command already"),
        ("altered", "a method of Circuit already"),
        ("Ramp", "is not a name"),
    ],
)
def test_what_is_taken_is_refused(name, why):
    other = Analysis(name, FORM, ramp, read, ANALYSIS.write, run)
    with pytest.raises(ValueError, match=why):
        register(other)


def test_the_command_line_runs_it(tmp_path):
    """A user's package registers it, and a deck on the command line finds it."""
    (tmp_path / "deck.cir").write_text(DECK)
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('own', {str(Path(__file__))!r})\n"
        "own = importlib.util.module_from_spec(spec); spec.loader.exec_module(own)\n"
        "own.register(own.ANALYSIS)\n"
        "from circuitnn.cli import execute\n"
        "sys.exit(execute(sys.argv[1:]))"
    )
    for words, expected in (
        (["-b", "deck.cir"], "half                =   5.0"),
        (["run", "deck.cir"], "21 points"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0 and expected in done.stdout, done.stdout + done.stderr
