"""Where ngspice is wrong, as cards ``ngspice-wrong`` of the decks claim: shown by closed forms or by ngspice itself.

Every test holds our number to the closed form, and shows that ngspice's is off it: should a later ngspice
have mended it, the test says that the card may go.
"""

import subprocess
from math import exp, sqrt

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.constants import BOLTZMANN
from circuitnn.results import rawfile
from validation.ngspice import available, run_batch

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
T = 300.15


def both(cards, tmp_path):
    """Results of ours and of ngspice, by analysis."""
    text = f"deck\n{cards}\n.end\n"
    path = tmp_path / "deck.cir"
    path.write_text(text)
    run = run_batch(path)
    ours = Circuit.from_text(text).run()
    plots = {p.analysis: p for p in run.plots}
    return {r.analysis: r for r in ours}, plots, run


def test_noise_referred_to_a_falling_gain(tmp_path):
    """A resistor at the source: √(4kTR·Δf), whatever comes behind it."""
    cards = "v1 a 0 ac 1\nr1 a b 1k\nc1 b 0 1n\n.noise v(b) v1 dec 5 1k 10meg 1"
    ours, theirs, _ = both(cards, tmp_path)
    exact = sqrt(4 * BOLTZMANN * T * 1e3 * (1e7 - 1e3))
    assert ours["noise_total"]["inoise_total"] == pytest.approx(exact, rel=1e-9)
    assert abs(float(theirs["noise_total"]["inoise_total"]) / exact - 1) > 0.01


def test_noise_of_a_resistor_at_its_own_temperature(tmp_path):
    cards = "v1 a 0 ac 1\nr1 a b 1meg temp=27\nr2 b 0 1k temp=127\n.noise v(b) v1 lin 1 1k 1k 1"
    ours, theirs, _ = both(cards, tmp_path)
    exact = sqrt(4 * BOLTZMANN * 400.15 / 1e3) * 1e3 / 1.001
    assert float(ours["noise"]["onoise_r2"][0]) == pytest.approx(exact, rel=1e-9)
    assert float(theirs["noise"]["onoise_r2"][0]) == pytest.approx(exact * sqrt(427.15 / 400.15), rel=1e-4)


def test_switches_in_small_signals(tmp_path):
    """Closed in .op, 1 kohm to 100 ohm, and open in .ac, in ngspice; by Ohm's law both are the same."""
    cards = """v1 a 0 dc 1 ac 1
r1 a b 100
s1 b 0 c 0 sw
vc c 0 1
.model sw sw(vt=0.5 ron=50 roff=1k)
.op
.ac lin 1 1k 1k"""
    ours, theirs, _ = both(cards, tmp_path)
    assert float(ours["op"]["v(b)"]) == pytest.approx(1 / 3)
    assert abs(ours["ac"].array("v(b)")[0]) == pytest.approx(1 / 3)
    assert float(theirs["op"]["v(b)"]) == pytest.approx(1 / 3)
    assert abs(theirs["ac"].array("v(b)")[0]) == pytest.approx(1 / 1.1)


def test_the_word_on_of_a_current_controlled_switch(tmp_path):
    """Within its hysteresis a switch stays as it was; ngspice's voltage-controlled one does."""
    cards = """i1 0 c 1m
vc c 0 0
rc k 0 1k
ik 0 k 1m
v2 s 0 1
r1 s a 1k
w1 a 0 vc wm on
r2 s b 1k
s1 b 0 k 0 sm on
.model wm csw(it=1m ih=0.4m ron=10 roff=1meg)
.model sm sw(vt=1 vh=0.4 ron=10 roff=1meg)
.op"""
    ours, theirs, _ = both(cards, tmp_path)
    assert float(ours["op"]["v(a)"]) == pytest.approx(10 / 1010)
    assert float(ours["op"]["v(b)"]) == pytest.approx(10 / 1010)
    assert float(theirs["op"]["v(a)"]) == pytest.approx(1e6 / (1e6 + 1e3))


def test_substrate_junction_in_small_signals(tmp_path):
    """Reverse biased it has gmin in .dc, by ngspice's own slope, and in .ac nothing."""
    cards = """vc c 0 dc 2 ac 1
vb b 0 0
vs s 0 -3
q1 c b 0 s qm
.model qm npn(is=1e-16 bf=100 iss=1e-18)
.options gmin=1e-9 reltol=1e-9 abstol=1e-18 vntol=1e-12
.dc vc 1.9 2.1 0.1
.ac lin 1 1 1"""
    ours, theirs, _ = both(cards, tmp_path)
    for of in (ours, theirs):
        slope = np.diff(np.ravel(of["dc"].array("i(vs)")))[0] / 0.1
        assert slope == pytest.approx(1e-9, rel=1e-3)
    assert ours["ac"].array("i(vs)")[0].real == pytest.approx(1e-9, rel=1e-3)
    assert abs(theirs["ac"].array("i(vs)")[0].real) < 1e-12


