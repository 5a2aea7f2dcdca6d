"""Bipolar transistor, HICUM level 2: hole charge, transit times, barrier, substrate transistor, self-heating.

With p = 1 for NPN, -1 for PNP, all voltages times p; inner nodes ci, bi, ei; bp of the base at the emitter's perimeter,
si of the substrate; Vt at the temperature of the transistor; |x| = (x + √(x² + 1.921812))/2, a rounded corner:

    from ci to ei  iTf - iTr,  iTf = i1·(1 + i1/ich),  i1 = c10/Q·exp(vbiei/(mcf·Vt)),  iTr = c10/Q·exp(vbici/Vt)
    Q = Q0 + hf0·tf0·iTf + hfe·QE + QB + hfc·QC + tr·iTr,  Q0 = ε·(1 + |(qp0 + hjei·QjEi + hjci·QjCi)/ε - 1|)
    ε = qp0/20;  hjei falls with vbiei by ahjei, rhjei
    tf0 = t0 + dt0h·(c - 1) + tbvl·(1/c - 1),  c = cjci0/CjCi without punch-through
    ick = v/rci0·(1 + (v/vlim)^delck)^(-1/delck)·(1 + (x + √(x² + aick))/2),  x = (v - vlim)/vpt,  v = Vt·(1 + |u - 1|),
    u = (vciei - vces)/Vt;  w = (y + √(y² + ahc))/(1 + √(1 + ahc)),  y = 1 - ick/iTf
    QE = tef0·iTf·(iTf/ick)^gtfe/(1 + gtfe);  QB = (1 - fthc)·thcs·iTf·(exp(ΔV/Vt) - 1 + w²·exp((ΔV - vcbar)/Vt))
    QC = fthc·thcs·iTf·w²·exp((ΔV - vcbar)/Vt);  with latb, latl it spreads, without ΔV, as in ngspice
    ΔV = vcbar·exp(-2/(z + √(z² + acbar))),  z = (iTf - ick)/icbar;  0 if icbar is below 0.05·vlim/rci0

Q is found with the voltages: its logarithm, relative to that without injection, is the voltage of the node `hole`.
Base currents: ibeis, ireis inside, ibeps, ireps at the perimeter; QB/tbhrec; ibcis, ibcxs; tunnelling by ibets, abet.
Avalanche iTf·g/(1 - kavl·g), g = favl·u·exp(-qavl/(CjCi·u)), u = vdci - vbici; a straight line from u = qavl/cjci0 on.
rbi0 conducts better by the charges in the base (fdqr0) and by crowding (fgeo), less by the perimeter's charge (fqi).
Depletion capacitances saturate at ajei, ajep and 2.4, those of the collector end at vptci, vptcx, vpts, vptsp.
With flnqs=1, or flcomp 0 or 2.1, iTf follows as by two poles, 1/(1 + s·alit·τ + (s·alit·τ)²/3), and its charge as by
1/(1 + s·alqf·τ), τ their derivative by iTf; in this if t0 is not 0. Currents, charges and conductances go with area, m.

Temperature: saturation currents by band gaps and exponents, in the way of flcomp; see `hicum_warm`. With flsh=1 the
power of iTf, iTr and avalanche flows into the thermal node, with flsh=2 that of junctions and resistances as well; rth
and cth lead to the ambient. The voltage of the fifth node is the temperature rise, 1 V for 1 K; without it the
transistor has an inner thermal node.
Noise: thermal of all resistances, shot of the currents, flicker kf·|ibei + ibep|^af/f and, of re, kfre·|i|^afre/f.

Where ngspice 44 differs: PNP transistors conduct the wrong way; ich does not go with area and m, saturation currents of
the perimeter and of recombination not with area; itss is 6 times less with flcomp 0 and 2.1; small signals lack part of
the slopes of rbi0 and of Q, and have another capacitance of cjci0 where it is punched through, so that they are not the
slopes of its own sweeps; below tf0·iTf = 1e-5·Q it does not solve for Q, below iTf = 1e-6·ick QB, QE and QC are 0;
flcomp between 2.1 and 2.3 counts as 2.1; resistances below 1 mOhm are 0; shot noise of the perimeter contains ireps;
vbe, vbbp, vbc, vce, vsc, rpii, roi, betaac, ft, tk of an instance are other values. There is no correlated noise
(flcono), as in ngspice.

References
----------
M. Schröter and A. Chakravorty, "Compact hierarchical bipolar transistor modeling with HICUM", World Scientific, 2010,
doi:10.1142/7257.
M. Schröter and A. Pawlak, "HICUM/L2 version 2.4.0 manual", TU Dresden, 2017: transfer current (2.2.0-20) to (2.2.0-22),
hole charge (2.2.0-3), (2.2.0-8), (2.2.0-24), weight (2.2.0-10), (2.2.0-14), first guess (2.2.0-25), low-current transit
time (2.3.1-5), critical current (2.3.1-3), (2.3.1-7).
Details that the manual leaves open are as in the authors' description in Verilog-A, version 2.4.0 (M. Schröter).
Names, defaults and constants are those of ngspice 44.
"""

