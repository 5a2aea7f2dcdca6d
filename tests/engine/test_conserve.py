"""``.options conserve``: gates of MOSFETs have charges, which add up to nothing around a closed way."""

import pickle

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.models import named
from circuitnn.netlist.writer import write

OXIDE = 3.9 * 8.854214871e-12 / 25e-9 * 10e-6 * 2e-6  # [F]
ROUND = """a round trip of gate and drain
vg g 0 pwl(0 0 1u 3 2u 3 3u 0 4u 0)
vd d 0 pwl(0 0 1u 0 2u 3 3u 3 4u 0)
vs s 0 0
m1 d g s 0 mm l=2u w=10u
.model mm nmos(level={level} vto=0.8 gamma=0.5 tox=25n kp=1n)
.options reltol=1e-6 {option}
.tran 2n 4u 0 2n
.end
"""


def charge(r, source):
    rate = r[source]
    return np.sum(0.5 * (rate[1:] + rate[:-1]) * np.diff(r.time))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_round_trip_leaves_nothing(level):
    kept = Circuit.from_text(ROUND.format(level=level, option="conserve")).run()[0]
    assert abs(charge(kept, "i(vg)")) < 1e-4 * OXIDE
    lost = Circuit.from_text(ROUND.format(level=level, option="")).run()[0]
    assert abs(charge(lost, "i(vg)")) > 1e-2 * OXIDE


def test_all_of_the_oxide_between_accumulation_and_inversion():
    """Over the channel and over the bulk the gate has Cox, less what the channel's depletion keeps."""
    text = """gate
vg g 0 pwl(0 -6 1u -3 2u 3 3u 6)
m1 0 g 0 0 mm l=2u w=10u
.model mm nmos(vto=0.8 gamma=0.5 phi=0.6 tox=25n)
.options reltol=1e-6 conserve
.tran 2n 3u 0 2n
.end
"""
    r = Circuit.from_text(text).run()[0]
    at = np.interp([0.5e-6, 2.5e-6], r.time, -r["i(vg)"]) / 3e6
    assert at == pytest.approx([OXIDE, OXIDE], rel=1e-4)


def test_below_threshold_the_oxide_and_the_depleted_layer_are_in_series():
    """C = Cox/√(1 + 4·(vgb - vfb)/gamma²), with 2.5 V between source and bulk."""
    text = """gate
vg g 0 1.5 ac 1
vs s 0 2.5
m1 s g s 0 mm l=2u w=10u
.model mm nmos(vto=0.8 gamma=0.5 phi=0.6 tox=25n)
.options conserve
.ac lin 1 1meg 1meg
.end
"""
    r = Circuit.from_text(text).run()[0]
    flat = 0.8 - 0.6 - 0.5 * np.sqrt(0.6)
    expected = OXIDE / np.sqrt(1.0 + 4.0 * (1.5 - flat) / 0.25)
    assert -np.imag(np.ravel(r.array("i(vg)"))[0]) / (2e6 * np.pi) == pytest.approx(expected, rel=1e-6)
    assert 0.1 * OXIDE < expected < 0.3 * OXIDE


def test_exact_derivatives():
    kernel = named("mosfet3_charge").kernel()
    assert not kernel.carried
    assert kernel.name == "mosfet3_charge"


def test_written_copied_and_beside_power_mosfets():
    text = ROUND.format(level=1, option="conserve").replace(
        ".tran", "m2 d g s mp\n.model mp vdmos(kp=1n)\n.tran"
    )
    circuit = pickle.loads(pickle.dumps(Circuit.from_text(text)))
    assert {d.model for d in circuit.flat.devices} == {"mosfet1_charge", "vdmos"}
    again = Circuit.from_text(write(circuit.flat))
    assert {d.model for d in again.flat.devices} == {"mosfet1_charge", "vdmos"}
    plain = Circuit.from_text(text.replace(" conserve", " conserve=0"))
    assert {d.model for d in plain.flat.devices} == {"mosfet1", "vdmos"}
