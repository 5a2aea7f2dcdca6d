"""BSIM3SOI PD against ngspice's: currents, small signals, noise, heat, floating bodies; where ngspice has faults.

ngspice 44 takes the sixth of seven nodes for the thermal one and the last for the body: `transistors` swaps them.
"""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.contract import ngspice_run
from circuitnn.errors import DeckWarning, NetlistError
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

OPTIONS = ".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-18"
CHANNEL = """vth0=0.5 k1=0.6 k2=0.01 tox=6n tsi=8e-8 nch=4e17 keta=-0.05 ketas=0.1 k1w1=1e-7 k3=1
+ dvt2=-0.05 rdsw=200 prwg=0.05 prwb=0.05"""
HOT = """alpha0=0.01 beta0=0.05 beta1=0.05 lii=1e-8 sii2=0.05 siid=0.05 tii=0.2 fbjtii=0.3 agidl=1e-9
+ bgidl=1e9 ngidl=0.8"""
BODY = """isdif=1e-4 isrec=1e-2 istun=1e-4 vrec0=1 vtun0=1.5 ntrecf=0.1 xdif=1.1 xrec=1.2 xtun=1 isbjt=1e-5
+ xbjt=1.1 ahli=1e-9 nbjt=0.8"""
CHARGES = """cgso=2e-10 cgdo=3e-10 cgsl=1e-10 cgdl=1e-10 cgeo=1e-10 cjswg=5e-10 tcjswg=1e-3 tt=1e-11
+ fbody=0.9 dlcb=1e-8 clc=1e-8 cle=0.5"""
GATE = "tox=2n igmod=1 ngate=8e19"
CARDS = {
    "default": "nmos level=57",
    "whole": f"nmos level=57 {CHANNEL}\n+ {HOT}\n+ {BODY}\n+ {CHARGES}",
    "p": f"pmos level=57 {CHANNEL.replace('vth0=', 'vth0=-')}\n+ {HOT}\n+ {BODY}\n+ {CHARGES} nsub=-1e15",
    "fields": f"nmos level=57 mobmod=2 {CHANNEL}\n+ {BODY} a1=0.05 a2=0.9 ags=0.2 b0=1e-7 pdiblcb=0.1 pvag=0.5",
    "tunnels": f"nmos level=57 mobmod=3 {GATE} vth0=0.4 k1=0.5 k2=0\n+ {BODY} lvth0=0.01 wndiode=0.01",
}
SIZES = "l=0.35u w=3u ad=1p as=2p pd=5u ps=6u nrd=1 nrs=2 pdbcp=0.2u psbcp=0.3u agbcp=0.1p aebcp=0.2p"
TERMINALS = "dgseb"
BIASES = [
    (1.0, 1.5, 0.0, 0.0, 0.2),
    (0.05, 1.0, 0.0, 0.0, 0.0),
    (2.5, 1.0, 0.0, -1.0, -1.0),
    (1.0, 0.3, 0.0, 0.0, 0.5),
    (2.5, -0.5, 0.0, 0.0, 0.0),
    (-1.5, 0.5, 0.0, 1.0, -1.2),
    (0.1, 0.0, 0.0, 0.0, 0.7),
]


def sign_of(card):
    return -1 if card.startswith("p") else 1


def transistors(card, words, ours, driven=""):
    """Some transistors, each with sources of its own at all terminals; the body is its own contact."""
    lines = ["soi"]
    for k, bias in enumerate(BIASES):
        for node, at in zip(TERMINALS, bias, strict=True):
            small = f" ac {int(node == driven)}" if driven else ""
            lines.append(f"v{node}{k} {node}{k} 0 {at * sign_of(card)}{small}")
        rest = f"b{k} t{k}" if ours else f"t{k} b{k}"
        lines.append(f"m{k} d{k} g{k} s{k} e{k} b{k} {rest} mm {words}")
        lines.append(f"vt{k} t{k} 0 0")
    return "\n".join([*lines, f".model mm {card}", OPTIONS])


def of(results, signal, small=False):
    plot = next(r for r in results if signal in r.names and np.iscomplexobj(r[signal]) == small)
    return np.ravel(plot[signal])


def both(make, *cards):
    """Results here and of ngspice, of decks that differ in the order of nodes."""
    tail = "\n".join(["", *cards, ".end", ""])
    return Circuit.from_text(make(True) + tail).run(), ngspice_run.run(make(False) + tail, 60.0)