def test_tables_at_their_corners(tmp_path):
    cards = "v1 a 0 0\ne1 e 0 table {v(a)} = (-1,2) (0,0) (2,1)\n.dc v1 -1 2 0.5"
    ours, theirs, _ = both(cards, tmp_path)
    exact = np.interp(np.arange(-1, 2.1, 0.5), [-1, 0, 2], [2, 0, 1])
    assert np.allclose(np.ravel(ours["dc"].array("v(e)")), exact, rtol=1e-9, atol=1e-9)
    off = np.abs(theirs["dc"].array("v(e)") - exact)
    assert off[2] > 0.01, "the corner"
    assert off[[1, 4, 5]].max() < 1e-6, "between corners it agrees"


def test_measures_beside_an_operating_point(tmp_path):
    cards = "v1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.dc v1 0 2 0.5\n.meas dc half find v(b) at=1"
    _, _, alone = both(cards, tmp_path)
    ours, _, beside = both(cards + "\n.op", tmp_path)
    assert alone.measures == {"half": 0.5}
    assert beside.measures == {}
    assert ours["dc"].measures == {"half": pytest.approx(0.5)}


def test_derivative_at_a_time(tmp_path):
    cards = """v1 a 0 pulse(0 1 0.1m 1n 1n 5m)
r1 a b 1k
c1 b 0 0.1u
.options reltol=1e-6
.tran 1u 1m 0 1u
.meas tran slope deriv v(b) at=0.2m"""
    ours, _, run = both(cards, tmp_path)
    assert ours["tran"].measures["slope"] == pytest.approx(exp(-1) * 1e4, rel=1e-3)
    assert not np.isfinite(run.measures.get("slope", np.nan))


def test_sensitivities_of_a_transistor(tmp_path):
    """By differences of whole operating points, of ngspice as well: ngspice's .sens has zeros."""
    cards = """vcc cc 0 10
v1 b 0 0.7
rb b bb 1k
rc cc c 2k
q1 c bb 0 qm
.model qm npn(is=1f bf={bf} vaf={vaf} nf={nf} {more})
.options reltol=1e-9 abstol=1e-18 vntol=1e-12
{card}"""
    values = {"bf": 100.0, "vaf": 50.0, "nf": 1.0}

    def text(card, more="", **changed):
        return cards.format(card=card, more=more, **(values | changed))

    ours, theirs, _ = both(text(".sens v(c)"), tmp_path)
    for name, value in values.items():
        step = 1e-4 * value
        ends = [both(text(".op", **{name: value + s}), tmp_path)[1]["op"]["v(c)"] for s in (step, -step)]
        exact = float(ends[0] - ends[1]) / (2 * step)
        assert float(np.ravel(ours["sens"].array(f"q1:{name}"))[0]) == pytest.approx(exact, rel=1e-4)
        assert abs(float(np.ravel(theirs["sens"].array(f"q1:{name}"))[0])) < 1e-3 * abs(exact)


def test_sensitivity_to_what_does_nothing(tmp_path):
    """The saturation current ibc counts only beside ibe: ngspice's own operating point stays where it is."""
    cards = """vcc cc 0 10
v1 b 0 0.7
rb b bb 1k
rc cc c 2k
q1 c bb 0 qm
.model qm npn(is=1f bf=100 vaf=50 {more})
.options reltol=1e-9 abstol=1e-18 vntol=1e-12
{card}"""
    ours, theirs, _ = both(cards.format(card=".sens v(c)", more=""), tmp_path)
    points = [both(cards.format(card=".op", more=more), tmp_path) for more in ("", "ibc=2f")]
    for of in (0, 1):
        assert float(points[0][of]["op"]["v(c)"]) == pytest.approx(
            float(points[1][of]["op"]["v(c)"]), rel=1e-12
        )
    assert float(np.ravel(ours["sens"].array("q1:ibc"))[0]) == 0.0
    assert abs(float(np.ravel(theirs["sens"].array("q1:ibc"))[0])) > 1e5


