"""MOSFET, SPICE level 1: Shichman and Hodges, with parameters, names and defaults as ngspice has them.

With p = 1 for NMOS, -1 for PMOS, all voltages times p, drain and source exchanged where vds < 0:

    von = p·vto + gamma·(√(phi - vbs) - √phi)             (√ linear in vbs above 0)
    i = beta·(1 + lambda·vds)·½·(vgs - von)²              vgs - von ≤ vds
    i = beta·(1 + lambda·vds)·vds·(vgs - von - ½·vds)     above;   beta = kp·w/(l - 2·ld)

and none below von. Between bulk and drain, bulk and source: i = Is·(exp(v/Vt) - 1) + gmin·v, with Is = js·area, or is
where js or an area is 0; depletion charges of bottom (cbd or cj·ad) and side wall (cjsw·pd), as parabolas above fc·pb.
Those of vto, kp, gamma and phi that the card does not give follow from tox, nsub, nss, tpg and u0 if it gives tox. kp,
phi, vto, pb, is, js and the junctions' capacitances depend on temperature as in SPICE2.

Between gate and source, drain, bulk are Meyer's capacitances, as ngspice has them: with Cox that of w·(l - 2·ld),
u = (vgs - von)/phi, vdsat = vgs - von, at least 25 mV, r = vdsat - vds where positive,

    Cg  = ⅔·Cox·(1 + 2·u), at least 0 and at most ⅔·Cox;   Cgb = -Cox·u, at least 0 and at most Cox
    Cgs = Cg·(1 - r²/(vdsat + r)²),  Cgd = Cg·(1 - vdsat²/(vdsat + r)²)

They are not derivatives of charges: C·dv/dt is integrated along the path of the voltages, and a closed path may leave a
charge. Overlap capacitances cgso, cgdo [F/m of width], cgbo [F/m of length] are added.
Of a junction's reverse current ngspice makes -Is from -3·Vt on; here it approaches it.
Noise: thermal of rd and rs, of the channel 8/3·k·T·gm, flicker kf·gm²/(Cox·w·leff·f^af), with nlev=0
kf·|id|^af/(Cox·leff²·f), with nlev=1 kf·|id|^af/(Cox·w·leff·f); id is the current of the channel less that of the
drain's junction, Cox is that of 100 nm where no tox is given. Of m devices in parallel it is m times that of one;
ngspice 44 takes the sums of their gm and id instead. An rd or rs of 0 is no resistance, whatever rsh is; with an rsh
and an nrd (nrs) ngspice 44 cuts such a terminal off. An nrd or nrs of 0 is 0.1 mOhm.

References
----------
H. Shichman, D. A. Hodges, "Modeling and simulation of insulated-gate field-effect transistor switching circuits",
IEEE J. Solid-State Circuits 3, 285 (1968), doi:10.1109/JSSC.1968.1049902.
J. E. Meyer, "MOS models and circuit simulation", RCA Review 32, 42 (1971).
"""

from __future__ import annotations

from circuitnn.equations.graph import max_, min_
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.mosfet import (
    KP,
    Bias,
    Channel,
    Mosfet,
    Process,
    absent,
    parameters,
    tangent_root,
)
from circuitnn.models.semiconductors.mosfet_oxide import transconductance


class Mosfet1(Mosfet):
    """MOSFET of level 1 (element M)."""

    name = "mosfet1"
    levels = (1,)
    claims = frozenset({"passive", "no current at zero bias"})
    parameters = parameters(
        (KP, Parameter("lambda", 0.0, "1/V", "channel-length modulation")), tox=0.0, mjsw=0.5
    )
    warned = absent(1, parameters)

    @classmethod
    def channel(cls, m: Equations, process: Process, bias: Bias) -> Channel:
        beta = transconductance(m, m["kp"], 1.0, 2e-5) * process.width / process.length
        von = process.vbi + process.gamma * tangent_root(process.phi, bias.vbs)
        excess = max_(bias.vgs - von, 0.0)
        inside = min_(bias.vds, excess)
        current = beta * (1.0 + m["lambda"] * bias.vds) * inside * (excess - 0.5 * inside)
        return Channel(current, von, excess)
