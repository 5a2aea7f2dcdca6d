"""Sensitivities against differences of whole analyses."""

import re

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, NetlistError

TIGHT = {"reltol": 1e-10, "abstol": 1e-18, "vntol": 1e-13}
AMPLIFIER = """amplifier
v1 in 0 dc {v1} ac 1
r1 in b {r1} tc1=1e-3
d1 b e dm area={area}
r2 e 0 {r2}
c1 b 0 {c1}
l1 b x {l1}
l2 y 0 {l2}
k1 l1 l2 {k}
r3 x 0 1k
r4 y 0 2k
e1 z 0 b e {gain}
r5 z e 10k
.model dm d(is={is} n={n} cjo={cjo} tt={tt} rs={rs})
.temp 60
.end
"""
VALUES = {
    "v1": 1.5, "r1": 1e3, "area": 2.0, "r2": 300.0, "c1": 1e-9, "l1": 1e-3, "l2": 2e-3, "k": 0.6, "gain": 3.0,
    "is": 1e-13, "n": 1.3, "cjo": 1e-11, "tt": 1e-9, "rs": 5.0,
}  # fmt: skip
NAMES = {"area": "d1_area", "k": "k1", "gain": "e1_gain"} | {
    n: f"d1:{n}" for n in ("is", "n", "cjo", "tt", "rs")
}


def built(**changed):
    return Circuit.from_text(AMPLIFIER.format(**{**VALUES, **changed}))


def difference(name, measure):
    """Central difference of a whole analysis."""
    step = VALUES[name] * 1e-4
    return (measure(built(**{name: VALUES[name] + step})) - measure(built(**{name: VALUES[name] - step}))) / (
        2 * step
    )


def test_operating_point():
    found = built().sens("e", **TIGHT)
    for name in ("v1", "r1", "r2", "area", "gain", "is", "n", "rs"):
        expected = difference(name, lambda c: c.op(**TIGHT)["v(e)"])
        assert found[NAMES.get(name, name)] == pytest.approx(expected, rel=2e-6), name
    current = built().sens("i(v1)", **TIGHT)
    assert current["r1"] == pytest.approx(difference("r1", lambda c: c.op(**TIGHT)["i(v1)"]), rel=2e-6)


@pytest.mark.parametrize("name", sorted(VALUES))
def test_phasors_with_the_operating_point_moving(name):
    found = built().sens("e", 1e4, 1e6, 1, **TIGHT)
    expected = difference(name, lambda c: c.ac(1e4, 1e6, 1, **TIGHT)["v(e)"])
    ours = found[NAMES.get(name, name)]
    assert np.abs(ours - expected).max() < 3e-6 * np.abs(expected).max(), name


def test_states_that_are_held_move_with_their_initial_values():
    """A memristor's resistance follows x0: out = 1/(1 + r(x0)/1k)."""
    text = "m\nv1 in 0 1\nn1 in out mm x0={x}\nr1 out 0 1k\n.model mm drift(ron=100 roff=16k)\n.end\n"
    found = Circuit.from_text(text.format(x=0.4)).sens("out", **TIGHT)
    up, down = (Circuit.from_text(text.format(x=x)).op(**TIGHT)["v(out)"] for x in (0.401, 0.399))
    name = next(n for n in found.names if re.fullmatch(r"n1[:_]x0", n))
    assert found[name] == pytest.approx((up - down) / 0.002, rel=1e-4)


def test_divider():
    """v·r2/(r1+r2)"""
    found = Circuit("d").V("1", "in", "0", 9).R("1", "in", "out", 1e3).R("2", "out", "0", 2e3).sens("out")
    assert {name for name in found.names if np.any(found[name])} == {
        *("v1", "r1", "r2"),
        *(f"{r}_{number}" for r in ("r1", "r2") for number in ("m", "scale")),
    }
    assert found["v1"] == pytest.approx(2 / 3)
    assert found["r1"] == pytest.approx(-9 * 2e3 / 9e6)
    assert found["r2"] == pytest.approx(9 * 1e3 / 9e6)
    assert found["r2_scale"] == pytest.approx(2e3 * found["r2"]) == pytest.approx(-found["r2_m"])


def test_faults():
    deck = "t\nv1 a 0 1\nr1 a 0 1k\n{}\n.end\n"
    for card in (".sens", ".sens v(a) ac dec 10", ".sens v(a) tran"):
        with pytest.raises(NetlistError, match=r"deck:4.*'.sens' takes"):
            _ = Circuit.from_text(deck.format(card)).flat
    with pytest.raises(AnalysisError, match="no source has an ac value"):
        Circuit.from_text(deck.format(".sens v(a) ac lin 1 1 1")).run()
