"""Values of parameters, for all instances of a definition at once.

As in ngspice, a name is looked up first among the values passed by the instance, then in the definition, then in
the scopes of the callers up to the top level. A value is a float if all instances agree, and otherwise an array with
one number per instance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from circuitnn.constants import ABSOLUTE_ZERO, BOLTZMANN, ELEMENTARY_CHARGE, NOMINAL_TEMPERATURE
from circuitnn.elements.card import OPTION_SCALE
from circuitnn.equations.graph import Expr, symbols
from circuitnn.equations.unclamped import exact
from circuitnn.errors import nearest
from circuitnn.flat import nowhere
from circuitnn.machine.cached import cached_property
from circuitnn.machine.random_streams import streams
from circuitnn.netlist.definition import Calls, Deck, Definition, Value
from circuitnn.netlist.expressions import CONSTANTS, is_probe
from circuitnn.netlist.language import Draw, draw_number
from circuitnn.records import dataclass, field

Number = float | np.ndarray


@dataclass(eq=False)
class World:
    """Settings shared by all environments of one elaboration.

    Parameters
    ----------
    deck : Deck
    overrides : mapping of str to float
        Values that replace those of top-level parameters.
    temperature, tnom : float
        [°C]
    seed : int
        Seed of random numbers.
    options : mapping of str to float, str or bool
        Options that replace those of ``.options`` cards.
    transistor : dict of str to float
        Default length, width and areas of MOS transistors: options ``defl`` and so on. [m, m²]
    scale : float
        Option ``scale``: factor of instance sizes, in models that use it.
    fingers : float
        Option ``wnflag``: 1 where bins are chosen by the width of a finger.
    conserving : bool
        Whether gates of MOSFETs conserve charge: option ``conserve``.
    partial : bool
        Whether cards with faults were left out, so that a missing name may not be an error.
    seeds : tuple of int
        Seeds of samples that are elaborated together, see `circuitnn.netlist.replicas`; empty: there is one circuit.
    reported : set of (str, int)
        Faults that need not be reported again: message, origin.
    """

    deck: Deck
    overrides: Mapping[str, float] = field(default_factory=dict)
    temperature: float = NOMINAL_TEMPERATURE
    tnom: float = NOMINAL_TEMPERATURE
    seed: int = 1
    options: Mapping[str, float | str | bool] = field(default_factory=dict)
    transistor: dict[str, float] = field(default_factory=dict)
    scale: float = 1.0
    fingers: float = 0.0
    conserving: bool = False
    partial: bool = False
    seeds: tuple[int, ...] = ()
    reported: set[tuple[str, int]] = field(default_factory=set)

    def fault(self, origin: int, message: str, token: str = "") -> None:
        """Report a fault, once."""
        if (message, origin) not in self.reported:
            self.reported.add((message, origin))
            self.deck.sources.fault(origin, message, token)

    def warn(self, origin: int, message: str) -> None:
        """Warn of something on a card."""
        self.deck.sources.warn(origin, message)


@dataclass(eq=False)
class Call:
    """Instances of a definition created by one environment: the rows of `calls`, once per instance of the caller."""

    environment: Environment
    calls: Calls

    @property
    def count(self) -> int:
        """Number of instances."""
        return self.environment.count * len(self.calls.names)

    def spread(self, value: Number) -> Number:
        """Repeat a value of the caller's instances for those of the callee."""
        return np.repeat(value, len(self.calls.names)) if isinstance(value, np.ndarray) else value

    def given(self, name: str, default: float | None = None) -> tuple[Number, np.ndarray | bool]:
        """Values that the rows pass for a parameter, and a mask of the rows that pass one."""
        rows = self.calls.parameters
        passed = [name in row for row in rows]
        if not any(passed):
            return (0.0 if default is None else default), False
        values = [
            self.environment.value(row[name], origin) if name in row else (default or 0.0)
            for row, origin in zip(rows, self.calls.origins, strict=True)
        ]
        mask: np.ndarray | bool = True if all(passed) else np.tile(passed, self.environment.count)
        first = values[0]
        if not isinstance(first, np.ndarray) and all(
            v is first or (not isinstance(v, np.ndarray) and v == first) for v in values
        ):
            return first, mask
        table = np.empty((self.environment.count, len(rows)))
        for column, value in enumerate(values):
            table[:, column] = value
        return table.reshape(-1), mask


