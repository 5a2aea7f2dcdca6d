"""Sizes of MOSFETs: of the element, of its model card, or usual; multiplied by option scale where they are given."""

import pytest

from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

CARDS = (
    "level=1 vto=0.4 kp=1m w=20u l=1u",
    "level=2 vto=0.4 w=20u l=1u",
    "level=6 vto=0.4 w=20u l=1u",
    "level=8 vth0=0.4",
    "level=8 vth0=0.4 w=20u l=1u",
    "level=49 vth0=0.4 w=20u",
    "level=14 vth0=0.4 w=20u l=1u",
    "level=54 vth0=0.4 l=0.5u",
)
INSTANCES = ("", "w=5u", "l=2u m=2", "w=5u l=1u ad=10p pd=10u")


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("card", CARDS)
@pytest.mark.filterwarnings("ignore::circuitnn.DeckWarning")
def test_sizes_of_cards_and_elements(card, scale, tmp_path):
    devices = [f"vd{k} d{k} 0 1\nm{k} d{k} g 0 0 nm {instance}" for k, instance in enumerate(INSTANCES)]
    deck = "\n".join(
        [
            "sizes",
            "vg g 0 1",
            *devices,
            f".model nm nmos {card}",
            f".options scale={scale}",
            ".op",
            ".end",
            "",
        ]
    )
    ours, theirs = both(deck, tmp_path)
    for k in range(len(INSTANCES)):
        assert ours[f"i(vd{k})"] == pytest.approx(theirs[f"i(vd{k})"], rel=1e-4)
