"""ln(1 + exp(x)), exact and smooth everywhere."""

from __future__ import annotations

from circuitnn.equations.graph import Expr, exp, log1p, max_, min_, where


def softplus(x: Expr) -> Expr:
    """ln(1 + exp(x)); the bounds at ±1 keep the half that is not taken from overflowing.

    Parameters
    ----------
    x : Expr

    Returns
    -------
    Expr
    """
    return where(x > 0.0, x + log1p(exp(-max_(x, -1.0))), log1p(exp(min_(x, 1.0))))