class Environment:
    """Parameters of all instances of one definition.

    Parameters
    ----------
    world : World
    definition : Definition
    callers : list of Call
        Calls that create the instances; empty for the top level.
    """

    def __init__(self, world: World, definition: Definition, callers: list[Call]) -> None:
        self.world = world
        self.definition = definition
        self.callers = callers
        self.count = sum(c.count for c in callers) if callers else 1
        self._names: dict[str, Number | None] = {}
        self._expressions: dict[Expr, Number] = {}
        self._own = {**definition.header, **definition.parameters}
        # filled by elaboration
        self.prefixes: list[str] = []
        self.multiplier: Number = 1.0
        self.numbers = np.zeros((0, 0), dtype=np.int32)  # (local nodes, instances)
        self.node_names: list[str] = []
        self.net_names: list[str] = []  # of nodes that are purely digital
        self.touched = nowhere()  # where the flattened deck first names each node
        self.starts = np.zeros(1, dtype=np.int64)  # positions of the instances in the flattened deck

    def forget(self) -> None:
        """Drop all values after a change of `world`."""
        self._names.clear()
        self._expressions.clear()

    def value(self, value: Value, origin: int, owner: Definition | None = None) -> Number:
        """Value of an expression written in `owner` (default: in this definition)."""
        if isinstance(value, float):
            return value
        if owner is not None and owner is not self.definition:
            return self.from_callers(lambda e: e.value(value, origin, owner))
        known = self._expressions.get(value)
        if known is None:
            values = {name: self._named(name, origin) for name in symbols([value])}
            known = self._checked(value, values, origin)
            self._expressions[value] = known
        return known

    def get(self, name: str) -> Number | None:
        """Value of a name, or None if it is unknown."""
        if name not in self._names:
            plain = None if self.callers else self.definition.expressions.get(name)
            if isinstance(plain, float) and self._is_own(name):  # most of a foundry's ten thousand
                self._names[name] = plain
            else:
                self._resolve(name)
        return self._names[name]

    def known(self) -> list[str]:
        """All names defined here."""
        names = list(self._own)
        for call in self.callers[:1]:
            names += call.environment.known()
        return names

    def _named(self, name: str, origin: int) -> Number:
        value = self.get(name)
        if value is None:
            message = f"unknown parameter '{name}'{nearest(name, self.known())}"
            if is_probe(name) or name == "time":
                message = f"{name} occurs in an expression that must be constant"
            self.world.fault(origin, message, name)
            value = self._names[name] = 1.0
        draw = self._drawn(name)
        if draw is not None and not np.all(np.isfinite(value)):
            self.world.fault(origin, f"'{draw.kind}' draws no finite number", draw.kind)
            value = self._names[name] = 1.0
        return value

    def _resolve(self, name: str) -> None:
        """Evaluate a name after all names it depends on; iterative, because chains may be long."""
        stack = [name]
        waiting = {name}
        while stack:
            top = stack[-1]
            missing = [n for n in self._needed(top) if n not in self._names]
            circular = [n for n in missing if n in waiting]
            if circular:
                self._report_circle([*stack[stack.index(circular[0]) :], circular[0]])
                self._names[top] = 1.0
            elif missing:
                stack.append(missing[-1])
                waiting.add(missing[-1])
                continue
            elif self._is_own(top):
                self._names[top] = self._defined(top, self.definition.expressions.get(top, 1.0))
            else:
                self._names[top] = self._outside(top)
            stack.pop()
            waiting.discard(top)

    def _needed(self, name: str) -> list[str]:
        """Names that this one depends on and that have no value yet."""
        expressions: list[Expr] = []
        draw = self._drawn(name)
        if draw is not None:
            expressions += draw.arguments
        elif self._is_own(name) and not self._passed_always(name):
            expression = self.definition.expressions.get(name, 1.0)
            expressions += [] if isinstance(expression, float) else [expression]
        needed = symbols(expressions)
        if self.callers:  # inside its own definition a name refers to the outer scope
            needed.discard(name)
        return sorted(needed)

    def _report_circle(self, chain: list[str]) -> None:
        names = [n for n in chain if n in self._own]
        shown = [*names, names[0]] if names[-1] != names[0] or len(names) == 1 else names
        origin = self._own[names[0]].origin
        self.world.fault(origin, f"circular parameters: {' → '.join(shown)}", names[0])

    def _drawn(self, name: str) -> Draw | None:
        """The random draw that a name stands for; None if it is an ordinary name."""
        number = draw_number(name)
        return None if number is None else self.world.deck.draws[number]

    def _is_own(self, name: str) -> bool:
        return name in self._own and (bool(self.callers) or name not in self.world.overrides)

    def _passed_always(self, name: str) -> bool:
        """Whether every instance is called with a value for this parameter."""
        return bool(self.callers) and all(
            name in row for call in self.callers for row in call.calls.parameters
        )

    def _defined(self, name: str, expression: Value) -> Number:
        """Value passed by the calls, else the default of the definition."""
        origin = self._own[name].origin
        if not self.callers:
            return self.value(expression, origin)
        parts = [(call, *call.given(name)) for call in self.callers]
        if all(mask is True for _, _, mask in parts):
            return self.join([(call.count, value) for call, value, _ in parts])
        if not isinstance(expression, float) and name in symbols([expression]):
            return self._mixed(parts, self._from_outside(name, expression, origin))
        return self._mixed(parts, self.value(expression, origin))

    def _mixed(self, parts: list[tuple[Call, Number, np.ndarray | bool]], own: Number) -> Number:
        """Values passed by the calls; `own` for instances that pass none."""
        if all(mask is False for _, _, mask in parts):
            return own
        given = np.empty(self.count)
        masks = np.empty(self.count, dtype=bool)
        position = 0
        for call, value, mask in parts:
            given[position : position + call.count] = value
            masks[position : position + call.count] = mask
            position += call.count
        return np.where(masks, given, own)

    def _from_outside(self, name: str, expression: Expr, origin: int) -> Number:
        """Value of ``p={2*p}``: the p on the right is the caller's."""
        values = {n: self._named(n, origin) for n in symbols([expression]) if n != name}
        outside = self._outside(name)
        if outside is None:
            message = f"'{name}' is defined in terms of itself, and is not defined outside"
            if expression.op == "symbol":  # nothing but its name
                message = f"unknown parameter '{name}'{nearest(name, self.known())}"
            self.world.fault(origin, message, name)
            outside = 1.0
        return self._checked(expression, {**values, name: outside}, origin)

    def _outside(self, name: str) -> Number | None:
        """Look up a name in the scopes of the callers, or at the top level in the simulator."""
        number = draw_number(name)
        if number is not None:
            return self._draw(number)
        if self.callers:
            values = [call.environment.get(name) for call in self.callers]
            if any(v is None for v in values):
                return None
            spread = [(c.count, c.spread(v)) for c, v in zip(self.callers, values, strict=True)]  # type: ignore[arg-type]
            return self.join(spread)
        if name in self.world.overrides:
            return float(self.world.overrides[name])
        builtin = {
            **CONSTANTS,
            "temper": self.world.temperature,
            "temp": self.world.temperature,  # PSPICE's words
            "vt": (self.world.temperature - ABSOLUTE_ZERO) * BOLTZMANN / ELEMENTARY_CHARGE,
            "gmin": 1e-12,
            "tnom": self.world.tnom,
            OPTION_SCALE: self.world.scale,
        }
        return builtin.get(name)

    def from_callers(self, evaluate_in: Callable[[Environment], Number]) -> Number:
        """Evaluate in each calling environment, and spread to the instances it creates."""
        return self.join([(c.count, c.spread(evaluate_in(c.environment))) for c in self.callers])

    @staticmethod
    def join(parts: list[tuple[int, Number]]) -> Number:
        """Join blocks of instances, (count, value), into one value."""
        first = parts[0][1]
        if not isinstance(first, np.ndarray) and all(
            not isinstance(v, np.ndarray) and v == first for _, v in parts
        ):
            return first
        return np.concatenate([v if isinstance(v, np.ndarray) else np.full(n, v) for n, v in parts])

    def _draw(self, index: int) -> Number:
        """Draw a random number for each instance; the same ones in every elaboration."""
        draw = self.world.deck.draws[index]
        arguments = [self.value(a.value if a.op == "const" else a, 0) for a in draw.arguments]  # type: ignore[arg-type]
        result = draw.values(
            arguments,
            lambda: self._random(index, np.random.Generator.standard_normal),
            lambda: self._random(index, np.random.Generator.random),
        )
        return result if self.callers else float(result[0])

    def _random(self, index: int, numbers: Callable[[np.random.Generator, int], np.ndarray]) -> np.ndarray:
        """Random numbers of all instances; a sample gets the same ones as when it is elaborated alone."""
        seeds = self.world.seeds
        if not seeds:
            return numbers(np.random.default_rng((self.world.seed, index)), self.count)
        each = self.count // len(seeds)
        drawn, placed = np.empty(self.count), np.empty(self.count)
        for k, generator in enumerate(streams(seeds, index)):
            drawn[k * each : (k + 1) * each] = numbers(generator, each)
        placed[np.argsort(self.samples, kind="stable")] = drawn
        return placed

    @cached_property
    def samples(self) -> np.ndarray:
        """Which sample each instance belongs to."""
        parts = []
        for call in self.callers:
            outer = call.environment
            own = outer.samples if outer.callers else np.arange(len(self.world.seeds))
            parts.append(np.repeat(own, len(call.calls.names)) if outer.callers else own)
        return np.concatenate(parts)

    def _checked(self, expression: Expr, values: dict[str, Number], origin: int) -> Number:
        result, culprit = exact(expression, values)
        if culprit is not None:
            from circuitnn.equations.ngspice import to_ngspice  # rarely needed

            shown = to_ngspice(culprit, limit=60).replace("\0", "")
            self.world.fault(origin, f"'{shown}'{self._arguments(culprit, values)} has no finite value")
            return 1.0
        return result

    @staticmethod
    def _arguments(culprit: Expr, values: dict[str, Number]) -> str:
        """Values of the names in an operation that has no value, for the message."""
        names = sorted(name for name in symbols([culprit]) if name[0] != "\0" and np.ndim(values[name]) == 0)
        return f" with {', '.join(f'{name} = {float(values[name]):g}' for name in names)}" if names else ""
