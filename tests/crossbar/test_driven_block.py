"""Transients of arrays between drivers and amplifiers: the array is solved once, and nothing else changes."""

import numpy as np
import pytest
from scipy.sparse import coo_array

from bench import neurons
from circuitnn import Circuit, Crossbar
from circuitnn.errors import AnalysisError
from circuitnn.solvers.linear import have_klu

SIZE = 12
# SuperLU leaves noise in equations that have only zeros for a source; the block is declined then.
with_klu = pytest.mark.skipif(not have_klu(), reason="built without SuiteSparse")


def fed(rng, extra=(), segment=2.0, drive="vin{i} in{i} 0 sin({a} {b} {f})"):
    """An array with random drivers and amplifiers that feed neurons of several kinds, and other cards."""
    cards = ["fed"]
    for i in range(SIZE):
        a, b, f = rng.uniform(-0.4, -0.2), rng.uniform(0.0, 0.1), rng.uniform(1e5, 1e6)
        cards.append(drive.format(i=i, a=a, b=b, f=f))
    for j in range(SIZE):
        cards += [f"ea{j} out{j} 0 0 bl{j} 1e5", f"rf{j} bl{j} out{j} 40k", f"rs{j} out{j} n{j} 5k"]
        cards += [f"c{j} n{j} 0 100p", f"d{j} n{j} 0 dd" if j % 2 else f"n{j} out{j} n{j} vo2"]
    cards += [".model dd d(is=1f cjo=1p)", ".model vo2 vo2_switch", *extra, ".end"]
    cells = rng.uniform(1e-6, 1e-4, (SIZE, SIZE))
    array = Crossbar(SIZE, SIZE, cells, wordline_resistance=segment, bitline_resistance=segment)
    return Circuit.from_text("\n".join(cards)).crossbar("x1", array, left="in", bottom="bl")


def both(circuit, tstop="2u", **more):
    """The transient without and with the array in every iteration."""
    found = circuit.tran(tstop, "20n", **more)
    return found, circuit.tran(tstop, "20n", linear_solver="klu", **more)


def agree(one, other, tolerance=2e-5):
    """Whether two transients have the same variables and, but for their tolerances, the same values."""
    assert one.names == other.names and one.types == other.types
    t = np.linspace(0.0, one.time[-1], 401)
    for name in one.names[1:]:
        a, b = (np.interp(t, r.time, r.array(name)) for r in (one, other))
        assert np.max(np.abs(a - b)) <= tolerance * np.max(np.abs(b)) + 1e-9, name


@with_klu
def test_neurons_beside_closed_form():
    """The drive is a sum of sines, and each neuron linear between events."""
    of = neurons.problem(SIZE, seed=3)
    result = neurons.circuit(of).tran("8u", "20n", uic=True, reltol=1e-5)
    assert result.statistics.linear_solver.startswith("driven")
    gain = neurons.gains(of)
    for j in range(SIZE):
        v, turns = neurons.exact(of, 8e-6, j, gain[j])
        assert turns > 4
        assert result[f"v(n{j})"][-1] == pytest.approx(v, abs=2e-4)


DRIVES = {
    "sine": "vin{i} in{i} 0 sin({a} {b} {f})",
    "resistance and corners": "vin{i} s{i} 0 pulse({a} {b} 0.3u 20n 20n 0.4u 1u)\nrin{i} s{i} in{i} 50",
    "current": "iin{i} 0 in{i} pwl(0 {a}m 1u {b}m)\nrin{i} in{i} 0 1k",
    "charged": "vin{i} in{i} 0 sin({a} {b} {f})\ncin{i} in{i} 0 1p",
    "buffer": "vin{i} s{i} 0 sin({a} {b} {f})\nein{i} in{i} 0 s{i} 0 1.5",
    "noise": "vin{i} in{i} 0 dc {a} trnoise(0.01 50n)",
}


@with_klu
@pytest.mark.parametrize("drive", DRIVES)
def test_same_as_with_the_array_in_every_iteration(drive):
    circuit = fed(np.random.default_rng(len(drive)), drive=DRIVES[drive])
    one, other = both(circuit)
    assert one.statistics.linear_solver.startswith("driven")
    assert one.statistics.unknowns < 0.2 * other.statistics.unknowns
    agree(one, other)
    assert one.final_state.unknowns.keys() == other.final_state.unknowns.keys()
    for name, value in other.final_state.unknowns.items():
        assert one.final_state.unknowns[name] == pytest.approx(value, rel=1e-4, abs=1e-6)


def test_currents_at_every_recorded_point():
    """Kirchhoff's law at each node of the array, from the recorded voltages and the resistances alone."""
    circuit = fed(np.random.default_rng(5))
    result = circuit.tran("1u", "20n")
    flat = circuit.flat
    tables = [t for t in flat.elements if t.kind == "r"]
    p, n = np.concatenate([t.nodes for t in tables]).T
    g = 1.0 / np.concatenate([t.values["r"] for t in tables])
    size = len(flat.node_names)
    G = coo_array(
        (np.concatenate([g, g, -g, -g]), (np.r_[p, n, p, n], np.r_[p, n, n, p])), shape=(size, size)
    )
    v = np.stack([np.zeros(len(result)), *(result[f"v({name})"] for name in flat.node_names[1:])])
    left = G.tocsr() @ v
    inner = [k for k, name in enumerate(flat.node_names) if name.startswith("x1.")]
    assert len(inner) > 200
    assert np.max(np.abs(left[inner])) < 1e-14
    place = {name: k for k, name in enumerate(flat.node_names)}
    for i in range(SIZE):
        assert np.allclose(left[place[f"in{i}"]], -result[f"i(vin{i})"], rtol=1e-9, atol=1e-15)


