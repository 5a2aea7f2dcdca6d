"""The circuit at all moments of a period, for harmonic balance: its residual, and the matrices of its derivatives.

Charges that follow from the unknowns are differentiated as a whole, d/dt q(x). Capacitances that are no derivatives of
a charge (`Equations.displace`) have only their current C(x)·dx/dt: circuits with such devices are written with it, and
its derivative has ∂C/∂x·dx/dt besides C. That is taken by differences, for many columns at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array

from circuitnn._cext.pattern import coloured
from circuitnn.periodic.coefficients import spectrum, waves
from circuitnn.simulation.simulation import Simulation
from circuitnn.system.linearised import device_places, device_values
from circuitnn.system.pattern import Pattern

OVERSAMPLED = 4  # moments per harmonic
NUDGE = 1e-6  # of an unknown for differences, in units of its size


class Samples(NamedTuple):
    """The circuit at m moments.

    Parameters
    ----------
    f : ndarray, shape (m, n)
        Static residuals.
    charge : ndarray, shape (m, n)
        Charges, or currents C·dx/dt if `inside`.
    G, C : ndarray, shape (m, entries)
        Derivatives: of f (and of C·dx/dt where C changes, if `inside`), and by dx/dt.
    pattern : Pattern
    inside : bool
        Whether the derivative in time stands inside, C·d/dt, instead of around, d/dt(C·…).
    """

    f: np.ndarray
    charge: np.ndarray
    G: np.ndarray
    C: np.ndarray
    pattern: Pattern
    inside: bool

    def times(self, values: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Matrices with these values times vectors, at each moment."""
        return _times(self.pattern, values, x)

    def dense(self, values: np.ndarray) -> np.ndarray:
        """Matrices with these values, shape (m, n, n)."""
        made = np.zeros((len(values), self.pattern.n, self.pattern.n))
        made[:, self.pattern.indices, self.pattern.columns] = values
        return made

    def reactive(self, H: int, omega: float) -> np.ndarray:
        """Harmonics of the currents of charges."""
        found = spectrum(self.charge, H)
        return found if self.inside else 1j * omega * np.arange(H + 1)[:, None] * found


class Sampler:
    """Evaluates a circuit at moments of a period.

    Parameters
    ----------
    simulation : Simulation
    size : ndarray, shape (n,)
        Scale of each unknown.
    """

    def __init__(self, simulation: Simulation, size: np.ndarray) -> None:
        self.simulation, self.size = simulation, size
        self.system, self.conditions = simulation.system, simulation.conditions
        self.inside = any(c.placed.kernel.carried for c in self.system.condensed)
        self._place()
        self.colours = _colours(self.pattern) if self.inside else []

    def _place(self) -> None:
        """Find where the derivatives of all devices go; all others are constants."""
        n, places = self.system.n, device_places(self.system)
        shunt = np.zeros(n + 1) if self.conditions.shunt is None else self.conditions.shunt
        tied = np.flatnonzero(shunt[:-1])
        fixed = [self.system.G.joined(), self.system.C.joined(), (tied, tied, shunt[tied])]
        rows, columns = (np.concatenate([places[k], *(part[k] for part in fixed)]) for k in (0, 1))
        stored = np.repeat([0, 1, 0], [len(part[2]) for part in fixed])
        self.pattern = Pattern(n, rows, columns)
        self.room = self.pattern.nonzeros + 1  # the last is ground
        where = self.pattern.entries + self.room * np.append(places[2], stored)
        self.where, constant = np.split(where, [len(places[2])])
        values = np.concatenate([part[2] for part in fixed])
        self.fixed = np.bincount(constant, values, 2 * self.room)

    def _matrices(self) -> tuple[np.ndarray, np.ndarray]:
        """G and C at the point of the last evaluation."""
        found = self.fixed + np.bincount(self.where, device_values(self.system), 2 * self.room)
        return found[: self.room - 1], found[self.room : -1]

    def at(self, X: np.ndarray, omega: float, t: float) -> Samples:
        """Evaluate the circuit at all moments of a period.

        Parameters
        ----------
        X : ndarray of complex, shape (H + 1, n)
            Harmonics of the unknowns.
        omega, t : float
            2π over the period [rad/s], and its beginning [s].
        """
        m = OVERSAMPLED * max(len(X) - 1, 2)
        x = waves(X, m)
        moments = t + 2.0 * np.pi / omega * np.arange(m) / m
        f, q = np.empty((2, m, self.system.n))
        G, C = np.empty((2, m, self.pattern.nonzeros))
        for k in range(m):
            f[k], q[k], _ = self._evaluate(x[k], moments[k])
            G[k], C[k] = self._matrices()
        if not self.inside:
            return Samples(f, q, G, C, self.pattern, False)
        rates = waves(1j * omega * np.arange(len(X))[:, None] * X, m)
        for k in range(m):
            G[k] += self._bending(x[k], moments[k], C[k], rates[k])
        return Samples(f, _times(self.pattern, C, rates), G, C, self.pattern, True)

    def _evaluate(self, x: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.system.assembly.evaluate(np.append(x, 0.0), t, 0.0, self.conditions)

    def _bending(self, x: np.ndarray, t: float, C: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """How C·dx/dt changes with x at a given dx/dt: the entries of ∂C/∂x·dx/dt."""
        found = np.zeros_like(C)
        for columns, entries in self.colours:
            nudged = x.copy()
            nudged[columns] += NUDGE * self.size[columns]
            self._evaluate(nudged, t)
            more = _times(self.pattern, (self._matrices()[1] - C)[None], rate[None])[0]
            found[entries] = more[self.pattern.indices[entries]] / (nudged - x)[self.pattern.columns[entries]]
        return found


def _times(pattern: Pattern, values: np.ndarray, x: np.ndarray) -> np.ndarray:
    product = np.zeros_like(x)
    np.add.at(product.T, pattern.indices, (values * x[:, pattern.columns]).T)
    return product


def _colours(pattern: Pattern) -> list[tuple[np.ndarray, np.ndarray]]:
    """Sets of columns without a row in common, and the entries of each set."""
    made = csc_array((np.ones(pattern.nonzeros), pattern.indices, pattern.starts), (pattern.n, pattern.n))
    sharing = (made.T @ made).tocoo()
    colour = coloured(np.arange(pattern.n, dtype=np.int32), sharing.row, sharing.col)
    of_entries = colour[pattern.columns]
    return [
        (np.flatnonzero(colour == k), np.flatnonzero(of_entries == k)) for k in range(int(colour.max()) + 1)
    ]
