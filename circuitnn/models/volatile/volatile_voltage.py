"""Generic volatile memristor whose resistance is driven by the voltage: diffusive, with silver that comes and goes.

With R in MΩ as in the source, i = v/R, and size of v and i:

    R > Rset(i), |v| > vh:    dR/dt = k1·exp(c·|v|), times (|v| - vth)/(R - rmin) where |v| > vth
    R < Rreset(i), |v| < vh:  dR/dt = k2·R³·(vh - |v|)/vh
    Rset = a1·|i|^m1,  Rreset = a2·|i|^m2 [Ω], both within rmin … rmax

and R stays in between, which is why operating points hold it; no rate exceeds `rate`. The current must be limited by
the circuit (in the source it is 10 µA); then R falls until |v| = vh or R = a1·|i|^m1. Here the state is x =
ln(R/rmin)/ln(rmax/rmin), the conditions are blended over `blend` in ln R and over 0.1 mV, and outward rates fade over
the last 1e-4 of x.

Noise: 4kT·i/v, T that of the instance.

References
----------
A. Nabil, T. N. Kumar, H. A. F. Almurib, "A generic volatile memristor model", Phys. Scr. 99, 125031 (2024),
doi:10.1088/1402-4896/ad92e8, and the MATLAB scripts published with it.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, abs_, exp, limit, ln, max_, min_, u2, where
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

MEGA = 1e6
EDGE = 1e-4  # V
DIFFUSIVE = {
    "k1": -2.9e13,
    "k2": 5e4,
    "a1": 0.140529,
    "m1": -1.090859,
    "a2": 29.473,
    "m2": -0.841,
    "rmin": 2.0,
    "rmax": 5e12,
    "vth": 1.89,
    "vh": 1.6427,
    "c": 3.5,
    "rate": 1e9,
}


def _step(x: Expr) -> Expr:
    return 1.0 / (1.0 + exp(-limit(x, -200.0, 200.0)))


class VolatileVoltage(Model):
    """Two-terminal volatile memristor, voltage-controlled."""

    name = "volatile_voltage"
    jumps = "the speed of the published law changes at vth and at vh"
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "diffusive": ParameterSet(
            "Diffusive device of the MATLAB scripts of Nabil, Kumar and Almurib, doi:10.1088/1402-4896/ad92e8",
            DIFFUSIVE,
        )
    }
    terminals = ("plus", "minus")
    parameters = (
        Parameter("k1", DIFFUSIVE["k1"], "MOhm/s", "speed of setting", high=0.0),
        Parameter("k2", DIFFUSIVE["k2"], "1/(MOhm² s)", "speed of resetting", low=0.0),
        Parameter("a1", DIFFUSIVE["a1"], "Ohm", "resistance after setting, at 1 A", low=1e-12),
        Parameter("m1", DIFFUSIVE["m1"], "", "exponent of the current in setting", low=-10.0, high=0.0),
        Parameter("a2", DIFFUSIVE["a2"], "Ohm", "resistance after resetting, at 1 A", low=1e-12),
        Parameter("m2", DIFFUSIVE["m2"], "", "exponent of the current in resetting", low=-10.0, high=0.0),
        Parameter("rmin", DIFFUSIVE["rmin"], "Ohm", "least resistance", low=1e-3),
        Parameter("rmax", DIFFUSIVE["rmax"], "Ohm", "largest resistance", low=1e-3),
        Parameter("vth", DIFFUSIVE["vth"], "V", "threshold voltage", low=0.0),
        Parameter("vh", DIFFUSIVE["vh"], "V", "hold voltage, below vth", low=1e-3),
        Parameter("c", DIFFUSIVE["c"], "1/V", "growth of the speed of setting", low=0.0, high=100.0),
        Parameter("rate", DIFFUSIVE["rate"], "MOhm/s", "largest speed", low=0.0),
        Parameter("blend", 1e-4, "", "width in ln R over which the conditions take hold", low=1e-6, high=1.0),
        Parameter("x0", 1.0, "", "initial state", low=0.0, high=1.0),
    )
    drive = Drive("PWL(0 0 50 2.5 100 0)", "r1 in a 100k\nn1 a 0 m blend=10m", "20m 100 0 20m uic", 2e-2, 0.2)
    states = (State("x", "", "ln R from rmin (0) to rmax (1)", "x0", low=0.0, high=1.0),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v = m.voltage("plus", "minus")
        span = ln(m["rmax"] / m["rmin"])
        log_r = u2(m.unknown("x")) * span  # over rmin
        r = m["rmin"] * exp(log_r)
        m.flow("plus", "minus", v / r)
        johnson(m, "thermal", "plus", "minus", v / r)
        size = abs_(v)
        log_i = ln(max_(size / r, 1e-30))

        def limiting(a: Expr, exponent: Expr) -> Expr:
            return limit(ln(a / m["rmin"]) + exponent * log_i, 0.0, span)

        above = _step((size - m["vh"]) / EDGE)
        sets = above * _step((log_r - limiting(m["a1"], m["m1"])) / m["blend"])
        resets = (1.0 - above) * _step((limiting(m["a2"], m["m2"]) - log_r) / m["blend"])
        mega = r / MEGA
        beyond = (size - m["vth"]) / max_(mega - m["rmin"] / MEGA, 1e-9)
        speed = m["k1"] * exp(min_(m["c"] * size, 200.0)) * where(size > m["vth"], beyond, 1.0)
        setting = max_(speed, -m["rate"])
        resetting = min_(m["k2"] * (1.0 - size / m["vh"]) * mega * mega * mega, m["rate"])
        m.state("x", (sets * setting + resets * resetting) / (mega * span))
