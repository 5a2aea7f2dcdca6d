"""MOSFETs of levels 2, 3 and 6 against ngspice's own: grids of bias points, cards, temperatures; noise; an inverter."""

import numpy as np
import pytest

from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

TEMPERATURES = (-40, 27, 110)
INSTANCE = "l=1u w=8u ad=20p as=16p pd=18u ps=15u nrd=0.5 nrs=0.4"

# small junctions, of whose reverse current ngspice makes a step
CARDS = {
    "2": "nmos(level=2)",
    "2 plain": "nmos(level=2 vto=0.7 kp=60u lambda=0.03 is=1f)",
    "2 body": "nmos(level=2 vto=0.7 kp=60u gamma=0.45 phi=0.65 ld=0.1u js=1e-8)",
    "2 doped": "nmos(level=2 tox=20n nsub=4e16 nss=1e10 u0=450 is=1e-18 tnom=40)",
    "2 aluminium": "nmos(level=2 tox=40n nsub=1e15 tpg=0 is=1e-18)",
    "2 short and narrow": "nmos(level=2 tox=20n nsub=2e16 xj=0.3u ld=0.1u u0=500 delta=1.5 is=1e-18)",
    "2 mobility": "nmos(level=2 vto=0.7 tox=25n nsub=1e16 ucrit=1e4 uexp=0.2 lambda=0.02 is=1e-18)",
    "2 weak": "nmos(level=2 vto=0.7 tox=25n nsub=1e16 ucrit=5e4 uexp=0.1 nfs=5e11 xj=0.2u delta=1 is=1e-18)",
    "2 fast": "nmos(level=2 vto=0.7 tox=25n nsub=1e16 vmax=5e4 neff=2 nfs=1e11 ucrit=5e4 uexp=0.1 is=1e-18)",
    "2 fast and lambda": "nmos(level=2 vto=0.7 tox=25n nsub=1e16 vmax=5e4 lambda=0.02 nfs=1e11 is=1e-18)",
    "2 punched": "nmos(level=2 vto=0.7 tox=25n nsub=2e15 u0=600 is=1e-18)",
    "2 p": "pmos(level=2 vto=-0.8 kp=25u gamma=0.4 lambda=0.05 js=1e-8 rsh=30)",
    "2 p doped": "pmos(level=2 tox=20n nsub=2e16 tpg=-1 u0=200 vmax=4e4 nfs=2e11 xj=0.2u rd=20 rs=10 is=1e-18)",
    "2 of a process": "nmos(level=2 phi=0.6 tox=43.5n xj=0.2u vto=0.8756 delta=8.565 ld=0.2395u kp=45.494u uo=573.1 "
    "uexp=0.1592 ucrit=5.916e4 rsh=10.31 gamma=0.4179 nsub=3.316e15 nfs=8.18e12 vmax=6.028e4 lambda=29.33m is=1e-18)",
    "3": "nmos(level=3)",
    "3 body": "nmos(level=3 vto=0.7 kp=60u gamma=0.45 phi=0.65 ld=0.1u theta=0.1)",
    "3 doped": "nmos(level=3 tox=20n nsub=4e16 nss=1e10 u0=450 tnom=40)",
    "3 short and narrow": "nmos(level=3 tox=20n nsub=2e16 xj=0.3u ld=0.1u u0=500 delta=1.5 eta=0.1 kappa=0.5)",
    "3 weak": "nmos(level=3 vto=0.7 tox=25n nsub=1e16 theta=0.1 nfs=5e11 xj=0.2u delta=1 eta=0.05)",
    "3 fast": "nmos(level=3 vto=0.7 tox=25n nsub=1e16 vmax=1.5e5 theta=0.06 nfs=1e11 xl=-0.1u wd=0.1u xw=0.1u "
    "delvto=0.1)",
    "3 grown": "pmos(level=3 vto=-0.67 kp=43.7u tox=15n nsub=6e16 gamma=0.84 phi=0.65 xj=0.3u ld=0.04u wd=-0.03u)",
    "3 punched": "nmos(level=3 vto=0.7 tox=25n nsub=1e15 kappa=1 theta=0.06)",
    "3 p": "pmos(level=3 vto=-0.8 kp=25u gamma=0.4 js=1e-3 vmax=1e5 delvto=-0.1)",
    "3 p doped": "pmos(level=3 tox=20n nsub=2e16 tpg=-1 u0=200 vmax=2e5 nfs=2e11 xj=0.2u rd=20 rs=10 eta=0.1)",
    "3 of a process": "nmos(level=3 phi=0.7 tox=17.4n xj=0.2u vto=0.6684 delta=1.447 ld=0.115u kp=130u uo=655 "
    "theta=0.1162 rsh=2.2 gamma=0.6 nsub=1.95e16 nfs=5.908e12 vmax=1.784e5 eta=56m kappa=0.24)",
    "6": "nmos(level=6)",
    "6 fitted": "nmos(level=6 vto=0.7 kv=1.1 nv=0.6 kc=40u nc=1.2 gamma=0.4 phi=0.7 gamma1=0.05 sigma=0.03 "
    "lambda0=0.02 lambda1=0.005 is=1e-18)",
    "6 doped": "nmos(level=6 tox=20n nsub=4e16 nss=1e10 u0=450 lambda=0.05 is=1e-18)",
    "6 p": "pmos(level=6 vto=-0.8 kc=20u nc=1.5 nv=0.7 gamma=0.4 lambda=0.05 js=1e-8 rsh=20)",
}


