"""Sensitivities, value by value, beside ngspice's."""

import pytest

import circuitnn
from validation.cases import SWITCHES, UNSEEN
from validation.decks import NETLISTS
from validation.ngspice import available, run_batch

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
LINEAR = """linear
v1 in 0 dc 1 ac 2 30
r1 in a 1k
c1 a 0 1n
l1 a out 1m
e1 x 0 a 0 2
r2 x out 3k
r3 out 0 500
g1 out 0 a in 1m
{card}
.end
"""


def of_ngspice(path):
    """Values by name."""
    return [{n: r.data[:, k] for k, n in enumerate(r.names)} for r in run_batch(path).plots]


def compared(ours, theirs):
    """Values that both have; all of ours that count must be among them."""
    names = [n for n in ours.names if n in theirs and not n.endswith(SWITCHES + UNSEEN)]
    assert {n for n in ours.names if n[0] in "rv" and ":" not in n and not n.endswith(UNSEEN)} <= set(names)
    for name in names:
        scale = abs(theirs[name]).max()
        assert ours.array(name) == pytest.approx(theirs[name], rel=2e-5, abs=1e-9 * scale + 1e-15), name
    return set(names)


def test_operating_point():
    deck = NETLISTS / "basics" / "sensitivity.cir"
    results = circuitnn.load(deck).run()
    found = [compared(ours, theirs) for ours, theirs in zip(results, of_ngspice(deck), strict=True)]
    assert {
        "r1",
        "v1",
        "i2",
        "e1_gain",
        "f1_gain",
        "g1_gain",
        "d1:is",
        "d1:n",
        "d1:eg",
        "d1_area",
        "d1_temp",
    } <= found[0]


@pytest.mark.parametrize("at", ["1k", "100k"])
def test_phasors(tmp_path, at):
    """Of linear circuits at one frequency: ngspice has devices without bias, and 0 at all frequencies but the first."""
    deck = tmp_path / "linear.cir"
    deck.write_text(LINEAR.format(card=f".sens v(out) ac lin 1 {at} {at}"))
    (ours,), (theirs,) = circuitnn.load(deck).run(), of_ngspice(deck)
    assert {"c1", "l1", "v1_acmag", "v1_acphase", "g1_gain"} <= compared(ours, theirs)
