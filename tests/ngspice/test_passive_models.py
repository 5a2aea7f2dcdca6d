"""Models of resistors, capacitors and inductors: sheets, layers and coils, by all names that ngspice has for them."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

CASES = (
    ("r", "rsh=100 dw=0.1u", "w=2u l=20u"),
    ("r", "rsh=100 dw=0.1u narrow=0.2u", "w=2u l=20u"),
    ("r", "rsh=100 dlr=1u", "w=2u l=20u"),
    ("r", "rsh=100 tc1r=0.01 tc2r=1e-4", "w=2u l=20u temp=50"),
    ("r", "rsh=100", "resistance=50"),
    ("r", "rsh=100", "w=2u noise=0"),
    ("c", "cj=1e-3 del=1u", "w=20u l=20u"),
    ("c", "cj=1e-3 del=1u short=3u", "w=20u l=20u"),
    ("c", "cox=2e-3 capsw=1e-9", "w=20u l=20u"),
    ("c", "di=7.5 thick=1e-7", "w=20u l=20u"),
    ("c", "thick=1e-7 cjsw=1e-10", "w=20u l=20u"),
    ("c", "cj=1e-3 thick=1e-7", "w=20u l=20u"),
    ("c", "cj=1e-3 w=7u", "l=20u"),
    ("c", "cj=1e-3", "w=20u l=20u cap=3p"),
    ("c", "cj=1e-3", "capacitance=3p"),
    ("l", "csect=1e-4 length=0.1 nt=100 mu=50", ""),
    ("l", "csect=1e-4 length=0.1", "nt=10"),
    ("l", "dia=0.01 csect=1e-4 length=0.1 nt=100", ""),
    ("l", "dia=0.01 length=0.001 nt=100", "m=2"),
    ("l", "dia=0.01 length=0.01 nt=100", ""),
    ("l", "ind=1m csect=1e-4 length=0.1 nt=100", ""),
    ("l", "ind=1m csect=1e-4 length=0.1", "nt=10"),
    ("l", "ind=2m", "inductance=3m"),
)


@pytest.mark.parametrize(("letter", "card", "element"), CASES)
def test_values_by_models(letter, card, element, tmp_path):
    """The current that a voltage drives through each, behind 1 Ω, over frequency; its noise."""
    deck = (
        f"t\nv1 a 0 0 ac 1\nr2 a b 1\n{letter}1 b 0 mod {element}\n.model mod {letter} {card}\n"
        ".options temp=40\n.ac dec 1 1k 1g\n.end\n"
    )
    ours, theirs = both(deck, tmp_path)
    assert ours["i(v1)"] == pytest.approx(theirs["i(v1)"], rel=1e-6)


def test_a_resistor_without_width_is_open():
    deck = "t\nv1 a 0 1\nr1 a b mod l=10u w=2u\nr2 b 0 1k\n.model mod r rsh=100 narrow=1u\n.op\n.sens v(b)\n.end\n"
    with pytest.warns(DeckWarning, match=r":3: 'r1': nothing is left of its width .*: it counts as open"):
        point, sensitivities = Circuit.from_text(deck).run()
    assert point["v(b)"] < 1e-20  # ngspice: 0
    assert np.all(np.isfinite(sensitivities.data)) and sensitivities["r1:narrow"] == 0.0


@pytest.mark.parametrize(
    ("card", "width"),
    [
        ("cj=1e-3 cjsw=1e-9", "w=10u"),
        ("cj=1e-3 cjsw=1e-9 defw=3u", ""),
        ("cj=1e-3 cjsw=1e-9 short=1u narrow=2u", "w=10u"),
        ("cj=1e-3 cjsw=1e-9 del=0.1u", "w=5u"),
        ("thick=1u cjsw=2e-9", "w=5u"),
        ("cjsw=1e-9", "w=5u"),
        ("", ""),
    ],
)
def test_capacitors_without_a_length(card, width, tmp_path):
    """Neither option `defl` nor the model gives one."""
    deck = (
        f"t\nv1 a 0 0 ac 1\nr2 a b 1\nc1 b 0 mod {width}\n.model mod c {card}\n.options defl=7u\n"
        ".ac dec 1 1meg 1g\n.end\n"
    )
    with pytest.warns(DeckWarning, match="'c1' gives no length"):
        ours, theirs = both(deck, tmp_path)
    assert ours["i(v1)"] == pytest.approx(theirs["i(v1)"], rel=1e-6, abs=1e-30)


@pytest.mark.filterwarnings("error")
def test_turns_without_a_coil_have_no_effect(tmp_path):
    deck = "t\nv1 a 0 0 ac 1\nr2 a b 1\nl1 b 0 mod nt=3\n.model mod l ind=1m\n.ac lin 1 1k 1k\n.end\n"
    with pytest.warns(UserWarning, match="'nt' of 'l1' has no effect: its inductance is given"):
        both(deck, tmp_path)