from __future__ import annotations

from typing import ClassVar

from circuitnn.equations.graph import ONE, ZERO, abs_, max_, pwr, where
from circuitnn.equations.kernel import Noise
from circuitnn.models.bounds import Bound
from circuitnn.models.declarations import OF_SPICE
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.hicum_card import PARAMETERS
from circuitnn.models.semiconductors.hicum_device import Device
from circuitnn.models.semiconductors.hicum_probes import state_probes
from circuitnn.models.semiconductors.hicum_warm import SHOT, thermal_noise


class Hicum(Model):
    """Bipolar transistor (element Q, level 8)."""

    name = "hicum"
    rare = True
    letter = "q"
    levels = (8,)
    keywords = ("npn", "pnp")
    variants: ClassVar = {"pnp": {"polarity": -1.0}}
    drive = Drive("SIN(0.8 0.1 1meg)", "vc c 0 3\nrc c k 1k\nq1 k in 0 0 m", "1n 2u 0 1n", 1e-3)
    terminals = ("collector", "base", "emitter", "substrate", "thermal", "ambient")
    implied = ("ambient",)
    internal = ("ci", "bp", "bi", "ei", "si", "heat", "hole", "xf1", "xf2", "xf")
    collapse: ClassVar = {
        "ci": ("collector", "rcx"),
        "bp": ("base", "rbx"),
        "bi": ("bp", "rbi0"),
        "ei": ("emitter", "re"),
        "si": ("substrate", "rsu"),
        "heat": ("thermal", "alone"),
        "xf1": ("ambient", "t0"),
        "xf2": ("ambient", "t0"),
        "xf": ("ambient", "t0"),
    }
    parameters = PARAMETERS
    instance_parameters = (
        Parameter("area", 1.0, "", "size, in unit transistors", low=1e-9),
        *OF_SPICE,
        Parameter("dt", 0.0, "K", "how much warmer this instance is"),
        Parameter("alone", 0.0, "", "whether it heats itself without a thermal node: follows from the card"),
    )
    flags: ClassVar = {"off": ("off", 1.0)}
    bounds = (
        Bound("vbe_max", "base emitter"),
        Bound("vbc_max", "base collector"),
        Bound("vce_max", "collector emitter"),
    )

    switches = ("flcono",)
    warned: ClassVar = {"flcono": "noise of base and collector is not correlated, as in ngspice"}

    @classmethod
    def equations(cls, m: Equations) -> None:
        device = Device(m)
        for plus, minus, current, charge in device.flows():
            m.flow(plus, minus, device.scale * m["polarity"] * current, device.scale * m["polarity"] * charge)
        device.heat()
        device.follow()
        device.limits()
        _noise(m, device)
        state_probes(m, device)


def _noise(m: Equations, device: Device) -> None:
    scale = device.scale
    conductances = device.conductances()
    for name, (plus, minus, conductance) in conductances.items():
        called = {"rbi0": "rbi"}.get(name, name)
        m.fluctuation(called, plus, minus, thermal_noise(device.warm) * scale * conductance)
    for name, plus, minus, current in (
        ("iavl", "ci", "bi", device.iavl),
        ("ibci", "bi", "ci", device.ibci),
        ("ibep", "bp", "ei", device.ibep),
        ("ijbcx", "bp", "ci", device.ibcx),
        ("ijsc", "si", "ci", device.isc),
        ("it", "ci", "ei", device.now),
        ("ibei", "bi", "ei", device.ibei),
    ):
        m.fluctuation(name, plus, minus, SHOT * scale * abs_(current))
    at_perimeter = where(m["cfbe"] < -1.5, 1.0, 0.0)
    into = (("bi", 1.0 - at_perimeter), ("bp", at_perimeter), ("ei", -ONE))
    size = pwr(max_(abs_(device.ibei + device.ibep), 1e-38), m["af"])
    m.noises.append(Noise("1overfbe", into, ZERO, scale * m["kf"] * size, ONE))
    plus, minus, conductance = conductances["re"]
    through = max_(abs_(conductance * m.voltage(plus, minus)), 1e-38)
    m.fluctuation("1overfre", plus, minus, ZERO, scale * m["kfre"] * pwr(through, m["afre"]))
