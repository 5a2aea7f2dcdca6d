"""MOSFETs of levels 1, 2, 3 and 6 and MESFETs: integrals of the equations by hand, continuity, traps."""

import math
import warnings

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from circuitnn.circuit.circuit import Circuit
from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.errors import NetlistError
from circuitnn.netlist.writer import write

VT = BOLTZMANN * (27.0 + KELVIN) / ELEMENTARY_CHARGE
SILICON = 11.7 * 8.854214871e-12
OXIDE = 3.9 * 8.854214871e-12


def solved(text, card=".op"):
    options = ".options reltol=1e-9 vntol=1e-12 abstol=1e-18 gmin=1e-18"
    return Circuit.from_text(f"devices\n{text}\n{options}\n{card}\n.end\n").run()[0]


def drain_current(model, vgs, vds, vbs=0.0, size="l=1u w=10u"):
    r = solved(f"vd d 0 {vds}\nvg g 0 {vgs}\nvb b 0 {vbs}\nm1 d g 0 b mm {size}\n.model mm {model}")
    return -float(r["i(vd)"])


# level 2: vto 0.7, gamma 0.5, phi 0.65, kp 60u; the charge of the channel at v from the source is Q(v)


def charge(v, vgs, vbs=0.0):
    return vgs - (0.7 - 0.5 * math.sqrt(0.65)) - v - 0.5 * math.sqrt(0.65 - vbs + v)


@pytest.mark.parametrize(("vds", "vbs"), [(0.3, 0.0), (0.8, -1.5), (4.0, 0.0), (4.0, -1.5)])
def test_level_2_is_the_integral_of_the_charge(vds, vbs):
    end = min(vds, brentq(charge, 0.0, 3.0, args=(2.0, vbs)))
    expected = 60e-6 * 10.0 * quad(charge, 0.0, end, args=(2.0, vbs))[0]
    got = drain_current("nmos(level=2 vto=0.7 kp=60u gamma=0.5 phi=0.65 is=1e-18)", 2.0, vds, vbs)
    assert got == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("vmax", [1e4, 5e4, 1e6])
def test_level_2_saturates_where_carriers_are_as_fast_as_vmax(vmax):
    """There the current is w·vmax·Cox·Q and what the channel below carries."""
    cox, mobility = OXIDE / 25e-9, 600e-4

    def excess(v):
        return mobility / 1e-6 * quad(charge, 0.0, v, args=(2.0,))[0] - vmax * charge(v, 2.0)

    expected = 10e-6 * vmax * cox * charge(brentq(excess, 0.0, 2.0, xtol=1e-14), 2.0)
    card = f"nmos(level=2 vto=0.7 gamma=0.5 phi=0.65 tox=25n u0=600 vmax={vmax} is=1e-18)"
    assert drain_current(card, 2.0, 4.0) == pytest.approx(expected, rel=1e-7)


def test_level_2_mobility_and_shortening():
    """µ = (ucrit·esi/(Cox·(vgs - von)))^uexp; 1/(1 - lambda·vds)."""
    card = "nmos(level=2 vto=0.7 kp=60u tox=25n ucrit=5e4 uexp=0.2 lambda=0.03 is=1e-18)"
    critical = 5e6 * SILICON * 25e-9 / OXIDE
    expected = 0.5 * 60e-6 * 10.0 * 2.3**2 * (critical / 2.3) ** 0.2 / (1.0 - 0.03 * 4.0)
    assert drain_current(card, 3.0, 4.0) == pytest.approx(expected, rel=1e-8)


def test_level_2_is_off_below_threshold_without_surface_states():
    card = "nmos(level=2 vto=0.7 tox=25n gamma=0.5 vmax=5e4 is=1e-18)"
    for vbs in (0.0, -2.0, 0.3):
        assert abs(drain_current(card, 0.2, 3.0, vbs)) < 1e-12


