"""Undetermined nodes that do not float: states that a behavioural source feeds back to themselves.

A latch ``b1 y 0 v={v(set) > 2 ? 5 : v(q)}`` with a resistor and a capacitor from y to q keeps any voltage at rest.
The matrix A is singular: with Ax = 0 and yA = 0, a conductance to ground at k makes it regular if x_k·y_k is not 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix, diags
from scipy.sparse.linalg import splu

from circuitnn.solvers.null_vectors import anywhere, null_vector

if TYPE_CHECKING:
    from circuitnn.operating_point.simulation import Simulation

SHIFT = 1e-9  # shift of inverse iteration, relative to the largest entry, that makes the matrix regular
NEAR = 1e-6  # product of the components of two null vectors of size 1 above which it is not rounding


def loose_node(simulation: Simulation) -> int | None:
    """Number of the node at which a conductance to ground makes the matrix at `x` regular; None if there is none."""
    pattern = simulation.system.pattern
    x, conditions = simulation.x, simulation.conditions
    _, _, values, *_ = simulation.system.assembly.evaluate(x, conditions=conditions, anchor=True)
    nodes = min(simulation.nodes, pattern.n)
    size = np.max(np.abs(values), initial=0.0)
    if not np.all(np.isfinite(values)) or size == 0.0 or nodes == 0:
        return None
    matrix = csc_matrix((values, pattern.indices, pattern.starts), shape=(pattern.n, pattern.n))
    shift = np.zeros(pattern.n)
    shift[:nodes] = SHIFT * size
    shift[[island[0] - 1 for island in simulation.regularisation.islands]] = size  # tied nodes are determined
    try:
        factors = splu((matrix + diags(shift)).tocsc())
    except RuntimeError:  # exactly singular for any conductances
        return None
    right, left = (null_vector(factors, anywhere(pattern.n), way) for way in ("N", "T"))
    product = np.abs(right * left)[:nodes]
    best = int(np.argmax(product))
    return best + 1 if product[best] > NEAR else None
