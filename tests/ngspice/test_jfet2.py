"""Transistors of Parker and Skellern against ngspice: bias grids, temperatures, small signals, noise."""

import numpy as np
import pytest

from circuitnn import Circuit
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

CARDS = {
    "default": "njf(level=2)",
    "powers": "njf(level=2 beta=1m vto=-1.5 q=2.2 p=2.6 lambda=0.02 xi=0.5 mxi=0.3 z=0.6 vbi=0.8)",
    "weak": "njf(level=2 beta=1m vto=-1.5 vst=0.08 mvst=0.1 xi=2 z=0.3 rd=3 rs=2)",
    "slow": "njf(level=2 beta=1m vto=-1.5 lfgam=0.03 lfg1=0.01 lfg2=0.005 vst=0.05 xi=2)",
    "fast": "njf(level=2 beta=1m vto=-1.5 hfgam=0.05 hfg1=0.01 hfg2=0.01 hfeta=0.02 hfe1=0.01 hfe2=0.01)",
    "heat": "njf(level=2 beta=3m vto=-1.5 delta=0.2 xi=2 lambda=0.01)",
    "diode": "njf(level=2 is=1p n=1.2 ibd=1n vbd=1.5 vto=-1)",
    "p": "pjf(level=2 beta=1m vto=-1.5 q=2.1 p=2.3 xi=2 z=0.5 vst=0.05)",
}
FIT = "njf(level=2 beta=3m vto=-1.5 xi=2 z=0.5 q=2.1 p=2.4 vbi=0.8 lambda=0.01 vst=0.05 cgs=1p cgd=0.3p cds=0.2p {})"
EXTRAS = [
    "rd=2 rs=1",
    "acgam=0.05 xc=0.2 fc=0.6",
    "taug=1u lfgam=0.05 hfgam=0.2 hfeta=0.05",
    "delta=0.5 taud=2u rd=2",
]


@pytest.mark.parametrize("name", CARDS)
def test_same_currents(name, tmp_path):
    card, sign = CARDS[name], -1 if name == "p" else 1
    devices = "\n".join(
        f"vd{k} d d{k} 0\nvg{k} g g{k} 0\nj{k} d{k} g{k} 0 mm {area} temp={t}"
        for k, (area, t) in enumerate(((1, -40), (2.5, 27), (1, 110)))
    )
    text = f"""transistors
vd d 0 0
vg g 0 0
{devices}
.model mm {card}
.options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15
.dc vd {-1.5 * sign} {6 * sign} {0.5 * sign} vg {-2 * sign} {0.4 * sign} {0.3 * sign}
.end
"""
    ours, theirs = both(text, tmp_path)
    for k in range(3):
        for source in (f"i(vd{k})", f"i(vg{k})"):
            # below exp(-10) ngspice has no exponentials
            assert np.allclose(np.ravel(ours[source]), theirs[source], rtol=3e-6, atol=1e-12), source


@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize(("gate", "drain"), [(-0.5, 3.0), (0.1, 0.3), (-1.2, 2.0), (0.55, 1.0)])
def test_same_small_signals(gate, drain, extra, tmp_path):
    """Traps and heating are followed at low frequencies and not at high ones."""
    text = f"""amplifier
vd d 0 {drain} ac 0.3
vg g 0 {gate} ac 1
j1 d g 0 mm area=2
.model mm {FIT.format(extra)}
.options reltol=1e-10 abstol=1e-18 vntol=1e-12
.ac dec 2 10k 10g
.end
"""
    ours, theirs = both(text, tmp_path)
    for source in ("i(vd)", "i(vg)"):
        mine, other = np.ravel(ours.array(source)), theirs.array(source)
        assert np.max(np.abs(mine / other - 1.0)) < 1e-9, source


@pytest.mark.parametrize("extra", ["", *EXTRAS])
@pytest.mark.parametrize(("gate", "supply"), [(-0.5, 3.0), (0.1, 1.0), (0.9, 0.1)])
def test_same_noise(gate, supply, extra, tmp_path):
    """Traps and power follow in the channel's noise at all frequencies."""
    text = f"""amplifier
vd dd 0 {supply}
rd dd d 300
vg g 0 {gate} ac 1
j1 d g 0 mm area=2
.model mm {FIT.format(f"kf=1e-14 af=1.1 {extra}")}
.options reltol=1e-10
.noise v(d) vg dec 2 10 1g 1
.end
"""
    ours, theirs = both(text, tmp_path)
    parts = [part for part in ("rd", "rs", "id", "1overf") if f"onoise_j1_{part}" in ours.names]
    assert parts[-2:] == ["id", "1overf"]
    for part in parts:
        assert np.allclose(np.ravel(ours[f"onoise_j1_{part}"]), theirs[f"onoise_j1_{part}"], rtol=1e-6), part


@pytest.mark.parametrize("extra", EXTRAS)
def test_transients_follow_the_small_signals(extra, tmp_path):
    """ngspice loses its way in most transients of this level: a sine of 1 mV moves by what .ac says."""
    deck = """amplifier
vd dd 0 3
rd dd d 300
vg g 0 sin(-0.6 1m {f}) dc -0.6 ac 1m
j1 d g 0 mm area=2
.model mm {card}
.options reltol=1e-6 vntol=1e-9
{analysis}
.end
"""
    for f in (3e5, 1e8):
        card = FIT.format(extra)
        small = Circuit.from_text(deck.format(f=f, card=card, analysis=f".ac lin 1 {f} {f}")).run()[0]
        span = 6.0 / f
        tran = f".tran {span / 600} {span} 0 {span / 1200}"
        large = Circuit.from_text(deck.format(f=f, card=card, analysis=tran)).run()[0]
        late = large.time > span / 2.0
        angle = 2.0 * np.pi * f * large.time[late]
        basis = np.stack([np.sin(angle), np.cos(angle), np.ones(angle.size), large.time[late]], axis=1)
        found = np.linalg.lstsq(basis, large["v(d)"][late], rcond=None)[0]
        phasor = np.ravel(small.array("v(d)"))[0]
        assert abs(found[0] + 1j * found[1] - phasor) < 0.01 * abs(phasor)
