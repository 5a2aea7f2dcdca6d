"""Transients of arrays among neurons: the array is eliminated exactly, and nothing else changes."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bench.generators.linear import power_grid
from circuitnn import Circuit, Crossbar
from circuitnn.crossbar import Faults
from circuitnn.errors import AnalysisError
from circuitnn.options.table import Options
from circuitnn.results import rawfile
from circuitnn.solvers.linear import have_klu
from circuitnn.transient import mesh
from circuitnn.transient.flat_parts import connected

SIZE = 15
WHOLE = "klu" if have_klu() else "superlu"  # solves for the array in each iteration
NEURON = "rn{j} {of} n{j} 5k\nc{j} n{j} 0 100p\nd{j} n{j} 0 dd"
AMPLIFIER = "ea{j} out{j} 0 0 bl{j} 1e5\nrf{j} bl{j} out{j} 40k\n"
MODELS = [".model dd d(is=1f cjo=1p)", ".model vo2 vo2_switch", ".model sw csw(it=1u)"]


def array(rng, **more):
    lines = {"wordline_resistance": 2.0, "bitline_resistance": 2.0, **more}
    return Crossbar(SIZE, SIZE, rng.uniform(1e-6, 1e-4, (SIZE, SIZE)), **lines)


def sources(rng, where="in"):
    """Cards of sines; in `where`, each is in series with a voltage that a neuron adds."""
    cards = []
    for i in range(SIZE):
        a, b, f = rng.uniform(-0.4, -0.2), rng.uniform(0.0, 0.1), rng.uniform(1e5, 1e6)
        cards += [f"vs{i} s{i} 0 sin({a} {b} {f})", f"es{i} {where}{i} s{i} n{(i + 1) % SIZE} 0 0.02"]
    return cards


def recurrent(rng):
    """Neurons of diodes, read by amplifiers, act on the word lines."""
    return [*sources(rng), *(AMPLIFIER.format(j=j) + NEURON.format(j=j, of=f"out{j}") for j in range(SIZE))]


def placed(cards, rng, **more):
    circuit = Circuit.from_text("\n".join(["placed", *cards, *MODELS, ".end"]))
    return circuit.crossbar("x1", array(rng, **more), left="in", bottom="bl")


def written(rng, *cards):
    """The same as a deck of resistors, with other cards."""
    text = placed(recurrent(rng), rng).export()
    return Circuit.from_text(text.replace("\n.end", "\n".join(["", *cards, ".end"])))


def neurons_at_the_lines(rng):
    """Bit lines end in neurons, without amplifiers."""
    cards = [f"vs{i} in{i} 0 sin(0 {rng.uniform(1.0, 3.0)} {rng.uniform(1e5, 1e6)})" for i in range(SIZE)]
    cards += [
        f"c{j} bl{j} 0 10p\n{'d' if j % 2 else 'n'}{j} bl{j} 0 {'dd' if j % 2 else 'vo2'}"
        for j in range(SIZE)
    ]
    return placed(cards, rng)


def switches(rng):
    """Switches of oscillators turn on and off."""
    cards = [*sources(rng), *(f"c{j} n{j} 0 100p\nrl{j} n{j} 0 47k" for j in range(SIZE))]
    cards += [AMPLIFIER.format(j=j) + f"n{j} out{j} n{j} vo2" for j in range(SIZE)]
    return placed(cards, rng)


def transistors(rng):
    """Followers of bipolar transistors read the bit lines; their base currents load the array."""
    cards = [f"vs{i} in{i} 0 sin({rng.uniform(2.0, 4.0)} 1 {rng.uniform(1e5, 1e6)})" for i in range(SIZE)]
    cards += [
        f"q{j} vcc bl{j} n{j} qn\nrn{j} n{j} 0 1k\nc{j} n{j} 0 10p\nrb{j} bl{j} 0 1meg" for j in range(SIZE)
    ]
    return placed([*cards, "vcc vcc 0 5", ".model qn npn(bf=80 cje=1p tf=0.1n)"], rng)


def two_arrays(rng):
    """The neurons of one array drive another one, which feeds back."""
    cards = [*sources(rng), *(AMPLIFIER.format(j=j) + NEURON.format(j=j, of=f"out{j}") for j in range(SIZE))]
    cards += [f"rt{j} t{j} 0 1k\ncl{j} t{j} 0 5p" for j in range(SIZE)]
    return placed(cards, rng).crossbar("x2", array(rng), left="n", bottom="t")


def array_between_arrays(rng):
    """The bit lines of an array are the word lines of the next: one mesh, with neurons at its joints."""
    cards = [*sources(rng), *(f"cb{j} bl{j} 0 10p\ndb{j} bl{j} 0 dd" for j in range(SIZE))]
    cards += [NEURON.format(j=j, of=f"t{j}") for j in range(SIZE)]
    return placed(cards, rng).crossbar("x2", array(rng), left="bl", bottom="t")


def shared_lines(rng):
    """Two word lines are shorted, two bit lines join one amplifier, and some ends are open or grounded."""
    cards = [*sources(rng), *(AMPLIFIER.format(j=j) + NEURON.format(j=j, of=f"out{j}") for j in range(SIZE))]
    circuit = Circuit.from_text("\n".join(["shared", *cards, *MODELS, ".end"]))
    left = ["in0", "in0", None, *(f"in{i}" for i in range(3, SIZE))]
    bottom = ["bl0", "bl0", 0, *(f"bl{j}" for j in range(3, SIZE - 1)), None]
    return circuit.crossbar("x1", array(rng), left=left, bottom=bottom)


CIRCUITS = {
    "recurrent": lambda rng: placed(recurrent(rng), rng),
    "cell cut": lambda rng: placed(
        recurrent(rng), rng, faults=Faults(opens=[(3, 4)], open_word=[(7, 5)], open_bit=[(2, 3)])
    ),
    "written out": lambda rng: written(rng),
    "some charges": lambda rng: written(rng, "ca x1.w1_1 0 1f", "cb x1.b5_5 0 10f"),
    "held node": lambda rng: written(rng, "ca x1.w3_4 0 1p", ".ic v(x1.w3_4)=-0.1"),
    "negative resistance": lambda rng: written(rng, "ra x1.w2_2 0 -100k"),
    "warm": lambda rng: written(rng, ".options temp=85", "rw x1.w1_2 x1.w1_5 7 tc1=3m"),
    "neurons at the lines": neurons_at_the_lines,
    "switches": switches,
    "transistors": transistors,
    "two arrays": two_arrays,
    "array between arrays": array_between_arrays,
    "shared lines": shared_lines,
}


def assert_alike(one, other, name):
    """Two transients with reltol=1e-5 agree to ten tolerances; between their points, which differ, in the mean."""
    t = np.linspace(0.0, one.time[-1], 401)
    a, b = (np.interp(t, r.time, r.array(name)) for r in (one, other))
    assert np.sqrt(np.mean((a - b) ** 2)) <= 1e-4 * np.max(np.abs(b)) + 1e-9, name


@pytest.mark.parametrize(
    ("name", "uic"), [*((name, name == "switches") for name in CIRCUITS), ("recurrent", True)]
)
def test_same_as_with_the_array_in_every_iteration(name, uic):
    circuit = CIRCUITS[name](np.random.default_rng(len(name)))
    one = circuit.tran("0.3u", "20n", tmax="2n", uic=uic, reltol=1e-5)
    other = circuit.tran("0.3u", "20n", tmax="2n", uic=uic, reltol=1e-5, linear_solver=WHOLE)
    assert one.statistics.linear_solver.startswith("mesh"), one.statistics.declined
    assert one.statistics.unknowns < 0.5 * other.statistics.unknowns
    assert one.names == other.names and one.types == other.types
    for key in one.names[1:]:
        assert_alike(one, other, key)
    assert one.final_state.unknowns.keys() == other.final_state.unknowns.keys()
    assert one.final_state.charges.keys() == other.final_state.charges.keys()
    for key, value in other.final_state.unknowns.items():
        assert one.final_state.unknowns[key] == pytest.approx(value, rel=1e-4, abs=1e-6)


def conductances(flat):
    """Matrix of a circuit's resistors, by the numbers of nodes."""
    tables = [t for t in flat.elements if t.kind == "r"]
    p, n = np.concatenate([t.nodes for t in tables]).T
    g = 1.0 / np.concatenate([t.values["r"] for t in tables])
    entries = (np.concatenate([g, g, -g, -g]), (np.r_[p, n, p, n], np.r_[p, n, n, p]))
    return coo_array(entries, shape=(len(flat.node_names),) * 2).tocsr()


