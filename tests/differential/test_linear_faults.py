"""What random linear circuits have found, each alone."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, NetlistError


def circuit(*lines):
    return Circuit.from_text("\n".join(["found", *lines, ".end", ""]))


def test_small_pivots_cost_no_digits():
    """v(n2) is that of n5, which the inductor shorts to it, beside a node at 2.7 MV."""
    lines = """r23 n3 n2 40/r11 0 n1 3.43meg/r17 n2 n4 30/r2 n2 n1 7meg m=3/i10 0 n3 -50m/v18 n1 n4 -55.7/r9 n1 n5 7.35
    i14 n3 n5 -40/h21 n2 n6 poly(3) v18 v12 v12 8 78.9k 8.55 4.62meg/i13 n3 n1 -90m/r1 n1 0 45k/r6 n6 n5 92.8k
    g24 0 n2 poly(2) n6 n2 n2 n3 0.466 -9.54m -0.38/r4 n4 n3 42.1k/r5 n5 n2 98.7 m=3/v12 n5 0 -10
    g15 n5 n3 poly(2) n6 n2 0 n1 72.2 0.8m -0.713 m=2/g19 n3 0 n6 n2 -7m/r3 n3 n1 131/r22 n6 n3 811
    b16 n5 n4 i=59.5*i(v12)+711/r7 n3 0 8meg m=3/r20 n4 n3 200/l8 n2 n5 0.455"""
    assert circuit(*lines.replace("\n", "/").split("/")).op()["v(n2)"] == pytest.approx(-10.0, abs=1e-14)


@pytest.mark.parametrize("z0", ["1m", "50", "400meg"])
def test_a_line_at_rest_knows_nothing_of_its_impedance(z0):
    lines = ["i1 0 a 1u", "r1 a 0 1g", f"t1 a 0 b 0 z0={z0} td=1n", "r2 b 0 1g"]
    result = circuit(*lines).op()
    assert result["v(a)"] == result["v(b)"] == pytest.approx(500.0, rel=1e-15)


def test_a_line_at_low_frequencies():
    """Two wires, far below the quarter wave."""
    lines = ["i1 0 a ac 1u", "r1 a 0 1g", "t1 a 0 b 0 z0=1meg td=1n", "r2 b 0 1g"]
    result = circuit(*lines).ac(1e-6)
    assert abs(result["v(a)"] - result["v(b)"]) < 1e-12
    assert result["v(b)"][0] == pytest.approx(500.0, rel=1e-9)


@pytest.mark.parametrize(
    ("card", "target", "node", "per_value"),
    [
        ("r2 a 0 1k m=4 tc1=10m dtemp=10", "r2", "v(a)", 1.1 / 4.0),
        ("i2 0 b 1 m=3", "i2", "v(b)", 3.0),
    ],
)
def test_what_is_swept_is_each_of_several_in_parallel(card, target, node, per_value):
    """Sweeps, `altered` and `.step` set the number on the card, of which m= makes copies."""
    lines = ["i1 0 a 1", "rb b 0 1", card]
    made = circuit(*lines, "rc c 0 1" if target == "i2" else "", "ra a 0 1g" if target == "i2" else "")
    swept = made.dc(target, 1, 3, 1)
    assert swept[node] == pytest.approx(per_value * np.array([1.0, 2.0, 3.0]), rel=1e-12)
    assert made.altered({(target, ""): 2.0}).op()[node] == pytest.approx(2.0 * per_value, rel=1e-12)
    (first, second) = circuit(
        *lines, "ra a 0 1g" if target == "i2" else "", f".step {target} list 1 2", ".op"
    ).run()
    assert second[node] == pytest.approx(2.0 * first[node], rel=1e-9)
    slope = made.sens(node[2:-1])[target]
    assert slope == pytest.approx(per_value, rel=1e-12)


def test_copies_in_parallel_can_be_altered():
    made = circuit("i1 0 a 1", "r2 a 0 1k m=4")
    text = "\n".join(["m", "i1 0 a 1", "r2 a 0 1k m=4", "r3 b 0 1k", "i3 0 b 1"])
    assert made.op()["v(a)"] == pytest.approx(250.0)
    changed = Circuit.from_text(text).altered({("r2", "m"): 2.0, ("i3", "m"): 3.0}).op()
    assert changed["v(a)"] == pytest.approx(500.0)
    assert changed["v(b)"] == pytest.approx(3000.0)


def test_sensitivities_of_nothing_are_refused():
    with pytest.raises(AnalysisError, match="no value"):
        circuit("g1 0 a cur='1'", "g2 a 0 cur='v(a)'").sens("a")


def test_by_the_magnitude_on_the_card_of_several_in_parallel():
    """Of a current source with m=3, it was that of one copy."""
    lines = ["i1 0 a ac 2 m=3", "r1 a 0 1k"]
    result = circuit(*lines).sens("a", 1e3)
    assert result["i1_acmag"][0] == pytest.approx(3000.0, rel=1e-12)


def test_a_node_inside_of_an_instance_is_one_node():
    """At the top level, x0.w was a second node of the same name."""
    lines = [".subckt q a", "r1 a w 1k", "r2 w 0 1k", ".ends", "v1 a 0 1", "x0 a q", "r5 x0.w 0 1k"]
    result = circuit(*lines).op()
    assert result.names == ("v(a)", "v(x0.w)", "i(v1)")
    assert result["v(x0.w)"] == pytest.approx(1.0 / 3.0, rel=1e-12)


@pytest.mark.parametrize("card", ["v.x0.v1 e 0 5", "r.x0.r2 e 0 1k"])
def test_an_element_named_as_one_inside_of_an_instance_is_an_error(card):
    """Of two elements of one name, results had one; sources led to a singular matrix."""
    lines = [".subckt q a", "v1 a w 1", "r2 w 0 1k", ".ends", "r9 c 0 1k", "x0 c q", card, "r1 e 0 1k"]
    with pytest.raises(NetlistError, match=rf":8:.*named '{card.split()[0]}', too"):
        circuit(*lines).op()
