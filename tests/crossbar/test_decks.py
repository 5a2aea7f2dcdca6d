"""Arrays and decks: exported decks in ngspice, ``.crossbar`` cards, transients against either."""

import shutil
import subprocess

import numpy as np
import pytest

import circuitnn
from circuitnn.crossbar import (
    MVM,
    Access,
    Bias,
    Crossbar,
    Device,
    Faults,
    Gated,
    PullUp,
    Pulse,
    Resistance,
    Series,
)
from circuitnn.errors import CircuitnnError
from circuitnn.results import rawfile
from circuitnn.solvers.linear import have_klu

DIRECT = "klu" if have_klu() else "superlu"

# schemes here serve arrays with and without gates
pytestmark = pytest.mark.filterwarnings("ignore:gate voltages have no effect")

TIGHT = {"reltol": 1e-9, "abstol": 1e-16, "vntol": 1e-12, "gmin": 1e-15}
M, N = 4, 5
RNG = np.random.default_rng(11)
G = 10 ** RNG.uniform(-5, -3, (M, N))

CELLS = {
    "1r": G,
    "1s1r": Series(Device("sinh_selector", i0=1e-6, v0=0.1), Resistance(1 / G)),
    "1t1r": Gated(Resistance(1 / G), Device("ekv", vto=0.4, w=1e-5)),
    "faults": G,
}
SCHEMES = {
    "mvm": MVM(np.linspace(0.1, 0.4, M), gate=1.5),
    "both ends": MVM(np.linspace(0.1, 0.4, M), both_ends=True, sense_both=True, gate=1.5),
    "half": Access(1, 2, 0.8, gate=1.5),
    "third": Access(1, 2, 0.8, "third", gate=1.5),
    "floating": Access(1, 2, 0.8, "floating", gate=1.5, other_gates=1.0),
    "grounded": Access(1, 2, 0.8, "grounded", gate=1.5),
    "one pulled up": PullUp(1, 2, 0.8, 1e4),
    "all pulled up": PullUp(1, 2, 0.8, 1e4, "all"),
    "custom": Bias(0.3, bottom=np.linspace(0, 0.1, N), resistance={"left": 50.0}, gate=1.5),
}


@pytest.fixture(scope="module")
def ngspice(tmp_path_factory):
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice is not installed")
    folder = tmp_path_factory.mktemp("ngspice")

    def run(text):
        (folder / "deck.cir").write_text(text)
        subprocess.run(
            ["ngspice", "-b", "-r", "out.raw", "deck.cir"],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=60,
        )
        return rawfile.read(folder / "out.raw")[0]

    return run


PLAIN = {"wordline_resistance": 5.0, "bitline_resistance": 3.0}
SPECIAL = {
    "wordline_resistance": np.array([[5.0, 0.0, 2.0, 0.0]] * (M - 1) + [[5.0, np.inf, 2.0, 1.0]]),
    "bitline_resistance": np.array([0.0, 3.0, 0.0, 2.0, 1.0]),
}


def agree(ours, theirs, voltages):
    """Voltages of the nodes that the deck has, currents of its sources."""
    for i in range(M):
        for j in range(N):
            for letter, mine in (("w", ours.word_voltage), ("b", ours.bit_voltage)):
                if f"v({letter}{i}_{j})" in voltages:
                    there = theirs[f"v({letter}{i}_{j})"]
                    assert mine[i, j] == pytest.approx(there, rel=1e-6, abs=1e-9), (letter, i, j)
    size = np.abs(ours.cell_current).max()
    for side, name in (("left", "vwl"), ("bottom", "vbb")):
        for k, held in enumerate(ours.ends.held(side)):
            if held:
                current = theirs[f"i({name}{k})"]
                assert ours.currents_out[side][k] == pytest.approx(current, rel=1e-5, abs=1e-7 * size)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", CELLS)
