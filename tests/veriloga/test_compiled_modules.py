"""Compiled Verilog-A (OSDI) beside the same text read here, and beside ngspice with the same library."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import circuitnn
from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import Access, Device
from circuitnn.errors import AnalysisError, CircuitnnError, DeckWarning, ModelFileError
from circuitnn.veriloga import compiler

# A diode with an inner node that rs=0 removes, an integer, charges and noise.
DIODE = """\
`include "disciplines.vams"
`include "constants.vams"
module osdi_diode(a, c);
  inout a, c; electrical a, c, ai;
  parameter real is = 1e-14 from (0:inf);
  parameter real n = 1.0 from (0:10);
  parameter real rs = 0 from [0:inf);
  parameter real cj = 1e-12 from [0:inf);
  parameter real tnom = 27;
  parameter integer kind = 1 from [0:2];
  real vd, id;
  analog begin
    vd = V(ai, c);
    id = is*pow($temperature/(tnom + 273.15), 3)*(limexp(vd/(n*$vt)) - 1.0) + $simparam("gmin", 1e-12)*vd;
    I(ai, c) <+ id*kind;
    I(ai, c) <+ ddt(cj*(vd + 0.1*vd*vd));
    I(ai, c) <+ white_noise(2*`P_Q*abs(id), "shot");
    I(ai, c) <+ flicker_noise(1e-12*abs(id), 1.2, "flicker");
    if (rs > 0) begin
      I(a, ai) <+ V(a, ai)/rs;
      I(a, ai) <+ white_noise(4*`P_K*$temperature/rs, "thermal");
    end else V(a, ai) <+ 0;
  end
