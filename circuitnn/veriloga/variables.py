"""Variables: what they hold, and functions, whose variables live for one call."""

from __future__ import annotations

from collections.abc import Hashable

from circuitnn.equations import graph
from circuitnn.equations.expr import ZERO, Expr, symbol
from circuitnn.equations.rules import where
from circuitnn.veriloga import tree
from circuitnn.veriloga.evaluation import Value
from circuitnn.veriloga.functions import rounded
from circuitnn.veriloga.memory_operators import Remembering
from circuitnn.veriloga.operators import BEFORE
from circuitnn.veriloga.source import Fault

STEPS = 300_000  # statements that are executed at most: a loop may never end
DEPTH = 32  # calls of functions within each other


def owner(key: Hashable) -> Hashable:
    """Key of the array that an element belongs to; other keys are their own."""
    return key[0] if isinstance(key, tuple) and len(key) == 2 and isinstance(key[1], int) else key


class Variables(Remembering):
    """Keeps the values of variables.

    Attributes
    ----------
    kept : frozenset of str
        Variables that are assigned outside ``@(initial_step)``.
    declared : dict
        Variables by key.
    initials : dict
        Values of variables before the first point, by key, where an ``@(initial_step)`` gives them.
    """

    kept: frozenset[str]
    declared: dict[Hashable, tree.Variable]

    def start(self) -> None:
        """Begin without values."""
        self.journal: list[tuple[Hashable, Value | None]] = []
        self.initials: dict[Hashable, Value] = {}
        self.latches: set[Hashable] = set()  # variables that the first point gives
        self.targets: list[str] = []
        self._steps = 0
        self._depth = 0

    def step(self, at: int) -> None:
        """Count what is executed."""
        self._steps += 1
        if self._steps > STEPS:
            raise Fault(f"more than {STEPS} statements are executed: does a loop end?", at)

    def execute(self, statement: tree.Statement) -> None:
        """Execute a statement."""
        raise NotImplementedError

    def store(self, key: Hashable, value: Value) -> None:
        """Assign a value."""
        self.journal.append((key, self.values.get(key)))
        self.values[key] = value

    def before(self, key: Hashable, declared: tree.Variable, at: int) -> Value:
        """Value of a variable that is not assigned yet: that of the last accepted point, if anything assigns it."""
        if key in self.initials and declared.name not in self.kept:
            return self.initials[key]
        if declared.kind == "string":
            return ""
        if (declared.name in self.kept or key in self.latches) and isinstance(owner(key), str):
            name = f"{key[0]}[{key[1]}]" if isinstance(key, tuple) else str(key)
            self.read.setdefault(name, (key, at))
            return symbol(BEFORE + name)
        return self.initial(key, declared)

    def initial(self, key: Hashable, declared: tree.Variable) -> Value:
        """Value of a variable before the first point."""
        if key in self.initials:
            return self.initials[key]
        if declared.initial is None:
            return ZERO
        if declared.bounds is None:
            return self.value(declared.initial)
        low = min(self.bounds(declared.bounds))
        assert isinstance(key, tuple)
        initial: Value = self.listed(declared.initial, declared.bounds)[key[1] - low]
        return initial

    def first_value(self, name: str) -> Expr | None:
        """Value before the first point of the variable that a symbol stands for, if it is one."""
        key, _ = self.read.get(name.removeprefix(BEFORE), (None, 0))
        if key is None or not name.startswith(BEFORE):
            return None
        initial = self.initial(key, self.declared[owner(key)])
        return initial if isinstance(initial, Expr) else None

    def target_name(self) -> str:
        """Name of the variable that is being assigned, if any."""
        return self.targets[-1] if self.targets else ""

    def converted(self, declared: tree.Variable, value: Value | None, statement: tree.Assignment) -> Value:
        """A value as the variable takes it: integers round."""
        if declared.kind == "string":
            if isinstance(value, str):
                return value
            raise Fault(f"'{declared.name}' takes a string", statement.at)
        if not isinstance(value, Expr):
            raise Fault(f"'{declared.name}' takes a number", statement.at)
        if declared.kind == "real" or self.integer(statement.value):
            return value
        return rounded(value)

    def store_array(self, key: Hashable, declared: tree.Variable, values: Value, at: int) -> None:
        """Assign all elements of an array."""
        assert declared.bounds is not None
        low, high = sorted(self.bounds(declared.bounds))
        if not isinstance(values, list) or len(values) != high - low + 1:
            raise Fault(f"'{declared.name}' takes an array of {high - low + 1} elements", at)
        for i, value in enumerate(values, low):
            self.store((key, i), value)

    def store_element(
        self,
        key: Hashable,
        declared: tree.Variable,
        target: tree.Index,
        value: Value | None,
        statement: tree.Assignment,
    ) -> None:
        """Assign an element of an array; where the index changes during the simulation, each may be the one."""
        if declared.bounds is None:
            raise Fault(f"'{declared.name}' is no array", target.at)
        low, high = sorted(self.bounds(declared.bounds))
        index, new_value = self.number(target.place), self.converted(declared, value, statement)
        if index.op == "const" or self.fixed(index):
            at = self.whole(index, target.at)
            if not low <= at <= high:
                raise Fault(f"'{declared.name}' has elements {low} to {high}, and no {at}", target.at)
            self.store((key, at), new_value)
            return
        for i in range(low, high + 1):
            old = self.load((key, i), declared, target.at)
            if not isinstance(new_value, Expr) or not isinstance(old, Expr):
                raise Fault("the index of an array of strings must be known", target.at)
            self.store((key, i), where(graph.eq(index, float(i)), new_value, old))

    def function(self, function: tree.Function, call: tree.Call) -> Value:
        """Value of a call of an analog function: its statements are executed for it."""
        if len(call.arguments) != len(function.arguments) or None in call.arguments:
            wanted = ", ".join(name for name, _ in function.arguments)
            raise Fault(f"'{function.name}' takes {len(function.arguments)} arguments ({wanted})", call.at)
        self._depth += 1
        if self._depth > DEPTH:
            raise Fault(f"functions call each other more than {DEPTH} deep", call.at)
        names = self._of_call(function)
        given = list(zip(function.arguments, call.arguments, strict=True))
        for (name, direction), argument in given:
            key, item = names[name]
            if direction != "output" and argument is not None:
                value = self.value(argument)
                if isinstance(value, list) and item.bounds is not None:
                    self.store_array(key, item, value, argument.at)
                else:
                    as_given = tree.Assignment(tree.Name(name, argument.at), argument, argument.at)
                    self.store(key, self.converted(item, value, as_given))
        outer, self.locals = self.locals, [names]
        self.execute(function.body)
        results = {
            name: self.value(tree.Name(name, call.at)) for name, way in function.arguments if way != "input"
        }
        value = self.value(tree.Name(function.name, call.at))
        self.locals = outer
        for (name, direction), argument in given:
            if direction != "input":
                self._return(results[name], argument, call)
        self._depth -= 1
        return value

    def _of_call(self, function: tree.Function) -> dict[str, tuple[Hashable, tree.Variable]]:
        """Keys and declarations of a function's variables for one call."""
        declared = {item.name: item for item in function.declarations if isinstance(item, tree.Variable)}
        usual = tree.Variable(function.name, function.kind, None, None, {}, function.at)
        names: dict[str, tuple[Hashable, tree.Variable]] = {}
        self.step(function.at)
        for name in (function.name, *declared, *(name for name, _ in function.arguments)):
            key = ("call", self._steps, name)
            names[name] = key, declared.get(name, usual._replace(name=name))
            self.declared[key] = names[name][1]
        return names

    def _return(self, value: Value, argument: tree.Expression | None, call: tree.Call) -> None:
        """Assign the value of an output argument."""
        if not isinstance(argument, tree.Name | tree.Index):
            raise Fault(f"an output of '{call.name}' needs a variable", call.at)
        variable = self.variable(argument.name)
        if variable is None:
            raise self.known(argument.name, argument.at)
        key, declared = variable
        if isinstance(argument, tree.Index):
            index = self.whole(self.number(argument.place), argument.at)
            self.store((key, index), value)
        elif declared.bounds is not None:
            self.store_array(key, declared, value, argument.at)
        else:
            self.store(
                key, rounded(value) if declared.kind == "integer" and isinstance(value, Expr) else value
            )
