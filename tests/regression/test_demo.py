"""``circuitnn demo`` works in any folder, and its numbers are those of the README."""

from pathlib import Path

import pytest

from circuitnn import __version__, cli

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_demonstration_gives_the_numbers_of_the_readme(tmp_path, monkeypatch, capsys):
    if not README.exists():
        pytest.skip("no README beside the tests")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    assert cli.execute(["demo"]) == 0
    out, readme = capsys.readouterr().out, README.read_text(encoding="utf-8")
    for figure in ("30.210 µA", "1.900 µA", "2.060 mV", "13.15", "695.520 kHz", "80.484 MHz"):
        assert figure in out and figure in readme
    assert {p.name for p in Path("circuitnn-demo").iterdir()} == {
        "crossbar.png",
        "oscillators.png",
        "oscillators.raw",
    }


def test_version_is_ours_and_the_banner_for_tools_that_ask(capsys):
    assert cli.execute(["--version"]) == 0
    assert capsys.readouterr().out == f"circuitnn {__version__}\n"
    assert cli.execute(["-v"]) == 0
    assert "ngspice-44" in capsys.readouterr().out
