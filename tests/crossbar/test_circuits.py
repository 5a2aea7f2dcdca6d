"""Arrays in circuits built in Python: amplifiers, neurons and buffers at the ends of their lines."""

import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.crossbar import (
    MVM,
    Access,
    Bias,
    Complementary,
    Crossbar,
    Device,
    Faults,
    Gated,
    Pulse,
    Resistance,
    Series,
)
from circuitnn.errors import CircuitnnError, DeckWarning

# schemes here serve arrays with and without gates
pytestmark = pytest.mark.filterwarnings("ignore:gate voltages have no effect")

RNG = np.random.default_rng(31)
M, N = 4, 3
G = 10 ** RNG.uniform(-5, -4, (M, N))
X = RNG.uniform(0.05, 0.3, M)
WIRES = {
    "wordline_resistance": 2.0,
    "bitline_resistance": 3.0,
    "driver_resistance": 5.0,
    "sense_resistance": 4.0,
}
GAIN, FEEDBACK = 1e7, 1e4


def driven(title, volts, prefix="in"):
    circuit = Circuit(title)
    for k, v in enumerate(volts):
        circuit.V(f"{prefix}{k}", f"{prefix}{k}", "0", float(v))
    return circuit


def amplified(circuit, count, virtual="bl", out="out"):
    """Operational amplifiers with a feedback resistor: a bit line's current becomes a voltage."""
    for k in range(count):
        circuit.E(f"{out}{k}", f"{out}{k}", "0", "0", f"{virtual}{k}", GAIN)
        circuit.R(f"{out}{k}", f"{virtual}{k}", f"{out}{k}", FEEDBACK)
    return circuit


def test_transimpedance_amplifiers_at_the_bit_lines():
    array = Crossbar(M, N, G, **WIRES)
    circuit = amplified(driven("tia", X), N).crossbar("x1", array, left="in", bottom="bl")
    result = circuit.op(reltol=1e-10)
    # The virtual ground is off by out / gain; else the amplifiers' outputs are the product.
    expected = -FEEDBACK * array.mvm(X)
    np.testing.assert_allclose([result[f"v(out{j})"] for j in range(N)], expected, rtol=1e-6)
    cells = circuit.cells("x1", result)
    alone = array.op(MVM(X))
    np.testing.assert_allclose(cells.cell_voltage, alone.cell_voltage, rtol=1e-5)
    np.testing.assert_allclose(cells.cell_current, alone.cell_current, rtol=1e-5)
    assert cells.axis is None and cells.states == ()


def test_as_the_card_in_a_deck(tmp_path):
    """Numbers of the cells as an array in Python, and from a file by a card."""
    np.save(tmp_path / "g.npy", G)
    built = amplified(driven("deck", X), N)
    card = f".crossbar x1 rows={M} cols={N} file.g=g.npy rw=2 rb=3 rd=5 rs=4 left=in bottom=bl"
    deck = Circuit.from_text(built.text, path=tmp_path / "deck.cir").add(card)
    built.crossbar("X1", Crossbar(M, N, G, **WIRES), left="in", bottom="bl")
    ours, theirs = built.op(reltol=1e-9), deck.op(reltol=1e-9)
    assert set(ours.names) == set(theirs.names)
    for name in ours.names:
        assert ours[name] == pytest.approx(theirs[name], rel=1e-9, abs=1e-15), name
    np.testing.assert_allclose(
        built.cells("x1", ours).cell_current, deck.cells("x1", theirs).cell_current, rtol=1e-9
    )
    exported = Circuit.from_text(built.export()).add(".op").op(reltol=1e-9)
    assert exported["v(out1)"] == pytest.approx(ours["v(out1)"], rel=1e-9)
    assert "* crossbar x1: 4 word lines, 3 bit lines" in str(built)


