"""Nets of logic: which nodes are nets, and the bridges where a net is an analog node, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.digital import RAMP, LogicCard
from circuitnn.equations.graph import Expr, limit, max_, symbol
from circuitnn.logic import code_models
from circuitnn.logic.code_model import number
from circuitnn.logic.connected import LogicCircuit, LogicPart, Pin
from circuitnn.netlist.chunks import BehaviouralChunk, Chunk
from circuitnn.netlist.deck_order import reordered
from circuitnn.netlist.definition import Definition
from circuitnn.netlist.flatten import flat_name
from circuitnn.records import replace

if TYPE_CHECKING:
    from circuitnn.logic.code_model import Bridge, CodeModel, Setting
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.flatten import Flattener
    from circuitnn.netlist.parameters import Environment, World

ALONE = "auto_logic"  # source added to a circuit that is all logic
SUPPLY = 3.3  # [V], of automatic bridges unless a parameter vcc says otherwise


def set_apart(environments: list[Environment], names: list[str]) -> list[str]:
    """Number purely digital nodes last; return the names of the others.

    Parameters
    ----------
    environments : list of Environment
        Their numbers are replaced; the first one gets the names of nets.
    names : list of str
        Names of the nodes by number.
    """
    root = environments[0]
    analog, digital = np.zeros(len(names), dtype=bool), np.zeros(len(names), dtype=bool)
    analog[0] = True
    for environment in environments:
        analog[environment.numbers[_touched(environment.definition)].ravel()] = True
        digital[environment.numbers[_pins(environment.definition, analog=False)].ravel()] = True
    apart = digital & ~analog
    order, kept = np.argsort(apart, kind="stable"), len(names) - int(apart.sum())
    ordered = reordered(environments, names, order)
    if len(root.touched):
        root.touched = root.touched[order][:kept]
    root.net_names = ordered[kept:]
    return ordered[:kept]


def _touched(definition: Definition) -> list[int]:
    """Local nodes that the analog circuit touches or reads."""
    nodes: set[int] = set()
    for table in definition.tables.values():
        nodes.update(table.nodes)
    for group in definition.groups.values():
        nodes.update(group.nodes)
        for read in group.voltages:
            nodes.update(read)
    nodes.update(definition.index[name] for name in definition.referenced)
    return sorted(nodes.union(_pins(definition, analog=True)))


def _pins(definition: Definition, analog: bool) -> list[int]:
    """Local nodes at the analog or at the digital ports of logic."""
    return [
        pin
        for card in definition.logic
        for port, pins in zip(card.model.ports, card.pins, strict=True)
        for pin, _ in pins
        if pin >= 0 and port.analog == analog
    ]


class NetList:
    """Collector of nets and parts of all instances.

    Parameters
    ----------
    environments : list of Environment
    flattener : Flattener
        Takes the sources of automatic bridges.
    """

    def __init__(self, environments: list[Environment], flattener: Flattener) -> None:
        self.environments, self.flattener = environments, flattener
        self.nodes = environments[0].node_names
        self.count = len(self.nodes)
        self.sources: list[tuple[str, int]] = []  # names and nodes
        self.nets: list[str] = []
        self.parts: list[LogicPart] = []
        self._net_of: dict[int, int] = {}  # by node

    def circuit(self) -> LogicCircuit | None:
        """All logic; None if there is no instance."""
        for environment in self.environments:
            for card in environment.definition.logic:
                for instance in range(environment.count):
                    self.parts.append(self._part(environment, card, instance))
        if not self.parts:
            return None
        self._bridge()
        self.parts = [self._softened(part) if is_soft(part) else part for part in self.parts]
        if len(self.nodes) == 1:  # the time loop needs an analog unknown
            self.nodes.append(f"{ALONE}#0")
            self.flattener.inside.append(self.nodes[-1])
            self.sources.append((ALONE, 1))
        if self.sources:
            self.flattener.add_chunk("v", _sources(self.sources))
        return LogicCircuit(tuple(self.nets), tuple(self.parts))

    def _net(self, node: int) -> int:
        if node not in self._net_of:
            self._net_of[node] = len(self.nets)
            beyond = node - self.count
            self.nets.append(self.nodes[node] if beyond < 0 else self.environments[0].net_names[beyond])
        return self._net_of[node]

    def _part(self, environment: Environment, card: LogicCard, instance: int) -> LogicPart:
        pins: dict[bool, list[Pin]] = {False: [], True: []}  # inputs: False, outputs: True
        nodes: dict[bool, list[int]] = {False: [], True: []}
        for port, given in zip(card.model.ports, card.pins, strict=True):
            for local, flip in given:
                number = int(environment.numbers[local, instance]) if local >= 0 else -1
                if port.analog:
                    nodes[port.out].append(number)
                else:
                    pins[port.out].append((self._net(number) if number >= 0 else -1, flip))
        if card.model.bridge is not None and card.model.bridge.both:
            pins = _directed(environment.world, card, pins[True])
        prefix = environment.prefixes[instance]
        return LogicPart(
            name=flat_name(prefix, card.name),
            model=card.model.name,
            inputs=tuple(pins[False]),
            outputs=tuple(pins[True]),
            settings={k: _setting(environment, v, card.origin, instance) for k, v in card.settings.items()},
            widths=tuple(map(len, card.pins)),
            nodes=tuple(nodes[False]),
            driven=tuple(nodes[True]),
            sources=tuple(flat_name(prefix, source) for source in card.sources),
            where=environment.world.deck.sources.where(card.origin),
        )

    def _bridge(self) -> None:
        """Insert bridges where a net is an analog node, as ngspice does."""
        root = self.environments[0]
        high = SUPPLY
        if "vcc" in root.definition.parameters:
            high = float(root.get("vcc") or 0.0)
        read = {net for part in self.parts for net, _ in part.inputs}
        driven = {net for part in self.parts for net, _ in part.outputs}
        for node, net in list(self._net_of.items()):
            if node < self.count and net in driven | read:
                bridge = _between(sees=net in read, drives=net in driven)
                self.parts.append(self._automatic(*bridge, (net, False), node, high))

    def _automatic(self, model: CodeModel, bridge: Bridge, pin: Pin, node: int, high: float) -> LogicPart:
        """Make a bridge that no card asks for."""
        name = f"{bridge.automatic}{len(self.parts) + 1}"
        levels = {"in_low": 0.5 * high, "in_high": 0.5 * high, "out_high": high, "out_undef": 0.5 * high}
        settings = {key: levels.get(key, default) for key, default in model.parameters.items()}
        fixed = bridge.drives == "voltage"
        self.sources += [(name, node)] * fixed
        return LogicPart(
            name=name,
            model=model.name,
            inputs=(pin,) * bool(bridge.drives),
            outputs=(pin,) * bridge.sees,
            settings=settings,
            nodes=(node,) * (not fixed),
            driven=(node,) * fixed,
            sources=(name,) * fixed,
            automatic=True,
        )

    def _softened(self, part: LogicPart) -> LogicPart:
        """Add the analog side of a bidirectional bridge: a current source, and two sources that control it."""
        sources: list[str] = []
        nodes: list[list[int]] = []
        for k, node in enumerate(part.nodes):
            nodes.append([node])
            for side in ("up", "down"):
                sources.append(f"{part.name}:{k}#{side}")
                self.nodes.append(sources[-1])
                self.sources.append((sources[-1], len(self.nodes) - 1))
                nodes[-1].append(len(self.nodes) - 1)
        count, columns = len(part.nodes), np.array(nodes, dtype=np.int32).reshape(-1, 3)
        names = {"high": "out_high", "low": "out_low", "most_up": "drive_high", "most_down": "drive_low"}
        chunk = BehaviouralChunk(
            [f"{part.name}:{k}" for k in range(count)],
            np.column_stack([columns[:, 0], np.zeros(count, dtype=np.int32)]),
            {name: columns[:, k] for k, name in enumerate(("v", "up", "down"))},
            {},
            {name: np.full(count, number(part.settings, key)) for name, key in names.items()},
        )
        self.flattener.add_behavioural_chunk("i", soft_current(), chunk)
        return replace(part, sources=tuple(sources))


def _between(sees: bool, drives: bool) -> tuple[CodeModel, Bridge]:
    """The model that turns voltages into levels, levels into voltages, or both."""
    return next(
        (model, bridge)
        for model in code_models().values()
        if (bridge := model.bridge) is not None and (bridge.sees, bool(bridge.drives)) == (sees, drives)
    )


def is_soft(part: LogicPart) -> bool:
    """Whether a part is a bridge that drives conductances.

    Parameters
    ----------
    part : LogicPart
    """
    bridge = code_models()[part.model].bridge
    return bridge is not None and bridge.drives == "conductance"


def _directed(world: World, card: LogicCard, pins: list[Pin]) -> dict[bool, list[Pin]]:
    """Inputs and outputs of a bidirectional bridge by its direction: 0 out to the circuit, 1 in from it, 2 both."""
    if card.pins[-1] != [(-1, False)]:
        message = f"'{card.name}': a bridge whose direction a net decides is not supported; give null, and direction="
        world.fault(card.origin, message, card.name)
    direction = card.settings["direction"]
    return {False: pins if direction != 1.0 else [], True: pins if direction != 0.0 else []}


def soft_current() -> Expr:
    """Current that a bidirectional bridge draws from its node: through conductances to both levels, within limits."""
    v, up, down, high, low = map(symbol, ("v", "up", "down", "high", "low"))
    sunk = down * max_(v - low, 0.0) - up * max_(high - v, 0.0)
    return limit(sunk, -symbol("most_up"), symbol("most_down"))


def _sources(sources: list[tuple[str, int]]) -> Chunk:
    count = len(sources)
    nan = np.full(count, np.nan)
    return Chunk(
        [name for name, _ in sources],
        np.array([[node, 0] for _, node in sources], dtype=np.int32),
        {"dc": np.zeros(count), "acmag": nan, "acphase": nan.copy()},
        [RAMP] * count,
    )


def _setting(
    environment: Environment, value: Value | list[Value] | str, origin: int, instance: int
) -> Setting:
    """A setting of one instance."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return tuple(_number(environment, v, origin, instance) for v in value)
    return _number(environment, value, origin, instance)


def _number(environment: Environment, value: Value, origin: int, instance: int) -> float:
    number = environment.value(value, origin)
    return float(number[instance]) if isinstance(number, np.ndarray) else float(number)
