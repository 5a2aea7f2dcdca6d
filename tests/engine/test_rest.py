"""Instances at rest are extended linearly: next to no error, and what moves is evaluated."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.system import devicegroups

CHAIN = """chain of inverters, of which few move at a time
.model n nmos(vto=0.7 kp=1e-4 lambda=0.02 cgso=1e-10 cgdo=1e-10 tox=2e-8)
.model p pmos(vto=-0.7 kp=4e-5 lambda=0.02 cgso=1e-10 cgdo=1e-10 tox=2e-8)
vdd vdd 0 3
vin s0 0 pulse(0 3 1n 0.2n 0.2n 20n 40n)
"""

LADDER = """ladder of diodes and resistors behind a slow source
.model d d(is=1e-14 n=1.1 cjo=1p tt=1n)
v1 s0 0 sin(0 3 1meg)
"""


def inverters(stages):
    lines = [CHAIN]
    for k in range(stages):
        lines += [f"mn{k} s{k + 1} s{k} 0 0 n w=2u l=1u", f"mp{k} s{k + 1} s{k} vdd vdd p w=4u l=1u"]
        lines += [f"c{k} s{k + 1} 0 5f"]
    return "\n".join(lines)


def diodes(stages):
    lines = [LADDER]
    for k in range(stages):
        lines += [f"r{k} s{k} s{k + 1} 100", f"d{k} s{k + 1} 0 d", f"dd{k} 0 s{k + 1} d"]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("deck", "times", "seen"),
    [(inverters(24), ("30n", "0.1n"), "v(s24)"), (diodes(16), ("2u", "10n"), "v(s16)")],
    ids=["inverters", "diodes"],
)
def test_rest_changes_nothing(deck, times, seen, monkeypatch):
    rested = Circuit.from_text(deck).tran(times[0], tmax=times[1])
    monkeypatch.setattr(devicegroups, "RESTFUL", 10**9)
    awake = Circuit.from_text(deck).tran(times[0], tmax=times[1])
    # far below reltol, which is 1e-3 here
    difference = np.interp(awake.time, rested.time, rested[seen]) - awake[seen]
    assert np.abs(difference).max() < 3e-4 * np.abs(awake[seen]).max()
    assert abs(len(rested.time) - len(awake.time)) < 0.05 * len(awake.time)


@pytest.mark.parametrize(
    "device", ["d1 b 0 d", "b1 b 0 i=1e-14*(exp(v(b)/25.86m)-1)", "q1 b b 0 q", "m1 b b 0 0 n"]
)
def test_a_circuit_at_its_operating_point_stays_there(device):
    """The first step was limited against an evaluation elsewhere; the capacitor then hid a current of 0.4 mA."""
    deck = f"""a device at rest
v1 a 0 1
r1 a b 1k
c1 b 0 1u
{device}
.model d d(is=1e-14)
.model q npn
.model n nmos(vto=0.3 kp=1m)
"""
    result = Circuit.from_text(deck).tran("100u")
    assert result["v(b)"] == pytest.approx(result["v(b)"][0], rel=1e-5)


def test_a_diode_that_loses_its_current_comes_down_at_once():
    """From 0.1 A to 10 nA in one step: an e-fold an iteration would take sixteen of them, ten are allowed."""
    deck = """a diode
.model d d(is=1e-15)
i1 0 a pwl(0 0.1 1u 0.1 1.000001u 10n)
d1 a 0 d
c1 a 0 1f
.options method=gear
"""
    found = Circuit.from_text(deck).tran("2u", tmax="0.1u")
    assert found.statistics.rejected == 0
    assert found["v(a)"][-1] == pytest.approx(0.0258649 * np.log(1e7), rel=1e-3)
    assert found.statistics.iterations < 3 * len(found.time)
