"""Stanford-PKU model of filamentary resistive memory: a tunnelling gap that opens and closes.

With g the gap, clipped to gapmin … gapmax where it is used:

    i = i0 · exp(-g/g0) · sinh(v/v0)
    rth·cth·dT/dt = t0 + rth·v·i - T                        cth = 0: T follows at once; rth = 0: T = t0
    gamma = gamma0 - beta·(g/1 nm)³,   F = gamma·|v|/tox
    dg/dt = -vel · exp(-ea/kT) · sinh(q·gamma·c·a0·v/(tox·kT))
    c = ½·(1 + tanh((F/fmin - 1)/width))

Nothing moves below the field fmin: the source cuts gamma off there, which is c with width 0. In a reset the state
then slides along the cut, |v| = fmin·tox/gamma(g), for any width; 2e-3 is within 0.2 % of that, and halving
the width halves the difference. Rates that lead out of gapmin … gapmax end over the last 1e-4 of the range. sinh
continues as a straight line beyond 40 (current) and 100 (rate).

Without a series resistance the set runs to 0.7 A and 3000 K at 2 V. Fitted to hafnium oxide
cells. The noise of the source, which is one of the gap, is in ``stanford_pku_noise``.

The surroundings are at t0 + temp - tnom: t0 is what they are at tnom, so that temp, dtemp and .temp move them.
Noise of the current: 2q·i·coth(qv/2kT) of tunnelling through the gap, at the temperature T.

References
----------
Z. Jiang, S. Yu, Y. Wu, J. H. Engel, X. Guan, H.-S. P. Wong, "Verilog-A Compact Model for Oxide-based Resistive
Random Access Memory (RRAM)", SISPAD 2014, p. 41, doi:10.1109/SISPAD.2014.6931558; version 1.0.0 of the model,
doi:10.4231/D37H1DN48.
"""

from __future__ import annotations

from typing import ClassVar

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.equations.graph import ZERO, Expr, abs_, exp, limit, limited_sinh, max_, tanh
from circuitnn.equations.graph import symbol as parameter
from circuitnn.models.declarations import NOMINAL, surroundings
from circuitnn.models.fluctuations import shot
from circuitnn.models.memories.windows import stopped
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

K = BOLTZMANN / ELEMENTARY_CHARGE  # [V/K]
NM = 1e-9

V1 = {
    "i0": 1e-3,
    "g0": 0.25e-9,
    "v0": 0.25,
    "vel": 10.0,
    "beta": 0.8,
    "gamma0": 16.0,
    "ea": 0.6,
    "a0": 0.25e-9,
    "t0": 298.0,
    "fmin": 1.4e9,
    "tox": 12e-9,
    "gapmin": 0.2e-9,
    "gapmax": 1.7e-9,
    "rth": 2.1e3,
}


class StanfordPKU(Model):
    """Two-terminal resistive memory with a gap and a temperature."""

    name = "stanford_pku"
    terminals = ("plus", "minus")
    drive = Drive(
        source="PWL(0 0 50n -1.3 100n 0)", elements="n1 in 0 m cth=1e-14", times="50p 100n 0 50p uic"
    )
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    sets = {"v1": ParameterSet("Defaults of version 1.0.0 of the model, doi:10.4231/D37H1DN48", V1)}
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("i0", V1["i0"], "A", "current scale", low=0.0),
        Parameter("g0", V1["g0"], "m", "gap per e-fold of the current", low=1e-12),
        Parameter("v0", V1["v0"], "V", "curvature of the current", low=1e-3),
        Parameter("vel", V1["vel"], "m/s", "attempt velocity of the gap", low=0.0),
        Parameter("beta", V1["beta"], "", "loss of field enhancement with the gap", low=0.0),
        Parameter("gamma0", V1["gamma0"], "", "field enhancement without a gap", low=0.0),
        Parameter("ea", V1["ea"], "eV", "activation energy", low=0.0),
        Parameter("a0", V1["a0"], "m", "atomic hopping distance", low=1e-12),
        Parameter("t0", V1["t0"], "K", "temperature of the surroundings at tnom", low=1.0),
        Parameter("fmin", V1["fmin"], "V/m", "field below which nothing moves", low=1.0),
        Parameter("width", 2e-3, "", "relative width of the cut at fmin", low=1e-5, high=1.0),
        Parameter("tox", V1["tox"], "m", "thickness of the oxide", low=1e-10),
        Parameter("gapmin", V1["gapmin"], "m", "least gap"),
        Parameter("gapmax", V1["gapmax"], "m", "largest gap, above gapmin"),
        Parameter("gapini", V1["gapmin"], "m", "initial gap"),
        Parameter("rth", V1["rth"], "K/W", "thermal resistance", low=0.0),
        Parameter("cth", 0.0, "J/K", "heat capacity; 0: the temperature follows at once", low=0.0),
        NOMINAL,
    )
    states = (
        State("g", "nm", "tunnelling gap", parameter("gapini") / NM),
        State("t", "K", "temperature", surroundings("t0"), tolerance=1e-3, hold=False),
    )

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        t = m.unknown("t")
        return m["cth"] * t, (t - surroundings("t0")) / m["rth"]

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, low, high = m.voltage("plus", "minus"), m["gapmin"] / NM, m["gapmax"] / NM
        g = limit(m.unknown("g"), low, high)
        current = m["i0"] * exp(-g * NM / m["g0"]) * limited_sinh(v / m["v0"])
        m.flow("plus", "minus", current)
        t, ambient = m.unknown("t"), surroundings("t0")
        shot(m, "shot", "plus", "minus", current, t)
        m.state("t", ambient + m["rth"] * v * current - t, m["rth"] * m["cth"] * t)
        kt = K * max_(t, 0.5 * ambient)
        gamma = m["gamma0"] - m["beta"] * g * g * g
        field = gamma * abs_(v) / (m["tox"] * m["fmin"])
        cut = 0.5 * (1.0 + tanh((field - 1.0) / m["width"]))
        drive = limited_sinh(gamma * cut * m["a0"] / m["tox"] * v / kt, 100.0)
        rate = -m["vel"] * exp(-m["ea"] / kt) * drive
        rate = (rate + cls.noise(m, t)) / NM
        m.state("g", stopped(rate, m.unknown("g"), low, high))

    @classmethod
    def noise(cls, m: Equations, t: Expr) -> Expr:
        """What is added to the rate of the gap at the temperature `t`. [m/s]"""
        return ZERO
