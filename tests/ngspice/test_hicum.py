"""HICUM against ngspice's: currents of all terminals, small signals, noise, self-heating; where ngspice has faults."""

import many_bipolars
import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.errors import DeckWarning
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

TRANSFER = """c10=9e-30 qp0=5e-14 ich=0.1 hf0=1.3 hfe=6 hfc=15 hjei=2.5 ahjei=1.5 rhjei=2 hjci=0.3
+ cjei0=8f vdei=0.72 zei=0.3 ajei=2.4 cjci0=4.5f vdci=0.68 zci=0.27 vptci=4
+ t0=0.8p dt0h=0.1p tbvl=0.05p tef0=0.15p gtfe=1.4 thcs=5p ahc=0.3 fthc=0.7 tr=5p
+ rci0=30 vlim=0.6 vces=0.05 vpt=2.5 aick=0.01 delck=1.8"""
BASE = """ibeis=2e-19 mbei=1.02 ireis=1.2e-15 mrei=1.9 ibeps=1.5e-19 mbep=1.04 ireps=1.6e-15 mrep=1.8
+ tbhrec=100p ibcis=4e-17 mbci=1.1 ibcxs=2e-18 mbcx=1.05 ibets=0.02 abet=24 cjep0=1.5f vdep=0.8 zep=0.28 ajep=2.2"""
RESISTANCES = "rbx=8 re=1.5 rcx=7 rsu=20 iscs=4e-18 msc=1.02"
INNER = "rbi0=5 fgeo=0.73 fdqr0=0.1 fqi=0.95 fcrbi=0.2"
OUTER = """cjcx0=6f vdcx=0.66 zcx=0.3 vptcx=2.5 fbcpar=0.3 fbepar=0.8 cjs0=7f vds=0.55 zs=0.32 vpts=30
+ cscp0=2f vdsp=0.6 zsp=0.4 vptsp=8 cbepar=3f cbcpar=2f csu=10f tsf=10p"""
WARMTH = """vgb=1.1 vge=1.15 vgc=1.14 vgs=1.13 f1vg=-1e-4 f2vg=4e-4 alt0=1m kt0=1u zetaci=0.6 alvs=1m alces=-0.2m
+ zetarbi=0.3 zetarbx=0.2 zetarcx=0.1 zetare=-0.2 zetacx=1.1 zetact=3.2 zetabet=3.8 alb=1m dvgbe=0.02
+ zetahjei=-0.5 zetavgbe=0.8 alfav=0.8m alqav=0.2m alkav=-1m tnom=22"""
SPREADING = "latb=0.5 latl=0.1"
BARRIER = "vcbar=0.03 icbar=1.1m acbar=0.2"
WHOLE = f"{TRANSFER}\n+ {BASE}\n+ {RESISTANCES} {INNER}\n+ {OUTER}\n+ {WARMTH}"
CARDS = {
    "default": "",
    "whole": f"flcomp=2.3 {WHOLE} itss=1e-17 msf=1.05",
    "old": f"flcomp=0 {WHOLE} {SPREADING}",
    "between": f"flcomp=2.3 {WHOLE} {BARRIER} latb=0.1 latl=0.3",
    "spreading": f"flcomp=2.3 {WHOLE} {SPREADING} {BARRIER} favl=2 qavl=20f",
    "avalanche": f"flcomp=2.3 {WHOLE} favl=8 qavl=12f kavl=0.2 tunode=0",
    "narrow": f"flcomp=2.3 {WHOLE} latb=5m latl=1m".replace("vdsp=0.6", "vdsp=0").replace(
        "vptci=4", "vptci=100"
    ),
}
OPTIONS = ".options reltol=1e-8 abstol=1e-16 vntol=1e-13 gmin=1e-15"


def transistors(card, biases, driven=""):
    return many_bipolars.many("hicum", f"npn level=8 {card}", biases, driven, options=OPTIONS)


