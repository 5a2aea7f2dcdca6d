"""MOSFET on an insulator, partially depleted: BSIM3SOI PD, BSIMPD2.2.3 (level 57).

Its nodes are d g s e [p] [b] [t]: the substrate e under the buried oxide, the body's contact p, the body b and the
thermal node t. With four of them the body floats. The fifth is a contact, behind the body's resistance; the sixth is
the body itself. The word tnodeout says that the last node is the thermal one, as a seventh always is. Nodes that a
card leaves out are called m1#body and m1#temp.

With p = 1 for NMOS, -1 for PMOS, all voltages times p, drain and source exchanged where vds < 0, the channel is that of
BSIM3 (without currents that the substrate induces), with a body that may be forward: its voltage is held smoothly
between -5 V, 1.5 V and 0.95·φ, the threshold follows it on as a straight line, and the bulk charge is

    abulk = 1 + k1/(2·√(φ + ketas - v/(1 + keta·v)))·(a0·L/(L + 2·√(xj·Xdep))·(1 - ags·vgsteff·(…)²) + b0/(W + b1))

Between the body and the other terminals flow (v: voltage of the body over source or drain; A: their width times tsi)

    diffusion       A·isdif·(exp(v/(ndiode·Vt)) - 1)
    recombination   A·isrec·(exp(v/(0.026·nrecf)) - exp(-v/(0.026·nrecr)·vrec0/(vrec0 - v)))
    tunnelling      A·istun·(1 - exp(-v/(0.026·ntun)·vtun0/(vtun0 - v)))
    base current    (1 - α)·I·(exp(v/(ndiode·Vt)) - 1)/√(1 + Eh),  I = W·tsi·isbjt·(lbjt0·(1/L + 1/ln))^nbjt,
                    α = exp(-½·(L/ln)²), none where α > 0.99; Eh = ahli·(exp(v/(ndiode·Vt)) - 1)
    ionisation      alpha0·exp(d/(beta2 + beta1·d + beta0·d²))·(Ids + fbjtii·Ic),  d = vds - vdsatii
    drain, source   W·agidl·E·exp(-bgidl/E),  E = (vds - vgs - ngidl)/(3·tox)
    gate (igmod 1)  tunnelling of electrons of the valence and of the conduction band through the oxide

and from drain to source flows Ic = α·I·(exp(vbs/(ndiode·Vt)) - exp(vbd/(ndiode·Vt)))/E2 of the bipolar transistor,
where E2 has the Early voltage vabjt + aely·L and high injection in it (none with bjtoff=1). vdsatii = vdsatii0·(1 +
tii·ΔT/T) - lii/L + sii0·E·L/(1 + E·L)·vgst·(1/(1 + sii1·vgsteff) + sii2)/(1 + siid·vds), E = esatii.

Charges of gate, body, drain and source are those of capmod 2, or 3 with the thickness of the charged layers; with
capmod 0 and 1 or a negative xpart channel and body have none. The body has charges to drain and source (depletion
cjswg, mjswg, pbswg, a straight line above 0.9·pbswg; carriers on their way, tt, ldif0, ndif) and to the substrate
(kb1, fbody, dlbg). The areas ad, as have charges to the substrate, whose capacitance falls from that of the buried
oxide to csdmin between vsdfb and vsdth, their side walls csdesw. Overlaps are those of BSIM3.

With shmod=1 and rth0 the thermal node is warmer than what surrounds it by rth0·nseg/(W + wth0) times the power of the
channel, with a capacitance cth0·(W + wth0)/nseg. The contact's resistance is frbody times that of the body, rbody·W/L,
beside half of rhalo·W, plus rbsh·nrb. A body contact takes dwbc of the width for each of nbc edges, and adds pdbcp,
psbcp to the widths of drain and source, agbcp and aebcp to the areas of gate and body. Channels of nseg segments are
one of them. Parameters of the channel, of ionisation and of junctions may have l…, w… and p…, as in BSIM3.

Noise: thermal noise of the channel by its conductances (noimod 1, 3) or its charge (2, 4), flicker noise kf·|id|^af
(1, 4) or by traps (2, 3), shot noise of the body's currents to source and drain, noif times, thermal noise of rsh and
of the body's resistance.

Currents, charges and noise are those of ngspice 44, including its constants, except where it deviates from the manual
or from its own equations. It takes the sixth of seven nodes for the thermal one and the last for the body, shorts rbody
then, and connects no contact with fewer. With m= its body's current is wrong, with shmod=1 and vds < 0 its channel's.
It scales acde anew for each transistor of a card; its small signals lack how delvt acts through the swing; a gmin lies
between gate and drain; thermal noise by charge ignores nseg; the source's shot noise is doubled, the drain's is
missing. vbsusr has no effect here.

Where a body is forward-biased by 0.96·(φ + ketas)·(1 + keta·v), abulk becomes ten times as steep at once. With the
default keta, -0.6/V, or junctions that hardly conduct, floating bodies get there; their charge then falls with their
voltage, they jump, and transients may end, as they do in ngspice.

References
----------
P. Su, S. K. H. Fung, S. Tang, F. Assaderaghi, C. Hu, "BSIMPD: a partial-depletion SOI MOSFET model for deep-submicron
CMOS designs", Proc. IEEE Custom Integrated Circuits Conf. 2000, 197.
BSIM Group, "BSIMPD2.2 MOSFET model: users' manual", University of California, Berkeley 2001.
"""