@with_klu
def test_what_is_saved():
    """Voltages, currents and device values inside the array, with .save, thinned and interpolated."""
    names = ["v(x1.w3_4)", "i(vin2)", "i(ea3)", "@rf1[i]", "@n0[i]"]
    circuit = fed(np.random.default_rng(6), extra=[f".save {' '.join(names)}", ".options interp"])
    one, other = both(circuit)
    for name in names:
        scale = np.max(np.abs(other[name]))
        assert np.max(np.abs(one[name] - other[name])) < 1e-4 * scale, name


def test_continues_from_the_state():
    circuit = fed(np.random.default_rng(7))
    whole = circuit.tran("2u", "20n")
    half = circuit.tran("1u", "20n")
    rest = circuit.tran("2u", "20n", start=half.final_state)
    assert "continues from a state" in rest.statistics.declined["driven"]
    for name in ("v(n0)", "v(x1.w3_4)", "i(vin2)"):
        assert rest[name][-1] == pytest.approx(whole[name][-1], rel=2e-4)


@with_klu
def test_spikes():
    circuit = neurons.circuit(neurons.problem(SIZE, seed=3))
    levels = {f"v(n{j})": 12.5 for j in range(SIZE)}
    found = circuit.spikes("8u", levels, tstep="20n", uic=True)
    other = circuit.spikes("8u", levels, tstep="20n", uic=True, linear_solver="klu")
    assert len(found) == len(other) > SIZE
    assert np.allclose(found.time, other.time, rtol=1e-6)


@with_klu
@pytest.mark.parametrize(
    ("cards", "reason"),
    [
        ([".ic v(in3)=-0.2"], "initial condition"),
        (["cload in3 0 1p", "fx 0 n3 vin3 0.1"], "the current of vin3"),
        ([".options rshunt=1e12"], "shunts"),
        (["ca x1.w1_1 0 1f", "cb in0 0 1f"], ""),
    ],
)
def test_what_stays(cards, reason):
    """Where the block cannot be left out, it is not, and the reason is told; the results are the same in any case."""
    circuit = fed(np.random.default_rng(8), extra=cards)
    one, other = both(circuit, "1u")
    if reason:
        assert reason in one.statistics.declined["driven"]
        with pytest.raises(AnalysisError, match=reason):
            circuit.tran("1u", "20n", linear_solver="driven")
    # with charges inside the array the points differ, and between them lines stand for sines
    agree(one, other, 2e-5 if reason else 1e-4)


@with_klu
def test_what_follows_currents_of_the_block():
    """Mirrors, transresistances, switches and expressions that follow currents into the array."""
    cards = [
        "fx 0 n3 vin3 0.1",
        "hx h 0 vin4 2k",
        "rh h n5 50k",
        "bx 0 n6 i=0.1*i(vin4)+10*i(vin5)**2",
        "w1 n7 0 vin3 sw",
        ".model sw csw(it=152u ih=4u ron=10k roff=1e9)",
    ]
    circuit = fed(np.random.default_rng(11), extra=cards)
    one, other = both(circuit, reltol=1e-5)
    assert one.statistics.linear_solver.startswith("driven")
    agree(one, other)
    assert one["i(vin3)"].min() < 148e-6 < 156e-6 < one["i(vin3)"].max()  # the switch turns
    kept = circuit.tran("1u", "20n", linear_solver="driven").final_state
    assert set(kept.unknowns) == set(circuit.tran("1u", "20n", linear_solver="klu").final_state.unknowns)


def test_small_and_linear_circuits():
    rc = Circuit.from_text("rc\nv1 a 0 1\nr1 a b 1k\nc1 b 0 1n\n.end\n")
    assert "driven" not in rc.tran("1u", "20n").statistics.declined
    with pytest.raises(AnalysisError, match="linear"):
        rc.tran("1u", "20n", linear_solver="driven")


@with_klu
@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("v{k} s{k} 0 1\nr{k} s{k} b{k} 1k", "0 nodes have neither devices, charges nor voltage sources"),
        (
            "v{k} s{k} 0 {k}\nr{k} s{k} a{k} 1k\nrg{k} a{k} 0 3k\ne{k} o{k} 0 a{k} 0 2\nrb{k} o{k} b{k} 1k",
            "more sources drive more nodes",
        ),
    ],
)
def test_cells_with_sources_of_their_own(cell, reason):
    """What many sources drive one by one costs less where it is than as the dense matrix of what each does to all."""
    cells = [cell.replace("{k}", str(k)) + f"\nc{k} b{k} 0 1n" for k in range(250)]
    circuit = Circuit.from_text("\n".join(["cells", *cells, "d1 b1 0 dd", ".model dd d", ".end"]))
    assert reason in circuit.tran("1u", "20n").statistics.declined["driven"]
