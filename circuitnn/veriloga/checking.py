"""What is seen of a module without executing it: names that are not declared, what is assigned where."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import suppress

from circuitnn.errors import nearest
from circuitnn.records import dataclass
from circuitnn.veriloga import tree
from circuitnn.veriloga.scope import Branch, Scope
from circuitnn.veriloga.source import Fault
from circuitnn.veriloga.string_functions import METHODS


@dataclass(frozen=True)
class Survey:
    """What a module's statements do.

    Parameters
    ----------
    kept : frozenset of str
        Variables that are assigned outside ``@(initial_step)``: they keep their values from point to point.
    structural : frozenset of int
        Identities of the conditions on which the structure of the device depends.
    declared : dict
        Variables by key.
    asked : frozenset of str
        Parameters of which the module asks whether a card gives them.
    read : frozenset of str
        Variables that are read anywhere.
    """

    kept: frozenset[str]
    structural: frozenset[int]
    declared: dict[Hashable, tree.Variable]
    asked: frozenset[str]
    read: frozenset[str]


WRITING = ("$sformat", "$swrite")  # tasks that assign a string to their first argument


class Surveyor:
    """Walks through a module once."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.faults: list[Fault] = []
        self.kept: set[str] = set()
        self.started: set[str] = set()
        self.read: set[str] = set()
        self.asked: set[str] = set()
        self.structural: set[int] = set()
        self.declared: dict[Hashable, tree.Variable] = {}
        self.declared.update(scope.variables)
        self._locals: list[set[str]] = []
        self._starting = False
        self._driven: set[Branch] = set()

    def survey(self) -> Survey:
        """Look at all parameters, functions and analog blocks."""
        for parameter in self.scope.parameters.values():
            self._expressions(parameter.default, *(e for r in parameter.ranges for e in (r.low, r.high) if e))
        self._expressions(*(net.initial for net in self.scope.nodes.values() if net.initial is not None))
        for function in self.scope.functions.values():
            names = {function.name, *(name for name, _ in function.arguments)}
            self._locals.append(names | {item.name for item in function.declarations})
            self._statement(function.body)
            self._locals.pop()
        self._driven = {branch for block in self.scope.analogs for branch in self._potentials(block.body)}
        for block in self.scope.analogs:
            self._starting = block.initial
            self._statement(block.body)
        return Survey(
            frozenset(self.kept),
            frozenset(self.structural),
            self.declared,
            frozenset(self.asked),
            frozenset(self.read),
        )

    def _potentials(self, statement: tree.Statement) -> Iterator[Branch]:
        """Branches whose potential a statement gives."""
        if isinstance(statement, tree.Contribution) and self._gives_potential(statement.target):
            with suppress(Fault):
                yield self.scope.branch(statement.target)[0]
        for part in parts(statement):
            yield from self._potentials(part)

    def _gives_potential(self, target: tree.Call) -> bool:
        return self.scope.access.get(target.name, ("",))[0] == "potential"

    def _assigned(self, target: tree.Name | tree.Index) -> None:
        name = target.name
        if isinstance(target, tree.Index):
            self._expressions(target.place)
        if any(name in names for names in self._locals):
            self.kept.add(name)
            return
        if name not in self.scope.variables:
            if name in self.scope.parameters:
                self.faults.append(Fault(f"'{name}' is a parameter and cannot be assigned", target.at))
            else:
                self.faults.append(self._unknown(name, target.at, "variable"))
        (self.started if self._starting else self.kept).add(name)

    def _unknown(self, name: str, at: int, what: str) -> Fault:
        known = [*self.scope.defined(), *(n for names in self._locals for n in names)]
        return Fault(f"the {what} '{name}' is not declared{nearest(name, known)}", at)

    def _statement(self, statement: tree.Statement) -> bool:
        """Look at a statement; return whether it may change the structure of the device."""
        if isinstance(statement, tree.Assignment):
            self._assigned(statement.target)
            self._expressions(statement.value)
            return False
        if isinstance(statement, tree.Contribution):
            self._expressions(statement.target, statement.value)
            return self._chosen(statement.target)
        if isinstance(statement, tree.Task):
            if statement.call.name[0] != "$" or statement.call.name in self.scope.functions:
                self._expressions(statement.call)
            else:
                given = [a for a in statement.call.arguments if a is not None]
                target = given[0] if given and statement.call.name in WRITING else None
                if isinstance(target, tree.Name):
                    self._assigned(target)
                    del given[0]
                self._expressions(*given)
            return False
        if isinstance(statement, tree.Block):
            return self._block(statement)
        if isinstance(statement, tree.Event):
            before = self._starting
            names = {getattr(event, "name", "") for event in statement.events}
            for event in statement.events:
                self._expressions(*(getattr(event, "arguments", None) or ()))
            self._starting = before or names <= {"initial_step", "initial_model", "initial_instance"}
            structural = self._statement(statement.body)
            self._starting = before
            return structural
        structural = max([self._statement(part) for part in parts(statement)], default=False)  # all of them
        self._expressions(*_conditions(statement))
        if structural:
            self.structural.add(id(statement))
        return structural

    def _chosen(self, target: tree.Call) -> bool:
        """Whether a contribution goes to a branch whose potential is given somewhere."""
        if self._gives_potential(target) or any(isinstance(a, tree.Index) for a in target.arguments):
            return True
        try:
            return self.scope.branch(target)[0] in self._driven
        except Fault:
            return False  # execution reports it

    def _block(self, block: tree.Block) -> bool:
        for item in block.declarations:
            if isinstance(item, tree.Variable):
                self.declared[f"{block.name}.{item.name}"] = item
        self._locals.append({item.name for item in block.declarations})
        structural = max([self._statement(part) for part in block.statements], default=False)
        self._locals.pop()
        return structural

    def _expressions(self, *expressions: tree.Expression) -> None:
        waiting = [*expressions]
        while waiting:
            node = waiting.pop()
            if isinstance(node, tree.Name):
                self._name(node)
            elif isinstance(node, tree.Binary):
                waiting += (node.left, node.right)
            elif isinstance(node, tree.Call):
                waiting += self._call(node)
            elif isinstance(node, tree.Unary):
                waiting.append(node.operand)
            elif isinstance(node, tree.Conditional):
                waiting += (node.condition, node.yes, node.no)
            elif isinstance(node, tree.Index):
                self._name(node)
                waiting.append(node.place)
            elif isinstance(node, tree.List):
                waiting += node.items

    def _name(self, node: tree.Name | tree.Index) -> None:
        name = node.name
        scope = self.scope
        if any(name in names for names in self._locals) or name in scope.variables:
            self.read.add(name)
        elif name not in scope.parameters and name not in scope.aliases and name[0] != "$":
            if scope.nature_attribute(name) is not None:
                return
            self.faults.append(self._unknown(name, node.at, "name"))

    def _call(self, call: tree.Call) -> list[tree.Expression]:
        """Arguments of a call that are values."""
        given = [a for a in call.arguments if a is not None]
        if call.name in self.scope.access:
            return [a.place for a in given if isinstance(a, tree.Index)]
        if call.name in ("$param_given", "$port_connected", "analysis"):
            if call.name == "$param_given" and given and isinstance(given[0], tree.Name):
                self.asked.add(self.scope.aliases.get(given[0].name, given[0].name))
            return []
        text, _, method = call.name.rpartition(".")
        if text and method in METHODS:
            return [tree.Name(text, call.at), *given]
        if call.name in ("ddx",):
            return given[:1]
        if call.name == "$limit" and len(given) > 1 and getattr(given[1], "name", "") in self.scope.functions:
            return [given[0], *given[2:]]  # the second one is a limiting function
        function = self.scope.functions.get(call.name)
        if function is not None and len(function.arguments) == len(given):
            for (_, direction), argument in zip(function.arguments, given, strict=True):
                if direction != "input" and isinstance(argument, tree.Name | tree.Index):
                    self._assigned(argument)
            return [a for (_, d), a in zip(function.arguments, given, strict=True) if d != "output"]
        if call.name[0] != "$" and given and all(self._names_a_node(a) for a in given):
            near = nearest(call.name, list(self.scope.access))
            message = f"'{call.name}' is no access function of a discipline{near}"
            self.faults.append(Fault(f"{message}; {', '.join(sorted(self.scope.access))} are", call.at))
            return []
        return given

    def _names_a_node(self, argument: tree.Expression) -> bool:
        """Whether an argument can only be the node or branch of an access function."""
        if not isinstance(argument, tree.Name) or any(argument.name in names for names in self._locals):
            return False
        if argument.name in self.scope.variables or argument.name in self.scope.parameters:
            return False
        return argument.name in self.scope.nodes or argument.name in self.scope.branches


def parts(statement: tree.Statement) -> Iterator[tree.Statement]:
    """Statements within a statement that chooses or repeats."""
    if isinstance(statement, tree.If):
        yield statement.yes
        if statement.no is not None:
            yield statement.no
    elif isinstance(statement, tree.Case):
        yield from (body for _, body in statement.items)
    elif isinstance(statement, tree.Loop):
        if statement.start is not None:
            yield statement.start
        yield statement.body
        if statement.step is not None:
            yield statement.step
    elif isinstance(statement, tree.Repeat | tree.Event):
        yield statement.body
    elif isinstance(statement, tree.Block):
        yield from statement.statements


def _conditions(statement: tree.Statement) -> Iterator[tree.Expression]:
    """Expressions that choose or repeat."""
    if isinstance(statement, tree.If | tree.Loop):
        yield statement.condition
    elif isinstance(statement, tree.Case):
        yield statement.value
        for labels, _ in statement.items:
            yield from labels
    elif isinstance(statement, tree.Repeat):
        yield statement.times
