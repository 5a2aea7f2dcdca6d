"""Loops with a gain above 1 end with an error that names them, with transmission lines as without."""

import pytest

from circuitnn import AnalysisError, Circuit

DECK = """loop
V1 in 0 pulse(0 1 0 10p 10p 1n 10n)
R1 in a 50
{line}
{load}
{amplifier}
R3 c a 50
.tran 0.1n {stop}
.end
"""
LINE = "T1 a 0 b 0 z0=50 td=1n"


@pytest.mark.parametrize(
    ("load", "amplifier"),
    [
        ("R2 b 0 1meg", "B1 c 0 v=sinh(3*v(b))"),
        ("R2 b 0 1meg", "B1 c 0 v=exp(v(b))-1"),
        ("R2 b 0 1meg", "G1 0 a b 0 0.1\nR4 c 0 50"),
        ("C2 b 0 1p", "G1 0 b b 0 0.05\nR4 c 0 50"),
    ],
)
def test_a_loop_that_diverges_is_named(load, amplifier):
    """Edges ever steeper come back from the line, and ever shorter steps followed them without an end."""
    deck = DECK.format(line=LINE, load=load, amplifier=amplifier, stop="10u")
    with pytest.raises(AnalysisError, match=r"tran at t = .* diverges: v\(.*\) is at .*through t1") as told:
        Circuit.from_text(deck).run()
    assert len(told.value.result) > 1000  # the points so far are kept


def test_a_loop_below_1_settles():
    """At rest the line is a wire: v(b) is that of the conductances at the node."""
    amplifier = "G1 0 a b 0 0.01\nR4 c 0 50"
    deck = DECK.format(line=LINE, load="R2 b 0 1meg", amplifier=amplifier, stop="200n")
    out = Circuit.from_text(deck.replace("pulse(0 1 0 10p 10p 1n 10n)", "pwl(0 0 10p 1)")).run()[0]
    conductance = 1 / 50 + 1e-6 + 1 / 100 - 0.01
    assert out["v(b)"][-1] == pytest.approx((1 / 50) / conductance, rel=1e-3)
