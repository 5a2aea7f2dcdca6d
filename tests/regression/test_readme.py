"""What the README shows runs as it stands there."""

import re
import shlex
from pathlib import Path

import pytest

from circuitnn.cli import execute

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"
pytestmark = pytest.mark.skipif(not README.exists(), reason="no README beside the tests")


def test_python_example(tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert shown.startswith("0.774")
    assert "2.5 [0.  0.5 1.  1.5 2.  2.5]" in shown
    assert {p.name for p in tmp_path.iterdir()} == {"loop.png", "loop.raw"}


def test_commands(tmp_path, monkeypatch):
    commands = re.findall(r"^    (circuitnn .*?)(?:\s+#.*)?$", README.read_text(), re.MULTILINE)
    assert len(commands) >= 4
    (tmp_path / "netlists").symlink_to(ROOT / "netlists")
    (tmp_path / "deck.cir").write_text("t\nv1 a 0 1\nr1 a 0 1k\n.op\n.end\n")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        assert execute(shlex.split(command)[1:]) == 0, command
