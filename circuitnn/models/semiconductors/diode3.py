"""Junction diode of level 3, whose area and perimeter follow from its sizes, as ngspice 44 has it.

Currents, charges and noise are those of `diode`. Where an instance (or its card) has both w and l:

    area = (w + xw)·(l + xw),  pj = 2·(w + l + 2·xw)        [m², m]

Then is, cjo and the rest belong to a square metre, jsw and cjsw to a metre; otherwise area and pj are as given. The
current ibv belongs to the area, too, unlike that of level 1. Metal and polysilicon over the junction add linear
capacitances, behind the series resistance:

    3.9·ε0·((wm + xm)·(lm + xm)/xom + (wp + xp)·(lp + xp)/xoi)

with xom and xoi in ångström. ngspice 44 takes the square of m for area and perimeter of such a diode; here m diodes
are m diodes.

References
----------
Sizes, units and defaults as measured on ngspice 44.
"""

from __future__ import annotations

from typing import ClassVar

from circuitnn.constants import EPSILON_0, SILICON_DIOXIDE
from circuitnn.equations.graph import Expr, and_, where
from circuitnn.models.declarations import UNSET
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.diode import Diode
from circuitnn.models.semiconductors.optional import is_given

OXIDE = SILICON_DIOXIDE * EPSILON_0  # F/m
ANGSTROM = 1e-10  # m


class Diode3(Diode):
    """Junction diode of level 3 (element D)."""

    name = "diode3"
    rare = True
    levels: ClassVar = (3,)
    ibv_of_unit = True
    parameters: ClassVar = (
        *Diode.parameters,
        Parameter("xw", 0.0, "m", "how much wider and longer the junction is than drawn", usual=1e-7),
        Parameter("xm", 0.0, "m", "the same of the metal", usual=1e-7),
        Parameter("xp", 0.0, "m", "the same of the polysilicon", usual=1e-7),
        Parameter("xom", 1e4, "", "thickness of the oxide under the metal, in ångström", low=1e-3),
        Parameter("xoi", 1e4, "", "thickness of the oxide under the polysilicon, in ångström", low=1e-3),
    )
    instance_parameters: ClassVar = (
        *Diode.instance_parameters,
        Parameter("w", UNSET, "m", "width of the junction; with l instead of area and pj", low=0.0),
        Parameter("l", UNSET, "m", "length of the junction; with w instead of area and pj", low=0.0),
        Parameter("wm", 0.0, "m", "width of the metal over it", low=0.0, usual=1e-6),
        Parameter("lm", 0.0, "m", "length of the metal over it", low=0.0, usual=1e-6),
        Parameter("wp", 0.0, "m", "width of the polysilicon over it", low=0.0, usual=1e-6),
        Parameter("lp", 0.0, "m", "length of the polysilicon over it", low=0.0, usual=1e-6),
    )
    scaled: ClassVar = {"w": 1, "l": 1, "wm": 1, "lm": 1, "wp": 1, "lp": 1}
    ignored: ClassVar = ("te_max", "gap1", "gap2", "rth0", "cth0")

    @classmethod
    def extent(cls, m: Equations) -> tuple[Expr, Expr]:
        drawn = and_(is_given(m["w"]), is_given(m["l"]))
        width, length = m["w"] + m["xw"], m["l"] + m["xw"]
        return where(drawn, width * length, m["area"]), where(drawn, 2.0 * (width + length), m["pj"])

    @classmethod
    def overlap(cls, m: Equations) -> Expr:
        metal = (m["wm"] + m["xm"]) * (m["lm"] + m["xm"]) / m["xom"]
        silicon = (m["wp"] + m["xp"]) * (m["lp"] + m["xp"]) / m["xoi"]
        return OXIDE / ANGSTROM * (metal + silicon)