@pytest.mark.parametrize("level", ["level=2 gamma=0.4", "level=3 gamma=0.4"])
def test_weak_inversion(level):
    """From the last point below von on, a decade every n·Vt·ln 10."""
    card = f"nmos({level} phi=0.65 vto=0.7 tox=25n nfs=3e11 is=1e-20)"
    n = 1.0 + ELEMENTARY_CHARGE * 3e15 * 25e-9 / OXIDE + 0.5 * 0.4 / math.sqrt(0.65)
    low, high = (drain_current(card, v, 1.0) for v in (0.4, 0.5))
    assert math.log(high / low) == pytest.approx(0.1 / (n * VT), rel=1e-6)


def test_level_3_with_velocity_saturation():
    """The wanted saturation voltage, current and shortening step by step."""
    cox, length, doping = OXIDE / 25e-9, 1e-6, 1e22
    u0, vmax, theta, kappa = 600e-4, 1.5e5, 0.06, 0.3
    gamma, phi, vgs, vds = 0.5, 0.65, 2.5, 4.0
    vth, fb = 0.7, gamma / (4.0 * math.sqrt(phi))
    mobility = u0 / (1.0 + theta * (vgs - vth))
    a, vc = (vgs - vth) / (1.0 + fb), vmax * length / mobility
    vdsat = a + vc - math.hypot(a, vc)
    current = mobility * cox * 10.0 * (vgs - vth - 0.5 * (1.0 + fb) * vdsat) * vdsat / (1.0 + vdsat / vc)
    alpha = 2.0 * SILICON / (ELEMENTARY_CHARGE * doping)
    field = kappa * vc * (vc + vdsat) / (vdsat * length)
    shorter = math.sqrt((0.5 * field * alpha) ** 2 + kappa * alpha * (vds - vdsat)) - 0.5 * field * alpha
    process = "vto=0.7 gamma=0.5 phi=0.65 tox=25n nsub=1e16 is=1e-18"
    card = f"nmos(level=3 {process} vmax={vmax} theta={theta} kappa={kappa})"
    assert drain_current(card, vgs, vds) == pytest.approx(current / (1.0 - shorter / length), rel=1e-8)


def test_level_3_feedback_of_the_drain():
    """The threshold falls by eta·8.15e-22/(Cox·L³) a volt."""
    sigma = 0.1 * 8.15e-22 / (OXIDE / 25e-9 * 1e-18)
    expected = 0.5 * 60e-6 * 10.0 * (2.0 - 0.7 + sigma * 3.0) ** 2
    card = "nmos(level=3 vto=0.7 kp=60u tox=25n eta=0.1 is=1e-18)"
    assert drain_current(card, 2.0, 3.0) == pytest.approx(expected, rel=1e-8)


def test_level_6_in_its_linear_region():
    u = 0.3 / (0.9 * 1.5**0.6)
    expected = 4e-5 * 10.0 * 1.5**1.3 * (1.0 + 0.05 * 0.3) * (2.0 - u) * u
    card = "nmos(level=6 vto=0.5 kv=0.9 nv=0.6 kc=40u nc=1.3 lambda=0.05 is=1e-18)"
    assert drain_current(card, 2.0, 0.3) == pytest.approx(expected, rel=1e-8)


RICH = {
    "2": "level=2 vto=0.7 tox=20n nsub=2e16 xj=0.2u u0=500 ucrit=5e4 uexp=0.1 nfs=2e11 delta=1 is=1e-18",
    "2 fast": "level=2 vto=0.7 tox=20n nsub=2e16 xj=0.2u u0=500 vmax=5e4 neff=2 nfs=2e11 is=1e-18",
    "3": "level=3 vto=0.7 tox=20n nsub=2e16 xj=0.2u u0=500 theta=0.05 eta=0.05 nfs=2e11 delta=1 is=1e-18",
    "3 fast": "level=3 vto=0.7 tox=20n nsub=2e16 xj=0.2u u0=500 vmax=1.5e5 theta=0.05 nfs=2e11 is=1e-18",
    "6": "level=6 vto=0.7 kc=40u nc=1.2 gamma=0.4 sigma=0.02 lambda=0.05 is=1e-18",
}


