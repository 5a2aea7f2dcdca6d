"""Resistances of .tf are slopes with their signs: those that fall with voltage are negative."""

import pytest

from circuitnn import Circuit

# i1 and the source see r1 in series with g, and from c on r2
CARDS = "t\nv1 a 0 2\ni1 0 c 0\nr1 a b 1k\ng1 b c b c {g}\nr2 c 0 2k\nvx c d 0\nrx d 0 2k\n"


@pytest.mark.parametrize("g", [1e-3, -0.1e-3, -0.6e-3, -3e-3])
def test_resistances_of_ports(g):
    circuit = Circuit.from_text(CARDS.format(g=g))
    inner = 1e3 + 1.0 / g  # from a to c
    at_c = 1.0 / (1.0 / inner + 1e-3)
    expected = {
        ("c", "v1"): {"v1#input_impedance": inner + 1e3, "output_impedance_at_v(c)": at_c},
        ("c", "i1"): {"i1#input_impedance": at_c, "output_impedance_at_v(c)": at_c},
        ("i(vx)", "v1"): {"vx#output_impedance": 2e3 + 1.0 / (1.0 / inner + 0.5e-3)},
    }
    for (output, source), values in expected.items():
        found = circuit.tf(output, source)
        for name, value in values.items():
            assert float(found[name]) == pytest.approx(value, rel=1e-9), name


def test_a_falling_characteristic():
    """A resistor that grows with its voltage: by differences of operating points."""
    text = "t\nv1 a 0 {v}\nr1 a b 1k\nr2 b 0 r='1k*(1+v(b)^2)'\n"
    found = Circuit.from_text(text.format(v=6)).tf("b", "v1")["v1#input_impedance"]
    low, high = (float(Circuit.from_text(text.format(v=v)).op(reltol=1e-12)["i(v1)"]) for v in (5.999, 6.001))
    slope = 2e-3 / (low - high)
    assert slope < 0.0
    assert float(found) == pytest.approx(slope, rel=1e-4)