from __future__ import annotations

from typing import ClassVar

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import ZERO, Expr, and_, max_, sqrt, where
from circuitnn.models.bounds import MOSFET
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model
from circuitnn.models.semiconductors.b3soi_body import Body
from circuitnn.models.semiconductors.b3soi_card import INSTANCE, PARAMETERS
from circuitnn.models.semiconductors.b3soi_channel import SoiChannel
from circuitnn.models.semiconductors.b3soi_charge import bottom, buried, charges, junction
from circuitnn.models.semiconductors.b3soi_gate import gate_current
from circuitnn.models.semiconductors.b3soi_noise import channel_noise, junction_noise
from circuitnn.models.semiconductors.b3soi_size import SoiSize
from circuitnn.models.semiconductors.bsim3_charge import Charges, depleting
from circuitnn.models.semiconductors.bsim3_size import K_OVER_Q
from circuitnn.models.semiconductors.bsim_bins import NO_TEMPERATURE

ENDS = (("drain", "d"), ("source", "s"))
SAFE = 1e-14  # A, by which junctions are limited from iteration to iteration
LEAST = 0.1  # Ohm, of a contact, so that its current is no difference of large numbers
LEAK = 1e-8  # W/K, to the ambient from a thermal node that nothing heats


class B3soipd(Model):
    """Partially depleted transistor on an insulator (element M, level 57)."""

    name = "b3soipd"
    rare = True
    letter = "m"
    levels = (57,)
    keywords = ("nmos", "pmos")
    variants: ClassVar = {"pmos": {"polarity": -1.0}}
    drive = Drive("SIN(1.0 1.0 1k)", "vg g 0 1.5\nm1 in g 0 0 m", "2u 2m 0 2u", 1e-3)
    terminals = ("drain", "gate", "source", "substrate", "contact", "body", "thermal", "ambient")
    implied = ("ambient",)
    internal = ("drain_inner", "source_inner")
    collapse: ClassVar = {"drain_inner": ("drain", "rsh"), "source_inner": ("source", "rsh")}
    parameters = PARAMETERS
    instance_parameters = INSTANCE
    unwritten = ("contacted",)
    flags: ClassVar = {"off": ("off", 1.0)}
    bounds = MOSFET
    ignored = ("paramchk",)
    warned: ClassVar = {**NO_TEMPERATURE, "ddmod": "bodies are partially depleted"}
    instance_warned: ClassVar = {"vbsusr": "transients start from operating points, and from .ic v(m1#body)"}

    @classmethod
    def written_nodes(cls, names: list[str]) -> list[str]:
        """As ngspice reads a card: the thermal node stands before that of the body, and contacts need all seven."""
        *outer, contact, body, thermal = names
        if contact != body or not body.endswith("#body"):
            return [*outer, contact, thermal, body]
        return outer if thermal.endswith("#temp") else [*outer, "0", thermal]

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, count = m["polarity"], m["multiplier"]
        vgs, vds, vbs = (
            m.local(name, p * m.voltage(node, "source_inner"))
            for name, node in (("vgs", "gate"), ("vds", "drain_inner"), ("vbs", "body"))
        )
        forward = vds >= 0.0
        heated = and_(m["shmod"] > 0.5, m["rth0"] > 0.0)
        warmth = m.voltage("thermal", "ambient")
        size = SoiSize(m, m.local("rise", where(heated, warmth, 0.0)))
        channel = SoiChannel(
            size,
            m.local("gate", where(forward, vgs, vgs - vds)),
            m.local("along", where(forward, vds, -vds)),
            m.local("below", where(forward, vbs, vbs - vds)),
        )
        body = Body(size, vbs, vbs - vds)
        current = where(forward, channel.current, -channel.current)
        m.flow("drain_inner", "source_inner", p * count * (current + body.collector))
        collector = where(forward, body.collector, -body.collector)
        ionised = body.ionised(channel, collector)
        into = {
            "d": where(forward, ionised, 0.0) + body.band("d", vds, vgs),
            "s": where(forward, 0.0, ionised) + body.band("s", -vds, vgs - vds),
        }
        for end, name in ENDS:
            _junction(m, body, end, into[name])
            _overlap(m, size, f"{end}_inner", name)
            _resistance(m, end, name)
        tunnelling = gate_current(size, channel, where(forward, vbs, vbs - vds))
        m.flow("gate", "body", p * count * tunnelling)
        stored = charges(size, channel)
        _store(m, forward, stored)
        _bury(m, size)
        _contact(m, size)
        _heat(m, size, heated, warmth, current * vds)
        by_drain, by_body = (m.partial(body.collector, name) for name in ("vds", "vbs"))
        parallel = by_drain + where(forward, by_body, 0.0)
        channel_noise(m, size, channel, stored, collector + ionised, parallel)
        _probes(m, channel, (vgs, vds, vbs))


