"""Power MOSFET with a vertical channel (VDMOS), as ngspice has it.

With p = 1 for N, -1 for P channels, all voltages times p, drain and source exchanged where vds < 0, seen behind rd, rg
and rs; v = mtriode·vds, k = ksubthres:

    g = k·ln(1 + exp((vgs - vto - subshift)/k))
    i = kp·(1 + lambda·vds)/(1 + theta·vgs)·½·g²              g ≤ v
    i = kp·(1 + lambda·vds)/(1 + theta·vgs)·v·(g - ½·v)       above

With rq and vq the drain's resistance is rd + rq·v/(v + |vq|), v the voltage of drain over source outside, where that
is positive (quasi-saturation). Gate and source: cgs. Gate and drain, u = a·vgd and s = (cgdmax - cgdmin)/(1 + π/2):

    Cgd = cgdmax - s + s·tanh(u)  where u > 0,   cgdmax - s + s·atan(u)  below

From source to drain the body diode behind rb (is, n, bv, ibv, nbv, cjo, vj, m, fc, tt, eg, xti, as a diode's), and rds.
vto falls by tcvth·ΔT, kp goes as T^mu, rd by trd1, trd2 or, where it is given, as T^texp0, rq as T^texp1, rs, rg and
rb by trs1 to trb2, ksubthres by tksubthres1, tksubthres2. Noise: thermal of rd, rs, rg and rb, of the channel
8/3·k·T·gm, shot of the diode; flicker kf·|id|^af/f. The size of a device is in its parameters: it has neither l nor w.
Self-heating is not modelled.

Where ngspice 44 differs: m devices break down at the current of one, and their small signals are not m times those of
one; rg and the body diode make no noise, and its flicker noise is larger by a factor that no parameter explains; a vj
above 5 V counts as 2.5 V; small-signal analyses omit rds and, for vds < 0 with lambda or theta, do not have the slope
of its current.

References
----------
Parameters and equations as the ngspice manual states them (chapter on the power MOSFET model); defaults, temperature
behaviour and the choice of branches as measured on ngspice 44.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.graph import (
    ZERO,
    Expr,
    abs_,
    atan,
    ddt,
    exp,
    ln,
    log1p,
    max_,
    min_,
    pwr,
    where,
)
from circuitnn.models.bounds import POWER_MOSFET
from circuitnn.models.declarations import OF_SPICE, UNSET
from circuitnn.models.fluctuations import resistor, shot
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.diode import NEVER, breakdown_start, junction_with_breakdown
from circuitnn.models.semiconductors.junction import K_OVER_Q, capacitance_growth, depletion_charge, inverse
from circuitnn.models.semiconductors.optional import given, is_given


class Vdmos(Model):
    """Power MOSFET (element M with three nodes)."""

    name = "vdmos"
    letter = "m"
    keywords = ("vdmos", "vdmosn", "vdmosp")
    variants: ClassVar = {"vdmosp": {"polarity": -1.0}}
    claims = frozenset({"passive", "no current at zero bias"})
    drive = Drive("SIN(5 5 100k)", "vg g 0 4\nm1 in g 0 m", "20n 20u 0 20n", 1e-3)
    terminals = ("drain", "gate", "source")
    internal = ("drain_inner", "gate_inner", "source_inner", "diode_inner")
    collapse: ClassVar = {
        "drain_inner": ("drain", "rd"),
        "gate_inner": ("gate", "rg"),
        "source_inner": ("source", "rs"),
        "diode_inner": ("source", "rb"),
    }
    parameters = (
        Parameter(
            "polarity",
            1.0,
            "",
            "1 N, -1 P: the card's type or `pchan` says it",
            low=-1.0,
            high=1.0,
            nonzero=True,
        ),
        Parameter("vto", UNSET, "V", "threshold; else 3 or, P, -3", aliases=("vth0", "vt0")),
        Parameter("kp", UNSET, "A/V²", "transconductance; else 35 or, P, 15", low=0.0),
        Parameter("lambda", 0.0, "1/V", "channel-length modulation"),
        Parameter("theta", 0.0, "1/V", "fall of the mobility with the gate", low=0.0),
        Parameter("mtriode", 1.0, "", "factor of the conductance before saturation", low=1e-3),
        Parameter("ksubthres", 0.1, "V", "slope of the current below the threshold", low=1e-4),
        Parameter("subshift", 0.0, "V", "shift of that current along the gate's voltage"),
        Parameter("rd", 0.0, "Ohm", "resistance of the drain", low=0.0, clipped=True),
        Parameter("rs", 0.0, "Ohm", "resistance of the source", low=0.0, clipped=True),
        Parameter("rg", 0.0, "Ohm", "resistance of the gate", low=0.0, clipped=True),
        Parameter("rq", 0.0, "Ohm", "resistance of quasi-saturation", low=0.0),
        Parameter("vq", 0.0, "V", "voltage of quasi-saturation; 0: none"),
        Parameter("rds", 1e15, "Ohm", "resistance between drain and source", low=1e-3),
        Parameter("cgs", 1.4e-9, "F", "capacitance of gate and source", low=0.0),
        Parameter("cgdmax", 2e-9, "F", "largest capacitance of gate and drain", low=0.0),
        Parameter("cgdmin", 2e-11, "F", "smallest capacitance of gate and drain", low=0.0),
        Parameter("a", 1.0, "1/V", "how fast it goes from one to the other", low=1e-6),
        Parameter("is", 1e-14, "A", "saturation current of the body diode", low=0.0),
        Parameter("n", 1.0, "", "its emission coefficient", low=1e-2),
        Parameter("rb", 0.0, "Ohm", "its series resistance", low=0.0),
        Parameter("bv", NEVER, "V", "its breakdown voltage", low=0.0),
        Parameter("ibv", 1e-10, "A", "its current there", low=0.0),
        Parameter("nbv", 1.0, "", "its emission coefficient there", low=1e-2),
        Parameter("cjo", 5e-10, "F", "its depletion capacitance at 0 V", low=0.0),
        Parameter("vj", 0.8, "V", "its built-in potential", low=1e-6),
        Parameter("m", 0.5, "", "its grading coefficient", low=0.0),
        Parameter(
            "fc", 0.5, "", "where its depletion charge becomes a parabola", low=0.0, high=0.95, clipped=True
        ),
        Parameter("tt", 0.0, "s", "its transit time", low=0.0),
        Parameter("eg", 1.11, "eV", "its activation energy", low=0.0),
        Parameter("xti", 3.0, "", "temperature exponent of its saturation current"),
        Parameter("tcvth", 0.0, "V/K", "by how much the threshold falls", aliases=("vtotc",)),
        Parameter("mu", -1.5, "", "temperature exponent of kp", aliases=("bex",)),
        Parameter("texp0", UNSET, "", "temperature exponent of rd; else trd1 and trd2 count"),
        Parameter("texp1", 0.3, "", "temperature exponent of rq"),
        Parameter("trd1", 0.0, "1/K", "temperature coefficient of rd"),
        Parameter("trd2", 0.0, "1/K²", "second one of rd"),
        Parameter("trg1", 0.0, "1/K", "temperature coefficient of rg"),
        Parameter("trg2", 0.0, "1/K²", "second one of rg"),
        Parameter("trs1", 0.0, "1/K", "temperature coefficient of rs"),
        Parameter("trs2", 0.0, "1/K²", "second one of rs"),
        Parameter("trb1", 0.0, "1/K", "temperature coefficient of rb"),
        Parameter("trb2", 0.0, "1/K²", "second one of rb"),
        Parameter("tksubthres1", 0.0, "1/K", "temperature coefficient of ksubthres"),
        Parameter("tksubthres2", 0.0, "1/K²", "second one of ksubthres"),
        Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
        Parameter("af", 1.0, "", "exponent of flicker noise"),
        Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
    )
    instance_parameters = (*OF_SPICE,)
    flags: ClassVar = {"off": ("off", 1.0)}
    # limits of safe operation and the maker's figures; the surface potential has no effect in ngspice either
    bounds = POWER_MOSFET
    ignored = ("te_max", "phi", "rth_ext", "derating", "vds", "ron", "qg", "mfg")
    warned: ClassVar = dict.fromkeys(("rthjc", "rthca", "cthj"), "self-heating is not modelled")
    instance_warned: ClassVar = dict.fromkeys(("l", "w"), "the size of a power MOSFET is in its parameters")

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, count = m["polarity"], m["multiplier"]
        t, dt = m["temp"] + KELVIN, m["temp"] - m["tnom"]
        channel = count * cls._channel(m)
        m.flow("drain_inner", "source_inner", p * channel)
        gm = p * differentiate(channel, "gate_inner")
        m.fluctuation("id", "drain_inner", "source_inner", 8.0 / 3.0 * BOLTZMANN * t * abs_(gm))
        m.fluctuation("1overf", "drain_inner", "source_inner", ZERO, cls._flicker(m, channel))
        m.flow(
            "gate_inner", "source_inner", charge=count * m["cgs"] * m.voltage("gate_inner", "source_inner")
        )
        to_drain = cls._gate_drain(m, p * m.voltage("gate_inner", "drain_inner"))
        m.flow("gate_inner", "drain_inner", charge=p * count * to_drain)
        for name, outer, inner, value in (
            ("rd", "drain", "drain_inner", cls._drain_resistance(m)),
            ("rs", "source", "source_inner", m["rs"] * (1.0 + m["trs1"] * dt + m["trs2"] * dt * dt)),
            ("rg", "gate", "gate_inner", m["rg"] * (1.0 + m["trg1"] * dt + m["trg2"] * dt * dt)),
            ("rb", "source", "diode_inner", m["rb"] * (1.0 + m["trb1"] * dt + m["trb2"] * dt * dt)),
        ):
            series = count * inverse(value)
            resistor(m, name, outer, inner, series)
        m.flow("drain", "source", count / m["rds"] * m.voltage("drain", "source"))
        body = cls._diode(m)
        cls._probes(m, channel, gm, to_drain, body)

    @classmethod
    def _channel(cls, m: Equations) -> Expr:
        """Current of the channel of one device, times the polarity. [A]"""
        p, t, dt = m["polarity"], m["temp"] + KELVIN, m["temp"] - m["tnom"]
        vds, vgs = p * m.voltage("drain_inner", "source_inner"), p * m.voltage("gate_inner", "source_inner")
        forward = vds >= 0.0
        gate, size = where(forward, vgs, vgs - vds), where(forward, vds, -vds)
        vto = where(is_given(m["vto"]), p * m["vto"], 3.0) - m["tcvth"] * dt
        slope = m["ksubthres"] * max_(1.0 + m["tksubthres1"] * dt + m["tksubthres2"] * dt * dt, 1e-3)
        u = (gate - vto - m["subshift"]) / slope
        over = slope * where(u > 0.0, u + log1p(exp(-max_(u, 0.0))), log1p(exp(min_(u, 0.0))))
        kp = given(m["kp"], where(p > 0.0, 35.0, 15.0))
        kp = kp * exp(m["mu"] * ln(t / (m["tnom"] + KELVIN)))
        # far outside of where cards hold, neither changes the sign of the current
        beta = kp * max_(1.0 + m["lambda"] * vds, 0.0) / max_(1.0 + m["theta"] * vgs, 1e-2)
        inside = min_(m["mtriode"] * size, over)
        m.probe("von", "V", "gate voltage where the channel begins to conduct", p * vto)
        current = beta * inside * (over - 0.5 * inside)
        return where(forward, current, -current)

    @staticmethod
    def _flicker(m: Equations, channel: Expr) -> Expr:
        return m["kf"] * m["multiplier"] * pwr(max_(abs_(channel) / m["multiplier"], 1e-38), m["af"])

    @staticmethod
    def _drain_resistance(m: Equations) -> Expr:
        """Of one device, larger in quasi-saturation. [Ohm]"""
        dt, log = m["temp"] - m["tnom"], ln((m["temp"] + KELVIN) / (m["tnom"] + KELVIN))
        linear = 1.0 + m["trd1"] * dt + m["trd2"] * dt * dt
        growth = where(is_given(m["texp0"]), exp(given(m["texp0"], 0.0) * log), linear)
        v, vq = max_(m["polarity"] * m.voltage("drain", "source"), 0.0), abs_(m["vq"])
        more = where(vq > 0.0, m["rq"] * exp(m["texp1"] * log) * v / (v + vq + 1e-30), 0.0)
        return where(m["rd"] > 0.0, m["rd"] * growth + more, 0.0)

    @staticmethod
    def _gate_drain(m: Equations, v: Expr) -> Expr:
        """Charge of gate and drain of one device. [C]"""
        span = (m["cgdmax"] - m["cgdmin"]) / (1.0 + 0.5 * math.pi)
        u = m["a"] * v
        up, down = max_(u, 0.0), min_(u, 0.0)
        grown = up + log1p(exp(-2.0 * up)) - math.log(2.0)
        fallen = down * atan(down) - 0.5 * log1p(down * down)
        return (m["cgdmax"] - span) * v + span / m["a"] * where(u > 0.0, grown, fallen)

    @staticmethod
    def _diode(m: Equations) -> tuple[Expr, Expr]:
        """The body diode; its current [A] and charge [C], times the polarity."""
        p, count = m["polarity"], m["multiplier"]
        t, tnom = m["temp"] + KELVIN, m["tnom"] + KELVIN
        vt = K_OVER_Q * t
        vte, slope = m["n"] * vt, m["nbv"] * vt
        v = p * m.voltage("diode_inner", "drain")
        growth = exp(((t / tnom - 1.0) * m["eg"] / vt + m["xti"] * ln(t / tnom)) / m["n"])
        each = m["is"] * growth
        xbv = breakdown_start(m, m["bv"], max_(each, 1e-30), vt, slope)
        current = junction_with_breakdown(v, count * each, vte, xbv, slope)
        potential, larger = capacitance_growth(t, tnom, m["vj"], m["m"])
        depletion = depletion_charge(v, potential, count * m["cjo"] * larger, m["m"], m["fc"])
        charge = depletion + m["tt"] * current
        whole = current + m.gmin * v
        m.flow("diode_inner", "drain", p * whole, p * charge)
        shot(m, "dio", "diode_inner", "drain", p * whole, t)
        m.limit_junction("diode_inner", "drain", vte, max_(count * each, 1e-300), p)
        return whole, charge

    @staticmethod
    def _probes(m: Equations, channel: Expr, gm: Expr, to_drain: Expr, body: tuple[Expr, Expr]) -> None:
        """Values decks may ask for, with ngspice's names; currents and voltages are times the polarity."""
        p, count = m["polarity"], m["multiplier"]
        diode, charge = body
        m.probe("id", "A", "current into the drain", p * m.current("drain", "drain_inner"))
        m.probe("ig", "A", "current into the gate", p * m.current("gate", "gate_inner"))
        m.probe("is", "A", "current into the source", p * m.current("source", "source_inner", "diode_inner"))
        m.probe("idio", "A", "current of the body diode", diode + ddt(charge))
        m.probe(
            "vgs", "V", "voltage of gate over source, inside", p * m.voltage("gate_inner", "source_inner")
        )
        m.probe(
            "vds", "V", "voltage of drain over source, inside", p * m.voltage("drain_inner", "source_inner")
        )
        m.probe("gm", "S", "transconductance", gm)
        m.probe("gds", "S", "output conductance", p * m.slope(channel, "drain_inner"))
        m.probe("cgs", "F", "capacitance of gate and source", count * m["cgs"])
        m.probe("cgd", "F", "capacitance of gate and drain", count * p * m.slope(to_drain, "gate_inner"))
        m.probe("cds", "F", "capacitance of the body diode", p * m.slope(charge, "diode_inner"))
        m.probe("p", "W", "power", m.power(*Vdmos.terminals, *Vdmos.internal))
