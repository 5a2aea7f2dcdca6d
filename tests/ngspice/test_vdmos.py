"""Power MOSFETs against ngspice's own: grids of bias points and temperatures, small signals, switching."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

CARDS = {
    "default": "vdmos",
    "resistances": "vdmos(rd=0.05 rs=0.01 rg=3 kp=20 vto=2.5)",
    "quasi-saturation": "vdmos(rd=0.05 rs=0.02 rg=3 kp=20 vto=2.5 rq=0.1 vq=30 mtriode=0.6 ksubthres=0.12 lambda=3m)",
    "mobility": "vdmos(vto=2.5 kp=10 theta=0.1 mtriode=1.3 lambda=5m subshift=0.1 rds=1e5)",
    "temperature": "vdmos(vto=2.5 kp=10 rd=0.1 rs=0.05 rg=1 rb=0.1 tcvth=5m mu=-2 trd1=5m trd2=1e-5 trs1=4m trb1=3m "
    "rq=0.1 vq=5 ksubthres=0.15 tksubthres1=2m is=1p cjo=1n tnom=40)",
    "exponents": "vdmos(vto=2.5 kp=10 rd=0.1 rq=0.1 vq=5 texp0=1.2 texp1=0.5)",
    "body": "vdmos(vto=2.5 kp=10 rd=0.1 rb=0.02 is=1n n=1.2 xti=2 eg=1.2 rds=1meg)",
    "p": "vdmos(pchan vto=-2.5 kp=8 rd=0.1 rs=0.05 rg=1 rb=0.1 tcvth=5m mu=-2 is=1p lambda=4m mtriode=0.7 theta=0.05 "
    "rq=0.1 vq=5 ksubthres=0.1)",
    "p default": "vdmos pchan",
    "p last": "vdmos(vto=-2.62 kp=4 theta=.2 rd=60m pchan)",
    "p by type": "vdmosp(vto=-2 kp=5)",
}
# as LTspice's library has them
VENDOR = (
    "vdmos(rg=3 vto=4 rd=18m rs=2m rb=5m kp=40 lambda=0.02 cgdmax=1.2n cgdmin=50p cgs=1.1n cjo=900p m=0.5 is=2p tt=60n "
    "ksubthres=0.1 mfg=nobody vds=100 ron=25m qg=40n)"
)


@pytest.mark.thinned(3)
@pytest.mark.parametrize("name", CARDS)
def test_same_currents(name, tmp_path):
    """Gate 0 to 6 V, drain -0.6 to 8 V over the source, three temperatures; signs turned for P channels."""
    card = CARDS[name]
    sign = -1 if name[0] == "p" else 1
    devices = "\n".join(
        f"vd{k} d d{k} 0\nvg{k} g g{k} 0\nm{k} d{k} g{k} 0 mm m=2 temp={t}"
        for k, t in enumerate((-40, 27, 110))
    )
    text = f"""power
vd d 0 0
vg g 0 0
{devices}
.model mm {card}
.options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15
.dc vd {-0.6 * sign} {8 * sign} {0.2 * sign} vg 0 {6 * sign} {0.5 * sign}
.end
"""
    ours, theirs = both(text, tmp_path)
    for k in range(3):
        assert np.max(np.abs(theirs[f"i(vd{k})"])) > 5.0
        assert np.allclose(np.ravel(ours[f"i(vd{k})"]), theirs[f"i(vd{k})"], rtol=1e-6, atol=2e-13)
        assert np.max(np.abs(ours[f"i(vg{k})"])) < 1e-12


@pytest.mark.parametrize("bv", ["bv=6 ibv=1m nbv=3 is=1n n=1.2", "bv=6 is=1n", "bv=6 ibv=0.1 nbv=2 is=1p"])
def test_same_breakdown(bv, tmp_path):
    text = f"power\nvd d 0 0\nm1 d 0 0 mm\n.model mm vdmos({bv})\n.dc vd 5 6.3 0.05\n.end\n"
    ours, theirs = both(text, tmp_path)
    assert np.min(theirs["i(vd)"]) < -1e-6
    assert np.allclose(ours["i(vd)"], theirs["i(vd)"], rtol=2e-3, atol=1e-12)


@pytest.mark.parametrize("kind", ["", "pchan"])
@pytest.mark.parametrize("drain", [0.5, 10.0])
def test_same_small_signals(kind, drain, tmp_path):
    sign = -1 if kind else 1
    text = f"""amplifier
vd d 0 {sign * drain} ac 0.1
vg g 0 {sign * 3.4} ac 1
rd d x 0.1
m1 x g 0 mm
.model mm vdmos({kind} vto={3 * sign} kp=3 rd=20m rs=30m rg=2 rb=5m cgs=1.2n
+ cgdmax=1n cgdmin=40p a=0.3 cjo=1.2n is=2p tt=50n)
.options reltol=1e-9
.ac dec 3 1k 100meg
.end
"""
    ours, theirs = both(text, tmp_path)
    for signal in ("v(x)", "i(vg)"):
        assert np.allclose(np.ravel(ours.array(signal)), theirs.array(signal), rtol=1e-9, atol=1e-12), signal


def test_same_switching(tmp_path):
    """Gate charge, plateau and edges of a load that a diode clamps."""
    text = f"""switch
