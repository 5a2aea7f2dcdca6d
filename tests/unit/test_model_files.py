"""Models of a user's own file: loaded, run, and every fault told in one sentence with its place."""

import re
import textwrap

import pytest

import circuitnn
from circuitnn.models import compact, known
from circuitnn.models.files import load_models

GOOD = '''
"""A resistor that is not linear.

No device is claimed.
"""

from circuitnn.models import Equations, Model, Parameter


class Cubic(Model):
    name = "testcubic"
    terminals = ("plus", "minus")
    parameters = (Parameter("g", 1e-3, "S", "conductance"),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v = m.voltage("plus", "minus")
        m.flow("plus", "minus", m["g"] * (v + v * v * v))
'''


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "my_model.py"
        path.write_text(text)
        return path

    return write


def test_runs_in_a_deck(file):
    (model,) = load_models(file(GOOD))
    assert (model.name, known()["testcubic"]) == ("testcubic", model)
    deck = "t\nv1 a 0 2\nn1 a 0 m\n.model m testcubic g=1\n.op\n.end\n"
    assert circuitnn.Circuit.from_text(deck).op()["i(v1)"] == pytest.approx(-10.0, rel=1e-9)


def test_loading_again_replaces(file):
    load_models(file(GOOD))
    load_models(file(GOOD.replace("v + v * v * v", "3.0 * v")))
    deck = "t\nv1 a 0 2\nn1 a 0 m\n.model m testcubic g=1\n.op\n.end\n"
    assert circuitnn.Circuit.from_text(deck).op()["i(v1)"] == pytest.approx(-6.0, rel=1e-9)


def test_leaves_no_bytecode(file):
    path = file(GOOD)
    load_models(path)
    assert [p.name for p in path.parent.iterdir()] == ["my_model.py"]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('terminals = ("plus"', 'terminals = ("plus" "', 12, "unterminated string literal"),
        ("v + v * v * v", "v + w * v * v", 18, "NameError: name 'w' is not defined"),
        ('m["g"]', 'm["q"]', 18, "testcubic: unknown symbols in the equations: q"),
        (
            'm.voltage("plus", "minus")',
            'm.voltage("plus", "mins")',
            17,
            "mins is not an unknown of the model",
        ),
        ("v + v * v * v", "v if v > 0 else 0", 18, "TypeError: an expression has no truth value"),
        ("import Equations,", "import Equation,", 7, "ImportError: cannot import name 'Equation'"),
        ('    terminals = ("plus", "minus")\n', "", 10, "class Cubic has no `terminals`"),
        ("def equations", "def equation", 10, "class Cubic has no `equations`"),
        ('"testcubic"', '"vteam"', 10, "a model called vteam exists already"),
        ('terminals = ("plus"', 'letter = "d"\n    terminals = ("plus"', 10, "must have letter n, not d"),
        ('    name = "testcubic"\n', "", 0, "class Cubic has no `name`"),
        ("(Model)", "", 0, "no model in it"),
    ],
)
def test_faults(old, new, line, said, file):
    assert old in GOOD
    path = file(GOOD.replace(old, new))
    before = dict(compact())
    with pytest.raises(circuitnn.ModelFileError) as caught:
        load_models(path)
    text = str(caught.value)
    assert text.startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert said in text and "\n" not in text
    assert compact() == before


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        circuitnn.load_models(tmp_path / "none.py")


def test_two_models_and_a_base(file):
    more = """

    class Base(Cubic):
        terminals = ("plus", "minus")


    class Other(Cubic):
        name = "testcubic2"
    """
    base = GOOD.replace('    name = "testcubic"\n', "").replace("class Cubic", "class Cubic")
    path = file(base + textwrap.dedent(more))
    assert [m.name for m in load_models(path)] == ["testcubic2"]
    assert re.search("testcubic2", str(sorted(known())))
