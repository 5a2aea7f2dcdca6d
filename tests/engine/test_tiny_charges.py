"""Nodes of attofarads and femtofarads: absolute tolerances of charge and current are volts there."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit

IS, VT = 1e-15, 1.380649e-23 * 300.15 / 1.602176634e-19
GMIN = 1e-12


class Drawn:
    """A pulse onto two nodes through a diode and a capacitor, and the same as SciPy takes it."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.stop = 10 ** rng.uniform(-5, -2)
        self.low, self.high = rng.choice([-5.0, 0.0, 1.0]), rng.choice([2.0, 3.0, 5.0])
        rise = self.stop * 10 ** rng.uniform(-4, -1.5)
        self.at = np.cumsum([0.1 * self.stop, rise, rng.uniform(0.2, 0.4) * self.stop, rise])
        self.c1, self.c2, self.cc = 10 ** rng.uniform(-18.5, -15, 3)
        self.r1, self.r2 = 10 ** rng.uniform(9, 12.5, 2)
        points = [0.0, self.low, *(x for t, v in zip(self.at, self._levels(), strict=True) for x in (t, v))]
        self.circuit = Circuit.from_text(
            "tiny charges\n"
            f"v1 in 0 pwl({' '.join(map(repr, map(float, points)))})\n"
            f"d1 in a dd\nc1 a 0 {self.c1}\nr1 a 0 {self.r1}\n"
            f"cc a b {self.cc}\nc2 b 0 {self.c2}\nr2 b 0 {self.r2}\n.model dd d is={IS}\n"
        )

    def _levels(self) -> tuple[float, ...]:
        return self.low, self.high, self.high, self.low

    def drive(self, t: float) -> float:
        return float(np.interp(t, self.at, self._levels()))

    def rate(self, t: float, v: np.ndarray) -> np.ndarray:
        across = self.drive(t) - v[0]
        diode = IS * np.expm1(min(across / VT, 200.0)) + GMIN * across
        currents = np.array([diode - v[0] / self.r1, -v[1] / self.r2])
        charges = np.array([[self.c1 + self.cc, -self.cc], [-self.cc, self.c2 + self.cc]])
        return np.linalg.solve(charges, currents)

    def exact(self, start: np.ndarray):
        """Piece by piece between the corners, each with an implicit method of high order."""
        corners = [0.0, *self.at, self.stop]
        pieces = []
        for first, last in pairwise(corners):
            piece = solve_ivp(
                self.rate, (first, last), start, "Radau", rtol=1e-8, atol=1e-10, dense_output=True
            )
            assert piece.success
            start = piece.y[:, -1]
            pieces.append((last, piece.sol))
        return lambda t: next(sol(t) for last, sol in pieces if t <= last)


@pytest.mark.thinned(3)
@pytest.mark.parametrize("seed", range(24))
def test_no_voltage_leaves_what_its_neighbours_can_give(seed):
    drawn = Drawn(seed)
    r = drawn.circuit.tran(drawn.stop)
    exact = drawn.exact(np.array([r["v(a)"][0], r["v(b)"][0]]))
    expected = np.array([exact(min(t, drawn.stop)) for t in r.time]).T
    swing = drawn.high - drawn.low
    for name, wanted in zip(("v(a)", "v(b)"), expected, strict=True):
        assert np.trapezoid(np.abs(r[name] - wanted), r.time) < 0.02 * swing * drawn.stop
        assert r[name].max() < wanted.max() + 0.1 * swing
        assert r[name].min() > wanted.min() - 0.1 * swing


DECKS = {
    "transistor": (
        "v1 in 0 pulse(1 5 1.77e-05 2.64e-08 8.71e-06 3.48e-05 0.000109)\nm1 in g t 0 nn w=1u l=1u\n"
        "c1 t 0 3.141e-17\nr1 t 0 1.577e12\nvg g 0 pulse(0 5 2.65e-05 1.77e-07 1.77e-07 3.53e-05 7.6e-05)\n",
        177.3e-6,
        (0.0, 4.3),
    ),
    "transistor below ground": (
        "v1 in 0 pulse(1 -5 526u 13.9u 518u 900u 3.64m)\nm1 in g t 0 nn w=1u l=1u\n"
        "c1 t 0 7.236e-17\nr1 t 0 2.695e12\nvg g 0 pulse(0 5 788u 5.26u 5.26u 1.05m 2.26m)\n",
        5.26e-3,
        (-0.67, 1.0),
    ),
}


@pytest.mark.parametrize("name", DECKS)
def test_a_node_behind_a_transistor_stays_between_its_neighbours(name):
    """Before, these went to 11 V and to 16 V."""
    text, stop, (low, high) = DECKS[name]
    r = Circuit.from_text(f"deck\n{text}.model nn nmos level=1 vto=.7 kp=50u\n").tran(stop)
    assert r["v(t)"].max() < high + 0.1
    assert r["v(t)"].min() > low - 0.1


def test_a_switched_node_of_attofarads_stays_between_its_neighbours():
    """At chgtol's 1e-14 C and 1 pA a step, 19 aF would be let go volts beyond the source."""
    deck = """storage node behind a switch
v1 in 0 pulse(1 5 2.69e-05 3.58e-06 1.07e-07 3.79e-05 0.000174)
rb in big 139.8
cb big 0 1.18u
db big 0 dd
s1 in t g 0 ss
c1 t 0 1.941e-17
r1 t 0 6.226e10
vg g 0 pulse(0 5 4.03e-05 2.69e-07 2.69e-07 5.38e-05 0.000116)
.model dd d is=1e-15
.model ss sw vt=2.5 vh=.2 ron=1k roff=1e12
"""
    r = Circuit.from_text(deck).tran("268.8u")
    assert r["v(t)"].max() < 5.05
    assert r["v(t)"].min() > -0.05
