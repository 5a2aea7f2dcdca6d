"""MOSFET, BSIM4.8 (levels 14 and 54).

With p = 1 for NMOS, -1 for PMOS, all voltages times p, drain and source exchanged where vds < 0, for each of nf
fingers:

    g = µeff·Coxeff·Weff/Leff·vgsteff·(1 - abulk·vdseff/(2·(vgsteff + 2·Vt)))/(1 + vdseff/(Esat·L))
    i = vdseff·g/(1 + Rds·g)·(1 + ln(VA/VAsat)/Cclm)·(1 + d/VADIBL)·(1 + d/VADITS)·(1 + d/VASCBE),  d = vds - vdseff

vgsteff is the gate voltage above threshold and changes smoothly into an exponential below it (minv, voff, voffl);
vdseff is the drain voltage and saturates smoothly (delta). Vth includes the body effect (k1, k2), lateral doping (lpe0,
lpeb), short (dvt0 to dvt2), short and narrow (dvt0w to dvt2w) and narrow (k3, k3b, w0) channels, the drain (eta0, etab,
dsub; of pockets dvtp0 to dvtp5) and the temperature (kt1, kt1l, kt2); µeff the seven laws of mobmod, Coxeff the
thickness of the layer (ados, bdos), Rds rdsw, rdswmin, prwg, prwb, wr. Velocity overshoot (lambda) and a limit of the
source's velocity (vtl, lc, xn) act where they are given. Impact ionisation (alpha0, alpha1, beta0) flows into the bulk,
as do currents by tunnelling at drain and source (agidl … fgidl, agisl … fgisl). Gate currents go to the channel and its
ends (igcmod) and to the bulk (igbmod). A gate of finite doping (ngate) depletes.

Charges of gate, bulk, drain and source are those of capmod 0 (long channel), 1 (smooth) and 2 (with the thickness of
the charged layers); cvchargemod chooses their gate voltage, xpart divides the channel's 40:60, 50:50 or 0:100.
Overlaps are linear, with capmod 1 and 2 and cgsl, cgdl those of lightly doped ends. Junctions have bottoms, side walls
and walls under the gate, breakdown (diomod 0, 2) and currents by traps (jtss …); areas and perimeters that an instance
does not give follow from geomod, dmcg, dmci, dmdg. Stress (sa, sb, sd, ku0, kvth0, …) and the edge of a well (wpemod,
sca, scb, scc, sc) shift threshold, mobility and saturation velocity. rgatemod 1 has the resistance of the gate's
electrode, rbodymod 1 and 2 five resistances in the body, the latter by the channel's size, rgeomod 1 those of the ends
by geomod. Each parameter x of the channel may have lx, wx, px:
x + lx/L + wx/W + px/(L·W), in µm. Cards called name.1, name.2 … with lmin, lmax, wmin, wmax are bins of the model
`name`, by the whole width, or with wnflag=1 on the instance, or option wnflag=1, by that of a finger.

Noise: thermal noise of the channel by its charge (tnoimod 0) or, shared with the source's resistance, by its
conductances (1: tnoia, tnoib, rnoia, rnoib), flicker noise kf·|id|^af (fnoimod 0) or by traps (1),
shot noise of gate currents, thermal noise of resistances.

Currents, charges and noise are those of BSIM4.8.2 in ngspice 44, including its constants; but stress and wells also
change the mobility, which ngspice omits. vdseff is computed such that it is exactly 0 at vds = 0. Cards of versions
below 4.7 and 4.6 lack what came later (a warning names it), divide the gate current to the channel differently, and
below 4.6 charged impurities (ud) act unless the card says otherwise. Of 4.0 to 4.5, charges of capmod 0 are the later
ones. Not modelled, and refused: mtrlmod 1, rdsmod 1, rgatemod 2 and 3. tnoimod 2 counts as 1, rgeomod 2 to 8 (point
contacts) as 1, with a warning; of merged ends of an even number of fingers, ngspice's rgeomod 1 has another resistance
than the manual's. Channels are quasi-static.

References
----------
BSIM Group, "BSIM4.8.1 MOSFET model: user's manual", University of California, Berkeley 2017.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from circuitnn.constants import BOLTZMANN
from circuitnn.equations.graph import Expr, max_, not_, sqrt, where
from circuitnn.models.bounds import MOSFET
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model
from circuitnn.models.semiconductors.bsim3_charge import Charges, charges, depleting
from circuitnn.models.semiconductors.bsim4_body import body
from circuitnn.models.semiconductors.bsim4_channel import Channel4, depleted_gate
from circuitnn.models.semiconductors.bsim4_ends import end_squares
from circuitnn.models.semiconductors.bsim4_gate import GateCurrents, band_tunnelling
from circuitnn.models.semiconductors.bsim4_junction import Junction
from circuitnn.models.semiconductors.bsim4_noise import channel_noise, noise_of_end, shot
from circuitnn.models.semiconductors.bsim4_process import CORRECTIONS, INSTANCE, PARAMETERS
from circuitnn.models.semiconductors.bsim4_size import Size4
from circuitnn.models.semiconductors.bsim_bins import NO_TEMPERATURE, QUASI_STATIC
from circuitnn.models.semiconductors.bsim_versions import BSIM4, lacking
from circuitnn.models.semiconductors.diffusions import MASK

ENDS = (("drain", "d"), ("source", "s"))


class Bsim4(Model):
    """BSIM4 transistor (element M)."""

    name = "bsim4"
    letter = "m"
    levels = (14, 54)
    keywords = ("nmos", "pmos")
    variants: ClassVar = {"pmos": {"polarity": -1.0}}
    drive = Drive("SIN(0.6 0.6 1k)", "vg g 0 1\nm1 in g 0 0 m", "2u 2m 0 2u", 1e-3)
    # not passive: with gidlmod 1 a current flows from the drain into the bulk where that is forward, too
    claims = frozenset({"no current at zero bias"})
    terminals = ("drain", "gate", "source", "bulk")
    internal = ("drain_inner", "source_inner", "gate_inner", "body", "drain_body", "source_body")
    collapse: ClassVar = {
        "drain_inner": ("drain", "rsh"),
        "source_inner": ("source", "rsh"),
        "gate_inner": ("gate", "rgatemod"),
        "body": ("bulk", "rbodymod"),
        "drain_body": ("bulk", "rbodymod"),
        "source_body": ("bulk", "rbodymod"),
    }
    parameters = PARAMETERS
    instance_parameters = INSTANCE
    scaled: ClassVar = {**MASK, "sa": 1, "sb": 1, "sd": 1, "sc": 1}
    flags: ClassVar = {"off": ("off", 1.0)}
    bounds = MOSFET
    corrections = CORRECTIONS
    # of other materials, of checks, of laws that are refused
    ignored = (
        *("mtrlcompatmod", "gidlclamp", "idovvds", "phig", "epsrgate", "easub", "epsrsub"),
        *("ni0sub", "bg0sub", "tbgasub", "tbgbsub", "eot", "vddeot", "tempeot", "leffeot", "weffeot"),
        *(by + name for name in ("rdw", "rsw", "xrcrg1", "xrcrg2") for by in ("", "l", "w", "p")),
        *("rdwmin", "rswmin", "tnoic", "rnoic"),
    )
    warned: ClassVar = {**NO_TEMPERATURE, "trnqsmod": QUASI_STATIC, "acnqsmod": QUASI_STATIC}
    switches = ("trnqsmod", "acnqsmod")
    instance_warned: ClassVar = {"trnqsmod": QUASI_STATIC, "acnqsmod": QUASI_STATIC}
    jumps = "charges of capmod 0 at the threshold of a biased bulk, by 0.1 % or so, as ngspice's do"

    @classmethod
    def lacking(cls, card: Mapping[str, Any]) -> Mapping[str, str]:
        return lacking(card, "BSIM4", BSIM4)

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, count = m["polarity"], m["multiplier"] * m["nf"]
        vgs, vds, vbs = (p * m.voltage(n, "source_inner") for n in ("gate_inner", "drain_inner", "body"))
        vgs, vds, vbs = m.local("vgs", vgs), m.local("vds", vds), m.local("vbs", vbs)
        forward = vds >= 0.0
        size = Size4(m)
        gates = depleted_gate(size, vgs), depleted_gate(size, vgs - vds)
        channel = Channel4(
            size,
            m.local("gate", where(forward, *gates)),
            m.local("along", where(forward, vds, -vds)),
            m.local("below", where(forward, vbs, vbs - vds)),
        )
        current = where(forward, channel.current, -channel.current)
        m.flow("drain_inner", "source_inner", p * count * current)
        hot = channel.ionisation
        into_body = (
            where(forward, hot, 0.0) + band_tunnelling(size, "d", vds, gates[0], vbs - vds),
            where(forward, 0.0, hot) + band_tunnelling(size, "s", -vds, gates[1], vbs),
        )
        for (end, _), flowing in zip(ENDS, into_body, strict=True):
            m.flow(f"{end}_inner", "body", p * count * flowing)
        stored = charges(size, channel)
        _store(m, forward, stored)
        leaks = _leakage(m, size, channel, forward, (vgs, vgs - vds))
        for end, name in ENDS:
            _overlap(m, size, f"{end}_inner", name)
            _junction(m, size, end, name)
            _resistance(m, size, channel, (end, name), forward if name == "s" else not_(forward))
        gate_bulk = count * size.overlap("cgbo") * size.length_cv
        m.flow("gate_inner", "body", charge=gate_bulk * m.voltage("gate_inner", "body"))
        _electrode(m, size)
        body(m, size)
        channel_noise(m, size, channel)
        _probes(m, channel, (vgs, vds, vbs), (hot, *leaks))


def _store(m: Equations, forward: Expr, stored: Charges) -> None:
    """Charges of the channel, none where xpart is negative."""
    whole = m["polarity"] * m["multiplier"] * m["nf"] * where(m["xpart"] < 0.0, 0.0, 1.0)
    source = -(stored.gate + stored.bulk + stored.drain)
    drain = where(forward, stored.drain, source)
    for node, charge in (("gate_inner", stored.gate), ("body", stored.bulk), ("drain_inner", drain)):
        m.flow(node, "source_inner", charge=whole * charge)


def _leakage(
    m: Equations, size: Size4, channel: Channel4, forward: Expr, over: tuple[Expr, Expr]
) -> tuple[Expr, ...]:
    """Currents of the gate, and their noise: to source, drain, bulk, and by way of the channel to source and drain."""
    p, count = m["polarity"], m["multiplier"] * m["nf"]
    currents = GateCurrents(size, channel)
    to_source = where(forward, currents.source, currents.drain)
    to_drain = where(forward, currents.drain, currents.source)
    edges = currents.edge("s", over[0]), currents.edge("d", over[1])
    for name, node, value in (
        ("igs", "source_inner", edges[0] + to_source),
        ("igd", "drain_inner", edges[1] + to_drain),
        ("igb", "body", currents.bulk),
    ):
        m.flow("gate_inner", node, p * count * value)
        m.fluctuation(name, "gate_inner", node, count * shot(value))
    return (*edges, currents.bulk, to_source, to_drain)


def _overlap(m: Equations, size: Size4, inner: str, name: str) -> None:
    """Charge of the gate over drain or source."""
    p, count = m["polarity"], m["multiplier"] * m["nf"]
    v = p * m.voltage("gate_inner", inner)
    plain = (size.overlap(f"cg{name}o") + size.fringe) * size.width_cv
    lightly = where(m["capmod"] > 0.5, size.width_cv * size[f"cg{name}l"], 0.0)
    depleted = depleting(v)
    kappa = size[f"ckappa{name}"]
    root = sqrt(1.0 - 4.0 * depleted / kappa)
    charge = plain * v + lightly * (v - depleted - 0.5 * kappa * (root - 1.0))
    m.flow("gate_inner", inner, charge=p * count * charge)


def _junction(m: Equations, size: Size4, end: str, name: str) -> None:
    """Junction from the body to drain or source, forward where its voltage is positive in an NMOS."""
    p, count = m["polarity"], m["multiplier"]
    body, inner = f"{end}_body", f"{end}_inner"
    v = p * m.voltage(body, inner)
    junction = Junction(size, name, v)
    m.flow(body, inner, p * count * (junction.current + m.gmin * v), p * count * junction.charge)
    m.limit_junction(body, inner, junction.slope, junction.safe, p)
    m.probe(f"ib{name}", "A", f"current from b to {name}", count * (junction.current + m.gmin * v))
    m.probe(
        f"gb{name}",
        "S",
        f"conductance of b and {name}",
        count * (p * m.slope(junction.current, body) + m.gmin),
    )
    m.probe(f"capb{name}", "F", f"capacitance of b and {name}", count * p * m.slope(junction.charge, body))


def _resistance(m: Equations, size: Size4, channel: Channel4, which: tuple[str, str], source: Expr) -> None:
    """Resistance of drain or source, and its noise; an end without squares has next to none."""
    (end, name), inner = which, f"{which[0]}_inner"
    squares = m[f"nr{name}"]
    count = where(squares < 0.5e30, squares, end_squares(size, name))
    series = m["multiplier"] * where(m["rsh"] > 0.0, 1.0 / max_(m["rsh"] * count, 1e-4), 0.0)
    m.flow(end, inner, series * m.voltage(end, inner))
    white = 4.0 * BOLTZMANN * size.temperature * noise_of_end(m, size, channel, source, series)
    m.fluctuation(f"r{name}", end, inner, white)


def _electrode(m: Equations, size: Size4) -> None:
    """Resistance of the gate's electrode (rgatemod 1)."""
    nf, contacts = m["nf"], max_(m["ngcon"], 1.0)
    across = m["xgw"] + size.width_junction / 3.0 / contacts
    resistance = m["rshg"] * across / (contacts * nf * max_(size.mask[0] - m["xgl"], 1e-9))
    conductance = where(resistance > 0.0, 1.0 / max_(resistance, 1e-3), 1e3)
    resistor(m, "rg", "gate", "gate_inner", m["multiplier"] * where(m["rgatemod"] > 0.5, conductance, 0.0))


