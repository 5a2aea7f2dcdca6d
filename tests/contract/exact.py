"""Numbers of 40 digits, and what formulas of compact models share.

Formulas are as their sources print them: they take the parameters and the unknowns by name, and return the currents
into the nodes [A] and the rates of what the states store [1/s]. The node `minus` is at 0 V.
"""

from types import SimpleNamespace

from mpmath import cosh, exp, mpf, sinh, workdps

forty_digits = workdps(40)  # of the formulas and their constants; other tests have digits of their own

with forty_digits:
    K, Q = mpf("1.38064852e-23"), mpf("1.6021766208e-19")  # CODATA 2014, as ngspice
    KQ, AMBIENT = K / Q, mpf("300.15")
    PHI_0 = mpf("6.626070040e-34") / (2 * Q)
FORMULAS = {}  # by the name of the model


class Numbers(SimpleNamespace):
    """Parameters or unknowns as numbers of 40 digits."""

    def __init__(self, values):
        super().__init__(**{name: mpf(float(value)) for name, value in values.items()})


def published(formula):
    FORMULAS[formula.__name__] = forty_digits(formula)
    return formula


def clip(x, low=0, high=1):
    return min(max(x, low), high)


def straight_sinh(x, most=40):
    """Its tangent beyond ±`most`."""
    inside = clip(x, -most, most)
    return sinh(inside) + cosh(mpf(most)) * (x - inside)


def straight_exp(x):
    """Its tangent above 80."""
    return exp(min(x, 80)) * (1 + max(x - 80, 0))


def logistic(x):
    return 1 / (1 + exp(-x))


def cubic(distance, width):
    s = clip((1 + distance / width) / 2)
    return s * s * (3 - 2 * s)