def assert_same_currents(deck, biases, tmp_path):
    # ngspice's voltages are exact to vntol: 1e-13 V across 8 Ohm
    many_bipolars.assert_same_currents(deck, biases, tmp_path, rtol=2e-5, atol=2e-14)


@pytest.mark.parametrize("temperature", [-40, 27, 125])
@pytest.mark.parametrize("name", CARDS)
def test_same_currents(name, temperature, tmp_path):
    """Base from 0 to 1 V at a collector that is active, saturated or reverse."""
    biases = [(1.5, None, 0.0, -0.4), (0.1, None, 0.0, -0.4), (-0.6, None, 0.0, -0.4)]
    deck = transistors(CARDS[name], biases)
    assert_same_currents(deck + f".temp {temperature}\n.dc vx 0 1 0.05\n.end\n", biases, tmp_path)


@pytest.mark.parametrize("name", CARDS)
def test_same_output_characteristics(name, tmp_path):
    """From saturation to avalanche of the collector, and tunnelling at the emitter."""
    biases = [(None, base, 0.0, -0.4) for base in (0.82, 0.75, 0.9)] + [(1.0, 0.0, None, -0.4)]
    deck = transistors(CARDS[name], biases)
    assert_same_currents(deck + ".temp 50\n.dc vx 0 2.5 0.125\n.end\n", biases, tmp_path)


# Of rbi0 ngspice's small signals lack slopes, see below; the capacitance of cjci0 is not that of its charge where it is
# punched through.
@pytest.mark.parametrize("more", ["", "flnqs=1 alit=0.4 alqf=0.25"])
@pytest.mark.parametrize("name", [name for name in CARDS if name not in ("default", "narrow")])
def test_same_small_signals(name, more, tmp_path):
    """Admittances of all terminals from 1 MHz to 1 THz, on both sides of the transit frequency."""
    biases = [(1.5, 0.83, 0.0, -0.4), (0.2, 0.87, 0.0, -0.4), (1.0, 0.93, 0.0, -0.4)] * 4
    card = CARDS[name].replace(INNER, "").replace("vptci=4", "")
    deck = transistors(f"{card} {more}", biases, "bbbccceeesss") + ".temp 60\n.ac dec 1 1meg 1t\n.end\n"
    ours, theirs = both(deck, tmp_path)
    for k, bias in enumerate(biases):
        for node in "cbes":
            mine, other = np.ravel(ours[f"i(v{node}{k})"]), theirs[f"i(v{node}{k})"]
            assert np.allclose(mine, other, rtol=3e-5, atol=1e-11), (node, bias)


@pytest.mark.parametrize("card", ["", "rbi0=5 fcrbi=0.3 fgeo=0 cjei0=1e-25 t0=1e-22"])
def test_same_reverse_capacitances(card, tmp_path):
    """Punched through or not, of junctions at -3 to 0.3 V; across rbi0."""
    given = f"flcomp=2.3 {OUTER} cjci0=4f vdci=0.7 zci=0.3 {card}"
    biases = [(-at, 0.0, -0.5 * at, 0.5 * at) for at in (-3.0, -1.0, 0.0, 0.3)]
    deck = transistors(given, biases, "bbbb") + ".ac lin 1 1g 1g\n.end\n"
    ours, theirs = both(deck, tmp_path)
    for k, bias in enumerate(biases):
        for node in "cbes":
            mine, other = np.ravel(ours[f"i(v{node}{k})"]), theirs[f"i(v{node}{k})"]
            assert np.allclose(np.imag(mine), np.imag(other), rtol=1e-5, atol=1e-12), (node, bias)