vdd dd 0 48
vin in 0 pulse(0 12 1u 20n 20n 4u 10u)
rin in g 10
m1 d g 0 mm
df d dd dd
l1 d out 10u
rl out dd 4
.model dd d(is=1n rs=20m cjo=200p)
.model mm {VENDOR}
.options reltol=1e-5 abstol=1e-9 chgtol=1e-13 method=gear
.tran 2n 12u 0 2n
.end
"""
    ours, theirs = both(text, tmp_path)
    time = np.linspace(0.0, 12e-6, 4001)
    for signal in ("v(g)", "v(d)", "i(vdd)"):
        mine, other = (np.interp(time, r.time, r[signal]) for r in (ours, theirs))
        off = np.abs(mine - other) / np.ptp(other)
        assert np.mean(off) < 5e-4 and np.quantile(off, 0.99) < 5e-3, signal


def test_same_recovery_of_the_body_diode(tmp_path):
    text = f"""recovery
v1 a 0 pulse(-5 5 1u 50n 50n 2u 10u)
r1 a b 1
m1 b 0 0 mm
.model mm {VENDOR}
.options reltol=1e-5 method=gear
.tran 1n 4u 0 1n
.end
"""
    ours, theirs = both(text, tmp_path)
    time = np.linspace(0.0, 4e-6, 4001)
    mine, other = (np.interp(time, r.time, r["i(v1)"]) for r in (ours, theirs))
    assert np.max(other) > 3.0 and np.max(np.abs(mine - other)) < 1e-2 * np.ptp(other)


def test_beside_mosfets_with_a_bulk():
    """Three and four nodes in one deck, one of them a model that is defined later and in the other order."""
    text = """both
vd d 0 5
vg g 0 4
m1 a g 0 p m=2
m2 b g 0 0 n l=1u w=10u
r1 d a 1
r2 d b 1k
.model n nmos(vto=0.7 kp=60u)
.model p vdmos(vto=3 kp=2)
.op
.end
"""
    r = Circuit.from_text(text).op()
    assert r["v(a)"] == pytest.approx(5.0 - 2.0 * 0.5 * 2.0 * 1.0, rel=1e-3)
    assert r["@m1[gm]"] == pytest.approx(4.0, rel=1e-3)
    # ½·β·x² with x = 3.3 V would be 3.3 mA: beyond what 1 kOhm gives, in the triode region at 1.3 V or so
    assert 0.5 < r["v(b)"] < 2.5


def test_thermal_nodes_and_self_heating_are_not_silent():
    text = "t\nvd d 0 5\nm1 d d 0 j c mm thermal\nr1 j 0 1\nr2 c 0 1\n.model mm vdmos\n.op\n.end\n"
    with pytest.raises(NetlistError, match="thermal nodes are not supported"):
        Circuit.from_text(text).op()
    text = "t\nvd d 0 5\nm1 d d 0 mm\n.model mm vdmos(rthjc=0.5)\n.op\n.end\n"
    with pytest.warns(DeckWarning, match="self-heating is not modelled"):
        Circuit.from_text(text).op()


def test_negative_resistances_count_as_none(tmp_path):
    """As some fits of makers have them, in ngspice too."""
    text = """power
vd d 0 0
vg g 0 5
m1 d g 0 mm
.model mm vdmos(vto=3.5 rs=70m kp=8.4 rd=-60m rg=25 cgdmax=1.6n)
.options reltol=1e-9 abstol=1e-15
.dc vd 0 10 0.5
.end
"""
    with pytest.warns(DeckWarning, match="'rd' = -0.06 lies outside .* it counts as 0"):
        ours, theirs = both(text, tmp_path)
    assert np.min(theirs["i(vd)"]) < -4.0
    assert np.allclose(ours["i(vd)"], theirs["i(vd)"], rtol=1e-6, atol=1e-9)


def test_a_current_below_the_threshold_is_not_lost_beside_small_resistances(tmp_path):
    """Where limiting ends, the last step is no measure of what is left; siemens of `rd` hide nanoamperes."""
    text = """power
m1 d g s mm
vd sd 0 3
rd sd d 1k
vg sg 0 3
rg sg g 1k
rs 0 s 1k
.model mm vdmos(vto=3.9 rd=6.5m rs=1.74m rb=4.44m kp=58.4 lambda=0.03 is=25.1p n=1.16)
.options reltol=1e-6 abstol=1e-14 vntol=1e-9
.op
.end
"""
    ours, theirs = both(text, tmp_path)
    assert theirs["i(vd)"] == pytest.approx(-4.87e-9, rel=1e-2)
    assert ours["i(vd)"] == pytest.approx(theirs["i(vd)"], rel=1e-3)
    assert ours["v(s)"] == pytest.approx(theirs["v(s)"], rel=1e-3)
