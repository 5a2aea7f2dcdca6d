"""Transients solved cell by cell: against SciPy, against full factors, and where they do not apply."""

import networkx as nx
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import AnalysisError, Circuit
from circuitnn.networks import (
    Capacitive,
    OscillatorNetwork,
    Resistive,
    Thermal,
    niobium_dioxide,
    thermal_neuristor,
)
from circuitnn.results.spike_detection import crossings


def by_cells(statistics) -> bool:
    """Whether cells were solved, and not only tried."""
    return statistics.linear_solver.startswith("cells") and (
        statistics.refactorisations + statistics.factorisations < 0.1 * statistics.iterations
    )


def bistable(n: int, joined: float, seed: int) -> tuple[str, dict[str, np.ndarray]]:
    """A ring of bistable nodes with resistors, capacitors, a rail that moves and current sources; its numbers."""
    random = np.random.default_rng(seed)
    numbers = {
        "start": random.uniform(-1.5, 1.5, n),
        "own": random.uniform(0.5, 2.0, n),
        "between": random.uniform(0.0, 0.05, n),
        "coupling": joined * random.uniform(0.5, 2.0, n),
        "feed": random.uniform(0.1, 0.5, n),
        "drive": random.uniform(-0.3, 0.3, n),
    }
    lines = ["bistable nodes", "vr rail 0 sin(0.2 1 0.3)", ".options reltol=1e-7 trtol=1"]
    for k in range(n):
        v, other = f"n{k}", f"n{(k + 1) % n}"
        lines += [
            f"b{k} 0 {v} i={{v({v})-v({v})*v({v})*v({v})}}",
            f"c{k} {v} 0 {numbers['own'][k]:.17g} ic={numbers['start'][k]:.17g}",
            f"cc{k} {v} {other} {numbers['between'][k]:.17g} "
            f"ic={numbers['start'][k] - numbers['start'][(k + 1) % n]:.17g}",
            f"r{k} {v} {other} {1.0 / numbers['coupling'][k]:.17g}",
            f"rr{k} {v} rail {1.0 / numbers['feed'][k]:.17g}",
            f"i{k} 0 {v} sin(0 {numbers['drive'][k]:.17g} {0.1 + 0.001 * k:.17g})",
        ]
    return "\n".join([*lines, ".end"]), numbers


def exact(numbers: dict[str, np.ndarray], t: np.ndarray) -> np.ndarray:
    """The same by SciPy, shape (n, len(t))."""
    n = len(numbers["own"])
    C, G = np.diag(numbers["own"]), np.diag(numbers["feed"])
    for k in range(n):
        for matrix, name in ((C, "between"), (G, "coupling")):
            ends = np.zeros(n)
            ends[k], ends[(k + 1) % n] = 1.0, -1.0
            matrix += numbers[name][k] * np.outer(ends, ends)
    inverse, frequency = np.linalg.inv(C), 0.1 + 0.001 * np.arange(n)

    def slope(t, v):
        rail = 0.2 + np.sin(2 * np.pi * 0.3 * t)
        drive = numbers["drive"] * np.sin(2 * np.pi * frequency * t)
        return inverse @ (v - v**3 - G @ v + numbers["feed"] * rail + drive)

    found = solve_ivp(slope, (0.0, t[-1]), numbers["start"], "DOP853", t, rtol=1e-10, atol=1e-12)
    return found.y


@pytest.mark.parametrize("joined", [0.02, 0.5])
def test_ring_against_scipy(joined):
    text, numbers = bistable(250, joined, seed=3)
    result = Circuit.from_text(text).tran(6.0, 0.05, uic=True)
    assert by_cells(result.statistics)
    found = np.stack([result.array(f"v(n{k})") for k in range(250)])
    np.testing.assert_allclose(found, exact(numbers, result.time), atol=4e-5)


