"""Selectors, transistors and neurons against numbers somebody else can check.

Numbers are closed forms, or independent integrations of the published equations, with what those allow.
"""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import NetlistError


def tran(text, tstop, points=1000, **options):
    options = {"reltol": 1e-5, **options}
    return Circuit.from_text(f"numbers\n{text}\n.end\n").tran(tstop, tstep=tstop / points, **options)


def op(text, **options):
    return Circuit.from_text(f"numbers\n{text}\n.end\n").op(**options)


def times(r, signal, level, rise=True):
    """Where a signal crosses a level; straight lines between points."""
    t, s = r.time, (r[signal] - level) * (1.0 if rise else -1.0)
    k = np.flatnonzero((s[:-1] < 0.0) & (s[1:] >= 0.0))
    return t[k] - s[k] * (t[k + 1] - t[k]) / (s[k + 1] - s[k])


def at(r, signal, t):
    return np.interp(t, r.time, r[signal])


# MOSFET, level 1, and EKV


def drain_current(card, vgs, vds, letter="m", size="w=10u l=1u"):
    r = op(f"vd d 0 {vds}\nvg g 0 {vgs}\n{letter}1 d g 0 0 mm {size}\n.model mm {card}", gmin=1e-15)
    return -r["i(vd)"]


@pytest.mark.parametrize(("vds", "current"), [(2.0, 100.92e-6), (0.1, 31.8e-6)])
def test_mosfet_of_level_1(vds, current):
    assert drain_current("nmos(vto=0.7 kp=60u)", 1.28, vds) == pytest.approx(current, rel=1e-6)
    assert drain_current("pmos(vto=-0.7 kp=60u)", -1.28, -vds) == pytest.approx(-current, rel=1e-6)
    assert drain_current("nmos(vto=0.7 kp=60u)", 0.69, vds) < 1e-12


def test_mosfet_defaults_from_the_process():
    """kp, phi, gamma and vto from tox and nsub; 20 nm and 4e16 /cm³ by hand."""
    cox = 3.9 * 8.854214871e-12 / 20e-9
    phi = 2 * 8.617333e-5 * 300.15 * np.log(4e22 / 1.45e16)
    gamma = np.sqrt(2 * 11.7 * 8.854214871e-12 * 1.602177e-19 * 4e22) / cox
    gap = 1.16 - 7.02e-4 * 300.15**2 / (300.15 + 1108)
    vto = -0.5 * gap - 0.5 * phi + gamma * np.sqrt(phi) + phi
    current = 0.5 * 500e-4 * cox * 10 * (2.5 - vto) ** 2
    got = drain_current("nmos(tox=20n nsub=4e16 u0=500)", 2.5, 3.0)
    assert got == pytest.approx(current, rel=1e-5)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("nmos(level=14)", "level 14 of type 'nmos' is not supported, only 1"),
        ("pmos(level={1+1})", "level 2 of type 'pmos' is not supported, only 1"),
        ("npn", "is of type 'npn', not one for a MOSFET"),
        ("nmos(vtoo=1)", "no parameter 'vtoo' (did you mean vto"),
    ],
)
def test_mosfet_says_what_it_does_not_know(card, message):
    with pytest.raises(NetlistError, match="mm") as caught:
        drain_current(card, 1.0, 1.0)
    assert message in str(caught.value)


def test_mosfet_needs_four_nodes():
    with pytest.raises(NetlistError, match="needs 4 nodes"):
        Circuit.from_text("t\nvd d 0 1\nm1 d 0 mm\n.model mm nmos\n").op()


def test_mosfet_in_arrays_and_subcircuits():
    deck = """t
vd d 0 1
vg g 0 2
.subckt cell d g w=2u
m1 d g 0 0 mm w={w} l=1u m=2
.ends
x1 d g cell
x2 d g cell w=4u m=3
.model mm nmos(vto=0.7 kp=60u)
"""
    one = 0.5 * 60e-6 * 2 * (2 * 1.3 * 1 - 1) * 2
    assert -Circuit.from_text(deck).op()["i(vd)"] == pytest.approx(one * 7, rel=1e-6)


def test_mosfet_conserves_charge():
    """A floating source between two transistors that pump: its charge comes back after each cycle."""
    r = tran(
        "vd d 0 0\nvg g 0 sin(1 2 10meg)\nm1 d g s 0 mm w=10u l=1u\nc1 s 0 20f\n"
        ".model mm nmos(vto=0.7 kp=60u tox=20n is=1e-20)\n.options gmin=1e-18",
        5e-6,
        20000,
    )
    late = [at(r, "v(s)", k * 1e-7 + 0.025e-7) for k in (40, 45, 49)]
    assert np.ptp(late) < 2e-3


@pytest.mark.parametrize(("vgs", "current"), [(1.28, 72.09e-6), (0.5, 4.204e-9)])
def test_ekv(vgs, current):
    """n = 1.4, vto = 0.7 V, 60 µA/V², w/l = 10, at 300 K."""
    got = drain_current("ekv(kp=60u n=1.4)", vgs, 2.0, "n", "w=10u l=1u temp=26.85")
    assert got == pytest.approx(current, rel=2e-4)
    got = drain_current("ekv(kp=60u n=1.4 type=-1 vto=-0.7)", -vgs, -2.0, "n", "w=10u l=1u temp=26.85")
    assert got == pytest.approx(-current, rel=2e-4)


def test_ekv_is_symmetric_and_smooth_at_no_voltage():
    deck = "vd d 0 {v}\nvs s 0 {-v}\nvg g 0 1.2\nn1 d g s 0 mm\n.model mm ekv"
    currents = [-op(deck.replace("{v}", str(v)).replace("{-v}", str(-v)))["i(vd)"] for v in (1e-3, -1e-3)]
    assert currents[0] == pytest.approx(-currents[1], rel=1e-9)
    assert abs(op(deck.replace("{v}", "0").replace("{-v}", "0"))["i(vd)"]) < 1e-15