@pytest.mark.parametrize("temperature", [-40, 27, 100])
@pytest.mark.parametrize("name", CARDS)
def test_same_currents(name, temperature):
    """From subthreshold to strong inversion, both ways, with the body reverse and forward."""
    ours, theirs = both(lambda mine: transistors(CARDS[name], SIZES, mine), f".temp {temperature}", ".op")
    for k, bias in enumerate(BIASES):
        for node in TERMINALS:
            signal = f"i(v{node}{k})"
            assert np.allclose(of(ours, signal), of(theirs, signal), rtol=1e-4, atol=1e-16), (node, bias)
    assert np.max(np.abs(of(theirs, "i(vd0)"))) > 1e-5


@pytest.mark.parametrize("capmod", [2, 3])
@pytest.mark.parametrize("driven", TERMINALS)
@pytest.mark.parametrize("name", ["default", "whole", "p", "tunnels"])
def test_same_small_signals(name, driven, capmod):
    """Admittances at 100 MHz. ngspice scales acde anew for each transistor of a card: here it has no effect."""
    card = f"{CARDS[name]} capmod={capmod} acde=0"
    ours, theirs = both(lambda mine: transistors(card, SIZES, mine, driven), ".temp 60", ".ac lin 1 1e8 1e8")
    for k, bias in enumerate(BIASES):
        mine, other = (
            np.concatenate([of(r, f"i(v{node}{k})", small=True) for node in TERMINALS])
            for r in (ours, theirs)
        )
        assert np.allclose(mine, other, rtol=1e-3, atol=2e-4 * np.abs(other).max() + 1e-12), bias


def test_same_kink():
    """Output characteristics of a floating body: ionisation charges it, and the current rises at once."""
    deck = f"""soi
vd d 0 0
vg g 0 0.9
m1 d g 0 0 mm l=0.25u w=10u
.model mm {CARDS["whole"]}
{OPTIONS}
.dc vd 0.1 2.5 0.1
.end
"""
    ours, theirs = Circuit.from_text(deck).run()[0], ngspice_run.run(deck)[0]
    for signal in ("i(vd)", "v(m1#body)"):
        assert np.allclose(np.ravel(ours[signal]), np.ravel(theirs[signal]), rtol=1e-5), signal
    body = np.ravel(ours["v(m1#body)"])
    assert body[-1] > body[0] + 0.2


@pytest.mark.parametrize("words", ["", "rth0=0.08", "nseg=2", "m=2"])
def test_same_heat(words):
    """How much warmer transistors are that conduct forward; ngspice's channel is wrong where they are reverse."""
    card = f"{CARDS['whole']} shmod=1 rth0=0.05 cth0=1e-6 wth0=0.5u"

    def deck(mine):
        lines = ["soi"]
        for k, (drain, gate) in enumerate([(1.0, 1.5), (2.5, 1.2), (0.05, 1.0)]):
            rest = f"b{k} t{k}" if mine else f"t{k} b{k}"
            lines += [f"vd{k} d{k} 0 {drain}", f"vg{k} g{k} 0 {gate}", f"vb{k} b{k} 0 0.1"]
            lines.append(f"m{k} d{k} g{k} 0 0 b{k} {rest} mm l=0.4u w=2u {words}")
        return "\n".join([*lines, f".model mm {card}", OPTIONS])

    ours, theirs = both(deck, ".op")
    for k in range(3):
        for signal in (f"v(t{k})", f"i(vd{k})"):
            assert np.allclose(of(ours, signal), of(theirs, signal), rtol=1e-5), signal
    assert of(ours, "v(t1)") > 5.0


@pytest.mark.parametrize("rise", [-30, 40])
def test_same_currents_of_a_warm_transistor(rise):
    """Its own heat does not move the surface potential, as heat from outside does."""
    card = f"{CARDS['whole']} shmod=1 rth0=0.05"

    def warm(mine):
        lines = transistors(card, SIZES, mine).splitlines()
        return "\n".join(
            f"{line.rsplit(' ', 1)[0]} {rise}" if line.startswith("vt") else line for line in lines
        )

    ours, theirs = both(warm, ".op")
    for k, bias in enumerate(BIASES):
        if bias[0] > 0.0:
            for node in TERMINALS:
                signal = f"i(v{node}{k})"
                assert np.allclose(of(ours, signal), of(theirs, signal), rtol=1e-5, atol=1e-15), (node, bias)


