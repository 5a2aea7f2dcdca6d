"""Junction diode, SPICE level 1 with breakdown, as ngspice has it.

Equations, with Vte = n·k·T/q and v the junction's voltage behind the series resistance:

    v ≥ -3·Vte            i = Is·(exp(v/Vte) - 1)
    -Vb ≤ v < -3·Vte      i = -Is·(1 + (3·Vte/(e·v))³)
    v < -Vb               i = -Is·exp(-(Vb + v)/(nbv·k·T/q))

plus gmin·v; charge tt·i and the depletion charge of a graded junction, continued as a parabola
above fc·Vj. Noise: 4kT/rs, 2q·|i|, kf·|i|^af/f. Is, Vj and Cj0 depend on temperature as in SPICE2.

References
----------
L. W. Nagel, "SPICE2: a computer program to simulate semiconductor circuits", UCB/ERL M520,
1975, chapter 2. Constants and the choice of branches as measured on ngspice 44.
"""

from __future__ import annotations

import math

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.graph import ZERO, Expr, abs_, exp, ln, log1p, max_, or_, pwr, where
from circuitnn.models.junction import K_OVER_Q, capacitance_growth, depletion_charge
from circuitnn.models.model import Equations, Model, Parameter

NEVER = 1e30  # breakdown voltage of a diode that has none


def _breakdown_start(m: Equations, saturation: Expr, vt: Expr, slope: Expr) -> Expr:
    """Where the breakdown exponential starts, so that the current is ibv at -bv, whatever the area. [V]

    ngspice stops its iteration at a relative error of 1e-3 or after 25 rounds, and so does this.
    """
    bv, ratio = m["bv"], m["ibv"] / saturation
    xbv = bv - slope * log1p(ratio)
    done: Expr | float = 0.0
    for _ in range(25):
        xbv = where(done, xbv, bv - slope * ln(ratio + 1.0 - xbv / vt))
        error = exp((bv - xbv) / slope) - 1.0 + xbv / vt - ratio
        done = or_(done, abs(error) <= 1e-3 * ratio)
    return where(ratio < bv / vt, bv, xbv)


class Diode(Model):
    """Junction diode (element D)."""

    name = "diode"
    letter = "d"
    keywords = ("d",)
    terminals = ("anode", "cathode")
    internal = ("inner",)
    claims = frozenset({"passive", "no current at zero bias"})
    collapse = {"inner": ("anode", "rs")}
    parameters = (
        Parameter("is", 1e-14, "A", "saturation current", low=0.0, aliases=("js",)),
        Parameter("rs", 0.0, "Ohm", "series resistance", low=0.0),
        Parameter("n", 1.0, "", "emission coefficient", low=0.0),
        Parameter("tt", 0.0, "s", "transit time", low=0.0),
        Parameter("cjo", 0.0, "F", "depletion capacitance at 0 V", low=0.0, aliases=("cj0", "cj")),
        Parameter("vj", 1.0, "V", "built-in potential", low=0.0, aliases=("pb",)),
        Parameter("m", 0.5, "", "grading coefficient", low=0.0, high=0.9, aliases=("mj",)),
        Parameter("eg", 1.11, "eV", "activation energy", low=0.0),
        Parameter("xti", 3.0, "", "temperature exponent of the saturation current"),
        Parameter("fc", 0.5, "", "where the depletion charge becomes a parabola", low=0.0, high=0.95),
        Parameter("bv", NEVER, "V", "breakdown voltage", low=0.0, aliases=("vb", "vrb", "var")),
        Parameter("ibv", 1e-3, "A", "current at breakdown voltage", low=0.0, aliases=("ib",)),
        Parameter("nbv", "n", "", "emission coefficient of breakdown", low=0.0),
        Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
        Parameter("af", 1.0, "", "exponent of flicker noise"),
        Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
    )
    instance_parameters = (
        Parameter("area", 1.0, "", "number of unit diodes in one", low=0.0),
        Parameter("multiplier", 1.0, "", "number of devices in parallel", low=0.0, aliases=("m",)),
        Parameter("temp", math.nan, "°C", "temperature of this instance"),
        Parameter("off", 0.0, "", "accepted for ngspice's sake: start of the operating point"),
        Parameter("ic", math.nan, "V", "initial voltage of a transient with uic"),
    )

    flags = {"off": ("off", 1.0)}
    ignored = ("level",)

    @classmethod
    def equations(cls, m: Equations) -> None:
        t, tnom = m["temp"] + KELVIN, m["tnom"] + KELVIN
        vt = K_OVER_Q * t
        vte = m["n"] * vt
        scale = m["area"] * m["multiplier"]
        growth = (t / tnom - 1.0) * m["eg"] / vte + m["xti"] / m["n"] * ln(t / tnom)
        saturation = m["is"] * exp(growth) * scale
        v = m.voltage("inner", "cathode")
        current = cls._current(m, v, saturation, vt, vte)
        potential, growth = capacitance_growth(t, tnom, m["vj"], m["m"])
        depletion = depletion_charge(v, potential, m["cjo"] * scale * growth, m["m"], m["fc"])
        charge = depletion + m["tt"] * current
        m.flow("inner", "cathode", current + m.gmin * v, charge)
        series = m["rs"] * scale / max_(m["rs"] * m["rs"], 1e-60)  # 0 where there is none
        m.flow("anode", "inner", series * m.voltage("anode", "inner"))
        m.fluctuation("rs", "anode", "inner", 4.0 * BOLTZMANN * t * series)
        m.fluctuation("id", "inner", "cathode", 2.0 * ELEMENTARY_CHARGE * abs_(current))
        flicker = m["kf"] * pwr(max_(abs_(current), 1e-38), m["af"])
        m.fluctuation("1overf", "inner", "cathode", ZERO, flicker)
        m.limit_junction("inner", "cathode", vte, saturation)

    @staticmethod
    def _current(m: Equations, v: Expr, saturation: Expr, vt: Expr, vte: Expr) -> Expr:
        forward = saturation * (exp(v / vte) - 1.0)
        fade = 3.0 / math.e * vte * (1.0 / v)
        reverse = -saturation * (1.0 + fade * fade * fade)
        slope = m["nbv"] * vt
        xbv = _breakdown_start(m, saturation / m["multiplier"], vt, slope)
        breakdown = -saturation * exp(-(xbv + v) / slope)
        return where(v >= -3.0 * vte, forward, where(v >= -xbv, reverse, breakdown))
