"""What the README shows runs as it stands there."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import circuitnn
from circuitnn.cli import execute
from circuitnn.contract import check_model

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"
pytestmark = pytest.mark.skipif(not README.exists(), reason="no README beside the tests")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)


def test_python_example(tmp_path, monkeypatch, capsys):
    code = blocks("python")[0]
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert shown.startswith("0.774")
    assert "2.5 [0.  0.5 1.  1.5 2.  2.5]" in shown
    assert {p.name for p in tmp_path.iterdir()} == {"loop.png", "loop.raw"}


def test_crossbar_example(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks("python")[1], "README.md", "exec"), {})
    product, read = capsys.readouterr().out.splitlines()
    assert product.startswith("[0.00018202 0.00029589 0.00028304] -0.17911917")
    numbers = [float(x) for x in read.split()]
    np.testing.assert_allclose(numbers, [2.52859e-4, 1.6397e-2, 4.91903e-4], rtol=1e-4)
    assert Path("array.png").stat().st_size > 10_000


def test_array_among_amplifiers(capsys):
    names = {"circuitnn": circuitnn, "Crossbar": circuitnn.Crossbar}
    exec(compile(blocks("python")[2], "README.md", "exec"), names)
    out, *currents = (float(x) for x in re.findall(r"-?\d\.\d*(?:e-?\d+)?", capsys.readouterr().out))
    # 1 Ω segments beside 100 kΩ cells lose some 1e-5; an amplifier makes -Rf times the column's current of it.
    np.testing.assert_allclose(out, -1e4 * (0.1 + 0.2) * 1e-5, rtol=1e-4)
    np.testing.assert_allclose(currents, [1e-6] * 3 + [2e-6] * 3, rtol=1e-4)


def own_model(folder):
    """The README's model and deck as files."""
    *_, model = blocks("python")
    (deck,) = blocks("spice")
    (folder / "synapse.py").write_text(model)
    (folder / "pulses.cir").write_text(deck)
    return folder


def test_own_model(tmp_path, monkeypatch):
    """It is short, forgets with its time constant between pulses, and keeps the contract."""
    monkeypatch.chdir(own_model(tmp_path))
    assert len(Path("synapse.py").read_text().splitlines()) <= 40
    (model,) = circuitnn.load_models("synapse.py")
    result = circuitnn.load("pulses.cir").run()[0]
    x = np.interp([2e-3, 2.6e-3], result.time, result["@n1[x]"])
    assert x[1] / x[0] == pytest.approx(np.exp(-1.0), rel=1e-3)
    report = check_model(model)
    assert report.passed, report.summary()


def test_commands(tmp_path, monkeypatch):
    commands = re.findall(r"^    (circuitnn .*?)(?:\s+#.*)?$", README.read_text(), re.MULTILINE)
    assert len(commands) >= 7
    (tmp_path / "netlists").symlink_to(ROOT / "netlists")
    (tmp_path / "deck.cir").write_text("t\nv1 a 0 1\nr1 a 0 1k\n.op\n.end\n")
    monkeypatch.chdir(own_model(tmp_path))
    for command in commands:
        assert execute(shlex.split(command)[1:]) == 0, command
    assert {"synapse.png", "synapse.md"} <= {p.name for p in tmp_path.iterdir()}