def test_currents_at_every_recorded_point():
    """Kirchhoff's law at each node of the array, from the recorded voltages and the resistances alone."""
    rng = np.random.default_rng(5)
    circuit = placed(recurrent(rng), rng)
    result = circuit.tran("0.5u", "20n")
    flat = circuit.flat
    v = np.stack([np.zeros(len(result)), *(result[f"v({name})"] for name in flat.node_names[1:])])
    left = conductances(flat) @ v
    place = {name: k for k, name in enumerate(flat.node_names)}
    inner = [k for name, k in place.items() if name.startswith("x1.")]
    assert len(inner) > 1.8 * SIZE**2  # the ends of lines are nodes of the circuit
    assert np.max(np.abs(left[inner])) < 1e-14
    for i in range(SIZE):
        assert np.allclose(left[place[f"in{i}"]], -result[f"i(es{i})"], rtol=1e-9, atol=1e-15)


def test_cells_of_resistance_and_lines_that_charge_beside_scipy():
    """C·v' = -Y·v - 1e-5·v³ at the ends of the bit lines, with Y by NumPy."""
    rng = np.random.default_rng(8)
    cards = [f"vs{i} in{i} 0 sin(0 {1.0 + i / SIZE} {1e6 + 1e5 * i})" for i in range(SIZE)]
    cards += [f"c{j} bl{j} 0 50p\nb{j} bl{j} 0 i=1e-5*v(bl{j})*v(bl{j})*v(bl{j})" for j in range(SIZE)]
    circuit = placed(cards, rng)
    names = circuit.flat.node_names
    G = conductances(circuit.flat).toarray()
    at = {kind: np.array([names.index(f"{kind}{k}") for k in range(SIZE)]) for kind in ("in", "bl")}
    ports = np.concatenate([at["in"], at["bl"]])
    inner = np.setdiff1d(np.arange(1, len(names)), ports)
    Y = G[np.ix_(ports, ports)] - G[np.ix_(ports, inner)] @ np.linalg.solve(
        G[np.ix_(inner, inner)], G[np.ix_(inner, ports)]
    )

    def rate(t, v):
        k = np.arange(SIZE)
        drive = (1.0 + k / SIZE) * np.sin(2.0 * np.pi * (1e6 + 1e5 * k) * t)
        return -(Y[SIZE:, :SIZE] @ drive + Y[SIZE:, SIZE:] @ v + 1e-5 * v**3) / 50e-12

    exact = solve_ivp(rate, (0.0, 1e-6), np.zeros(SIZE), "Radau", rtol=1e-9, atol=1e-11).y[:, -1]
    result = circuit.tran("1u", "20n", tmax="0.5n", reltol=1e-6)
    assert result.statistics.linear_solver.startswith("mesh")
    assert np.max(np.abs([result[f"v(bl{j})"][-1] for j in range(SIZE)] - exact)) < 1e-5


