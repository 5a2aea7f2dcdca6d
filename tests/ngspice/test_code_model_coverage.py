"""Every code model that ngspice has, and every parameter of it: known here, or said to have no effect."""

import re
import subprocess

import pytest

from circuitnn.elements import a, sampled
from circuitnn.elements.codemodels import MODELS
from circuitnn.logic import code_models
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
REFUSED = {"d_process", "d_cosim"}
# Numbers of parts' data sheets, which do nothing in ngspice either, or hardly anything (smooth, strength);
# delays of oscillators do nothing in it.
IDLE = re.compile(r"(.*_)?load|family|smooth|strength")


def said(folder, *commands):
    deck = "\n".join(["help", "r1 1 0 1", ".control", *commands, ".endc", ".end", ""])
    (folder / "help.cir").write_text(deck)
    found = subprocess.run(
        ["ngspice", "-b", "help.cir"], cwd=folder, capture_output=True, text=True, check=False
    )
    return found.stdout


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """Parameters of each code model, which ngspice lists behind its own devices."""
    folder = tmp_path_factory.mktemp("devhelp")
    listed = re.findall(r"^(\S+) +:\t", said(folder, "devhelp"), re.MULTILINE)
    names = listed[listed.index("spice2poly") :]
    found = {}
    for name in names:
        cards = said(folder, f"devhelp {name}").partition("Instance Parameters")[0]
        found[name] = re.findall(r"^\s+\d+\t (\S+)\s*\t inout", cards, re.MULTILINE)
    return found


def ours():
    """Parameters of each code model here."""
    found = {name: model.parameters.split() for name, model in (MODELS | sampled.MODELS).items()}
    return found | {name: [*model.parameters, *model.files] for name, model in code_models().items()}


def test_models(theirs):
    assert len(theirs) > 60
    assert set(theirs) - set(ours()) == REFUSED == set(a.PROGRAMS)


def test_parameters(theirs):
    known = ours()
    lacking = {
        (name, parameter)
        for name in theirs.keys() & known.keys()
        for parameter in theirs[name]
        if parameter not in known[name] and not IDLE.fullmatch(parameter)
    }
    assert lacking == {(f"d_{name}", f"{edge}_delay") for name in ("osc", "pwm") for edge in ("rise", "fall")}
