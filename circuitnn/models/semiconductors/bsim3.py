"""MOSFET, BSIM3v3.3 (levels 8 and 49).

With p = 1 for NMOS, -1 for PMOS, all voltages times p, drain and source exchanged where vds < 0:

    i = β·vgsteff·(1 - abulk·vdseff/(2·(vgsteff + 2·Vt)))·vdseff/(1 + vdseff/(Esat·L)),  β = µeff·Cox·Weff/Leff
    i = i/(1 + Rds·i/vdseff)·(1 + (vds - vdseff)/VA)·(1 + (vds - vdseff)/VASCBE)

vgsteff is the gate voltage above threshold and changes smoothly into an exponential below it; vdseff is the drain
voltage and saturates smoothly. Vth includes the body effect (k1, k2), lateral doping (nlx), short (dvt0 to dvt2), short
and narrow (dvt0w to dvt2w) and narrow (k3, k3b, w0) channels, the drain (eta0, etab, dsub) and the temperature (kt1,
kt1l, kt2); abulk the charge of the bulk (a0, ags, b0, b1, keta), µeff the three laws of mobmod, Rds rdsw, prwg, prwb,
wr, VA channel-length modulation (pclm), the drain's effect on the barrier (pdiblc1, pdiblc2, pdiblcb, drout) and pvag,
VASCBE the current that the substrate induces (pscbe1, pscbe2). The current of impact ionisation (alpha0, alpha1, beta0)
flows from the drain into the bulk. A gate of finite doping (ngate) depletes.

Charges of gate, bulk, drain and source are those of capmod 0 (long channel), 1 (all regions, abrupt), 2 (smooth) and
3 (with the thickness of the charged layers); xpart divides the channel's 40:60, 50:50 or 0:100. Overlaps are linear,
with capmod 1 to 3 and cgsl, cgdl those of lightly doped ends. Junctions have bottoms, side walls and walls under the
gate; above ijth their currents are straight lines. Each parameter x of the channel may have lx, wx, px: x + lx/L + wx/W
+ px/(L·W), in µm. Cards called name.1, name.2 … with lmin, lmax, wmin, wmax are bins of the model `name`.

Noise: thermal noise of the channel by its conductances (noimod 1, 3) or its charge (2, 4), flicker noise kf·|id|^af
(1, 4) or by traps (2, 3), thermal noise of rsh.

Currents, charges and noise are those of ngspice 44, including its cut-offs and constants (q = 1.60219e-19 C,
exponentials beyond ±34). vdseff is computed such that it is exactly 0 at vds = 0, and the output resistance is not
switched off where vds - vdseff < 1e-10 V. Not modelled: the non-quasi-static channel (nqsmod), HSPICE's geometry of
junctions (acm).

Cards of version 3.1 lack what came later (xl, xw, tcj, noff, …; a warning names it); the flat-band voltage of their
charges (capmod 1, 2) follows from the threshold at the bias, currents of their junctions are straight lines above 0.5
V, and their current of impact ionisation flows from the source into the bulk, as in the authors' code before 3.2.
Their flicker noise of noimod 2 and 3 and thermal noise of 2 and 4 are those of 3.3. Perimeters of their junctions are
no shorter than the channel is wide; the model's check, and ngspice with it, sees to that for the first transistor of
each size only. Version 3.0 counts as 3.1. Below version 3.3, capmod 3 does not round off the onset of the channel.

References
----------
W. Liu, X. Jin, J. Chen, et al., "BSIM3v3.2.2 MOSFET model: users' manual", UCB/ERL M99/18, 1999.
Y. Cheng, C. Hu, "MOSFET modeling & BSIM3 user's guide", Kluwer 1999, doi:10.1007/b117400.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from circuitnn.equations.graph import (
    ZERO,
    Expr,
    and_,
    exp,
    ln,
    log1p,
    max_,
    min_,
    not_,
    or_,
    sqrt,
    where,
)
from circuitnn.models.bounds import MOSFET
from circuitnn.models.declarations import OF_SPICE
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.bsim3_card import CORRECTIONS, PARAMETERS
from circuitnn.models.semiconductors.bsim3_channel import Channel
from circuitnn.models.semiconductors.bsim3_charge import Charges, charges, depleting, depletion
from circuitnn.models.semiconductors.bsim3_noise import channel_noise
from circuitnn.models.semiconductors.bsim3_size import K_OVER_Q, Size, gap
from circuitnn.models.semiconductors.bsim_bins import NO_TEMPERATURE, QUASI_STATIC
from circuitnn.models.semiconductors.bsim_versions import BSIM3, lacking, since
from circuitnn.models.semiconductors.diffusions import DIFFUSIONS, MASK

STRAIGHT = 0.5  # V, above which a junction's current is a straight line in versions below 3.2
ELMORE = ("elm", "lelm", "welm", "pelm")


class Bsim3(Model):
    """BSIM3v3.3 transistor (element M)."""

    name = "bsim3"
    letter = "m"
    levels = (8, 49)
    keywords = ("nmos", "pmos")
    variants: ClassVar = {"pmos": {"polarity": -1.0}}
    drive = Drive("SIN(1.5 1.5 1k)", "vg g 0 2\nm1 in g 0 0 m", "2u 2m 0 2u", 1e-3)
    claims = frozenset({"passive", "no current at zero bias"})
    terminals = ("drain", "gate", "source", "bulk")
    internal = ("drain_inner", "source_inner")
    collapse: ClassVar = {"drain_inner": ("drain", "rsh"), "source_inner": ("source", "rsh")}
    parameters = PARAMETERS
    instance_parameters = (
        Parameter("l", 5e-6, "m", "length of the mask", low=1e-8),
        Parameter("w", 5e-6, "m", "width of the mask", low=1e-8),
        *DIFFUSIONS,
        Parameter("delvto", 0.0, "V", "shift of the threshold", aliases=("delvt0",)),
        Parameter("mulu0", 1.0, "", "factor of the mobility", low=0.0),
        *OF_SPICE,
    )
    jumps = "charges of capmod 0 at the threshold of a biased bulk, by 0.1 % or so, as ngspice's do"
    scaled: ClassVar = MASK
    flags: ClassVar = {"off": ("off", 1.0)}
    # of the geometry of acm, of channels that are not quasi-static
    bounds = MOSFET
    corrections = CORRECTIONS
    ignored = ("hdif", "ldif", "ld", "rdc", "rsc", "rd", "rs", "wmlt", "calcacm", *ELMORE)
    warned: ClassVar = {
        **NO_TEMPERATURE,
        "nqsmod": QUASI_STATIC,
        "acnqsmod": QUASI_STATIC,
        "acm": "areas and perimeters of junctions are those the instance gives",
    }
    switches = ("nqsmod", "acnqsmod")
    instance_warned: ClassVar = {
        "nqsmod": QUASI_STATIC,
        "acnqsmod": QUASI_STATIC,
        "geo": "areas and perimeters of junctions are those the instance gives",
    }

    @classmethod
    def lacking(cls, card: Mapping[str, Any]) -> Mapping[str, str]:
        return lacking(card, "BSIM3", BSIM3)

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, count = m["polarity"], m["multiplier"]
        vgs, vds, vbs = (p * m.voltage(n, "source_inner") for n in ("gate", "drain_inner", "bulk"))
        forward = vds >= 0.0
        size = Size(m, steady=since(m["version"], 3.2), rounded=since(m["version"], 3.3))
        channel = Channel(
            size,
            m.local("vgs", where(forward, vgs, vgs - vds)),
            m.local("vds", where(forward, vds, -vds)),
            m.local("vbs", where(forward, vbs, vbs - vds)),
        )
        current = where(forward, channel.current, -channel.current)
        m.flow("drain_inner", "source_inner", p * count * current)
        hot = channel.ionisation
        from_drain = where(since(m["version"], 3.2), forward, not_(forward))
        m.flow("drain_inner", "bulk", p * count * where(from_drain, hot, 0.0))
        m.flow("source_inner", "bulk", p * count * where(from_drain, 0.0, hot))
        stored = charges(size, channel)
        cls._store(m, size, forward, stored)
        for end, name in (("drain", "d"), ("source", "s")):
            inner = f"{end}_inner"
            _overlap(m, size, inner, name)
            _junction(m, size, inner, name)
            _resistance(m, end, name)
        gate_bulk = size.overlap("cgbo") * size.length_cv
        m.flow("gate", "bulk", charge=count * gate_bulk * m.voltage("gate", "bulk"))
        channel_noise(m, size, channel, stored)
        _probes(m, channel, forward, (vgs, vds, vbs))

    @staticmethod
    def _store(m: Equations, size: Size, forward: Expr, stored: Charges) -> None:
        """Charges of the channel, none where xpart is negative."""
        whole = m["polarity"] * m["multiplier"] * where(m["xpart"] < 0.0, 0.0, 1.0)
        source = -(stored.gate + stored.bulk + stored.drain)
        drain = where(forward, stored.drain, source)
        for node, charge in (("gate", stored.gate), ("bulk", stored.bulk), ("drain_inner", drain)):
            m.flow(node, "source_inner", charge=whole * charge)


def _overlap(m: Equations, size: Size, inner: str, name: str) -> None:
    """Charge of the gate over drain or source."""
    p, count, mode = m["polarity"], m["multiplier"], m["capmod"]
    v = p * m.voltage("gate", inner)
    plain = (size.overlap(f"cg{name}o") + size.fringe) * size.width_cv
    lightly = where(mode > 0.5, size.width_cv * size[f"cg{name}l"], 0.0)
    depleted = where(mode > 1.5, depleting(v), min_(v, 0.0))
    root = sqrt(1.0 - 4.0 * depleted / size["ckappa"])
    charge = plain * v + lightly * (v - depleted - 0.5 * size["ckappa"] * (root - 1.0))
    m.flow("gate", inner, charge=p * count * charge)


def _junction(m: Equations, size: Size, inner: str, name: str) -> None:
    """Junction from bulk to drain or source, forward where its voltage is positive in an NMOS."""
    p, count = m["polarity"], m["multiplier"]
    v = p * m.voltage("bulk", inner)
    slope = m["nj"] * size.vt
    area, perimeter = m[f"a{name}"], m[f"p{name}"]
    limits = since(m["version"], 3.2)  # of the current; before, a voltage does
    perimeter = where(limits, perimeter, max_(perimeter, size.width))  # … and the gate's edge is no shorter
    nominal = K_OVER_Q * size.nominal
    growth = gap(size.nominal) / nominal - gap(size.temperature) / size.vt + m["xti"] * ln(1.0 + size.heat)
    density = exp(growth / m["nj"])
    none = and_(area <= 0.0, perimeter <= 0.0)
    saturation = where(none, 1e-14, density * (area * m["js"] + perimeter * m["jsw"]))
    present, safe = saturation > 0.0, max_(saturation, 1e-30)
    limited = and_(present, or_(m["ijth"] > 0.0, not_(limits)))
    edge = where(limited, where(limits, slope * log1p(m["ijth"] / safe), STRAIGHT), 1e30)
    at_edge = where(limits, m["ijth"] + saturation, saturation * exp(STRAIGHT / slope))
    below = saturation * (exp(min_(v, edge) / slope) - 1.0)
    above = where(limited, at_edge / slope, 0.0) * max_(v - edge, 0.0)
    current = below + above
    charge = _junction_charge(m, size, v, area, perimeter)
    m.flow("bulk", inner, p * count * (current + m.gmin * v), p * count * charge)
    m.limit_junction("bulk", inner, slope, safe, p)
    m.probe(f"ib{name}", "A", f"current from b to {name}", count * (current + m.gmin * v))
    m.probe(f"gb{name}", "S", f"conductance of b and {name}", count * (p * m.slope(current, "bulk") + m.gmin))
    m.probe(f"capb{name}", "F", f"capacitance of b and {name}", count * p * m.slope(charge, "bulk"))


def _junction_charge(m: Equations, size: Size, v: Expr, area: Expr, perimeter: Expr) -> Expr:
    warmth = m["temp"] - m["tnom"]
    gated = min_(perimeter, size.width)
    charge: Expr = ZERO
    for kind, amount in (("", area), ("sw", max_(perimeter - size.width, 0.0)), ("swg", gated)):
        grown = max_(1.0 + m[f"tcj{kind}"] * warmth, 0.0)
        potential = max_(m[f"pb{kind}"] - m[f"tpb{kind}"] * warmth, 0.01)
        capacitance, grading = amount * m[f"cj{kind}"] * grown, m[f"mj{kind}"]
        charge = charge + capacitance * depletion(v, potential, grading)
    return charge


def _resistance(m: Equations, end: str, name: str) -> None:
    """Resistance of drain or source; an end without squares has next to none."""
    inner = f"{end}_inner"
    series = m["multiplier"] * where(m["rsh"] > 0.0, 1.0 / max_(m["rsh"] * m[f"nr{name}"], 1e-4), 0.0)
    resistor(m, f"r{name}", end, inner, series)


# A terminal, and the nodes behind its resistances.
TERMINALS = {"d": ("drain", "drain_inner"), "g": ("gate",), "s": ("source", "source_inner"), "b": ("bulk",)}


def _probes(m: Equations, channel: Channel, forward: Expr, voltages: tuple[Expr, Expr, Expr]) -> None:
    """Values decks may ask for, with ngspice's names; times the polarity."""
    p, count = m["polarity"], m["multiplier"]
    m.probe("vth von", "V", "threshold", channel.threshold)
    m.probe("vdsat", "V", "drain voltage where it saturates", channel.vdsat)
    for node, name in (("drain_inner", "d"), ("gate", "g"), ("source_inner", "s"), ("bulk", "b")):
        m.probe(f"q{name}", "C", f"charge of {node.removesuffix('_inner')}", p * m.q[node])
    for name, nodes in TERMINALS.items():
        m.probe(f"i{name}", "A", f"current into {nodes[0]}", p * m.current(*nodes))
    m.probe("id", "A", "size of the channel's current", count * channel.current)
    for name, value in zip(("vgs", "vds", "vbs"), voltages, strict=True):
        m.probe(name, "V", f"voltage of {name[1]} over {name[2]}, behind the resistances", value)
    for names, node, meaning in (
        ("gm", "vgs", "transconductance"),
        ("gds", "vds", "output conductance"),
        ("gmbs", "vbs", "transconductance of the bulk"),
    ):
        m.probe(names, "S", meaning, count * m.partial(channel.current, node))
    m.probe("p", "W", "power", m.power(*Bsim3.terminals, *Bsim3.internal))
