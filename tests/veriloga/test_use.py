"""Verilog-A files in decks, arrays, on the command line."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD, load, two_terminal

import circuitnn
from circuitnn import Circuit, load_models
from circuitnn.cli.group import call
from circuitnn.crossbar import Crossbar, Device
from circuitnn.errors import AnalysisError, CircuitnnError, DeckWarning, ModelFileError, NetlistError
from circuitnn.models import known
from circuitnn.veriloga import library, stored

RESISTOR = two_terminal(
    "I(p, n) <+ V(p, n) / r + g3 * pow(V(p, n), 3);",
    '  (* units = "Ohm", desc = "resistance" *) parameter real r = 1k from (0:inf);\n  parameter real g3 = 0;',
    "varesistor",
)


def deck(tmp_path: Path, cards: str) -> Circuit:
    """A deck in a folder with the resistor."""
    (tmp_path / "r.va").write_text(RESISTOR)
    path = tmp_path / "deck.cir"
    path.write_text(f"t\n{cards}\n.op\n.end\n")
    return circuitnn.load(path)


@pytest.mark.parametrize("card", [".hdl 'r.va'", '.va "r.va"', ".hdl r.va", ".HDL R.va"])
def test_cards(card: str, tmp_path: Path) -> None:
    """A deck loads a file beside it."""
    if "R.va" in card:
        (tmp_path / "R.va").write_text(RESISTOR)
    (op,) = deck(tmp_path, f"{card}\nv1 a 0 2\nn1 a 0 m r=500\n.model m varesistor").run()
    assert math.isclose(-float(op["i(v1)"]), 4e-3, rel_tol=1e-9)


def test_other_letters(tmp_path: Path) -> None:
    """The letter of an instance may be that of a SPICE device, in subcircuits, too."""
    cards = ".hdl r.va\nv1 a 0 1\nx1 a 0 s\nd2 a 0 m\n.subckt s p q\nd1 p q m r=2k\n.ends\n.model m varesistor r=1k"
    (op,) = deck(tmp_path, cards).run()
    assert math.isclose(-float(op["i(v1)"]), 1.5e-3, rel_tol=1e-9)


def test_faults_in_a_deck(tmp_path: Path) -> None:
    """Faults of the file are shown with its lines; so is a file that is not there."""
    (tmp_path / "bad.va").write_text(two_terminal("I(p, n) <+ ;\n x = 2;"))
    with pytest.raises(NetlistError, match=r"bad\.va:8: a value is missing") as caught:
        _ = deck(tmp_path, ".hdl bad.va\nv1 a 0 1\nr1 a 0 1").run()
    assert "I(p, n) <+ ;" in str(caught.value)
    with pytest.raises(NetlistError, match=r"cannot read 'none\.va'"):
        deck(tmp_path, ".hdl none.va\nv1 a 0 1\nr1 a 0 1").run()


def test_wrong_use(tmp_path: Path) -> None:
    """Unknown parameters and wrong numbers of nodes are faults."""
    with pytest.raises(CircuitnnError, match=r"has no parameter 'rr' \(did you mean r"):
        deck(tmp_path, ".hdl r.va\nv1 a 0 1\nn1 a 0 m\n.model m varesistor rr=1").run()
    with pytest.raises(CircuitnnError, match=r"needs 2 nodes \(p n\)"):
        deck(tmp_path, ".hdl r.va\nv1 a 0 1\nn1 a 0 0 m\n.model m varesistor").run()
    with pytest.raises(CircuitnnError, match="lies outside"):
        deck(tmp_path, ".hdl r.va\nv1 a 0 1\nn1 a 0 m\n.model m varesistor r=-5").run()


def test_two_decks_with_modules_of_one_name(tmp_path: Path) -> None:
    """Each deck has its own modules, whatever other decks and Python load before and afterwards."""
    circuits = []
    for name, ohms in (("a", 1e3), ("b", 2e3)):
        folder = tmp_path / name
        folder.mkdir()
        text = RESISTOR.replace("r = 1k", f"r = {ohms!r}").replace("g3 *", f"{ohms!r} * g3 *")
        (folder / "r.va").write_text(text)
        (folder / "deck.cir").write_text(
            ".t\n.hdl r.va\nv1 a 0 1\nn1 a 0 m\n.model m varesistor g3=1u\n.op\n.end\n"
        )
        circuits.append(circuitnn.load(folder / "deck.cir"))
        _ = circuits[-1].deck  # read, and not solved yet
    load_models(tmp_path / "b" / "r.va")
    expected = [2e-3, 2.5e-3, 2e-3]
    for circuit, amperes in zip((*circuits, circuits[0]), expected, strict=True):
        assert math.isclose(-float(circuit.run()[0]["i(v1)"]), amperes, rel_tol=1e-9)
    changed = circuits[0].altered({("n1", "r"): 4e3})
    assert math.isclose(-float(changed.run()[0]["i(v1)"]), 1.25e-3, rel_tol=1e-9)


def test_kinds_of_a_replaced_model(tmp_path: Path) -> None:
    """A circuit that has been solved keeps its devices when the file is loaded again with other equations."""
    text = two_terminal("if (k == 1) I(p,n) <+ V(p,n); else I(p,n) <+ 9;", "parameter integer k = 1;")
    load(text, tmp_path)
    circuit = Circuit("t\nv1 a 0 1\nn1 a 0 m\n.model m dut k=1\n.op\n.end\n")
    assert math.isclose(-float(circuit.run()[0]["i(v1)"]), 1.0)
    load(text.replace("<+ V(p,n);", "<+ 7 * V(p,n);"), tmp_path)
    again = Circuit("t\nv1 a 0 1\nn1 a 0 m\n.model m dut k=1\n.op\n.end\n")
    assert math.isclose(-float(again.run()[0]["i(v1)"]), 7.0)
    assert math.isclose(-float(circuit.run()[0]["i(v1)"]), 1.0)


@pytest.mark.parametrize("command", ["pre_osdi r.osdi", "osdi 'r.osdi'"])
def test_library_of_ngspice(command: str, tmp_path: Path) -> None:
    """A library is native code: a warning says which card loads the source beside it; with that card there is none."""
    (tmp_path / "r.va").write_text(RESISTOR)
    control = f".control\n{command}\nop\n.endc\n.end\n"
    path = tmp_path / "deck.cir"
    path.write_text(f"t\nv1 a 0 1\nr1 a 0 1\n{control}")
    with pytest.warns(DeckWarning, match=r"native code.*r\.va' lies beside it: a card \.hdl"):
        _ = circuitnn.load(path).deck
    path.write_text(f"t\n.hdl r.va\nv1 a 0 1\nr1 a 0 1\n{control}")
    _ = circuitnn.load(path).deck


def test_load_models(tmp_path: Path) -> None:
    """The same text gives the same model again, another text another one; a file without module is refused."""
    path = tmp_path / "r.va"
    path.write_text(RESISTOR)
    (first,), (again,) = load_models(path), load_models(path)
    assert first is again
    assert known()["varesistor"] is first
    path.write_text(RESISTOR.replace("r = 1k", "r = 2k"))
    assert load_models(path)[0] is not first
    path.write_text("// nothing\n")
    with pytest.raises(ModelFileError, match="no module"):
        load_models(path)


def test_altered_structure_is_refused(tmp_path: Path) -> None:
    """A change that asks for other equations is an error, and never a wrong number."""
    text = two_terminal(
        "if (k == 1) I(p,n) <+ V(p,n); else I(p,n) <+ 2 * V(p,n);", "parameter integer k = 1;"
    )
    load(text, tmp_path)
    circuit = Circuit("t\nv1 a 0 1\nn1 a 0 m\n.model m dut\n.op\n.end\n")
    assert math.isclose(-float(circuit.run()[0]["i(v1)"]), 1.0)
    with pytest.raises(AnalysisError, match="k asks for other equations"):
        circuit.altered({("n1", "k"): 2}).run()


def test_array(tmp_path: Path) -> None:
    """A module as the cell of an array: the same currents as resistors; a nonlinear one against a deck."""
    load(RESISTOR, tmp_path)
    r = np.array([[1e3, 2e3, 3e3], [4e3, 5e3, 6e3]])
    lines = dict.fromkeys(
        ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance"), 2.0
    )
    found = Crossbar(2, 3, Device("varesistor", r=r), **lines).mvm([0.5, 0.25])
    expected = Crossbar(2, 3, 1.0 / r, **lines).mvm([0.5, 0.25])
    assert np.allclose(found, expected, rtol=1e-6)


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Check and info; the exit code says whether there is a fault."""
    path = tmp_path / "r.va"
    path.write_text(RESISTOR)
    assert call(["va", "check", "--reading", str(path)]) == 0
    assert "varesistor: good" in capsys.readouterr().out
    assert call(["va", "info", str(path)]) == 0
    assert "resistance" in capsys.readouterr().out
    path.write_text(f"{HEAD}module a(p);\n inout p; electrical p;\n analog I(p) <+ sine(1);\nendmodule\n")
    assert call(["va", "check", str(path)]) != 0
    shown = capsys.readouterr().err
    assert "r.va:5:17: there is no function 'sine'" in shown
    assert "analog I(p) <+ sine(1);\n                    ^" in shown


