"""Dimensional analysis of a model's equations from the units that its parameters and states declare.

A number in an equation may hide a unit (``v/0.025``), so that only those are numbers for certain that occur in formulas
themselves: 1, 2, ½, π. Where anything else is added to a quantity, or multiplied with it, the unit is not known from
there on, and nothing is said of it. Two known units that meet and differ are a fault.

Temperatures in °C count the zeros of their scale: K has none, °C one too few, and ``temp + 273.15``, ``temp - tnom``,
``t - temp - 273.15`` have none again. In a product, quotient or function there must be none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set
from fractions import Fraction
from typing import NamedTuple

from circuitnn.constants import KELVIN as ZERO_CELSIUS
from circuitnn.contract.case import Case
from circuitnn.contract.report import Outcome
from circuitnn.contract.unit_powers import (
    CELSIUS,
    KELVIN,
    NAMED,
    NONE,
    Powers,
    parsed,
    scaled,
    text_of,
    times,
)
from circuitnn.equations import scalar
from circuitnn.equations.expr import TRUTHS, ZERO, Expr, order
from circuitnn.equations.ngspice import to_ngspice
from circuitnn.models.model import Equations, Model

# Numbers that formulas have by themselves; others may have a unit that nobody wrote.
NUMBERS = frozenset(
    sign * n for sign in (1.0, -1.0) for n in (1.0, 2.0, 3.0, 4.0, 0.5, 0.25, math.pi, 2 * math.pi)
)
# Functions of numbers, and which give one.
OF_NUMBERS = frozenset("exp expm1 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh".split())
SAME = frozenset(("neg", "abs", "floor", "ceil", "trunc", "nint"))
PRODUCTS = frozenset(("mul", *scalar.QUOTIENTS))
MEET = frozenset(("add", "sub", "min", "max", "lt", "le", "eq", "ne", "fmod", "atan2"))


class Unit(NamedTuple):
    """A known unit: powers of the base units, and zeros of the Celsius scale too many."""

    powers: Powers
    zeros: int = 0

    def __str__(self) -> str:
        if self.powers == KELVIN and self.zeros:
            return CELSIUS if self.zeros == -1 else f"K ({self.zeros:+d} zeros of °C)"
        return text_of(self.powers)


NUMBER = Unit(NONE)
Known = Unit | None  # None: not known


def dimensions(case: Case) -> Outcome:
    """Units of all currents, charges and rates are right, and those of what is added or compared alike."""
    outcome = Outcome(
        "dimensions",
        "currents are in A, charges in C, rates in the state's unit per second; what is added or compared has one "
        "unit; functions take numbers; K and °C are told apart",
    )
    model = case.model
    if model.letter != "n":
        outcome.skipped = "the formulas of SPICE's own devices have numbers with units in them"
        return outcome
    m = model.stated()
    units = _Units(declared(model))
    rates = {case.kernel.inputs[row] for row in case.rates}
    for what, expression, wanted in _stated(model, m, rates):
        got = units.of(expression)
        faults = [f"{what}: {fault}" for fault in units.new_faults()]
        if got is not None and got != wanted and expression is not ZERO:
            faults.append(f"{what} is in {got}, not in {wanted}")
        for fault in faults:
            if model.hidden_units:
                outcome.note(f"{fault}: {model.hidden_units}")
            else:
                outcome.require(False, fault)
    return outcome


def declared(model: type[Model]) -> dict[str, Known]:
    """Units of everything that the equations may name; what is not known is left out."""
    units: dict[str, Known] = {"time": Unit(NAMED["s"]), "gmin": Unit(NAMED["S"])}
    units |= dict.fromkeys((*model.terminals, *model.internal), Unit(NAMED["V"]))
    units |= {"i_control": Unit(NAMED["A"]), "temp": Unit(KELVIN, -1), "tnom": Unit(KELVIN, -1)}
    if model.heat_node:
        units[model.heat_node] = Unit(KELVIN)
    named = [(p.name, p.unit) for p in (*model.parameters, *model.instance_parameters)]
    for name, unit in (*named, *((s.name, s.unit) for s in model.states)):
        powers = KELVIN if unit == CELSIUS else parsed(unit)
        units[name] = None if powers is None else Unit(powers, -1 if unit == CELSIUS else 0)
    return units | dict.fromkeys(model.randoms, NUMBER)


def _stated(model: type[Model], m: Equations, rates: Set[str]) -> Iterator[tuple[str, Expr, Unit]]:
    """Expressions of the model, and the units that they must have."""
    per_second = scaled(NAMED["s"], -1)
    units = _Units(declared(model))
    for node in (*model.terminals, *model.internal):
        current, charge = ("W", "J") if node == model.heat_node else ("A", "C")
        if node not in rates:
            yield f"current of {node}", m.f[node], Unit(NAMED[current])
            yield f"charge of {node}", m.q[node], Unit(NAMED[charge])
    for name, (rate, storage) in m.laws.items():
        stored = units.of(storage)
        if stored is not None and stored.zeros in (0, -1) and storage is not ZERO:
            yield f"rate of {name}", rate, Unit(times(stored.powers, per_second))


class _Units:
    """Units of expressions; faults are collected on the way."""

    def __init__(self, declared: Mapping[str, Known]) -> None:
        self.declared = declared
        self.known: dict[Expr, Known] = {}
        self.faults: list[str] = []

    def new_faults(self) -> list[str]:
        """Faults since the last call."""
        faults, self.faults = self.faults, []
        return faults

    def of(self, expression: Expr) -> Known:
        """Unit of an expression."""
        for node in order([expression]):
            if node not in self.known:
                self.known[node] = self._of(node)
        return self.known[expression]

    def _of(self, node: Expr) -> Known:
        if node.op == "symbol":
            return self.declared.get(str(node.value))
        if node.op == "const":
            return NUMBER if node.number in NUMBERS else None
        units = [self.known[a] for a in node.args]
        if node.op in MEET:
            met = self._met(node, *units)
            return NUMBER if node.op in TRUTHS else None if node.op == "atan2" else met
        if node.op == "where":
            return self._same(node, *units[1:])
        if node.op in SAME:
            unit = units[0]
            return Unit(unit.powers, -unit.zeros) if unit is not None and node.op == "neg" else unit
        return self._computed(node, units)

    def _met(self, node: Expr, a: Known, b: Known) -> Known:
        """What is added or compared."""
        one, two = node.args
        for this, that, sign in ((one, b, 1), (two, a, -1 if node.op == "sub" else 1)):
            if this.op == "const":
                return self._beside_number(node, this.number * sign, that, this is one)
        if node.op not in ("add", "sub") or a is None or b is None:
            return self._same(node, a, b)
        if a.powers == b.powers == KELVIN:
            return Unit(KELVIN, a.zeros + (b.zeros if node.op == "add" else -b.zeros))
        return self._same(node, a, b)

    def _beside_number(self, node: Expr, number: float, other: Known, first: bool) -> Known:
        """A sum or choice of a number and a quantity."""
        if other is None or number == 0.0 or node.op in ("min", "max"):
            return other
        if other.powers == NONE:
            return NUMBER
        if other.powers == KELVIN and abs(number) == ZERO_CELSIUS and node.op in ("add", "sub"):
            zeros = -other.zeros if first and node.op == "sub" else other.zeros
            return Unit(KELVIN, zeros + (1 if number > 0.0 else -1))
        return None

    def _same(self, node: Expr, a: Known, b: Known) -> Known:
        """Units that must be alike; a number may have any of them."""
        if a is None or b is None:
            plain = [arg for arg in node.args if arg.op == "const"]
            return (a or b) if plain else None
        if a != b and not any(arg.op == "const" for arg in node.args[-2:]):
            words = {"where": "chosen between", "add": "added", "sub": "subtracted"}.get(node.op, "compared")
            self._fault(f"{' and '.join(sorted(map(str, (a, b))))} are {words}", node)
            return None
        return a if node.args[-2].op != "const" else b

    def _computed(self, node: Expr, units: list[Known]) -> Known:
        """Products, powers, functions."""
        if any(u is not None and u.zeros and u.powers == KELVIN for u in units):
            return self._of_celsius(node, units)
        first = units[0]
        if node.op in PRODUCTS:
            second = units[1]
            if first is None or second is None:
                return None
            return Unit(times(first.powers, scaled(second.powers, 1 if node.op == "mul" else -1)))
        if node.op == "sqrt":
            return None if first is None else Unit(scaled(first.powers, Fraction(1, 2)))
        if node.op in ("pow", "pwr"):
            return self._power(node, first, units[1])
        if node.op == "ddt":
            return None if first is None else Unit(times(first.powers, scaled(NAMED["s"], -1)))
        if node.op in OF_NUMBERS:
            if first is not None and first.powers != NONE:
                self._fault(f"{node.op} of {first}", node)
            return NUMBER
        if node.op in TRUTHS or node.op == "sgn":
            return NUMBER
        return None  # logarithms, whose differences are numbers; tables

    def _power(self, node: Expr, base: Known, exponent: Known) -> Known:
        if exponent is not None and exponent.powers != NONE:
            self._fault(f"an exponent in {exponent}", node)
        raised = node.args[1]
        if base is None or base.powers == NONE:
            return base
        if raised.op != "const":
            return None
        return Unit(scaled(base.powers, Fraction(raised.number).limit_denominator(1000)))

    def _of_celsius(self, node: Expr, units: list[Known]) -> Known:
        """A product or function of a temperature in °C, which only a coefficient per K makes sense of."""
        others = [(u, arg) for u, arg in zip(units, node.args, strict=True) if u is None or not u.zeros]
        if node.op in PRODUCTS and len(others) == 1:
            other, arg = others[0]
            temperature = next(u for u in units if u is not None and u.zeros)
            if (
                arg.op == "const"
                and abs(arg.number) == 1.0
                and arg is node.args[0 if node.op == "mul" else 1]
            ):
                return Unit(KELVIN, int(arg.number) * temperature.zeros)
            if node.op == "mul" and other is not None and other.powers[BASE_KELVIN] == -1:
                return Unit(times(other.powers, KELVIN))
        if node.op not in TRUTHS and node.op != "sgn":
            self._fault(f"{CELSIUS} where K is needed", node)
        return None

    def _fault(self, what: str, node: Expr) -> None:
        self.faults.append(f"{what}: {to_ngspice(node, limit=120)}")


BASE_KELVIN = 4  # place of K among the base units
