"""Filamentary resistive memory with a temperature of its own: the smooth relative of ``stanford_pku``.

With tf the length of the filament and g = tox - tf the gap left of it:

    i = i0 · exp(-g/(tox - tfref)) · sinh(v/v0)
    cth·dT/dt = v·i - cth·(T - t0)/tauth
    gamma = gamma0 - beta·(g/1 nm)³
    dtf/dt = vel · (exp(-(eag - u)/kT) - exp(-(ear + u)/kT)),   u = q·gamma·a0·v/tox

There is no threshold: below a volt the exponentials hold the filament. Rates that lead out of tfmin … tfmax end
over the last 1e-4 of the range; exponentials continue as straight lines beyond exp(80), sinh beyond 40.

Shipped with an open process design kit for hafnium oxide cells; its own code integrates with a fixed step of a
nanosecond, which is four of its thermal time constants. Here both states are unknowns of the circuit.

The surroundings are at t0 + temp - tnom: t0 is what they are at tnom, so that temp, dtemp and .temp move them.
Noise: 2q·i·coth(qv/2kT) of tunnelling through the gap, at the temperature T.

References
----------
SkyWater SKY130 process design kit, library sky130_fd_pr_reram, model ``sky130_fd_pr_reram__reram_cell``.
Z. Jiang et al., "A Compact Model for Metal-Oxide Resistive Random Access Memory With Experiment Verification",
IEEE Trans. Electron Devices 63, 1884 (2016), doi:10.1109/TED.2016.2545412.
"""

from __future__ import annotations

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.equations.graph import Expr, exp, limexp, limit, limited_sinh, max_
from circuitnn.equations.graph import symbol as parameter
from circuitnn.models.declarations import NOMINAL, surroundings
from circuitnn.models.fluctuations import shot
from circuitnn.models.memories.windows import stopped
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

K = BOLTZMANN / ELEMENTARY_CHARGE  # [V/K]
NM = 1e-9

SKY130 = {
    "i0": 61.4e-6,
    "v0": 0.43,
    "tox": 5e-9,
    "tfmin": 3.3e-9,
    "tfmax": 4.9e-9,
    "tfref": 4.7249e-9,
    "vel": 150.0,
    "eag": 1.501,
    "ear": 1.5,
    "gamma0": 16.5,
    "beta": 1.25,
    "a0": 0.25e-9,
    "t0": 300.0,
    "cth": 3.1825e-16,
    "tauth": 0.23e-9,
}


class RRAMThermal(Model):
    """Two-terminal resistive memory, filament and temperature."""

    name = "rram_thermal"
    terminals = ("plus", "minus")
    drive = Drive(source="PWL(0 0 1u -1.3 2u 0)", elements="n1 in 0 m tfini=4.9n", times="1n 2u 0 1n uic")
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    sets = {
        "sky130": ParameterSet(
            "SkyWater sky130_fd_pr_reram, equations after doi:10.1109/TED.2016.2545412", SKY130
        )
    }
    parameters = (
        Parameter("i0", SKY130["i0"], "A", "current scale", low=0.0),
        Parameter("v0", SKY130["v0"], "V", "curvature of the current", low=1e-3),
        Parameter("tox", SKY130["tox"], "m", "thickness of the oxide", low=1e-10),
        Parameter("tfmin", SKY130["tfmin"], "m", "least length of the filament"),
        Parameter("tfmax", SKY130["tfmax"], "m", "largest length, above tfmin"),
        Parameter("tfref", SKY130["tfref"], "m", "length at which the gap is an e-fold; below tox"),
        Parameter("tfini", SKY130["tfmin"], "m", "initial length"),
        Parameter("vel", SKY130["vel"], "m/s", "attempt velocity", low=0.0),
        Parameter("eag", SKY130["eag"], "eV", "activation energy of generation", low=0.0),
        Parameter("ear", SKY130["ear"], "eV", "activation energy of recombination", low=0.0),
        Parameter("gamma0", SKY130["gamma0"], "", "field enhancement without a gap", low=0.0),
        Parameter("beta", SKY130["beta"], "", "loss of field enhancement with the gap", low=0.0),
        Parameter("a0", SKY130["a0"], "m", "atomic hopping distance", low=1e-12),
        Parameter("t0", SKY130["t0"], "K", "temperature of the surroundings at tnom", low=1.0),
        Parameter("cth", SKY130["cth"], "J/K", "heat capacity", low=1e-30),
        Parameter("tauth", SKY130["tauth"], "s", "thermal time constant", low=1e-18),
        NOMINAL,
    )
    states = (
        State("tf", "nm", "length of the filament", parameter("tfini") / NM),
        State("t", "K", "temperature", surroundings("t0"), tolerance=1e-3, hold=False),
    )

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        t = m.unknown("t")
        return m["cth"] * t, m["cth"] / m["tauth"] * (t - surroundings("t0"))

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, low, high = m.voltage("plus", "minus"), m["tfmin"] / NM, m["tfmax"] / NM
        length = m.unknown("tf")
        gap = m["tox"] / NM - limit(length, low, high)
        current = m["i0"] * exp(-gap * NM / (m["tox"] - m["tfref"])) * limited_sinh(v / m["v0"])
        m.flow("plus", "minus", current)
        t, ambient = m.unknown("t"), surroundings("t0")
        shot(m, "shot", "plus", "minus", current, t)
        m.state("t", v * current / m["cth"] + (ambient - t) / m["tauth"])
        kt = K * max_(t, 0.5 * ambient)
        tilt = (m["gamma0"] - m["beta"] * gap * gap * gap) * m["a0"] * v / m["tox"]
        rate = m["vel"] / NM * (limexp((tilt - m["eag"]) / kt) - limexp((-tilt - m["ear"]) / kt))
        m.state("tf", stopped(rate, length, low, high))
