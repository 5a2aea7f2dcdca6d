"""Linear circuits that are singular, or nearly: an error, a note or the right number, never a silent wrong one.

The judge is `rational`: elimination in fractions, of equations stamped there.
"""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn._cext.pattern import compress
from circuitnn.errors import CircuitnnError, SingularMatrixError, TopologyError
from circuitnn.solvers.condition import reciprocal_condition
from circuitnn.solvers.linear import direct_solver, have_klu
from circuitnn.solvers.rational import Elimination

from .rational import Rational, random_circuit


def verdict(cards):
    """What became of a circuit, and what is wrong with that, if anything."""
    oracle = Rational(cards)
    exact = oracle.solve()
    try:
        result = Circuit.from_text(oracle.deck()).op()
    except CircuitnnError as error:
        assert isinstance(error, SingularMatrixError | TopologyError), oracle.deck()
        return "error", "a regular circuit is refused" if exact else ""
    noted = bool(result.statistics.notes)
    if exact is None:
        return "note" if noted else "silent", "" if noted else "a singular circuit has numbers without a word"
    sizes = oracle.sizes(exact)
    wrong = [
        (name, float(result[name]), float(exact[name]))
        for name in oracle.names
        if abs(result[name] - float(exact[name]))
        > 1e-6 * abs(float(exact[name])) + 1e-8 * sizes[name] + 1e-12
    ]
    return "noted number" if noted else "number", f"wrong: {wrong}" if wrong else ""


@pytest.mark.long
@pytest.mark.parametrize("decades", [0.0, 3.0, 12.0])
def test_random_circuits_are_right_or_said_to_be_singular(decades):
    rng = np.random.default_rng(int(decades) + 5)
    outcomes = []
    for _ in range(700):
        cards = random_circuit(rng, decades)
        outcome, fault = verdict(cards)
        assert not fault, f"{fault}\n{Rational(cards).deck()}"
        outcomes.append(outcome)
    # the sample has some of everything
    assert outcomes.count("error") > 200 and outcomes.count("number") > 150 and outcomes.count("note") > 15


@pytest.mark.parametrize("solver", ["superlu", *(["klu"] if have_klu() else [])])
def test_rounding_beside_large_terms_is_corrected(solver):
    """0.7 nV beside half a megavolt decide a current of 4.2 A; the first solution is off by 0.1 %."""
    cards = [
        ("r0", (1, 0), "5.79e-12"),
        ("l1", (2, 0), "13.5"),
        ("r2", (3, 0), "1.68e-08"),
        ("i4", (5, 0), "2.8e+04"),
        ("e5", (2, 4, 3, 2), "4.97e+08"),
        ("e6", (5, 1, 4, 2), "1.43e+04"),
        ("v7", (3, 5), "-5.01e+05"),
    ]
    oracle = Rational(cards)
    exact = float(oracle.solve()["i(v7)"])
    assert Circuit.from_text(oracle.deck()).op(linear_solver=solver)["i(v7)"] == pytest.approx(
        exact, rel=1e-9
    )


def test_resistances_of_24_decades_are_no_reason_to_refuse():
    """1 pOhm in series with 1 TOhm: the sum of their conductances is that of the first."""
    text = "t\ni1 0 a 1\nr1 a b 1e-12\nr2 b 0 {}\n{}\n.end\n"
    r = Circuit.from_text(text.format("1e12", "")).op()
    assert r["v(b)"] == pytest.approx(1e12) and any("rational arithmetic" in n for n in r.statistics.notes)
    (swept,) = Circuit.from_text(text.format("1e12", ".dc i1 0 4 1")).run()
    assert swept["v(a)"] == pytest.approx(1e12 * np.arange(5.0))
    (swept,) = Circuit.from_text(text.format("1k", ".dc r2 1e11 4e11 1e11")).run()
    assert swept["v(a)"] == pytest.approx(1e11 * np.arange(1.0, 5.0))


@pytest.mark.parametrize("devices", ["", "r9 n2 d 1k\nd1 d 0 dm\n.model dm d"])
def test_a_loop_with_a_controlled_source_is_named(devices):
    deck = f"t\nv1 n2 0 1\nr1 n2 a 1\nvx a b 2\ne1 a b n2 0 2\nr2 b 0 1\n{devices}\n.end\n"
    with pytest.raises(TopologyError, match="e1 closes a loop of voltage sources"):
        Circuit.from_text(deck).op()


