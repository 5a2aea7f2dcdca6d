"""White noise folded on steps that resolve it: samplers against SciPy's integration of the adjoint equation."""

import cmath
import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN
from circuitnn.errors import DeckWarning

HEAT = BOLTZMANN * 300.15
PERIOD, CAPACITANCE, OFF = 4e-6, 100e-12, 1e-12


class Sampler:
    """A resistor behind a smooth switch, of conductance `on` S at the top of a clock with straight edges."""

    def __init__(self, resistance, on, edge, top):
        self.resistance, self.on, self.edge, self.top = resistance, on, edge, top

    def circuit(self):
        return Circuit.from_text(
            f"t\nvc k 0 pulse(0 1 0 {self.edge} {self.edge} {self.top} {PERIOD})\nr1 a 0 {self.resistance}\n"
            f"b1 a b i=v(a,b)*({OFF}+{self.on}*v(k))\nc1 b 0 {CAPACITANCE}\n"
        )

    def conductance(self, t):
        t %= PERIOD
        down = 2.0 * self.edge + self.top - t
        switch = OFF + self.on * max(min(t / self.edge, down / self.edge, 1.0), 0.0)
        return switch / (1.0 + self.resistance * switch)

    def density(self, f):
        """-C·dℓ/dt + G·ℓ = exp(-jωt) backwards over two periods; the mean of S·(R·G)²·abs(ℓ)² over the earlier one."""
        unit, white = 1e-6, 4.0 * HEAT / self.resistance

        def rates(back, y):
            t = -back * unit
            G, response = self.conductance(t), y[0] + 1j * y[1]
            slope = (cmath.exp(-2j * math.pi * f * t) - G * response) * unit / CAPACITANCE
            heard = white * (self.resistance * G) ** 2 * abs(response) ** 2 * unit / PERIOD
            return [slope.real, slope.imag, heard]

        corners = np.cumsum([0.0, self.edge, self.top, self.edge])
        times = np.concatenate([corners, PERIOD + corners, [2.0 * PERIOD]])[::-1] / -unit
        y = np.zeros(3)
        for begin, end in pairwise(times):
            if abs(begin + PERIOD / unit) < 1e-9:
                y[2] = 0.0
            sizes = [1e-9 * unit / CAPACITANCE, 1e-9 * unit / CAPACITANCE, 1e-28]
            y = solve_ivp(rates, (begin, end), y, method="LSODA", rtol=1e-8, atol=sizes).y[:, -1]
        return y[2]


SAMPLERS = {
    "slow edges": Sampler(10.0, 1.0, 200e-9, 1600e-9),
    "steep edges": Sampler(10.0, 10.0, 10e-12, 1798e-9),
    "slow sampler": Sampler(1e3, 1.0, 2e-9, 1998e-9),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_at_rest_is_resolved(name):
    sampler = SAMPLERS[name]
    c = sampler.circuit()
    found = c.pnoise("b", 1e3, 1e7, 1, sidebands=0, cycle=c.pss(1.0 / PERIOD, 2.0 * PERIOD))[0]
    for k in (0, 3, 4):
        expected = sampler.density(found["frequency"][k])
        assert found["onoise_spectrum"][k] ** 2 == pytest.approx(expected, rel=1e-3), found["frequency"][k]


def test_steps_that_cannot_be_cut_so_far_are_told(monkeypatch):
    monkeypatch.setattr("circuitnn.periodic.noise_resolution.ROUNDS", 1)
    c = SAMPLERS["slow edges"].circuit()
    cycle = c.pss(1.0 / PERIOD, 2.0 * PERIOD)
    with pytest.warns(
        DeckWarning, match=r"leave an error of about .* % of the density, more than reltol = 0.001"
    ):
        c.pnoise("b", 1e3, sidebands=0, cycle=cycle)


def test_a_smaller_reltol_resolves_more():
    sampler = SAMPLERS["slow edges"]
    expected, off = sampler.density(1e3), {}
    for reltol in (1e-2, 1e-5):
        c = sampler.circuit().with_options(reltol=reltol)
        found = c.pnoise("b", 1e3, sidebands=0, cycle=c.pss(1.0 / PERIOD, 2.0 * PERIOD))[0]
        off[reltol] = abs(found["onoise_spectrum"][0] ** 2 / expected - 1.0)
    assert off[1e-2] < 1e-2
    assert off[1e-5] < 1e-5
