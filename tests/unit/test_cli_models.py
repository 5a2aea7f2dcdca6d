"""``circuitnn models`` and ``circuitnn model``."""

import re
from pathlib import Path

import pytest

from circuitnn.cli import execute
from circuitnn.models import catalogue
from circuitnn.models.reference import page


def said(capsys, *arguments):
    code = execute(arguments)
    return code, *capsys.readouterr()


def test_names(capsys):
    code, out, _ = said(capsys, "models", "--names")
    assert code == 0
    assert out.split() == sorted(catalogue())


def test_table(capsys):
    _, out, _ = said(capsys, "models")
    heading, *lines = out.splitlines()
    assert heading.split() == ["name", "deck", "terminals", "states"]
    assert len(lines) == len(catalogue())
    assert any(line.startswith("diode ") and "anode cathode" in line for line in lines)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_model(name, capsys):
    code, out, _ = said(capsys, "model", name)
    model = catalogue()[name]
    assert code == 0
    assert f".model mymodel {model.types()[0]}" in out
    for p in (*model.parameters, *model.instance_parameters):
        assert p.meaning in out and f"\n  {p.name}" in out
    for state in model.states:
        assert state.meaning in out


def test_equations_and_source(capsys):
    _, out, _ = said(capsys, "model", "Diode")
    assert "i = Is·(exp(v/Vte) - 1)" in out
    assert "References" in out and "UCB/ERL M520" in out
    assert "as n" in out, "a default that is another parameter"


def test_unknown(capsys):
    code, out, err = said(capsys, "model", "diod")
    assert (code, out) == (1, "")
    assert err.startswith("Error: no model 'diod' (did you mean diode")


def test_page(capsys):
    _, out, _ = said(capsys, "models", "--markdown")
    for name in catalogue():
        assert f"- [{name}](#{name}): " in out and f"\n## {name}\n" in out


PAGE = Path(__file__).parents[2] / "docs" / "models.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the documents are not part of the installed package")
def test_written_page_is_current():
    """docs/models.md says of each model on it what the model's file says."""
    text = PAGE.read_text()
    names = re.findall(r"^- \[(\w+)\]", text, re.MULTILINE)
    assert {"diode", "switch", "cswitch"} <= set(names)
    assert text == page(catalogue()[name] for name in names), "python -m circuitnn models --markdown"
