"""Messages of modules at accepted points: once for each, in order; those that end a run keep its results."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from circuitnn import Circuit, DeckWarning
from circuitnn.errors import AnalysisError
from tests.veriloga.verilog_a_modules import load, two_terminal

LOAD = "I(p, n) <+ V(p, n) / 1k;\n"


def run(folder: Path, body: str, analysis: str, declarations: str = "", more: str = ""):
    """Result of a circuit of one such device, driven by a sine of 1 V and 1 kHz, whose dc value is 0.25 V."""
    load(two_terminal(LOAD + body, declarations), folder)
    deck = f"t\nv1 a 0 dc 0.25 sin(0 1 1k)\nn1 a 0 m\n.model m dut\n{more}\n{analysis}\n.end\n"
    return Circuit(deck).run()[0]


def numbers(text: str) -> np.ndarray:
    """Numbers of the lines of an output."""
    return np.array([[float(word) for word in line.split()] for line in text.split("\n") if line])


def test_each_accepted_point(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each point of the result, at its time, and none for iterations or rejected steps."""
    result = run(tmp_path, '$strobe("%.17g %.17g", $abstime, pow(V(p, n), 3));', ".tran 10u 1m")
    shown = numbers(capsys.readouterr().out)
    assert np.array_equal(shown[:, 0], result.time)
    assert np.allclose(shown[:, 1], result["v(a)"] ** 3, rtol=0, atol=1e-15)


def test_before_the_first_recorded_point(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Points before tstart are accepted points, too; a first call of `$write` ends no line."""
    result = run(tmp_path, '$write("%.17g ", $abstime); $display(1 + $abstime);', ".tran 10u 1m 0.5m")
    shown = numbers(capsys.readouterr().out)
    assert shown[0, 0] == 0.0 and result.time[0] >= 0.5e-3
    assert np.array_equal(shown[-len(result.time) :, 0], result.time)


def test_kept_variables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a variable was at the point before is shown, although no equation needs it."""
    result = run(tmp_path, '$strobe("%.17g", last); last = V(p, n);', ".tran 10u 1m", "real last;")
    shown = numbers(capsys.readouterr().out)[:, 0]
    assert np.allclose(shown[1:], result["v(a)"][:-1], rtol=0, atol=1e-15)


def test_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an event shows is of its moment: sin = 0.5 at 1/12 and 5/12 of a period; at the start, and at the end."""
    body = """@(initial_step) begin k = 0; $strobe("0 0 %g", V(p, n)); end
    @(cross(V(p, n) - 0.5)) begin k = k + 1; $strobe("%d %.17g %.17g", k, $abstime, V(p, n)); end
    @(timer(0.25m, 0.5m)) $strobe("9 %.17g %.17g", $abstime, V(p, n));
    @(final_step) $strobe("99 %.17g %d", $abstime, k);"""
    run(tmp_path, body, ".tran 20u 1m", "integer k;")
    shown = numbers(capsys.readouterr().out)
    assert shown[:, 0].tolist() == [0, 1, 9, 2, 9, 99]
    times = np.array([0, 1 / 12, 0.25, 5 / 12, 0.75, 1.0]) * 1e-3
    assert np.allclose(shown[:, 1], times, rtol=0, atol=1e-8)
    assert np.allclose(shown[:, 2], [0, 0.5, 1, 0.5, -1, 2], rtol=0, atol=1e-4)


def test_operating_point_and_sweep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for an operating point, one for each point of a sweep."""
    body = 'if (V(p, n) > 0.1) $strobe("%.17g", V(p, n)); @(initial_step) $strobe("%g", 5 + V(p, n));'
    run(tmp_path, body, ".op")
    assert numbers(capsys.readouterr().out)[:, 0].tolist() == [0.25, 5.25]
    result = run(tmp_path, body, ".dc v1 0 1 0.125")
    shown = numbers(capsys.readouterr().out)[:, 0]
    assert np.allclose(shown, [5.0, *result["v(a)"][1:]], rtol=0, atol=1e-12)


@pytest.mark.parametrize("task", ["$finish;", "$finish(0);", "$stop;"])
def test_finish(task: str, tmp_path: Path) -> None:
    """The run ends there, with its results and a note."""
    result = run(tmp_path, f"@(timer(0.3m)) {task}", ".tran 10u 1m")
    assert math.isclose(result.time[-1], 0.3e-3, rel_tol=1e-9)
    assert any("of n1 ended the run at t = 0.0003 s" in note for note in result.statistics.notes)


def test_finish_of_a_sweep(tmp_path: Path) -> None:
    """A sweep ends at the point that asks for it."""
    result = run(tmp_path, "if (V(p, n) > 0.55) $finish;", ".dc v1 0 1 0.125")
    assert np.allclose(result["v(a)"], np.arange(6) * 0.125)


@pytest.mark.parametrize("analysis", [".tran 10u 1m", ".dc v1 0 1 0.125"])
def test_fatal(analysis: str, tmp_path: Path) -> None:
    """The run fails, with the points up to then."""
    with pytest.raises(
        AnalysisError, match=r"model\.va:\d+: \$fatal of n1 at .*: too high: 0\.[5-9]"
    ) as info:
        run(tmp_path, 'if (V(p, n) > 0.55) $fatal(1, "too high: %g", V(p, n));', analysis)
    assert info.value.result is not None and 0.5 < info.value.result["v(a)"][-1] < 0.8


def test_warnings(tmp_path: Path) -> None:
    """`$warning` and `$error` warn, with the place in the module and the moment."""
    body = '@(timer(0.3m)) begin $warning("low %m"); $error("%5.1f %d %h", 2.25, 2.5, 255); end'
    with pytest.warns(DeckWarning) as told:
        run(tmp_path, body, ".tran 10u 1m")
    texts = [str(each.message) for each in told]
    assert any(re.search(r"model\.va:\d+: \$warning of n1 at t = 0\.0003 s: low n1$", text) for text in texts)
    assert any(text.endswith("t = 0.0003 s:   2.2 3 ff") for text in texts)


def test_several_devices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Devices speak in the order of the deck."""
    run(tmp_path, '$strobe("%m %g", V(p, n));', ".op", more="r1 a b 1k\nn2 b 0 m")
    assert capsys.readouterr().out == "n1 0.25\nn2 0.125\n"


def test_time_derivative(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A time derivative has no value at a point; a warning says so."""
    with pytest.warns(DeckWarning, match="a time derivative or the flow of a port is not shown"):
        run(tmp_path, '$strobe("%g %g", V(p, n), ddt(V(p, n)));', ".op")
    assert capsys.readouterr().out == "0.25 …\n"
