"""Numbers of SPICE's own devices: closed forms, and traps."""

import math
import warnings

import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN

VT = BOLTZMANN * (27.0 + KELVIN) / ELEMENTARY_CHARGE


def solved(text, card=".op"):
    return Circuit.from_text(f"devices\n{text}\n.options reltol=1e-9 abstol=1e-18\n{card}\n.end\n").run()[0]


def transistor(model, vbe=0.6, vce=2.0, instance=""):
    r = solved(f"vc c 0 {vce}\nvb b 0 {vbe}\nq1 c b 0 mm {instance}\n.model mm {model}\n.options gmin=0")
    return -float(r["i(vc)"]), -float(r["i(vb)"])


def test_ideal_transistor():
    ic, ib = transistor("npn(is=1f bf=120)")
    assert ic == pytest.approx(1e-15 * math.exp(0.6 / VT), rel=1e-6)
    assert ic / ib == pytest.approx(120.0, rel=1e-6)


def test_early_effect():
    """1/q1 = 1 - vbc/vaf."""
    ic, _ = transistor("npn(is=1f vaf=50)")
    assert ic == pytest.approx(1e-15 * math.exp(0.6 / VT) * (1.0 + 1.4 / 50.0), rel=1e-6)


def test_high_injection():
    """Far beyond ikf the current is √(ikf·If)."""
    ic, _ = transistor("npn(is=1f ikf=1n)", vbe=0.7)
    forward = 1e-15 * math.exp(0.7 / VT)
    qb = 0.5 * (1.0 + math.sqrt(1.0 + 4.0 * forward / 1e-9))
    assert ic == pytest.approx(forward / qb, rel=1e-6)
    assert ic == pytest.approx(math.sqrt(1e-9 * forward), rel=0.01)


def test_saturation_voltage():
    """vce at forced gain, from Ebers and Moll: vt·ln((1/ar + ic/ib/br·…)/(1 - ic/ib/bf))."""
    r = solved("ic 0 c 1m\nib 0 b 0.1m\nq1 c b 0 mm\n.model mm npn(is=1f bf=100 br=2)")
    forced = 10.0
    expected = VT * math.log((1.0 + (1.0 + forced) / 2.0) / (1.0 - forced / 100.0))
    assert float(r["v(c)"]) == pytest.approx(expected, rel=1e-4)


def test_base_resistance_at_half():
    """With irb the resistance of the base is halfway between rb and rbm where the base current is irb."""
    r = solved("vc c 0 2\nib 0 b 0.1m\nq1 c b 0 mm\n.model mm npn(is=1f bf=100 rb=200 rbm=20 irb=0.1m)")
    inner = VT * math.log(0.1e-3 * 100.0 / 1e-15)
    assert (float(r["v(b)"]) - inner) / 0.1e-3 == pytest.approx(110.0, rel=0.02)


def test_pnp_mirrors_npn():
    ic, ib = transistor("npn(is=1f bf=50 vaf=30 ikf=1m rb=100 ise=1p)", 0.65, 3.0)
    mirrored = transistor("pnp(is=1f bf=50 vaf=30 ikf=1m rb=100 ise=1p)", -0.65, -3.0)
    assert mirrored == pytest.approx((-ic, -ib), rel=1e-9)


def test_transit_time():
    """fT = 1/(2·pi·tf) well below the knee: |ic/ib| falls to 1 there."""
    r = solved(
        "vc c 0 2\nib 0 b 10u ac 1\nq1 c b 0 mm\n.model mm npn(bf=100 tf=1n)",
        ".ac lin 1 159.155meg 159.155meg",
    )
    assert abs(complex(r.array("i(vc)")[0])) == pytest.approx(1.0, rel=1e-3)


def test_three_or_four_nodes():
    """Without a fourth node the substrate is ground."""
    card = ".model mm npn(cjs=1p iss=1f)"
    three = solved(f"vc c 0 -0.6\nvb b 0 0\nq1 c b 0 mm\n{card}")
    four = solved(f"vc c 0 -0.6\nvb b 0 0\nvs s 0 0\nq1 c b 0 s mm\n{card}")
    assert float(three["i(vc)"]) == float(four["i(vc)"])
    assert abs(float(four["i(vs)"])) > 1e-6


def test_limits_of_safe_operation_pass_without_a_word():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        transistor("npn(is=1f vbe_max=5)")


def test_jfet_at_its_edges():
    """Linear region by hand, and the conductance at 0 V, where |vds| has no slope."""
    card = ".model mm njf(vto=-2 beta=1m)"
    r = solved(f"vd d 0 0.5\nvg g 0 -0.5\nj1 d g 0 mm\n{card}")
    assert -float(r["i(vd)"]) == pytest.approx(1e-3 * (2.0 * 1.5 * 0.5 - 0.25), rel=1e-6)
    r = solved(f"vd d 0 0 ac 1\nj1 d 0 0 mm\n{card}", ".ac lin 1 1 1")
    assert abs(complex(r.array("i(vd)")[0])) == pytest.approx(2.0 * 1e-3 * 2.0, rel=1e-6)


def test_mosfet_conducts_at_zero():
    r = solved(
        "vd d 0 0 ac 1\nvg g 0 2\nm1 d g 0 0 mm l=1u w=1u\n.model mm nmos(vto=1 kp=100u)", ".ac lin 1 1 1"
    )
    assert abs(complex(r.array("i(vd)")[0])) == pytest.approx(100e-6, rel=1e-6)


def test_knee_of_a_diode():
    r = solved("v1 a 0 0.8\nd1 a 0 mm\n.model mm d(is=10f ikf=1m)")
    ideal = 1e-14 * (math.exp(0.8 / VT) - 1.0)
    assert -float(r["i(v1)"]) == pytest.approx(ideal / (1.0 + math.sqrt(ideal / 1e-3)), rel=1e-6)


def test_side_wall_of_a_diode():
    """pj unit perimeters of jsw beside area unit areas of is."""
    r = solved("v1 a 0 0.5\nd1 a 0 mm area=2 pj=3\n.model mm d(is=10f jsw=1f)")
    assert -float(r["i(v1)"]) == pytest.approx((2e-14 + 3e-15) * (math.exp(0.5 / VT) - 1.0), rel=1e-6)


def test_builder():
    circuit = Circuit().V("c", "c", "0", 2.0).V("b", "b", "0", 0.6).V("g", "g", "0", -1.0)
    circuit.Q("1", "c", "b", "0", "qn", area=2.0).J("1", "c", "g", "0", "jn")
    circuit.model("qn", "npn", **{"is": 1e-15}).model("jn", "njf", beta=1e-3)
    r = circuit.op()
    assert -float(r["i(vc)"]) == pytest.approx(1e-3 + 2e-15 * math.exp(0.6 / VT), rel=1e-3)