def network(kind: str, graph: nx.Graph, seed: int) -> OscillatorNetwork:
    random, n = np.random.default_rng(seed), len(graph)
    spread = 1.0 + 0.02 * random.standard_normal(n)
    if kind == "poole_frenkel":
        cell = niobium_dioxide(resistance=6e3 * spread, start=random.uniform(0.6, 1.1, n))
        return OscillatorNetwork(graph, cell, [Resistive(1e5), Capacitive(2e-15)])
    cell = thermal_neuristor(resistance=12e3 * spread, start=random.uniform(0.0, 3.0, n))
    return OscillatorNetwork(graph, cell, [Resistive(1e6), Thermal(2.4e5)])


GRAPHS = {
    "ring": lambda: nx.cycle_graph(120),
    "grid": lambda: nx.grid_2d_graph(9, 13),
    "line": lambda: nx.path_graph(150),
    "random": lambda: nx.random_regular_graph(4, 130, seed=1),
}


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize(("kind", "time"), [("poole_frenkel", 1e-7), ("vo2_thermal", 1e-5)])
def test_networks_as_with_full_factors(kind, time, graph):
    made = network(kind, GRAPHS[graph](), seed=len(graph))
    circuit = made.circuit()
    runs = [
        circuit.tran(time, time / 200, uic=True, statetol=1e-6, linear_solver=s) for s in ("cells", "klu")
    ]
    assert by_cells(runs[0].statistics)
    assert runs[1].statistics.linear_solver == "klu"
    for signal in made.signals:
        one, other = (crossings(run.time, run.array(signal), made.cell.level) for run in runs)
        assert len(one) == len(other) > 3
        np.testing.assert_allclose(one, other, rtol=2e-5)


def mixed(seed: int) -> str:
    """A random grid of up to three kinds of nodes in any order, on rails that depend on each other."""
    random = np.random.default_rng(seed)
    n, side = int(random.integers(40, 120)), int(random.integers(4, 12))
    kinds = ["v-v*v*v", "tanh(3*v)-0.5*v", "1.5*v*exp(-v*v)+0.1*sin(time)"][: random.integers(1, 4)]
    lines = ["random nodes", ".options reltol=1e-6", "v1 rail1 0 sin(0.3 1 0.4)", "v2 rail2 0 1"]
    lines += ["e3 rail3 0 rail1 rail2 2", "r3 rail3 0 10"]
    for k in range(n):
        kind = kinds[random.integers(len(kinds))]
        lines.append(f"b{k} 0 n{k} i={{{kind.replace('v', f'v(n{k})')}}}")
        lines.append(f"c{k} n{k} 0 {random.uniform(0.5, 2)} ic={random.uniform(-1.5, 1.5)}")
        lines.append(f"rr{k} n{k} rail{random.integers(1, 4)} {1 / random.uniform(0.05, 0.5)}")
        for other in (k + 1 if (k + 1) % side else n, k + side):
            if other < n and random.random() < 0.9:
                lines.append(f"r{k}x{other} n{k} n{other} {1 / random.uniform(0.005, 0.3)}")
            if other < n and random.random() < 0.5:
                lines.append(f"c{k}x{other} n{k} n{other} {random.uniform(0.001, 0.04)}")
        if random.random() < 0.3:
            lines.append(f"i{k} 0 n{k} sin(0 {random.uniform(-0.3, 0.3)} 0.3)")
    return "\n".join([*lines, ".end"])