endmodule
"""
# A transistor whose drain has an inductor: a current that is an unknown.
FET = """\
`include "disciplines.vams"
module osdi_fet(d, g, s);
  inout d, g, s; electrical d, g, s, di;
  parameter real k = 1e-3;
  parameter real vt = 0.4;
  parameter real l = 1n;
  branch (d, di) lead;
  real u, i;
  analog begin
    V(lead) <+ ddt(l*I(lead)) + 10*I(lead);
    u = ln(1 + exp((V(g, s) - vt)/0.05))*0.05;
    i = k*u*u*tanh(V(di, s)/0.2);
    I(di, s) <+ i;
    I(g, s) <+ ddt(1e-15*V(g, s));
    I(g, di) <+ ddt(2e-16*V(g, di)*(1 + 0.1*V(g, di)));
  end
endmodule
"""
ANALYSES = """\
.options reltol=1e-6 vntol=1e-11 abstol=1e-16
.op
.ac dec 3 1k 10g
.noise v(a) v1 dec 2 1k 1g
.dc v1 -1 1 0.1
.tran 1n 200n
.end
"""
DIODES = """\
diodes
v1 in 0 dc 0.7 ac 1 sin(0.3 0.6 1meg)
r1 in a 1k
n1 a 0 d1
n2 a b d2 m=3 temp=60
r2 b 0 300
.model d1 osdi_diode rs={rs} is=1e-15
.model d2 osdi_diode rs=0 n=1.2 kind=2 tnom=40
"""
STAGES = """\
amplifier
v1 in 0 dc 0.6 ac 1 sin(0.55 0.05 200meg)
vdd vdd 0 1.2
n1 a in 0 f
r1 vdd a 2k
n2 b a 0 f2
r2 vdd b 4k
.model f osdi_fet vt=0.35
.model f2 osdi_fet vt=0.35 k=5e-4
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both modules as text and as libraries."""
    try:
        program = compiler.find()
    except compiler.CompilerError:
        pytest.skip("OpenVAF is not installed")
    made = tmp_path_factory.mktemp("osdi")
    for name, text in (("diode", DIODE), ("fet", FET)):
        (made / f"{name}.va").write_text(text)
        compiler.compile_file(made / f"{name}.va", made / f"{name}.osdi", program)
    return made


def both(folder: Path, name: str, deck: str) -> list:
    """Pairs of results: from the library, and from the text."""
    circuitnn.load_models(folder / f"{name}.osdi")
    compiled = Circuit.from_text(deck).run()
    title, rest = deck.split("\n", 1)
    read = Circuit.from_text(f'{title}\n.hdl "{folder / name}.va"\n{rest}').run()
    return list(zip(compiled, read, strict=True))


@pytest.mark.parametrize(
    ("name", "deck"), [("diode", DIODES.format(rs=0)), ("diode", DIODES.format(rs=50)), ("fet", STAGES)]
)
def test_all_analyses(folder, name, deck):
    """The library gives what the text gives: two evaluations of the same equations, by two compilers."""
    compared = 0
    for compiled, read in both(folder, name, deck + ANALYSES):
        for signal in ("v(a)", "i(v1)", "onoise_spectrum"):
            if signal not in read.names:
                continue
            ours, theirs = np.asarray(compiled[signal]), np.asarray(read[signal])
            if read.analysis == "tran":
                theirs = np.interp(compiled.time, read.time, theirs)
            tolerance = 3e-4 if read.analysis == "tran" else 1e-9
            assert np.abs(ours - theirs).max() <= tolerance * np.abs(theirs).max(), (read.analysis, signal)
            compared += 1
    assert compared == 9


def test_parameters_that_join_nodes(folder):
    """Steps through rs = 0, where the inner node goes, and sweeps of the temperature."""
    deck = (
        DIODES.format(rs="{x}")
        + ".param x=0\n.step param x list 0 10 100 0\n.op\n.dc temp -20 100 40\n.end\n"
    )
    pairs = both(folder, "diode", deck)
    values = [np.atleast_1d(np.asarray(each["v(a)"])) for pair in pairs for each in pair]
    assert len(values) == 16
    for ours, theirs in zip(values[::2], values[1::2], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)
    assert np.ptp([v[0] for v in values if v.size == 1]) > 1e-3


def test_ngspice(folder, tmp_path):
    """ngspice with the same library has the same operating point and small signals."""
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice is not installed")
    circuitnn.load_models(folder / "fet.osdi")
    ours = Circuit.from_text(f"{STAGES}.op\n.ac dec 3 1k 10g\n.end\n").run()
    control = f".control\npre_osdi {folder}/fet.osdi\nop\nwrite op.raw\nac dec 3 1k 10g\nwrite ac.raw\n.endc\n.end\n"
    (tmp_path / "deck.cir").write_text(STAGES + control)
    subprocess.run(["ngspice", "-b", "deck.cir"], cwd=tmp_path, check=True, capture_output=True)
    for result, name in zip(ours, ("op", "ac"), strict=True):
        reference = circuitnn.read(tmp_path / f"{name}.raw")
        for signal in ("v(a)", "v(b)", "i(v1)" if name == "ac" else "i(vdd)"):
            np.testing.assert_allclose(
                np.atleast_1d(result[signal]), np.atleast_1d(reference[signal]), rtol=1e-6, atol=1e-15
            )


def test_many_devices_on_two_threads(folder):
    """A chain of 3,000 diodes: devices are made by the threads that evaluate them; the answer is the text's."""
    chain = "\n".join(f"r{k} a{k} a{k + 1} 10\nn{k} a{k + 1} 0 d" for k in range(3000))
    deck = f"chain\nv1 a0 0 1\n{chain}\n.model d osdi_diode is=1e-16 rs=5\n.options threads=2\n.op\n.end\n"
    ((compiled, read),) = both(folder, "diode", deck)
    np.testing.assert_allclose(compiled["v(a40)"], read["v(a40)"], rtol=1e-9)
    np.testing.assert_allclose(compiled["i(v1)"], read["i(v1)"], rtol=1e-9)


def test_threads_share_no_device(folder):
    """Each thread evaluates devices of its own: whatever the threads do, the bits are those of one thread."""
    circuitnn.load_models(folder / "diode.osdi")
    chain = "\n".join(f"r{k} a{k} a{k + 1} 10\nn{k} a{k + 1} 0 d temp={k % 60}" for k in range(3000))

    def currents(threads):
        deck = f"chain\nv1 a0 0 dc 0.8 sin(0.8 0.2 1meg)\n{chain}\n.model d osdi_diode is=1e-16 rs=5\n"
        deck += f".options threads={threads}\n.op\n.tran 20n 200n\n.end\n"
        return [result["i(v1)"] for result in Circuit.from_text(deck).run()]

    alone = currents(1)
    for _ in range(5):
        for one, together in zip(alone, currents(2), strict=True):
            np.testing.assert_array_equal(one, together)


def test_cells_of_an_array(folder):
    """An array of compiled cells beside the array of the text's cells."""
    drops = []
    for ending in ("osdi", "va"):
        circuitnn.load_models(folder / f"diode.{ending}")
        cells = Device("osdi_diode", **{"is": 1e-12}, rs=100.0)
        array = Crossbar(4, 5, cells, line_resistance=2.0)
        result = array.op(Access(1, 2, 0.6, "half"))
        drops.append(np.r_[result.sneak_current, result.ir_drop.max(), array.mvm(np.full(4, 0.5))])
    np.testing.assert_allclose(drops[0], drops[1], rtol=1e-7)


@pytest.mark.parametrize("card", ["n=20", "kind=7", "is=-1"])
def test_values_out_of_range_are_refused_by_name(folder, card):
    circuitnn.load_models(folder / "diode.osdi")
    with pytest.raises(AnalysisError, match=rf"'osdi_diode' refuses {card.partition('=')[0]}\b"):
        Circuit.from_text(f"t\nv1 a 0 1\nn1 a 0 d\n.model d osdi_diode {card}\n.op\n.end\n").op()


@pytest.mark.parametrize("card", [".sens v(a)", ".disto dec 2 1k 1meg"])
def test_what_needs_equations_is_refused(folder, card):
    circuitnn.load_models(folder / "diode.osdi")
    circuit = Circuit.from_text(DIODES.format(rs=1).replace("ac 1", "ac 1 distof1 1") + f"{card}\n.end\n")
    with pytest.raises(AnalysisError, match="n1: a compiled module tells neither"):
        circuit.run()
    with pytest.raises(AnalysisError, match="'osdi_diode' is a compiled module"):
        circuit.export()


@pytest.mark.parametrize(
    ("statement", "reason"),
    [("I(a) <+ 1e-3*(idt(V(a), 0.0) - V(a));", "idt"), ("I(a) <+ 1e-3*absdelay(V(a), 1n);", "absdelay")],
)
def test_modules_that_cannot_run_are_refused(folder, tmp_path, statement, reason):
    file = tmp_path / "m.va"
    text = '`include "disciplines.vams"\nmodule osdi_odd(a); inout a; electrical a;\nanalog STATEMENT\nendmodule\n'
    file.write_text(text.replace("STATEMENT", statement))
    compiler.compile_file(file, tmp_path / "m.osdi", compiler.find())

    def run():
        circuitnn.load_models(tmp_path / "m.osdi")
        return Circuit.from_text("t\nv1 a 0 1\nn1 a m\n.model m osdi_odd\n.op\n.end\n").op()

    with pytest.raises(CircuitnnError, match=rf"{reason}.*\.hdl"):
        run()