def test_two_tiles_with_buffers_between():
    """Signed weights in two layers: differences of the amplifiers' outputs drive the next tile."""
    one = Crossbar(M, N, Complementary.from_weights(RNG.uniform(-1, 1, (M, N)), 1e-6, 1e-4), **WIRES)
    two = Crossbar(N, 2, Complementary.from_weights(RNG.uniform(-1, 1, (N, 2)), 1e-6, 1e-4), **WIRES)
    circuit = amplified(driven("tiles", X), 2 * N)
    for j in range(N):
        circuit.E(f"b{j}", f"h{j}", "0", f"out{2 * j + 1}", f"out{2 * j}", 1.0)
    amplified(circuit, 4, "last", "y")
    circuit.crossbar("a", one, left="in", bottom="bl").crossbar("b", two, left="h", bottom="last")
    result = circuit.op(reltol=1e-10)
    hidden = FEEDBACK * one.mvm(X)
    np.testing.assert_allclose([result[f"v(h{j})"] for j in range(N)], hidden, rtol=1e-5)
    signed = [result[f"v(y{2 * j + 1})"] - result[f"v(y{2 * j})"] for j in range(2)]
    np.testing.assert_allclose(signed, FEEDBACK * two.mvm(hidden), rtol=1e-5)
    assert circuit.cells("b", result).cell_voltage.shape == (N, 4)


def test_leaky_integrate_and_fire_neurons_at_the_bit_lines():
    """A capacitor that a bit line charges towards V through its cells, and a switch that empties it.

    Between two spikes v goes from the lower threshold to the upper one: T = τ·ln((V - low)/(V - high)), and down
    again through the switch: T = τ_on·ln((low - …)/…) with τ_on = C·(R_on ∥ R).
    """
    g = np.array([[2e-6, 1e-6], [1e-6, 0.5e-6]])
    capacitance, on = 1e-12, 1e3
    circuit = driven("neurons", (1.0, 1.0))
    circuit.add(f".model sw sw vt=0.5 vh=0.1 ron={on} roff=1e12")
    for j in range(2):
        circuit.C(f"m{j}", f"n{j}", "0", capacitance, ic=0.0).S(f"s{j}", f"n{j}", "0", f"n{j}", "0", "sw")
    circuit.crossbar("syn", Crossbar(2, 2, g), left="in", bottom="n")
    result = circuit.tran("4u", tstep="1n", uic=True, reltol=1e-5)
    for j in range(2):
        total = g[:, j].sum()
        up = capacitance / total * np.log((1.0 - 0.4) / (1.0 - 0.6))
        rest, parallel = total / (total + 1 / on), 1.0 / (total + 1 / on)
        down = capacitance * parallel * np.log((0.6 - rest) / (0.4 - rest))
        v = result[f"v(n{j})"]
        spikes = result.time[1:][(v[1:] < 0.5) & (v[:-1] >= 0.5)]
        assert len(spikes) > 8
        assert np.diff(spikes).mean() == pytest.approx(up + down, rel=5e-3)
    cells = circuit.cells("syn", result)
    assert cells.cell_current.shape == (len(result), 2, 2)
    np.testing.assert_allclose(cells.axis, result.time)
    np.testing.assert_allclose(cells.cell_current[:, 0, 1], g[0, 1] * (1.0 - result["v(n1)"]), atol=1e-18)


def test_mott_neuron_at_a_bit_line_as_in_a_deck(tmp_path):
    """A threshold device with a capacitor; the same array as a card gives the same spikes."""
    g = np.array([[3e-5], [2e-5]])
    circuit = driven("mott", (1.5, 1.5))
    circuit.add(".model vo2 vo2_switch", "nm n0 0 vo2").C("m", "n0", "0", 1e-12)
    np.save(tmp_path / "g.npy", g)
    deck = Circuit.from_text(circuit.text, path=tmp_path / "d.cir")
    deck.add(".crossbar x rows=2 cols=1 file.g=g.npy left=in bottom=n")
    circuit.crossbar("x", Crossbar(2, 1, g), left="in", bottom="n")
    ours, theirs = (c.tran("1u", tstep="1n", uic=True) for c in (circuit, deck))
    assert np.ptp(ours["v(n0)"]) > 0.05
    np.testing.assert_allclose(ours.time, theirs.time, rtol=1e-9)
    np.testing.assert_allclose(ours["v(n0)"], theirs["v(n0)"], atol=1e-9)


CELLS = {
    "memristor": lambda: Device("vteam", ron=1e3, roff=1e5, von=-0.5, voff=0.5, x0=G / G.max()),
    "1s1r": lambda: Series(Device("sinh_selector", i0=1e-6, v0=0.1), Resistance(1 / G)),
    "1t1r": lambda: Gated(Resistance(1 / G), Device("ekv", vto=0.4, w=1e-5)),
    "1d1r": lambda: Series(Device("diode", **{"is": 1e-12}), Resistance(1 / G)),
    "faulty": lambda: Device("sinh_selector", i0=1e-6, v0=0.1),
}


