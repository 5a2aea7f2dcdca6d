"""Current crowding: decrease of a bipolar transistor's base resistance with its base current."""

from __future__ import annotations

import math

from circuitnn.equations.graph import Expr, as_expr, sqrt, tan, where

CROWDING = (  # 3·(tan z - z)/(z·tan² z) as a power series in z²
    *(1.0, -4.0 / 15.0, -4.0 / 105.0, -8.0 / 1575.0, -6.41333974667308e-4, -7.79185541090303e-5),
    *(-9.208898097786986e-6, -1.0663012219190245e-6, -1.2154237119076856e-7),
)


def narrowed(x: Expr) -> Expr:
    """Base resistance at a current of x·irb, relative to that at 0 A."""
    most = math.sqrt(14.59025) / 2.4317  # limit of z, a little more than π/2
    scaled, root = sqrt(14.59025 * x), sqrt(1.0 + 14.59025 * x)
    z = most * scaled / (1.0 + root)
    # near 0 as a power series, where it is a difference of nearly equal numbers, near π/2 by tan(π/2 - z) = 1/tan z
    rest = 0.5 * math.pi - most + most * (1.0 + 1.0 / (root + scaled)) / (1.0 + root)
    cotangent = tan(rest)
    series = as_expr(CROWDING[-1])
    for coefficient in CROWDING[-2::-1]:
        series = coefficient + z * z * series
    return where(z < 0.5, series, 3.0 * cotangent * (1.0 - z * cotangent) / z)
