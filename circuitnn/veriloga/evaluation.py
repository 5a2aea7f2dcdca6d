"""Values of expressions: numbers become expressions of the device's unknowns and parameters.

A condition on parameters alone that changes the structure of a device is decided for one set of devices; which way it
went is recorded, so that others get a model of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from circuitnn.constants import KELVIN, NOMINAL_TEMPERATURE
from circuitnn.equations import graph
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import TRUTHS, ZERO, Expr, const, symbol
from circuitnn.equations.rules import logical_not, where
from circuitnn.errors import nearest
from circuitnn.records import dataclass, field
from circuitnn.veriloga import tree
from circuitnn.veriloga.bitwise import SHIFTS, bits, reduced, wrapped
from circuitnn.veriloga.conditional_numbers import chosen, over_cases
from circuitnn.veriloga.functions import ARITHMETIC, OF_TRUTHS, power, rounded
from circuitnn.veriloga.integers import Integers
from circuitnn.veriloga.operators import Delay, Integral, NoiseSource, Slope
from circuitnn.veriloga.scope import GROUND, Branch, Scope
from circuitnn.veriloga.source import Fault
from circuitnn.veriloga.string_functions import COMPARISONS

Value = Expr | str | list  # lists are arrays
TEMPERATURE = symbol("temp") + KELVIN
# Columns of every device, with their usual values; no simulation changes them.
SURROUNDINGS = {"multiplier": 1.0, "temp": NOMINAL_TEMPERATURE, "tnom": NOMINAL_TEMPERATURE}
_OVERFLOWING = frozenset("+-*/")  # of integers, whose results need not be what those of numbers are
LARGEST = 100_000  # elements of an array
FAR = 2.0**53  # integers up to which numbers are exact


@dataclass(frozen=True)
class Given:
    """What is known of the parameters of the devices that a model is made for.

    Parameters
    ----------
    fixed : mapping of str to float or str
        Integers and words, which are numbers in the equations.
    given : frozenset of str
        Parameters that a card gives, of those for which it matters.
    sample : mapping of str to float
        Numbers of one device by column, with which conditions on the structure are decided.
    """

    fixed: Mapping[str, float | str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    sample: Mapping[str, float] = field(default_factory=dict)


def element_key(name: str, place: int) -> str:
    """Name of an element of an array of parameters that cards give, by its place in the list."""
    return f"{name}[{place}]"


class Evaluation(Integers):
    """Evaluates expressions of a module.

    Parameters
    ----------
    scope : Scope
    columns : mapping of str to str
        Parameter → name of its column.
    nodes : mapping of str to str
        Node → name of its unknown.
    given : Given
    optional : frozenset of str
        Parameters for which it matters whether a card gives them.
    """

    def __init__(
        self,
        scope: Scope,
        columns: Mapping[str, str],
        nodes: Mapping[str, str],
        given: Given,
        optional: frozenset[str],
    ) -> None:
        self.scope, self.columns, self.given, self.optional = scope, columns, given, optional
        self.unknowns: dict[str, Expr] = {
            GROUND: ZERO,
            **{node: symbol(name) for node, name in nodes.items()},
        }
        self.values: dict[Hashable, Value] = {}
        self.locals: list[dict[str, tuple[Hashable, tree.Variable]]] = []
        self.noises: list[NoiseSource] = []
        self.integrals: list[Integral] = []
        self.delays: list[Delay] = []
        self.slopes: dict[str, Slope] = {}  # by symbol
        self.limits: list[tuple[Branch, float, Expr, Expr]] = []
        self.probed: dict[str, Branch] = {}  # branches whose flow is read, by name
        self.decided: dict[Expr, bool] = {}
        self.known_conditions: dict[Expr, bool] = {}  # where the statement is
        self.analyses: dict[str, int] = {}  # questions after the analysis, by symbol
        self.read: dict[str, tuple[Hashable, int]] = {}  # variables read before they are assigned, by symbol
        self.parameters_read: dict[str, Value] = {}
        self.tables: dict[str, str] = {}  # files of samples, path → text
        self.remarks: list[tuple[str, int]] = []  # what has no effect here, and where
        self._reading: list[str] = []
        self._parameters = {symbol(name): True for name in (*columns.values(), "multiplier")}
        self._rates: dict[Expr, bool] = {}  # whether a time derivative is in it
        self._constants = {symbol(name): True for name in (*columns.values(), *SURROUNDINGS)}

    # ------------------------------------------------------------------ names

    def variable(self, name: str) -> tuple[Hashable, tree.Variable] | None:
        """Key and declaration of a variable."""
        for names in reversed(self.locals):
            if name in names:
                return names[name]
        declared = self.scope.variables.get(name)
        return None if declared is None else (name, declared)

    def parameter(self, name: str) -> Value:
        """Value of a parameter."""
        name = self.scope.aliases.get(name, name)
        if name not in self.parameters_read:
            declared = self.scope.parameters[name]
            if name in self._reading:
                raise Fault(f"the default of '{name}' depends on itself", declared.at)
            self._reading.append(name)
            self.parameters_read[name] = self._parameter(declared)
            self._reading.pop()
        return self.parameters_read[name]

    def _parameter(self, declared: tree.Parameter) -> Value:
        name = declared.name
        if name in self.given.fixed:
            known = self.given.fixed[name]
            return known if isinstance(known, str) else const(known)
        if declared.bounds is not None:
            return self._array(declared, declared.bounds)
        if not declared.local and name in self.columns and name not in self.optional:
            return symbol(self.columns[name])
        if name in self.given.given:
            return symbol(self.columns[name])
        value = self.value(declared.default)
        integer = declared.kind == "integer"
        if isinstance(value, Expr) and integer and not self.integer(declared.default):
            return rounded(value)
        return value

    def _array(self, declared: tree.Parameter, bounds: tree.Bounds) -> list:
        """Values of an array of parameters: those of the card, or the default."""
        given, count = [], 0
        while (key := element_key(declared.name, count)) in self.columns:
            known = self.given.fixed.get(key, symbol(self.columns[key]) if key in self.given.given else None)
            given += [] if known is None else [const(known) if isinstance(known, int | float) else known]
            count += 1
        if not given:
            return self.listed(declared.default, bounds)
        low, high = self.bounds(bounds)
        if len(given) != abs(high - low) + 1:
            message = f"'{declared.name}' has {abs(high - low) + 1} elements, {len(given)} are given"
            raise Fault(message, declared.at)
        return given

    def listed(self, values: tree.Expression, bounds: tree.Bounds) -> list:
        """Values of an array; missing ones are 0."""
        low, high = self.bounds(bounds)
        items = values.items if isinstance(values, tree.List) else (values,)
        if len(items) > abs(high - low) + 1:
            raise Fault(f"{len(items)} values for {abs(high - low) + 1} elements", values.at)
        elements: list = [self._item(item) for item in items]
        missing = "" if elements and isinstance(elements[0], str) else ZERO
        return elements + [missing] * (abs(high - low) + 1 - len(elements))

    def _item(self, item: tree.Expression) -> Value:
        """An element of a list: a number or a word."""
        value = self.value(item)
        return value if isinstance(value, str) else self.number(item)

    def bounds(self, bounds: tree.Bounds) -> tuple[int, int]:
        """Bounds of an array."""
        low, high = (self.whole(self.number(b), b.at) for b in bounds)
        if abs(high - low) > LARGEST:
            raise Fault(f"an array has at most {LARGEST} elements", bounds[0].at)
        return low, high

    def known(self, name: str, at: int) -> Fault:
        """A fault: there is no such name."""
        names = [*self.scope.defined(), *(n for scope in self.locals for n in scope)]
        return Fault(f"'{name}' is not declared{nearest(name, names)}", at)

    # ------------------------------------------------------------------ conditions

    @staticmethod
    def given_by(expression: Expr, known: dict[Expr, bool]) -> bool:
        """Whether an expression consists of known symbols; what is found is added to `known`."""
        stack = [expression]
        while stack:
            node = stack[-1]
            if node in known:
                stack.pop()
                continue
            if node.op == "symbol":
                known[node] = False
                continue
            missing = [a for a in node.args if a not in known]
            if missing:
                stack += missing
            else:
                known[node] = all(known[a] for a in node.args)
        return known[expression]

    def has_rate(self, expression: Expr) -> bool:
        """Whether a time derivative occurs; what is found is remembered, since many calls ask for much the same."""
        rates, waiting = self._rates, [expression]
        while waiting:
            node = waiting[-1]
            missing = [a for a in node.args if a not in rates]
            if missing:
                waiting += missing
                continue
            rates[node] = node.op == "ddt" or any(rates[a] for a in node.args)
            waiting.pop()
        return rates[expression]

    def fixed(self, expression: Expr) -> bool:
        """Whether an expression depends on parameters alone."""
        return self.given_by(expression, self._parameters)

    def sampled(self, expression: Expr, at: int) -> float:
        """Value of an expression of parameters in the devices that the model is made for; it is recorded."""
        if expression.op == "const":
            return expression.number
        if not self.fixed(expression):
            raise Fault(
                "this must be known before the simulation: it may depend on parameters, but not on voltages, the time "
                "or the temperature",
                at,
            )
        value = float(evaluate([expression], self.given.sample)[0])
        self.decided[expression if expression.op in TRUTHS else graph.eq(expression, value)] = (
            value != 0.0 if expression.op in TRUTHS else True
        )
        return value

    def whole(self, expression: Expr, at: int) -> int:
        """Value of an expression that must be known, as an integer."""
        value = self.sampled(expression, at)
        if not abs(value) < FAR:
            raise Fault(f"{value:g} is no integer that can be used here", at)
        return int(value)

    def decide(self, condition: Expr) -> bool | None:
        """Which way a condition goes on parameters and temperature alone; None if it depends on more."""
        if condition.op == "const":
            return condition.number != 0.0
        if not self.given_by(condition, self._constants):
            return None
        decision = bool(evaluate([condition], self.given.sample)[0] != 0.0)
        self.decided[condition] = decision
        return decision

    # ------------------------------------------------------------------ expressions

    def number(self, expression: tree.Expression) -> Expr:
        """Value of an expression that is a number."""
        value = self.value(expression)
        if isinstance(value, Expr):
            return value
        what = "a string" if isinstance(value, str) else "an array"
        raise Fault(f"a number is needed here, this is {what}", expression.at)

    def value(self, expression: tree.Expression) -> Value:
        """Value of an expression."""
        return _VALUES[type(expression)](self, expression)

    def _constant(self, node: tree.Number) -> Expr:
        return const(node.value)

    def _string(self, node: tree.String) -> str:
        return node.value

    def _list(self, node: tree.List) -> Value:
        """Strings are joined."""
        parts = [self.value(item) for item in node.items]
        if parts and all(isinstance(part, str) for part in parts):
            return "".join(part for part in parts if isinstance(part, str))
        raise Fault("a list can only initialise an array", node.at)

    def _port(self, node: tree.PortFlow) -> Value:
        raise Fault("the flow of a port is I(<port>)", node.at)

    def _slice(self, node: tree.Slice) -> Value:
        raise Fault(f"'{node.name}[…:…]' are several elements, and one number is needed here", node.at)

    def call(self, call: tree.Call) -> Value:
        """Value of a call."""
        raise NotImplementedError

    def _compared(self, comparison: Expr) -> Expr:
        """A comparison, or what is known of it."""
        return comparison

    def _name(self, node: tree.Name) -> Value:
        name = node.name
        variable = self.variable(name)
        if variable is not None:
            key, declared = variable
            if declared.bounds is not None:
                low, high = sorted(self.bounds(declared.bounds))
                return [self.load((key, i), declared, node.at) for i in range(low, high + 1)]
            return self.load(key, declared, node.at)
        if name in self.scope.parameters or name in self.scope.aliases:
            return self.parameter(name)
        if name[0] == "$":
            return self.call(tree.Call(name, (), node.at))
        attribute = self.scope.nature_attribute(name)
        if attribute is not None:
            return self.value(attribute)
        raise self.known(name, node.at)

    def load(self, key: Hashable, declared: tree.Variable, at: int) -> Value:
        """Value of a variable; one that is not assigned yet has that of the last accepted point."""
        value = self.values.get(key)
        return self.before(key, declared, at) if value is None else value

    def before(self, key: Hashable, declared: tree.Variable, at: int) -> Value:
        """Value of a variable before the block runs."""
        raise Fault(f"'{declared.name}' is a variable; only parameters are known here", at)

    def _element(self, node: tree.Index) -> Value:
        index = self.number(node.place)
        variable = self.variable(node.name)
        if variable is not None:
            key, declared = variable
            if declared.bounds is None:
                raise Fault(f"'{node.name}' is no array", node.at)
            low, high = sorted(self.bounds(declared.bounds))

            def element(i: int) -> Value:
                return self.load((key, i), declared, node.at)

        elif node.name in self.scope.parameters and self.scope.parameters[node.name].bounds is not None:
            values = self.parameter(node.name)
            bounds = self.scope.parameters[node.name].bounds
            assert bounds is not None and isinstance(values, list)
            first, last = self.bounds(bounds)
            low, high = min(first, last), max(first, last)

            def element(i: int) -> Value:
                variable: Value = values[abs(i - first)]
                return variable

        else:
            raise self.known(node.name, node.at)
        if index.op == "const" or self.fixed(index):
            at = self.whole(index, node.at)
            if not low <= at <= high:
                raise Fault(f"'{node.name}' has elements {low} to {high}, and no {at}", node.at)
            return element(at)
        result = ZERO
        for i in range(high, low - 1, -1):
            value = element(i)
            assert isinstance(value, Expr)
            result = where(graph.eq(index, float(i)), value, result)
        return result

    def _unary(self, node: tree.Unary) -> Expr:
        operand = self.number(node.operand)
        if node.operator == "-":
            return -operand
        if node.operator == "!":
            return logical_not(operand)
        if node.operator == "~":
            return -operand - 1.0
        if node.operator == "+":
            return operand
        return reduced(node.operator, operand if self.integer(node.operand) else rounded(operand))

    def _binary(self, node: tree.Binary) -> Value:
        # sums of many terms are deep on the left: no recursion there
        chain = [node]
        while isinstance(left := chain[-1].left, tree.Binary):
            chain.append(left)
        value = self.value(chain[-1].left)
        for step in reversed(chain):
            value = self._operation(step, value)
        return value

    def _operation(self, node: tree.Binary, left: Value) -> Expr:
        operator = node.operator
        known = isinstance(left, Expr) and left.op == "const" and operator in ("&&", "||")
        if known and isinstance(left, Expr) and (left.number != 0.0) == (operator == "||"):
            return const(float(operator == "||"))  # the right operand is not evaluated
        right = self.value(node.right)
        if isinstance(left, str) and isinstance(right, str) and operator in COMPARISONS:
            return const(float(COMPARISONS[operator](left, right)))
        if not isinstance(left, Expr) or not isinstance(right, Expr):
            raise Fault(f"'{operator}' needs numbers on both sides", node.at)
        if operator in _OVERFLOWING and self.integer(node.left) and self.integer(node.right):
            return self._whole_operation(operator, left, right)
        if operator == "**":
            return power(left, right, self.integer(node.right))
        if operator in ARITHMETIC:
            return self._arithmetic(operator, left, right)
        if left.op in TRUTHS and right.op in TRUTHS and operator in OF_TRUTHS:
            return OF_TRUTHS[operator](left, right)
        if right.op != "const" and (operator in SHIFTS or self.fixed(right)):
            right = const(self.sampled(right, node.at))
        if left.op != "const" and self.fixed(left):
            left = const(self.sampled(left, node.at))
        left, right = (
            e if e.op == "const" or self.integer(n) else rounded(e)
            for e, n in ((left, node.left), (right, node.right))
        )
        cases = over_cases(lambda a, b: bits(operator, a, b), left, right)
        return bits(operator, left, right) if cases is None else cases

    def _whole_operation(self, operator: str, left: Expr, right: Expr) -> Expr:
        """Arithmetic of integers: quotients lose their rest, and numbers that are known have 32 bits."""
        if operator == "/":
            return graph.trunc(ARITHMETIC["/"](left, right))
        if left.op == "const" and right.op == "const" and abs(left.number) + abs(right.number) < FAR:
            a, b = int(left.number), int(right.number)
            return const(float(wrapped(a + b if operator == "+" else a - b if operator == "-" else a * b)))
        return self._arithmetic(operator, left, right)

    def _arithmetic(self, operator: str, left: Expr, right: Expr) -> Expr:
        """Arithmetic of numbers, and comparisons; on choices between numbers it is done in each case."""
        function = ARITHMETIC[operator]
        if left.op == "where" or right.op == "where":
            left, right = chosen(left, self.known_conditions), chosen(right, self.known_conditions)
            by_case = over_cases(function, left, right)
            return function(left, right) if by_case is None else by_case
        result = function(left, right)
        return self._compared(result) if result.op in TRUTHS else result

    def _conditional(self, node: tree.Conditional) -> Value:
        condition = self.number(node.condition)
        if condition.op == "const":
            return self.value(node.yes if condition.number != 0.0 else node.no)
        yes, no = self.value(node.yes), self.value(node.no)
        if isinstance(yes, Expr) and isinstance(no, Expr):
            return where(condition, yes, no)
        chosen = self.decide(condition)
        if chosen is None:
            raise Fault(
                "only numbers can be chosen by a condition that changes during the simulation", node.at
            )
        return yes if chosen else no


_VALUES: dict[type, Callable[..., Value]] = {
    tree.Number: Evaluation._constant,
    tree.String: Evaluation._string,
    tree.Name: Evaluation._name,
    tree.Index: Evaluation._element,
    tree.PortFlow: Evaluation._port,
    tree.Slice: Evaluation._slice,
    tree.Unary: Evaluation._unary,
    tree.Binary: Evaluation._binary,
    tree.Conditional: Evaluation._conditional,
    tree.Call: lambda evaluation, node: evaluation.call(node),
    tree.List: Evaluation._list,
}
