"""Spin-torque nano-oscillator: Slavin and Tiberkevich's nonlinear auto-oscillator.

With c = x + j·y the complex amplitude of the spin wave and p = |c|² its power:

    dc/dt = -j·(2·π)·(f0 + n·p)·c - gamma·(1 + q·p)·c + gamma·(i/ith)·(1 - p)·c + kappa·i
    v = i·(r0 + dr·x)

Above the threshold current ith, with zeta = i/ith, it oscillates at

    p0 = (zeta - 1)/(zeta + q),   f = f0 + n·p0

and returns to p0 as exp(-2·gamma·(zeta - 1)·t): at constant current p(t) is a logistic function. The voltage has the
amplitude i·dr·√p0. The term with kappa is a direct force by the current, by which a weak alternating current
near f locks the oscillator; Slavin and Tiberkevich have such a term without saying which device gives which
kappa, so that it is 0 unless set.

With frame = 0, x and y turn with the oscillator and the step control follows them: at reltol = 1e-5 the frequency
is right to 1e-3, at 1e-3 only to 4 %. Otherwise they are slow
amplitudes in a frame that turns at `frame`, in Hz, and what is x above is
x·cos(2·π·frame·t) + y·sin(2·π·frame·t): transients of the amplitude alone may then take steps of many periods.
x counts in the resistance from -1 to 1.

Noise: 4kT/R, T that of the instance, for a spin valve of metals. The spin wave has none of its own, so that the
linewidth of an oscillation is 0; c = 0 is an equilibrium that nothing leaves, hence x0. Operating points
hold the amplitude. The default numbers are round: no device is claimed.

References
----------
A. Slavin, V. Tiberkevich, "Nonlinear Auto-Oscillator Theory of Microwave Generation by Spin-Polarized Current", IEEE
Trans. Magn. 45, 1875 (2009), doi:10.1109/TMAG.2008.2009935.
"""

from __future__ import annotations

import math

from circuitnn.equations.graph import cos, limit, sin
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Drive, Equations, Model, Parameter, State


class STNO(Model):
    """Two-terminal spin-torque nano-oscillator."""

    name = "stno"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    drive = Drive("DC 1.5", "n1 in 0 m x0=0.3", "2p 2n 0 2p uic")
    parameters = (
        Parameter("f0", 5e9, "Hz", "frequency at small amplitude", low=0.0),
        Parameter("n", -1e9, "Hz", "shift of the frequency with the power"),
        Parameter("gamma", 3e8, "1/s", "damping of the amplitude", low=0.0),
        Parameter("q", 0.5, "", "growth of the damping with the power", low=0.0),
        Parameter("ith", 1e-3, "A", "threshold current", low=1e-12),
        Parameter("kappa", 0.0, "1/(A s)", "force of the current on the amplitude"),
        Parameter("r0", 1e3, "Ohm", "mean resistance", low=1e-3),
        Parameter("dr", 100.0, "Ohm", "amplitude of the resistance at p = 1, below r0", low=0.0),
        Parameter("frame", 0.0, "Hz", "frequency of the frame in which the amplitude is kept"),
        Parameter("x0", 0.01, "", "initial amplitude", low=-1.0, high=1.0),
    )
    states = (
        State("x", "", "amplitude, in phase", "x0"),
        State("y", "", "amplitude, in quadrature", 0.0),
    )

    clock = "amplitudes are those in a frame that turns with the frequency ``frame``"

    @classmethod
    def equations(cls, m: Equations) -> None:
        x, y = m.unknown("x"), m.unknown("y")
        angle = 2.0 * math.pi * m["frame"] * m.time
        swing = x * cos(angle) + y * sin(angle)
        current = m.voltage("plus", "minus") / (m["r0"] + m["dr"] * limit(swing, -1.0, 1.0))
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        p = x * x + y * y
        growth = m["gamma"] * (current / m["ith"] * (1.0 - p) - 1.0 - m["q"] * p)
        turn = 2.0 * math.pi * (m["f0"] + m["n"] * p - m["frame"])
        force = m["kappa"] * current
        m.state("x", growth * x + turn * y + force * cos(angle))
        m.state("y", growth * y - turn * x + force * sin(angle))
