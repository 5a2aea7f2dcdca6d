"""What BSIM1 and BSIM2 have in common: terminals, overlaps, junctions, resistances, noise and values of instances."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.graph import ZERO, Expr, abs_, exp, max_, pwr, where
from circuitnn.models.declarations import OF_SPICE
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Equations, Model, Parameter
from circuitnn.models.semiconductors.bsim1_card import Size
from circuitnn.models.semiconductors.bsim3_charge import depletion
from circuitnn.models.semiconductors.diffusions import DIFFUSIONS, squares
from circuitnn.models.semiconductors.junction import K_OVER_Q, REFERENCE

VT = ZERO + K_OVER_Q * REFERENCE  # V, whatever the temperature
OXIDE = 3.453e-13 * 100.0  # F/m


class Bias(NamedTuple):
    """Voltages seen from the end that acts as source, times the polarity. [V]"""

    vgs: Expr
    vds: Expr
    vbs: Expr


class Current(NamedTuple):
    """Current from drain to source [A], threshold and saturation voltage [V]."""

    current: Expr
    threshold: Expr
    saturation: Expr


class Charges(NamedTuple):
    """Charges of gate, bulk and acting drain over the oxide's capacitance; the source has the rest. [V]"""

    gate: Expr
    bulk: Expr
    drain: Expr


class EarlyBsim(Model):
    """Transistors whose models differ in the channel's current and charges."""

    letter = "m"
    keywords = ("nmos", "pmos")
    variants: ClassVar = {"pmos": {"polarity": -1.0}}
    claims = frozenset({"no current at zero bias"})  # not passive for all parameters within their ranges
    terminals = ("drain", "gate", "source", "bulk")
    internal = ("drain_inner", "source_inner")
    collapse: ClassVar = {"drain_inner": ("drain", "rsh"), "source_inner": ("source", "rsh")}
    instance_parameters = (
        Parameter("l", 5e-6, "m", "length of the mask", low=1e-8),
        Parameter("w", 5e-6, "m", "width of the mask", low=1e-8),
        *DIFFUSIONS,
        *OF_SPICE,
    )
    flags: ClassVar = {"off": ("off", 1.0)}
    ignored = ("wdf", "dell")

    @classmethod
    def thickness(cls, m: Equations) -> Expr:
        """Thickness of the oxide. [µm]"""
        return m["tox"]

    @classmethod
    def edge(cls, m: Equations, size: Size) -> Expr:
        """Length that gate and bulk overlap along. [m]"""
        return size.length

    @classmethod
    def channel(cls, m: Equations, size: Size, bias: Bias) -> Current:
        """State the channel's current."""
        raise NotImplementedError

    @classmethod
    def charges(cls, m: Equations, size: Size, bias: Bias) -> Charges:
        """State its charges."""
        raise NotImplementedError

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, count, size = m["polarity"], m["multiplier"], Size(m)
        vgs, vds, vbs = (p * m.voltage(n, "source_inner") for n in ("gate", "drain_inner", "bulk"))
        forward = vds >= 0.0
        bias = Bias(
            m.local("vgs", where(forward, vgs, vgs - vds)),
            m.local("vds", where(forward, vds, -vds)),
            m.local("vbs", where(forward, vbs, vbs - vds)),
        )
        current, threshold, vdsat = cls.channel(m, size, bias)
        m.flow("drain_inner", "source_inner", p * count * where(forward, current, -current))
        whole = oxide(cls.thickness(m)) * size.width * size.length
        gate, bulk, drain = cls.charges(m, size, bias)
        source = -(gate + bulk + drain)
        for node, charge in (("gate", gate), ("bulk", bulk), ("drain_inner", where(forward, drain, source))):
            m.flow(node, "source_inner", charge=p * count * whole * charge)
        for end, name in (("drain", "d"), ("source", "s")):
            _end(m, size, end, name)
        beside = count * m["cgbo"] * cls.edge(m, size)
        m.flow("gate", "bulk", charge=beside * m.voltage("gate", "bulk"))
        gm = m.partial(current, "vgs")
        thermal = 8.0 / 3.0 * BOLTZMANN * (m["temp"] + KELVIN) * count * abs_(gm)
        m.fluctuation("id", "drain_inner", "source_inner", thermal)
        flicker = m["kf"] * pwr(max_(abs_(current), 1e-38), m["af"])
        flicker = flicker / (oxide(cls.thickness(m)) * size.length * size.length)
        m.fluctuation("1overf", "drain_inner", "source_inner", ZERO, count * flicker)
        m.probe("vth von", "V", "threshold", threshold)
        m.probe("vdsat", "V", "drain voltage where it saturates", vdsat)
        m.probe("id", "A", "size of the channel's current", count * current)
        for name, value in zip(("vgs", "vds", "vbs"), (vgs, vds, vbs), strict=True):
            m.probe(name, "V", f"voltage of {name[1]} over {name[2]}, behind the resistances", value)
        m.probe("gm", "S", "transconductance", count * gm)
        m.probe("gds", "S", "output conductance", count * m.partial(current, "vds"))
        m.probe("gmbs", "S", "transconductance of the bulk", count * m.partial(current, "vbs"))
        m.probe("p", "W", "power", m.power(*cls.terminals, *cls.internal))


def oxide(thickness: Expr) -> Expr:
    """Capacitance of an oxide of so many micrometres. [F/m²]"""
    return OXIDE / (1e-6 * thickness)


def _end(m: Equations, size: Size, end: str, name: str) -> None:
    """Junction, overlap and resistance of drain or source."""
    inner, count = f"{end}_inner", m["multiplier"]
    _junction(m, inner, name)
    overlap = count * m[f"cg{name}o"] * size.width
    m.flow("gate", inner, charge=overlap * m.voltage("gate", inner))
    resistance = squares(m, name)
    series = count * resistance / max_(resistance * resistance, 1e-24)
    resistor(m, f"r{name}", end, inner, series)


def _junction(m: Equations, inner: str, name: str) -> None:
    """Junction from bulk to drain or source, forward where its voltage is positive in an NMOS."""
    p, count = m["polarity"], m["multiplier"]
    v = p * m.voltage("bulk", inner)
    area, perimeter = m[f"a{name}"], m[f"p{name}"]
    saturation = max_(m["js"] * area, 1e-15)
    current = saturation * where(v > 0.0, exp(max_(v, 0.0) / VT) - 1.0, v / VT)
    charge = m["cj"] * area * depletion(v, max_(m["pb"], 0.1), m["mj"])
    charge = charge + m["cjsw"] * perimeter * depletion(v, max_(m["pbsw"], 0.1), m["mjsw"])
    m.flow("bulk", inner, p * count * (current + 2.0 * m.gmin * v), p * count * charge)
    m.limit_junction("bulk", inner, VT, saturation, p)
