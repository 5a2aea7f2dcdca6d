"""Noise of what conducts: thermal noise of conductors, shot noise of barriers.

At rest both are 4kT times the conductance, as they must be (fluctuation and dissipation). Off it:

    johnson   4kT·i/v               hops or collisions by the hundred share the voltage: metals, filaments, bulk hopping
    shot      2q·i·coth(qv/2kT)     one barrier has all of it, and electrons cross it one by one: tunnel gaps, contacts

where v is the voltage over the conductor alone, behind resistances in series, which have their own. States are held
in the conductance; what they do to small signals, and so to noise, is the circuit's business.

References
----------
H. Nyquist, Phys. Rev. 32, 110 (1928), doi:10.1103/PhysRev.32.110.
J. L. Wyatt, G. J. Coram, "Nonlinear device noise models: satisfying the thermodynamic requirements", IEEE Trans.
Electron Devices 46, 184 (1999), doi:10.1109/16.737458: crossings in both directions as Poisson processes whose rates
have the quotient exp(qv/kT), which fixes the noise by the static curve.
"""

from __future__ import annotations

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.graph import Expr, abs_, max_, tanh, where
from circuitnn.models.model import Equations

NO_VOLTAGE = 1e-6  # V, below which a current is a straight line


def johnson(
    m: Equations, name: str, plus: str, minus: str, current: Expr, kelvin: Expr | None = None
) -> None:
    """State the noise of a conductor, 4kT·i/v.

    Parameters
    ----------
    m : Equations
    name : str
        As it is called in results.
    plus, minus : str
        Nodes between which the current flows.
    current : Expr
        0 where the voltage is. [A]
    kelvin : Expr, optional
        Temperature of the conductor; that of the instance unless given. [K]
    """
    m.fluctuation(name, plus, minus, 4.0 * _energy(m, kelvin) * _static(m, plus, minus, current))


def resistor(
    m: Equations, name: str, plus: str, minus: str, conductance: Expr, kelvin: Expr | None = None
) -> None:
    """State a conductance and its noise, 4kT·G.

    Parameters
    ----------
    m : Equations
    name : str
        As it is called in results.
    plus, minus : str
        Nodes that it joins.
    conductance : Expr
        0 where there is none. [S]
    kelvin : Expr, optional
        Its temperature; that of the instance unless given. [K]
    """
    m.flow(plus, minus, conductance * m.voltage(plus, minus))
    temperature = m["temp"] + KELVIN if kelvin is None else kelvin
    m.fluctuation(name, plus, minus, 4.0 * BOLTZMANN * temperature * conductance)


def shot(m: Equations, name: str, plus: str, minus: str, current: Expr, kelvin: Expr | None = None) -> None:
    """State the noise of a barrier, 2q·i·coth(qv/2kT); parameters as in `johnson`."""
    energy = _energy(m, kelvin)
    u = 0.5 * ELEMENTARY_CHARGE * m.voltage(plus, minus) / energy
    more = where(abs_(u) < 1e-3, 1.0 + u * u / 3.0, u / tanh(u))
    m.fluctuation(name, plus, minus, 4.0 * energy * more * _static(m, plus, minus, current))


def _energy(m: Equations, kelvin: Expr | None) -> Expr:
    return BOLTZMANN * (m["temp"] + KELVIN if kelvin is None else kelvin)


def _static(m: Equations, plus: str, minus: str, current: Expr) -> Expr:
    """Static conductance; where a current flows against its voltage there is no such noise. [S]"""
    v = m.voltage(plus, minus)
    return max_(where(abs_(v) < NO_VOLTAGE, m.slope(current, plus), current / v), 0.0)
