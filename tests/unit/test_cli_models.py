"""``circuitnn models`` and ``circuitnn model``."""

import json
import re

import pytest

from circuitnn.cli import execute
from circuitnn.cli.models import write_pages
from circuitnn.contract import canonical
from circuitnn.models import catalogue, known
from circuitnn.models.reference import as_markdown, headline, index


def said(capsys, *arguments):
    code = execute(arguments)
    return code, *capsys.readouterr()


def test_names(capsys):
    code, out, _ = said(capsys, "models", "--names")
    assert code == 0
    assert out.split() == sorted(known())  # with those that other tests registered


def test_table(capsys):
    _, out, _ = said(capsys, "models")
    heading, *lines = out.splitlines()
    assert heading.split() == ["name", "deck", "terminals", "states"]
    assert len(lines) == len(known())
    assert any(line.startswith("diode ") and "anode cathode" in line for line in lines)


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_model(name, capsys):
    code, out, _ = said(capsys, "model", name)
    model = catalogue()[name]
    assert code == 0
    assert f".model mymodel {model.types()[0]}" in out
    for p in (*model.parameters, *model.instance_parameters):
        assert p.meaning in out and re.search(rf"^  (\w+, )*{p.name}\b", out, re.MULTILINE), p.name
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


def test_pages_of_the_catalogue():
    """The list links to a page for each model, which says what the model's file says."""
    models = list(catalogue().values())
    listed = index(models).splitlines()
    for model in models:
        assert f"- [{model.name}]({model.name}.md): {headline(model)}" in listed
        assert as_markdown(model).startswith(f"# {model.name}\n\n{headline(model)}.\n")


def test_sets_and_claims(capsys):
    _, out, _ = said(capsys, "model", "vteam")
    assert "set=memtorch on the model card" in out
    assert "doi:10.1016/j.neucom.2022.02.043" in out and "koff=0.0005 kon=-10" in out
    assert "Claims: no current at zero bias, passive" in out
    assert "| `set=memtorch` | Defaults of MemTorch" in as_markdown(catalogue()["vteam"])


# -- decks that show a model -----------------------------------------------------------------

DECK = """resistance of a memristor at rest
* model: vteam
* plot: {plot}
* expect: op i(v1) = -0.02 rel=1e-6
v1 a 0 1
n1 a 0 m
.model m vteam
.op
.tran 1n 100n
.end
"""


@pytest.fixture
def deck(tmp_path, monkeypatch):
    """Write a canonical deck in place of those of the catalogue."""
    folder = tmp_path / "decks"
    folder.mkdir()
    monkeypatch.setattr(canonical, "folder", lambda: folder)
    monkeypatch.chdir(tmp_path)
    canonical.decks.cache_clear()

    def write(plot="time i(v1)", text=DECK):
        (folder / "rest.cir").write_text(text.format(plot=plot))
        return folder / "rest.cir"

    yield write
    canonical.decks.cache_clear()


@pytest.mark.parametrize("plot", ["time i(v1)", "v(a) i(v1) log=y", "v(a) @n1[x] i(v1)"])
def test_canonical_curve(plot, deck, capsys, tmp_path):
    path = deck(plot)
    code, out, _ = said(capsys, "model", "vteam", "--plot", "curve.png")
    first, heading, row, written = out.splitlines()
    assert code == 0
    assert first == f"resistance of a memristor at rest ({path})"
    assert heading.split() == ["expected", "got", "deviation"]
    assert row.split()[:4] == ["op", "i(v1)", "-0.02", "-0.02"]
    assert written == "written: curve.png"
    assert (tmp_path / "curve.png").stat().st_size > 5000


def test_name_of_the_picture(deck, capsys, tmp_path):
    deck()
    assert said(capsys, "model", "vteam", "--plot")[0] == 0
    assert (tmp_path / "vteam.png").exists()


def test_pages_with_pictures(deck, tmp_path):
    deck()
    folder = tmp_path / "docs" / "models"
    assert write_pages([catalogue()["vteam"]], folder) == 0
    page = (folder / "vteam.md").read_text()
    assert "![resistance of a memristor at rest](vteam.png)" in page
    assert re.search(r"\| op i\(v1\) \| -0.02 \| -0.02 \| -?\d\.\de[-+]\d+ \|", page)
    assert sorted(p.name for p in folder.iterdir()) == ["index.md", "vteam.md", "vteam.png"]


def test_a_deck_that_fails_is_told(deck, capsys, tmp_path):
    deck("v(nowhere) i(v1)")
    assert write_pages([catalogue()["vteam"]], tmp_path / "pages") == 1
    assert "no analysis has v(nowhere)" in capsys.readouterr().err
    assert (tmp_path / "pages" / "vteam.md").read_text() == as_markdown(catalogue()["vteam"])


