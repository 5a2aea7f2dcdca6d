"""Bipolar transistors against ngspice's own: currents of all terminals, small signals, noise, transients."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import DeckWarning
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

SMALL = "is=14.34f vaf=74 bf=256 ne=1.307 ise=14.34f ikf=0.285 xtb=1.5 br=6.1 rc=1 rb=10"
CHARGES = "cje=22p mje=0.377 cjc=7.3p mjc=0.342 xcjc=0.6 tf=411p xtf=3 vtf=1.7 itf=0.6 tr=47n cjs=2p vjs=0.6 mjs=0.4"
BIPOLAR = {
    "plain": "npn",
    "small signal": f"npn({SMALL} {CHARGES} kf=1e-14 af=1.1)",
    "crowded": "npn(is=1f bf=150 vaf=80 var=12 rb=100 rbm=10 irb=0.1m re=1 rc=5 ikf=20m ikr=1m nkf=0.6 ise=0.1p "
    "isc=1p nc=1.6 nf=1.02 nr=1.01 iss=1f ns=1.1)",
    "coefficients": "npn(is=1f bf=150 vaf=80 tvaf1=1m tbf1=5m tbf2=10u rb=100 trb1=2m rc=10 trc1=1m re=2 tre1=1m "
    "ikf=10m tikf1=-1m tnf1=0.1m xtb=2)",
    "fitted": "npn(is=1f bf=150 vaf=-165 var=-30 ikf=20m nkf=0.9)",
    "linear gain": "npn(is=1f bf=150 vaf=80 xtb=1m tlev=1 ise=0.1p)",
    "apart": "npn(is=1f ibe=2f ibc=3f nf=1.1 nr=1.2 vaf=50)",
    "multiples": "npn(is=1f c2=100 c4=200 bf=80)",
    "p": f"pnp({SMALL} {CHARGES} iss=0.1f)",
    "p vertical": "pnp(is=1f subs=1 iss=10f bf=50 rb=20)",
}


@pytest.mark.thinned(3)
@pytest.mark.parametrize("temperature", [-40, 27, 110])
@pytest.mark.parametrize("name", BIPOLAR)
def test_same_currents(name, temperature, tmp_path):
    """Base from -0.5 to 0.9 V, collector active, saturated and reverse, over twelve decades of current."""
    sign = -1 if BIPOLAR[name][0] == "p" else 1
    for collector in (3.0, 0.1, -0.6):
        deck = f"""bipolar
vc c 0 {collector * sign}
vb b 0 0
ve e 0 0
vs s 0 -0.3
q1 c b e s mm m=2
.model mm {BIPOLAR[name]}
.options reltol=1e-9 abstol=1e-18 vntol=1e-12 temp={temperature}
.dc vb {-0.5 * sign} {0.9 * sign} {0.05 * sign}
.end
"""
        ours, theirs = both(deck, tmp_path)
        assert np.max(np.abs(theirs["i(vb)"])) > 1e-5
        # where its base narrows, ngspice's sweeps stop before they have converged; its operating points agree
        far = {"rtol": 1e-5, "atol": 2e-11} if "irb" in BIPOLAR[name] else {"rtol": 1e-8, "atol": 1e-14}
        for source in ("i(vc)", "i(vb)", "i(ve)", "i(vs)"):
            assert np.allclose(np.ravel(ours[source]), theirs[source], **far), source


def test_the_fall_of_the_gain_has_at_most_the_exponent_1(tmp_path):
    deck = "t\nvc c 0 2\nvb b 0 0.85\nq1 c b 0 mm\n.model mm npn(is=1f ikf=1m nkf=1.12)\n.op\n.end\n"
    with pytest.warns(DeckWarning, match="it counts as 1"):
        ours, theirs = both(deck, tmp_path)
    assert np.ravel(ours["i(vc)"]) == pytest.approx(np.ravel(theirs["i(vc)"]), rel=1e-6)


@pytest.mark.parametrize("temperature", [27, 100])
@pytest.mark.parametrize("name", ["small signal", "p"])
def test_same_small_signals_and_noise(name, temperature, tmp_path):
    sign = -1 if BIPOLAR[name][0] == "p" else 1
    bias = 0.68 if temperature == 27 else 0.56
    deck = f"""amplifier
vc c 0 {5 * sign}
rc c k 1k
vb b 0 {bias * sign} ac 1
rb b bb 100
vs s 0 -5
q1 k bb 0 s mm m=2
.model mm {BIPOLAR[name]}
.options reltol=1e-9 abstol=1e-18 temp={temperature}
%s
.end
"""
    for card in (".ac dec 3 1k 10g", ".noise v(k) vb dec 3 1k 10g 1"):
        ours, theirs = both(deck % card, tmp_path)
        assert len(theirs.names) > (6 if "noise" in card else 3)
        little = 1e-10 if "ac" in card else 1e-30  # ngspice leaves gmin of the substrate out of .ac
        for signal in theirs.names[1:]:
            if signal in ours.names:  # ngspice has resistors' flicker noise, which is 0
                assert np.allclose(np.ravel(ours[signal]), theirs[signal], rtol=1e-6, atol=little), signal
        assert "noise" not in card or "onoise_q1_ib" in ours.names


@pytest.mark.parametrize("name", ["small signal", "p"])
def test_same_switching(name, tmp_path):
    """Base driven hard and let go: diffusion, depletion and substrate charge, storage time."""
    sign = -1 if BIPOLAR[name][0] == "p" else 1
    deck = f"""switch