@pytest.mark.parametrize("kind", CELLS)
def test_cells_of_a_circuit_are_those_of_the_array_alone(kind):
    """Sources of a scheme at the word lines and gates, the bit lines joined to nodes."""
    faults = Faults(stuck={(0, 1): 1e-4}, opens=[(2, 2)]) if kind == "faulty" else None
    array = Crossbar(M, N, CELLS[kind](), faults=faults, **WIRES)
    scheme = Access(1, 2, 0.8, "half", gate=1.5, other_gates=1.0)
    circuit = Circuit("alone")
    for j, v in enumerate((0.4, 0.4, 0.0)):
        circuit.V(f"b{j}", f"bl{j}", "0", v)
    circuit.crossbar("x1", array, bottom="bl", scheme=scheme)
    result = circuit.op(reltol=1e-9, abstol=1e-16, vntol=1e-12)
    cells, alone = circuit.cells("x1", result), array.op(scheme)
    np.testing.assert_allclose(cells.word_voltage, alone.word_voltage, rtol=0, atol=1e-8)
    np.testing.assert_allclose(cells.bit_voltage, alone.bit_voltage, rtol=0, atol=1e-8)
    size = np.abs(alone.cell_current).max()
    np.testing.assert_allclose(cells.cell_current, alone.cell_current, rtol=1e-5, atol=1e-8 * size)
    np.testing.assert_allclose(cells.cell_power, cells.cell_voltage * cells.cell_current)
    assert [result[f"i(vb{j})"] for j in range(N)] == pytest.approx(alone.output.tolist(), rel=1e-6)


def test_pulses_and_states():
    """A write pulse by the scheme's sources is the transient of the array itself."""
    array = Crossbar(M, N, CELLS["memristor"](), **WIRES, wordline_capacitance=1e-15)
    scheme, pulse = Access(1, 2, -1.5), Pulse(20e-9, 1e-9, 1e-9)
    circuit = Circuit("write").crossbar("x1", array, scheme=scheme, waves=pulse)
    result = circuit.tran(30e-9, reltol=1e-5)
    cells, alone = circuit.cells("x1", result), array.tran(scheme, pulse, 30e-9, reltol=1e-5)
    np.testing.assert_allclose(cells.state()[-1], alone.state()[-1], rtol=1e-6)
    np.testing.assert_allclose(cells.cell_voltage[-1], alone.cell_voltage[-1], atol=1e-9)
    # Currents from the equations are those that arrive at the end of a bit line without capacitance.
    arrived = alone.currents_out("bottom")
    np.testing.assert_allclose(alone.cell_current.sum(axis=1), arrived, rtol=1e-4, atol=1e-8)


PICKLED = """
import pickle, sys
circuit, array, scheme = pickle.load(open(sys.argv[1], "rb"))
print(*circuit.op(reltol=1e-9).data[0].tolist())
print(*array.op(scheme).output.tolist())
"""


@pytest.mark.parametrize("kind", ["1s1r", "memristor"])
def test_arrays_go_to_other_processes(kind, tmp_path):
    """As sweeps over processes need: models of stacks are made again there."""
    array, scheme = Crossbar(M, N, CELLS[kind](), **WIRES), Access(1, 2, 0.8)
    circuit = Circuit("sent").crossbar("x", array, scheme=scheme)
    (tmp_path / "x.pickle").write_bytes(pickle.dumps((circuit, array, scheme)))
    words = [sys.executable, "-c", PICKLED, str(tmp_path / "x.pickle")]
    run = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
    ours, outputs = (np.array(line.split(), dtype=float) for line in run.stdout.splitlines())
    np.testing.assert_allclose(ours, circuit.op(reltol=1e-9).data[0], rtol=1e-12)
    np.testing.assert_allclose(outputs, array.op(scheme).output, rtol=1e-12)