def test_the_circuit_with_1e38_volts():
    cards = "rt4 n4 n3 4.13\nvs0 n3 n2 4.51\nvx0 n5 n3 -1.53\nex1 n3 n5 n3 n4 -184\nfx3 0 n2 vx0 -8.07"
    with pytest.raises(
        TopologyError, match=r"n4, n3, n2, n5 .*ex1 closes a loop of voltage sources .*n3 and n5"
    ):
        Circuit.from_text(f"t\n{cards}\n.end\n").op()


def test_a_loop_that_another_current_opens_is_regular():
    """v1 and e1 share a current in a ratio that f1 decides."""
    sources = [("v1", (1, 0), "2"), ("e1", (1, 0, 2, 0), "2"), ("f1", (0, 2), "v1", "1")]
    cards = [*sources, ("r1", (2, 0), "1"), ("r2", (1, 0), "1")]
    assert verdict(cards) == ("number", "")


def test_a_nonlinear_circuit_near_singularity_has_a_note():
    """Two nodes hang together by 1e6 S and on ground by 1 nS, of which the sum keeps one digit."""
    deck = "t\nv1 c 0 5\nr0 c x 1k\nd1 x 0 dm\nr1 a b {}\nr2 b 0 1e9\ni1 0 a 1n\n.model dm d\n.end\n"
    notes = Circuit.from_text(deck.format("1u")).op().statistics.notes
    assert any("nearly singular at the operating point" in n and "least certain is v(" in n for n in notes)
    assert Circuit.from_text(deck.format("1")).op().statistics.notes == []


def test_a_voltage_that_no_source_gives_is_noted():
    """A negative resistance is the only way to one that is none too many."""
    deck = "t\nv1 a 0 1\nr1 a b {}\nr2 b 0 1k\nd1 0 b dm\n.model dm d\n.nodeset v(b)=2\n.end\n"
    r = Circuit.from_text(deck.format("-500")).op()
    assert r["v(b)"] == pytest.approx(2.0)
    assert any("v(b) = 2 V lies beyond what the sources give, 1 V in all" in n for n in r.statistics.notes)
    assert Circuit.from_text(deck.format("500")).op().statistics.notes == []


def csc(A):
    rows, columns = np.nonzero(A)
    starts, indices, at = compress(len(A), rows.astype(np.int64), columns.astype(np.int64))
    values = np.zeros(len(indices))
    np.add.at(values, at, A[rows, columns])
    return starts, indices, values


@pytest.mark.parametrize("name", ["superlu", *(["klu"] if have_klu() else [])])
def test_the_condition_does_not_hang_on_units(name):
    rng = np.random.default_rng(3)
    for digits in (2, 6, 10, 14):
        n = 12
        u, v = (np.linalg.qr(rng.normal(size=(n, n)))[0] for _ in range(2))
        A = u @ np.diag(np.append(np.ones(n - 1), 10.0**-digits)) @ v
        units = [10.0 ** rng.uniform(-9, 9, n) for _ in range(2)]
        starts, rows, values = csc(units[0][:, None] * A * units[1])
        solver = direct_solver(name, starts, rows)
        assert solver.solve_once(values, np.ones(n)) == 0
        found, _ = reciprocal_condition(solver, starts, rows, values)
        assert 10.0 ** -(digits + 2.5) < found < 10.0 ** -(digits - 1.0)


def test_elimination_finds_what_is_free():
    A = np.array([[2.0, -1.0, -1.0], [-1.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
    rows, columns = np.nonzero(A)
    singular = Elimination(3, rows, columns, A[rows, columns], np.zeros(3))
    assert len(singular.free) == 1 and singular.undetermined() == [0, 1, 2]
    rows, columns = np.append(rows, 0), np.append(columns, 0)
    regular = Elimination(3, rows, columns, np.append(A[np.nonzero(A)], 1e-30), np.array([1.0, 0.0, 0.0]))
    assert not regular.free and regular.solution() == pytest.approx(np.full(3, 1e30), rel=1e-15)


def test_held_nodes_are_held_in_rational_arithmetic():
    """1 uOhm behind 1 MOhm is solved in fractions; the node of .ic stays where it is held."""
    deck = """nearly singular beside a node that is held
i1 0 b 1n
r3 b e 1u
r1 e c 1meg
c1 c 0 1n
r2 c d 1k
r4 d 0 1k
.ic v(c)=0.3
.tran 1n 2n
"""
    result = Circuit.from_text(deck).run()[0]
    assert any("rational arithmetic" in note for note in result.statistics.notes)
    assert result["v(c)"][0] == pytest.approx(0.3, rel=1e-9)
    assert result["v(d)"][0] == pytest.approx(0.15, rel=1e-9)
    assert result["v(b)"][0] == pytest.approx(0.301, abs=1e-3)