def test_slope_of_a_gradual_switch(tmp_path):
    """The voltage behind a switch rises with its control, by the slope of .dc; in .ac of ngspice it falls."""
    cards = """v1 a 0 1
vc c 0 0.5 ac 1
s1 a b c 0 gradual
r1 b 0 1k
.model gradual vswitch(ron=2 roff=1meg von=1 voff=0.2)
"""
    path, raw = tmp_path / "deck.cir", tmp_path / "out.raw"
    path.write_text(f"deck\n{cards}.ac lin 1 1k 1k\n.end\n")
    subprocess.run(
        ["ngspice", "-D", "ngbehavior=psa", "-b", "-r", raw, path],
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    theirs = complex(rawfile.read(raw)[0].array("v(b)")[0])
    circuit = Circuit.from_text(path.read_text())
    step = 1e-5
    swept = circuit.dc({"vc": [0.5 - step, 0.5 + step]}, reltol=1e-9).array("v(b)")
    slope = (swept[1] - swept[0]) / (2.0 * step)
    assert circuit.ac(1e3).array("v(b)")[0] == pytest.approx(slope, rel=1e-6)
    assert theirs.real < 0.0 < slope


def test_distortion_of_a_pnp_transistor(tmp_path):
    """With all signs turned it is an npn one: harmonics of even order turn their sign, odd ones do not."""
    cards = """vc c 0 {s}5
rc c o 2k
v1 in 0 dc {s}0.7 distof1 5m
r1 in b 500
q1 o b 0 qm
.model qm {kind}(is=1e-15 bf=100 br=2 vaf=50 cje=1p cjc=.5p tf=.1n tr=5n)
.disto dec 1 10meg 10meg"""
    found = {}
    for kind, s in (("npn", ""), ("pnp", "-")):
        ours, theirs, _ = both(cards.format(kind=kind, s=s), tmp_path)
        found[kind] = [p[k].array("v(o)")[0] for p in (ours, theirs) for k in ("disto_2f1", "disto_3f1")]
    n, p = np.array(found["npn"]), np.array(found["pnp"])
    np.testing.assert_allclose(n[:2], n[2:], rtol=1e-4)
    np.testing.assert_allclose(p[:2], [-n[0], n[1]], rtol=1e-6)
    assert np.all(np.abs(p[2:] - [-n[2], n[3]]) > 0.05 * np.abs(n[2:]))


def test_third_order_product_of_a_mosfet(tmp_path):
    """Where nothing stores charge, the product at 2·f1 - f2 of equal tones is three times the third harmonic of one."""
    cards = """vc c 0 5
rc c o 10k
v1 in 0 dc 1.5 distof1 50m distof2 50m
m1 o in 0 0 mm w=20u l=2u
.model mm nmos(level=1 vto=.7 kp=50u gamma=.5 lambda=.02)
.disto dec 1 1k 1k {ratio}"""
    ours, theirs, _ = both(cards.format(ratio=""), tmp_path)
    mine, other, _ = both(cards.format(ratio=0.9), tmp_path)
    third = ours["disto_3f1"].array("v(o)")[0]
    assert third == pytest.approx(theirs["disto_3f1"].array("v(o)")[0], rel=1e-4)
    assert mine["disto_2f1_minus_f2"].array("v(o)")[0] == pytest.approx(3.0 * third, rel=1e-6)
    assert abs(other["disto_2f1_minus_f2"].array("v(o)")[0] / (3.0 * third) - 1.0) > 1.0


def test_flicker_noise_in_a_noise_figure(tmp_path):
    """By ngspice's own .noise with the source's resistance as an element: F is all noise over that resistance's."""
    amplifier = """vcc c 0 5
rb b c 20k
rc c o 500
q1 o b 0 qm
.model qm npn(is=1e-15 bf=100 vaf=50 rb=20 kf=1e-12)
c1 in b 1m"""
    ports = (
        f"v1 in 0 portnum 1 z0 50\nc2 o out 1m\nv2 out 0 portnum 2 z0 1e9\n{amplifier}\n.sp lin 1 10k 10k 1"
    )
    ours, theirs, _ = both(ports, tmp_path)
    plain = f"v1 s 0 ac 1\nrs s in 50\n{amplifier}\n.noise v(o) v1 lin 1 10k 10k 1"
    _, noise, _ = both(plain, tmp_path)
    whole, source = (float(noise["noise"].array(n)[0]) for n in ("onoise_spectrum", "onoise_rs"))
    figure = 10 * np.log10((whole / source) ** 2)
    assert ours["sp"].array("NF")[0].real == pytest.approx(figure, rel=1e-4)
    assert theirs["sp"].array("NF")[0].real < figure - 1.0


def test_resistance_at_a_current(tmp_path):
    """What vm sees: 1 kohm and 1 kohm in series, the source being open."""
    ours, theirs, _ = both("i1 0 a 1m\nr1 a b 1k\nr2 a 0 1k\nvm b 0 0\n.tf i(vm) i1", tmp_path)
    assert ours["tf"]["vm#output_impedance"] == pytest.approx(2e3)
    assert theirs["tf"]["vm#output_impedance"] > 1e19


def test_operating_points_far_beyond_the_sources(tmp_path):
    """The near one is where ngspice's own sweep of the source from zero leads."""
    law = "i1 0 a 1.8m\nb1 a 0 i=5m*v(a)^2/(1+(v(a)/100)^4)\nr1 a 0 1g\n"
    ours, theirs, _ = both(law + ".op", tmp_path)
    _, swept, _ = both(law + ".dc i1 0 1.8m 0.1m", tmp_path)
    assert swept["dc"].array("v(a)")[-1] == pytest.approx(0.6, rel=1e-3)
    assert ours["op"]["v(a)"] == pytest.approx(0.6, rel=1e-6)
    assert float(theirs["op"]["v(a)"]) > 1e3
