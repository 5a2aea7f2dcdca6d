"""Poles of a linear circuit: the roots of det(G + sC), a polynomial that is exact to forty digits."""

from __future__ import annotations

import mpmath
from linear_oracle import Network, fifty_digits, mp

UNIT = mpmath.mpf(10) ** 6  # of s, of the order of the circuits' rates [1/s]
NOTHING = mpmath.mpf("1e-40")


@fifty_digits
def poles(network: Network) -> list[complex]:
    """All finite poles, by size. [rad/s]"""
    count = sum(part.kind in "cl" for part in network.parts) + 1  # coefficients that there may be
    values = [_determinant(network, UNIT * mpmath.expjpi(mpmath.mpf(2 * k) / count)) for k in range(count)]
    turned = [
        [v * mpmath.expjpi(-mpmath.mpf(2 * k * i) / count) for k, v in enumerate(values)]
        for i in range(count)
    ]
    coefficients = [mpmath.fsum(terms) / count for terms in turned]
    largest = max(abs(c) for c in coefficients)
    while coefficients and abs(coefficients[-1]) < NOTHING * largest:
        coefficients.pop()
    if len(coefficients) < 2:
        return []
    degree = len(coefficients) - 1
    companion = mpmath.zeros(degree)
    for k in range(degree):
        companion[k, degree - 1] = -coefficients[k] / coefficients[degree]
        if k:
            companion[k, k - 1] = 1
    roots = mpmath.eig(companion, left=False, right=False)
    roots = roots[0] if isinstance(roots, tuple) else roots  # of one row, mpmath 1.3
    return sorted((complex(root * UNIT) for root in roots), key=abs)


def _determinant(network: Network, s: mpmath.mpc) -> mpmath.mpc:
    rows = zip(network.g, network.c, strict=True)
    return mpmath.det(mpmath.matrix([[mp(g) + s * mp(c) for g, c in zip(*row, strict=True)] for row in rows]))
