"""Ports of bridges: differences and currents, inverted nets, outputs that cannot move; against ngspice."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")
DECK = """bridges
v1 a 0 pulse({} 1n 1n 1n 10n 20n)
ra a y 1
f1 0 z v1 1
rz z 0 1
{}
.model adc adc_bridge(in_low=1 in_high=2 rise_delay=1p fall_delay=1p)
.model dac dac_bridge(out_low=0 out_high=3)
.model buf d_buffer
ro o 0 1k
ry y 0 1m
.tran 0.05n 35n 0 0.05n
.end
"""
# Before its first edge, while the input is up, after it, and at its next turn.
AT = np.array([0.0, 0.9, 8.0, 18.0, 28.0]) * 1e-9


@needs_ngspice
@pytest.mark.parametrize(
    "cards",
    [
        "a1 %vd([a y]) [d] adc\na3 [d] %vd([0 o]) dac",
        "a1 [%vd(a y)] [d] adc\na3 [d] [%vd(o 0)] dac",
        "a1 %v([a]) [d] adc\na3 [d] %i([o]) dac",
        "a1 %id([a y]) [d] adc\na3 %d([d]) %id([0 o]) dac",
        "a1 %vnam([v1]) [d] adc\na3 [d] [o] dac",
        "a1 %i([z]) [d] adc\na3 [d] [o] dac",
        "a1 [a] [~d] adc\na3 [d] [o] dac",
        "a1 [a] [d] adc\na3 [~d] [o] dac",
        "a1 [a] [d] adc\na2 d ~e buf\na3 [e] [o] dac",
        "a1 [a] [~d] adc\na2 ~d ~e buf\na3 [~e] [o] dac",
    ],
)
@pytest.mark.parametrize("levels", ["0 3", "0 -3"])
def test_ports(levels, cards, tmp_path):
    ours, theirs = both(DECK.format(levels, cards), tmp_path)
    mine, other = (np.interp(AT, each["time"], each["v(o)"]) for each in (ours, theirs))
    np.testing.assert_allclose(mine, other, atol=1e-6 * max(np.max(np.abs(other)), 1.0))


def test_inverted_outputs_at_rest():
    """Also where nothing has driven them yet."""
    found = Circuit.from_text("n\nv1 a 0 0\na1 a ~d buf\n.model buf d_buffer\n").op()
    assert found.logic["d"].words == ("1s",) or list(found.logic["d"].words) == ["1s"]


def test_what_cannot_move():
    cards = "a1 [a] [d] adc\na3 [d d] [0 o] dac"
    with pytest.warns(DeckWarning, match="'a3:0' drives '0', which cannot move"):
        (found,) = Circuit.from_text(DECK.format("0 3", cards)).run()
    assert found["v(o)"].max() == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ("a1 %gd([a y]) [d] adc", "port 'in' is no %gd"),
        ("a1 [a] %vd([d e]) adc", "port 'out' is no %vd"),
        ("a1 [d] %vnam([v1]) dac", "port 'out' is no %vnam"),
        ("a1 %vd([a]) [d] adc", "%vd takes two nodes"),
        ("a1 [~a] [d] adc", "only digital signals can be inverted"),
    ],
)
def test_refused_with_the_reason(cards, message):
    with pytest.raises(NetlistError, match=message):
        Circuit.from_text(DECK.format("0 3", cards)).op()


def test_a_high_level_below_the_low_one():
    """As ngspice 44, which asks for the low one first: a single threshold; delays and half a ramp come on top."""
    deck = """swapped
v1 a 0 pwl(0 0 10u 3 20u 0)
a1 [a] [d] adc
a2 [d] [o] dac
.model adc adc_bridge(in_low=1.7 in_high=0.9)
.model dac dac_bridge(out_low=0 out_high=5)
ro o 0 1k
.tran 0.2u 20u
.meas tran rise when v(o)=2.5 rise=1
.meas tran fall when v(o)=2.5 fall=1
.end
"""
    found = Circuit.from_text(deck).run()[0]
    assert found.measures["rise"] == pytest.approx(1.7 / 0.3e6 + 1.5e-9, rel=1e-9)
    assert found.measures["fall"] == pytest.approx(20e-6 - 1.7 / 0.3e6 + 1.5e-9, rel=1e-9)
    assert any("a1: in_high = 0.9 V counts as in_low = 1.7 V" in note for note in found.statistics.notes)
