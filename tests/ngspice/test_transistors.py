"""Bipolar transistors against ngspice's own: currents of all terminals, small signals, noise, transients."""

import numpy as np
import pytest

from circuitnn.session import Circuit
from validation.ngspice import available, run_batch

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
    "linear gain": "npn(is=1f bf=150 vaf=80 xtb=1m tlev=1 ise=0.1p)",
    "apart": "npn(is=1f ibe=2f ibc=3f nf=1.1 nr=1.2 vaf=50)",
    "multiples": "npn(is=1f c2=100 c4=200 bf=80)",
    "p": f"pnp({SMALL} {CHARGES} iss=0.1f)",
    "p vertical": "pnp(is=1f subs=1 iss=10f bf=50 rb=20)",
}


def both(text, tmp_path):
    path = tmp_path / "deck.cir"
    path.write_text(text)
    return Circuit.from_text(text).run()[0], run_batch(path).plots[0]


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
