"""Volatile filament of silver: growth in the field, dissolution by its surface.

phi is the diameter of the filament, gap the part of the layer that its thick stub does not bridge, vgap the voltage
across the gap; energies and k·T are in eV:

    dphi/dt = a·exp((alpha·vgap - ea0)/kT) - b/max(phi, phia)³·exp(-ea1/kT),    0 <= phi <= phim
    gap conductance    π/4·((phim² - phi²)/rhoox + phi²/rho(phi))/gap
    stub conductance   π/4·phim²/(rho(phim)·(l - gap))
    rho(phi) = rhom0·(1 - p)·lf/((1 + p)·phi),   rhoox = rhoox0/(1 + gamma·vgap/gap)
    T = Ta + J²·rho(phim)·(l² - gap²)/(8·kthm) + J²·rhoeff·gap²/(8·ktheff),   J = i/(phim/2)²

rhoeff and ktheff mix those of filament and oxide by their areas; Ta is the temperature of the instance; the J without π
is the source's. An undisturbed filament lives phi⁴/(4·b·exp(-ea1/kT)): twice the diameter is kept 16 times as long,
which is how short-term memory becomes long-term memory. For v < 0 alpha, ea0 and ea1 are alphan, ea0n and ea1n; the
change is spread over 0 > v > -10 mV, so that at v = 0 the lifetime is the one for v > 0.

The source widens the gap with the root of the time since phi fell below phia, by 1 nm in 1 s; the state here is
u = ((gap - gapa)/1 nm)², which needs no clock:

    du/dt = (1 - filled)·1/s - filled·u/tfill        between 0 and the value at gap = l

The root of u is taken as u/√(u + 1e-4). `filled` is 1 for phi above phia and goes to 0 over phia ± phia/10. The source
closes the gap at once; tfill is this model's. gap0 is the gap at the start: the source's is l, the default that of a
filament that has just dissolved. The stub's length is at least 1 pm, the temperature at most 2000 K. The circuit must
provide the source's current compliance, for instance by a series resistor.

Noise: 4kT·i/v of gap and stub each, at the temperature T.

References
----------
T. Patni, R. Daniels, S. Kvatinsky, "V-VTEAM: A Compact Behavioral Model for Volatile Memristors", IEEE IFETC (2024),
doi:10.1109/IFETC61155.2024.10771870: the authors' public code of the physical model by W. Wang et al. that they
compare theirs with, from which the equations and numbers are.
"""

from __future__ import annotations

import math

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.graph import ZERO, Expr, abs_, as_expr, exp, limexp, limit, max_, min_, sqrt, u2
from circuitnn.equations.graph import symbol as parameter
from circuitnn.models.fluctuations import johnson
from circuitnn.models.memories.pcm import smooth_step
from circuitnn.models.model import Drive, Equations, Model, Parameter, ParameterSet, State

K_OVER_Q = BOLTZMANN / ELEMENTARY_CHARGE  # V/K
NANO = 1e-9
HOTTEST = 2000.0  # K
HALF_BLEND = 5e-3  # V
SMALL = 1e-4  # nm², below which the gap widens linearly
WANG = {
    "a": 1e2,
    "b": 3e-26,
    "alpha": 0.28,
    "ea0": 0.99,
    "ea1": 0.65,
    "alphan": 1.1,
    "ea0n": 0.648,
    "ea1n": 0.52,
    "phia": 0.1e-9,
    "phim": 2e-9,
    "gapa": 0.2e-9,
    "l": 5e-9,
    "rhom0": 2e-6,
    "lf": 28e-9,
    "p": 0.5,
    "rhoox0": 2e4,
    "gamma": 55e-9,
    "kthm": 5e3,
    "kthox": 1.0,
    "gap0": 5e-9,
}
WIDENED = ((parameter("gap0") - parameter("gapa")) / NANO) ** 2


