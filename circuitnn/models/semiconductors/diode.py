"""Junction diode, SPICE level 1 with breakdown, as ngspice has it.

Equations, with Vte = n·k·T/q and v the junction's voltage behind the series resistance:

    v ≥ -3·Vte            i = Is·(exp(v/Vte) - 1)
    -Vb ≤ v < -3·Vte      i = -Is·(1 + (3·Vte/(e·v))³)
    v < -Vb               i = -Is·exp(-(Vb + v)/(nbv·k·T/q))

plus, where they are given, the side wall's current (jsw·pj, emission coefficient ns), recombination
isr·(exp(v/Vtr) - 1)·((1 - v/Vj)² + 0.005)^(m/2) with Vtr = nr·k·T/q, which is constant below -3·Vte, and tunnelling
jtun·(1 - exp(-v/(ntun·k·T/q))). The sum is divided by 1 + √(i/ikf) forward, 1 + √(-i/ikr) reverse (a knee current of 0
means none). To this gmin·v is added. Charge: tt·i and the depletion charges of graded junctions, of the bottom (cjo)
and of the side wall (cjsw·pj), continued as parabolas above fc·vj and fcs·php.
Noise: 4kT/rs, 2q·i·coth(qv/2kT), kf·|i|^af/f. ngspice has 2q·|i|, which differs only within a few kT/q of 0 V, where it
falls to 0 instead of 4kT times the conductance.

Saturation currents, potentials and capacitances depend on temperature as in SPICE2 (tlevc=1: potentials and
capacitances linearly, by cta, ctp, tpb, tphp); rs, tt, m and bv by trs1, trs2, ttt1, ttt2, tm1, tm2 and tcv (tlev=1:
relative). Below -3·Vte ngspice 44 drops the recombination, a jump that later ngspice mends as here.
Not modelled: tlev=2, self-heating (rth0), soft recovery. Diodes of level 3 (`diode3`) follow from their sizes.

References
----------
L. W. Nagel, "SPICE2: a computer program to simulate semiconductor circuits", UCB/ERL M520,
1975, chapter 2. Constants and the choice of branches as measured on ngspice 44.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import (
    ZERO,
    Expr,
    abs_,
    and_,
    ddt,
    exp,
    ln,
    log1p,
    max_,
    min_,
    pwr,
    sqrt,
    where,
)
from circuitnn.models.bounds import Bound
from circuitnn.models.declarations import OF_SPICE, UNSET
from circuitnn.models.fluctuations import resistor, shot
from circuitnn.models.model import Equations, Model, Parameter
from circuitnn.models.semiconductors.junction import K_OVER_Q, capacitance_at, depletion_charge, inverse
from circuitnn.models.semiconductors.optional import is_given

NEVER = 1e30  # breakdown voltage of a diode that has none
ROUNDS = 6  # of Newton's method to where breakdown starts


def breakdown_start(m: Equations, bv: Expr, saturation: Expr, vt: Expr, slope: Expr) -> Expr:
    """Where the breakdown exponential starts, so that ibv less what leaks flows at -bv, whatever the area. [V]

    Solves x = bv - slope·ln(ratio + 1 - x/vt) by Newton's method, whose steps from the first guess have one sign.
    ngspice iterates x, until its relative error is below reltol.
    """
    ratio = m["ibv"] / saturation
    xbv = bv - slope * log1p(ratio)
    for _ in range(ROUNDS):
        inside = ratio + 1.0 - xbv / vt
        xbv = xbv - (xbv - bv + slope * ln(inside)) / (1.0 - slope / (vt * inside))
    return where(ratio < bv / vt, bv, xbv)


class Diode(Model):
    """Junction diode (element D)."""

    name = "diode"
    letter = "d"
    keywords = ("d",)
    terminals = ("anode", "cathode")
    internal = ("inner",)
    levels: ClassVar = (1,)
    instead = (("ron", "roff", "vfwd", "vrev", "rrev"), "idealdiode")
    ibv_of_unit = False  # whether ibv flows at -bv through a unit area, and not through any
    jumps = "the reverse knee current of SPICE's law sets in at -3·n·vt"
    claims = frozenset({"passive", "no current at zero bias"})
    collapse = {"inner": ("anode", "rs")}
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("is", 1e-14, "A", "saturation current", low=0.0, aliases=("js",)),
        Parameter("jsw", 0.0, "A", "saturation current of the side wall, a pj", low=0.0),
        Parameter("rs", 0.0, "Ohm", "series resistance", low=0.0),
        Parameter("n", 1.0, "", "emission coefficient", low=1e-4),
        Parameter("ns", UNSET, "", "emission coefficient of the side wall; else n", low=0.1),
        Parameter("isr", 0.0, "A", "saturation current of recombination", low=0.0),
        Parameter("nr", 2.0, "", "emission coefficient of recombination", low=0.1),
        Parameter("ikf", 0.0, "A", "forward knee current", low=0.0, aliases=("ik",)),
        Parameter("ikr", 0.0, "A", "reverse knee current", low=0.0),
        Parameter("jtun", 0.0, "A", "saturation current of tunnelling", low=0.0),
        Parameter("jtunsw", 0.0, "A", "saturation current of tunnelling at the side wall, a pj", low=0.0),
        Parameter("ntun", 30.0, "", "emission coefficient of tunnelling", low=1.0),
        Parameter("xtitun", 3.0, "", "temperature exponent of tunnelling"),
        Parameter("keg", 1.0, "", "factor of eg for tunnelling", low=0.0),
        Parameter("tt", 0.0, "s", "transit time", low=0.0),
        Parameter("cjo", 0.0, "F", "depletion capacitance at 0 V", low=0.0, aliases=("cj0", "cj")),
        Parameter("vj", 1.0, "V", "built-in potential", low=1e-6, aliases=("pb",)),
        Parameter("m", 0.5, "", "grading coefficient", low=0.0, aliases=("mj",)),
        Parameter("cjsw", 0.0, "F", "capacitance of the side wall at 0 V, a pj", low=0.0, aliases=("cjp",)),
        Parameter("php", 1.0, "V", "built-in potential of the side wall", low=1e-6),
        Parameter("mjsw", 0.33, "", "grading coefficient of the side wall", low=0.0),
        Parameter("eg", 1.11, "eV", "activation energy", low=0.0),
        Parameter("xti", 3.0, "", "temperature exponent of the saturation currents"),
        Parameter(
            "fc", 0.5, "", "where the depletion charge becomes a parabola", low=0.0, high=0.9999, clipped=True
        ),
        Parameter("fcs", 0.5, "", "where that of the side wall does", low=0.0, high=0.9999, clipped=True),
        Parameter("bv", NEVER, "V", "breakdown voltage", low=0.0, aliases=("vb", "vrb", "var")),
        Parameter("ibv", 1e-3, "A", "current at breakdown voltage", low=0.0, aliases=("ib",)),
        Parameter("nbv", "n", "", "emission coefficient of breakdown", low=1e-4),
        Parameter("tlev", 0.0, "", "1: tcv is relative", low=0.0, high=1.0),
        Parameter("tlevc", 0.0, "", "1: the junctions change linearly with temperature", low=0.0, high=1.0),
        Parameter("tcv", 0.0, "V/K", "by how much the breakdown voltage falls", usual=0.1),
        Parameter("trs1", 0.0, "1/K", "temperature coefficient of rs", aliases=("trs",), usual=1e-2),
        Parameter("trs2", 0.0, "1/K²", "second one of rs", usual=1e-4),
        Parameter("ttt1", 0.0, "1/K", "temperature coefficient of tt", usual=1e-2),
        Parameter("ttt2", 0.0, "1/K²", "second one of tt", usual=1e-4),
        Parameter("tm1", 0.0, "1/K", "temperature coefficient of m", usual=2e-3),
        Parameter("tm2", 0.0, "1/K²", "second one of m", usual=1e-5),
        Parameter(
            "cta", 0.0, "1/K", "temperature coefficient of cjo (tlevc 1)", aliases=("ctc",), usual=1e-2
        ),
        Parameter("ctp", 0.0, "1/K", "temperature coefficient of cjsw (tlevc 1)", usual=1e-2),
        Parameter(
            "tpb", 0.0, "V/K", "temperature coefficient of -vj (tlevc 1)", aliases=("tvj",), usual=5e-3
        ),
        Parameter("tphp", 0.0, "V/K", "temperature coefficient of -php (tlevc 1)", usual=5e-3),
        Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
        Parameter("af", 1.0, "", "exponent of flicker noise"),
        Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
    )
    instance_parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("area", 1.0, "", "number of unit diodes in one", low=0.0),
        Parameter("pj", 0.0, "", "number of unit perimeters", low=0.0),
        *OF_SPICE,
        Parameter("ic", math.nan, "V", "accepted, without effect: initial voltage of a transient with uic"),
    )

    flags = {"off": ("off", 1.0)}
    bounds = (
        Bound("fv_max", "anode cathode", 1),
        Bound("bv_max", "anode cathode", -1),
        Bound("id_max", "id"),
        Bound("pd_max", "p"),
    )
    # what belongs to tlev=2 and to self-heating, and the sizes of level 3
    ignored: ClassVar[tuple[str, ...]] = (
        *("te_max", "gap1", "gap2", "rth0", "cth0"),
        *("lm", "lp", "wm", "wp", "xom", "xoi", "xm", "xp", "xw"),
    )
    warned = {"vp": "soft recovery is not modelled"}
    instance_warned = {"ic": "a diode's junction starts at its nodes' .ic, as in ngspice"}

    @classmethod
    def extent(cls, m: Equations) -> tuple[Expr, Expr]:
        """Area and perimeter of one diode.

        Parameters
        ----------
        m : Equations
        """
        return m["area"], m["pj"]

    @classmethod
    def overlap(cls, m: Equations) -> Expr:
        """Capacitance of what lies over one junction. [F]

        Parameters
        ----------
        m : Equations
        """
        return ZERO

    @classmethod
    def equations(cls, m: Equations) -> None:
        t, tnom = m["temp"] + KELVIN, m["tnom"] + KELVIN
        dt, (scale, walls) = t - tnom, (m["multiplier"] * each for each in cls.extent(m))
        v = m.voltage("inner", "cathode")
        grading = m["m"] * (1.0 + m["tm1"] * dt + m["tm2"] * dt * dt)
        change = (m["tlevc"] > 0.5, m["cta"], m["tpb"])
        potential, growth = capacitance_at(m, m["vj"], grading, change)
        current, saturation = cls._current(m, v, potential, grading)
        depletion = depletion_charge(v, potential, m["cjo"] * scale * growth, grading, m["fc"])
        change = (m["tlevc"] > 0.5, m["ctp"], m["tphp"])
        side, growth = capacitance_at(m, m["php"], m["mjsw"], change)
        wall = depletion_charge(v, side, m["cjsw"] * walls * growth, m["mjsw"], m["fcs"])
        transit = m["tt"] * (1.0 + m["ttt1"] * dt + m["ttt2"] * dt * dt)
        whole = current + m.gmin * v
        charge = depletion + wall + transit * current + m["multiplier"] * cls.overlap(m) * v
        m.flow("inner", "cathode", whole, charge)
        series = (
            scale * inverse(m["rs"]) / (1.0 + m["trs1"] * dt + m["trs2"] * dt * dt)
        )  # 0 where there is none
        resistor(m, "rs", "anode", "inner", series)
        shot(m, "id", "inner", "cathode", whole, t)
        flicker = m["multiplier"] * m["kf"] * pwr(max_(abs_(whole) / m["multiplier"], 1e-38), m["af"])
        m.fluctuation("1overf", "inner", "cathode", ZERO, flicker)
        m.limit_junction("inner", "cathode", m["n"] * K_OVER_Q * t, saturation, on=True)
        m.probe("vd", "V", "voltage of the junction", v)
        m.probe("id c", "A", "current", whole + ddt(charge))
        m.probe("gd", "S", "conductance of the junction", m.slope(whole, "inner"))
        m.probe("cd", "F", "capacitance of the junction", m.slope(charge, "inner"))
        m.probe("charge qd", "C", "charge of the junction", charge)
        m.probe("capcur", "A", "current of the charge", ddt(charge))
        m.probe("p", "W", "power", m.power("anode", "cathode", "inner"))

    @classmethod
    def _current(cls, m: Equations, v: Expr, potential: Expr, grading: Expr) -> tuple[Expr, Expr]:
        """Current of the junction, and its saturation current. [A]"""
        t, tnom = m["temp"] + KELVIN, m["tnom"] + KELVIN
        vt, log = K_OVER_Q * t, ln(t / tnom)
        vte, slope, energy = m["n"] * vt, m["nbv"] * vt, (t / tnom - 1.0) * m["eg"] / vt
        area, perimeter = cls.extent(m)
        scale, walls = area * m["multiplier"], perimeter * m["multiplier"]

        def grown(n: Expr) -> Expr:
            return exp((energy + m["xti"] * log) / n)

        has_ns = is_given(m["ns"])  # where not, ngspice takes 1 for the temperature and n for the current
        density = m["is"] * grown(m["n"])
        bottom, side = scale * density, walls * m["jsw"] * grown(where(has_ns, m["ns"], 1.0))
        fall = m["tcv"] * (t - tnom) * where(m["tlev"] > 0.5, m["bv"], 1.0)
        bv = where(m["bv"] < 0.5 * NEVER, m["bv"] - fall, m["bv"])
        known = density if cls.ibv_of_unit else area * density
        xbv = breakdown_start(m, bv, max_(known, 1e-30), vt, slope)
        total = junction_with_breakdown(v, bottom, vte, xbv, slope) + junction_with_breakdown(
            v, side, where(has_ns, m["ns"], m["n"]) * vt, xbv, slope
        )
        held = max_(v, -3.0 * vte)
        space = 1.0 - held / potential
        active = pwr(space * space + 0.005, 0.5 * grading)
        total = total + scale * m["isr"] * grown(m["nr"]) * (exp(held / (m["nr"] * vt)) - 1.0) * active
        grown_tunnel = exp((m["keg"] * energy + m["xtitun"] * log) / m["ntun"])
        tunnel = (scale * m["jtun"] + walls * m["jtunsw"]) * grown_tunnel
        total = total - tunnel * (exp(-v / (m["ntun"] * vt)) - 1.0)
        forward = total / (1.0 + sqrt(max_(total, 1e-18) * inverse(scale * m["ikf"]) + 1e-40))
        reverse = total / (1.0 + sqrt(max_(-total, 1e-18) * inverse(scale * m["ikr"]) + 1e-40))
        high = and_(v >= -3.0 * vte, total > 1e-18)
        low = and_(v < -3.0 * vte, total < -1e-18)
        return where(high, forward, where(low, reverse, total)), bottom + side


def junction_with_breakdown(v: Expr, saturation: Expr, vte: Expr, xbv: Expr, slope: Expr) -> Expr:
    """Forward, reverse and breakdown current of a junction. [A]"""
    forward = saturation * (exp(v / vte) - 1.0)
    fade = 3.0 / math.e * vte * (1.0 / min_(v, -vte))
    reverse = -saturation * (1.0 + fade * fade * fade)
    breakdown = -saturation * exp(-(xbv + v) / slope)
    return where(v >= -3.0 * vte, forward, where(v >= -xbv, reverse, breakdown))
