"""Magnetic tunnel junction: a macrospin under spin-transfer torque.

With m the direction of the free layer, p that of the fixed one, B the field and Bs = (hbar/q)·J/(tfree·ms)·eps·p:

    dm/dt = -gamma/(1 + alpha²)·(m×B + alpha·m×(m×B) + m×(m×Bs) - alpha·m×Bs) + RESTORE·m·(1 - |m|²)
    B = (2·ku/ms)·mz·z - mu0·ms·(nx·mx, ny·my, nz·mz) + (bx, by, bz)
    eps = ½·(q₊/(A + B'·c) + q₋/(A - B'·c)),   c = m·p
    A = √((ll² + 1)·(lr² + 1)),   B' = √((ll² - 1)·(lr² - 1))
    q± = pl·ll²·√((lr² + 1)/(ll² + 1)) ± pr·lr²·√((ll² - 1)/(lr² - 1))
    i = v·G,   G = ½·(gp + gap) + ½·(gp - gap)·c,   gap = gp/(1 + tmr0/(1 + v²/vh²)),   J = i/area

Positive current, from plus to minus, turns the free layer parallel to the fixed one. m is Cartesian, so that no pole is
singular. All torques leave |m| as it is; integration does not quite. The last term of dm/dt is 0 where |m| = 1 and
along m elsewhere: it brings |m| back to 1 at 2·RESTORE and leaves the motion on the sphere alone. The polar angle
starts at theta0: exactly on the axis nothing would ever turn. Operating points hold m. Precession needs tight
tolerances: the published switching times come out 11 % late at reltol = 1e-3, 0.3 % at 1e-5, 0.04 % at 1e-6.

The easy axis of ku is z; with nz near 1, ku = 0 and nx < ny the layer lies in plane along x, and theta_p = π/2
has the fixed layer there too. One domain; no field-like torque, no thermal field (mtj_thermal has it), no anisotropy
by voltage. rp, tmr0 and vh are round numbers here: the published set is that of the torque.

Noise: 2q·i·coth(qv/2kT) of tunnelling, T that of the instance; 4kT·G at rest. What heat does to the free layer is in
mtj_thermal.

References
----------
J. C. Slonczewski, J. Magn. Magn. Mater. 159, L1 (1996), doi:10.1016/0304-8853(96)00062-5.
J. Xiao, A. Zangwill, M. D. Stiles, Phys. Rev. B 70, 172405 (2004), doi:10.1103/PhysRevB.70.172405: q±.
X. Fong et al., SPICE models for magnetic tunnel junctions based on the monodomain approximation, nanoHUB (2013):
numbers of the default set, as their public decks and traces have them.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import ELEMENTARY_CHARGE
from circuitnn.equations.graph import Expr, cos, sin, sqrt
from circuitnn.equations.graph import symbol as parameter
from circuitnn.models.fluctuations import shot
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

GAMMA = 1.76e11  # rad/(s T)
MU0 = 4e-7 * math.pi  # T m/A
HBAR = 1.0545718e-34  # J s
RESTORE = 1e11  # 1/s

Vector = tuple[Expr, Expr, Expr]

# Perpendicular junction, 25 nm by π·25 nm; ku is 56 kT of 300 K and the demagnetisation on top.
FONG = {
    "ms": 7e5,
    "alpha": 0.028,
    "tfree": 1.4e-9,
    "area": 25e-9 * math.pi * 25e-9,
    "ku": 3.92255e5,
    "pl": 0.8,
    "pr": 0.3,
    "ll": 2.0,
    "lr": 2.0,
    "theta0": math.radians(0.1),
}


def cross(a: Vector, b: Vector) -> Vector:
    """Vector product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def dot(a: Vector, b: Vector) -> Expr:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


