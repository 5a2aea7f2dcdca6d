"""`.sens` of random linear circuits against exact adjoint solutions, at rest and over frequencies."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
from linear_checks import ULPS, off, run
from linear_oracle import EPS, Network, Part, fifty_digits, invert, mp
from random_linear import Drawn, drawn

from circuitnn.errors import AnalysisError

NUDGE = Fraction(1, 10**20)  # of a value, by which derivatives of matrices are found


def at_rest(seed: int, drawing: Drawn | None = None) -> str:
    """`.sens` of a node by all resistances and independent sources, by the adjoint solution."""
    drawing = drawing or drawn(seed)
    network = Network(drawing.parts)
    solved = network.at_rest()
    if not solved.regular or not network.nodes:
        return ""
    node = network.nodes[seed % len(network.nodes)]
    x, y = solved.x, solved.inverse[network.place[node]]
    x_error = network.bound(solved, ULPS)
    inverse, size = (np.abs(np.array(m, dtype=float)).T for m in (solved.inverse, network.size))
    y_error = ULPS * float(EPS) * (inverse @ (size @ np.abs(np.array(y, dtype=float))))
    try:
        (result,) = run(drawing, f".sens v({node})")
    except AnalysisError as error:
        return str(error) if any(p.kind in "rvi" and not p.terms for p in drawing.parts) else ""
    got = dict(zip(result.names, result.data[0], strict=True))
    names, exact, bounds = [], [], []
    for part in (p for p in drawing.parts if p.written and p.kind in "rvi" and not p.terms):
        if part.kind == "v":
            places, factor = {network.branch[part.name]: 1}, Fraction(1)
        else:
            ends = zip(part.nodes, (1, -1), strict=True)
            places = (
                {network.place[n]: sign for n, sign in ends if n != "0"} if len(set(part.nodes)) == 2 else {}
            )
            factor = -part.value / part.written
        adjoint, error = _along(places, y), sum(y_error[k] for k in places)
        if part.kind == "r":
            voltage, factor = _along(places, x), 1 / (part.value * part.written)
            error = error * abs(float(voltage)) + abs(float(adjoint)) * sum(x_error[k] for k in places)
            error += (
                8 * float(EPS) * sum(abs(float(y[k])) for k in places) * sum(abs(float(x[k])) for k in places)
            )
            adjoint *= voltage
        names.append(part.name)
        exact.append(factor * adjoint)
        bounds.append(abs(float(factor)) * error + 8 * float(EPS) * abs(float(factor * adjoint)))
    return off(names, got, exact, bounds)


def _along(places: dict[int, int], values: list[Fraction]) -> Fraction:
    return sum((sign * values[k] for k, sign in places.items()), Fraction(0))


@fifty_digits
def over_frequencies(seed: int, drawing: Drawn | None = None) -> str:
    """`.sens ac` of a node by values, gains, couplings, magnitudes and phases."""
    drawing = drawing or drawn(seed, spread=(0.0, 1.0, 3.0)[seed % 3])
    network = Network(drawing.parts)
    if not any(network.b_ac) or not network.at_rest().regular:
        return ""
    frequency = (1 + seed % 7) * 10.0 ** (seed % 6)
    matrix, size = network.matrices(frequency)
    inverse = invert(matrix)
    if inverse is None:
        return ""
    at = seed % len(network.nodes)
    (result,) = run(drawing, f".sens v({network.nodes[at]}) ac lin 1 {frequency!r} {frequency!r}")
    got = dict(zip(result.names, result.data[0], strict=True))
    solution = Phasors(inverse, size, [mp(b) for b in network.b_ac], at)
    names, exact, bounds = [], [], []
    for name, part, nudged in _nudged(drawing.parts):
        changed = Network([nudged if p is part else p for p in drawing.parts])
        value, bound = solution.by(matrix, changed.matrices(frequency)[0])
        of_the_card = mp(_number(part) * NUDGE)
        names.append(name)
        exact.append(value / of_the_card)
        bounds.append(bound / abs(float(of_the_card)))
    for part in (p for p in drawing.parts if p.ac):
        zeroed = Network([p._replace(ac=Fraction(0)) if p is part else p for p in drawing.parts])
        own = [mp(b - c) for b, c in zip(network.b_ac, zeroed.b_ac, strict=True)]
        share, bound = solution.of(own)
        magnitude = mp(part.ac * (part.written / part.value if part.value else 1))
        turn = mpmath.mpc(0, mpmath.pi / 180)
        names += [f"{part.name}_acmag", f"{part.name}_acphase"]
        exact += [share / magnitude, share * turn]
        bounds += [bound / abs(float(magnitude)), bound * abs(turn)]
    return off(names, got, exact, [float(b) for b in bounds])


class Phasors:
    """Solution and adjoint solution at a frequency, and how well both are known."""

    def __init__(self, inverse: list, size: list, rhs: list, at: int) -> None:
        self.adjoint = inverse[at]
        self.x = [mpmath.fsum(a * b for a, b in zip(row, rhs, strict=True) if b) for row in inverse]
        through = np.abs(np.array(inverse, dtype=complex))
        sizes = np.array([[float(v) for v in row] for row in size])
        x, y, b = (np.abs(np.array(v, dtype=complex)) for v in (self.x, self.adjoint, rhs))
        unit = ULPS * float(EPS)
        self.x_error = unit * through @ (sizes @ x + b)
        self.adjoint_error = unit * through.T @ (sizes.T @ y)

    def by(self, matrix: list, changed: list) -> tuple[mpmath.mpc, float]:
        """Change of the output with that of the matrix, and its bound."""
        total, bound = mpmath.mpc(0), 0.0
        for i, rows in enumerate(zip(matrix, changed, strict=True)):
            for j, (old, new) in enumerate(zip(*rows, strict=True)):
                if old != new:
                    y, step, x = self.adjoint[i], new - old, self.x[j]
                    total -= y * step * x
                    known = abs(complex(y)) * self.x_error[j] + self.adjoint_error[i] * abs(complex(x))
                    known += 8 * float(EPS) * abs(complex(y * x))
                    bound += abs(float(abs(step))) * known
        return total, bound

    def of(self, rhs: list) -> tuple[mpmath.mpc, float]:
        """The output's share of a right side, and its bound."""
        share = mpmath.fsum(y * b for y, b in zip(self.adjoint, rhs, strict=True) if b)
        return share, sum(e * abs(complex(b)) for e, b in zip(self.adjoint_error, rhs, strict=True))


def _number(part: Part) -> Fraction:
    """The number on the card."""
    return part.value if part.kind == "k" else part.written


def _nudged(parts: list[Part]) -> list[tuple[str, Part, Part]]:
    """Names of `.sens`, the parts, and these with a little more of it."""
    made = []
    for part in parts:
        if part.kind in "rclk" and part.name[0] == part.kind and _number(part):
            made.append((part.name, part, part._replace(value=part.value * (1 + NUDGE))))
        elif part.name[0] in "efgh" and len(part.terms) == 1 and not part.value and part.written:
            gain, control = part.terms[0]
            made.append((f"{part.name}_gain", part, part._replace(terms=((gain * (1 + NUDGE), control),))))
    return made