def _junction(m: Equations, body: Body, end: str, hot: Expr) -> None:
    """Junction from the body to drain or source, and what flows into the body there."""
    p, count, size, inner = m["polarity"], m["multiplier"], body.size, f"{end}_inner"
    leaving = body.junction(end[0])
    charge = junction(size, body, end[0])
    m.flow("body", inner, p * count * (leaving - hot), p * count * charge)
    junction_noise(m, end, leaving)
    m.limit_junction("body", inner, size["ndiode"] * K_OVER_Q * (m["temp"] + KELVIN), SAFE + ZERO, p)


def _store(m: Equations, forward: Expr, stored: Charges) -> None:
    """Charges of the channel."""
    whole = m["polarity"] * m["multiplier"] * _charged(m)
    source = -(stored.gate + stored.bulk + stored.drain)
    drain = where(forward, stored.drain, source)
    for node, charge in (("gate", stored.gate), ("body", stored.bulk), ("drain_inner", drain)):
        m.flow(node, "source_inner", charge=whole * charge)


def _charged(m: Equations) -> Expr:
    """Whether there are charges of channel and body: not where xpart is negative or capmod 0 or 1."""
    return where(and_(m["xpart"] >= 0.0, m["capmod"] > 1.5), 1.0, 0.0)


def _bury(m: Equations, size: SoiSize) -> None:
    """Charges of the substrate over body, drain, source and gate."""
    count = m["multiplier"]
    m.flow("substrate", "body", charge=count * _charged(m) * buried(size) * m.voltage("substrate", "body"))
    m.flow("gate", "substrate", charge=count * m["cgeo"] * size.length_cv * m.voltage("gate", "substrate"))
    for end, name in ENDS:
        inner = f"{end}_inner"
        m.flow(inner, "substrate", charge=count * bottom(size, name, m.voltage(inner, "substrate")))


def _overlap(m: Equations, size: SoiSize, inner: str, name: str) -> None:
    """Charge of the gate over drain or source."""
    p, count = m["polarity"], m["multiplier"]
    v = p * m.voltage("gate", inner)
    width = size.edge_cv[name]
    depleted, kappa = depleting(v), m["ckappa"]
    root = sqrt(1.0 - 4.0 * depleted / kappa)
    charge = (size.overlap(f"cg{name}o") + size.fringe) * v
    charge = charge + m[f"cg{name}l"] * (v - depleted - 0.5 * kappa * (root - 1.0))
    m.flow("gate", inner, charge=p * count * width * charge)


def _resistance(m: Equations, end: str, name: str) -> None:
    """Resistance of drain or source; an end without squares has next to none."""
    inner = f"{end}_inner"
    series = m["multiplier"] * where(m["rsh"] > 0.0, 1.0 / max_(m["rsh"] * m[f"nr{name}"], 1e-4), 0.0)
    resistor(m, f"r{name}", end, inner, series)


def _contact(m: Equations, size: SoiSize) -> None:
    """Resistance of the body's contact: the body's own beside that of the halos, and the region behind them."""
    body, halo = m["rbody"] * size.segment / size.length, 0.5 * m["rhalo"] * size.segment
    inner = m["frbody"] * body * halo / max_(body + halo, 1e-30)
    conductance = 1.0 / max_(inner + m["rbsh"] * m["nrb"], LEAST)
    # nothing where both are one node, whose tiny conductance would drown in the rounding of two equal ones
    resistor(m, "rbody", "contact", "body", m["multiplier"] * where(m["contacted"] > 0.5, conductance, 0.0))


def _heat(m: Equations, size: SoiSize, heated: Expr, warmth: Expr, power: Expr) -> None:
    """What flows through the thermal node: the power, and heat to the ambient. [W]"""
    count, width = m["multiplier"], (size.width + m["wth0"]) / m["nseg"]
    out = count * (width / max_(m["rth0"], 1e-30) * warmth - power)
    stored = count * m["cth0"] * width * warmth
    m.flow("thermal", "ambient", where(heated, out, LEAK * warmth), where(heated, stored, 0.0))


def _probes(m: Equations, channel: SoiChannel, voltages: tuple[Expr, Expr, Expr]) -> None:
    """Values decks may ask for, with ngspice's names; times the polarity."""
    count = m["multiplier"]
    m.probe("vth von", "V", "threshold", channel.threshold)
    m.probe("vdsat", "V", "drain voltage where it saturates", channel.vdsat)
    m.probe("ids id", "A", "size of the channel's current", count * channel.current)
    for name, value in zip(("vgs", "vds", "vbs"), voltages, strict=True):
        m.probe(name, "V", f"voltage of {name[1]} over {name[2]}, behind the resistances", value)
    for names, node, meaning in (
        ("gm", "gate", "transconductance"),
        ("gds", "along", "output conductance"),
        ("gmbs", "below", "transconductance of the body"),
    ):
        m.probe(names, "S", meaning, count * m.partial(channel.current, node))
    m.probe(
        "p",
        "W",
        "power",
        m.power("drain", "gate", "source", "substrate", "contact", "body", *B3soipd.internal),
    )
