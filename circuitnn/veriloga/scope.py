"""Declarations of a module: what its names stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from circuitnn.errors import nearest
from circuitnn.records import dataclass, field
from circuitnn.veriloga import tree
from circuitnn.veriloga.source import Fault
from circuitnn.veriloga.standard import DISCIPLINES

# Access functions that every file may use, even one that includes no disciplines.
_ACCESS = {"V": ("potential", "Voltage"), "I": ("flow", "Current"), "Temp": ("potential", "Temperature")}
_ACCESS |= {"Pwr": ("flow", "Power"), "potential": ("potential", ""), "flow": ("flow", "")}
GROUND = ""
_STANDARD = (*(name for name, _, _ in DISCIPLINES), "logic")


class Branch(NamedTuple):
    """A branch between two nodes; an unnamed one has no name, and ground as a node is empty."""

    name: str
    plus: str
    minus: str

    def __str__(self) -> str:
        return self.name or (f"{self.plus},{self.minus}" if self.minus else self.plus)


@dataclass
class Scope:
    """Names of a module.

    Parameters
    ----------
    module : tree.Module
    access : mapping of str to (str, str)
        Access function → ``potential`` or ``flow``, and the nature.
    joined : mapping of str to str
        Ports of instances → the nodes that they are connected to.
    vectors : mapping of str to (int, int)
        Arrays of nodes and branches, whose elements are nodes and branches of their own.
    """

    module: tree.Module
    access: dict[str, tuple[str, str]]
    natures: dict[str, tree.Nature]
    disciplines: dict[str, tree.Discipline] = field(default_factory=dict)
    parameters: dict[str, tree.Parameter] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    variables: dict[str, tree.Variable] = field(default_factory=dict)
    nodes: dict[str, tree.Net] = field(default_factory=dict)
    branches: dict[str, Branch] = field(default_factory=dict)
    functions: dict[str, tree.Function] = field(default_factory=dict)
    analogs: list[tree.Analog] = field(default_factory=list)
    joined: Mapping[str, str] = field(default_factory=dict)
    vectors: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def ports(self) -> list[str]:
        """Names of the ports, in order."""
        return [port.name for port in self.module.ports]

    def node(self, expression: tree.Expression) -> str:
        """Node that an argument of an access function or branch names; empty for ground."""
        name = self.element(expression) if isinstance(expression, tree.Index) else expression
        if not isinstance(name, tree.Name):
            raise Fault("the name of a node is needed here", expression.at)
        net = self.nodes.get(name.name)
        if net is None:
            if name.name in self.vectors:
                raise Fault(f"'{name.name}' is an array of nodes; one of them is needed", name.at)
            known = [*self.nodes, *self.branches]
            message = f"there is no node '{name.name}'{nearest(name.name, known)}"
            raise Fault(message, name.at)
        while net.name in self.joined:
            net = self.nodes[self.joined[net.name]]
        return GROUND if net.ground else net.name

    def element(self, expression: tree.Index) -> tree.Name:
        """Name of an element of an array of nodes or branches."""
        bounds = self.vectors.get(expression.name)
        if bounds is None:
            raise Fault(f"'{expression.name}' is no array of nodes or branches", expression.at)
        if not isinstance(expression.place, tree.Number):
            raise Fault("the index of a node must be known", expression.at)
        index = int(expression.place.value)
        if not min(bounds) <= index <= max(bounds):
            message = f"'{expression.name}' has elements {bounds[0]} to {bounds[1]}, and no {index}"
            raise Fault(message, expression.at)
        return tree.Name(f"{expression.name}[{index}]", expression.at)

    def branch(self, call: tree.Call) -> tuple[Branch, float]:
        """The branch that an access function is called with, and its sign there."""
        arguments = call.arguments
        if not 1 <= len(arguments) <= 2 or arguments[0] is None:
            raise Fault(f"'{call.name}' takes a branch, or one or two nodes", call.at)
        first = self.element(arguments[0]) if isinstance(arguments[0], tree.Index) else arguments[0]
        if len(arguments) == 1 and isinstance(first, tree.Name) and first.name in self.branches:
            return self.branches[first.name], 1.0
        plus = self.node(first)
        minus = self.node(arguments[1]) if len(arguments) == 2 and arguments[1] is not None else GROUND
        if plus == minus and not self.joined:
            raise Fault(f"both nodes of '{call.name}' are the same", call.at)
        order = [GROUND, *self.nodes]
        if minus != GROUND and (plus == GROUND or order.index(plus) > order.index(minus)):
            return Branch("", minus, plus), -1.0
        return (Branch("", plus, minus), 1.0) if plus != GROUND else (Branch("", minus, plus), -1.0)

    def nature_attribute(self, name: str) -> tree.Expression | None:
        """Value of an attribute of a nature: ``Voltage.abstol``, ``node.potential.abstol``; None if it is none."""
        of, _, attribute = name.rpartition(".")
        nature = self.natures.get(of)
        node, _, kind = of.rpartition(".")
        if nature is None and kind in ("potential", "flow"):
            net = self.nodes.get(self.branches[node].plus if node in self.branches else node)
            discipline = self.disciplines.get(net.discipline) if net is not None else None
            nature = self.natures.get(getattr(discipline, kind, ""))
        return None if nature is None else nature.values.get(attribute)

    def defined(self) -> Iterator[str]:
        """All names of the module."""
        for names in self._kinds_of_names():
            yield from names

    def defines(self, name: str) -> bool:
        """Whether a name stands for something in the module."""
        return any(name in names for names in self._kinds_of_names())

    def _kinds_of_names(self) -> tuple[Mapping[str, object], ...]:
        return self.parameters, self.aliases, self.variables, self.nodes, self.branches, self.functions


def parameters_of(module: tree.Module) -> Scope:
    """What is known of a module before the rest is: its parameters and functions."""
    scope = Scope(module, dict(_ACCESS), {})
    for item in module.items:
        if isinstance(item, tree.Parameter | tree.Alias | tree.Function):
            with suppress(Fault):  # reported with the other declarations
                _declare(scope, item)
    return scope


def scope_of(
    module: tree.Module,
    file: tree.File,
    joined: Mapping[str, str],
    vectors: Mapping[str, tuple[int, int]],
) -> tuple[Scope, list[Fault]]:
    """Collect the declarations of a flat module, and what is wrong with them."""
    natures = {nature.name: nature for nature in file.natures}
    access = dict(_ACCESS)
    for discipline in file.disciplines:
        for kind, name in (("potential", discipline.potential), ("flow", discipline.flow)):
            nature = natures.get(name)
            word = nature.values.get("access") if nature else None
            if isinstance(word, tree.Name):
                access[word.name] = kind, name
    scope, faults = Scope(module, access, natures, joined=joined, vectors=vectors), list[Fault]()
    scope.disciplines = {discipline.name: discipline for discipline in file.disciplines}
    for port in module.ports:
        scope.nodes[port.name] = tree.Net(port.name, "", "", False, None, {}, port.at)
    for item in module.items:
        try:
            _declare(scope, item)
        except Fault as fault:
            faults.append(fault)
    for item in module.items:
        if isinstance(item, tree.Branch):
            try:
                minus = scope.node(item.minus) if item.minus is not None else GROUND
                scope.branches[item.name] = Branch(item.name, scope.node(item.plus), minus)
            except Fault as fault:
                faults.append(fault)
    return scope, faults


def _declare(scope: Scope, item: tree.Item) -> None:
    if isinstance(item, tree.Analog):
        scope.analogs.append(item)
    elif isinstance(item, tree.Net):
        _declare_node(scope, item)
    elif isinstance(item, tree.Instance | tree.Defparam | tree.Generate):
        raise AssertionError("a flat module has none of these")
    elif isinstance(item, tree.Variable) and item.name in scope.nodes:
        return  # `real` of an output port, as digital Verilog has it
    else:
        if scope.defines(item.name):
            raise Fault(f"'{item.name}' is declared twice", item.at)
        if isinstance(item, tree.Parameter):
            scope.parameters[item.name] = item
        elif isinstance(item, tree.Alias):
            if item.parameter not in scope.parameters:
                near = nearest(item.parameter, list(scope.parameters))
                raise Fault(f"'{item.parameter}' is no parameter that is declared before{near}", item.at)
            scope.aliases[item.name] = item.parameter
        elif isinstance(item, tree.Variable):
            scope.variables[item.name] = item
        elif isinstance(item, tree.Function):
            scope.functions[item.name] = item
        else:
            scope.branches[item.name] = Branch(item.name, "", "")  # nodes follow when all are known


def _declare_node(scope: Scope, net: tree.Net) -> None:
    """A node may be declared in parts: direction, discipline, ground."""
    known_disciplines = {*scope.disciplines, *_STANDARD}
    if net.discipline and net.discipline not in known_disciplines:
        near = nearest(net.discipline, sorted(known_disciplines))
        raise Fault(f"there is no discipline '{net.discipline}'{near}", net.at)
    if net.ground and any(port.name == net.name for port in scope.module.ports):
        raise Fault(f"'{net.name}' is a port and cannot be ground", net.at)
    known = scope.nodes.get(net.name)
    if known is None:
        if net.direction:
            raise Fault(f"'{net.name}' is no port of the module", net.at)
        if scope.defines(net.name):
            raise Fault(f"'{net.name}' is declared twice", net.at)
        scope.nodes[net.name] = net
        return
    if net.discipline and known.discipline and net.discipline != known.discipline:
        raise Fault(f"'{net.name}' is of discipline '{known.discipline}' already", net.at)
    scope.nodes[net.name] = known._replace(
        discipline=net.discipline or known.discipline,
        direction=net.direction or known.direction,
        ground=net.ground or known.ground,
        attributes={**known.attributes, **net.attributes},
        initial=net.initial if net.initial is not None else known.initial,
    )
