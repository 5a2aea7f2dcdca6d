"""Harmonic balance: agrees with shooting, which shares no step with it, directly and by GMRES."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from circuitnn import Circuit, load
from circuitnn.errors import AnalysisError
from circuitnn.periodic import balance

DECKS = Path(__file__).resolve().parents[2] / "netlists"
VDP = "van der Pol\nC1 x 0 1\nL1 x 0 1\nB1 x 0 I=V(x)*V(x)*V(x)/3-V(x)\n.ic v(x)=2\n.end\n"
DRIVEN = """driven
v1 a 0 sin(0 0.5 100k)
r1 a b 50
d1 b 0 dm
c1 b 0 1n
l1 b c 10u
r2 c 0 1k
.model dm d(cjo=100p is=1e-8)
.end
"""


@pytest.mark.parametrize("direct", [600, 0])
def test_van_der_pol(direct, monkeypatch):
    monkeypatch.setattr(balance, "DIRECT", direct)
    found = Circuit.from_text(VDP).pss(tstab=60, uic=True, tolerance=1e-9, method="hb")
    assert found.period() == pytest.approx(6.663286859323, rel=1e-11)
    assert found.multipliers[0] == pytest.approx(1.0, abs=1e-6)


CASES = [
    (VDP, {"tstab": 60, "uic": True}),
    ((DECKS / "oscillator/nbo2_pearson_anson.cir"), {"tstab": 0.3e-6, "uic": True}),
    (DRIVEN, {"frequency": 1e5}),
]


@pytest.mark.parametrize(("deck", "asked"), CASES)
def test_it_agrees_with_shooting(deck, asked):
    circuit = load(deck) if isinstance(deck, Path) else Circuit.from_text(deck)
    one, other = (circuit.pss(**asked, tolerance=1e-7, method=method) for method in ("shooting", "hb"))
    assert one.period() == pytest.approx(other.period(), rel=1e-8)
    turn = np.ones(len(one.spectrum))
    if (
        "frequency" not in asked
    ):  # an oscillator's phase begins where each of them sees the middle of its range
        swing = max(one.spectrum.names[1:], key=lambda n: abs(one.spectrum.array(n)[1]))
        angle = np.angle(one.spectrum.array(swing)[1] / other.spectrum.array(swing)[1])
        turn = np.exp(1j * angle * np.arange(len(turn)))
        assert abs(angle) < 1e-2
    for name in one.spectrum.names[1:]:
        a, b = one.spectrum.array(name), turn * other.spectrum.array(name)
        assert a == pytest.approx(b, abs=3e-5 * np.abs(a).max() + 1e-12), name


def test_switches_are_refused():
    with pytest.raises(AnalysisError, match="use method=shooting"):
        load(DECKS / "oscillator/vo2_switch.cir").pss(tstab=20e-6, uic=True, method="hb")


def test_transistor_that_conducts_in_pulses():
    """Full Newton steps end at exponentials of volts here: they are shortened."""
    circuit = Circuit.from_text(
        "Colpitts\nvcc vcc 0 5\nl1 vcc c 10u\nc1 c e 1n\nc2 e 0 1n\nq1 c b e qn\nvb b 0 2.5\nre e 0 1k\n"
        ".model qn npn is=1e-15 bf=150 vaf=80 cje=5p cjc=3p tf=0.4n rb=20\n.end\n"
    )
    by_steps = circuit.pss(tstab="60u", uic=True)
    by_harmonics = circuit.pss(tstab="60u", uic=True, method="hb", tolerance=1e-2)
    assert by_harmonics.frequency == pytest.approx(by_steps.frequency, rel=1e-5)
    assert by_harmonics.multipliers[1] == pytest.approx(by_steps.multipliers[1], rel=1e-3)
