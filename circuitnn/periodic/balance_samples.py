"""The circuit at all moments of a period, for harmonic balance: its residual, and the matrices of its derivatives.

Charges that follow from the unknowns are differentiated as a whole, d/dt q(x). Capacitances that are no derivatives of
a charge (`Equations.displace`) have only their current C(x)·dx/dt: circuits with such devices are written with it, and
its derivative has ∂C/∂x·dx/dt besides C. That is taken by differences, for many columns at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array, csr_array

from circuitnn._cext.displacements import Displacements
from circuitnn._cext.evaluations import evaluations, on_a_path
from circuitnn._cext.pattern import coloured
from circuitnn.operating_point.simulation import Simulation
from circuitnn.periodic.coefficients import spectrum, waves
from circuitnn.system.linearised import device_places
from circuitnn.system.pattern import Pattern

OVERSAMPLED = 4  # moments per harmonic
NUDGE = 1e-6  # of an unknown for differences, in units of its size
AT_A_TIME = 1_000_000  # derivatives of devices
LEAST = 1e-300  # rate of an orbit at rest


class Evaluated(NamedTuple):
    """f and q, shape (m, n), and their derivatives, shape (m, entries), at m moments."""

    f: np.ndarray
    q: np.ndarray
    G: np.ndarray
    C: np.ndarray


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
        return dense(self.pattern, values)

    def reactive(self, H: int, omega: float) -> np.ndarray:
        """Harmonics of the currents of charges."""
        harmonics = spectrum(self.charge, H)
        return harmonics if self.inside else 1j * omega * np.arange(H + 1)[:, None] * harmonics


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
        where, constant = np.split(where, [len(places[2])])
        count = len(where)
        self.scatter = csr_array((np.ones(count), (where, np.arange(count))), shape=(2 * self.room, count))
        values = np.concatenate([part[2] for part in fixed])
        self.fixed = np.bincount(constant, values, 2 * self.room)

    def _evaluate(self, x: np.ndarray, moments: np.ndarray) -> Evaluated:
        """Evaluate the circuit with unknowns x, shape (m, n), at moments. [s]"""
        grounded = np.hstack([x, np.zeros((len(x), 1))])
        evaluated = Evaluated(*np.empty((2, *x.shape)), *np.empty((2, len(x), self.room - 1)))
        for part in self._parts(len(x)):
            evaluated.f[part], evaluated.q[part], derivatives = evaluations(
                self.system.assembly, grounded[part], moments[part], self.conditions
            )
            evaluated.G[part], evaluated.C[part] = self._placed(derivatives)
        return evaluated

    def _parts(self, count: int) -> Iterator[slice]:
        """A few moments at a time."""
        step = max(1, AT_A_TIME // max(self.scatter.shape))
        return (slice(first, first + step) for first in range(0, count, step))

    def _placed(self, derivatives: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Entries of G and C with derivatives of devices, shape (m, places)."""
        entries = self.fixed + (self.scatter @ derivatives.T).T
        return entries[:, : self.room - 1], entries[:, self.room : -1]

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
        moments = t + 2.0 * np.pi / omega * np.arange(m) / m
        x = waves(X, m)
        f, q, G, C = self._evaluate(x, moments)
        if not self.inside:
            return Samples(f, q, G, C, self.pattern, False)
        rates = waves(1j * omega * np.arange(len(X))[:, None] * X, m)
        G += self._bending(x, moments, C, rates)
        return Samples(f, _times(self.pattern, C, rates), G, C, self.pattern, True)

    def linearised(
        self, x: np.ndarray, moments: np.ndarray, rates: np.ndarray, displacements: Displacements | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Matrices of G·δx + d/dt(C·δx) + D·d/dt δx at points of an orbit, each of shape (m, n, n).

        Parameters
        ----------
        x, rates : ndarray, shape (m, n)
            Unknowns and dx/dt.
        moments : ndarray, shape (m,)
            [s]
        displacements : Displacements, optional
            Capacitances D that are no derivatives of a charge: G has ∂D/∂x·dx/dt besides.
        """
        if displacements is None:
            _, _, G, C = self._evaluate(x, moments)
            return dense(self.pattern, G), dense(self.pattern, C), np.zeros((1, *2 * (self.pattern.n,)))
        G, C, D = np.empty((3, len(x), self.pattern.nonzeros))
        x, rates = (np.hstack([values, np.zeros((len(x), 1))]) for values in (x, rates))
        span = np.abs(x).max() / max(np.abs(rates).max(), LEAST)  # exact for any: G is linear in it
        before = x - span * rates
        for part in self._parts(len(x)):
            static, whole, bent = on_a_path(
                self.system.assembly, displacements, x[part], before[part], moments[part], self.conditions
            )
            (G[part], C[part]), (_, both), (_, more) = (self._placed(d) for d in (static, whole, bent))
            D[part] = both - C[part]
            G[part] += (more - both) / span
        return dense(self.pattern, G), dense(self.pattern, C), dense(self.pattern, D)

    def _bending(self, x: np.ndarray, moments: np.ndarray, C: np.ndarray, rates: np.ndarray) -> np.ndarray:
        """How C·dx/dt changes with x at a given dx/dt: the entries of ∂C/∂x·dx/dt, shape (m, entries)."""
        slopes = np.zeros_like(C)
        for columns, entries in self.colours:
            nudged = x.copy()
            nudged[:, columns] += NUDGE * self.size[columns]
            more = _times(self.pattern, self._evaluate(nudged, moments).C - C, rates)
            moved = (nudged - x)[:, self.pattern.columns[entries]]
            slopes[:, entries] = more[:, self.pattern.indices[entries]] / moved
        return slopes


def dense(pattern: Pattern, values: np.ndarray) -> np.ndarray:
    """Matrices with these entries, shape (m, n, n)."""
    matrices = np.zeros((len(values), pattern.n, pattern.n))
    matrices[:, pattern.indices, pattern.columns] = values
    return matrices


def _times(pattern: Pattern, values: np.ndarray, x: np.ndarray) -> np.ndarray:
    product = np.zeros_like(x)
    np.add.at(product.T, pattern.indices, (values * x[:, pattern.columns]).T)
    return product


def _colours(pattern: Pattern) -> list[tuple[np.ndarray, np.ndarray]]:
    """Sets of columns without a row in common, and the entries of each set."""
    incidence = csc_array(
        (np.ones(pattern.nonzeros), pattern.indices, pattern.starts), (pattern.n, pattern.n)
    )
    sharing = (incidence.T @ incidence).tocoo()
    colour = coloured(np.arange(pattern.n, dtype=np.int32), sharing.row, sharing.col)
    of_entries = colour[pattern.columns]
    return [
        (np.flatnonzero(colour == k), np.flatnonzero(of_entries == k)) for k in range(int(colour.max()) + 1)
    ]
