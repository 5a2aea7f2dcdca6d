"""Commands that write: twins for ngspice, Python files, integrals in place of steps, libraries of the compiler."""

from __future__ import annotations

import io
import math
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from verilog_a_modules import HEAD, two_terminal

from circuitnn import Circuit, load_models
from circuitnn.cli.group import call
from circuitnn.cli.outcome import FAILED
from circuitnn.equations.evaluate import evaluate
from circuitnn.veriloga import compiler
from circuitnn.veriloga.writing.branches import NotWrittenError

# A memristor that integrates by hand, in an explicit step with bounds, and its temperature in an implicit one.
BY_HAND = f"""{HEAD}module mem(p, n);
  inout p, n; electrical p, n;
  parameter real k = 40e3; parameter real x0 = 0.3; parameter real tau = 1u;
  real x, last, dt, warm;
  analog begin
    @(initial_step) begin x = x0; warm = 300; end
    dt = $abstime - last;
    x = x + k * V(p, n) * dt;  // explicit
    if (x > 0.9) x = 0.9;
    if (x < 0.1) x = 0.1;
    warm = (warm + dt * (V(p, n) * V(p, n) * 1e9 + 300 / tau)) / (1 + dt / tau);
    I(p, n) <+ V(p, n) * (1e-6 + 1e-3 * x) * (300 / warm);
    last = $abstime;
  end
endmodule
"""


class Terminal(io.StringIO):
    """A terminal on which somebody types, or none if nobody does."""

    def isatty(self) -> bool:
        """Whether there is somebody."""
        return bool(self.getvalue())


def rewritten(folder: Path, text: str) -> Path:
    """Rewrite a file by the command."""
    (folder / "old.va").write_text(text)
    assert call(["va", "rewrite", str(folder / "old.va"), "-o", str(folder / "new.va")]) == 0
    return folder / "new.va"


