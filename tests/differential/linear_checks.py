"""Analyses of random linear circuits, each against the exact solution; a check gives what is wrong, or nothing."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from fractions import Fraction

import mpmath
from linear_oracle import Network, Solved, mp
from random_linear import Drawn, drawn

from circuitnn import Circuit
from circuitnn.errors import (
    AnalysisError,
    CircuitnnError,
    DeckWarning,
    NetlistError,
    SingularMatrixError,
    TopologyError,
)

ULPS = 64  # roundings that an element's value may suffer on its way into a solution
FLOOR = 1e-20  # of the largest number of a solution: what is left of an exact zero
LOOSE = 1e-6  # of the largest number, where an island is held by 1e-12 S and a note says so


def run(drawing: Drawn, *cards: str) -> list:
    text = "\n".join(["random", drawing.text, *cards, ".end", ""])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeckWarning)
        return Circuit.from_text(text).run()


def off(names: Iterable[str], got: dict, exact: list, bounds: list[float]) -> str:
    """The numbers that lie outside their bounds, in words."""
    floor = FLOOR * max((abs(complex(v)) for v in exact), default=0.0)
    wrong = []
    for name, value, bound in zip(names, exact, bounds, strict=True):
        if name[:2] in ("t1", "t2"):
            continue
        if name not in got:
            wrong.append(f"{name} is missing")
        elif not abs(difference(got[name], value)) <= bound + floor:
            wrong.append(f"{name} = {got[name]!r}, exact {complex(value)}, bound {bound:.1g}")
    return "; ".join(wrong)


def difference(got: complex, exact: object) -> complex:
    if isinstance(exact, Fraction):
        return float(Fraction(float(got)) - exact)
    return complex(mpmath.mpmathify(complex(got)) - exact)


def loosely(network: Network, solved: Solved, got: dict) -> str:
    """What is wrong with numbers that a singular system determines all the same."""
    scale = max((abs(float(v)) for v in got.values()), default=0.0)
    known = [k for k in range(network.n) if solved.unique[k]]
    return off([network.names[k] for k in known], got, [solved.x[k] for k in known], [LOOSE * scale] * len(known))


def operating_point(seed: int) -> str:
    """A regular circuit within rounding of the exact solution, a singular one with an error or a note."""
    drawing = drawn(seed)
    network = Network(drawing.parts)
    solved = network.at_rest()
    try:
        (result,) = run(drawing, ".op")
    except (SingularMatrixError, TopologyError) as error:
        return f"regular, but {error}" if solved.regular else ""
    got = dict(zip(result.names, result.data[0], strict=True))
    if solved.regular:
        return off(network.names, got, solved.x, network.bound(solved, ULPS))
    if not result.statistics.notes:
        return f"singular, and not a word: {got}"
    return loosely(network, solved, got) if solved.consistent else ""


def small_signal(seed: int) -> str:
    """Phasors at frequencies over twelve decades."""
    drawing = drawn(seed)
    network = Network(drawing.parts)
    solved = network.at_rest()
    if not any(network.b_ac) or not solved.regular:
        return ""
    wrong = ""
    for exponent in (-3, 2, 5, 9):
        frequency = (1 + seed % 7) * 10.0**exponent
        exact, rounding = network.phasors(frequency)
        try:
            (result,) = run(drawing, f".ac lin 1 {frequency!r} {frequency!r}")
        except (SingularMatrixError, TopologyError) as error:
            wrong += f"regular at {frequency:g} Hz, but {error}; " if exact is not None else ""
            continue
        got = dict(zip(result.names, result.data[0], strict=True))
        if exact is not None:
            wrong += off(network.names, got, exact, [ULPS * 2.0**-53 * r for r in rounding])
        elif not result.statistics.notes:
            wrong += f"singular at {frequency:g} Hz, and not a word"
    return wrong
