"""Capacitances of MOS gates against ngspice's, over gate, drain and bulk; circuits whose timing depends on them.

ngspice computes them in transients alone: the gate rises so slowly that nothing else moves, and ours are evaluated at
the very voltages of its points.
"""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.equations.evaluate import evaluate
from circuitnn.models import named
from circuitnn.models.probes import probes
from circuitnn.system.groups import place_devices
from circuitnn.system.unknowns import Unknowns
from validation.ngspice import available, run_batch

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

OXIDE = 3.9 * 8.854214871e-12 / 25e-9 * 10e-6 * 2e-6  # of the device below [F]
CARDS = {
    "1": "nmos(vto=0.8 kp=60u gamma=0.5 phi=0.65 lambda=0.02 tox=25n cgso=0.2n cgdo=0.3n cgbo=0.1n)",
    "1 doped": "nmos(tox=25n nsub=2e16 u0=500)",
    "2": "nmos(level=2 vto=0.8 gamma=0.5 phi=0.65 tox=25n lambda=0.02)",
    "2 fast": "nmos(level=2 vto=0.8 tox=25n cgdo=0.3n nsub=1e16 nfs=1e11 uexp=0.1 xj=0.2u vmax=5e4 delta=1)",
    "3": "nmos(level=3 vto=0.8 gamma=0.5 phi=0.65 tox=25n theta=0.1 cgso=0.2n)",
    "3 fast": "nmos(level=3 vto=0.8 tox=25n nsub=1e16 nfs=1e11 vmax=1e5 theta=0.05 eta=0.1 xj=0.2u)",
    "6": "nmos(level=6 vto=0.8 kc=60u kv=1.2 nc=1.3 nv=0.8 gamma=0.5 tox=25n gamma1=0.02 sigma=0.05)",
    "1 p": "pmos(vto=-0.8 kp=25u gamma=0.5 lambda=0.02 tox=25n cgso=0.2n)",
    "3 p": "pmos(level=3 vto=-0.8 tox=25n nsub=1e16 nfs=1e11 vmax=1e5 theta=0.05 eta=0.1 xj=0.2u)",
}
DRAINS = (0.0, 0.02, 0.3, 1.5, 5.0, -0.02, -1.0)
BULKS = (0.0, -1.0, -2.5, -5.0, 0.3)
NAMES = ("cgs", "cgd", "cgb")


def deck(card, biases, sign):
    """One device a bias, all with the same gate, from -4 to 5 V."""
    devices = [
        f"vd{k} d{k} 0 {sign * d}\nvb{k} b{k} 0 {sign * b}\nm{k} d{k} g 0 b{k} mm l=2u w=10u"
        for k, (d, b) in enumerate(biases)
    ]
    saved = " ".join(f"@m{k}[{name}]" for k in range(len(biases)) for name in NAMES)
    return "\n".join(
        [
            *("capacitances", f"vg g 0 pwl(0 {-4 * sign} 1 {5 * sign})", *devices, f".model mm {card}"),
            *(f".save v(g) {saved}", ".tran 4m 1 0 4m", ".end\n"),
        ]
    )


def ours_at(text, k, gate, drain, bulk):
    """The model's own capacitances at these voltages."""
    circuit = Circuit.from_text(text).flat
    (table,) = circuit.devices
    placed = place_devices(table, Unknowns(circuit), 27.0, 27.0)
    known = {name: column[k] for name, column in placed.columns.items()}
    zero = np.zeros(len(gate))
    known |= {"gate": gate, "drain": zero + drain, "source": zero, "bulk": zero + bulk, "gmin": 1e-12}
    known |= {"drain_inner": zero + drain, "source_inner": zero}
    return evaluate([probes(named(table.model))[name].value for name in NAMES], known)


@pytest.mark.parametrize("name", CARDS)
def test_capacitances_over_gate_drain_and_bulk(name, tmp_path):
    """Each of the three, within 1e-4 of the oxide's capacitance."""
    card, sign = CARDS[name], -1 if " p" in name else 1
    biases = [(d, b) for d in DRAINS for b in BULKS]
    text = deck(card, biases, sign)
    path = tmp_path / "deck.cir"
    path.write_text(text)
    theirs = run_batch(path).plots[0]
    settled = theirs.time > 0.01  # its first point has no capacitances
    gate, seen = theirs["v(g)"][settled], np.zeros(3)
    for k, (drain, bulk) in enumerate(biases):
        ours = ours_at(text, k, gate, sign * drain, sign * bulk)
        for i, mine in enumerate(ours):
            other = theirs[f"@m{k}[{NAMES[i]}]"][settled]
            assert np.max(np.abs(mine - other)) < 1e-4 * OXIDE, (NAMES[i], drain, bulk)
            seen[i] = max(seen[i], np.max(other))
    assert np.all(seen > 0.6 * OXIDE)