def test_no_deck(deck, capsys):
    code, _, err = said(capsys, "model", "fold", "--plot")
    assert (code, err) == (1, "Error: no deck shows the model fold\n")


def test_signals_that_no_analysis_has(deck, capsys):
    deck("v(b) i(v1)")
    code, _, err = said(capsys, "model", "vteam", "--plot")
    assert code == 1 and "no analysis has v(b) and i(v1)" in err


@pytest.mark.parametrize("card", ["time", "time i(v1) log=x"])
def test_bad_plot_card(card, deck):
    with pytest.raises(ValueError, match="a plot card"):
        canonical.read(deck(card))


def test_decks_of_the_catalogue():
    """Every deck that shows a model names one there is, has a curve to draw and a number to give."""
    for name, found in canonical.decks().items():
        assert name in catalogue()
        assert found[0].x and any(d.expectations for d in found), found[0].path


# -- check-model -----------------------------------------------------------------------------

BAD = '''
"""A resistor that gives power below -1 V. No device is claimed; it is here to be found out by the checks."""

from circuitnn.equations.graph import where
from circuitnn.models import Model, Parameter


class Bad(Model):
    name = "testbad"
    terminals = ("plus", "minus")
    claims = frozenset({"passive"})
    parameters = (Parameter("g", 1e-3, "S", "conductance"),)

    @classmethod
    def equations(cls, m):
        v = m.voltage("plus", "minus")
        m.flow("plus", "minus", m["g"] * where(v < -0.5, -1.0 - v, v))
'''


def test_check_model(capsys):
    code, out, err = said(capsys, "check-model", "fold", "--without-ngspice")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert re.match(r"PASSED: fold, \d+ checks, \d skipped$", lines[0])
    assert lines[1].split() == ["check", "worst", "/", "budget", "what", "must", "hold"]
    assert any(re.match(r"derivatives\s+good\s+[\d.e-]+\s", line) for line in lines)
    assert re.search(r"^circuitnn .*; seed 0$", lines[-1])


def test_check_of_a_bad_model(tmp_path, capsys):
    (tmp_path / "bad.py").write_text(BAD)
    report = tmp_path / "report.md"
    arguments = ("check-model", str(tmp_path / "bad.py"), "--without-ngspice", "-o")
    code, out, _ = said(capsys, *arguments, str(report))
    assert code == 1
    assert re.match(r"FAILED: testbad, 1 of \d+ checks, \d skipped\n", out)
    (found,) = re.findall(r"^passive: power delivered \[W\]; (.*)$", out, re.MULTILINE)
    off, points, plus, minus = re.match(
        r"off by (\S+), allowed \S+; at (\d+) of \d+ points; worst at plus = (\S+), minus = (\S+)$", found
    ).groups()
    assert float(off) > 1e-4 and int(points) > 20 and float(plus) - float(minus) < -0.5
    text = report.read_text()
    assert "| passive | FAILED |" in text and "  - with g = " in text
    said(capsys, *arguments, str(tmp_path / "report.json"))
    made = json.loads((tmp_path / "report.json").read_text())
    assert made["passed"] is False
    found = {o["check"]: o for o in made["outcomes"] if o["findings"]}
    assert set(found) == {"passive"}
    outcome = found["passive"]
    assert outcome["findings"][0]["where"]["parameters"]["g"] > 0


@pytest.mark.parametrize(
    ("arguments", "code", "said_"),
    [
        (("vteamm",), 1, "Error: no model 'vteamm' (did you mean vteam"),
        (("none.py",), 1, "Error: none.py: No such file or directory"),
        (("fold", "-o", "report.txt"), 2, "a report is .md or .json"),
    ],
)
def test_wrong_words(arguments, code, said_, capsys):
    got, _, err = said(capsys, "check-model", *arguments)
    assert got == code and said_ in err


def test_own_models_of_a_run(tmp_path, capsys):
    (tmp_path / "own.py").write_text(BAD.replace("testbad", "testown"))
    deck = tmp_path / "deck.cir"
    deck.write_text("t\nv1 a 0 1\nn1 a 0 m\n.model m testown\n.op\n.end\n")
    assert said(capsys, "run", str(deck))[0] == 1
    assert said(capsys, "run", str(deck), "--models", str(tmp_path / "own.py"))[0] == 0
    assert said(capsys, "check", str(deck), "--models", str(tmp_path / "own.py"))[0] == 0
    code, out, _ = said(capsys, "model", str(tmp_path / "own.py"))
    assert code == 0 and out.startswith("testown: A resistor that gives power")
