"""Stored charges that end within a step, and huge ones that rest: no voltage or current that nothing can give."""

import numpy as np
import pytest

from circuitnn import Circuit

SUPPLY = 5.0


def run(deck, card, method):
    return Circuit.from_text(f"t\n{deck}\n.options method={method}\n{card}\n.end\n").run()[0]


@pytest.mark.parametrize("method", ["trap", "gear"])
@pytest.mark.parametrize("junctions", ["", " cjc=1f cje=1f"])
@pytest.mark.parametrize(
    ("tr", "rc", "tstep"), [("1n", "100k", "1n"), ("1n", "1k", "100n"), ("10n", "100k", "100n")]
)
def test_saturated_switch(method, junctions, tr, rc, tstep):
    """The collector stays between the supplies, 1 fF beside the charge of tr; 8.7 V and -1.1 V else."""
    deck = f"""vcc c 0 {SUPPLY}
rc c o {rc}
cl o 0 1f
q1 o b 0 m
vin i 0 pulse(0 5 10n 1n 1n 200n 400n)
rb i b 10k
.model m npn(is=1e-15 bf=100 br=2 tr={tr}{junctions})"""
    r = run(deck, f".tran {tstep} 2u", method)
    assert r["v(o)"].max() < 1.06 * SUPPLY
    assert r["v(b)"].min() > -0.1


@pytest.mark.parametrize("method", ["trap", "gear", "be", "trbdf2", "blend"])
@pytest.mark.parametrize(
    ("deck", "current"),
    [("c1 a 0 10", 0.0), ("c1 a b 10\nc2 b 0 10\nr2 b 0 1k", 0.0), ("c1 a 0 10\nr1 a 0 1k", -7e-4)],
)
@pytest.mark.parametrize("card", [".tran 1p 1n", ".tran 1p 1n 0 1p"])
def test_huge_charges_at_rest(method, deck, current, card):
    """10 F at steps of 1 ps: a last bit of the charge would be a current of mA."""
    r = run(f"v1 a 0 0.7\n{deck}\nv2 x 0 pulse(0 1 100p 1p 1p 200p 500p)\nrx x 0 1", card, method)
    assert r["i(v1)"] == pytest.approx(np.full(len(r.time), current), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("method", ["trap", "blend"])
def test_lossless_resonator_keeps_its_energy(method):
    """A thousand periods of 99 steps each."""
    period = 2e-6 * np.pi
    deck = "c1 a 0 1n ic=1\nl1 a 0 1m"
    r = Circuit.from_text(f"t\n{deck}\n.end\n").tran(1000 * period, period / 99, uic=True, method=method)
    late = r.time > 990 * period
    energy = (1e-9 * r["v(a)"] ** 2 + 1e-3 * r["i(l1)"] ** 2)[late] / 1e-9
    assert energy == pytest.approx(np.ones(late.sum()), abs=1e-3)
