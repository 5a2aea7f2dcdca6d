"""MOSFET, SPICE level 6: the law of the n-th power of Sakurai and Newton.

With p = 1 for NMOS, -1 for PMOS, all voltages times p, drain and source exchanged where vds < 0:

    vth = vbi + gamma·√(phi - vbs) - gamma1·vbs - sigma·vds        (√ linear in vbs above 0)
    vdsat = kv·(vgs - vth)^nv
    i = kc·w/(l - 2·ld)·(vgs - vth)^nc·(1 + (lambda0 - lambda1·vbs)·vds)·(2 - u)·u,  u = min(vds/vdsat, 1)

and none below vth. kc falls as T^-1.5; without one it is ½·u0·Cox where tox is given. Where tox is given, those of vto,
gamma and phi that are not given follow from nsub, nss, tpg. Capacitances, junctions and resistances are those of level
1 (`circuitnn model mosfet1`). nvth and ps have no effect, and the channel has no noise, as in ngspice.
ngspice leaves level 6 out of small-signal analyses; here it takes part in them, and rd and rs make noise.

References
----------
T. Sakurai, A. R. Newton, "A simple MOSFET model for circuit analysis", IEEE Trans. Electron Devices 38, 887 (1991),
doi:10.1109/16.75219 (not checked).
Parameters, defaults and temperature behaviour as measured on ngspice 44.
"""

from __future__ import annotations

from typing import ClassVar

from circuitnn.equations.graph import Expr, exp, ln, max_, min_, where
from circuitnn.models.declarations import UNSET
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.mosfet import (
    Bias,
    Channel,
    Mosfet,
    Process,
    absent,
    parameters,
    tangent_root,
)
from circuitnn.models.semiconductors.mosfet_oxide import transconductance

OWN = (
    Parameter("kv", 2.0, "", "factor of the saturation voltage", low=1e-6),
    Parameter("nv", 0.5, "", "its exponent", low=0.0),
    Parameter("kc", UNSET, "A", "factor of the saturation current; else ½·u0·Cox, or 5e-5", low=0.0),
    Parameter("nc", 1.0, "", "its exponent", low=0.1),
    Parameter("gamma1", 0.0, "", "effect of the bulk on the threshold"),
    Parameter("sigma", 0.0, "", "effect of the drain on the threshold", low=0.0),
    Parameter("lambda", 0.0, "1/V", "channel-length modulation"),
    Parameter("lambda0", "lambda", "1/V", "channel-length modulation at vbs = 0"),
    Parameter("lambda1", 0.0, "1/V²", "its fall with vbs"),
)


class Mosfet6(Mosfet):
    """MOSFET of level 6 (element M)."""

    name = "mosfet6"
    conducts: ClassVar[dict[str, tuple[float, float]]] = {"kc": (0.5, 5e-5)}
    levels = (6,)
    claims = frozenset({"no current at zero bias"})
    parameters = parameters(OWN, tox=0.0, mjsw=0.5, noise=False)
    warned = absent(6, parameters)

    @classmethod
    def channel(cls, m: Equations, process: Process, bias: Bias) -> Channel:
        body = process.gamma * tangent_root(process.phi, bias.vbs) - m["gamma1"] * bias.vbs
        von = process.vbi + body - m["sigma"] * bias.vds
        over = bias.vgs - von
        log = ln(max_(over, 1e-30))
        vdsat = m["kv"] * exp(m["nv"] * log)
        u = min_(bias.vds / vdsat, 1.0)
        kc = transconductance(m, m["kc"], 0.5, 5e-5)
        modulation = 1.0 + (m["lambda0"] - m["lambda1"] * bias.vbs) * bias.vds
        current = kc * process.width / process.length * exp(m["nc"] * log) * modulation * (2.0 - u) * u
        return Channel(where(over > 0.0, current, 0.0), von, where(over > 0.0, vdsat, 0.0))

    @classmethod
    def noise(cls, m: Equations, channel: Expr, drain: Expr) -> None:
        """The channel has none, as in ngspice."""