def test_rewrite(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    """The rewritten module keeps nothing, and its current is that of the equations that SciPy integrates."""
    path = rewritten(tmp_path, BY_HAND)
    cards = (
        "v1 a 0 sin(0 1 10k)\nn1 a 0 m\n.model m mem\n.options reltol=1e-6\n.tran 0.1u 200u 0 0.1u\n.end\n"
    )
    (run,) = Circuit(f"t\n.hdl '{path}'\n{cards}").run()
    assert not [w for w in recwarn if "read before it is assigned" in str(w.message)]
    t = np.asarray(run["time"])

    def voltage(at: float) -> float:
        return math.sin(2e4 * math.pi * at)

    def rates(at: float, y: np.ndarray) -> list[float]:
        v, (x, warm) = voltage(at), y
        dx = 40e3 * v
        blocked = (x >= 0.9 and dx > 0) or (x <= 0.1 and dx < 0)
        return [0.0 if blocked else dx, v * v * 1e9 + (300 - warm) / 1e-6]

    found = solve_ivp(rates, (0.0, 200e-6), [0.3, 300.0], max_step=5e-8, rtol=1e-8, t_eval=t)
    x = np.clip(found.y[0], 0.1, 0.9)
    expected = np.array([voltage(at) for at in t]) * (1e-6 + 1e-3 * x) * 300 / found.y[1]
    assert x.max() == pytest.approx(0.9, abs=1e-3)  # it stops at its bound and comes back from there
    assert np.max(np.abs(-run["i(v1)"] - expected)) < 2e-3 * np.max(np.abs(expected))


def test_rewrite_asks_before_it_replaces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that exists stays unless somebody on a terminal, or an option, says otherwise."""
    path, kept = tmp_path / "new.va", "// mine\n"
    old = tmp_path / "old.va"
    old.write_text(BY_HAND)
    command = ["va", "rewrite", str(old), "-o", str(path)]
    for answer, stays in (("", True), ("n\n", True), ("y\n", False)):
        path.write_text(kept)
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        assert call(command) == (FAILED if stays else 0)
        assert (path.read_text() == kept) == stays
        assert (f"{path} exists" in capsys.readouterr().err) or not stays
    monkeypatch.setattr("sys.stdin", Terminal(""))
    path.write_text(kept)
    assert call([*command, "--overwrite"]) == 0
    assert "idt(" in path.read_text()
    assert call(["va", "rewrite", str(old), "-o", str(old)]) == FAILED  # also the file itself
    assert old.read_text() == BY_HAND


def test_rewrite_shows_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file for it the change is shown beside the lines that it replaces; what cannot be rewritten is told."""
    path = tmp_path / "old.va"
    path.write_text(
        BY_HAND.replace("// explicit", "").replace("warm = (warm + dt", "warm = (2 * warm - warm + dt")
    )
    assert call(["va", "rewrite", str(path)]) == 0
    shown = capsys.readouterr()
    line = next(line for line in shown.out.splitlines() if "x = x + k * V(p, n) * dt;" in line)
    assert line.startswith("   10 ")
    assert "x_rate = k * V(p, n);" in line.partition("|")[2]
    assert "'warm' stays as it is: no statement 'warm = warm + rate*dt' moves it" in shown.err
    path.write_text(two_terminal("I(p, n) <+ V(p, n);"))
    assert call(["va", "rewrite", str(path)]) == 0
    assert "nothing to rewrite" in capsys.readouterr().out


MODULE = two_terminal(
    "x = idt(V(p, n) * (1 - x0), x0);\n I(p, n) <+ a * exp(V(p, n) / 2) * x + ddt(c * V(p, m2)) - min(x, in) * g;\n"
    'I(m2, n) <+ (V(m2, n) > 0 ? 1m : 2m) * V(m2, n) + white_noise(1e-20, "w"); I(p, m2) <+ 1m * V(p, m2);',
    "  electrical m2; parameter real a = 1m; parameter real x0 = 0.25 from (0:1); parameter real c = 1p;\n"
    "  parameter real in = 3 exclude 0; parameter integer g = 2; real x;",
)


def test_python(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The Python file has the equations, the derivatives, the noise and the ranges of the module."""
    path = tmp_path / "m.va"
    path.write_text(MODULE)
    (module,) = load_models(path)
    assert call(["va", "python", str(path)]) == 0
    (tmp_path / "m.py").write_text(capsys.readouterr().out)
    (model,) = load_models(tmp_path / "m.py")
    draw = np.random.default_rng(1)
    a, b = module.kernel(), model.kernel()
    assert a.inputs == b.inputs
    values = {n: draw.uniform(-1, 1, 50) for n in a.inputs}
    values |= {p.name: np.full(50, p.default) for p in module.parameters}
    values |= {
        "multiplier": np.full(50, 2.0),
        "temp": np.full(50, 27.0),
        "tnom": np.full(50, 27.0),
        "gmin": 1e-12,
    }
    made = []
    for kernel in (a, b):
        known = values | dict(
            zip((n for n, _ in kernel.setup), evaluate([e for _, e in kernel.setup], values), strict=True)
        )
        made.append(np.array([np.broadcast_to(v, 50) for v in evaluate(kernel.outputs, known)]))
    assert np.allclose(*made, rtol=1e-12, atol=1e-300)
    (noise,) = model.stated().noises
    assert noise.name == "w"
    ranges = {p.name: p for p in model.parameters}
    assert ranges["in"].nonzero
    assert 0.0 < ranges["x0"].low < 1e-300
    assert model.states[0].hold


def test_python_refuses_kept_variables(tmp_path: Path) -> None:
    """A variable that keeps its value has no form there."""
    (tmp_path / "old.va").write_text(BY_HAND)
    with pytest.raises(NotWrittenError, match="keep their values"):
        call(["va", "python", str(tmp_path / "old.va")])


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("absdelay(V(p, n), 1n)", "delays have"),
        ('ac_stim("ac")', "phasors of 'ac_stim' have"),
        ("noise_table('{1, 2, 3, 4})", "tables of noise have"),
    ],
)
def test_not_written_in_python(value: str, what: str, tmp_path: Path) -> None:
    """Models in Python have no delays, phasors and tables of noise: they are not left out silently."""
    path = tmp_path / "m.va"
    path.write_text(two_terminal(f"I(p, n) <+ V(p, n) + {value};"))
    with pytest.raises(NotWrittenError, match=f"^dut: {what} no form in Python"):
        call(["va", "python", str(path)])


def test_twin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The twin is a subcircuit; here it runs in our own engine, and has the module's current."""
    path = tmp_path / "m.va"
    path.write_text(two_terminal("I(p, n) <+ V(p, n) / 1k + pow(V(p, n), 3) * 1m;"))
    assert call(["va", "twin", str(path)]) == 0
    (op,) = Circuit(f"t\nv1 a 0 2\nx1 a 0 dut_twin\n{capsys.readouterr().out}.op\n.end\n").run()
    assert math.isclose(-float(op["i(v1)"]), 2e-3 + 8e-3, rel_tol=1e-9)


def _program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.skipif(os.name == "nt", reason="Linux")
def test_compile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The compiler is that of the option, else of the environment, else of the path; its words are shown."""
    (tmp_path / "m.va").write_text(MODULE)
    good, bad = tmp_path / "good", tmp_path / "bad"
    _program(good, '[ "$1" = --version ] && echo "good 1" && exit\necho made > "$3"')
    _program(bad, 'echo "error: no such thing" >&2; exit 1')
    monkeypatch.setenv("OPENVAF", str(bad))
    assert call(["va", "compile", str(tmp_path / "m.va")]) == 1
    assert "error: no such thing" in capsys.readouterr().err
    assert not (tmp_path / "m.osdi").exists()
    assert call(["va", "compile", str(tmp_path / "m.va"), "--openvaf", str(good)]) == 0
    assert "m.osdi (good 1)" in capsys.readouterr().out
    assert (tmp_path / "m.osdi").read_text() == "made\n"
    (tmp_path / "bin").mkdir()
    good.rename(tmp_path / "bin" / "openvaf-r")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("OPENVAF")
    assert compiler.find() == str(tmp_path / "bin" / "openvaf-r")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(compiler, "PACKAGE", "no_such_package")
    assert call(["va", "compile", str(tmp_path / "m.va")]) == 1
    assert "OpenVAF was not found: put openvaf-r or openvaf on the PATH" in capsys.readouterr().err
    assert call(["va", "compile", str(tmp_path / "m.va"), "--openvaf", "nothing-here"]) == 1
    assert "--openvaf: 'nothing-here' is no program" in capsys.readouterr().err
