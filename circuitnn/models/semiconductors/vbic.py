"""Bipolar transistor, VBIC: quasi-saturation, parasitic transistor to the substrate, avalanche, self-heating.

With p = 1 for NPN, -1 for PNP, all voltages times p; inner nodes cx, ci of the collector, bx, bi of the base, e of
the emitter, s of the substrate, bp of the base of the parasitic transistor; Vt at the temperature of the transistor:

    from ci to e   (If - Ir)/qb,  If = is·(exp(vbe/(nf·Vt)) - 1),  Ir = is·isrr·(exp(vbc/(nr·Vt)) - 1)
    from bi to e   wbe·(ideal ibei, nei + other iben, nen - breakdown ibbe, vbbe, nbbe); 1 - wbe of it from bx to e
    from bi to ci  ideal ibci, nci + other ibcn, ncn - avalanche,  (Itotal)·avc1·v·exp(-avc2·v^(mc - 1)), v = pc - vbc
    from cx to ci  (vrci + Vt·(K(vbci) - K(vbcx) - ln((K(vbci) + 1)/(K(vbcx) + 1))))/rci,  K(v) = √(1 + gamm·exp(v/Vt))
    from bx to s   the parasitic transistor: isp, nfp, wsp, ikp; its base currents ibeip, ibenp and ibcip, ibcnp

qb = ½·(q1 + (q1^(1/nkf) + 4·(If/ikf + Ir/ikr))^nkf), with qbm=1 ½·q1·(1 + (1 + 4·(If/ikf + Ir/ikr))^nkf), where q1 =
1 + qbe/ver + qbc/vef has the depletion charges of both junctions in it. With vo, hrcf the current of rci saturates.
rbi conducts qb times better, rbp as the parasitic transistor's base. Depletion charges go over into straight lines of
the capacitance abruptly (aje, ajc, ajs ≤ 0) or smoothly; the collector's stops at vrt. Diffusion charges by tf, qtf,
xtf, vtf, itf, tr, those of the epitaxial layer by qco. With td the forward current follows as by two poles,
1/(1 + s·td + (s·td)²/3). Currents, charges and conductances go with area and m.

Temperature: resistances, vo, ikf as powers of T; saturation currents by activation energies and exponents; potentials
as silicon's. The voltage of a fifth node is the temperature rise, 1 V for 1 K: the power of the transistor flows into
it, rth and cth lead to the ambient. Without this node there is no self-heating.
Noise: thermal of all resistances, shot of If/qb, of base and parasitic currents, flicker kfn·|Ib|^afn/f^bfn.

Where ngspice 44 differs: small signals with heat have a wrong sign, and the heat of PNP transistors is wrong;
parameters that are linear in the temperature (tnf, tavc, tvbbe1 …) begin with their values at the ambient temperature
once a transistor heats itself, so that own heat is not as heat from outside; td with an area, and td in transients;
the noise of rbp flows in the emitter, sums of noise lack that of rs and of the parasitic transistor, thermal noise is
not that of temp=; ic, ib, ie and is of an instance do not add up to 0 with a parasitic transistor.

References
----------
C. C. McAndrew, J. A. Seitchik, D. F. Bowers, et al., "VBIC95, the vertical bipolar inter-company model", IEEE J.
Solid-State Circuits 31, 1476 (1996), doi:10.1109/4.540058.
G. M. Kull, L. W. Nagel, S.-W. Lee, et al., "A unified circuit model for bipolar transistors including quasi-saturation
effects", IEEE Trans. Electron Devices 32, 1103 (1985).
Names, defaults and constants are those of ngspice 44.
"""

from __future__ import annotations

from typing import ClassVar

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.equations.graph import ZERO, abs_, max_, pwr
from circuitnn.models.bounds import Bound
from circuitnn.models.declarations import OF_SPICE
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.vbic_card import PARAMETERS
from circuitnn.models.semiconductors.vbic_device import Device


