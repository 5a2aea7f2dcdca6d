"""Small signals of what only capacitances hold: the operating point's ties to ground have no say."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, SingularMatrixError, TopologyError

DIVIDER = "v1 a 0 ac 1\nc1 a b {c1}\nc2 b 0 {c2}"
ISOLATED = "v1 a 0 ac 1\nr0 a p 50\nl1 p 0 1u\nl2 s t 4u\nk1 l1 l2 0.9\nr1 s t 1k"
GATE = """vg g 0 dc 0 ac 1
vd d 0 1
c1 g f 1f
m1 d f 0 0 mn w=1u l=1u
.model mn nmos(level=1 tox=10n cgso=1e-10 cgdo=2e-10 cgbo=1e-10 vto={vto})"""


def circuit(text):
    return Circuit.from_text(f"t\n{text}\n.end\n")


def numbers(result, kind):
    return np.array([result[n] for n in result.names if n.startswith(kind)]).ravel()


@pytest.mark.parametrize("frequency", [1e-9, 1.0, 1e9])
def test_a_capacitive_divider_divides_at_any_frequency(frequency):
    r = circuit(DIVIDER.format(c1="10f", c2="10f")).ac(frequency)
    assert r["v(b)"][0] == 0.5
    r = circuit(DIVIDER.format(c1="3a", c2="7p")).ac(frequency)
    assert r["v(b)"][0] == pytest.approx(3e-18 / (3e-18 + 7e-12), rel=1e-14)


def test_its_natural_frequency_is_zero():
    """Charge on an island stays; a tie of 1 pS would let it go at -50/s."""
    found = circuit(DIVIDER.format(c1="10f", c2="10f")).pz("a", "b")
    assert numbers(found, "pole").tolist() == [0.0] and numbers(found, "zero").tolist() == [0.0]


def test_islands_of_several_nodes_leak_nowhere():
    """Random capacitances and resistances between floating nodes, against the nodal matrix by itself."""
    rng = np.random.default_rng(11)
    for _ in range(20):
        n = int(rng.integers(2, 7))
        cards, Y = ["v1 n0 0 ac 1"], np.zeros((n + 2, n + 2), complex)
        omega = 2 * math.pi * 10.0 ** rng.uniform(2, 9)
        pairs = [(k, k + 1) for k in range(n)] + [(n, n + 1)]  # a chain from the source to ground
        pairs += [tuple(rng.choice(n + 2, 2, replace=False)) for _ in range(n)]
        for k, (a, b) in enumerate(pairs):
            # what leads to the source and to ground is capacitances, so that the nodes float
            ends = {int(a), int(b)} & {0, n + 1}
            value = 10.0 ** (rng.uniform(-16, -11) if ends or rng.random() < 0.5 else rng.uniform(3, 9))
            y = 1j * omega * value if value < 1 else 1 / value
            ends = " ".join("0" if node == n + 1 else f"n{node}" for node in (a, b))
            cards.append(f"{'c' if value < 1 else 'r'}{k} {ends} {value!r}")
            Y[a, a] += y
            Y[b, b] += y
            Y[a, b] -= y
            Y[b, a] -= y
        inner = np.arange(1, n + 1)
        exact = np.linalg.solve(Y[np.ix_(inner, inner)], -Y[inner, 0])
        r = circuit("\n".join(cards)).ac(omega / (2 * math.pi))
        assert [r[f"v(n{k})"][0] for k in inner] == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_a_floating_gate_follows_its_capacitances():
    """With overlaps, or the channel too, the gate divides at 10 Hz as it does at 1 GHz."""
    for vto in (-1.0, 1.0):
        c = circuit(GATE.format(vto=vto))
        slow, fast = c.ac(10)["v(f)"][0], c.ac(1e9)["v(f)"][0]
        assert abs(slow.imag) < 1e-9 and slow == pytest.approx(fast, rel=1e-6) and 0.1 < slow.real < 0.9


def test_a_gate_without_charges_is_said_to_float():
    c = circuit("vd d 0 1 ac 1\nr1 d e 1k\nm1 e f 0 0 mn w=1u l=1u\n.model mn nmos(level=1 vto=-1)")
    r = c.ac(10)
    assert any("node f has no path to ground at any frequency" in note for note in r.statistics.notes)
    assert np.isfinite(r["v(e)"][0])


def test_noise_of_a_capacitive_divider():
    """Of a resistor in front: the divider halves it, at 1 mHz too."""
    c = circuit("v1 a 0 ac 1\nr1 a b 1k\nc1 b c 1f\nc2 c 0 1f")
    spectrum, _ = c.noise("c", "v1", 1e-3, 1e-3, 1, "lin")
    assert spectrum["onoise_spectrum"][0] == pytest.approx(
        0.5 * math.sqrt(4 * 1.380649e-23 * 300.15 * 1e3), rel=1e-6
    )


def test_sensitivities_of_a_capacitive_divider():
    """v = c1/(c1 + c2), at 1 mHz."""
    r = circuit(DIVIDER.format(c1="10f", c2="30f")).sens("b", 1e-3)
    assert r["c1"][0] == pytest.approx(30e-15 / 40e-15**2)
    assert r["c2"][0] == pytest.approx(-10e-15 / 40e-15**2)


def test_a_secondary_that_floats_has_differences_only():
    r = circuit(ISOLATED).ac(1e6)
    w = 2j * math.pi * 1e6
    m = 0.9 * 2e-6
    A = np.array([[50 + w * 1e-6, w * m], [w * m, 1000 + w * 4e-6]])
    i = np.linalg.solve(A, [1.0, 0.0])
    assert r["v(s)"][0] - r["v(t)"][0] == pytest.approx(-1000 * i[1], rel=1e-9)
    assert any("no path to ground at any frequency" in note for note in r.statistics.notes)
    circuit(ISOLATED).noise(("s", "t"), "v1", 1e6)
    with pytest.raises(
        SingularMatrixError, match=r"nodes s, t have no path to ground.*the output depends on"
    ):
        circuit(ISOLATED).noise("s", "v1", 1e6)
    with pytest.raises(SingularMatrixError, match="source drives a current there"):
        circuit(f"{ISOLATED}\ni1 0 t ac 1n").ac(1e6)
    with pytest.raises(SingularMatrixError, match="source drives a current there"):
        circuit(f"{ISOLATED}\ng1 0 t a 0 1p").ac(1e6)


def test_at_zero_frequency_what_floats_has_no_response():
    c = circuit(f"{DIVIDER.format(c1='1p', c2='1p')}\nr1 a d 1k\nr2 d 0 1k")
    assert c.tf("d", "v1")["transfer_function"] == pytest.approx(0.5)
    assert dict(zip(c.sens("d").names, c.sens("d").data[0], strict=True))["v1"] == pytest.approx(0.5)
    for analysis in (lambda: c.tf("b", "v1"), lambda: c.sens("b")):
        with pytest.raises(SingularMatrixError, match="node b has no direct-current path to ground"):
            analysis()
    swept = c.ac(0, 10, 3, "lin")
    assert swept["v(b)"].tolist() == [0.0, 0.5, 0.5] and swept["v(d)"] == pytest.approx([0.5] * 3)


def test_an_integrator_beside_what_floats_is_not_tied():
    """Its node is held by a controlled current; 1 pS there would draw from 1 pS of the integrator."""
    c = circuit("v1 a 0 1\nc1 a b 1p\nc2 b 0 1p\ng1 0 x a 0 1p\ng2 x 0 x y 1p\nr1 y 0 1k\nc3 x 0 1p")
    r = c.op()
    assert r["v(x)"] == pytest.approx(1.0, rel=1e-6)
    assert not any("x" in note.split(" has ")[0] for note in r.statistics.notes)


@pytest.mark.parametrize("start", [0.0, 0.25, -1.0])
def test_ic_holds_a_node_that_only_a_source_drives(start):
    """The operating point without .ic does not exist; it would only be a guess. v = v0 + I·t/C."""
    r = Circuit.from_text(f"t\ni1 0 a 1u\nc1 a 0 1n\n.ic v(a)={start}\n").tran("1m")
    np.testing.assert_allclose(r["v(a)"], start + 1e3 * r.time, rtol=1e-6, atol=1e-6)


def test_without_ic_such_a_node_is_an_error():
    with pytest.raises(TopologyError, match="no direct-current path"):
        Circuit.from_text("t\ni1 0 a 1u\nc1 a 0 1n\n").tran("1m")


@pytest.mark.parametrize("frequency", [1.0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("small", [1e-6, 1e-3, 1.0, 1e3])
def test_an_island_loses_no_digits_beside_its_resistors(frequency, small):
    """A divider of 1 fF and 3 fF gives 1/4; beside a microohm, elimination left nothing of capacitances at 1 Hz."""
    deck = f"t\nv1 a 0 ac 1\nc1 a b 1f\nr1 b d 1k\nc2 d 0 1f\nr2 b e {small}\nc3 e 0 2f\n"
    c = Circuit.from_text(deck)
    r = c.ac(frequency)
    assert not any("lost by rounding" in note for note in r.statistics.notes)
    w = 2e-15j * np.pi * frequency  # of 1 fF
    branches = w / (1 + 1e3 * w), 2 * w / (1 + 2 * small * w)
    expected = w / (w + sum(branches)) / (1 + 1e3 * w)
    assert abs(complex(np.ravel(r["v(d)"])[0]) / expected - 1) < 1e-9
    # 1 kOhm, whose noise the capacitances on both sides carry
    spectrum, _ = c.noise("d", "v1", frequency, frequency, 1, "lin")
    at_d = 1e3 / (1e3 + 1 / w + 1 / (w + branches[1]))
    density = np.sqrt(4 * 1.38064852e-23 * 300.15 / 1e3)
    impedance = abs(at_d / w)
    assert spectrum["onoise_r1"][0] == pytest.approx(density * impedance, rel=1e-6)
    assert spectrum["inoise_spectrum"][0] == pytest.approx(
        spectrum["onoise_spectrum"][0] / abs(expected), rel=1e-9
    )


@pytest.mark.parametrize(
    ("rate", "end"),
    [("v(x) < 1 ? {} : 0", 0.5 / math.pi), ("{}*(1-v(x))", 1.0 - math.exp(-0.5 / math.pi))],
)
def test_a_state_whose_rate_is_zero_at_rest_starts_at_zero(rate, end):
    """Its source has its own voltage in its formula, and holds nothing while nothing drives it."""
    cards = f"v1 a 0 sin(0 1 1k)\nr1 a 0 1k\nb1 0 x i={rate.format('1u*v(a)')}\nc1 x 0 1n"
    result = circuit(cards).tran("0.25m", reltol=1e-5)
    assert result["v(x)"][0] == 0.0
    assert result["v(x)"][-1] == pytest.approx(end, rel=1e-4)
    assert any("no direct-current path to ground" in note for note in result.statistics.notes)


LATCH = """vs s 0 pulse(0 5 1m 1u 1u 1m)
vr r 0 pulse(0 5 3m 1u 1u 1m)
"""
CELL = """b{0} y{0} 0 v=v(r)>2 ? 0 : v(s)>2 ? 5 : v(q{0})
r{0} y{0} q{0} 1k
c{0} q{0} 0 10n
"""


def test_latches_that_keep_any_voltage_start_at_zero():
    """Their own output is their control: the matrix is singular once for each, and no node floats."""
    result = circuit(LATCH + "".join(CELL.format(k) for k in range(3))).tran("5m", tmax="10u")
    for k in range(3):
        q = np.interp([0.0, 0.5e-3, 2.5e-3, 4.9e-3], result.time, result[f"v(q{k})"])
        np.testing.assert_allclose(q, [0.0, 0.0, 5.0, 0.0], atol=1e-6)
        assert any(f"nothing determines v(q{k})" in note for note in result.statistics.notes)


def test_what_nothing_determines_is_refused_if_a_current_is_driven_into_it():
    with pytest.raises((SingularMatrixError, TopologyError)):
        circuit(LATCH + CELL.format(0) + "i1 0 q0 1m").tran("1m")


@pytest.mark.parametrize("held", [0.0, 1.0])
def test_an_inductor_that_shorts_a_held_node_starts_without_current(held):
    """A tank: v·cos(ωt) from its capacitor alone; a source that charges it finds the inductor without current."""
    result = circuit(f"l1 t 0 1m\nc1 t 0 1u\n.ic v(t)={held}").tran("0.2m", tmax="0.2u")
    omega = 1e-9**-0.5
    np.testing.assert_allclose(result["v(t)"], held * np.cos(omega * result.time), atol=1e-4)
    driven = circuit(f"v1 a 0 5\nr1 a t 100\nl1 t u 1m\nl2 u 0 1m\nc1 t 0 1u\n.ic v(t)={held}").tran("1u")
    assert [driven["i(l1)"][0], driven["i(l2)"][0]] == pytest.approx([0.0, 0.0], abs=1e-9)  # 50 mA without it
    assert driven["v(t)"][0] == pytest.approx(held, abs=1e-6)
    assert any("l1 shorts nodes of .ic" in note for note in driven.statistics.notes)


def test_what_conducts_where_the_solution_is_holds_its_node():
    """A slope of 0 at the first guess is no reason to tie a node, which would leak: v = (i/k)^(1/3)."""
    result = circuit("i1 0 x 1u\nb1 x 0 i=1u*v(x)^3\nb2 y 0 i=1p*v(y)^3\ni2 0 y 8p").op()
    assert result["v(x)"] == pytest.approx(1.0, rel=1e-6) and result["v(y)"] == pytest.approx(2.0, rel=1e-6)
    assert not any("held" in note for note in result.statistics.notes)


def test_rounding_in_an_island_is_no_current_of_a_source():
    """Of a transistor with large conductances inside: with its source at ground the same currents flow."""
    deck = """t
m1 d g s b mn w=1u l=65n
.model mn nmos level=54 version=4.0 igcmod=1 toxe=1.85n toxp=1.2n toxref=1.85n vth0=0.423 lpe0=0 ndep=2.54e18
+ nsd=2e20 bigc=2.8m cigc=2m
vds d s 1.2
vgs g s 0
vbs b s 0
"""
    with pytest.warns(DeckWarning, match="no element is connected to ground"):
        floating = Circuit.from_text(deck).dc("vgs", 0.0, 1.2, 0.01)["i(vds)"]
    grounded = Circuit.from_text(deck + "vg s 0 0\n").dc("vgs", 0.0, 1.2, 0.01)["i(vds)"]
    np.testing.assert_allclose(floating, grounded, rtol=1e-6)


def test_a_node_that_only_a_capacitor_reaches_rests_at_ground():
    """A circuit without resistors, whose only device lies at ground: sums over nothing were integers."""
    r = circuit("g2 0 0 poly(2) 0 a 0 a -932 -1 -2\nc1 a 0 9u").op()
    assert r["v(a)"] == 0.0
    assert "held by 1e-12 S" in " ".join(r.statistics.notes)