@pytest.mark.long
@pytest.mark.parametrize("by_deck", [True, False])
def test_studies_in_several_processes(by_deck: bool, tmp_path: Path) -> None:
    """Modules that have been solved, of whose devices some have equations of their own, go to other processes."""
    text = f"""{HEAD}module sent(p, n);
  inout p, n; electrical p, n, inner; real count;
  parameter real r = 1k from (0:inf);
  parameter integer parts = 1;
  analog begin
    @(initial_step) count = 0;
    @(cross(V(p, n) - 0.3, 1)) count = count + 1;
    if (parts == 2) I(p, inner) <+ V(p, inner) / r;
    else V(p, inner) <+ 0;
    I(inner, n) <+ V(inner, n) / r * (1 + count);
  end
endmodule
"""
    (tmp_path / "sent.va").write_text(text)
    deck = "t\n.param rr={agauss(1k,10,1)}\nv1 a 0 sin(0 1 1k)\nr1 a b {rr}\nn1 b 0 m\nn2 b 0 m parts=2\n"
    deck += ".model m sent r=1k\n"
    (tmp_path / "d.cir").write_text(deck + ('.hdl "sent.va"\n' if by_deck else "") + ".end\n")
    if not by_deck:
        for model in load_models(tmp_path / "sent.va"):
            model.kernel()
    circuit = circuitnn.load(tmp_path / "d.cir")
    circuit.tran("2m", "20u")
    runs = [
        circuit.monte_carlo(4, "tran 20u 2m", measures={"top": "tran max v(b)"}, processes=processes)
        for processes in (1, 2)
    ]
    first, second = (run.measures["top"] for run in runs)
    assert len(first) == 4 and first.std() > 0.0 and np.array_equal(first, second)


