"""Metal-semiconductor field-effect transistor, SPICE level 1: the law of Statz and others, as ngspice has it.

With p = 1 for NMF, -1 for PMF, all voltages times p, drain and source exchanged where vds < 0, g = vgs - vto where
positive:

    i = beta·(1 + lambda·vds)·g²/(1 + b·g)·(1 - (1 - alpha·vds/3)³)       (the last factor 1 from vds = 3/alpha on)

From gate to source and drain: junctions of saturation current is, at 27 °C whatever the temperature, plus gmin·v.
The charge of the gate is

    Q = cgs·(2·pb·(1 - √(1 - u/pb)) + (w - u)/√(1 - ½/pb)) + cgd·lower,  u = min(w, ½)
    w = ½·(upper + vto + √((upper - vto)² + 0.2²))
    upper, lower = ½·(vgs + vgd ± √(vds² + 1/alpha²))

and flows from the drain as ∂Q/∂vgd·dvgd/dt, the rest from the source: reciprocal capacitances, which conserve the
charge of the gate, but of those of source and drain only the sum. The rate dvgd/dt is the voltage of an inner node,
in V/ns.
Nothing but the noise depends on the temperature, and fc has no effect, both as in ngspice. Noise: thermal of rd and
rs, of the channel 8/3·k·T·gm, flicker kf·|id|^af/f. In ngspice 44 m and area are one parameter, of which the last
counts, and a number after the model has no effect; here m transistors of that area are in parallel.

References
----------
H. Statz, P. Newman, I. W. Smith, R. A. Pucel, H. A. Haus, "GaAs FET device and circuit simulation in SPICE", IEEE
Trans. Electron Devices 34, 160 (1987), doi:10.1109/T-ED.1987.22902 (not checked).
Parameters, defaults and constants as measured on ngspice 44.
"""

from __future__ import annotations

import math

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.graph import ZERO, Expr, abs_, max_, min_, pwr, sqrt, where
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.junction import K_OVER_Q, REFERENCE, inverse, junction_current

VT = ZERO + K_OVER_Q * REFERENCE  # V
ROUNDING = 0.2  # V, over which the depletion layer reaches its end
FORWARD = 0.5  # V, from which the capacitance is constant
RATE = 1e-9  # s: rates are in V/ns