def test_small_signals_and_sweeps():
    """|v| of an RC pole at a bit line; a swept driver."""
    array = Crossbar(1, 1, 1e-3)
    circuit = Circuit("ac").V("1", "in0", "0", "dc 1 ac 1").C("1", "o0", "0", 1e-9)
    circuit.crossbar("x", array, left="in", bottom="o")
    pole = 1e-3 / (2 * np.pi * 1e-9)
    response = circuit.ac(pole)
    assert abs(response["v(o0)"][0]) == pytest.approx(np.sqrt(0.5), rel=1e-9)
    current = circuit.cells("x", response).cell_current[0, 0, 0]
    assert abs(current) == pytest.approx(1e-3 * np.sqrt(0.5), rel=1e-9)
    circuit.R("1", "o0", "0", 1e3)
    swept = circuit.dc({"v1": [0.0, 1.0, 2.0]})
    np.testing.assert_allclose(circuit.cells("x", swept).cell_current[:, 0, 0], [0, 5e-4, 1e-3], rtol=1e-9)


def test_stacks_share_a_plane_of_lines(tmp_path):
    """As with cards: the word lines of the upper array are the bit lines of the lower one."""
    low, high = G[:, :3], 10 ** RNG.uniform(-5, -4, (3, 4))
    circuit = driven("stack", X)
    lower = Crossbar(4, 3, low, wordline_resistance=1.0, bitline_resistance=2.0)
    upper = Crossbar(3, 4, high, bitline_resistance=2.0)
    circuit.crossbar("a", lower, left="in").crossbar("b", upper, wordlines="a.bitlines", bottom="0")
    np.save(tmp_path / "low.npy", low)
    np.save(tmp_path / "high.npy", high)
    deck = Circuit.from_text(driven("stack", X).text, path=tmp_path / "x.cir").add(
        ".crossbar a rows=4 cols=3 file.g=low.npy rw=1 rb=2 left=in",
        ".crossbar b rows=3 cols=4 file.g=high.npy wordlines=a.bitlines rb=2 bottom=0",
    )
    ours, theirs = (c.cells("b", c.op(reltol=1e-9)) for c in (circuit, deck))
    np.testing.assert_allclose(ours.cell_current, theirs.cell_current, rtol=1e-8)
    np.testing.assert_allclose(ours.word_voltage, circuit.cells("a", ours.result).bit_voltage.T, rtol=1e-12)


def test_open_ends_and_parameters():
    """None leaves an end open; elements beside the array may depend on parameters."""
    array = Crossbar(2, 2, 1e-4, driver_resistance=1.0)
    circuit = Circuit("open").param(v=1.0).V("1", "a", "0", "{v}")
    circuit.crossbar("x", array, left=["a", None], bottom=["0", "GND"])
    result = circuit.op(reltol=1e-9)
    assert result["i(v1)"] == pytest.approx(-1 / (1 + 1 / 2e-4), rel=1e-9)
    assert circuit.cells("x", result).cell_current[1] == pytest.approx([0.0, 0.0], abs=1e-15)
    twice = circuit.with_parameters(v=2.0)
    assert twice.op(reltol=1e-9)["i(v1)"] == pytest.approx(2 * result["i(v1)"], rel=1e-9)
    assert len(circuit.dc({"v": [1.0, 2.0]})) == 2


def test_currents_of_cells_that_change_are_not_told():
    """Voltages are; the array's own numbers would be wrong for what a sweep made of it."""
    deck = Circuit.from_text(
        "card\n.param g=1m\nv1 a0 0 1\n.crossbar x rows=1 cols=1 g={g} left=a bottom=0\n"
    )
    swept = deck.cells("x", deck.dc({"g": [1e-3, 2e-3]}))
    np.testing.assert_allclose(swept.cell_voltage[:, 0, 0], 1.0)
    with pytest.raises(CircuitnnError, match="g may make them differ"):
        _ = swept.cell_current
    warm = deck.cells("x", deck.dc({"temp": [0.0, 50.0]}))
    with pytest.raises(CircuitnnError, match="temp may make them differ"):
        _ = warm.cell_current
    other = deck.altered({("rx.c0_0", ""): 50.0})
    with pytest.raises(CircuitnnError, match=r"rx\.c0_0 may make them differ"):
        _ = other.cells("x", other.op()).cell_current
    built = (
        Circuit("built")
        .param(v=1.0)
        .V("1", "a0", "0", "{v}")
        .crossbar("x", Crossbar(1, 1, 1e-3), left="a", bottom="0")
    )
    current = built.cells("x", built.dc({"v": [1.0, 2.0]})).cell_current
    np.testing.assert_allclose(current[:, 0, 0], [1e-3, 2e-3], rtol=1e-9)