@pytest.mark.parametrize("node", ["t", ""])
@pytest.mark.parametrize("flsh", [1, 2])
def test_same_heat(flsh, node, tmp_path):
    """At a node of the card with a thermal resistance outside, and at one of its own."""
    deck = f"""hicum
vc c 0 1.5
vb b 0 0.8
ve e 0 0
vs s 0 -0.4
q1 c b e s {node} mm
{"rt t 0 5k" if node else ""}
.model mm npn level=8 {CARDS["spreading"]} flsh={flsh} rth=1k cth=0.1n zetarth=0.1 alrth=1m
{OPTIONS} temp=40
.dc vb 0.6 0.85 0.05
.end
"""
    ours, theirs = both(deck, tmp_path)
    warm = np.max(np.abs(ours["i(vc)"])) / np.max(np.abs(run(deck.replace("flsh=", "flsh=0*"))["i(vc)"]))
    assert warm > 1.2
    for signal in ("i(vc)", "i(vb)", "i(ve)", *(["v(t)"] if node else [])):
        assert np.allclose(np.ravel(ours[signal]), theirs[signal], rtol=1e-5, atol=1e-13), signal


def test_same_noise(tmp_path):
    """Each part; without what ngspice has wrong, see below."""
    card = CARDS["whole"].replace(INNER, "rbi0=5 fgeo=0 fqi=1").replace("ireps=1.6e-15", "ireps=0")
    deck = f"""hicum
vc d 0 1.5
rc d c 50
vb b 0 0.82 ac 1
rs s 0 1k
q1 c b 0 s mm
.model mm npn level=8 {card} favl=0.5 qavl=20f kf=1e-8 af=1.9 kfre=1e-10 afre=1.8
{OPTIONS}
.noise v(c) vb dec 1 10 1g 1
.end
"""
    ours, theirs = both(deck, tmp_path)
    for part in "rcx rbx rbi re rsu iavl ibep ijbcx it ibei 1overfbe 1overfre".split():
        key = next(n for n in theirs.names if n.lower().replace(".", "_") == f"onoise_q1_{part}")
        assert np.allclose(np.ravel(ours[f"onoise_q1_{part}"]), theirs[key], rtol=1e-3), part


def test_same_switching(tmp_path):
    """Saturated and let go, with delays."""
    deck = f"""hicum
vc d 0 2
rc d c 200
vb bb 0 pulse(0 0.9 10p 20p 20p 300p 1n)
rb bb b 100
q1 c b 0 0 mm
.model mm npn level=8 {CARDS["spreading"]} flnqs=1
.options reltol=1e-5 abstol=1e-14 vntol=1e-9 chgtol=1e-18
.tran 1p 1n 0 0.5p
.end
"""
    ours, theirs = both(deck, tmp_path)
    time = np.linspace(1e-12, 1e-9, 500)
    for signal in ("v(c)", "v(b)"):
        mine, other = (np.interp(time, r.time, np.ravel(r[signal])) for r in (ours, theirs))
        assert np.max(np.abs(mine - other)) < 1e-3 * np.ptp(other), signal


PROBES = "vbiei vbpbi vbici vciei ic iavl ibei is rcx_t re_t rbi rb cpix cmui cmux ccs crbi tf ick p dtsh"


@pytest.mark.long
def test_same_values_of_an_instance(tmp_path):
    deck = f"""hicum
vc c 0 1.5
vb b 0 0.82
vs s 0 -0.4
q1 c b 0 s mm
.model mm npn level=8 {CARDS["spreading"]} flsh=1 rth=300
.save {" ".join(f"@q1[{name}]" for name in PROBES.split())}
.options reltol=1e-8 abstol=1e-16
.op
.end
"""
    ours, theirs = both(deck, tmp_path)
    for name in PROBES.split():
        value = float(np.ravel(theirs[f"@q1[{name}]"])[0])
        assert float(np.ravel(ours[f"@q1[{name}]"])[0]) == pytest.approx(value, rel=1e-5), name


# What ngspice has wrong, by what must hold whatever the numbers are.
def run(deck):
    return Circuit.from_text(deck).run()[0]


PAIR = """hicum
vc c 0 {sign}1.5 ac 1
vb b 0 {sign}0.83
vs s 0 {sign}-0.4
q1 c b 0 s mm {size}
.model mm {kind} level=8 {card}
.options reltol=1e-9 abstol=1e-16 vntol=1e-13
{analysis}
.end
"""