@pytest.mark.parametrize("noimod", [1, 2, 3, 4])
@pytest.mark.parametrize("bias", [(1.0, 1.2, 0.0), (0.05, 1.5, 0.0), (2.0, 0.45, 0.2), (-1.0, 0.6, -0.5)])
def test_same_noise(bias, noimod):
    drain, gate, body = bias

    def deck(mine):
        rest = "b t" if mine else "t b"
        return f"""soi
vd d 0 {drain}
vg g 0 {gate} ac 1
vb b 0 {body}
m1 d g 0 0 b {rest} mm l=0.5u w=5u
h1 out 0 vd 1
.model mm nmos level=57 vth0=0.5 k1=0.6 k2=0.01 rsh=20 kf=1e-25 noimod={noimod}
{OPTIONS}"""

    ours, theirs = both(deck, ".noise v(out) vg dec 1 1k 1g")
    assert np.allclose(of(ours, "onoise_spectrum"), of(theirs, "onoise_spectrum"), rtol=4e-3)


def test_same_pulses():
    """An inverter of floating bodies, whose history lasts."""
    deck = f"""soi
vdd v 0 2
vi i 0 pulse 0 2 0.1n 20p 20p 0.5n 1n
mn o i 0 0 nn w=5u l=0.25u
mp o i v 0 pp w=10u l=0.25u
cl o 0 20f
.model nn {CARDS["whole"]}
.model pp {CARDS["p"]}
.options reltol=1e-5
.tran 2p 2n 0 2p
.end
"""
    ours, theirs = Circuit.from_text(deck).run()[0], ngspice_run.run(deck)[0]
    at = np.linspace(0.0, 2e-9, 401)
    for signal, allowed in (("v(o)", 0.02), ("v(mn#body)", 0.02), ("v(mp#body)", 0.02)):
        mine, other = (np.interp(at, np.ravel(r["time"]), np.ravel(r[signal])) for r in (ours, theirs))
        assert np.median(np.abs(mine - other)) < 2e-3, signal
        assert np.mean(np.abs(mine - other) < allowed) > 0.97, signal


def conducting(words, card=""):
    return f"""soi
vd d 0 1
vg g 0 1
vp p 0 0.6
m1 d g 0 0 {words} l=1u w=5u
.model mm nmos level=57 vth0=0.5 k1=0.6 k2=0 isdif=1e-4 {card}
.op
.end
"""


def test_nodes():
    """Contacts act, which ngspice leaves open unless there are seven nodes; the body lies behind their resistance."""
    free, tied = (Circuit.from_text(conducting(words)).run()[0] for words in ("mm", "p mm"))
    assert tied["v(m1#body)"] == pytest.approx(0.6, abs=1e-6)
    assert abs(tied["i(vd)"]) > 1.15 * abs(free["i(vd)"])
    named = Circuit.from_text(conducting("p b mm nrb=2", "rbody=1000 rbsh=100")).run()[0]
    current = -named["i(vp)"]
    assert float(0.6 - named["v(b)"]) == pytest.approx(float(current * (1000.0 * 5.0 + 200.0)), rel=1e-5)
    heated = Circuit.from_text(conducting("p t mm tnodeout", "shmod=1 rth0=0.05")).run()[0]
    assert float(heated["v(t)"]) == pytest.approx(-0.05 / 5e-6 * float(heated["i(vd)"]), rel=1e-3)


def test_a_thermal_node_that_is_not_there():
    with pytest.raises(NetlistError, match="no node for 'tnodeout'"):
        Circuit.from_text(conducting("mm tnodeout")).run()


@pytest.mark.parametrize("word", ["vbsusr=0.3"])
def test_words_without_effect(word):
    with pytest.warns(DeckWarning, match="vbsusr"):
        Circuit.from_text(conducting("mm").replace("w=5u", f"w=5u {word}")).run()


@pytest.mark.parametrize("level", ["", "level=1", "level={one}"])
def test_other_transistors_with_five_words_are_none(level):
    """A card without a level ended in an error where a model's name followed other words."""
    cards = f"m1 d g 0 0 sized w=10u\n.model sized nmos({level} vto=1 kp=20u l=2u)"
    deck = f"t\n.param one=1\nv1 d 0 5\nvg g 0 3\n{cards}\n.op\n.end\n"
    assert Circuit.from_text(deck).op()["i(v1)"] == pytest.approx(-0.2e-3, rel=1e-6)