def test_beside_ngspice(tmp_path):
    if shutil.which("ngspice") is None:
        pytest.skip("ngspice is not installed")
    rng = np.random.default_rng(9)
    circuit = placed([*recurrent(rng), ".options reltol=1e-5", ".tran 5n 0.5u 0 2n"], rng)
    result = circuit.tran("0.5u", "5n", linear_solver="mesh")
    (tmp_path / "deck.cir").write_text(circuit.export())
    run = ["ngspice", "-b", "-r", "out.raw", "deck.cir"]
    subprocess.run(run, cwd=tmp_path, check=True, capture_output=True, timeout=100)
    theirs = rawfile.read(tmp_path / "out.raw")[0]
    for name in ("v(n3)", "v(x1.w2_2)", "v(out7)"):
        assert result[name][-1] == pytest.approx(theirs[name][-1], rel=1e-3)


def test_continues_from_the_state():
    rng = np.random.default_rng(7)
    circuit = placed(recurrent(rng), rng)
    whole = circuit.tran("0.4u", "20n", linear_solver=WHOLE, reltol=1e-5)
    half = circuit.tran("0.2u", "20n", reltol=1e-5)
    rest = circuit.tran("0.4u", "20n", start=half.final_state, reltol=1e-5)
    assert rest.statistics.linear_solver.startswith("mesh")
    for name in ("v(n0)", "v(x1.w3_4)", "i(es2)"):
        assert rest[name][-1] == pytest.approx(whole[name][-1], rel=2e-4)


def test_spikes():
    circuit = switches(np.random.default_rng(8))
    levels = {f"v(n{j})": 1.0 for j in range(SIZE)}
    found = circuit.spikes("2u", levels, tstep="20n", uic=True)
    other = circuit.spikes("2u", levels, tstep="20n", uic=True, linear_solver=WHOLE)
    assert len(found) == len(other) >= SIZE
    assert np.allclose(found.time, other.time, rtol=1e-4)