@pytest.mark.parametrize("seed", range(6))
def test_random_nodes_of_several_kinds(seed):
    circuit = Circuit.from_text(mixed(seed))
    one, other = (circuit.tran(4.0, 0.05, uic=True, linear_solver=s) for s in ("cells", "klu"))
    assert by_cells(one.statistics)
    grid = np.linspace(0.0, 4.0, 41)
    for name in one.names[1:]:
        found, expected = (np.interp(grid, run.time, run.array(name)) for run in (one, other))
        np.testing.assert_allclose(found, expected, atol=1e-3 * max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("chained", [False, True])
def test_oscillators_with_supplies_of_their_own(chained):
    """64 unknowns outside of cells were the most, for a reason that was not told."""
    lines = ["supplies", ".model nbo2 poole_frenkel"]
    for k in range(100):
        below = f"s{k - 1}" if chained and k else "0"
        lines.append(f"v{k} s{k} {below} {0.001 if chained and k else 2.0}")
        lines += [f"r{k} s{k} a{k} 6k", f"c{k} a{k} 0 1p ic={0.005 * k}", f"n{k} a{k} 0 nbo2"]
        lines += [f"cc{k} a{k} a{k - 1} 10f"] if k else []
    circuit = Circuit.from_text("\n".join([*lines, ".end"]))
    one, other = (circuit.tran(4e-8, 2e-10, uic=True, linear_solver=s) for s in ("cells", "klu"))
    assert by_cells(one.statistics)
    for name in ("v(a0)", "v(a57)", "i(v0)", "i(v99)"):
        late = one.time > 1e-9
        there = np.interp(one.time[late], other.time, other.array(name))
        np.testing.assert_allclose(one.array(name)[late], there, atol=0.02 * np.ptp(there))


def test_what_is_joined_firmly_is_left_to_full_factors():
    text, numbers = bistable(250, 300.0, seed=4)
    result = Circuit.from_text(text).tran(2.0, 0.05, uic=True)
    assert result.statistics.linear_solver.startswith("cells") and not by_cells(result.statistics)
    found = np.stack([result.array(f"v(n{k})") for k in range(250)])
    np.testing.assert_allclose(found, exact(numbers, result.time), atol=4e-5)


def test_two_threads_give_the_same_bits():
    circuit = network("poole_frenkel", nx.cycle_graph(1200), seed=1).circuit()
    one, two = (circuit.tran(3e-8, 2e-10, uic=True, threads=t) for t in (1, 2))
    assert by_cells(one.statistics) and by_cells(two.statistics)
    assert np.array_equal(one.time, two.time)
    assert all(np.array_equal(one.array(s), two.array(s)) for s in one.names[:50])


STAR = "b1 a 0 i=v(a)**2\n" + "\n".join(f"b{k} n{k} 0 i=v(n{k})**2\nrs{k} a n{k} 1" for k in range(2, 30))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("d1 a 0 dd\n.model dd d\nr1 a 0 1k", "d1 has junctions"),
        ("b1 a 0 i=v(a)**2\nb2 a 0 i=tanh(v(a))", "devices share nodes"),
        ("b1 a 0 i=v(a)**2\nr1 a b 1k\nc1 b 0 1n", "at a node without device"),
        ("b1 a 0 i=v(a)**2\nr1 a b 1k\nr2 b c 1k\nr3 c a 1k", "do not follow from sources"),
        ("r1 a 0 1k\nc1 a 0 1n", "there is no device"),
        ("b1 a 0 i=v(a)**2\n.options noisestep=1n", "there is noise"),
        (STAR, "coupled to many more than others"),
        ("b1 a 0 i=v(a)**2\nt1 a 0 b 0 z0=50 td=1n\nr2 b 0 50", "lines or logic"),
        ("b1 a 0 i=v(a)**2\nb2 b c i=v(b,c)**2\nr1 b 0 1\nr2 c 0 1\nb3 d 0 i=v(d)**2", None),
    ],
)
def test_what_does_not_consist_of_cells(lines, reason):
    circuit = Circuit.from_text(f"x\ni1 0 a 1m\n{lines}\nr9 a 0 1\n.options linear_solver=cells\n.end\n")
    if reason is None:
        assert circuit.tran(1e-6, 1e-8).statistics.linear_solver.startswith("cells")
        return
    with pytest.raises(AnalysisError, match=reason):
        circuit.tran(1e-6, 1e-8)


def test_large_circuits_say_why_cells_declined():
    nodes = "\n".join(f"d{k} n{k} 0 dd\nr{k} n{k} n{k + 1} 1k" for k in range(300))
    result = Circuit.from_text(f"x\nv1 n0 0 1\n{nodes}\n.model dd d\n.end\n").tran(1e-6, 1e-8)
    assert "has junctions" in result.statistics.declined["cells"]
    assert not result.statistics.linear_solver.startswith("cells")