def test_exported_decks_give_the_same_in_ngspice_and_by_our_direct_engine(kind, scheme, ngspice):
    if kind == "1t1r" and "pulled" in scheme:
        pytest.skip("gates at 0 V: nothing holds the floating lines but gmin")
    faults = Faults(stuck={(0, 1): 1e-3}, opens=[(1, 1)], shorts=[(2, 2)]) if kind == "faults" else None
    for wires in (PLAIN, SPECIAL):
        array = Crossbar(
            M, N, CELLS[kind], driver_resistance=2.0, sense_resistance=1.0, faults=faults, **wires
        )
        ours = array.op(SCHEMES[scheme], gmin=TIGHT["gmin"])
        deck = array.export_deck(SCHEMES[scheme], klu=True, **TIGHT)
        circuit = circuitnn.Circuit.from_text(deck)
        names = {f"v({name})" for name in circuit.flat.node_names}
        assert ("v(w0_2)" in names) == (wires is PLAIN)  # merged with the node before it
        agree(ours, circuit.op(linear_solver=DIRECT, reltol=1e-9, abstol=1e-16, vntol=1e-12), names)
        if kind != "1t1r" or wires is PLAIN:  # ngspice does not converge at these tolerances
            agree(ours, ngspice(deck), names)


def test_an_exported_deck_is_read_back(tmp_path):
    array = Crossbar(M, N, G, wordline_resistance=1.0, bitline_resistance=2.0)
    array.export_deck(MVM(np.full(M, 0.2)), tmp_path / "x.cir")
    result = circuitnn.load(tmp_path / "x.cir").op()
    ours = array.op(MVM(np.full(M, 0.2)))
    assert [result[f"i(vbb{j})"] for j in range(N)] == pytest.approx(ours.output.tolist(), rel=1e-9)


CARD = """array in a deck
.param g0=1e-4
V0 in0 0 0.1
V1 in1 0 0.2
V2 in2 0 0.3
Ra out0 0 1
Rb out1 0 1
Vc out2 0 0
Vd out3 0 0
.crossbar x1 rows=3 cols=4 g={g0*(1+row+2*col)} rw=1 rb=2 rd=3 left=in bottom=out
.op
.end
"""


def test_card_of_an_array():
    i, j = np.indices((3, 4))
    array = Crossbar(
        3, 4, 1e-4 * (1 + i + 2 * j), wordline_resistance=1, bitline_resistance=2, driver_resistance=3
    )
    bias = Bias(left=[0.1, 0.2, 0.3], bottom=0.0, resistance={"bottom": [1, 1, 0, 0]})
    ours = array.op(bias)
    circuit = circuitnn.Circuit.from_text(CARD)
    result = circuit.op(reltol=1e-9)
    assert result["v(x1.w0_0)"] == pytest.approx(ours.word_voltage[0, 0], rel=1e-9)
    assert result["v(out0)"] == pytest.approx(ours.output[0], rel=1e-9)
    assert result["i(vc)"] == pytest.approx(ours.output[2], rel=1e-9)
    swept = circuit.dc({"g0": [1e-4, 2e-4]}, reltol=1e-9)
    assert swept["v(out0)"][0] == pytest.approx(ours.output[0], rel=1e-9)
    assert swept["v(out0)"][1] > 1.8 * ours.output[0]