# A terminal, and the nodes behind its resistances.
TERMINALS = {
    "d": ("drain", "drain_inner"),
    "g": ("gate", "gate_inner"),
    "s": ("source", "source_inner"),
    "b": ("bulk", "body", "drain_body", "source_body"),
}


def _probes(
    m: Equations, channel: Channel4, voltages: tuple[Expr, Expr, Expr], parts: tuple[Expr, ...]
) -> None:
    """Values decks may ask for, with ngspice's names; times the polarity."""
    p, count = m["polarity"], m["multiplier"] * m["nf"]
    m.probe("vth von", "V", "threshold", channel.threshold)
    m.probe("vdsat", "V", "drain voltage where it saturates", channel.vdsat)
    for node, name in (("drain_inner", "d"), ("gate_inner", "g"), ("source_inner", "s"), ("body", "b")):
        m.probe(f"q{name}", "C", f"charge of {node.removesuffix('_inner')}", p * m.q[node])
    for name, nodes in TERMINALS.items():
        m.probe(f"i{name}", "A", f"current into {nodes[0]}", p * m.current(*nodes))
    m.probe("id", "A", "size of the channel's current", count * channel.current)
    names = ("isub", "igs", "igd", "igb", "igcs", "igcd")
    for name, value in zip(names, parts, strict=True):
        m.probe(name, "A", "impact ionisation" if name == "isub" else "current of the gate", count * value)
    for name, value in zip(("vgs", "vds", "vbs"), voltages, strict=True):
        m.probe(name, "V", f"voltage of {name[1]} over {name[2]}, behind the resistances", value)
    for name, node, meaning in (
        ("gm", "gate", "transconductance"),
        ("gds", "along", "output conductance"),
        ("gmbs", "below", "transconductance of the bulk"),
    ):
        m.probe(name, "S", meaning, count * m.partial(channel.current, node))
    m.probe("p", "W", "power", m.power(*Bsim4.terminals, *Bsim4.internal))