def pair(analysis=".op", size="", card=CARDS["spreading"], kind="npn"):
    sign = "-" if kind == "pnp" else ""
    text = PAIR.format(analysis=analysis, size=size, card=card, kind=kind, sign=sign)
    return run(text.replace("--", ""))


def test_pnp_is_the_mirror_image():
    """In ngspice it conducts the wrong way."""
    n, p = (pair(kind=kind, card=CARDS["spreading"] + " flsh=2 rth=300") for kind in ("npn", "pnp"))
    for source in ("i(vc)", "i(vb)", "i(vs)"):
        assert float(p[source]) == pytest.approx(-float(n[source]), rel=1e-9), source
    assert abs(float(n["i(vc)"])) > 1e-3


@pytest.mark.parametrize("size", ["area=3", "m=3"])
def test_size_three_is_three_in_parallel(size):
    """With ich and all saturation currents; with heat."""
    one, three = (pair(size=s, card=CARDS["spreading"] + " flsh=1 rth=300") for s in ("", size))
    for source in ("i(vc)", "i(vb)"):
        assert float(three[source]) == pytest.approx(3.0 * float(one[source]), rel=1e-7), source


@pytest.mark.parametrize("card", ["flcomp=2.3 hjci=0.5 cjci0=4f hjei=2 cjei0=8f", CARDS["whole"]])
def test_slow_signals_are_slopes_of_the_sweep(card):
    """Without injection, and with all slopes of rbi0: ngspice's differ by up to 1 %."""
    small = pair(".ac lin 1 1 1", card=card)
    swept = pair(".dc vc 1.499 1.501 0.001", card=card)
    for signal in ("i(vc)", "i(vb)"):
        values = np.ravel(swept[signal])
        assert complex(small[signal][0]).real == pytest.approx((values[2] - values[0]) / 2e-3, rel=1e-5), (
            signal
        )


def test_itss_is_itself_at_the_nominal_temperature():
    """With flcomp=0, too: ngspice has a sixth of it."""
    old, new = (pair(size="", card=f"flcomp={flag} itss=1e-17") for flag in (0, 2.3))
    assert float(old["i(vs)"]) == pytest.approx(float(new["i(vs)"]), rel=1e-9)


@pytest.mark.long
def test_noise_at_rest_is_that_of_the_impedance():
    """4kT·Re(Z) at each terminal, at the temperature of the instance."""
    card = f"flcomp=2.3 {RESISTANCES.replace('iscs=4e-18', '')} {OUTER} rbi0=5 cjei0=8f cjci0=4f"
    base = f"""hicum
i1 0 {{node}} ac 1
{chr(10).join(f"r{n} {n} 0 1g temp=90" for n in "cbes")}
q1 c b e s mm temp=80 dt=10
.model mm npn level=8 {card}
.options gmin=1e-18
{{analysis}}
.end
"""
    for node in "cbes":
        noise = run(base.format(node=node, analysis=f".noise v({node}) i1 dec 1 1g 100g"))
        impedance = run(base.format(node=node, analysis=".ac dec 1 1g 100g"))
        wanted = 4.0 * BOLTZMANN * (90 + KELVIN) * np.real(np.ravel(impedance[f"v({node})"]))
        assert np.allclose(np.ravel(noise["onoise_spectrum"]) ** 2, wanted, rtol=1e-4), node


@pytest.mark.long
def test_currents_of_an_instance_add_up():
    deck = PAIR.format(analysis=".op", size="", card=CARDS["whole"], kind="npn", sign="")
    found = run(deck.replace(".op", ".save @q1[ic] @q1[ib] @q1[ie] @q1[is]\n.op"))
    parts = [float(found[f"@q1[i{x}]"]) for x in "cbes"]
    assert sum(parts) == pytest.approx(0.0, abs=1e-12 * abs(parts[0]))


def test_correlated_noise_is_warned_of():
    with pytest.warns(DeckWarning, match="'flcono' of model 'mm' is ignored: noise of base and collector"):
        pair(card="flcono=1")
    pair(card="flcono=0")  # warnings are errors here
