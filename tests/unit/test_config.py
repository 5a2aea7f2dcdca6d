import builtins
import subprocess
import sys
from pathlib import Path

import pytest

import circuitnn
from circuitnn import config
from circuitnn.models import catalogue, may_be_of_package
from circuitnn.models.edge_shaper import EdgeShaper
from circuitnn.models.oneshot import OneShot
from circuitnn.models.sample_hold import SampleHold
from circuitnn.models.sampler import Sampler
from circuitnn.netlist.module_cards import is_of_spice, types_of_spice

ROOT = Path(__file__).resolve().parents[2]


def test_show_config_prints(capsys):
    assert circuitnn.show_config() is None
    out = capsys.readouterr().out
    assert "linear solver" in out
    assert f"version        {circuitnn.__version__}" in out


def test_show_config_gives_dicts():
    sections = circuitnn.show_config("dicts")
    assert sections["packages"]["numpy"]
    assert "newton" in sections["compiled core"]["modules"]
    with pytest.raises(ValueError, match="mode"):
        circuitnn.show_config("json")


def test_without_klu_it_says_so(monkeypatch):
    def without(name):
        if name == "circuitnn._cext.klu":
            raise ImportError("libklu.so.2: cannot open shared object file")
        return builtins.__import__(name)

    monkeypatch.setattr(config, "import_module", without)
    solver, note = config.linear_solver()
    assert solver.startswith("SuperLU")
    assert "install SuiteSparse" in note
    assert "libklu.so.2" in note


def test_public_names_are_all_there():
    for name in circuitnn.__all__:
        assert getattr(circuitnn, name) is not None
    assert set(circuitnn.__all__) <= set(dir(circuitnn))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = circuitnn.nonsense


def test_import_is_lazy():
    code = (
        "import sys, circuitnn; "
        "print('numpy' in sys.modules, sum(m.split('.')[0] == 'circuitnn' for m in sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["False", "1"]


def test_files_state_what_models_are_called():
    """Whether a name is taken is known from texts, without an import: every name and type must be found in them."""
    models = {
        **catalogue(),
        EdgeShaper.name: EdgeShaper,
        OneShot.name: OneShot,
        SampleHold.name: SampleHold,
        Sampler.name: Sampler,
    }
    for model in models.values():
        assert all(map(may_be_of_package, (model.name, *model.types())))
    assert all(map(is_of_spice, types_of_spice()))
    assert not may_be_of_package("my_module")
    assert not is_of_spice("my_module")


def test_a_module_imports_no_other_models(tmp_path):
    """A deck with a Verilog-A file takes the elements that it uses, and no model of the package."""
    text = '`include "disciplines.vams"\nmodule thing(p, n); inout p, n; electrical p, n; '
    (tmp_path / "thing.va").write_text(text + "analog I(p, n) <+ V(p, n); endmodule\n")
    (tmp_path / "deck.cir").write_text('t\nv1 a 0 1\nn1 a 0 m\n.hdl "thing.va"\n.model m thing\n.op\n.end\n')
    code = "import sys, circuitnn; print(circuitnn.load(sys.argv[1]).run()[0]['i(v1)']); print(*sys.modules)"
    out = subprocess.check_output([sys.executable, "-c", code, tmp_path / "deck.cir"], text=True)
    value, modules = out.split("\n")[:2]
    assert float(value) == pytest.approx(-1.0, rel=1e-9)
    folders = {name.split(".")[2] for name in modules.split() if name.count(".") == 3 and ".models." in name}
    assert folders <= {"__init__"}, folders
    letters = {name[-1] for name in modules.split() if name[:-1] == "circuitnn.elements."}
    assert letters == {"n", "v"}


@pytest.mark.skipif(not (ROOT / "setup.py").exists(), reason="no source tree here")
def test_what_the_build_imports_needs_no_compiled_core():
    """setup.py writes kernels and stubs from these modules, in a fresh clone before anything is compiled."""
    lines = [
        line for line in (ROOT / "setup.py").read_text().split("\n") if line.startswith("from circuitnn")
    ]
    assert len(lines) >= 4
    code = [
        "import sys",
        "sys.modules['circuitnn._cext'] = None",
        *lines,
        "signatures.text()",
        "keywords.text()",
    ]
    subprocess.run([sys.executable, "-c", "\n".join(code)], check=True, cwd=ROOT)