vc c 0 {5 * sign}
rc c k 1k
vb b 0 pulse(0 {3 * sign} 10n 5n 5n 200n 600n)
rb b bb 1k
q1 k bb 0 mm
.model mm {BIPOLAR[name]}
.options reltol=1e-6 method=gear
.tran 0.5n 600n 0 0.5n
.end
"""
    ours, theirs = both(deck, tmp_path)
    time = np.linspace(1e-9, 600e-9, 1200)
    for signal in ("v(k)", "v(bb)"):
        mine, other = (np.interp(time, r.time, r[signal]) for r in (ours, theirs))
        assert np.max(np.abs(mine - other)) < 2e-3 * np.ptp(other), signal


def test_size_two_is_two_in_parallel():
    """Saturated as well, where ngspice 44 multiplies the collector's saturation current by the size twice."""
    deck = """sizes
vb b 0 0.7
vc c 0 0.05
q1 c b 0 mm 2
vd d 0 0.05
q2 d b 0 mm
q3 d b 0 mm
.model mm npn(bf=50 br=2 rb=10 re=1 rc=3)
.op
.end
"""
    result = Circuit.from_text(deck).run()[0]
    assert float(result["i(vc)"]) == pytest.approx(float(result["i(vd)"]), rel=1e-9)


FIELD = {
    "plain": "njf()",
    "tail": "njf(vto=-3 beta=1.3m lambda=2m b=0.6 pb=0.9 rd=10 rs=5 is=0.1p n=1.1)",
    "temperature": "njf(beta=1m lambda=1m tcv=2m bex=-1.5 xti=4 eg=1.2 n=1.2)",
    "other temperature": "njf(beta=1m vtotc=-2.5m betatce=-0.5)",
    "p": "pjf(beta=1m lambda=5m rd=20 rs=10)",
    "enhancement": "njf(vto=0.3 beta=1m)",
}


@pytest.mark.parametrize("temperature", [-40, 27, 110])
@pytest.mark.parametrize("name", FIELD)
def test_same_currents_of_jfets(name, temperature, tmp_path):
    """Gate from -3 to 0.6 V, drain and source changing places."""
    sign = -1 if FIELD[name][0] == "p" else 1
    deck = f"""field effect
vd d 0 0
vg g 0 0
vs s 0 {0.1 * sign}
j1 d g s mm area=2.5 m=2
.model mm {FIELD[name]}
.options reltol=1e-9 abstol=1e-18 vntol=1e-12 temp={temperature}
.dc vd {-0.4 * sign} {5 * sign} {0.4 * sign} vg {-3 * sign} {0.6 * sign} {0.3 * sign}
.end
"""
    ours, theirs = both(deck, tmp_path)
    assert np.max(np.abs(theirs["i(vd)"])) > 1e-4
    for source in ("i(vd)", "i(vg)", "i(vs)"):
        assert np.allclose(np.ravel(ours[source]), theirs[source], rtol=1e-7, atol=1e-11), source


@pytest.mark.parametrize("gate", [-3.0, -0.5, 0.2])
def test_same_small_signals_and_noise_of_jfets(gate, tmp_path):
    deck = f"""amplifier
vd dd 0 10
rd dd d 1k
vg gg 0 {gate} ac 1
rg gg g 1k
j1 d g 0 mm m=2
.model mm njf(beta=1m lambda=1m cgs=2p cgd=1p pb=0.8 fc=0.4 rd=10 rs=5 kf=1f af=1.2)
.options reltol=1e-9 abstol=1e-18 temp=60
%s
.end
"""
    for card in (".ac dec 2 1k 10g", ".noise v(d) vg dec 2 1k 10g 1"):
        ours, theirs = both(deck % card, tmp_path)
        for signal in set(theirs.names[1:]) & set(ours.names):
            assert np.allclose(np.ravel(ours[signal]), theirs[signal], rtol=1e-7, atol=1e-30), signal
    assert {"onoise_j1_id", "onoise_j1_1overf", "onoise_j1_rd"} <= set(ours.names)


