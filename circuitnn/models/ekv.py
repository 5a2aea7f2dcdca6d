"""MOSFET after Enz, Krummenacher and Vittoz: one smooth equation from weak to strong inversion.

With p = 1 for NMOS (type = 1), -1 for PMOS, all voltages times p and taken from the bulk, Vt = k·T/q:

    vp = (vg - vto)/n                                   pinch-off voltage
    i = 2·n·kp·(w/l)·Vt²·(F((vp - vs)/Vt) - F((vp - vd)/Vt))·(1 + lambda·|vds|)
    F(u) = ln²(1 + exp(u/2))

Symmetric in drain and source, and all derivatives exist but for that of lambda·|vds|: what to use in arrays of
one-transistor cells. Below threshold the current grows by e in n·Vt of gate voltage, far above it is
kp·(w/l)/(2·n)·(vg - vto)². Overlap capacitances cgso, cgdo [F/m of width]; no channel charge, no junctions,
no dependence of parameters on temperature: the simplest of the EKV models, of which 2.6 and 3 have all that.
The default numbers are a test bench and no process.

References
----------
C. C. Enz, F. Krummenacher, E. A. Vittoz, "An analytical MOS transistor model valid in all regions of operation
and dedicated to low-voltage and low-current applications", Analog Integr. Circuits Signal Process. 8, 83 (1995),
doi:10.1007/BF01239381.
"""

from __future__ import annotations

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import Expr, abs_, exp, log1p, max_
from circuitnn.models.junction import K_OVER_Q
from circuitnn.models.model import Equations, Model, Parameter


def _softplus(u: Expr) -> Expr:
    """ln(1 + exp(u)) without overflow."""
    return max_(u, 0.0) + log1p(exp(-abs_(u)))


class EKV(Model):
    """Four-terminal MOSFET, smooth from weak to strong inversion."""

    name = "ekv"
    claims = frozenset({"passive", "no current at zero bias"})
    terminals = ("drain", "gate", "source", "bulk")
    parameters = (
        Parameter("type", 1.0, "", "1 NMOS, -1 PMOS", low=-1.0, high=1.0),
        Parameter("vto", 0.7, "V", "threshold at no bulk bias; negative for PMOS"),
        Parameter("kp", 6e-5, "A/V²", "transconductance", low=0.0),
        Parameter("n", 1.4, "", "slope factor", low=1.0, high=5.0),
        Parameter("w", 1e-6, "m", "width", low=1e-9),
        Parameter("l", 1e-6, "m", "length", low=1e-9),
        Parameter("lambda", 0.0, "1/V", "channel-length modulation", low=0.0),
        Parameter("cgso", 0.0, "F/m", "overlap capacitance of gate and source, a width", low=0.0),
        Parameter("cgdo", 0.0, "F/m", "overlap capacitance of gate and drain, a width", low=0.0),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, vt = m["type"], K_OVER_Q * (m["temp"] + KELVIN)
        vg, vd, vs = (p * m.voltage(node, "bulk") for node in ("gate", "drain", "source"))
        pinch_off = (vg - p * m["vto"]) / m["n"]
        forward, reverse = (_softplus(0.5 * (pinch_off - v) / vt) for v in (vs, vd))
        scale = 2.0 * m["n"] * m["kp"] * m["w"] / m["l"] * vt * vt
        # the difference of squares as a product, exact near vds = 0
        current = scale * (forward - reverse) * (forward + reverse)
        m.flow("drain", "source", p * current * (1.0 + m["lambda"] * abs_(vd - vs)))
        m.flow("gate", "drain", charge=m["cgdo"] * m["w"] * m.voltage("gate", "drain"))
        m.flow("gate", "source", charge=m["cgso"] * m["w"] * m.voltage("gate", "source"))