def test_what_is_saved():
    names = ["v(x1.w3_4)", "i(es2)", "@rf1[i]", "@d0[id]"]
    rng = np.random.default_rng(6)
    circuit = placed([*recurrent(rng), f".save {' '.join(names)}", ".options interp"], rng)
    one, other = (circuit.tran("0.3u", "20n", reltol=1e-5, linear_solver=name) for name in ("auto", WHOLE))
    for name in names:
        scale = np.max(np.abs(other[name]))
        assert np.max(np.abs(one[name] - other[name])) < 1e-4 * scale, name


@pytest.mark.parametrize(
    ("cards", "more", "reason"),
    [
        ([".options gshunt=1e-12"], {}, "shunts"),
        ([".options cshunt=1f"], {}, "capacitances"),
        ([], {"wordline_resistance": 0.0}, "small parts"),
    ],
)
def test_what_stays(cards, more, reason):
    """Where the mesh cannot be eliminated, or it does not pay, the reason is told."""
    rng = np.random.default_rng(8)
    circuit = placed([*recurrent(rng), *cards], rng, **more)
    assert reason in circuit.tran("1n", "1n").statistics.declined["mesh"]
    with pytest.raises(AnalysisError, match=reason):
        circuit.tran("1n", "1n", linear_solver="mesh")


def test_charged_lines_stay():
    charges = [f"c{i}_{j} x1.w{i}_{j} 0 1f" for i in range(SIZE) for j in range(1, SIZE)]
    circuit = written(np.random.default_rng(8), *charges)
    assert "small parts" in circuit.tran("1n", "1n").statistics.declined["mesh"]


def test_devices_as_cells_stay():
    cells = Crossbar(SIZE, SIZE, "sinh_selector", wordline_resistance=2.0, bitline_resistance=2.0)
    circuit = Circuit.from_text("\n".join(["cells", *recurrent(np.random.default_rng(3)), *MODELS, ".end"]))
    circuit = circuit.crossbar("x1", cells, left="in", bottom="bl")
    assert "too few" in circuit.tran("1n", "1n").statistics.declined["mesh"]


def test_conductances_between_ports_of_a_chain_and_a_star():
    """A chain of equal resistors is one of their sum; a star of three is a triangle of a third each."""
    count = mesh.WORTHWHILE + 5
    chain = [
        f"r{k} {'a' if k == 0 else f'm{k}'} {'b' if k == count else f'm{k + 1}'} 2" for k in range(count + 1)
    ]
    star = [f"rs{k} {end} centre 1" for k, end in enumerate(("b", "c", "0"))]
    text = "\n".join(["chain", *chain, *star, "v1 a 0 1", "c1 c 0 1p", "cb b 0 1p", ".end"])
    found = mesh.find(Circuit.from_text(text).flat, Options())
    (block,) = found.blocks
    joined, exact = block.reduced()
    assert exact
    assert joined[0, 1] == pytest.approx(0.5 / (count + 1), rel=1e-12)
    whole = Circuit.from_text(text.replace("cb b 0 1p", "")).flat
    (block,) = mesh.find(whole, Options()).blocks
    joined, _ = block.reduced()
    arms = np.array([1.0, 0.5 / (count + 1.5), 1.0])  # ground, a, c
    expected = np.outer(arms, arms) / arms.sum()
    assert np.allclose(joined[np.triu_indices(3, 1)], expected[np.triu_indices(3, 1)], rtol=1e-12)


@pytest.mark.skipif(not have_klu(), reason="built without SuiteSparse: SciPy solves")
def test_a_grid_is_declined_without_a_heavy_import(tmp_path):
    """Each node of a supply grid's upper layer leads to one of the lower layer, where currents flow: too many ports."""
    deck = tmp_path / "grid.cir"
    deck.write_text("\n".join(["power grid", *power_grid(64), ".tran 1n 2n", ".end"]))
    code = (
        "import sys, circuitnn; r = circuitnn.load(sys.argv[1]).tran('2n', '1n'); "
        "print('scipy' in sys.modules, r.statistics.declined['mesh'])"
    )
    said = subprocess.check_output([sys.executable, "-c", code, str(deck)], text=True)
    assert said.startswith("False ") and "are too many" in said


@pytest.mark.parametrize("joins", [0, 10, 190, 210, 600])
def test_connected_parts_beside_scipy(joins):
    p, n = np.random.default_rng(joins).integers(0, 200, (2, joins))
    graph = coo_array((np.ones(joins), (p, n)), shape=(200, 200))
    count, label = connected_components(graph, directed=False)
    lowest = [np.flatnonzero(label == k)[0] for k in range(count)]
    assert np.array_equal(connected(200, p, n), np.array(lowest)[label])