DIODES = {
    "signal": "d(is=2.52n rs=0.568 n=1.752 bv=110 ibv=0.1m)",
    "knees": "d(is=10f ikf=10m ikr=10f bv=20)",
    "recombination": "d(is=10f isr=0.1n nr=2.1 ikf=10m rs=1 vj=0.7 m=0.4)",
    "wall": "d(is=10f jsw=0.1p ns=1.4 ikf=1m)",
    "wall of the same slope": "d(is=10f jsw=0.1p n=1.2 bv=20 ibv=1m nbv=1.5)",
    "tunnel": "d(is=10f jtun=1n ntun=20 jtunsw=2n keg=0.9)",
    "temperature": "d(is=10f rs=10 trs1=2m trs2=1u bv=20 tcv=5m xti=4 eg=1.2)",
    "relative": "d(is=10f rs=10 tlev=1 bv=20 tcv=1m)",
}


@pytest.mark.thinned(3)
@pytest.mark.parametrize("temperature", [-40, 27, 110])
@pytest.mark.parametrize("name", DIODES)
def test_same_currents_of_diodes(name, temperature, tmp_path):
    """From breakdown to high injection; recombination only forward, of which ngspice 44 has none in reverse."""
    low = -0.05 if "isr" in DIODES[name] else -20.98
    deck = f"""diode
v1 a 0 0
d1 a 0 mm area=2.5 pj=3 m=2
.model mm {DIODES[name]}
.options reltol=1e-9 abstol=1e-18 vntol=1e-12 temp={temperature}
.dc v1 {low} 1 0.03
.end
"""
    ours, theirs = both(deck, tmp_path)
    assert np.ptp(theirs["i(v1)"]) > 1e-3
    assert np.allclose(np.ravel(ours["i(v1)"]), theirs["i(v1)"], rtol=1e-8, atol=2e-13)


# Not nearer to 0 V: there ngspice's shot noise falls below 4kT times the conductance.
@pytest.mark.parametrize("bias", [-2.0, 0.4, 0.7])
@pytest.mark.parametrize("change", ["", "tlevc=1 cta=1m ctp=2m tpb=1m tphp=1m"])
def test_same_small_signals_and_noise_of_diodes(change, bias, tmp_path):
    deck = f"""detector
v1 a 0 {bias} ac 1
r1 a b 10
d1 b 0 mm area=2.5 pj=3 m=2
.model mm d(is=10f cjo=1p vj=0.8 cjsw=2p php=0.7 mjsw=0.3 fcs=0.4 tt=1n ttt1=1m tm1=1m
+ rs=5 ikf=1m kf=1f af=1.2 {change})
.options reltol=1e-9 abstol=1e-18 temp=60
%s
.end
"""
    for card in (".ac dec 2 1k 10g", ".noise v(b) v1 dec 2 1k 10g 1"):
        ours, theirs = both(deck % card, tmp_path)
        for signal in set(theirs.names[1:]) & set(ours.names):
            assert np.allclose(np.ravel(ours[signal]), theirs[signal], rtol=2e-5, atol=1e-30), signal
    assert "onoise_d1_1overf" in ours.names


@pytest.mark.parametrize(
    "card", ["", "tox=20n nlev=1", "tox=20n nlev=0 af=1.2", "tox=20n ld=0.1u rd=50 rs=20 gamma=0.4"]
)
@pytest.mark.parametrize("drain", [0.2, 3.0])
def test_same_noise_of_mosfets(drain, card, tmp_path):
    deck = f"""amplifier
vd dd 0 {drain}
rd dd d 1k
vg g 0 1.5 ac 1
m1 d g 0 0 mm l=1u w=5u
.model mm nmos(vto=0.7 kp=60u kf=1e-26 lambda=0.02 {card})
.options reltol=1e-9 abstol=1e-18 temp=60
.noise v(d) vg dec 2 1 1k 1
.end
"""
    ours, theirs = both(deck, tmp_path)
    for signal in ("onoise_m1_id", "onoise_m1_1overf", "onoise_m1_rd", "onoise_m1", "onoise_spectrum"):
        assert np.allclose(np.ravel(ours[signal]), theirs[signal], rtol=1e-6, atol=0.0), signal


@pytest.mark.parametrize("base", [-0.2, 0.6, 0.7, 0.8])
def test_a_knee_of_attoamperes(base, tmp_path):
    """Vendors write IKF=10A, which is 10 aA; a blocked junction then leaves nothing to take the root of."""
    deck = f"""t
vc c 0 0
vb b 0 {base}
ve e b 0
q1 c b e mm
.model mm npn(is=0.4f bf=113 nf=1.008 vaf=30 ikf=10A br=5 var=100 ikr=0.3m isc=4f nc=1 rb=185 rbm=39 rc=4)
.options reltol=1e-9 abstol=1e-18 vntol=1e-12
.op
.end
"""
    ours, theirs = both(deck, tmp_path)
    for source in ("i(vc)", "i(vb)", "i(ve)"):
        assert np.ravel(ours[source]) == pytest.approx(np.ravel(theirs[source]), rel=1e-8, abs=1e-15), source
