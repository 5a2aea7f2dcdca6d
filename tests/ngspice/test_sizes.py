"""Sizes of MOSFETs: of the element, of its model card, or usual; multiplied by option scale where they are given."""

import pytest

from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

CARDS = (
    "level=1 vto=0.4 kp=1m w=20u l=1u ld=0.1u",
    "level=2 vto=0.4 w=20u l=1u ld=0.1u",
    "level=3 vto=0.4 w=20u l=1u ld=0.1u",
    "level=4 vfb=-1 phi=0.7 k1=0.5 tox=0.02 dl=0.2",
    "level=5 vbb=-5 dl=0.2",
    "level=6 vto=0.4 w=20u l=1u ld=0.1u",
    "level=9 vto=0.4 w=20u l=1u nsub=1e16 xj=0.5u",
    "level=8 vth0=0.4",
    "level=8 vth0=0.4 w=20u l=1u",
    "level=49 vth0=0.4 w=20u",
    "level=14 vth0=0.4 w=20u l=1u",
    "level=54 vth0=0.4 l=0.5u",
)
INSTANCES = ("", "w=5u", "l=2u m=2", "w=5u l=1u ad=10p pd=10u")


@pytest.mark.parametrize("options", ["scale=1", "scale=2", "scale=2 defl=3u defw=7u"])
@pytest.mark.parametrize("card", CARDS)
@pytest.mark.filterwarnings("ignore::circuitnn.DeckWarning")
def test_sizes_of_cards_and_elements(card, options, tmp_path):
    devices = [f"vd{k} d{k} 0 1\nm{k} d{k} g 0 0 nm {instance}" for k, instance in enumerate(INSTANCES)]
    deck = "\n".join(
        [
            "sizes",
            "vg g 0 1",
            *devices,
            f".model nm nmos {card}",
            f".options {options}",
            ".op",
            ".end",
            "",
        ]
    )
    ours, theirs = both(deck, tmp_path)
    for k in range(len(INSTANCES)):
        assert ours[f"i(vd{k})"] == pytest.approx(theirs[f"i(vd{k})"], rel=1e-4)


PARTS = (  # cards of one device between nodes a and b, sizes in µm
    "m1 a g 0 b x l=1 w=10 ad=20 as=20 pd=24 ps=24\n.model x nmos level=1 vto=0.4 cj=1m cjsw=1n cgdo=1n",
    "m1 a g 0 b x l=1 w=10 ad=20 as=20 pd=24 ps=24\n.model x nmos level=3 vto=0.4 cj=1m cjsw=1n tox=10n ld=0.1u",
    "r1 a b x l=20 w=2\n.model x r rsh=100 narrow=0.1u",
    "r1 a b x l=20\n.model x r rsh=100 narrow=0.1u defw=2u",
    "c1 a b x l=20 w=2\n.model x c cj=1m cjsw=1n narrow=0.1u",
    "c1 a b x l=20\n.model x c cj=1m cjsw=1n defw=2u",
)


@pytest.mark.parametrize("analysis", ["op", "ac lin 1 1g 1g"])
@pytest.mark.parametrize("part", PARTS)
def test_sizes_in_micrometres(part, analysis, tmp_path):
    """Currents, conductances and capacitances of cards that give sizes in units of `scale`."""
    sources = "v1 a 0 1 ac 1\nvb b 0 -0.5\nvg g 0 1.5"
    deck = f"sizes\n{sources}\n{part}\n.options scale=1u\n.{analysis}\n.end\n"
    ours, theirs = both(deck, tmp_path)
    for name in ("i(v1)", "i(vb)"):
        assert ours[name] == pytest.approx(theirs[name], rel=1e-5, abs=1e-15), name
