"""Condensing states and inner nodes inside their devices changes the matrix, not the answers."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.solvers.homotopy import follow, relaxation
from circuitnn.system import System
from circuitnn.system.condensed import Condensed

DECKS = {
    "one state, two instances at other nodes": (
        "v1 1 0 sin(0 0.5 1k)\nr1 1 2 10\nn1 2 3 m\nn2 0 2 m x0=0.4\nr2 3 0 100\n.model m yakopcic",
        "tran",
    ),
    "state that operating points solve for": (
        "i1 0 1 100u\nn1 1 2 m\nr1 2 0 1k\n.model m poole_frenkel\n.options temp=26.85",
        "op",
    ),
    "oscillator": (
        "v1 1 0 2\nr1 1 2 6k\nc1 2 0 1p ic=0\nn1 2 0 m\n.model m poole_frenkel\n.options temp=26.85",
        "tran",
    ),
    "inner node, merged in some instances": (
        "v1 1 0 sin(0 5 1k)\nd1 1 2 a\nd2 1 2 b\nd3 1 2 c\nr1 2 0 1k\n.model a d(rs=10 cjo=1n)\n"
        ".model b d(rs=20)\n.model c d",
        "tran",
    ),
    "rate inside an expression": (
        "v1 1 0 sin(0 1 1k)\nr1 1 2 1k\nb1 2 0 i=1e-6*tanh(ddt(v(2))*1e-3)+v(2)*1e-4+v(2)^3*1e-4",
        "tran",
    ),
}


def run(text, analysis):
    circuit = Circuit.from_text(f"t\n{text}\n.end\n")
    if analysis == "op":
        return circuit.op(reltol=1e-9)
    tstop = 2e-3 if "1k" in text.split("\n")[0] else 60e-9
    return circuit.tran(tstop, tstep=min(1e-6, tstop), reltol=1e-7)


def whole(monkeypatch):
    monkeypatch.setattr(Condensed, "_inner", lambda self, first: [])


@pytest.mark.parametrize("name", DECKS)
def test_same_answers(name, monkeypatch):
    condensed = run(*DECKS[name])
    whole(monkeypatch)
    full = run(*DECKS[name])
    assert condensed.names != () and set(condensed.names) == set(full.names)
    for signal in full.names[1:]:
        a, b = condensed[signal], full[signal]
        if full.axis:
            a = np.interp(full.time, condensed.time, a)
        assert np.allclose(a, b, rtol=1e-5, atol=2e-5 * np.max(np.abs(b)) + 1e-15), signal


def matrices(text, x, alpha, monkeypatch):
    """The reduced Jacobian, and the Schur complement of the full one, at the same point."""
    flat = Circuit.from_text(f"t\n{text}\n.end\n").flat
    made = []
    for full in (False, True):
        if full:
            whole(monkeypatch)
        system = System(flat, Options())
        named = dict(zip(system.unknowns.names, range(system.n), strict=True))
        at = np.array([x[name] for name in named] + [0.0])
        values = system.assembly.evaluate(at, 0.0, alpha)[2]
        p = system.pattern
        dense = np.zeros((p.n, p.n))
        dense[p.indices, p.columns] = values
        made.append((named, dense))
    (some, reduced), (named, J) = made
    outer = [named[n] for n in list(some)[: len(reduced)]]
    inner = [i for i in named.values() if i not in outer]
    block = J[np.ix_(inner, inner)]
    return reduced, J[np.ix_(outer, outer)] - J[np.ix_(outer, inner)] @ np.linalg.solve(
        block, J[np.ix_(inner, outer)]
    )


@pytest.mark.parametrize("alpha", [0.0, 1e9])
def test_matrix_is_the_schur_complement(alpha, monkeypatch):
    text = (
        "v1 1 0 1\nd1 1 2 a\nd2 2 0 a\nn1 1 2 p\nn2 2 3 p\nr1 2 0 1k\nr2 3 0 1k\n"
        ".model a d(rs=10 cjo=1n)\n.model p poole_frenkel"
    )
    x = {"v(1)": 0.6, "v(2)": 0.3, "v(3)": -0.1, "i(v1)": 1e-3}
    x |= {"v(d1#inner)": 0.58, "v(d2#inner)": 0.1, "@n1[t]": 350.0, "@n2[t]": 420.0}
    reduced, expected = matrices(text, x, alpha, monkeypatch)
    assert reduced.shape == (4, 4)
    assert np.allclose(reduced, expected, rtol=1e-9, atol=1e-12 * np.max(np.abs(expected)))


def test_array_with_states_keeps_its_line_structure():
    rows = 48
    lines = [f"v{i} w{i}_0 0 pwl(0 0 1n {0.5 if i else 1.0} 20n {0.5 if i else 1.0})" for i in range(rows)]
    for i in range(rows):
        for j in range(rows):
            lines.append(f"rw{i}_{j} w{i}_{j} w{i}_{j + 1} 2")
            lines.append(f"rb{i}_{j} b{j}_{i} b{j}_{i + 1} 2")
            lines.append(f"n{i}_{j} w{i}_{j + 1} b{j}_{i} m x0={0.2 + 0.6 * ((7 * i + 3 * j) % 11) / 10}")
    lines += [f"rs{j} b{j}_{rows} 0 10" for j in range(rows)]
    text = "\n".join(["t", *lines, ".model m vteam ron=10k roff=1meg", ".end", ""])
    results = {}
    for solver in ("auto", "klu"):
        results[solver] = Circuit.from_text(text).tran(20e-9, tstep=1e-9, linear_solver=solver)
    assert results["auto"].statistics.linear_solver == "lines"
    a, b = results["auto"], results["klu"]
    for signal in ("i(v0)", "i(v5)", "v(b3_48)", "@n0_0[x]", "@n0_40[x]"):
        reference = b[signal]
        scale = np.max(np.abs(reference))
        assert np.allclose(np.interp(b.time, a.time, a[signal]), reference, atol=2e-3 * scale), signal


def test_a_singular_block_is_survived():
    """At the fold the state's own derivative vanishes; the sweep goes through both folds."""
    circuit = Circuit.from_text("t\nv1 1 0 0\nn1 1 0 m\n.model m fold\n.end")
    r = circuit.dc({"v1": np.linspace(-1.0, 1.0, 401)}, reltol=1e-6)
    v, s = r["v(1)"], r["@n1[s]"]
    assert np.allclose(v - s**3 + s, 0.0, atol=1e-5)
    assert np.all(s[v < 0.3845] < 0.0) and np.all(s[v > 0.3845] > 0.0)