class MTJ(Model):
    """Two-terminal magnetic tunnel junction; plus is at the free layer."""

    name = "mtj"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    drive = Drive("PULSE(0 -0.4 20p 50p 50p 10n)", "n1 in 0 m theta0=0.1", "1p 1.2n 0 1p uic")
    sets = {
        "fong": ParameterSet(
            "Perpendicular junction of the decks of X. Fong et al., nanoHUB (2013); torque after "
            "doi:10.1103/PhysRevB.70.172405",
            FONG,
        )
    }
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("ms", FONG["ms"], "A/m", "saturation magnetisation", low=1.0),
        Parameter("alpha", FONG["alpha"], "", "damping", low=0.0, high=1.0),
        Parameter("tfree", FONG["tfree"], "m", "thickness of the free layer", low=1e-11),
        Parameter("area", FONG["area"], "m²", "area of the junction", low=1e-19),
        Parameter("ku", FONG["ku"], "J/m³", "uniaxial anisotropy along z"),
        Parameter("nx", 0.0, "", "demagnetising factor", low=0.0, high=1.0),
        Parameter("ny", 0.0, "", "demagnetising factor", low=0.0, high=1.0),
        Parameter("nz", 1.0, "", "demagnetising factor", low=0.0, high=1.0),
        Parameter("bx", 0.0, "T", "external field"),
        Parameter("by", 0.0, "T", "external field"),
        Parameter("bz", 0.0, "T", "external field"),
        Parameter("pl", FONG["pl"], "", "spin polarisation of the fixed layer", low=0.0, high=1.0),
        Parameter("pr", FONG["pr"], "", "spin polarisation of the free layer", low=0.0, high=1.0),
        Parameter("ll", FONG["ll"], "", "asymmetry of the fixed layer's torque", low=1.0 + 1e-6),
        Parameter("lr", FONG["lr"], "", "asymmetry of the free layer's torque", low=1.0 + 1e-6),
        Parameter("theta_p", 0.0, "rad", "polar angle of the fixed layer, towards x"),
        Parameter("rp", 3e3, "Ohm", "resistance when parallel", low=1e-3),
        Parameter("tmr0", 1.0, "", "(rap - rp)/rp at 0 V", low=0.0),
        Parameter("vh", 0.5, "V", "voltage that halves the magnetoresistance", low=1e-6),
        Parameter("theta0", FONG["theta0"], "rad", "initial polar angle"),
        Parameter("phi0", 0.0, "rad", "initial azimuth"),
    )
    states = (
        State("mx", "", "direction of the free layer", sin(parameter("theta0")) * cos(parameter("phi0"))),
        State("my", "", "direction of the free layer", sin(parameter("theta0")) * sin(parameter("phi0"))),
        State("mz", "", "direction of the free layer", cos(parameter("theta0"))),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        v = m.voltage("plus", "minus")
        spin: Vector = (m.unknown("mx"), m.unknown("my"), m.unknown("mz"))
        fixed: Vector = (sin(m["theta_p"]), 0.0 * m["theta_p"], cos(m["theta_p"]))
        c = dot(spin, fixed)
        parallel = 1.0 / m["rp"]
        ratio = m["tmr0"] / (1.0 + (v / m["vh"]) ** 2)
        antiparallel = parallel / (1.0 + ratio)
        current = v * (0.5 * (parallel + antiparallel) + 0.5 * (parallel - antiparallel) * c)
        m.flow("plus", "minus", current)
        shot(m, "shot", "plus", "minus", current)
        strength = HBAR / ELEMENTARY_CHARGE / (m["area"] * m["tfree"] * m["ms"]) * current * _efficiency(m, c)
        torque: Vector = (strength * fixed[0], strength * fixed[1], strength * fixed[2])
        cls._precess(m, spin, cls.field(m, spin), torque)

    @classmethod
    def field(cls, m: Equations, spin: Vector) -> Vector:
        """Anisotropy, demagnetisation and external field. [T]"""
        easy, demagnetising = 2.0 * m["ku"] / m["ms"], MU0 * m["ms"]
        return (
            m["bx"] - demagnetising * m["nx"] * spin[0],
            m["by"] - demagnetising * m["ny"] * spin[1],
            m["bz"] + (easy - demagnetising * m["nz"]) * spin[2],
        )

    @staticmethod
    def _precess(m: Equations, spin: Vector, field: Vector, torque: Vector) -> None:
        """Landau, Lifshitz, Gilbert and Slonczewski: m×(B - alpha·Bs) + m×(m×(alpha·B + Bs))."""
        alpha = m["alpha"]
        first = cross(spin, _combined(field, torque, 1.0, -alpha))
        second = cross(spin, cross(spin, _combined(field, torque, alpha, 1.0)))
        rate = GAMMA / (1.0 + alpha * alpha)
        restoring = RESTORE * (1.0 - dot(spin, spin))
        for k, name in enumerate(("mx", "my", "mz")):
            m.state(name, restoring * spin[k] - rate * (first[k] + second[k]))


def _combined(a: Vector, b: Vector, x: Expr | float, y: Expr | float) -> Vector:
    return (x * a[0] + y * b[0], x * a[1] + y * b[1], x * a[2] + y * b[2])


def _efficiency(m: Equations, c: Expr) -> Expr:
    """Slonczewski's efficiency for two different layers."""
    left, right = m["ll"] * m["ll"], m["lr"] * m["lr"]
    a, b = sqrt((left + 1.0) * (right + 1.0)), sqrt((left - 1.0) * (right - 1.0))
    of_left = m["pl"] * left * sqrt((right + 1.0) / (left + 1.0))
    of_right = m["pr"] * right * sqrt((left - 1.0) / (right - 1.0))
    return 0.5 * ((of_left + of_right) / (a + b * c) + (of_left - of_right) / (a - b * c))
