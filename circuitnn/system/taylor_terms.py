"""Nonlinear terms of a circuit's equations: products of small deviations, to third order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from circuitnn.equations.expr import ZERO
from circuitnn.equations.tensors import tensors
from circuitnn.system.derivatives import require_equations, values_at
from circuitnn.system.system import System

BLOCK = 1 << 20  # products at a time


class Terms(NamedTuple):
    """The nonzero derivatives of one order.

    Parameters
    ----------
    rows : ndarray of int, shape (k,)
        Equations.
    unknowns : ndarray of int, shape (order, k)
        Unknowns of the differentiation; ground is last.
    slopes : ndarray, shape (k,)
    """

    rows: np.ndarray
    unknowns: np.ndarray
    slopes: np.ndarray


class Bends:
    """Second and third derivatives of the devices' currents and charges with respect to the unknowns.

    Parameters
    ----------
    system : System
    x : ndarray, shape (n + 1,)
        Operating point; ground is last.
    """

    def __init__(self, system: System, x: np.ndarray) -> None:
        self.n = system.n
        by_degree: dict[tuple[str, int], list[Terms]] = {(p, degree): [] for p in "fq" for degree in (2, 3)}
        for part, terms in _terms(system, x):
            by_degree[part, len(terms.unknowns)].append(terms)
        self.terms = {key: _joined_terms(parts, key[1]) for key, parts in by_degree.items()}

    def product(self, omega: np.ndarray, *factors: np.ndarray) -> np.ndarray:
        """The derivative of f + d/dt q in the directions of two or three phasors, shape (m, n).

        Parameters
        ----------
        omega : ndarray, shape (m,)
            Angular frequency of the product. [rad/s]
        *factors : ndarray of complex, shape (m, n + 1)
            Ground is last.
        """
        product = np.zeros((self.n + 1, len(omega)), dtype=complex)
        rates = np.ones(len(omega)), 1j * omega
        for part, rate in zip("fq", rates, strict=True):
            rows, unknowns, slopes = self.terms[part, len(factors)]
            step = max(1, BLOCK // max(1, len(omega)))
            for first in range(0, len(rows), step):
                some = slice(first, first + step)
                value = slopes[some, None] * rate
                for factor, unknown in zip(factors, unknowns, strict=True):
                    value = value * factor.T[unknown[some]]
                np.add.at(product, rows[some], value)
        return product[: self.n].T


def _joined_terms(parts: list[Terms], degree: int) -> Terms:
    nothing = Terms(np.zeros(0, dtype=int), np.zeros((degree, 0), dtype=int), np.zeros(0))
    return Terms(*(np.concatenate(of, axis=-1) for of in zip(nothing, *parts, strict=True)))


def _terms(system: System, x: np.ndarray) -> Iterator[tuple[str, Terms]]:
    """Terms of ``f`` and ``q``, device by device."""
    for c in system.condensed:
        placed, kernel = c.placed, c.placed.kernel
        if kernel.linear:
            continue
        require_equations(placed)
        bent = [
            (part, row, e)
            for part, exprs in (("f", kernel.f), ("q", kernel.q))
            for row, e in enumerate(exprs)
            if e is not ZERO
        ]
        n, values = placed.nodes.shape[1], values_at(placed, system, x)
        for some, derivatives in tensors([e for *_, e in bent], kernel.inputs, values, n):
            nodes = placed.nodes[:, some]
            for (part, row, _), of_one in zip(bent, derivatives, strict=True):
                for tensor in of_one or ():
                    *indices, instance = places = np.nonzero(tensor)
                    unknowns = np.array([nodes[index, instance] for index in indices])
                    yield part, Terms(nodes[row, instance], unknowns, tensor[places])