def test_cards_share_a_plane_of_lines(tmp_path):
    """Two arrays, the word lines of the second being the bit lines of the first."""
    np.savetxt(tmp_path / "Lower.csv", np.full((3, 3), 1e-3), delimiter=",")
    text = "\n".join(
        [
            "stack",
            *(f"v{k} in{k} 0 {0.1 * (k + 1)}" for k in range(3)),
            ".crossbar a rows=3 cols=3 g=1m rw=1 rb=1 left=in",
            ".crossbar b rows=3 cols=3 file.g=Lower.csv wordlines=a.bitlines rb=1 bottom=0",
            ".op",
            ".end",
        ]
    )
    (tmp_path / "stack.cir").write_text(text)
    result = circuitnn.load(tmp_path / "stack.cir").op(reltol=1e-9)
    a = [f"v{k} in{k} 0 {0.1 * (k + 1)}" for k in range(3)]
    a += [f"rw{i}{j} w{i}{j - 1} w{i}{j} 1" for i in range(3) for j in (1, 2)]
    a += [f"ri{i} in{i} w{i}0 1u" for i in range(3)]
    a += [f"rm{i}{j} m{i - 1}{j} m{i}{j} 1" for i in (1, 2) for j in range(3)]
    a += [f"rc{i}{j} w{i}{j} m{i}{j} 1k" for i in range(3) for j in range(3)]
    # Line j of the middle plane is word line j of the second array; its node i crosses bit line i.
    a += [f"rd{i}{j} m{i}{j} k{j}{i} 1k" for i in range(3) for j in range(3)]
    a += [f"rk{i}{j} k{i - 1}{j} k{i}{j} 1" for i in (1, 2) for j in range(3)]
    a += [f"ro{j} k2{j} 0 1u" for j in range(3)]
    flat = circuitnn.Circuit.from_text("\n".join(["flat", *a, ".op", ".end"])).op(reltol=1e-9)
    for i in range(3):
        for j in range(3):
            assert result[f"v(a.b{i}_{j})"] == pytest.approx(flat[f"v(m{i}{j})"], rel=1e-6)


def test_cells_with_states_and_gates_in_a_card():
    text = """cells
V0 in0 0 -1.5
V1 in1 0 0
Vg0 g0 0 3
Vg1 g1 0 0
.model mem vteam ron=1k roff=100k
.model tr ekv vto=0.4 w=1e-4
.crossbar t rows=2 cols=2 model=mem,tr mem.x0=0.5 rw=1 rb=1 left=in bottom=0 gate=g
.tran 10n 100n
.end
"""
    result = circuitnn.Circuit.from_text(text).run()[0]
    selected, other = result["@nt.c0_0[vteam_x]"], result["@nt.c1_0[vteam_x]"]
    assert abs(selected[-1] - 0.5) > 1e-3
    assert other[-1] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (".crossbar x rows=3 g=1m", "needs cols="),
        (".crossbar x rows=3 cols=2.5 g=1m", "cols = 2.5"),
        (".crossbar x rows=1e9 cols=2 g=1m", r"rows = 1e\+09 must be a whole number from 1 to 268435456"),
        (".crossbar x rows=3 cols=3 model=nothing", "no model 'nothing'"),
        (".crossbar x rows=3 cols=3 g=1m colour=1", "no parameter 'colour'"),
        (".crossbar x rows=3 cols=3 g=-1m left=in", "conductance .* is -0.001"),
        (".crossbar x rows=3 cols=3 g={1m/(row-1)+a} left=in", "'a' is not defined"),
        (".crossbar x rows=3 cols=3 g=1m wordlines=y.bitlines", "there is no array y"),
        (".crossbar x rows=3 cols=3 file.g=none.csv", "cannot read none.csv"),
        (".crossbar x rows=3 cols=3 left=in", "the cells need g, r or model"),
        (
            ".crossbar x rows=1 cols=3 g=1m left=a right=b bottom=0",
            "has no resistance and would join two nodes",
        ),
    ],
)
def test_bad_cards(card, message):
    with pytest.raises(CircuitnnError, match=message):
        circuitnn.Circuit.from_text(f"bad\nr1 in0 0 1\n{card}\n.op\n.end\n").op()


