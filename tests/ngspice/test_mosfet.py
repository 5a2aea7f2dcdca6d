"""MOSFETs of level 1 against ngspice's own: currents of all four terminals, capacitances, transients."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.netlist.writer import write
from validation.cases import both
from validation.ngspice import available, run_batch

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

CARDS = {
    "plain": "nmos(level=1 vto=0.7 kp=60u)",
    "body": "nmos(vto=0.7 kp=60u gamma=0.45 phi=0.65 lambda=0.03 ld=0.1u is=1e-13)",
    "doped": "nmos(tox=20n nsub=4e16 nss=1e10 u0=450 lambda=0.02)",
    "aluminium": "nmos(tox=40n nsub=1e15 tpg=0)",
    "resistive": "nmos(vto=0.5 kp=100u rd=20 rs=35 gamma=0.3 js=1e-4)",
    "sheet": "nmos(vto=0.5 kp=100u rsh=25 tox=10n)",
    "p": "pmos(vto=-0.8 kp=25u gamma=0.4 lambda=0.05 js=1e-3)",
    "p doped": "pmos(tox=20n nsub=2e16 tpg=-1 u0=200)",
}
INSTANCE = "l=1u w=8u ad=20p as=16p pd=18u ps=15u nrd=0.5 nrs=0.4"


@pytest.mark.parametrize("temperature", [27, 85])
@pytest.mark.parametrize("name", CARDS)
def test_same_currents(name, temperature, tmp_path):
    """Gate from 0 to 3 V, drain from -0.8 to 2 V, bulk at -1 and 0.3 V; signs turned for PMOS."""
    sign = -1 if CARDS[name][0] == "p" else 1
    for bulk in (-1.0, 0.3):
        # the source stands a little off so that drain and source change places in between
        deck = f"""mosfet
vd d 0 0
vg g 0 0
vs s 0 {0.1 * sign}
vb b 0 {bulk * sign}
m1 d g s b mm {INSTANCE} m=3
.model mm {CARDS[name]}
.options reltol=1e-6 abstol=1e-16 gmin=1e-12 temp={temperature}
.dc vd {-0.8 * sign} {2 * sign} {0.2 * sign} vg 0 {3 * sign} {0.5 * sign}
.end
"""
        ours, theirs = both(deck, tmp_path)
        assert np.max(np.abs(theirs["i(vd)"])) > 1e-4
        for source in ("i(vd)", "i(vs)", "i(vb)", "i(vg)"):
            # reverse currents of the junctions differ by up to exp(-3) of the saturation current
            little = {27: 4e-14, 85: 4e-11}[temperature]
            assert np.allclose(np.ravel(ours[source]), theirs[source], rtol=1e-5, atol=little), source


def share(ours, theirs, signal):
    """Largest difference as a part of the range, but for the jump of a current at the start."""
    time = theirs.time[theirs.time > 0.005 * theirs.time[-1]]
    reference = np.interp(time, theirs.time, theirs[signal])
    return np.max(np.abs(np.interp(time, ours.time, ours[signal]) - reference)) / np.ptp(reference)


def test_same_junction_and_overlap_charges(tmp_path):
    deck = f"""junctions
vd d 0 sin(0 0.6 1meg)
vg g 0 sin(-2 1 1meg)
vb b 0 -0.1
m1 d g 0 b mm {INSTANCE} m=2
.model mm nmos(vto=0.7 cj=2e-4 mj=0.4 cjsw=3e-10 mjsw=0.3 pb=0.7 cgso=3e-10 cgdo=2e-10 cgbo=4e-10 ld=0.1u)
.options reltol=1e-6 method=gear temp=60
.tran 1n 2u 0 1n
.end
"""
    ours, theirs = both(deck, tmp_path)
    for source in ("i(vd)", "i(vg)", "i(vb)"):
        assert share(ours, theirs, source) < 2e-3, source


@pytest.mark.parametrize("drain", [0.0, 1.0, 4.0])
def test_gate_charge_is_that_of_meyer(drain, tmp_path):
    """Gate ramped from -2 to 4 V."""
    deck = f"""gate
vd d 0 {drain}
vg g 0 pwl(0 -2 6u 4)
m1 d g 0 0 mm l=1u w=10u
.model mm nmos(vto=0.7 kp=60u tox=20n)
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
.model mn nmos(vto=0.7 kp=60u gamma=0.4 lambda=0.02 tox=20n cj=2e-4 cjsw=3e-10 cgso=2e-10 cgdo=2e-10)
.model mp pmos(vto=-0.8 kp=25u gamma=0.5 lambda=0.03 tox=20n cj=3e-4 cjsw=3e-10 cgso=2e-10 cgdo=2e-10)
.options reltol=1e-5 method=gear
.tran 0.05n 200n 0 0.05n
.end
"""

# One transistor, one memristor: the word line opens, the bit line sets and then resets the cell.
CELL = """1T1R
vbl bl 0 pulse(0 2.5 20n 5n 5n 200n 600n)
vsl sl 0 pulse(0 2.5 300n 5n 5n 200n 600n)
vwl wl 0 pwl(0 0 5n 3)
n1 bl x cell x0=0.02
m1 x wl sl 0 mn l=0.5u w=4u ad=4p as=4p
.model cell vteam
.model mn nmos(vto=0.6 kp=90u gamma=0.4 lambda=0.02 tox=15n cj=3e-4 cgso=3e-10 cgdo=3e-10)
.options reltol=1e-5 method=gear
.tran 0.1n 550n 0 0.1n
.end
"""


def test_same_inverter(tmp_path):
    """Same levels and delays, of some 1.4 ns."""
    ours, theirs = both(INVERTER, tmp_path)
    for signal in ("v(out)", "i(vdd)"):
        for t in (5e-9, 40e-9, 90e-9, 140e-9):
            assert at(ours, signal, t) == pytest.approx(at(theirs, signal, t), rel=1e-3, abs=1e-9)
    for level in (0.5, 1.5, 2.5):
        mine, other = crossings(ours, level), crossings(theirs, level)
        assert len(mine) == len(other) == 4
        assert np.allclose(mine, other, atol=2e-12)


def at(r, signal, t):
    return np.interp(t, r.time, r[signal])


def crossings(r, level):
    t, s = r.time, r["v(out)"] - level
    k = np.flatnonzero(s[:-1] * s[1:] < 0.0)
    return t[k] - s[k] * (t[k + 1] - t[k]) / (s[k + 1] - s[k])


def test_same_write_of_a_cell(tmp_path):
    path = tmp_path / "deck.cir"
    circuit = Circuit.from_text(CELL)
    path.write_text(write(circuit.flat))
    ours, theirs = circuit.run()[0], run_batch(path).plots[0]
    assert np.ptp(ours["@n1[x]"]) > 0.5
    assert share(ours, theirs, "v(x)") < 0.02
    assert share(ours, theirs, "i(vbl)") < 0.02


def test_written_with_its_type_and_level():
    """PMOS stays PMOS, what follows from other parameters is not written down."""
    text = write(Circuit.from_text(INVERTER).flat)
    assert "pmos(vto=-0.8 kp=2.5e-05" in text
    assert "polarity" not in text
    assert "phi" not in text
