"""All operating points of one bias: counted in closed form or by brute force, and checked with other equations."""

import numpy as np
import pytest
from scipy.optimize import brentq

from bench.operating_points import FOUR, LATCH, SCHMITT
from circuitnn import Circuit
from circuitnn.errors import AnalysisError, ConvergenceError, NetlistError

TUNNEL = np.polynomial.Polynomial([0.0, 17.76, -103.79, 229.62, -226.31, 83.72])


def of(text, *arguments, **options):
    return Circuit.from_text(f"t\n{text}\n.end\n").solutions(*arguments, **options)


@pytest.mark.long
@pytest.mark.parametrize(
    ("circuit", "growing"),
    [(LATCH, [0, 1, 0]), (SCHMITT, [0, 1, 0]), (FOUR, [0, 1, 0, 1, 2, 1, 0, 1, 0])],
    ids=["latch", "schmitt", "chua"],
)
def test_bipolar_circuits(circuit, growing):
    """Chua's four transistors have nine; what is between two stable ones is named."""
    r = Circuit.from_text(circuit.deck({})).solutions()
    for k in range(len(r)):
        assert circuit.distance({n: float(r[f"v({n})"][k]) for n in circuit.inner}) < 0.01
    assert r["growing"].tolist() == growing
    unstable = [n for n in r.statistics.notes if "is unstable" in n]
    assert [int(n.split()[1]) - 1 for n in unstable] == np.flatnonzero(growing).tolist()


def in_series(supply, resistance, ratio):
    """v(b) and v(c) of every operating point of two tunnel diodes in series, from the crossings on a fine grid."""

    def first(second):
        return supply - second - resistance * ratio * TUNNEL(second)

    def rest(second):
        return TUNNEL(first(second)) - ratio * TUNNEL(second)

    grid = np.linspace(-0.5, 2.0, 400_001)
    changes = np.flatnonzero(np.sign(rest(grid[1:])) != np.sign(rest(grid[:-1])))
    c = np.array([brentq(rest, grid[k], grid[k + 1], xtol=1e-14) for k in changes])
    return np.array(sorted(zip((c + first(c)).tolist(), c.tolist(), strict=True)))


def tunnel(supply, resistance, ratio):
    return of(
        ".func td(v) {17.76*v-103.79*v*v+229.62*v*v*v-226.31*v*v*v*v+83.72*v*v*v*v*v}\n"
        f"v1 a 0 {supply}\nr1 a b {resistance}\nb1 b c i={{td(v(b,c))}}\nb2 c 0 i={{{ratio}*td(v(c))}}"
    )


@pytest.mark.long
def test_two_tunnel_diodes_have_nine():
    r, expected = tunnel(1.6, 1.5, 1.1), in_series(1.6, 1.5, 1.1)
    assert len(expected) == len(r) == 9
    assert np.allclose(np.column_stack([r["v(b)"], r["v(c)"]]), expected, atol=1e-6)
    # those with both diodes on a branch of positive conductance
    slopes = np.minimum(TUNNEL.deriv()(r["v(b)"] - r["v(c)"]), TUNNEL.deriv()(r["v(c)"]))
    assert np.array_equal(r["growing"] == 0, slopes > 0.0)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_random_load_lines(seed):
    rng = np.random.default_rng(seed)
    for _ in range(4):
        given = rng.uniform(0.8, 2.5), rng.uniform(0.3, 3.0), rng.uniform(0.8, 1.3)
        r, expected = tunnel(*given), in_series(*given)
        gap = np.min(np.linalg.norm(np.diff(expected, axis=0), axis=1), initial=1.0)
        if gap > 1e-3:  # no fold that the grid cannot tell
            assert np.allclose(np.column_stack([r["v(b)"], r["v(c)"]]), expected, atol=1e-5), given


def test_growth_is_that_of_the_circuit():
    """A tunnel diode's node with its own capacitance: s = -(1/R + di/dv)/C."""
    r = of(
        ".func td(v) {17.76*v-103.79*v*v+229.62*v*v*v-226.31*v*v*v*v+83.72*v*v*v*v*v}\n"
        "v1 a 0 1.0\nr1 a b 1.0\nb1 b 0 i={td(v(b))}\nc1 b 0 2p"
    )
    assert len(r) == 3
    assert r["growth"] == pytest.approx(-(1.0 + TUNNEL.deriv()(r["v(b)"])) / 2e-12, rel=1e-7)
    assert r["growing"].tolist() == [0, 1, 0]


def test_a_latch_beside_other_charges():
    """The latch stores no charge, an RC beside it does: the middle point is unstable all the same."""
    deck = LATCH.deck({}).replace(".end", "rx cc x 1k\ncx x 0 1p\n.end")
    r = Circuit.from_text(deck).solutions()
    assert r["growing"].tolist() == [0, 1, 0]


def test_switches_remember():
    """Between its thresholds a switch is on or off; beyond them it is one."""
    card = "v1 a 0 1\nr1 a b 1k\ns1 b 0 c 0 m\n.model m sw(vt=0 vh=0.5 ron=1k roff=1meg)\nvc c 0 "
    assert of(card + "0")["v(b)"] == pytest.approx([0.5, 1e3 / 1.001e3], rel=1e-6)
    assert of(card + "0.6")["v(b)"] == pytest.approx([0.5], rel=1e-6)
    assert of(card + "-0.6")["v(b)"] == pytest.approx([1e3 / 1.001e3], rel=1e-6)


def test_one_is_one():
    r = of("v1 a 0 5\nr1 a b 1k\nd1 b 0 dm\n.model dm d")
    assert len(r) == 1 and r["growing"][0] == 0
    assert len(of("v1 a 0 5\nr1 a b 1k\nr2 b 0 1k")) == 1


def test_card_command_and_faults():
    deck = "t\nv1 a 0 5\nr1 a b 1k\nd1 b 0 dm\n.model dm d\n{}\n.end"
    (r,) = Circuit.from_text(deck.format(".solutions 20")).run()
    assert r.analysis == "solutions" and r.axis == "solution" and r.arguments == {"starts": 20}
    with pytest.raises(NetlistError, match="starts"):
        Circuit.from_text(deck.format(".solutions 0")).run()
    with pytest.raises(NetlistError, match="a number of starts"):
        Circuit.from_text(deck.format(".solutions 1 2")).run()
    with pytest.raises(AnalysisError, match="starts"):
        Circuit.from_text(deck.format("")).solutions(0)
    with pytest.raises(ConvergenceError):  # a diode cannot carry 1 A backwards at any voltage
        of("i1 a 0 1\nd1 a 0 dm\n.model dm d")
