"""Phase-change memory: threshold switching, Joule heat, crystallisation, melting, drift.

    i = v/R,   R = ron + (1 - x)·(roff·(1 + age/t0)^nu - ron)/(1 + exp((|v| - vt)/v0))
    ch·dT/dt = v²/R - delta·(T - Ta)
    dx/dt = alpha·(1 - x)·θ(T - tx)·(1 - θ(T - tm)) - beta·x·θ(T - tm)

x is the crystalline fraction, Ta the temperature of the instance. θ is a smooth step from 0 to 1 over ±width
(a cubic), exactly 0 and 1 outside, so that a cell at rest keeps its phase for ever. The published equations are the
limit of width 0; what a pulse leaves behind is then reached linearly in the width.

The glass ages: its resistance grows as the power nu of the time since it was last melted. The state is
l = ln(1 + age/t0), which needs no clock:

    dl/dt = exp(-l)/t0 - beta·θ(T - tm)·l

Crystallising does not make the remaining glass younger. With nu = 0, the default, there is no drift.

The threshold is a steep but single-valued curve: the model has no snap-back. The published model switches for
v > 0 alone, this one for both signs.

Noise: 4kT·i/v at the temperature T: the glass conducts by hops over many traps.

References
----------
D. Biolek, M. Di Ventra, Y. V. Pershin, "Reliable SPICE Simulations of Memristors, Memcapacitors and
Meminductors", Radioengineering 22, 945 (2013), arXiv:1307.2717, model R.3.
Drift is the power law that all of the literature uses; no device is claimed for nu and t0.
"""

from __future__ import annotations

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import Expr, abs_, exp, u2, where
from circuitnn.equations.graph import symbol as parameter
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

R3 = {
    "ron": 10e3,
    "roff": 1e6,
    "vt": 1.8,
    "v0": 50e-3,
    "ch": 2e-15,
    "delta": 5e-6,
    "alpha": 2e7,
    "beta": 1e8,
    "tx": 473.15,
    "tm": 873.15,
}
PARAMETERS = (
    Parameter("ron", R3["ron"], "Ohm", "resistance when crystalline or beyond vt", low=1e-3),
    Parameter("roff", R3["roff"], "Ohm", "resistance when amorphous", low=1e-3),
    Parameter("vt", R3["vt"], "V", "voltage of threshold switching", low=0.0),
    Parameter("v0", R3["v0"], "V", "width of threshold switching", low=1e-4),
    Parameter("ch", R3["ch"], "J/K", "heat capacity", low=1e-25),
    Parameter("delta", R3["delta"], "W/K", "thermal conductance to the surroundings", low=1e-12),
    Parameter("alpha", R3["alpha"], "1/s", "rate of crystallisation", low=0.0),
    Parameter("beta", R3["beta"], "1/s", "rate of amorphisation", low=0.0),
    Parameter("tx", R3["tx"], "K", "temperature of crystallisation", low=1.0),
    Parameter("tm", R3["tm"], "K", "melting temperature", low=1.0),
    Parameter("width", 5.0, "K", "half the width of the two temperature steps", low=1e-2),
    Parameter("x0", 0.0, "", "initial crystalline fraction", low=0.0, high=1.0),
)
STATES = (
    State("t", "K", "temperature", parameter("temp") + KELVIN, tolerance=1e-4, hold=False),
    State("x", "", "crystalline fraction", "x0"),
)


def smooth_step(distance: Expr, width: Expr) -> Expr:
    """From 0 below -width to 1 above width, along a cubic."""
    s = u2(0.5 + 0.5 * distance / width)
    return s * s * (3.0 - 2.0 * s)


def conductance(m: Equations, v: Expr, roff: Expr) -> Expr:
    """Of the cell, at a voltage. [S]"""
    beyond = (abs_(v) - m["vt"]) / m["v0"]
    small = exp(-abs_(beyond))
    off = where(beyond > 0.0, small, 1.0) / (1.0 + small)
    return 1.0 / (m["ron"] + (1.0 - u2(m.unknown("x"))) * (roff - m["ron"]) * off)


def phase_change(m: Equations, power: Expr) -> Expr:
    """State equations of temperature and crystalline fraction; what is returned says how molten the cell is."""
    t, x = m.unknown("t"), m.unknown("x")
    m.state("t", (power - m["delta"] * (t - m["temp"] - KELVIN)) / m["ch"])
    warm, molten = smooth_step(t - m["tx"], m["width"]), smooth_step(t - m["tm"], m["width"])
    m.state("x", m["alpha"] * (1.0 - x) * warm * (1.0 - molten) - m["beta"] * x * molten)
    return molten


class PCM(Model):
    """Two-terminal phase-change cell."""

    name = "pcm"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    sets = {
        "r3": ParameterSet(
            "Biolek, Di Ventra and Pershin (2013), arXiv:1307.2717, R.3: Tx and Tm of 200 °C and 600 °C, "
            "surroundings of 20 °C",
            R3,
        )
    }
    parameters = (
        *PARAMETERS,
        Parameter("nu", 0.0, "", "exponent of drift", low=0.0, high=1.0),
        Parameter("t0", 20.0, "s", "age at which drift begins", low=1e-12),
    )
    drive = Drive(
        "PWL(0 0 20n 6 220n 6 240n 0 1u 0 1.1u 3 1.4u 3 1.5u 0)", "n1 in 0 m", "0.1m 100m 0 0.1m uic"
    )
    states = (*STATES, State("l", "", "ln(1 + age/t0) of the glass", 0.0))

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, age = m.voltage("plus", "minus"), m.unknown("l")
        current = v * conductance(m, v, m["roff"] * exp(m["nu"] * age))
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current, m.unknown("t"))
        molten = phase_change(m, v * current)
        m.state("l", exp(-age) / m["t0"] - m["beta"] * molten * age)

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        t = m.unknown("t")
        return m["ch"] * t, m["delta"] * (t - m["temp"] - KELVIN)