@pytest.mark.parametrize("name", RICH)
def test_pmos_mirrors_nmos(name):
    mirrored = RICH[name].replace("vto=0.7", "vto=-0.7")
    for bias in ((2.0, 0.2, -1.0), (1.0, 3.0, 0.0), (0.6, 1.0, -0.5)):
        n = drain_current(f"nmos({RICH[name]})", *bias)
        p = drain_current(f"pmos({mirrored})", *(-v for v in bias))
        assert p == pytest.approx(-n, rel=1e-9)


@pytest.mark.parametrize("name", RICH)
def test_current_has_no_jumps(name):
    """Along drain and gate, over vdsat and von: no step is much larger than the next."""
    for bias, sweep in (("vg g 0 1.5\nvd d 0 0", "vd -0.5 4"), ("vg g 0 0\nvd d 0 2", "vg 0.2 2.5")):
        r = solved(f"{bias}\nm1 d g 0 0 mm l=1u w=10u\n.model mm nmos({RICH[name]})", f".dc {sweep} 2m")
        steps = np.abs(np.diff(r.array("i(vd)")))
        neighbours = np.maximum(np.roll(steps, 1), np.roll(steps, -1))[1:-1]
        assert np.all(steps[1:-1] < 1.5 * neighbours + 1e-10)


@pytest.mark.parametrize("name", ["1", *RICH])
def test_conducts_at_zero_and_feels_the_bulk(name):
    """Slopes where drain and source change places, and where the bulk's voltage passes 0, are those beside."""
    model = f".model mm nmos({RICH.get(name, 'vto=0.7 kp=60u gamma=0.4')})"

    def slope(vds, vbs, probe):
        acs = ["ac 1" if p == probe else "" for p in "db"]
        r = solved(
            f"vd d 0 {vds} {acs[0]}\nvg g 0 2\nvb b 0 {vbs} {acs[1]}\nm1 d g 0 b mm l=1u w=10u\n{model}",
            ".ac lin 1 1 1",
        )
        return abs(complex(r.array("i(vd)")[0]))

    assert slope(0.0, -1.0, "d") == pytest.approx(slope(1e-6, -1.0, "d"), rel=1e-4)
    assert slope(0.0, -1.0, "d") > 1e-4
    assert slope(2.0, 0.0, "b") == pytest.approx(slope(2.0, -1e-6, "b"), rel=1e-4)
    assert slope(2.0, 0.0, "b") > 1e-5


@pytest.mark.parametrize("name", ["2 fast", "3"])
def test_gate_charge_comes_back(name):
    """A floating source that is pumped for fifty cycles stays where it is."""
    text = (
        "vd d 0 0\nvg g 0 sin(1 2 10meg)\nm1 d g s 0 mm w=10u l=1u\nc1 s 0 20f\n"
        f".model mm nmos({RICH[name].replace('is=1e-18', 'is=1e-20')})\n.options gmin=1e-18"
    )
    r = Circuit.from_text(f"pump\n{text}\n.end\n").tran(3e-6, tstep=0.25e-9, reltol=1e-5)
    late = [np.interp(k * 1e-7 + 0.025e-7, r.time, r["v(s)"]) for k in (15, 22, 29)]
    assert np.ptp(late) < 2e-3


# MESFETs


def statz(vgs, vgd, vto=-1.3, alpha=2.3, cgs=0.6e-12, cgd=0.15e-12, pb=0.8):
    """Charge of the gate."""
    apart = math.hypot(vgs - vgd, 1.0 / alpha)
    upper = 0.5 * (vgs + vgd + apart)
    w = 0.5 * (upper + vto + math.hypot(upper - vto, 0.2))
    u = min(w, 0.5)
    depletion = 2.0 * pb * (1.0 - math.sqrt(1.0 - u / pb)) + (w - u) / math.sqrt(1.0 - 0.5 / pb)
    return cgs * depletion + cgd * (upper - apart)


