"""Generic volatile memristor whose resistance is driven by the current: threshold and hold currents, no clamp.

    i = v/(R + rs)
    R > Rset(i):    dR/dt = k1·R²·√(rins/R - 1)·(R·i²/(rmax·ith²) - 1)
    R < Rreset(i):  dR/dt = k2·R²·√(rins/R - 1)·(1 - R·i²/(rmin·ih²))
    Rset = a1·|i|^m1,  Rreset = a2·|i|^m2,  both within rmin … rmax

and R stays in between, which is why operating points hold it. The threshold voltage is (rmax + rs)·ith, the hold
voltage (rmin + rs)·ih. Here the state is x = ln(R/rmin)/ln(rmax/rmin), 0 metal, 1 insulator; outward rates fade
over the last 1e-4 of it (a clamp in the formulas alone would let the state wind up: spikes 80 % late). The source's
abrupt conditions are blended over `blend` in ln R; halving it moves the spikes of the neuristor by 0.2 % at most.

Noise: 4kT·i/v, T that of the instance.

References
----------
A. Nabil, T. N. Kumar, H. A. F. Almurib, "A generic volatile memristor model", Phys. Scr. 99, 125031 (2024),
doi:10.1088/1402-4896/ad92e8, and the MATLAB scripts published with it.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, abs_, exp, limit, ln, max_, sqrt, u2
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

# NbO2, fitted by the authors to the device of Pickett, Medeiros-Ribeiro and Williams, doi:10.1038/nmat3510.
NBO2 = {
    "rs": 2.4e3,
    "k1": -2e4,
    "k2": 1e5,
    "a1": 0.2549,
    "m1": -1.174,
    "a2": 0.2173,
    "m2": -1.174,
    "rmin": 4000.0,
    "rins": 113200.0,
    "rmax": 113100.0,
    "ith": 1.5481e-5,
    "ih": 2.9019e-4,
}


class VolatileCurrent(Model):
    """Two-terminal volatile memristor, current-controlled."""

    name = "volatile_current"
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "nbo2": ParameterSet(
            "NbO2 of the MATLAB scripts of Nabil, Kumar and Almurib, doi:10.1088/1402-4896/ad92e8", NBO2
        )
    }
    terminals = ("plus", "minus")
    parameters = (
        Parameter("rs", NBO2["rs"], "Ohm", "series resistance", low=0.0),
        Parameter("k1", NBO2["k1"], "1/(Ohm s)", "speed of setting", high=0.0),
        Parameter("k2", NBO2["k2"], "1/(Ohm s)", "speed of resetting", low=0.0),
        Parameter("a1", NBO2["a1"], "Ohm", "resistance after setting, at 1 A", low=1e-12),
        Parameter("m1", NBO2["m1"], "", "exponent of the current in setting", low=-10.0, high=0.0),
        Parameter("a2", NBO2["a2"], "Ohm", "resistance after resetting, at 1 A", low=1e-12),
        Parameter("m2", NBO2["m2"], "", "exponent of the current in resetting", low=-10.0, high=0.0),
        Parameter("rmin", NBO2["rmin"], "Ohm", "least resistance", low=1e-3),
        Parameter("rmax", NBO2["rmax"], "Ohm", "largest resistance", low=1e-3),
        Parameter("rins", NBO2["rins"], "Ohm", "resistance of the insulator, above rmax", low=1e-3),
        Parameter("ith", NBO2["ith"], "A", "threshold current", low=1e-15),
        Parameter("ih", NBO2["ih"], "A", "hold current", low=1e-15),
        Parameter("blend", 1e-4, "", "width in ln R over which the conditions take hold", low=1e-6, high=1.0),
        Parameter("x0", 1.0, "", "initial state", low=0.0, high=1.0),
    )
    drive = Drive("PWL(0 0 1m 3 2m 0)", "n1 in 0 m blend=1m", "0.2u 2m 0 0.2u uic", 2e-2, 2e-6)
    states = (State("x", "", "ln R from rmin (0) to rmax (1)", "x0", low=0.0, high=1.0),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v = m.voltage("plus", "minus")
        span = ln(m["rmax"] / m["rmin"])
        log_r = u2(m.unknown("x")) * span  # over rmin
        r = m["rmin"] * exp(log_r)
        current = v / (r + m["rs"])
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        log_i = ln(max_(abs_(current), 1e-30))

        def limiting(a: Expr, exponent: Expr) -> Expr:
            return limit(ln(a / m["rmin"]) + exponent * log_i, 0.0, span)

        def holds(excess: Expr) -> Expr:
            return 1.0 / (1.0 + exp(-limit(excess / m["blend"], -200.0, 200.0)))

        sets = holds(log_r - limiting(m["a1"], m["m1"]))
        resets = holds(limiting(m["a2"], m["m2"]) - log_r)
        heat = r * current * current
        setting = m["k1"] * (heat / (m["rmax"] * m["ith"] * m["ith"]) - 1.0)
        resetting = m["k2"] * (1.0 - heat / (m["rmin"] * m["ih"] * m["ih"]))
        speed = r * sqrt(max_(m["rins"] / r - 1.0, 0.0)) / span
        m.state("x", speed * (sets * setting + resets * resetting))
