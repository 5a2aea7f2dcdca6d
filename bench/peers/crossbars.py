"""Products of a crossbar with 1 Ohm segments by other packages: each function prepares one and returns the work.

The work's time is from arrays of conductances and voltages to the array of output currents, shape (inputs, columns).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Work = Callable[[], Any]


def conductances(n: int) -> np.ndarray:
    """The arrays' conductances, evenly spread in their logarithm over 1e-6 … 1e-4 S."""
    return np.asarray(10.0 ** np.random.default_rng(1).uniform(-6, -4, (n, n)))


def inputs(n: int, count: int = 1) -> np.ndarray:
    """Input vectors, shape (count, n). [V]"""
    return np.random.default_rng(2).uniform(0.0, 1.0, (count, n))


def superlu(n: int, count: int = 1) -> Work:
    """SciPy: the nodal equations, factored by SuperLU, one step of refinement."""
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import splu

    g, v = conductances(n), inputs(n, count)

    def work() -> np.ndarray:
        word = np.arange(n * n).reshape(n, n)
        bit = word + n * n
        a = np.concatenate([word[:, :-1].ravel(), bit[:-1].ravel(), word.ravel()])
        b = np.concatenate([word[:, 1:].ravel(), bit[1:].ravel(), bit.ravel()])
        values = np.concatenate([np.ones(2 * n * (n - 1)), g.ravel()])
        ends = np.concatenate([word[:, 0], bit[-1]])
        entries = np.concatenate([values, values, -values, -values, np.ones(2 * n)])
        rows, columns = np.concatenate([a, b, a, b, ends]), np.concatenate([a, b, b, a, ends])
        matrix = coo_array((entries, (rows, columns))).tocsc()
        drive = np.zeros((2 * n * n, count))
        drive[word[:, 0]] = v.T
        factors = splu(matrix)
        x = factors.solve(drive)
        x += factors.solve(drive - matrix @ x)
        return np.asarray(x[bit[-1]].T)

    return work


def badcrossbar(n: int, count: int = 1) -> Work:
    """badcrossbar: one sparse factorisation."""
    import logging

    import badcrossbar as package

    logging.disable()
    g, v = conductances(n), inputs(n, count)
    return lambda: package.compute(v.T.copy(), 1.0 / g, r_i=1.0).currents.output


def mpimpy(n: int) -> Work:
    """mpimpy: alternating tridiagonal solutions."""
    from mpimpy.crossbar.crossbar import hdot

    g, v = conductances(n), inputs(n)
    return lambda: hdot(v, 1.0 / g, 1.0)


def neospice(n: int, deck: str) -> Work:
    """neospice: the flat deck."""
    import neospice as package

    def work() -> list[float]:
        result = package.dc(deck)
        return [result.current(f"vbb{j}") for j in range(n)]

    return work
