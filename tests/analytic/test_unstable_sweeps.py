"""Sweeps that follow a branch which the circuit would leave say so; others do not.

The oracle is the sign of the largest eigenvalue of dv/dt = -C⁻¹·∂i/∂v with equal capacitors at the nodes, where the
currents and their slopes are written here, at the voltages of the sweep.
"""

import numpy as np
import pytest

from circuitnn import Circuit

PEAK, WIDTH = 1e-3, 0.1  # of the tunnel diode's current [A, V]
TUNNEL = "b{k} {a} {b} i=1m*v({a},{b})/0.1*exp(1-v({a},{b})/0.1)+1e-12*(exp(v({a},{b})/0.0259)-1)\n"
STACK = "v1 in 0 0\nr1 in a {r}\n" + TUNNEL.format(k=1, a="a", b="b") + TUNNEL.format(k=2, a="b", b="0")
LATCH = """vdd vdd 0 0
m1 a b 0 0 n w=2u l=1u
m2 a b vdd vdd p w=4u l=1u
m3 b a 0 0 n w=2u l=1u
m4 b a vdd vdd p w=4u l=1u
.model n nmos(level=1 vto=.7 kp=1e-4)
.model p pmos(level=1 vto=-.7 kp=5e-5)
"""
INVERTERS = (
    LATCH.replace("m3 b a", "m3 c a")
    .replace("m4 b a", "m4 c a")
    .replace("vdd vdd 0 0", "vdd vdd 0 3\nvin b 0 0")
)


def notes(text, source, end, points, back=False):
    ends = (end, 0.0) if back else (0.0, end)
    result = Circuit.from_text(f"t\n{text}").dc({source: np.linspace(*ends, points)})
    return result, [note for note in result.statistics.notes if note.startswith("dc: the operating point at")]


def slope(v):
    """Of a tunnel diode. [S]"""
    return PEAK / WIDTH * (1.0 - v / WIDTH) * np.exp(1.0 - v / WIDTH) + 1e-12 / 0.0259 * np.exp(v / 0.0259)


def stack_grows(result, r):
    """Largest eigenvalue of the stack of two with a farad at each node, at every point of a sweep. [1/s]"""
    upper, lower = slope(result["v(a)"] - result["v(b)"]), slope(result["v(b)"])
    return [
        np.linalg.eigvalsh(-np.array([[1.0 / r + u, -u], [-u, u + low]])).max()
        for u, low in zip(upper, lower, strict=True)
    ]


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("r", [0.01, 50.0])
def test_equal_diodes_that_share_a_voltage(r, back):
    """Beyond the peak one of them takes the voltage; the sweep goes on with equal ones."""
    result, told = notes(STACK.format(r=r), "v1", 2.0, 201, back)
    grows = np.array(stack_grows(result, r)) > 0.0
    assert np.count_nonzero(grows) > 30
    (note,) = told
    first = float(note.split(" at v1 = ")[1].split(" is unstable")[0])
    last = float(note.split("up to v1 = ")[1].split(":")[0])
    axis = result["v(in)"]
    for value in (first, last):
        assert grows[np.argmin(np.abs(axis - value))]
    rate = 1.0 / float(note.split("a factor e in ")[1].split()[0])
    worst = stack_grows(result, r)[int(np.argmin(np.abs(axis - first)))] / 1e-12  # with 1 pF at each node
    assert rate == pytest.approx(worst, rel=0.02)


def test_a_latch_whose_supply_rises():
    result, told = notes(LATCH, "vdd", 3.0, 61)
    assert result["v(a)"][-1] == pytest.approx(result["v(b)"][-1], abs=1e-6)
    (note,) = told
    assert "up to vdd = 3:" in note
    first = float(note.split(" at vdd = ")[1].split()[0])
    assert first > 2 * 0.7
    gm = (
        2 * 2e-4 * (first / 2 - 0.7)
    )  # both transistors of an inverter saturate; equal ones, without output conductance
    assert 1.0 / float(note.split("factor e in ")[1].split()[0]) == pytest.approx(gm / 1e-12, rel=1e-2)


def test_points_that_a_nodeset_chose():
    """The first point was asked for: it is told, and so are those that follow from it."""
    text = LATCH + ".nodeset v(a)=1.5 v(b)=1.5\n"
    result = Circuit.from_text(f"t\n{text}").dc({"vdd": [3.0, 2.9, 2.8]})
    (note,) = [note for note in result.statistics.notes if note.startswith("dc: ")]
    assert note.startswith("dc: the operating point at vdd = 3 is unstable, as 3 of the 3 points")


def test_the_middle_of_a_folded_curve():
    """v = s³ - s with ds/dt = v - s³ + s: between the folds the middle solution has 1 - 3s² > 0, and grows."""
    text = "v1 a 0 0\nn1 a 0 f s0={}\n.model f fold(tau=1u)\n.save all @n1[s]\n"
    result, (note,) = notes(text.format(0), "v1", 0.37, 38)
    state = result["@n1[s]"]
    assert np.all(1.0 - 3.0 * state**2 > 0.0)
    assert np.allclose(state**3 - state, result["v(a)"], atol=1e-6)
    assert "v1 = 0 is unstable, as 7 of the 7 points examined, up to v1 = 0.37" in note
    assert 1.0 / float(note.split("factor e in ")[1].split()[0]) == pytest.approx(1e6, rel=1e-2)
    assert not notes(text.format(-1), "v1", 1.0, 38)[1]


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize(
    ("text", "source", "end"),
    [
        (f"v1 in 0 0\nr1 in a {r}\n" + TUNNEL.format(k=1, a="a", b="0"), "v1", 5.0)
        for r in (10.0, 500.0, 2000.0)
    ]
    + [
        ("i1 0 a 0\n" + TUNNEL.format(k=1, a="a", b="0"), "i1", 3e-3),
        ("v1 in 0 0\nr1 in a 1k\nn1 a 0 pf\n.model pf poole_frenkel\n", "v1", 5.0),
        ("v1 in 0 0\nr1 in a 1k\nn1 a 0 f\n.model f fold\n", "v1", 5.0),
        (INVERTERS, "vin", 3.0),
        ("v1 in 0 0\nr1 in n 1k\nr2 n o 2k\ne1 o 0 0 n 1e6\nd1 o 0 d\n.model d d\n", "v1", 3.0),
        ("v1 in 0 0\nr1 in b 1k\nvc vc 0 5\nrc vc c 1k\nq1 c b 0 q\n.model q npn\n", "v1", 3.0),
    ],
)
def test_sweeps_that_jump_or_are_monotone(text, source, end, back):
    """A jump lands on a branch that stays; slopes of the resistance in front decide for a single diode."""
    result, told = notes(text, source, end, 101, back)
    assert not told
    if "b1 a 0" in text and source == "v1":
        r = float(text.split("r1 in a ")[1].split()[0])
        assert np.all(slope(result["v(a)"]) + 1.0 / r > 0.0)
