"""JART VCM v1b with variability from cycle to cycle.

The equations of ``jart_vcm``, with radius, length of the disc, and largest and least concentration of the cell
drawn anew for each switching cycle. A set begins where v falls below -20 µV, a reset where it rises above 20 µV,
after the other of the two. At that moment four numbers are drawn,

    r' = rdet·(1 + rspread·z1),  l' = ldisc·(1 + lspread·z2)
    nmax' = nmax·exp(nmaxspread·z3),  nmin' = nmin·exp(nminspread·z4)

with z normal, cut off at ±2. Within the cycle radius and length go with N from what they were to the new values:
r = r_old + (r' - r_old)·(N - N_old)/(N_end - N_old), N_end = nmax' in a set and nmin' in a reset, or N_old where
that lies beyond. Draws follow from the seed and the name of the instance, not from time steps. Noise is that of
``jart_vcm``; what is drawn with a cycle is not in noise analyses.

The equations of the interpolation and the moments are the published ones; the spreads are not, and no device is
claimed to have them.

References
----------
C. Bengel et al., "Variability-Aware Modeling of Filamentary Oxide-Based Bipolar Resistive Switching Cells Using
SPICE Level Compact Models", IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, exp, limit, max_, min_, where
from circuitnn.equations.graph import symbol as number
from circuitnn.models.memories.jart_vcm import JARTVCM
from circuitnn.models.model import Equations, Parameter

CUT = 2.0  # standard deviations
START = 2e-5  # V beyond which a cycle has begun
LEAST = 1e-3  # of N_end: the least way over which radius and length change


def _drawn(mean: str, spread: str, z: str) -> Expr:
    return number(mean) * (1.0 + number(spread) * limit(number(z), -CUT, CUT))


RADIUS, LENGTH = _drawn("rdet", "rspread", "zr"), _drawn("ldisc", "lspread", "zl")


class JARTVCMVar(JARTVCM):
    """Two-terminal valence change memory whose cycles differ."""

    name = "jart_vcm_var"
    parameters = (
        *JARTVCM.parameters,
        Parameter("rspread", 0.05, "", "standard deviation of the radius, relative", low=0.0, high=0.4),
        Parameter(
            "lspread", 0.05, "", "standard deviation of the disc's length, relative", low=0.0, high=0.4
        ),
        Parameter("nmaxspread", 0.05, "", "standard deviation of ln nmax", low=0.0, high=2.0),
        Parameter("nminspread", 0.2, "", "standard deviation of ln nmin", low=0.0, high=2.0),
    )
    randoms = {"zr": "normal", "zl": "normal", "zmax": "normal", "zmin": "normal"}
    memories = {"sets": 0.0, "rold": RADIUS, "lold": LENGTH, "nold": "n0"}

    @classmethod
    def cell(cls, m: Equations, n: Expr) -> tuple[Expr, Expr, Expr, Expr]:
        sets, old = number("sets") > 0.5, number("nold")
        high = max_(m["nmax"] * exp(m["nmaxspread"] * limit(number("zmax"), -CUT, CUT)), old)
        low = min_(m["nmin"] * exp(m["nminspread"] * limit(number("zmin"), -CUT, CUT)), old)
        way = where(sets, max_(high - old, LEAST * high), -max_(old - low, LEAST * low))
        share = limit((n - old) / way, 0.0, 1.0)
        radius = number("rold") + (RADIUS - number("rold")) * share
        length = number("lold") + (LENGTH - number("lold")) * share
        v, kept = m.voltage("plus", "minus"), {"rold": radius, "lold": length, "nold": n}
        begun = where(sets, v, -v) - START
        m.event("cycle", begun, {"sets": 1.0 - number("sets"), **kept}, redraw=tuple(cls.randoms))
        return radius, length, high, low
