"""Models written as Verilog-A: read back they are the same equations, and ngspice, with OpenVAF, runs them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from written_modules import LARGE, REFUSED, WRITTEN, deviation

from bench.veriloga import LEAST, compile_osdi, deck, ours, theirs
from circuitnn import load_models
from circuitnn.cli.group import call
from circuitnn.models import named
from circuitnn.veriloga import compiler
from circuitnn.veriloga.writing.branches import NotWrittenError
from circuitnn.veriloga.writing.module import module, written

# ngspice finds no operating point of transistors with numbers nearer to those that its rounding leaves.
LOOSER = "reltol=1e-6 abstol=1e-15 vntol=1e-9"
# Between two superconductors no current is in equilibrium with a voltage.
WITHOUT_POINT = frozenset(("josephson", "mjj"))


@pytest.mark.thinned(3)
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.long) if n in LARGE else n for n in WRITTEN]
)
@pytest.mark.filterwarnings("ignore::circuitnn.errors.DeckWarning")
def test_read_back(name: str) -> None:
    """The module that is read back has the same f, q, G and C to 1e-12."""
    assert deviation(named(name)) < 1e-12


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused(name: str) -> None:
    """What has no form is refused with a sentence."""
    with pytest.raises(NotWrittenError, match=rf"^{name}: .* not written in Verilog-A yet$"):
        written(named(name))


def _biased(name: str, count: int) -> list[list[float]]:
    """Voltages of three devices; of thermal and implied terminals 0."""
    draw, zero = np.random.default_rng(1), set(named(name).implied) | {"thermal", "ambient"}
    live = [terminal not in zero for terminal in (*named(name).terminals, *[""] * count)][:count]
    return [[round(float(draw.uniform(-0.5, 0.5)) * on, 3) for on in live] for _ in range(3)]


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(set(WRITTEN) - WITHOUT_POINT))
@pytest.mark.filterwarnings("ignore::circuitnn.errors.DeckWarning")
def test_ngspice(name: str, tmp_path: Path) -> None:
    """OpenVAF compiles the module; operating point and ac are those of ngspice to 1e-6."""
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice is not installed")
    try:
        program = compiler.find()
    except compiler.CompilerError:
        pytest.skip("OpenVAF is not installed")
    path = tmp_path / f"{name}.va"
    path.write_text(module(named(name)))
    library, why = compile_osdi(path, program, str(tmp_path))
    assert not why
    (model,) = load_models(path)
    count = len(model.terminals)
    # off the bounds of states, where their rates have kinks
    inside = " ".join(
        f"{s.initial}=0.4" for s in named(name).states if s.high == 1.0 and isinstance(s.initial, str)
    )
    text = deck(f"{model.name} {inside}", [True] * count, _biased(name, count))
    text = text.replace("reltol=1e-9 abstol=1e-18 vntol=1e-12", LOOSER)
    names = [f"i(v{k}_{j})" for k in range(3) for j in range(count)]
    for mine, other in zip(ours(text, names), theirs(text, names, library), strict=True):
        a, b = mine.reshape(3, count), other.reshape(3, count)
        scale = np.maximum(np.abs(b).max(axis=1, keepdims=True), LEAST)
        assert np.max(np.abs(a - b) / scale) < 1e-6


def test_names_and_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Words of the language get other names; the command writes what Python writes; a module is not written again."""
    path = tmp_path / "own.py"
    path.write_text(
        '"""Mine: a "resistor"."""\nfrom circuitnn.models import Model, Parameter\n'
        'class Own(Model):\n    name, terminals = "own", ("in", "wire")\n'
        '    parameters = (Parameter("real", 2.0, "Ohm", \'a "number"\', low=1.0, nonzero=True),)\n'
        '    def equations(m):\n        m.flow("in", "wire", m.voltage("in", "wire") / m["real"])\n'
    )
    assert call(["model", str(path), "--veriloga"]) == 0
    text = capsys.readouterr().out
    assert text == module(load_models(path)[0])
    assert "parameter real real_ = 2.0 from [1.0:inf) exclude 0.0;" in text
    assert "module own_va(in, wire_);" in text
    (tmp_path / "own.va").write_text(text)
    assert load_models(tmp_path / "own.va")[0].name == "own_va"
    with pytest.raises(NotWrittenError, match="is written in Verilog-A already"):
        call(["model", str(tmp_path / "own.va"), "--veriloga"])
