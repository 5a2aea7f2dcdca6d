"""Newton, limiting and homotopies on circuits with known solutions."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import lambertw

from circuitnn import Circuit, load
from circuitnn.analyses import Task
from circuitnn.analyses.op import run
from circuitnn.equations.graph import exp, sinh, symbol, tanh
from circuitnn.errors import ConvergenceError, SingularMatrixError, TopologyError
from circuitnn.flat import Behavioural, Elements, FlatCircuit
from circuitnn.models import catalogue
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.solvers.homotopy import HOMOTOPIES, follow

NETLISTS = Path(__file__).resolve().parents[2] / "netlists"
VT = 0.025852
X = symbol("x")
TIGHT = Options(reltol=1e-9, vntol=1e-12, abstol=1e-18)


def op(circuit, options):
    return run(Task(circuit, options))[0]


def loop(expression, volts, ohms):
    """A voltage source, a resistor and a behavioural current to ground at node a."""
    return FlatCircuit(
        "loop",
        ("0", "in", "a"),
        (
            Elements("v", ("v1",), np.array([[1, 0]]), {"dc": np.array([volts])}),
            Elements("r", ("r1",), np.array([[1, 2]]), {"r": np.array([ohms])}),
        ),
        (Behavioural("i", ("b1",), np.array([[2, 0]]), expression, {"x": np.array([2])}, {}, {}),),
    )


def diode_voltage(volts, ohms, saturation):
    """Closed form of a diode in series with a resistor."""
    w = lambertw(saturation * ohms / VT * np.exp((volts + saturation * ohms) / VT))
    return float(volts + saturation * ohms - VT * w.real)


@pytest.mark.parametrize("volts", [0.3, 5.0, 15.0])
def test_a_steep_behavioural_current_is_limited(volts):
    circuit = loop(1e-14 * (exp(X / VT) - 1), volts, 1e3)
    result = op(circuit, TIGHT)
    assert result["v(a)"] == pytest.approx(diode_voltage(volts, 1e3, 1e-14), rel=1e-9)
    assert result.statistics.homotopy == ""
    assert result.statistics.iterations < 40


def test_a_steep_antisymmetric_current_is_limited_on_both_sides():
    up, down = (op(loop(1e-12 * sinh(40 * X), v, 1e3), TIGHT)["v(a)"] for v in (50.0, -50.0))
    assert up == pytest.approx(-down, rel=1e-9)
    assert 1e-12 * np.sinh(40 * up) == pytest.approx((50.0 - up) / 1e3, rel=1e-8)


@pytest.mark.parametrize("name", HOMOTOPIES)
def test_each_homotopy_leads_to_the_operating_point(name):
    simulation = Simulation(loop(1e-14 * (exp(X / VT) - 1), 5.0, 1e3), TIGHT)
    conditions = simulation.conditions
    status = follow(HOMOTOPIES[name], simulation.newton, conditions, simulation.x, 100, simulation.nodes)
    assert status == 0
    assert simulation.x[1] == pytest.approx(diode_voltage(5.0, 1e3, 1e-14), rel=1e-8)
    # It is the real system that was solved last.
    residual = simulation.system.assembly.evaluate(simulation.x, conditions=conditions)[0]
    assert np.max(np.abs(residual)) < 1e-11


def test_a_homotopy_is_used_and_named_when_newton_fails():
    # Newton has too few iterations for the whole way, but enough for every step of a homotopy.
    # The controlled source keeps the circuit from being solved as one that only divides voltages.
    cards = f"v1 1 0 5\nr1 1 a 1k\nb1 a 0 i=1e-14*(exp(v(a)/{VT!r})-1)\ne1 c 0 a 0 1\nr2 c 0 1k"
    result = Circuit.from_text(f"t\n{cards}\n.end\n").op(itl1=8)
    assert result.statistics.homotopy in HOMOTOPIES
    assert result["v(a)"] == pytest.approx(diode_voltage(5.0, 1e3, 1e-14), rel=1e-5)


VARISTOR = """varistor by its voltage: linear up to 100 nA, then steeper, then logarithmic; after a bias of its own
v1 1 0 {0}
r1 1 2 1k
bx bias 0 v=2.8
rx bias 0 1g
bv 2 3 v=sgn(v(i))*20*(log10(max(abs(v(i)),0.1m))+4)+max(-v(bias),min(v(bias),v(i)*1e4*v(bias)))
vs 3 0 0
h1 i 0 vs 1k
.options reltol=1e-6 vntol=1e-9 abstol=1e-14
.end
"""


@pytest.mark.parametrize("volts", [10.0, -7.0])
def test_damped_steps_where_newton_goes_back_and_forth(volts):
    circuit = Circuit.from_text(VARISTOR.format(volts))
    expected = pytest.approx(np.sign(volts) * 1e-7 * 10.0 ** ((abs(volts) - 2.8) / 20.0), rel=1e-3)
    assert circuit.op()["i(vs)"] == expected
    simulation = Simulation(circuit.flat, circuit.options())
    conditions, x = simulation.conditions, simulation.x
    assert simulation.newton.operating_point(x.copy(), conditions, 0.0, 100) != 0
    assert follow(HOMOTOPIES["damped steps"], simulation.newton, conditions, x, 100, simulation.nodes) == 0
    assert x[simulation.system.unknowns.branches["vs"]] == expected


def test_a_bistable_circuit_converges_to_one_of_its_solutions():
    # The current of the negative resistance and the load line cross three times.
    circuit = loop(1e-3 * (X - 4 * tanh(X)), 0.1, 2e3)
    v = op(circuit, TIGHT)["v(a)"]
    assert (0.1 - v) / 2e3 == pytest.approx(1e-3 * (v - 4 * np.tanh(v)), rel=1e-6, abs=1e-12)


def test_no_solution_is_said_with_the_node():
    # A current that always exceeds what any voltage can give back.
    circuit = loop(1.0 + X * X, 1.0, 1e3)
    with pytest.raises(ConvergenceError, match=r"op: Newton's method did not converge; worst is v\(a\)"):
        op(circuit, Options())


FLOATING = """a node behind capacitors
v1 a 0 1
c1 a b 1n
{more}
.op
.end
"""


def test_a_node_behind_capacitors_is_tied_and_named():
    result = Circuit.from_text(FLOATING.format(more="c2 b 0 1n")).op()
    assert result["v(b)"] == 0.0
    assert any("node b has no direct-current path to ground" in note for note in result.statistics.notes)


def test_a_gate_behind_capacitors_is_tied():
    more = "m1 a b 0 0 mn\n.model mn nmos(vto=-1 kp=100u)"
    result = Circuit.from_text(FLOATING.format(more=more)).op()
    assert result["i(v1)"] == pytest.approx(-50e-6, rel=1e-6)  # kp/2 (0 - vto)², with 0 V at the gate


def test_an_island_keeps_its_differences():
    result = Circuit.from_text(FLOATING.format(more="r1 b d 1k\nv2 d e 2\nr2 e b 1k")).op()
    assert result["v(b)"] == pytest.approx(0.0, abs=1e-9)
    assert result["v(d)"] - result["v(b)"] == pytest.approx(1.0, rel=1e-9)


def test_a_current_without_a_way_to_ground_is_named():
    with pytest.raises(TopologyError, match=r"node b has .* 0.001 A is driven into it by a source"):
        Circuit.from_text(FLOATING.format(more="i1 0 b 1m")).op()


def test_capacitors_alone_hold_a_node_in_a_transient():
    """The tie of the operating point must not discharge it: gmin and 1 aF are a microsecond."""
    deck = "divider\nv1 a 0 pulse(0 1 1u 1n)\nc1 a b 1a\nc2 b 0 1a\n.tran 1u 100u\n.end\n"
    result = Circuit.from_text(deck).run()[0]
    assert result["v(b)"][-1] == pytest.approx(0.5, rel=1e-3)
    assert any("node b" in note for note in result.statistics.notes)


def test_a_singular_matrix_without_topological_reason_is_located():
    # A conductance of -1 mS in parallel with 1 kOhm: nothing determines node a.
    circuit = FlatCircuit(
        "cancel",
        ("0", "a"),
        (
            Elements("r", ("r1",), np.array([[1, 0]]), {"r": np.array([1e3])}),
            Elements("g", ("g1",), np.array([[1, 0, 1, 0]]), {"gain": np.array([-1e-3])}),
        ),
    )
    with pytest.raises(SingularMatrixError, match="singular"):
        op(circuit, Options())


def test_threads_give_the_same_bits():
    n = 20000
    random = np.random.default_rng(3)
    nodes = np.stack([np.arange(1, n + 1), np.zeros(n, int)], 1)
    circuit = FlatCircuit(
        "many",
        ("0", *(f"n{i}" for i in range(n))),
        (
            Elements(
                "i", tuple(f"i{i}" for i in range(n)), nodes[:, ::-1].copy(), {"dc": random.random(n) * 1e-3}
            ),
            Elements("r", tuple(f"r{i}" for i in range(n)), nodes, {"r": np.full(n, 1e6)}),
        ),
        (
            Behavioural(
                "i",
                tuple(f"b{i}" for i in range(n)),
                nodes,
                symbol("g") * sinh(X * 14),
                {"x": nodes[:, 0]},
                {},
                {"g": random.random(n) * 1e-6},
            ),
        ),
    )
    one, two = (op(circuit, Options(threads=k)).data for k in (1, 2))
    assert np.array_equal(one, two)


def test_what_a_divider_ignores_is_said():
    deck = "t\nv1 a 0 5\nr1 a b 1k\nd1 b c dd\nr2 c 0 1k\n.model dd d is=1e-14\n"
    (note,) = Circuit.from_text(deck).op(itl1=1, gminsteps=0).statistics.notes
    assert "itl1, gminsteps had no effect" in note
    assert not Circuit.from_text(deck).op().statistics.notes


def test_a_long_chain_of_inverters_is_reached_by_gmin_stepping():
    # Plain Newton settles one stage an iteration: three hundred are too many for itl1.
    n = 300
    nodes = np.stack([np.zeros(n, int), np.arange(2, n + 2)], 1)
    circuit = FlatCircuit(
        "chain",
        ("0", "in", *(f"n{i}" for i in range(n))),
        (
            Elements("v", ("v1",), np.array([[1, 0]]), {"dc": np.array([0.0])}),
            Elements(
                "r",
                tuple(f"r{i}" for i in range(n)),
                np.stack([np.arange(2, n + 2), np.zeros(n, int)], 1),
                {"r": np.full(n, 1e3)},
            ),
        ),
        (
            Behavioural(
                "i",
                tuple(f"b{i}" for i in range(n)),
                nodes,
                5e-4 * (1 - tanh(8 * (X - 0.5))),
                {"x": np.arange(1, n + 1)},
                {},
                {},
            ),
        ),
    )
    result = op(circuit, Options())
    assert result.statistics.homotopy == "gmin stepping"
    assert result.statistics.iterations < 200  # many more where a step may go anywhere
    v = result.data[0, 1 : n + 1]
    expected = 0.5 * (1 - np.tanh(8 * (np.append(0.0, v[:-1]) - 0.5)))
    assert np.allclose(v, expected, atol=1e-6)
    assert np.allclose(v[100::2], v[100]) and abs(v[100] - v[101]) > 0.9


def test_operating_points_start_with_conducting_junctions():
    """From junctions without voltage the op-amp takes gmin stepping and more than 200 iterations."""
    result = load(NETLISTS / "classic" / "opamp_741.cir").op()
    assert not result.statistics.homotopy
    assert result.statistics.iterations <= 20


def test_which_models_are_watched():
    """The MOSFET's only exponentials are its declared junctions; the diode also breaks down."""
    watched = {name for name, model in catalogue().items() if model.kernel().steep}
    assert {"diode", "bjt", "jfet", "poole_frenkel"} <= watched
    assert not {"mosfet1"} & watched


def test_where_rounding_moves_unknowns_beyond_the_tolerance_iterations_end():
    """A current that a 10 microohm resistor rounds, and the difference of two products, each known to rounding only."""
    draw = np.random.default_rng(5)
    for gain in 10.0 ** draw.uniform(3.0, 10.0, 12):
        volts, ohms = draw.uniform(0.5, 2.0), draw.uniform(500.0, 3000.0)
        circuit = Circuit.from_text(
            f"rounding\nv0 s 0 {volts}\nr0 s p {ohms}\nrs p a 1e-5\nd1 0 a dm\n.model dm d(is=1n)\n"
            f"e1 x 0 value={{{gain}*(v(a)*v(a)-v(s)*v(s))}}\nr1 x 0 1k\n"
        )
        found = circuit.op(reltol=1e-6, vntol=1e-9, abstol=1e-14)
        leak = 1e-9 + 1e-12 * volts  # of the diode in reverse, and its gmin
        # what rounding leaves of 1 nA through 10 microohm: 1e5 S · 1 V · 2e-16
        assert found["v(x)"] == pytest.approx(-2 * gain * volts * ohms * leak, rel=0.1)