OPEN = f"""{HEAD}
module open(p, n, t);
  inout p, n, t; electrical p, n, t; parameter real r = 1k; parameter real rt = 500;
  (* desc = "rise", units = "K" *) real rise;
  analog begin
    rise = V(t);
    I(p, n) <+ V(p, n) / r / (1 + V(t));
    I(t) <+ V(t) / rt - 1e-3 * V(p, n);
    if (!$port_connected(t)) I(p, n) <+ V(p, n) * 1e-6;
  end
endmodule
"""


@pytest.mark.parametrize("letter", "nq")
@pytest.mark.parametrize("again", [False, True])
def test_ports_left_out(letter: str, again: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Last ports that a card leaves out are inner nodes, for which `$port_connected` is 0; also from the cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(stored, "WORTHWHILE", -1.0)
    (tmp_path / "open.va").write_text(OPEN)
    for _ in range(1 + again):
        library._loaded.clear()
        text = f't\n.hdl "{tmp_path}/open.va"\n.model m open\nv1 a 0 1\nv2 b 0 1\n'
        text += (
            f"{letter}1 a 0 m\n{letter}2 b 0 x m rt=1k\nr1 x 0 1k\n.save all @{letter}1[rise]\n.op\n.end\n"
        )
        run = Circuit(text).run()[0]
    assert float(run["v(x)"]) == pytest.approx(0.5, rel=1e-9)
    assert float(run["i(v2)"]) == pytest.approx(-1e-3 / 1.5, rel=1e-9)
    assert float(run[f"@{letter}1[rise]"]) == pytest.approx(0.5, rel=1e-9)
    assert float(run["i(v1)"]) == pytest.approx(-1e-3 / 1.5 - 1e-6, rel=1e-9)


@pytest.mark.parametrize("nodes", ["a 0 b c", "a 0 b c d e", "0"])
def test_wrong_number_of_nodes(nodes: str, tmp_path: Path) -> None:
    """More nodes than ports, or a part of an array of ports, are refused."""
    text = f"{HEAD}module wide(p, n, s);\ninout p, n; inout [0:2] s; electrical p, n; electrical [0:2] s;\n"
    text += "analog begin I(p, n) <+ V(p, n); I(s[0], s[2]) <+ V(s[0], s[2]); end\nendmodule\n"
    (tmp_path / "wide.va").write_text(text)
    deck = f't\n.hdl "{tmp_path}/wide.va"\n.model m wide\nr1 a 0 1\nn1 {nodes} m\n.op\n.end\n'
    with pytest.raises(NetlistError, match=r"needs 5 nodes .*, \d given"):
        Circuit(deck).run()


def test_tolerances_of_integrals(tmp_path: Path) -> None:
    """An integral is as exact as its initial value asks, be it a number, a parameter or a formula of parameters."""
    for start in ("2e-10", "g0", "0.5 * g0 + g1"):
        text = f"{HEAD}module gap(p, n);\ninout p, n; electrical p, n;\n"
        text += "parameter real g0 = 2e-10; localparam real g1 = 1e-10; real x;\n"
        text += (
            f"analog begin x = idt(-1e-3 * V(p, n), {start}); I(p, n) <+ V(p, n) * x * 1e6; end\nendmodule\n"
        )
        (tmp_path / "gap.va").write_text(text)
        (model,) = load_models(tmp_path / "gap.va")
        assert [s.tolerance for s in model.states] == pytest.approx([2e-16]), start