class CBRAM(Model):
    """Two-terminal memristor with a volatile silver filament."""

    name = "cbram"
    terminals = ("plus", "minus")
    internal = ("tip",)
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    sets = {
        "wang": ParameterSet(
            "Public code of Patni, Daniels and Kvatinsky (2024), doi:10.1109/IFETC61155.2024.10771870", WANG
        )
    }
    parameters = (
        Parameter("a", WANG["a"], "m/s", "speed of growth without a barrier", low=0.0),
        Parameter("b", WANG["b"], "m⁴/s", "dissolution without a barrier", low=0.0),
        Parameter("alpha", WANG["alpha"], "", "share of vgap that lowers the barrier", low=0.0),
        Parameter("ea0", WANG["ea0"], "eV", "barrier of growth", low=0.0),
        Parameter("ea1", WANG["ea1"], "eV", "barrier of dissolution", low=0.0),
        Parameter("alphan", WANG["alphan"], "", "alpha for v < 0", low=0.0),
        Parameter("ea0n", WANG["ea0n"], "eV", "ea0 for v < 0", low=0.0),
        Parameter("ea1n", WANG["ea1n"], "eV", "ea1 for v < 0", low=0.0),
        Parameter("phia", WANG["phia"], "m", "diameter of an atom", low=1e-12),
        Parameter("phim", WANG["phim"], "m", "largest diameter", low=1e-11),
        Parameter("gapa", WANG["gapa"], "m", "smallest gap", low=1e-12),
        Parameter("l", WANG["l"], "m", "thickness of the layer", low=1e-11),
        Parameter("rhom0", WANG["rhom0"], "Ohm m", "resistivity of the metal", low=1e-12),
        Parameter("lf", WANG["lf"], "m", "mean free path", low=1e-12),
        Parameter("p", WANG["p"], "", "specular share of reflections", low=0.0, high=0.99),
        Parameter("rhoox0", WANG["rhoox0"], "Ohm m", "resistivity of the oxide", low=1e-12),
        Parameter("gamma", WANG["gamma"], "m/V", "fall of the oxide's resistivity with the field", low=0.0),
        Parameter("kthm", WANG["kthm"], "W/(m K)", "thermal conductivity of the filament", low=1e-6),
        Parameter("kthox", WANG["kthox"], "W/(m K)", "thermal conductivity of the oxide", low=1e-6),
        Parameter("tfill", 1e-6, "s", "time in which the filament closes the gap", low=1e-15),
        Parameter("x0", 0.0, "", "initial phi/phim", low=0.0, high=1.0),
        Parameter("gap0", "gapa", "m", "initial gap", low=1e-12),
    )
    drive = Drive("SIN(0 2 0.1)", "n1 in 0 m", "10m 9 0 10m uic", budget=2e-2, edge=20e-3)
    states = (
        State("x", "", "diameter of the filament over phim", "x0", low=0.0, high=1.0),
        State("u", "nm²", "square of the widening of the gap", WIDENED),
        State("t", "K", "temperature", parameter("temp") + KELVIN, tolerance=1e-3, hold=False),
    )

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        # the temperature is that of a profile that follows at once: nothing is stored
        part = Equations(cls.inputs(), cls.states)
        cls.equations(part)
        return ZERO, part.f["plus"] * m.voltage("plus", "tip") - part.f["minus"] * m.voltage("tip", "minus")

    @classmethod
    def equations(cls, m: Equations) -> None:
        x, u, t = u2(m.unknown("x")), m.unknown("u"), limit(m.unknown("t"), 50.0, HOTTEST)
        vgap = m.voltage("tip", "minus")
        full = ((m["l"] - m["gapa"]) / NANO) ** 2
        gap = max_(m["gapa"] + NANO * _root(min_(u, full)), 0.5 * m["gapa"])
        area = 0.25 * math.pi * m["phim"] * m["phim"]
        metal = m["rhom0"] * (1.0 - m["p"]) * m["lf"] / ((1.0 + m["p"]) * m["phim"])
        oxide = m["rhoox0"] / (1.0 + m["gamma"] * abs_(vgap) / gap)
        mixed = (1.0 - x * x) / oxide + x * x * x / metal  # 1/rhoeff
        current = area * mixed / gap * vgap
        m.flow("tip", "minus", current)
        johnson(m, "gap", "tip", "minus", current, t)
        stub = max_(m["l"] - gap, 1e-3 * NANO)
        through = area / (metal * stub) * m.voltage("plus", "tip")
        m.flow("plus", "tip", through)
        johnson(m, "stub", "plus", "tip", through, t)
        m.state("t", _temperature(m, current, x, gap, metal, mixed) - m.unknown("t"), ZERO)
        m.state("x", _growth(m, abs_(vgap), K_OVER_Q * t, x))
        filled = smooth_step(x - m["phia"] / m["phim"], 0.1 * m["phia"] / m["phim"])
        m.state("u", (1.0 - filled) * u2((full - u) / (1e-3 * full)) - filled * u / m["tfill"])


def _root(u: Expr) -> Expr:
    """Square root with a finite slope at 0."""
    return u / sqrt(abs_(u) + SMALL)


def _temperature(m: Equations, current: Expr, x: Expr, gap: Expr, metal: Expr, mixed: Expr) -> Expr:
    density = current / (0.25 * m["phim"] * m["phim"])
    conduction = x * x * m["kthm"] + (1.0 - x * x) * m["kthox"]
    stub = metal * (m["l"] * m["l"] - gap * gap) / (8.0 * m["kthm"])
    heat = density * density * (stub + gap * gap / (8.0 * conduction * mixed))
    return min_(m["temp"] + KELVIN + heat, HOTTEST)


def _growth(m: Equations, vgap: Expr, kt: Expr, x: Expr) -> Expr:
    """Rate of phi/phim."""
    backward = smooth_step(-m.voltage("plus", "minus") - HALF_BLEND, as_expr(HALF_BLEND))

    def either(name: str) -> Expr:
        return m[name] + backward * (m[name + "n"] - m[name])

    grow = m["a"] * limexp((either("alpha") * vgap - either("ea0")) / kt)
    # in nm: ngspice's division cannot tell the cube in metres from 0
    diameter = max_(m["phim"] * x, m["phia"]) / NANO
    dissolve = m["b"] / NANO**3 / (diameter * diameter * diameter) * exp(-either("ea1") / kt)
    return (grow - dissolve) / m["phim"]