def test_charge_of_a_gate():
    """What has flown into it, along a path of gate and drain on which the capacitances change."""
    r = Circuit.from_text("""path
vg g 0 pwl(0 -2 1n -0.3 2n -0.3 3n 0.4)
vd d 0 pwl(0 2 1n 2 2n 0.1 3n 1)
z1 d g 0 mm
.model mm nmf(vto=-1.3 alpha=2.3 cgs=0.6p cgd=0.15p pb=0.8 is=1e-30)
.options reltol=1e-6 gmin=1e-18
.tran 1p 3n 0 1p
.end
""").run()[0]
    flown = np.concatenate([[0.0], np.cumsum(np.diff(r.time) * 0.5 * (r["i(vg)"][1:] + r["i(vg)"][:-1]))])
    start = statz(-2.0, -4.0)
    for t, vgs, vgd in ((1e-9, -0.3, -2.3), (2e-9, -0.3, -0.4), (3e-9, 0.4, -0.6)):
        got = -np.interp(t, r.time, flown)
        assert got == pytest.approx(statz(vgs, vgd) - start, rel=5e-3)


def test_capacitances_of_a_mesfet_are_reciprocal():
    """∂Q/∂vgs and ∂Q/∂vgd flow from source and drain, whichever terminal moves."""
    step, currents = 1e-6, {}
    for probe in "gd":
        acs = ["ac 1" if p == probe else "" for p in "gd"]
        r = solved(
            f"vg g 0 -0.4 {acs[0]}\nvd d 0 0.3 {acs[1]}\nz1 d g 0 mm\n"
            ".model mm nmf(vto=-1.3 alpha=2.3 cgs=0.6p cgd=0.15p pb=0.8 is=1e-30)",
            ".ac lin 1 159.15494309189535meg 159.15494309189535meg",
        )
        currents[probe] = [-complex(r.array(f"i(v{n})")[0]).imag / 1e9 for n in "gd"]
    cgs = (statz(-0.4 + step, -0.7) - statz(-0.4 - step, -0.7)) / (2.0 * step)
    cgd = (statz(-0.4, -0.7 + step) - statz(-0.4, -0.7 - step)) / (2.0 * step)
    assert currents["g"] == pytest.approx([cgs + cgd, -cgd], rel=1e-6)
    assert currents["d"] == pytest.approx([-cgd, cgd], rel=1e-6)


def test_mesfet_at_its_edges():
    """Pinched off, conducting at 0 V, mirrored, two in parallel."""
    card = "vto=-2 beta=2.5m b=0.3 alpha=2 is=1e-18"

    def current(model, vg, vd, instance=""):
        return -float(solved(f"vd d 0 {vd}\nvg g 0 {vg}\nz1 d g 0 mm {instance}\n.model mm {model}")["i(vd)"])

    assert abs(current(f"nmf({card})", -2.1, 3.0)) < 1e-15
    saturated = 2.5e-3 * 2.0**2 / 1.6
    assert current(f"nmf({card})", 0.0, 3.0) == pytest.approx(saturated, rel=1e-8)
    assert current(f"nmf({card})", 0.0, 3.0, "2 m=3") == pytest.approx(6.0 * saturated, rel=1e-8)
    # the threshold of a PMF is negative as well, as in ngspice
    assert current(f"pmf({card})", 0.5, -0.4) == pytest.approx(-current(f"nmf({card})", -0.5, 0.4), rel=1e-9)
    r = solved(f"vd d 0 0 ac 1\nz1 d 0 0 mm\n.model mm nmf({card})", ".ac lin 1 1 1")
    assert abs(complex(r.array("i(vd)")[0])) == pytest.approx(saturated * 2.0, rel=1e-8)


# levels on cards


def test_levels_side_by_side():
    """In one deck and below, where the level is a parameter of the subcircuit."""
    deck = """levels
vg g 0 2
vd d 0 3
.subckt cell d g vto=0.7
m1 d g 0 0 one l=1u w=2u
m2 d g 0 0 two l=1u w=2u m=3
m3 d g 0 0 three l=1u w=2u
.model two nmos(level={1+1} vto={vto} kp=60u)
.ends
x1 d g cell
x2 d g cell vto=1.0
m4 d g 0 0 three l=1u w=4u
.model one nmos(vto=0.7 kp=60u)
.model three nmos(level=3 vto=0.7 kp=60u theta=0.1)
.options gmin=1e-15
.op
.end
"""
    circuit = Circuit.from_text(deck)
    unit = 0.5 * 60e-6 * 2.0
    expected = unit * 1.3**2 * (2.0 + 3.0 + 4.0 / 1.13) + unit * 3.0
    assert -float(circuit.op()["i(vd)"]) == pytest.approx(expected, rel=1e-6)
    again = Circuit.from_text(write(circuit.flat))
    assert -float(again.op()["i(vd)"]) == pytest.approx(expected, rel=1e-6)
    assert "nmos(level=3 " in write(circuit.flat)