@pytest.mark.thinned(3)
@pytest.mark.parametrize("name", CARDS)
def test_same_currents(name, tmp_path):
    """Gate 0 to 3 V, drain -0.3 to 4.5 V over the source, two bulks, three temperatures; signs turned for PMOS."""
    card = CARDS[name]
    sign = -1 if card[0] == "p" else 1
    devices = [
        f"vd{k} d d{k} 0\nvb{k} b{k} 0 {bulk * sign}\nm{k} d{k} g s{k} b{k} mm {INSTANCE} temp={temperature}\n"
        f"vs{k} s{k} 0 {0.1 * sign}"
        for k, (bulk, temperature) in enumerate((b, t) for b in (-1.5, 0.0) for t in TEMPERATURES)
    ]
    deck = "\n".join(
        [
            *("levels", "vd d 0 0", "vg g 0 0", *devices, f".model mm {card}"),
            ".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15",
            f".dc vd {-0.2 * sign} {4.6 * sign} {0.16 * sign} vg 0 {3 * sign} {0.25 * sign}",
            ".end\n",
        ]
    )
    ours, theirs = both(deck, tmp_path)
    for k in range(2 * len(TEMPERATURES)):
        assert np.max(np.abs(theirs[f"i(vd{k})"])) > 1e-5
        for source in (f"i(vd{k})", f"i(vs{k})", f"i(vb{k})"):
            # steps of reverse currents, exp(-3) of the saturation current, hot 1e-14 A becomes 1e-9 A
            little = 2e-11 if "is=1e-18" not in card and card[11] != "3" else 1e-14
            assert np.allclose(np.ravel(ours[source]), theirs[source], rtol=1e-6, atol=little), source


@pytest.mark.parametrize("bulk", [0.0, -2.0])
@pytest.mark.parametrize(
    ("card", "sign"),
    [
        ("nmos(level=2 vto=0.7 kp=60u gamma=0.4 lambda=0.02)", 1),
        ("nmos(level=2 tox=25n nsub=1e16 ucrit=1e4 uexp=0.2)", 1),
        ("pmos(level=2 vto=-0.8 kp=25u gamma=0.4)", -1),
        ("nmos(level=3 vto=0.7 kp=60u gamma=0.4 theta=0.1)", 1),
        ("pmos(level=3 vto=-0.8 kp=25u gamma=0.4 theta=0.05 rd=10)", -1),
    ],
)
def test_same_small_signals(card, sign, bulk, tmp_path):
    """Where ngspice's derivatives are those of its currents: above the threshold, without vmax and xj."""
    deck = f"""amplifier
vdd dd 0 {5 * sign}
rd dd d 5k
vg g 0 {1.8 * sign} ac 1
vb b 0 {bulk * sign} ac 0.1
m1 d g 0 b mm l=2u w=10u
.model mm {card}
.options reltol=1e-9 abstol=1e-18 temp=60
.ac lin 1 10 10
.end
"""
    ours, theirs = both(deck, tmp_path)
    for signal in ("v(d)", "i(vdd)"):
        assert np.ravel(ours.array(signal))[0] == pytest.approx(theirs.array(signal)[0], rel=1e-6), signal
    assert abs(np.ravel(ours.array("v(d)"))[0]) > 0.1


