"""What check-model's report and command say."""

import json
import re

from broken_models import Good

from circuitnn import models
from circuitnn.cli import execute
from circuitnn.contract import (
    check_model,
    report,
)


def test_report_says_all(tmp_path):
    made = check_model(Good, ngspice=False)
    page = made.as_markdown()
    assert page.startswith("# FAILED: good_for_test, 1 of ")  # the page of this file says little
    assert re.search(r"circuitnn \d+\.\d+.*, Python 3\.\d+.*, NumPy \d.*, ngspice .*; seed 0\.", page)
    assert re.search(r"\| x \| [\d.]+ \|", page)
    data = json.loads(made.as_json())
    assert next(iter(data)) == "verdict" and data["verdict"] == made.summary()
    assert set(data["versions"]) == {"circuitnn", "Python", "NumPy", "ngspice"}
    assert data["seed"] == 0 and 0.2 < data["moved"]["x"] <= 1.1
    assert data["drive"]["source"].startswith("SIN(")


def test_command_writes_the_verdict_first_and_pictures(tmp_path, capsys):
    page = tmp_path / "out.md"
    assert execute(["check-model", "vteam", "--without-ngspice", "-o", str(page)]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("PASSED: vteam, ")
    text = page.read_text(encoding="utf-8")
    assert text.splitlines()[0].startswith("# PASSED: vteam, ")
    for what in ("drive", "response"):
        assert f"![{what}](out-vteam-{what}.png)" in text
        picture = tmp_path / f"out-vteam-{what}.png"
        assert picture.read_bytes()[:4] == b"\x89PNG" and picture.stat().st_size > 5000


BAD = '''
"""Test bench of the command, with nothing right in it: no device is meant. It has one parameter whose default is
another's, and that other's default is the first again, so that neither has a number at all.
"""
from circuitnn.models import Model, Parameter


class Circle(Model):
    name = "circle_for_test"
    terminals = ("plus", "minus")
    parameters = (Parameter("a", "b", "S", "one"), Parameter("b", "a", "S", "other"))

    @classmethod
    def equations(cls, m):
        m.flow("plus", "minus", m["a"] * m["b"] * m.voltage("plus", "minus"))
'''


def test_command_tells_of_a_circle_without_a_traceback(tmp_path, capsys):
    file = tmp_path / "circle.py"
    file.write_text(BAD, encoding="utf-8")
    try:
        assert execute(["check-model", str(file)]) == 1
    finally:
        models._registered.pop("circle_for_test", None)  # other tests use what is registered
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "FAILED: circle_for_test, 1 of 1 checks"
    assert "the defaults of parameters lead in a circle: a → b → a" in said


def test_versions_are_told_where_ngspice_is_missing(monkeypatch):
    monkeypatch.setattr(report.ngspice_run.shutil, "which", lambda name: None)
    assert report.versions()["ngspice"] == "not found"
