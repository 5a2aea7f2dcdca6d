import builtins
import subprocess
import sys

import pytest

import circuitnn
from circuitnn import config


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
