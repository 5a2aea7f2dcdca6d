"""MESFETs against ngspice's own: currents, small signals over the frequency, noise, transients."""

import numpy as np
import pytest

from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

CARDS = {
    "plain": "nmf()",
    "resistive": "nmf(vto=-1.3 beta=4m b=0.4 alpha=2.3 lambda=0.06 rd=2 rs=3 is=0.1p)",
    "enhancement": "nmf(vto=0.2 beta=1m b=0 alpha=3 lambda=0.05 pb=0.7)",
    "p": "pmf(vto=-1.1 beta=1m b=0.2 alpha=1.8 lambda=0.1 rd=10 rs=8)",
}
STORED = (
    "nmf(vto=-1.3 beta=8m b=0.3 alpha=2.3 lambda=0.06 rd=1 rs=2 cgs=0.3p cgd=0.05p pb=0.8 kf=1e-14 af=1.1)"
)


@pytest.mark.parametrize("temperature", [-40, 110])
@pytest.mark.parametrize("name", CARDS)
def test_same_currents(name, temperature, tmp_path):
    """Gate from -2.5 to 0.7 V, drain and source changing places; the temperature does not matter."""
    sign = -1 if CARDS[name][0] == "p" else 1
    deck = f"""mesfet
vd d 0 0
vg g 0 0
vs s 0 {0.1 * sign}
z1 d g s mm area=2.5
.model mm {CARDS[name]}
.options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15 temp={temperature}
.dc vd {-0.4 * sign} {4 * sign} {0.2 * sign} vg {-2.5 * sign} {0.7 * sign} {0.2 * sign}
.end
"""
    ours, theirs = both(deck, tmp_path)
    assert np.max(np.abs(theirs["i(vd)"])) > 1e-4
    for source in ("i(vd)", "i(vg)", "i(vs)"):
        assert np.allclose(np.ravel(ours[source]), theirs[source], rtol=1e-7, atol=1e-14), source


@pytest.mark.parametrize("gate", [-1.5, -0.6, 0.4])
@pytest.mark.parametrize("supply", [0.2, 5.0])
def test_same_small_signals_and_noise(supply, gate, tmp_path):
    deck = f"""amplifier
vd dd 0 {supply}
rd dd d 50
vg gg 0 {gate} ac 1
rg gg g 20
z1 d g 0 mm area=2
.model mm {STORED}
.options reltol=1e-9 abstol=1e-18 temp=60
%s
.end
"""
    for card in (".ac dec 2 1meg 100g", ".noise v(d) vg dec 2 1meg 100g 1"):
        ours, theirs = both(deck % card, tmp_path)
        for signal in set(theirs.names[1:]) & set(ours.names):
            mine, other = np.ravel(ours.array(signal)), theirs.array(signal)
            # of the smallest noises only the digits that adjoint and direct solution have in common
            assert np.allclose(mine, other, rtol=1e-6, atol=1e-7 * np.max(np.abs(other))), signal
    assert {"onoise_z1_id", "onoise_z1_1overf", "onoise_z1_rd", "onoise_z1_rs"} <= set(ours.names)


def test_same_transients(tmp_path):
    """From pinch-off through saturation into the ohmic region and forward gate current, and back."""
    deck = f"""switch
vd dd 0 3
rd dd d 50
vg gg 0 pulse(-1.8 0.7 20p 20p 20p 200p 500p)
rg gg g 30
z1 d g 0 mm area=2
.model mm {STORED}
.options reltol=1e-6 abstol=1e-14 vntol=1e-9
.tran 0.5p 500p 0 0.5p
.end
"""
    ours, theirs = both(deck, tmp_path)
    time = np.linspace(1e-12, 500e-12, 1000)
    for signal in ("v(d)", "v(g)", "i(vg)"):
        mine, other = (np.interp(time, r.time, r[signal]) for r in (ours, theirs))
        assert np.max(np.abs(mine - other)) < 1e-3 * np.ptp(other), signal