class Vbic(Model):
    """Bipolar transistor (element Q, levels 4 and 9)."""

    name = "vbic"
    letter = "q"
    levels = (4, 9)
    keywords = ("npn", "pnp")
    variants: ClassVar = {"pnp": {"polarity": -1.0}}
    drive = Drive("SIN(0.7 0.2 1meg)", "vc c 0 3\nrc c k 100\nq1 k in 0 0 m", "1n 2u 0 1n", 1e-3)
    terminals = ("collector", "base", "emitter", "substrate", "thermal", "ambient")
    implied = ("ambient",)
    internal = ("cx", "ci", "bx", "bi", "e", "s", "bp", "xf1", "xf2")
    collapse: ClassVar = {
        "cx": ("collector", "rcx"),
        "ci": ("cx", "rci"),
        "bx": ("base", "rbx"),
        "bi": ("bx", "rbi"),
        "e": ("emitter", "re"),
        "s": ("substrate", "rs"),
        "bp": ("cx", "rbp"),
        "xf1": ("ambient", "td"),
        "xf2": ("ambient", "td"),
    }
    parameters = PARAMETERS
    instance_parameters = (
        Parameter("area", 1.0, "", "size, in unit transistors", low=1e-9),
        *OF_SPICE,
    )
    flags: ClassVar = {"off": ("off", 1.0)}
    bounds = (
        Bound("vbe_max", "base emitter"),
        Bound("vbc_max", "base collector"),
        Bound("vce_max", "collector emitter"),
        Bound("vsub_max", "collector substrate"),
        Bound("vbefwd", "base emitter", 1),
        Bound("vbcfwd", "base collector", 1),
        Bound("vsubfwd", "substrate collector", 1),
    )
    ignored = ("bvbe", "bvbc", "bvce", "bvsub")

    @classmethod
    def equations(cls, m: Equations) -> None:
        device = Device(m)
        for plus, minus, current, charge in device.flows():
            m.flow(plus, minus, device.scale * m["polarity"] * current, device.scale * m["polarity"] * charge)
        device.heat()
        device.follow()
        device.limits()
        _noise(m, device)
        _probes(m, device)


def _noise(m: Equations, device: Device) -> None:
    scale = device.scale
    thermal = 4.0 * BOLTZMANN * device.warm.t
    conductances = {**device.conductances, "rci": ("cx", "ci", m.partial(device.irci, "vrci"))}
    for name, (plus, minus, conductance) in conductances.items():
        called = {"rcx": "rc", "rbx": "rb"}.get(name, name)
        m.fluctuation(called, plus, minus, thermal * scale * conductance)
    forward = device.transport + device.reverse / device.qb
    for name, plus, minus, current in (
        ("ic", "ci", "e", forward),
        ("ib", "bi", "e", device.ibe),
        ("ibep", "bx", "bp", device.ibep),
        ("iccp", "bx", "s", device.to_substrate),
    ):
        m.fluctuation(name, plus, minus, 2.0 * ELEMENTARY_CHARGE * scale * abs_(current))
    for name, plus, minus, current in (
        ("1overfbe", "bi", "e", device.ibe),
        ("1overfbep", "bx", "bp", device.ibep),
    ):
        size = max_(abs_(m["area"] * current), 1e-38)
        flicker = m["kfn"] * pwr(size, m["afn"])
        m.fluctuation(name, plus, minus, ZERO, m["multiplier"] * flicker, exponent=m["bfn"])


def _probes(m: Equations, device: Device) -> None:
    """Values decks may ask for, with ngspice's names."""
    scale = device.scale
    merged = {"c": ("collector", "cx", "ci", "bp"), "b": ("base", "bx", "bi"), "e": ("emitter", "e")}
    for name, nodes in merged.items():
        m.probe(f"i{name}", "A", f"current into the {nodes[0]}", m.current(*nodes))
    m.probe("is", "A", "current out of the substrate", -m.current("substrate", "s"))
    m.probe("vbe", "V", "voltage of the emitter's junction, times the polarity", device.v["vbei"])
    m.probe("vbc", "V", "voltage of the collector's junction, times the polarity", device.v["vbci"])
    charges = device.charges()
    for name, unit, meaning, value, by in (
        ("gm", "S", "transconductance", device.now, "vbei"),
        ("go", "S", "the same, by base-collector", device.now, "vbci"),
        ("gpi", "S", "conductance of base-emitter", device.ibe, "vbei"),
        ("gmu", "S", "conductance of base-collector", device.ibc, "vbci"),
        ("cbe", "F", "capacitance of base-emitter, inside", charges["be"], "vbei"),
        ("cbex", "F", "capacitance of base-emitter, outside", charges["bex"], "vbex"),
        ("cbc", "F", "capacitance of base-collector, inside", charges["bc"], "vbci"),
        ("cbcx", "F", "capacitance of the epitaxial layer", m["qco"] * device.k_outer, "vbcx"),
        ("cbep", "F", "capacitance of base-collector, outside", charges["bep"], "vbep"),
        ("cbcp", "F", "capacitance of substrate-collector", charges["bcp"], "vbcp"),
    ):
        m.probe(name, unit, meaning, scale * m.partial(value, by))
    m.probe("gx", "S", "conductance of the inner base", scale * device.conductances["rbi"][2])
    m.probe("qbe", "C", "charge of base-emitter, inside", scale * charges["be"])
    m.probe("qbc", "C", "charge of base-collector, inside", scale * charges["bc"])
    m.probe("rise", "K", "how much warmer it is than what surrounds it", device.warmth)
    electrical = [
        n for n in (*Vbic.terminals, *Vbic.internal) if n not in ("thermal", "ambient", "xf1", "xf2")
    ]
    m.probe("p", "W", "power", m.power(*electrical))
