"""One list of engines: what it names exists, and statistics say who solved a problem and why others declined."""

import numpy as np
from click.testing import CliRunner

from circuitnn import Circuit, Crossbar
from circuitnn.cli.engines import engines, page
from circuitnn.crossbar import MVM, Bias, Device, Resistance, Series, engine_choice
from circuitnn.options.table import Options
from circuitnn.registry.engines import ENGINES, names
from circuitnn.solvers.linear import have_klu

DIRECT = "klu" if have_klu() else "superlu"


def test_the_list_names_what_there_is():
    assert set(names("array")) == {*engine_choice.MODULES, "general"}
    assert {"auto", *names("matrix")} == {"auto", "driven", "mesh", "cells", "lines", "klu", "superlu"}
    for name in names("matrix"):
        assert Options().updated({"linear_solver": name}).linear_solver == name
    assert len({engine.name for engine in ENGINES}) == len(ENGINES)


def test_the_page_has_every_engine():
    for engine in ENGINES:
        assert page().count(f"| `{engine.name}` | {engine.takes}") == 1


def test_the_command_lists_all():
    shown = CliRunner().invoke(engines, [])
    assert shown.exit_code == 0
    assert all(engine.takes in shown.output for engine in ENGINES)


def array(**more):
    return Crossbar(6, 5, np.full((6, 5), 1e-5), **more)


def test_statistics_say_which_engine_solved_an_array():
    found = array(wordline_resistance=1, bitline_resistance=1).op(MVM(np.full(6, 0.1))).statistics
    assert (found.engine, found.declined) == ("array", {})
    assert array().op(MVM(np.full(6, 0.1))).statistics.engine == "nodal"  # every line is one node


def test_statistics_say_why_others_declined():
    # two nodes inside each cell
    cell = Series(Series(Device("sinh_selector"), Device("vteam")), Resistance(1e3))
    found = Crossbar(3, 2, cell, wordline_resistance=1, bitline_resistance=1).op(MVM(np.full(3, 0.1)))
    assert found.statistics.engine == "elimination"
    assert list(found.statistics.declined) == ["array"]
    assert "more than one inner unknown" in found.statistics.declined["array"]
    assert "Not used: array: " in str(found.statistics)
    assert "not used: array" in found.statistics._repr_html_()


def test_cells_with_states_in_equilibrium_are_left_to_the_general_engine():
    cells = Crossbar(4, 4, "poole_frenkel", wordline_resistance=1, bitline_resistance=1)
    found = cells.op(Bias(np.full(4, 0.2), np.nan, np.nan, np.zeros(4))).statistics
    assert found.engine == "general"
    assert list(found.declined)[:3] == ["array", "elimination", "nodal"]


def test_statistics_say_why_the_line_solver_declined():
    small = Circuit.from_text("x\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.end\n").op()
    assert small.statistics.engine == "general"
    assert small.statistics.linear_solver == DIRECT
    assert "too few" in small.statistics.declined["lines"]
    ladder = "\n".join(f"r{i} n{i} n{i + 1} 1" for i in range(3000))
    long = Circuit.from_text(f"x\nv1 n0 0 1\n{ladder}\nr n3000 0 1\n.end\n").op()
    assert "narrow" in long.statistics.declined["lines"]
