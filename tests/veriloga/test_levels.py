"""Modules in the place of SPICE's models: by type and level, or by the card's own word."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from circuitnn import Circuit, DeckWarning, load_models
from circuitnn.errors import NetlistError
from circuitnn.models import _registered, compact, of_any_letter
from tests.veriloga.verilog_a_modules import HEAD

PLAIN = f"""{HEAD}
module plain(a, c); inout a, c; electrical a, c; parameter real r = 1k;
  analog I(a, c) <+ V(a, c) / r;
endmodule
"""


def transistor(
    polarity: str = "parameter integer type = 1 from [-1:1] exclude 0;", sign: str = "type"
) -> str:
    """A transistor by the square law, saturated: 0.5 kp w/l (v - vto)^2."""
    return f"""{HEAD}
module mosf(d, g, s, b);
  inout d, g, s, b; electrical d, g, s, b;
  parameter real kp = 1e-4; parameter real vto = 0.5; parameter real w = 1u; parameter real l = 1u;
  {polarity}
  analog I(d, s) <+ {sign} * 0.5 * kp * w / l * pow(max({sign} * V(g, s) - vto, 0), 2);
endmodule
"""


def amperes(folder: Path, text: str, after: str, cards: str) -> float:
    """Current into the node d of a circuit at 1 V, whose gates g are at 1 V."""
    (folder / "m.va").write_text(text)
    deck = f't\n.hdl "{folder}/m.va" {after}\nvd d 0 1\nvg g 0 1\n{cards}\n.options gmin=1e-18\n.op\n.end\n'
    return -float(Circuit(deck).run()[0]["i(vd)"])


@pytest.mark.parametrize(
    ("type_", "nodes", "wanted"),
    [
        ("nmos level=72 vto=0.3", "d g 0 0", 0.5e-4 * 2 * 0.49),
        ("nmos (vto=0.3 level=72.0)", "d g 0 0", 0.5e-4 * 2 * 0.49),
        ("pmos level=72 vto=0.3", "0 0 d d", 0.5e-4 * 2 * 0.49),
        ("nmos level=72 type=-1", "d g 0 0", 0.0),  # the card's own word counts
        ("nmos level=1 vto=0 kp=2e-5", "d g 0 0", 0.5 * 2e-5 * 2),  # SPICE's
        ("nmos vto=0 kp=2e-5", "d g 0 0", 0.5 * 2e-5 * 2),
    ],
)
def test_level(type_: str, nodes: str, wanted: float, tmp_path: Path) -> None:
    """A level chooses the module, of which polarity the type says; other levels are those of SPICE."""
    cards = f"m1 {nodes} mod w=2u l=1u\n.model mod {type_}"
    found = amperes(tmp_path, transistor(), "level=72 nmos=mosf pmos=mosf", cards)
    assert math.isclose(found, wanted, rel_tol=1e-6, abs_tol=1e-12)


def test_word_of_the_card(tmp_path: Path) -> None:
    """A card may name the module itself, whatever its level."""
    cards = "m1 d g 0 0 mod w=2u l=1u\n.model mod nmos level=54 module=mosf vto=0.3"
    assert math.isclose(amperes(tmp_path, transistor(), "", cards), 0.5e-4 * 2 * 0.49, rel_tol=1e-9)


def test_other_words_for_polarities(tmp_path: Path) -> None:
    """A module that knows 1 and 0 gets 0 for p; a parameter 'level' of the module gets the card's."""
    polarity = "parameter integer devtype = 1 from [0:1]; parameter real level = 0;"
    text = transistor(polarity, "(level == 72 ? 2 * devtype - 1 : 0)")
    cards = "m1 0 0 d d mod w=2u l=1u\n.model mod pmos level=72 vto=0.3"
    found = amperes(tmp_path, text, "level=72 nmos=mosf pmos=mosf", cards)
    assert math.isclose(found, 0.5e-4 * 2 * 0.49, rel_tol=1e-9)