@pytest.mark.parametrize("method", ["trap", "gear"])
def test_a_rate_is_exact_however_short_the_step(method):
    """C(v)·dv/dt is d/dt of its integral; behind a corner, steps are a billionth of the edge."""
    deck = "v1 x 0 pulse(0 1 1n 1p 1p 3n 9n)\nr1 x n 1k\nb1 n 0 i={}\nc1 n 0 1f"
    forms = ("1p*(1+0.3*v(n))*ddt(v(n))", "ddt(1p*(v(n)+0.15*v(n)^2))")
    product, charge = (
        Circuit.from_text(f"t\n{deck.format(form)}\n.end\n").tran(
            9e-9, tstep=1e-11, tmax=1e-10, reltol=1e-7, method=method
        )
        for form in forms
    )
    assert np.min(np.diff(product.time)) < 1e-19
    time = np.linspace(0.0, 9e-9, 900)
    one, other = (np.interp(time, r.time, r["v(n)"]) for r in (product, charge))
    assert np.max(np.abs(one - other)) < 2e-3


def test_relaxation_jumps_where_the_branch_ends():
    """Just beyond the fold, from the branch that has ended, along the circuit's own dynamics."""
    circuit = Circuit.from_text("t\nv1 1 0 0.3850\nn1 1 0 m\n.model m fold\n.end")
    simulation = Simulation(circuit.flat, Options(reltol=1e-6))
    state = simulation.system.unknowns.names.index("@n1[s]")
    for start in (-1.3, -0.6, 0.0):
        x = np.zeros(simulation.system.n + 1)
        x[0], x[state] = 0.3850, start
        assert follow(relaxation, simulation.newton, simulation.conditions, x, 50, 1) == 0
        (root,) = (s.real for s in np.roots([1.0, 0.0, -1.0, -0.3850]) if s.imag == 0.0)
        assert x[state] == pytest.approx(root, abs=1e-6)


@pytest.mark.parametrize("sheet", [0.01, 0.5, 2.0, 50.0])
def test_held_nodes_see_no_inner_unknowns(sheet):
    """A node that is held at a voltage stays there, however well inner nodes are connected to it."""
    cell = f"""t
vdd vdd 0 5
mp1 q qn vdd vdd mp l=2u w=4u
mn1 q qn 0 0 mn l=2u w=8u
mp2 qn q vdd vdd mp l=2u w=4u
mn2 qn q 0 0 mn l=2u w=8u
c1 q 0 1p
c2 qn 0 1p
.model mn nmos(vto=0.7 kp=60u rsh={sheet})
.model mp pmos(vto=-0.8 kp=25u rsh={sheet})
"""
    r = Circuit.from_text(cell + ".nodeset v(q)=0 v(qn)=5\n.end\n").op()
    assert float(r["v(q)"]) == pytest.approx(0.0, abs=1e-6)
    assert float(r["v(qn)"]) == pytest.approx(5.0, abs=1e-6)
    held = Circuit.from_text(cell + ".ic v(q)=1.5 v(qn)=3\n.end\n").tran(1e-12, tstep=1e-13)
    assert held["v(q)"][0] == pytest.approx(1.5, abs=1e-9)
    assert held["v(qn)"][0] == pytest.approx(3.0, abs=1e-9)


def test_inner_nodes_that_are_one():
    """A resistance of zero between two inner nodes is the limit of a small one."""
    deck = "t\nvc c 0 3\nvb b 0 0.8\nq1 c b 0 mm\n.model mm npn(level=4 rcx=10 rci=%g)\n.end\n"
    none, little = (float(Circuit.from_text(deck % value).op()["i(vc)"]) for value in (0.0, 1e-6))
    assert none == pytest.approx(little, rel=1e-6)