def test_write_pulse_moves_the_selected_cell_and_says_how_much_the_others():
    rng = np.random.default_rng(2)
    cell = Device("vteam", ron=1e3, roff=1e5, von=-0.8, voff=0.8, x0=rng.uniform(0.3, 0.7, (M, N)))
    caps = {"wordline_capacitance": 1e-15, "bitline_capacitance": 1e-15}
    array = Crossbar(M, N, cell, wordline_resistance=2.0, bitline_resistance=2.0, **caps)
    pulse = Pulse(20e-9, 1e-9, 1e-9)
    made = array.tran(Access(1, 2, -1.2), pulse, 30e-9, reltol=1e-6)
    state = made.state()
    assert state.shape == (len(made.time), M, N)
    assert abs(state[-1, 1, 2] - state[0, 1, 2]) > 1e-3
    disturb = made.disturb()
    assert disturb[1, 2] == 0.0
    assert np.abs(disturb).max() < 1e-6  # half of the pulse is below the threshold
    strong = array.tran(Access(1, 2, -2.0), pulse, 30e-9, reltol=1e-6).disturb()
    assert np.abs(strong[1]).max() > 1e-3
    assert np.abs(strong[0][[0, 1, 3, 4]]).max() < 1e-6  # no line in common
    out = made.currents_out("left")
    top = np.argmin(np.abs(made.time - 15e-9))
    assert abs(out[top, 1]) > np.abs(np.delete(out[top], 1)).max()
    assert made.currents_out("bottom")[top].sum() + out[top].sum() == pytest.approx(0.0, abs=1e-7)


def test_transient_agrees_with_the_twin_in_ngspice(ngspice):
    cell = Device("vteam", ron=1e3, roff=1e5, von=-0.5, voff=0.5, x0=0.5)
    array = Crossbar(
        2, 3, cell, wordline_resistance=50.0, bitline_resistance=50.0, wordline_capacitance=1e-13
    )
    pulse = Pulse(20e-9, 1e-9, 1e-9, delay=1e-9)
    made = array.tran(Access(0, 1, -1.0), pulse, 30e-9, reltol=1e-6, tmax=2e-11)
    deck = array.export_deck(Access(0, 1, -1.0), waves=pulse, tstop=30e-9, tstep=5e-12, reltol=1e-6)
    theirs = ngspice(deck)
    x = np.interp(made.time, theirs["time"], theirs["v(xnc0_1.x)"])
    # The state runs away once past its threshold: a shift of 1 ps, a fifth of a step of ngspice, is allowed.
    shift = 1e-12 * np.abs(np.gradient(x, made.time))
    assert np.all(np.abs(made.state()[:, 0, 1] - x) <= 2e-5 + shift)
    v = np.interp(made.time, theirs["time"], theirs["v(w0_2)"])
    np.testing.assert_allclose(made.word_voltage[:, 0, 2], v, atol=2e-3)


@pytest.mark.parametrize("kind", ["1r", "sinh"])
@pytest.mark.parametrize("end", [0.0, 2.0])
def test_an_array_is_found_in_a_flat_deck(kind, end, tmp_path):
    """Cards in any order, lines of any direction."""
    rng = np.random.default_rng(4)
    cell = G if kind == "1r" else Device("sinh_selector", i0=G / 1e3, v0=0.1)
    along, down = rng.uniform(0.5, 2, (M, N - 1)), rng.uniform(0.5, 2, (M - 1, N))
    array = Crossbar(
        M,
        N,
        cell,
        wordline_resistance=along,
        bitline_resistance=down,
        driver_resistance=end,
        sense_resistance=end,
    )
    for number, scheme in enumerate(
        (MVM(np.linspace(0.1, 0.4, M)), Access(1, 2, 0.8), PullUp(0, 1, 0.8, 1e4, "all"))
    ):
        lines = array.export_deck(scheme).splitlines()
        head = [k for k in lines[1:-2] if not k.startswith((".", "+", "*"))]
        if kind == "sinh":
            head = [k for k in head if not k.startswith(("x", "b"))]
            head = [k for k in head if k.startswith(("r", "v")) and len(k.split()) >= 4]
            cards = [
                f"nc{i}_{j} w{i}_{j} b{i}_{j} sel i0={float(G[i, j]) / 1e3!r}"
                for i in range(M)
                for j in range(N)
            ]
            head += [*cards, ".model sel sinh_selector v0=0.1"]
        rng.shuffle(head)
        path = tmp_path / f"x{number}.cir"
        path.write_text("\n".join(["found", *head, ".op", ".end", ""]))
        found, bias = Crossbar.from_deck(path)
        assert found.shape == (M, N)
        ours, theirs = array.op(scheme), found.op(bias)
        assert theirs.statistics.linear_solver == "array"
        assert sorted(np.abs(ours.output).tolist()) == pytest.approx(
            sorted(np.abs(theirs.output).tolist()), rel=1e-9
        )
        assert theirs.total_power == pytest.approx(ours.total_power, rel=1e-9)
        assert np.sort(theirs.cell_current, axis=None) == pytest.approx(
            np.sort(ours.cell_current, axis=None), rel=1e-7
        )


