"""Modules within modules, generated items, and arrays of nodes: one flat module without them.

Names of an instance begin with its own name and a point, elements of arrays of nodes have their index in brackets, and
a generated block its index, too: ``cell[2].load.n``. Parameters of an instance become local parameters of the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from circuitnn.errors import nearest
from circuitnn.records import dataclass, field
from circuitnn.veriloga import tree
from circuitnn.veriloga.evaluation import LARGEST, Evaluation
from circuitnn.veriloga.modules import PLAIN, answered, between, check_index, declared
from circuitnn.veriloga.ranges import checks
from circuitnn.veriloga.renaming import Names, new_name, renamed
from circuitnn.veriloga.source import Fault

DEEPEST = 32  # modules within each other
MOST = 100_000  # items of a flat module


@dataclass
class Flat:
    """A module without instances.

    Parameters
    ----------
    module : tree.Module
    joined : dict of str to str
        Ports of instances → the nodes that they are connected to.
    vectors : dict of str to (int, int)
        Arrays of nodes and branches, with their first and last index.
    """

    module: tree.Module
    joined: dict[str, str] = field(default_factory=dict)
    vectors: dict[str, tuple[int, int]] = field(default_factory=dict)


class _Level(NamedTuple):
    """Where items stand: how their names begin, what names stand for, and values given by ``defparam``."""

    prefix: str
    names: dict[str, Any]
    given: dict[str, tree.Expression]
    depth: int
    top: bool


def needs_flattening(module: tree.Module) -> bool:
    """Whether a module has instances, generated items or arrays of nodes."""
    plain = (*PLAIN, tree.Net, tree.Branch)
    return any(not isinstance(item, plain) or _is_array(item) for item in module.items)


def _is_array(item: tree.Item) -> bool:
    return isinstance(item, tree.Net | tree.Branch) and item.bounds is not None


def flattened(module: tree.Module, library: Mapping[str, tree.Module], constants: Evaluation) -> Flat:
    """The module with everything that its instances consist of.

    Parameters
    ----------
    module : tree.Module
    library : mapping of str to tree.Module
        Modules by name.
    constants : Evaluation
        Evaluates what must be known; its scope gets the parameters of instances.

    Raises
    ------
    Fault
        For instances of unknown modules, ports and parameters, and connections of different width.
    """
    return _Flattening(module, library, constants).done()


class _Flattening:
    def __init__(
        self, module: tree.Module, library: Mapping[str, tree.Module], constants: Evaluation
    ) -> None:
        self.module, self.library, self.constants = module, library, constants
        self.items: list[tree.Item] = []
        self.flat = Flat(module)
        self.nodes: dict[str, str] = {}  # → discipline
        self.declared: set[str] = set()  # nodes with an item of their own

    def done(self) -> Flat:
        """Expand the module."""
        self._expand(self.module.items, _Level("", {}, {}, 0, True))
        ports = [tree.Name(name, port.at) for port in self.module.ports for name in self._elements(port.name)]
        self.flat.module = self.module._replace(ports=tuple(ports), items=tuple(self.items))
        return self.flat

    def _add(self, item: tree.Item) -> None:
        self.items.append(item)
        if len(self.items) > MOST:
            raise Fault(f"a module with its instances has at most {MOST} items", item.at)

    def _number(self, expression: tree.Expression) -> int:
        """Value of an expression that must be known; names are those of the flat module."""
        return self.constants.whole(self.constants.number(expression), expression.at)

    def _bounds(self, bounds: tree.Bounds, names: Names) -> tuple[int, int]:
        first, last = (self._number(renamed(end, names)) for end in bounds)
        if abs(first - last) >= LARGEST:
            raise Fault(f"an array has at most {LARGEST} elements", bounds[0].at)
        return first, last

    def _elements(self, name: str) -> list[str]:
        """Names of the elements of an array of nodes; a single node is its own element."""
        bounds = self.flat.vectors.get(name)
        return [name] if bounds is None else [f"{name}[{i}]" for i in between(*bounds)]

    # ------------------------------------------------------------------ items

    def _expand(self, items: Sequence[tree.Item], level: _Level) -> None:
        """Add items, with names that begin as this level says."""
        for name in declared(items):
            level.names[name] = level.prefix + name
        for item in items:
            if isinstance(item, tree.Defparam):
                level.given[item.path] = renamed(item.value, level.names)
        for item in items:
            if isinstance(item, PLAIN):
                self._plain(item, level)
        for item in items:
            if isinstance(item, tree.Net):
                self._net(item, level)
        for item in items:
            if isinstance(item, tree.Branch):
                self._branch(item, level)
            elif isinstance(item, tree.Instance):
                self._instances(item, level)
            elif isinstance(item, tree.GenerateLoop):
                self._repeat(item, level)
            elif isinstance(item, tree.GenerateIf | tree.GenerateCase):
                self._choose(item, level)

    def _plain(self, item: Any, level: _Level) -> None:
        parameter = renamed(item, level.names)
        if not isinstance(item, tree.Analog):
            parameter = parameter._replace(name=level.prefix + item.name)
        if isinstance(item, tree.Alias):
            parameter = parameter._replace(parameter=new_name(item.parameter, level.names))
        if isinstance(item, tree.Parameter):
            if item.name in level.given:
                parameter = parameter._replace(default=level.given[item.name])
            if not level.top:
                for check in checks(parameter, parameter.name):
                    self._add(check)
                parameter = parameter._replace(local=True)
                self.constants.scope.parameters[parameter.name] = parameter
        self._add(parameter)

    def _net(self, item: tree.Net, level: _Level) -> None:
        name = level.prefix + item.name
        if item.bounds is not None:
            self.flat.vectors[name] = self._bounds(item.bounds, level.names)
        elements = self._elements(name)
        for element, initial in zip(elements, self._initials(item, len(elements), level), strict=True):
            self.nodes[element] = item.discipline or self.nodes.get(element, "")
            direction = item.direction if level.top else ""
            self.declared.add(element)
            self._add(item._replace(name=element, bounds=None, direction=direction, initial=initial))

    def _initials(self, item: tree.Net, count: int, level: _Level) -> Sequence[tree.Expression | None]:
        """Initial potentials of the elements of an array of nodes, or of a node."""
        if item.initial is None:
            return [None] * count
        initial = renamed(item.initial, level.names)
        if item.bounds is None:
            return [initial]
        if not isinstance(initial, tree.List) or len(initial.items) != count:
            raise Fault(f"'{item.name}' needs a list '{{…}} of {count} initial values", item.at)
        items: Sequence[tree.Expression] = initial.items
        return items

    def _branch(self, item: tree.Branch, level: _Level) -> None:
        plus = self._nodes(item.plus, level)
        minus = self._nodes(item.minus, level) if item.minus is not None else [""]
        name = level.prefix + item.name
        width = max(len(plus), len(minus))
        if len(plus) not in (1, width) or len(minus) not in (1, width):
            raise Fault(f"the branch '{item.name}' joins {len(plus)} nodes to {len(minus)}", item.at)
        bounds = self._bounds(item.bounds, level.names) if item.bounds is not None else (0, width - 1)
        names = [name]
        if item.bounds is not None or width > 1:
            self.flat.vectors[name] = bounds
            names = self._elements(name)
        if width not in (1, len(names)):
            raise Fault(f"the branch '{item.name}' has {len(names)} elements for {width} nodes", item.at)
        for k, own in enumerate(names):
            ends = [side[k if len(side) > 1 else 0] for side in (plus, minus)]
            nodes = [tree.Name(end, item.at) if end else None for end in ends]
            assert nodes[0] is not None
            self._add(tree.Branch(own, nodes[0], nodes[1], None, item.at))

    def _nodes(self, expression: tree.Expression, level: _Level) -> list[str]:
        """Nodes that an expression in a connection or a branch means."""
        if isinstance(expression, tree.List):
            return [node for item in expression.items for node in self._nodes(item, level)]
        if isinstance(expression, tree.Slice):
            name, bounds = self._known(expression.name, expression.at, level)
            first, last = (self._number(renamed(e, level.names)) for e in (expression.first, expression.last))
            for end in (first, last):
                check_index(expression.name, end, bounds, expression.at)
            return [f"{name}[{i}]" for i in between(first, last)]
        if isinstance(expression, tree.Index):
            name, bounds = self._known(expression.name, expression.at, level)
            index = self._number(renamed(expression.place, level.names))
            check_index(expression.name, index, bounds, expression.at)
            return [f"{name}[{index}]"]
        if not isinstance(expression, tree.Name):
            raise Fault("a node is needed here, not a value", expression.at)
        name, _ = self._known(expression.name, expression.at, level)
        return self._elements(name)

    def _known(self, name: str, at: int, level: _Level) -> tuple[str, tuple[int, int] | None]:
        """Name of a node in the flat module, and its bounds if it is an array."""
        own = new_name(name, level.names)
        if not isinstance(own, str) or (own not in self.nodes and own not in self.flat.vectors):
            raise Fault(f"there is no node '{name}'{nearest(name, [*level.names])}", at)
        return own, self.flat.vectors.get(own)

    # ------------------------------------------------------------------ generated items

    def _repeat(self, loop: tree.GenerateLoop, level: _Level) -> None:
        variable = loop.start.target.name
        value = self._number(renamed(loop.start.value, level.names))
        rounds = 0
        while True:
            names = {**level.names, variable: tree.Number(value, loop.at)}
            if not self._number(renamed(loop.condition, names)):
                return
            self._generated(loop.name, f"[{value}]", loop.items, level, names)
            value = self._number(renamed(loop.step.value, names))
            rounds += 1
            if rounds > LARGEST:
                raise Fault(f"this loop runs more than {LARGEST} times", loop.at)

    def _choose(self, item: tree.GenerateIf | tree.GenerateCase, level: _Level) -> None:
        if isinstance(item, tree.GenerateIf):
            name, items = item.yes if self._number(renamed(item.condition, level.names)) else item.no
            self._generated(name, "", items, level, dict(level.names))
            return
        value = renamed(item.value, level.names)
        usual: tuple[str, tuple[tree.Item, ...]] = ("", ())
        for labels, name, items in item.choices:
            for label in labels:
                if self._number(tree.Binary("==", value, renamed(label, level.names), label.at)):
                    self._generated(name, "", items, level, dict(level.names))
                    return
            usual = usual if labels else (name, items)
        self._generated(*usual[:1], "", usual[1], level, dict(level.names))

    def _generated(
        self, name: str, index: str, items: Sequence[tree.Item], level: _Level, names: dict[str, Any]
    ) -> None:
        """Items of one block; those of a block without name and index belong to where it stands."""
        prefix = level.prefix
        if name or index:
            block = (name or "genblk") + index
            prefix += f"{block}."
            level.names[block] = names[block] = level.prefix + block
        given = {
            path.removeprefix(f"{name}{index}."): value
            for path, value in level.given.items()
            if path.startswith(f"{name}{index}.") or not (name or index)
        }
        self._expand(items, _Level(prefix, names, given, level.depth, level.top and not prefix))

    # ------------------------------------------------------------------ instances

    def _instances(self, instance: tree.Instance, level: _Level) -> None:
        if level.depth >= DEEPEST:
            raise Fault(f"modules lie more than {DEEPEST} deep in each other", instance.at)
        child = self.library.get(instance.module)
        if child is None:
            near = nearest(instance.module, [*self.library])
            hint = near or " in this file and those that it includes"
            raise Fault(f"there is no module '{instance.module}'{hint}", instance.at)
        count, names = 1, [instance.name]
        if instance.bounds is not None:
            indices = between(*self._bounds(instance.bounds, level.names))
            names = [f"{instance.name}[{i}]" for i in indices]
            count = len(names)
        connections = self._connections(instance, child, level)
        for k, name in enumerate(names):
            level.names[name] = level.prefix + name
            self._instance(instance, child, name, connections, (k, count), level)

    def _connections(
        self, instance: tree.Instance, child: tree.Module, level: _Level
    ) -> dict[str, list[str]]:
        """Nodes at each port that is connected."""
        ports = [port.name for port in child.ports]
        connections: dict[str, list[str]] = {}
        if len(instance.connections) > len(ports):
            message = f"'{child.name}' has {len(ports)} ports, {len(instance.connections)} are connected"
            raise Fault(message, instance.at)
        for (named, value), port in zip(instance.connections, ports, strict=False):
            name = named or port
            if name not in ports:
                raise Fault(f"'{child.name}' has no port '{name}'{nearest(name, ports)}", instance.at)
            if name in connections:
                raise Fault(f"the port '{name}' is connected twice", instance.at)
            if isinstance(value, tree.Name) and new_name(value.name, level.names) not in self.nodes:
                self._implicit(value, level)
            if value is not None:
                connections[name] = self._nodes(value, level)
        return connections

    def _implicit(self, name: tree.Name, level: _Level) -> None:
        """A node that is declared by being connected."""
        own = level.prefix + name.name
        if new_name(name.name, level.names) in self.flat.vectors or "." in name.name:
            return
        level.names[name.name] = own
        self.nodes[own] = ""
        self._add(tree.Net(own, "", "", False, None, {}, name.at))

    def _instance(
        self,
        instance: tree.Instance,
        child: tree.Module,
        name: str,
        connections: Mapping[str, list[str]],
        place: tuple[int, int],
        level: _Level,
    ) -> None:
        given = self._given(instance, child, name, level)
        prefix = f"{level.prefix}{name}."
        own = answered(child, {*given}, {*connections})
        inner = _Level(prefix, {}, given, level.depth + 1, False)
        self.nodes.update({prefix + port.name: "" for port in child.ports})
        self._expand(own.items, inner)
        which, count = place
        for port in child.ports:
            elements = self._elements(prefix + port.name)
            for element in elements:
                if element not in self.declared:
                    self._add(tree.Net(element, "", "", False, None, {}, instance.at))
            nodes = connections.get(port.name)
            if nodes is None:
                continue
            width = len(elements)
            if len(nodes) == width * count and count > 1:
                nodes = nodes[which * width : (which + 1) * width]
            if len(nodes) != width:
                message = (
                    f"the port '{port.name}' of '{child.name}' has {width} nodes, {len(nodes)} are connected"
                )
                raise Fault(message, instance.at)
            self.flat.joined.update(zip(elements, nodes, strict=True))

    def _given(
        self, instance: tree.Instance, child: tree.Module, name: str, level: _Level
    ) -> dict[str, tree.Expression]:
        """Values of the child's parameters, by their own names."""
        own = [item.name for item in child.items if isinstance(item, tree.Parameter) and not item.local]
        aliases = {item.name: item.parameter for item in child.items if isinstance(item, tree.Alias)}
        values: dict[str, tree.Expression] = {}
        if len(instance.parameters) > len(own) and not instance.parameters[0][0]:
            raise Fault(f"'{child.name}' has {len(own)} parameters", instance.at)
        order = [*own, *[""] * len(instance.parameters)]
        for (named, value), usual in zip(instance.parameters, order, strict=False):
            key = aliases.get(named, named) or usual
            if key not in own:
                raise Fault(f"'{child.name}' has no parameter '{named}'{nearest(named, own)}", instance.at)
            if value is not None:
                values[key] = renamed(value, level.names)
        for path, value in level.given.items():
            if path.startswith(f"{name}."):
                rest = path.removeprefix(f"{name}.")
                key = aliases.get(rest, rest)
                if "." not in rest and key not in own:
                    raise Fault(f"'{child.name}' has no parameter '{rest}'{nearest(rest, own)}", value.at)
                values[key] = value
        return values