@pytest.mark.parametrize("card", [CARDS[name] for name in ("1", "2 fast", "3 fast")])
@pytest.mark.parametrize(("gate", "drain", "bulk"), [(0.3, 2.0, -2.5), (2.5, 0.5, -1.0), (2.0, 4.0, 0.0)])
def test_small_signals_of_the_gate(card, gate, drain, bulk, tmp_path):
    """What flows into source, drain and bulk when the gate moves."""
    text = f"""gate
vg g 0 {gate} ac 1
vd d 0 {drain}
vb b 0 {bulk}
vs s 0 0
m1 d g s b mm l=2u w=10u
.model mm {card}
.options reltol=1e-9 abstol=1e-18
.ac lin 1 1meg 1meg
.end
"""
    path = tmp_path / "deck.cir"
    path.write_text(text)
    ours, theirs = Circuit.from_text(text).run()[0], run_batch(path).plots[0]
    for source in ("i(vg)", "i(vs)", "i(vd)", "i(vb)"):
        mine, other = (np.imag(np.ravel(r.array(source))[0]) for r in (ours, theirs))
        assert abs(mine - other) < 1e-4 * 2e6 * np.pi * OXIDE, source


RING = """ring of five inverters, each NMOS stacked
vdd dd 0 {supply}
{stages}
.model mn nmos({level} vto=0.7 gamma=0.5 phi=0.7 tox=20n {own} cj=2e-4 cjsw=3e-10 cgso=2e-10 cgdo=2e-10)
.model mp pmos({level} vto=-0.8 gamma=0.4 phi=0.7 tox=20n {own} cj=3e-4 cjsw=3e-10 cgso=2e-10 cgdo=2e-10)
.options reltol=1e-6 method=gear
.ic v(n0)=0 v(n1)={supply} v(n2)=0 v(n3)={supply} v(n4)=0
.tran 0.01n 30n 0 0.01n uic
.end
"""
STAGE = """mp{k} {b} {a} dd dd mp l=1u w=16u ad=32p as=32p pd=20u ps=20u
mn{k} {b} {a} x{k} 0 mn l=1u w=8u ad=16p as=16p pd=12u ps=12u
mk{k} x{k} dd 0 0 mn l=1u w=8u ad=16p as=16p pd=12u ps=12u"""


@pytest.mark.thinned(2)
@pytest.mark.parametrize(
    ("level", "own"),
    [
        ("level=1", "kp=50u lambda=0.02"),
        ("level=2", "nsub=1e16 nfs=1e11 xj=0.2u vmax=5e4"),
        ("level=3", "nsub=1e16 nfs=1e11 theta=0.05 vmax=1.5e5 xj=0.2u"),
        ("level=6", "kc=30u nc=1.2 lambda=0.02"),
    ],
)
def test_same_period_of_a_ring(level, own, tmp_path):
    stages = "\n".join(STAGE.format(k=k, a=f"n{k}", b=f"n{(k + 1) % 5}") for k in range(5))
    text = RING.format(supply=3, stages=stages, level=level, own=own)
    path = tmp_path / "deck.cir"
    path.write_text(text)
    periods = []
    for r in (Circuit.from_text(text).run()[0], run_batch(path).plots[0]):
        t, v = r.time, r["v(n0)"] - 1.5
        k = np.flatnonzero((v[:-1] < 0.0) & (v[1:] >= 0.0))
        rising = t[k] - v[k] * (t[k + 1] - t[k]) / (v[k + 1] - v[k])
        periods.append(np.mean(np.diff(rising[-5:])))
    assert periods[0] == pytest.approx(periods[1], rel=3e-4)
    assert 1e-9 < periods[0] < 10e-9


def test_the_way_does_not_close():
    """Meyer's charges are those of the way: what the bulk keeps after a round depends on the way round."""
    text = """a round trip of gate and drain
vg g 0 pwl(0 0 1u 3 2u 3 3u 0 4u 0)
vd d 0 pwl(0 0 1u 0 2u 3 3u 3 4u 0)
vs s 0 0
m1 d g s 0 mm l=2u w=10u
.model mm nmos(vto=0.8 kp=1n tox=25n)
.options reltol=1e-6
.tran 2n 4u 0 2n
.end
"""
    r = Circuit.from_text(text).run()[0]
    through_gate = np.sum(0.5 * (r["i(vg)"][1:] + r["i(vg)"][:-1]) * np.diff(r.time))
    assert abs(through_gate) > 0.02 * OXIDE
    assert r["v(g)"][-1] == r["v(d)"][-1] == 0.0
