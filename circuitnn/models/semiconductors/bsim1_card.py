"""Parameters of a BSIM1 card, most of which vary with the size of the channel."""

from __future__ import annotations

from collections.abc import Iterable

from circuitnn.equations.graph import Expr, where
from circuitnn.models.declarations import UNSET
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.optional import is_given

# Name, default, unit, meaning, and a usual size of what varies with the size by l<name>, w<name>.
_SIZED = (
    ("vfb", 0.0, "V", "flat-band voltage", 1.0),
    ("phi", UNSET, "V", "surface potential; else 0.7, ngspice needs it", 0.8),
    ("k1", 0.0, "√V", "body effect", 0.8),
    ("k2", 0.0, "", "second order body effect", 0.1),
    ("eta", 0.0, "", "effect of the drain on the threshold", 0.01),
    ("x2e", 0.0, "1/V", "its change with the bulk", 1e-3),
    ("x3e", 0.0, "1/V", "its change with the drain", 1e-3),
    ("x2mz", 0.0, "cm²/(V² s)", "change of muz with the bulk", 10.0),
    ("mus", 0.0, "cm²/(V s)", "mobility at vds = vdd", 600.0),
    ("x2ms", 0.0, "cm²/(V² s)", "its change with the bulk", 10.0),
    ("x3ms", 0.0, "cm²/(V² s)", "its change with the drain", 10.0),
    ("u0", 0.0, "1/V", "fall of the mobility with the gate", 0.05),
    ("x2u0", 0.0, "1/V²", "its change with the bulk", 1e-3),
    ("u1", 0.0, "µm/V", "velocity saturation", 0.05),
    ("x2u1", 0.0, "µm/V²", "its change with the bulk", 1e-3),
    ("x3u1", 0.0, "µm/V²", "its change with the drain", 1e-3),
    ("n0", 0.0, "", "swing below threshold; no current there from 200 on", 1.5),
    ("nb", 0.0, "1/V", "its change with the bulk", 0.05),
    ("nd", 0.0, "1/V", "its change with the drain", 0.05),
)
SIZED = tuple(name for name, *_ in _SIZED)


def sized(rows: Iterable[tuple[str, float, str, str, float]]) -> list[Parameter]:
    """Parameters that vary with the size, each with its l… and w….

    Parameters
    ----------
    rows : iterable of (str, float, str, str, float)
        Name, default, unit, meaning, usual size.
    """
    parameters = []
    for name, default, unit, meaning, usual in rows:
        parameters.append(Parameter(name, default, unit, meaning, usual=usual))
        for letter, dimension in (("l", "length"), ("w", "width")):
            by = f"{unit} µm".strip()
            parameters.append(
                Parameter(
                    letter + name, 0.0, by, f"dependence of {name} on the {dimension}", usual=0.1 * usual
                )
            )
    return parameters


PARAMETERS = (
    Parameter(
        "polarity", 1.0, "", "1 NMOS, -1 PMOS: the card's type says it", low=-1.0, high=1.0, nonzero=True
    ),
    *sized(_SIZED),
    Parameter("muz", 0.0, "cm²/(V s)", "mobility at vds = 0", usual=600.0),
    Parameter("vdd", 0.0, "V", "drain voltage that mus holds for", low=0.0, usual=5.0),
    Parameter("dl", 0.0, "µm", "by how much the channel is shorter than the mask", usual=0.1),
    Parameter("dw", 0.0, "µm", "by how much it is narrower", usual=0.1),
    Parameter(
        "tox", UNSET, "µm", "thickness of the oxide; else 0.02, ngspice needs it", low=1e-4, usual=0.02
    ),
    Parameter("cgso", 0.0, "F/m", "overlap capacitance of gate and source, a width", low=0.0),
    Parameter("cgdo", 0.0, "F/m", "overlap capacitance of gate and drain, a width", low=0.0),
    Parameter("cgbo", 0.0, "F/m", "overlap capacitance of gate and bulk, a length", low=0.0),
    Parameter("xpart", UNSET, "", "if given, the drain has no part of the charge in saturation; else 40 %"),
    Parameter("rsh", 0.0, "Ohm", "sheet resistance of drain and source", low=0.0),
    Parameter("js", 0.0, "A/m²", "saturation current density of the junctions", low=0.0),
    Parameter("pb", 0.0, "V", "built-in potential of the bottom; at least 0.1", low=0.0, usual=0.8),
    Parameter("mj", 0.0, "", "grading coefficient of the bottom", low=0.0),
    Parameter("pbsw", 0.0, "V", "built-in potential of the side wall; at least 0.1", low=0.0, usual=0.8),
    Parameter("mjsw", 0.0, "", "grading coefficient of the side wall", low=0.0),
    Parameter("cj", 0.0, "F/m²", "capacitance of the bottom at 0 V", low=0.0),
    Parameter("cjsw", 0.0, "F/m", "capacitance of the side wall at 0 V", low=0.0),
    Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
    Parameter("af", 1.0, "", "exponent of flicker noise"),
)


class Size:
    """Channel of one size, and parameters for it.

    Parameters
    ----------
    m : Equations
    """

    def __init__(self, m: Equations) -> None:
        self.m = m
        self.length, self.width = m["l"] - 1e-6 * m["dl"], m["w"] - 1e-6 * m["dw"]  # m

    def __getitem__(self, name: str) -> Expr:
        m = self.m
        value = where(is_given(m[name]), m[name], 0.7) if name == "phi" else m[name]
        return value + 1e-6 * (m["l" + name] / self.length + m["w" + name] / self.width)