def test_a_file_that_is_no_library(tmp_path):
    file = tmp_path / "junk.osdi"
    file.write_bytes(b"no library")
    with pytest.raises(ModelFileError, match=r"junk\.osdi: file too short"):
        circuitnn.load_models(file)


def test_a_deck_alone_loads_nothing(folder, tmp_path):
    """`pre_osdi` has no effect until the user loads the library; then the deck runs as it is, without a warning."""
    shutil.copy(folder / "diode.osdi", tmp_path / "other_name.osdi")
    deck = f"{DIODES.format(rs=1)}.control\npre_osdi other_name.osdi\nop\n.endc\n.end\n"
    with pytest.warns(
        DeckWarning, match=r"pre_osdi other_name\.osdi' has no effect.*--models other_name\.osdi"
    ):
        _ = Circuit.from_text(deck).deck
    circuitnn.load_models(tmp_path / "other_name.osdi")
    _ = Circuit.from_text(deck).deck


def test_another_process_loads_the_library_itself(folder):
    """Samples in two processes are those in one."""
    circuitnn.load_models(folder / "diode.osdi")
    deck = DIODES.format(rs=20).replace("r1 in a 1k", "r1 in a {agauss(1k,50,1)}")
    circuit = Circuit.from_text(f"{deck}.op\n.end\n")
    measures = {"drop": lambda result: result["v(a)"]}
    alone, shared = (
        circuit.monte_carlo(6, measures=measures, signals=(), processes=count) for count in (1, 2)
    )
    assert np.ptp(alone.measures["drop"]) > 1e-5
    assert alone.measures.equals(shared.measures)