@pytest.mark.parametrize(
    "card",
    [
        "level=2 gamma=0.4",
        "level=2 nlev=0 af=1.2 ld=0.1u",
        "level=3 nlev=1 ld=0.1u wd=0.2u xl=0.05u xw=0.1u rd=50 rs=20",
        "level=3 theta=0.05 nlev=0 ld=0.1u",
    ],
)
@pytest.mark.parametrize("drain", [0.2, 3.0])
def test_same_noise(drain, card, tmp_path):
    deck = f"""amplifier
vd dd 0 {drain}
rd dd d 1k
vg g 0 1.5 ac 1
m1 d g 0 0 mm l=1u w=5u
.model mm nmos(vto=0.7 kp=60u kf=1e-26 {card})
.options reltol=1e-9 abstol=1e-18 temp=60
.noise v(d) vg dec 2 1 1k 1
.end
"""
    ours, theirs = both(deck, tmp_path)
    for signal in ("onoise_m1_id", "onoise_m1_1overf", "onoise_m1", "onoise_spectrum"):
        assert np.allclose(np.ravel(ours[signal]), theirs[signal], rtol=1e-6, atol=0.0), signal


@pytest.mark.parametrize(
    "card",
    [
        "level=2 nfs=1e11",
        "level=2 nsub=1e16 vmax=5e4 nfs=1e11 neff=3 xj=0.2u",
        "level=3 theta=0.1",
        "level=3 nsub=1e16 vmax=1.5e5 nfs=1e11 xj=0.2u",
        "level=6 nc=1.2",
    ],
)
@pytest.mark.parametrize("drain", [0.0, 1.0, 4.0])
def test_gate_charge_is_that_of_meyer(card, drain, tmp_path):
    """Gate ramped from -2 to 4 V."""
    deck = f"""gate
vd d 0 {drain}
vg g 0 pwl(0 -2 6u 4)
m1 d g 0 0 mm l=1u w=10u
.model mm nmos(vto=0.7 tox=20n {card})
.options reltol=1e-6 method=gear
.tran 2n 6u 0 2n
.end
"""
    ours, theirs = both(deck, tmp_path)
    time = np.arange(0.02e-6, 6e-6, 2e-9)
    mine, other = (np.interp(time, r.time, r["i(vg)"]) for r in (ours, theirs))
    assert np.max(np.abs(mine - other)) < 1e-3 * np.max(np.abs(other))
    assert np.sum(mine) == pytest.approx(np.sum(other), rel=1e-5)


INVERTER = """inverter
vdd dd 0 3
vin in 0 pulse(0 3 10n 2n 2n 40n 100n)
mp out in dd dd mp l=1u w=20u ad=40p as=40p pd=24u ps=24u
mn out in 0 0 mn l=1u w=8u ad=16p as=16p pd=12u ps=12u
c1 out 0 50f
.model mn nmos({level} vto=0.7 kp=60u gamma=0.4 tox=20n {short} cj=2e-4 cjsw=3e-10 cgso=2e-10 cgdo=2e-10)
.model mp pmos({level} vto=-0.8 kp=25u gamma=0.5 tox=20n {short} cj=3e-4 cjsw=3e-10 cgso=2e-10 cgdo=2e-10)
.options reltol=1e-5 method=gear
.tran 0.05n 100n 0 0.05n
.end
"""


@pytest.mark.parametrize(
    ("level", "short"),
    [
        ("level=2", "nfs=1e11 lambda=0.02"),
        ("level=2", "nsub=2e16 xj=0.2u vmax=5e4 nfs=1e11 neff=3"),
        ("level=3", "nfs=1e11 theta=0.05"),
        ("level=3", "nsub=2e16 xj=0.2u vmax=1.5e5 nfs=1e11 eta=0.05"),
        ("level=6 kc=30u nc=1.2", "lambda=0.02"),
    ],
)
def test_same_inverter(level, short, tmp_path):
    """Same levels and delays, of some 1 to 4 ns."""
    text = INVERTER.format(level=level, short=short)
    if "level=6" in level:
        text = text.replace("kp=60u ", "").replace("kp=25u ", "")
    ours, theirs = both(text, tmp_path)
    for t in (5e-9, 40e-9, 90e-9):
        mine, other = (np.interp(t, r.time, r["v(out)"]) for r in (ours, theirs))
        assert mine == pytest.approx(other, rel=1e-3, abs=1e-3)
    for crossing in (0.5, 1.5, 2.5):
        mine, other = crossings(ours, crossing), crossings(theirs, crossing)
        assert len(mine) == len(other) == 2
        assert np.allclose(mine, other, atol=2e-12)


def crossings(r, level):
    t, s = r.time, r["v(out)"] - level
    k = np.flatnonzero(s[:-1] * s[1:] < 0.0)
    return t[k] - s[k] * (t[k + 1] - t[k]) / (s[k + 1] - s[k])