class Mesfet(Model):
    """MESFET of level 1 (element Z)."""

    name = "mesfet"
    letter = "z"
    keywords = ("nmf", "pmf")
    variants = {"pmf": {"polarity": -1.0}}
    levels = (1,)
    claims = frozenset({"passive", "no current at zero bias"})
    drive = Drive("SIN(2 2 1meg)", "vg g 0 -0.5\nz1 in g 0 m", "2n 2u 0 2n", 1e-3)
    terminals = ("drain", "gate", "source")
    internal = ("drain_inner", "source_inner", "drain_rate")
    collapse = {
        "drain_inner": ("drain", "rd"),
        "source_inner": ("source", "rs"),
    }
    parameters = (
        Parameter(
            "polarity", 1.0, "", "1 NMF, -1 PMF: the card's type says it", low=-1.0, high=1.0, nonzero=True
        ),
        Parameter("vto", -2.0, "V", "threshold", aliases=("vt0",)),
        Parameter("beta", 2.5e-3, "A/V²", "transconductance", low=0.0),
        Parameter("b", 0.3, "1/V", "doping tail", low=0.0),
        Parameter("alpha", 2.0, "1/V", "saturation; full at 3/alpha", low=1e-3),
        Parameter("lambda", 0.0, "1/V", "channel-length modulation", low=0.0),
        Parameter("rd", 0.0, "Ohm", "resistance of the drain", low=0.0),
        Parameter("rs", 0.0, "Ohm", "resistance of the source", low=0.0),
        Parameter("cgs", 0.0, "F", "capacitance of the source's junction at 0 V", low=0.0),
        Parameter("cgd", 0.0, "F", "capacitance of the drain's junction", low=0.0),
        Parameter("pb", 1.0, "V", "built-in potential", low=0.51),
        Parameter("is", 1e-14, "A", "saturation current of the junctions", low=0.0),
        Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
        Parameter("af", 1.0, "", "exponent of flicker noise"),
    )
    instance_parameters = (
        Parameter("area", 1.0, "", "size, in unit transistors", low=0.0),
        Parameter("multiplier", 1.0, "", "number of devices in parallel", low=0.0, aliases=("m",)),
        Parameter("temp", math.nan, "°C", "temperature of the noise"),
        Parameter("off", 0.0, "", "accepted for compatibility: start of the operating point"),
    )
    warned = dict.fromkeys(("tnom", "tref"), "no equation depends on the temperature")
    flags = {"off": ("off", 1.0)}
    ignored = ("fc",)

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, scale, t = m["polarity"], m["area"] * m["multiplier"], m["temp"] + KELVIN
        channel = scale * cls._channel(m)
        m.flow("drain_inner", "source_inner", p * channel)
        charge = scale * cls._charge(m)
        m.flow("gate", "source_inner", charge=p * charge)
        from_drain = -differentiate(charge, "drain_inner") * m.rate(
            "drain_rate", RATE * m.voltage("gate", "drain_inner")
        )
        m.flow("source_inner", "drain_inner", p * from_drain / RATE)
        saturation = scale * m["is"]
        for end in ("drain", "source"):
            inner = f"{end}_inner"
            v = p * m.voltage("gate", inner)
            current = junction_current(v, saturation, VT) + m["multiplier"] * m.gmin * v
            m.flow("gate", inner, p * current)
            series = scale * inverse(m[f"r{end[0]}"])
            resistor(m, f"r{end[0]}", end, inner, series)
            m.limit_junction(inner, "gate", VT, max_(saturation, 1e-300), -p)
        v = p * m.voltage("gate", "drain_inner")
        drain = channel - junction_current(v, saturation, VT) - m["multiplier"] * m.gmin * v
        flicker = m["kf"] * m["multiplier"] * pwr(max_(abs_(drain) / m["multiplier"], 1e-38), m["af"])
        thermal = 8.0 / 3.0 * BOLTZMANN * t * abs_(differentiate(channel, "gate"))
        m.fluctuation("id", "drain_inner", "source_inner", thermal)
        m.fluctuation("1overf", "drain_inner", "source_inner", ZERO, flicker)

    @staticmethod
    def _channel(m: Equations) -> Expr:
        """Current from drain to source of a transistor of size 1, times the polarity. [A]"""
        p = m["polarity"]
        vds = p * m.voltage("drain_inner", "source_inner")
        size = where(vds >= 0.0, vds, -vds)  # |vds| has no slope at 0, but the channel conducts there
        gate = where(vds >= 0.0, p * m.voltage("gate", "source_inner"), p * m.voltage("gate", "drain_inner"))
        g = max_(gate - m["vto"], 0.0)
        rest = max_(1.0 - m["alpha"] * size / 3.0, 0.0)
        open_ = 1.0 - rest * rest * rest
        current = m["beta"] * (1.0 + m["lambda"] * size) * g * g / (1.0 + m["b"] * g) * open_
        return where(vds >= 0.0, current, -current)

    @staticmethod
    def _charge(m: Equations) -> Expr:
        """Charge of the gate of a transistor of size 1, times the polarity. [C]"""
        p, pb, vto = m["polarity"], m["pb"], m["vto"]
        vgs, vgd = (p * m.voltage("gate", f"{end}_inner") for end in ("source", "drain"))
        apart = sqrt((vgs - vgd) * (vgs - vgd) + 1.0 / (m["alpha"] * m["alpha"]))
        upper = 0.5 * (vgs + vgd + apart)
        w = 0.5 * (upper + vto + sqrt((upper - vto) * (upper - vto) + ROUNDING**2))
        u = min_(w, FORWARD)
        depletion = 2.0 * pb * (1.0 - sqrt(1.0 - u / pb)) + (w - u) / sqrt(1.0 - FORWARD / pb)
        return m["cgs"] * depletion + m["cgd"] * (upper - apart)