@pytest.mark.parametrize("ends", ["left and bottom", "right and top"])
def test_a_found_array_has_its_cells_in_their_places(ends, tmp_path):
    """Rows and columns in the deck's order, the held ends at the left and at the bottom."""
    rng = np.random.default_rng(8)
    volts, wires = np.array([0.4, 0.1, 0.2, 0.3]), rng.uniform(0.5, 2, (M, N - 1))
    array = Crossbar(M, N, G, wordline_resistance=wires, bitline_resistance=2.0, driver_resistance=3.0)
    scheme = Bias(left=volts, bottom=0.0) if ends == "left and bottom" else Bias(right=volts, top=0.0)
    array.export_deck(scheme, tmp_path / "x.cir")
    found, bias = Crossbar.from_deck(tmp_path / "x.cir")
    turned = np.s_[::1, ::1] if ends == "left and bottom" else np.s_[::-1, ::-1]
    np.testing.assert_allclose(found.conductance, G[turned], rtol=1e-12)
    np.testing.assert_allclose(found.wordline_resistance, wires[turned], rtol=1e-12)
    np.testing.assert_allclose(bias.left, volts[turned[0]], rtol=1e-12)
    output = array.op(scheme).currents_out["bottom" if ends == "left and bottom" else "top"]
    np.testing.assert_allclose(found.op(bias).output, output[turned[1]], rtol=1e-9)


def test_segments_in_parallel_are_one(tmp_path):
    text = Crossbar(M, N, G, wordline_resistance=1.0, bitline_resistance=2.0).export_deck(MVM(np.ones(M)))
    path = tmp_path / "x.cir"
    path.write_text(text.replace(".op", "rx w1_1 w1_2 3\n.op"))
    found, _ = Crossbar.from_deck(path)
    assert found.wordline_resistance[1, 1] == pytest.approx(0.75)
    assert found.wordline_resistance[0, 1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        (["v1 a 0 1", "r1 a b 1", "r2 b 0 1"], "no wires|no lines"),
        (["v1 a 0 1", "r1 a b 1", "l1 b 0 1"], "it has inductors"),
        (["v1 a b 1", "r1 a b 1"], "not to ground"),
    ],
)
def test_no_array(cards, message, tmp_path):
    (tmp_path / "x.cir").write_text("\n".join(["none", *cards, ".op", ".end", ""]))
    with pytest.raises(CircuitnnError, match=message):
        Crossbar.from_deck(tmp_path / "x.cir")


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("rz w1_1 elsewhere 1k", "node elsewhere, which is not on a line"),
        ("vz w1_1 0 1", "node w1_1 is held and is not a free end"),
        ("rz w0_1 w2_3 1k", "do not fall into two families"),
        ("rz w0_1 b2_3 1k", "do not cross in one order"),
    ],
)
def test_what_spoils_an_array_is_named(card, message, tmp_path):
    text = Crossbar(M, N, G, wordline_resistance=1.0, bitline_resistance=2.0).export_deck(MVM(np.ones(M)))
    (tmp_path / "x.cir").write_text(text.replace(".op", f"{card}\n.op"))
    with pytest.raises(CircuitnnError, match=f"not a crossbar array: .*{message}"):
        Crossbar.from_deck(tmp_path / "x.cir")
