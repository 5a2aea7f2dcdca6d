"""MOSFET after Enz, Krummenacher and Vittoz: one smooth equation from weak to strong inversion.

With p = 1 for NMOS (type = 1), -1 for PMOS, all voltages times p and taken from the bulk, Vt = k·T/q:

    vp = (vg - vto)/n                                   pinch-off voltage
    i = 2·n·kp·(w/l)·Vt²·(F((vp - vs)/Vt) - F((vp - vd)/Vt))·(1 + lambda·|vds|)
    F(u) = ln²(1 + exp(u/2))

The model is symmetric in drain and source, and all derivatives exist except that of lambda·|vds|, so it suits arrays of
1T1R cells. Below threshold the current grows by e in n·Vt of gate voltage, far above it is kp·(w/l)/(2·n)·(vg - vto)².
Overlap capacitances cgso, cgdo [F/m of width]; no channel charge, no junctions, no dependence of parameters on
temperature: the simplest of the EKV models, of which 2.6 and 3 have all that.
The defaults are test numbers, not those of a process.

Noise: thermal, of every piece of the channel as long as it conducts (Klaassen and Prins),

    S = 4kT·2·n·kp·(w/l)·Vt·(1 + lambda·|vds|)·∫F'(u) dF/(F((vp - vs)/Vt) - F((vp - vd)/Vt))

which is 4kT·gds at vds = 0, 2/3 of 4kT·n·gm in strong inversion and saturation, and 2q·i far below threshold. No
flicker.

References
----------
C. C. Enz, F. Krummenacher, E. A. Vittoz, "An analytical MOS transistor model valid in all regions of operation
and dedicated to low-voltage and low-current applications", Analog Integr. Circuits Signal Process. 8, 83 (1995),
doi:10.1007/BF01239381.
F. M. Klaassen, J. Prins, "Thermal noise of MOS transistors", Philips Res. Rep. 22, 505 (1967).
"""

from __future__ import annotations

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.graph import Expr, abs_, exp, expm1, log1p, max_, where
from circuitnn.models.model import Equations, Model, Parameter
from circuitnn.models.semiconductors.junction import K_OVER_Q


def _softplus(u: Expr) -> Expr:
    """ln(1 + exp(u)) without overflow."""
    return max_(u, 0.0) + log1p(exp(-abs_(u)))


def _mean_slope(forward: Expr, reverse: Expr) -> Expr:
    """∫F' dF over the channel, divided by the difference of F; F' where there is none."""

    def slope(s: Expr) -> Expr:  # F' = s·(1 - exp(-s)) with F = s²
        return -s * expm1(-s)

    def integral(s: Expr) -> Expr:
        return 2.0 * (s * s * s / 3.0 + exp(-s) * (s * s + 2.0 * s + 2.0))

    apart, middle = forward - reverse, 0.5 * (forward + reverse)
    small = abs_(apart) < 1e-3 * (1.0 + middle)
    quotient = (integral(forward) - integral(reverse)) / where(small, 1.0, apart * 2.0 * middle)
    return where(small, slope(middle), quotient)


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
        longer = 1.0 + m["lambda"] * abs_(vd - vs)
        m.flow("drain", "source", p * current * longer)
        heat = 4.0 * BOLTZMANN * (m["temp"] + KELVIN)
        m.fluctuation("id", "drain", "source", heat * scale / vt * longer * _mean_slope(forward, reverse))
        m.flow("gate", "drain", charge=m["cgdo"] * m["w"] * m.voltage("gate", "drain"))
        m.flow("gate", "source", charge=m["cgso"] * m["w"] * m.voltage("gate", "source"))
