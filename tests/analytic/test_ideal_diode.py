"""LTspice's idealised diode: its curve by the integral of its slope, and converters as linear circuits in turns."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.linalg import expm

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.errors import NetlistError


def _slopes(v: np.ndarray, p: dict[str, float]) -> np.ndarray:
    """The slope of the curve before limits: constant in three regions, linear between them. [S]"""
    off, on, back = 1 / p["roff"], 1 / p["ron"], 1 / p.get("rrev", p["ron"])
    ahead, width = p["vfwd"], p.get("epsilon", 0.0)
    slope = np.interp(v, [ahead, ahead + max(width, 1e-12)], [off, on])
    if "vrev" in p:
        behind, width = -p["vrev"], p.get("revepsilon", 0.0)
        slope = np.where(v < behind, np.interp(v, [behind - max(width, 1e-12), behind], [back, off]), slope)
    return slope


def _curve(voltages: np.ndarray, p: dict[str, float]) -> np.ndarray:
    """The integral of the slope from 0 V, exact since all corners are among its points; then the limits. [A]"""
    corners = [0.0, p["vfwd"], p["vfwd"] + p.get("epsilon", 0.0), p["vfwd"] + 1e-12]
    if "vrev" in p:
        corners += [-p["vrev"], -p["vrev"] - p.get("revepsilon", 0.0), -p["vrev"] - 1e-12]
    v = np.unique([*voltages, *corners])
    slope = _slopes(v, p)
    current = np.concatenate([[0.0], np.cumsum(np.diff(v) * 0.5 * (slope[1:] + slope[:-1]))])
    current -= current[np.searchsorted(v, 0.0)]
    for sign, limit in ((1.0, p.get("ilimit")), (-1.0, p.get("revilimit"))):
        if limit:
            current = np.where(sign * current > 0.0, limit * np.tanh(current / limit), current)
    return current[np.searchsorted(v, voltages)]


def _swept(card: str, voltages: np.ndarray, instance: str = "") -> np.ndarray:
    step = voltages[1] - voltages[0]
    deck = f"diode\nv1 a 0 0\nd1 a 0 m {instance}\n.model m d({card})\n"
    return -Circuit.from_text(f"{deck}.options reltol=1e-8\n.end").dc("v1", voltages[0], voltages[-1], step)[
        "i(v1)"
    ]


CARDS = [
    {"ron": 0.1, "roff": 1e6, "vfwd": 0.7},
    {"ron": 2.0, "roff": 50.0, "vfwd": 0.35, "epsilon": 0.3},
    {"ron": 0.5, "roff": 1e5, "vfwd": 0.6, "ilimit": 0.8, "epsilon": 0.25},
    {"ron": 0.5, "roff": 1e3, "vfwd": 0.6, "vrev": 1.2, "revepsilon": 0.4, "revilimit": 0.5},
    {"ron": 1.0, "roff": 1e9, "vfwd": 0.0, "vrev": 0.9, "rrev": 0.2, "ilimit": 2.0},
    {"ron": 0.01, "roff": 1e9, "vfwd": 0.5, "epsilon": 0.5, "ilimit": 1e-3},  # the limit lies on the parabola
]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: "-".join(card))
def test_curve_is_the_integral_of_its_slope(card: dict[str, float]) -> None:
    voltages = -2.5 + 0.05 * np.arange(101)
    found = _swept(" ".join(f"{k}={v!r}" for k, v in card.items()), voltages)
    assert np.allclose(found, _curve(voltages, card), rtol=1e-6, atol=1e-11)


def test_diodes_in_series_share_the_voltage_and_those_in_parallel_the_current() -> None:
    card = {"ron": 2.0, "roff": 1e5, "vfwd": 0.4, "epsilon": 0.2}
    voltages = -2.5 + 0.05 * np.arange(101)
    found = _swept("ron=2 roff=100k vfwd=0.4 epsilon=0.2", voltages, "m=3 n=2")
    assert np.allclose(found, 3 * _curve(voltages / 2, card), rtol=1e-6, atol=1e-11)


@pytest.mark.parametrize("word", ["Ron=1", "Roff=1e12", "Vfwd=0", "Vrev=100", "Rrev=1"])
def test_any_of_five_parameters_makes_it_ideal(word: str) -> None:
    found = Circuit.from_text(f"one\nv1 a 0 2\nd1 a 0 m\n.model m d({word})\n.end").op()["i(v1)"]
    assert found == pytest.approx(-2.0, rel=1e-9)


def test_others_alone_do_not() -> None:
    deck = "one\nv1 a 0 0.5\nd1 a 0 m\n.model m d(is=1e-12 epsilon=0.1)\n.end"
    with pytest.warns(UserWarning, match="no parameter 'epsilon'"):
        found = Circuit.from_text(deck).op()["i(v1)"]
    assert -found > 1e-5


def test_card_in_a_subcircuit_takes_its_parameters() -> None:
    deck = """half
    v1 a 0 3
    x1 a 0 part v=1
    x2 a 0 part v=2
    .subckt part p n v=0
    d1 p n own
    .model own d(ron=1 roff=1g vfwd={v})
    .ends
    .end"""
    assert Circuit.from_text(deck).op()["i(v1)"] == pytest.approx(-3.0, rel=1e-6)


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        ("d1 a 0 m\n.model m d(ron=1 is=1e-14)", "'is' of model 'm' is ignored: a diode with ron"),
        ("d1 a 0 m\n.model m d(ron=1 vfwrd=0.5)", "no parameter 'vfwrd' (did you mean vfwd?)"),
        ("d1 a 0 m 2\n.model m d(ron=1)", "'area' of 'd1' is ignored: an idealised diode has no area"),
        (
            "d1 a 0 m ic=0.5\n.model m d(ron=1)",
            "'ic' of 'd1' is ignored: an idealised diode stores no charge",
        ),
        ("d1 a 0 m\n.model m d(is=1f noiseless)", "model 'm' has no parameter 'noiseless'"),
    ],
)
def test_warnings(cards: str, said: str) -> None:
    with pytest.warns(UserWarning, match=re.escape(said)):
        Circuit.from_text(f"t\nv1 a 0 0.1\n{cards}\n.end").op()


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        ("d1 a 0 m\n.model m d(ron=0)", "ron"),
        ("d1 a 0 m n=0\n.model m d(ron=1)", "n"),
        ("d1 a 0 m n=2\n.model m d(is=1e-14)", "'d1' has no parameter 'n'"),
    ],
)
def test_errors(cards: str, said: str) -> None:
    with pytest.raises(NetlistError) as told:
        Circuit.from_text(f"t\nv1 a 0 1\n{cards}\n.end").op()
    assert said in str(told.value)


def test_noise_is_that_of_its_resistance_or_none() -> None:
    deck = "n\nv1 a 0 dc 1.7 ac 1\nr1 a b 1k\nd1 b 0 m\n.model m d(ron=1k roff=1g vfwd=0.7 {})\n.end"
    loud, quiet = (
        Circuit.from_text(deck.format(word)).noise("v(b)", "v1", 1e3, 1e4, 1, "dec")[0]["onoise_spectrum"][0]
        for word in ("", "noiseless")
    )
    of_one = 4 * BOLTZMANN * (27 + KELVIN) * 1e3 * 0.25
    assert loud**2 == pytest.approx(2 * of_one, rel=1e-6)
    assert quiet**2 == pytest.approx(of_one, rel=1e-6)


VIN, RON, ROFF, VFWD, RSW, L, C, R = 12.0, 0.05, 1e6, 0.4, 0.1, 22e-6, 10e-6, 4.0
PERIOD, DUTY, EDGE = 5e-6, 0.4, 1e-9
BUCK = f"""buck converter
vin in 0 {VIN}
vg g 0 pulse(0 1 0 {EDGE} {EDGE} {DUTY * PERIOD - EDGE} {PERIOD})
s1 in sw g 0 key
.model key sw(vt=0.5 vh=0 ron={RSW} roff={ROFF})
d1 0 sw free
.model free D(Ron={RON} Roff={ROFF} Vfwd={VFWD})
l1 sw out {L} ic=0
c1 out 0 {C} ic=0
r1 out 0 {R}
.options reltol=1e-6
.end"""


def _phase(closed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Matrix and drive of d/dt (i, v) while the switch is closed, or while the diode conducts."""
    key = 1 / RSW if closed else 1 / ROFF
    diode, pushed = (1 / ROFF, 0.0) if closed else (1 / RON, VFWD * (1 / RON - 1 / ROFF))
    # at node sw: key·(vin - vs) - diode·vs - pushed = i
    conductance = key + diode
    level = (key * VIN - pushed) / conductance
    a = np.array([[-1 / (L * conductance), -1 / L], [1 / C, -1 / (R * C)]])
    return a, np.array([level / L, 0.0])