def test_level_that_differs_from_instance_to_instance():
    deck = """levels
vd d 0 3
.subckt cell d n=1
m1 d d 0 0 mm
.model mm nmos(level={n})
.ends
x1 d cell
x2 d cell n=2
.end
"""
    with pytest.raises(NetlistError, match="model 'mm': its level differs from instance to instance"):
        Circuit.from_text(deck).op()


@pytest.mark.parametrize(
    ("element", "usual", "other", "warned"),
    [
        ("d1 a 0 mm", "d(is=1e-15)", "d(level=2 is=1e-15)", "level 2 of type 'd' is taken as level 1"),
        ("z1 a b 0 mm", "nhfet(level=5)", "nmf(level=5)", ""),
        ("z1 a b 0 mm", "nhfet(level=6)", "nmf(level=6)", ""),
        ("s1 a 0 b 0 mm", "vswitch(von=0.8 voff=0.3)", "switch(von=0.8 voff=0.3)", ""),
    ],
)
def test_levels_and_types_by_which_others_know_a_model(element, usual, other, warned):
    deck = "names\nv1 v 0 1\nr1 v a 100\nvb b 0 0.6\n{}\n.model mm {}\n.end\n"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = Circuit.from_text(deck.format(element, other)).op()
    assert [warned in str(w.message) for w in said] == [True] * bool(warned)
    assert float(found["v(a)"]) == float(Circuit.from_text(deck.format(element, usual)).op()["v(a)"]) < 0.999


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    ("card", "element", "message"),
    [
        (
            "nmos(level=13)",
            "m1 a a 0 0 mm",
            "level 13 of type 'nmos' is not supported, only 1, 2, 3, 4, 5, 6",
        ),
        (
            "pmos(level=1.5)",
            "m1 a a 0 0 mm",
            "level 1.5 of type 'pmos' is not supported, only 1, 2, 3, 4, 5, 6",
        ),
        ("nmf(level=7)", "z1 a a 0 mm", "level 7 of type 'nmf' is not supported, only 1, 2, 3, 4, 5, 6"),
        ("njf(level=3)", "j1 a a 0 mm", "level 3 of type 'njf' is not supported, only 1, 2"),
        ("npn(level=3)", "q1 a a 0 mm", "level 3 of type 'npn' is not supported, only 1"),
        ("nmos(ld=0.6u)", "m1 a a 0 0 mm l=1u", "'m1' has no channel: its length l - 2·ld is -2e-07 m"),
        ("nmos(ld=1e308)", "m1 a a 0 0 mm l=1u", "'m1' has no channel: its length l - 2·ld is -inf m"),
        (
            "nmos(level=8 vsat=1e5 lvsat=-2e5)",
            "m1 a a 0 0 mm w=1u l=1u",
            "'m1' has no channel: vsat of its model is negative at its size",
        ),
        ("nmos(level=8 vsat=-1e5 lvsat=5e4)", "m1 a a 0 0 mm w=1u l=1u", "'vsat' = -50000 lies outside"),
        ("nmos(level=3 wd=0.5u)", "m1 a a 0 0 mm w=1u", "'m1' has no channel: its width w - 2·wd is 0 m"),
        ("nmf(vto=-1)", "j1 a a 0 mm", "is of type 'nmf', not one for a JFET"),
        ("njf(vto=-1)", "z1 a a 0 mm", "is of type 'njf', not one for a MESFET"),
    ],
)
def test_what_is_not_supported(card, element, message):
    with pytest.raises(NetlistError) as caught:
        Circuit.from_text(f"levels\nv1 a 0 1\n{element}\n.model mm {card}\n.op\n.end\n").op()
    assert message in str(caught.value)