@pytest.mark.parametrize(("letter", "type_"), [("d", "d"), ("d", "d module=plain")])
def test_diode(letter: str, type_: str, tmp_path: Path) -> None:
    """Other letters do as well, where the terminals fit."""
    cards = f"{letter}1 d 0 mod\n.model mod {type_} level=5 r=500"
    assert math.isclose(amperes(tmp_path, PLAIN, "level=5 d=plain", cards), 2e-3, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("after", "card", "message"),
    [
        ("level=72", "nmos", "a level and the modules of types belong together"),
        ("nmos=mosf", "nmos", "a level and the modules of types belong together"),
        ("level=72 nmos=mosff", "nmos", "no module 'mosff' in this file.*mosf"),
        ("level=72 nmo=mosf", "nmos", "'nmo' is no type of a SPICE model.*nmos"),
        ("level=72 nmos=mosf 5", "nmos", "'5' is not understood here"),
        ("", "nmos module=mos", "loads no module 'mos'.*mosf"),
        ("level=72 npn=mosf", "npn level=72", "needs 4 nodes"),
        ("level=72 nmos=mosf", "nmos level=73", "level 73 of type 'nmos' is not supported"),
    ],
)
def test_faults(after: str, card: str, message: str, tmp_path: Path) -> None:
    """What does not fit is refused with a sentence."""
    device = "q1 d g 0 0 0 mod" if card.startswith("npn") else "m1 d g 0 0 mod"
    with pytest.raises(NetlistError, match=message):
        amperes(tmp_path, transistor(), after, f"{device}\n.model mod {card}")


def test_module_without_polarity(tmp_path: Path) -> None:
    """A module that cannot tell n from p cannot be both."""
    with pytest.raises(NetlistError, match=r"both .mos and .mos, but has no parameter 'type'"):
        amperes(tmp_path, transistor("", "1"), "level=72 nmos=mosf pmos=mosf", "r1 d 0 1")


def test_name_of_a_type_of_spice(tmp_path: Path) -> None:
    """A module called nmos takes the place of SPICE's cards, and says so, also if it is loaded for all decks."""
    text = transistor().replace("mosf", "nmos")
    cards = "m1 d g 0 0 mod w=2u l=1u\n.model mod nmos vto=0.3"
    with pytest.warns(DeckWarning, match="cards of the type 'nmos' stand for it"):
        assert math.isclose(amperes(tmp_path, text, "", cards), 0.5e-4 * 2 * 0.49, rel_tol=1e-9)
    try:
        with pytest.warns(DeckWarning, match="'nmos' is the module of"):
            load_models(tmp_path / "m.va")
    finally:
        _registered.pop("nmos", None)
        compact.cache_clear()
        of_any_letter.cache_clear()


BINS = """m1 d g 0 0 mod w={} l=1u
.model mod.1 nmos level=72 vto=0.3 lmin=0.5u lmax=2u wmin=0.1u wmax=1.5u
.model mod.2 nmos level=72 vto=0.4 lmin=0.5u lmax=2u wmin=1.5u wmax=5u
"""


@pytest.mark.parametrize(("width", "wanted"), [("1u", 0.5e-4 * 0.49), ("2u", 1e-4 * 0.36)])
def test_bins(width: str, wanted: float, tmp_path: Path) -> None:
    """Cards for ranges of sizes choose by the module's own w and l."""
    found = amperes(tmp_path, transistor(), "level=72 nmos=mosf pmos=mosf", BINS.format(width))
    assert math.isclose(found, wanted, rel_tol=1e-6)


def test_outside_of_bins(tmp_path: Path) -> None:
    """A size that no bin has, and a module that has no such size."""
    with pytest.raises(NetlistError, match="no bin of model 'mod' holds for l=1e-06 and w=2e-05"):
        amperes(tmp_path, transistor(), "level=72 nmos=mosf pmos=mosf", BINS.format("20u"))
    unsized = transistor().replace("parameter real w = 1u;", "").replace("w / l", "1 / l")
    with pytest.raises(NetlistError, match=r"'mod' has bins, but 'mosf.*' has no size 'w' to choose them by"):
        amperes(tmp_path, unsized, "level=72 nmos=mosf pmos=mosf", BINS.format("1u").replace(" w=1u", ""))


def test_words_of_spice_that_the_module_lacks(tmp_path: Path) -> None:
    """A warning names them; a word that no SPICE transistor has is a fault on the instance."""
    cards = "m1 d g 0 0 mod w=2u l=1u ad=1p pd=2u\n.model mod nmos level=72 vto=0.3 tox=2n version=4.5"
    with pytest.warns(DeckWarning) as told:
        found = amperes(tmp_path, transistor(), "level=72 nmos=mosf pmos=mosf", cards)
    assert math.isclose(found, 0.5e-4 * 2 * 0.49, rel_tol=1e-6)
    said = " ".join(str(each.message) for each in told)
    assert "the module of model 'mod' has no parameter tox, version: ignored" in said
    assert "the module of 'm1' has no parameter ad, pd" in said
    with pytest.warns(DeckWarning), pytest.raises(NetlistError, match="'m1' has no parameter 'foo'"):
        amperes(tmp_path, transistor(), "level=72 nmos=mosf", cards.replace("ad=1p", "foo=1"))
    with pytest.raises(NetlistError, match="model 'mod' has no parameter 'tox'"):
        amperes(tmp_path, transistor(), "", "n1 d g 0 0 mod\n.model mod mosf tox=2n")