def _propagated(x: np.ndarray, closed: bool, duration: float) -> np.ndarray:
    a, b = _phase(closed)
    rest = -np.linalg.solve(a, b)
    return rest + expm(a * duration) @ (x - rest)


def test_buck_converter_is_two_linear_circuits_in_turns() -> None:
    cycles = 12
    result = Circuit.from_text(BUCK).tran(cycles * PERIOD, 5e-9, uic=True)
    x, t = np.zeros(2), EDGE / 2
    for k in range(cycles):
        opens, closes = k * PERIOD + DUTY * PERIOD + EDGE / 2, (k + 1) * PERIOD + EDGE / 2
        x = _propagated(x, True, opens - t)
        assert np.interp(opens, result["time"], result["i(l1)"]) == pytest.approx(x[0], rel=1e-4)
        assert np.interp(opens, result["time"], result["v(out)"]) == pytest.approx(x[1], rel=1e-4)
        x, t = _propagated(x, False, closes - opens), closes
        assert x[0] > 0.0  # continuous conduction, which the formula supposes


def test_full_bridge_rectifier() -> None:
    deck = """bridge
    v1 p n sin(0 10 50)
    d1 p out m
    d2 n out m
    d3 0 p m
    d4 0 n m
    r1 out 0 100
    .model m D(Ron=1 Roff=1e9 Vfwd=0.6)
    .options reltol=1e-6
    .end"""
    result = Circuit.from_text(deck).tran(0.02, 2e-5)
    ahead = np.maximum(np.abs(10 * np.sin(2 * np.pi * 50 * result["time"])) - 1.2, 0.0)
    assert np.allclose(result["v(out)"], ahead * 100 / 102, atol=1e-5)
