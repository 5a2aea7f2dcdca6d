r"""Laplace filters: a rational function of s as states of its own.

The filter :math:`y = N(s)/D(s)\,u` is a chain of integrators in a unit of time T of its own, so that its states are of
one size:

.. math:: T \dot x_k = x_{k+1}, \qquad T \dot x_n = (u - \sum_{k<n} d_k T^{-k} x_{k+1}) T^n / d_n, \qquad
          y = \sum_{k<n} n_k T^{-k} x_{k+1} + n_n T^{-n} (T \dot x_n)
"""

from __future__ import annotations

from collections.abc import Sequence

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import ONE, ZERO, Expr, const, symbol
from circuitnn.equations.rules import compare
from circuitnn.veriloga import tree
from circuitnn.veriloga.evaluation import Evaluation
from circuitnn.veriloga.operators import Integral
from circuitnn.veriloga.source import Fault

Polynomial = list[Expr]  # coefficients of the powers of s, from 0 on
IMAGINARY = 1e-9  # part of a coefficient that is rounding, relative to it
TOLERANCE = 1e-12  # of a state


class Filters(Evaluation):
    """Evaluates ``laplace_nd``, ``laplace_np``, ``laplace_zd`` and ``laplace_zp``."""

    def listing(self, node: tree.Expression | None) -> list[Expr]:
        """Numbers of a list, an array, or nothing."""
        if node is None:
            return []
        if isinstance(node, tree.List):
            return [self.number(item) for item in node.items]
        numbers = self.value(node)
        if not isinstance(numbers, list):
            raise Fault("a list of numbers is needed here, '{1, 2}", node.at)
        return numbers

    def laplace(self, call: tree.Call) -> Expr:
        """Output of a filter whose numerator and denominator are given by coefficients or by roots."""
        if not 3 <= len(call.arguments) <= 4 or call.arguments[0] is None:
            raise Fault(f"'{call.name}' takes an expression and two lists", call.at)
        signal = self.number(call.arguments[0])
        parts = [
            self._polynomial(self.listing(given), kind in "zp", call.at)
            for given, kind in zip(call.arguments[1:3], call.name[-2:], strict=True)
        ]
        numerator, denominator = parts
        if not denominator:
            raise Fault(f"the denominator of '{call.name}' is 0", call.at)
        if len(numerator) > len(denominator):
            raise Fault(f"the numerator of '{call.name}' has a higher order than the denominator", call.at)
        if len(denominator) == 1:
            return signal * numerator[0] / denominator[0] if numerator else ZERO
        return self._realised(signal, numerator, denominator)

    def _polynomial(self, given: list[Expr], roots: bool, at: int) -> Polynomial:
        """Coefficients, without those of powers that do not occur."""
        for each in given:
            if not self.given_by(each, self._constants):
                raise Fault("the coefficients of a filter cannot change during the simulation", at)
        coefficients = self._product(given, at) if roots else [*given]
        while coefficients and not self.decide(compare("ne", coefficients[-1], ZERO)):
            coefficients.pop()
        return coefficients

    def _now(self, expression: Expr) -> float:
        """Value in the devices that the model is made for; no decision depends on it."""
        return float(evaluate([expression], self.given.sample)[0])

    def _product(self, roots: Sequence[Expr], at: int) -> Polynomial:
        """Product of (1 - s/root), and of s for a root of 0; roots are pairs of real and imaginary part."""
        if len(roots) % 2:
            raise Fault("roots are pairs of a real and an imaginary part", at)
        real, imaginary = [ONE], [ZERO]
        for re, im in zip(roots[::2], roots[1::2], strict=True):
            size = re * re + im * im
            if self.decide(compare("eq", size, ZERO)):
                real, imaginary = [ZERO, *real], [ZERO, *imaginary]
                continue
            a, b = -re / size, im / size  # -1/root
            up = zip([ZERO, *real], [ZERO, *imaginary], strict=True)
            turned = [(a * x - b * y, a * y + b * x) for x, y in up]
            real = [x + more for x, (more, _) in zip([*real, ZERO], turned, strict=True)]
            imaginary = [y + more for y, (_, more) in zip([*imaginary, ZERO], turned, strict=True)]
        for x, y in zip(real, imaginary, strict=True):
            if abs(self._now(y)) > IMAGINARY * abs(self._now(x)):
                raise Fault("a complex root needs its conjugate, too", at)
        return real

    def _realised(self, signal: Expr, numerator: Polynomial, denominator: Polynomial) -> Expr:
        """States of the filter, and its output."""
        order, unit = len(denominator) - 1, self._unit(denominator)
        names = [f"filter{len(self.integrals) + k + 1}" for k in range(order)]
        states = [symbol(f"idt {name}") for name in names]
        below = ZERO
        for k, x in enumerate(states):
            below = below + denominator[k] * unit**-k * x
        last = (signal - below) / (denominator[order] * unit**-order)
        for name, rate in zip(names, [*states[1:], last], strict=True):
            self.integrals.append(Integral(name, rate * (1.0 / unit), None, False, TOLERANCE))
        output = ZERO
        for k, (coefficient, x) in enumerate(zip(numerator, [*states, last], strict=False)):
            output = output + coefficient * const(unit**-k) * x
        return output

    def _unit(self, denominator: Polynomial) -> float:
        """Unit of time in which the lowest and the highest coefficient are of one size."""
        numbers = [abs(self._now(each)) for each in denominator]
        order = len(numbers) - 1
        low = next(k for k, value in enumerate(numbers) if value)
        return (numbers[order] / numbers[low]) ** (1.0 / (order - low)) if low < order else 1.0