def _result():
    return Circuit("t").R("1", 1, 0, 1).op()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda c, x: c.crossbar("x", x, left=["a"]), "crossbar x: left: 1 nodes for 2 lines"),
        (lambda c, x: c.crossbar("x", x, left=["a", "b c"]), "left = 'b c': a name is one word"),
        (lambda c, x: c.crossbar("x", x), "crossbar x: no line is connected"),
        (lambda c, x: c.crossbar("x", x, gate="g"), "gate: the cells have none"),
        (lambda c, x: c.crossbar("x", x, left="a", waves=Pulse(1, 1, 1)), "scheme, which is not given"),
        (lambda c, x: c.crossbar("x", x, left="a").crossbar("X", x, left="b"), "of that name already"),
        (lambda c, x: c.crossbar("x", x, left="a", bitlines="y.bitlines").op(), "there is no array y before"),
        (
            lambda c, x: c.crossbar("x", x, left="a", scheme=Bias()).op(),
            "all 2 word lines and all 3 bit lines",
        ),
        (lambda c, x: c.crossbar("x", x, left="a", right="b").op(), "would join two nodes"),
        (
            lambda c, x: c.crossbar("x", x, left="a").cells("y", _result()),
            "there is no array y",
        ),
        (
            lambda c, x: c.add(".crossbar x rows=1 cols=1 g=1 left=a").crossbar("x", x, left="b").op(),
            "of that name already",
        ),
        (
            lambda c, x: (
                c.V("1", "a0", "0", 1)
                .crossbar("x", x, left="a", bottom="0")
                .add(".save v(a0)")
                .cells("x", c.add(".op").run()[0])
                .cell_voltage
            ),
            "save leaves it out",
        ),
    ],
)
def test_bad_placements_are_named(make, message):
    with pytest.raises(CircuitnnError, match=message):
        make(Circuit("bad").R("1", "a0", "0", 1.0), Crossbar(2, 3, 1e-3))


def test_elements_beside_an_array_keep_their_columns():
    """What the array's own resistors do not give has the defaults of every resistor: one copy, noise."""
    deck = (
        "title\nv0 in0 0 1 ac 1\nv1 in1 0 0.5\n"
        ".crossbar xb rows=2 cols=2 g=1m rw=1 rb=1 left=in bottom=out\n"
        "{}\nr0 out0 0 1\nr1 out1 0 1\n"
    )
    found = []
    for cards in ("r9 in0 0 500", "r9 in0 0 1k m=2"):
        circuit = Circuit.from_text(deck.format(cards))
        noise = circuit.noise("out0", "v0", 1.0, 10.0, points=1)[0]["onoise_spectrum"]
        found.append((circuit.op()["v(out0)"], circuit.sens("out0")["r0"], *noise))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9)


def test_a_scheme_whose_sides_are_all_joined_has_no_effect_and_says_so():
    deck = "t\nv0 in0 0 1\nv1 in1 0 1\n.end\n"
    array = Crossbar(2, 2, np.full((2, 2), 1e-4))
    with pytest.warns(DeckWarning, match="scheme has no effect: nodes are joined to left and bottom"):
        assert (
            Circuit.from_text(deck).crossbar("x", array, left="in", bottom="0", scheme=MVM([1.0, 1.0])).op()
            is not None
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (
            Circuit.from_text(deck).crossbar("x", array, left="in", scheme=MVM([1.0, 1.0])).op() is not None
        )


def test_currents_of_blocking_diodes_behind_large_resistances():
    """Newton's method between the parts left 2 V by 400 V, and came back by kT/q a step."""
    array = Crossbar(1, 1, Series(Resistance(1e8), Device("diode", **{"is": 9.6e-10, "n": 1.11})))
    circuit = Circuit("blocking").crossbar("x1", array, scheme=Bias(left=0.0, bottom=1.8))
    found = circuit.cells("x1", circuit.op()).cell_current[0, 0]
    assert found == pytest.approx(-9.6e-10 - 1e-12 * (1.8 - 0.096), rel=1e-5)  # gmin is there, too
