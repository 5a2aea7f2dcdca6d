"""MOSFET, SPICE level 9: that of level 3 with a flicker noise of its own.

Currents, charges, junctions, resistances and thermal noise are those of level 3 (`circuitnn model mosfet3`). Flicker
noise is kf·|id|^af/(Cox²·w·leff·f), with the current id into the drain and Cox per area: there is no nlev.

References
----------
T. Quarles, D. Pederson, R. Newton, A. Sangiovanni-Vincentelli, C. Wayne, "The SPICE3 implementation guide", UCB/ERL
M89/44, 1989, for the noise of SPICE3's MOSFETs (not checked). Measured on ngspice 44.
"""

from __future__ import annotations

from circuitnn.equations.graph import ONE, Expr
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.mosfet import absent, parameters
from circuitnn.models.semiconductors.mosfet3 import OWN, Mosfet3
from circuitnn.models.semiconductors.mosfet_oxide import per_area


class Mosfet9(Mosfet3):
    """MOSFET of level 9 (element M)."""

    name = "mosfet9"
    rare = True
    levels = (9,)
    parameters = tuple(p for p in parameters(OWN, tox=1e-7, mjsw=0.33) if p.name != "nlev")
    warned = absent(9, parameters)

    @classmethod
    def flicker(cls, m: Equations, gm: Expr, by_current: Expr) -> tuple[Expr, Expr]:
        oxide, (width, length) = per_area(m), cls.noise_size(m)
        return by_current / (oxide * oxide * width * length), ONE
