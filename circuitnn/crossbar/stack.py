"""Cells of several devices: one compact model composed of parts and the nodes that join them.

The parts' equations are copied unchanged, with prefixed names, so that the stack is
differentiated, compiled, condensed and written to ngspice like any model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from circuitnn.equations.graph import Expr, as_expr, substitute, symbol
from circuitnn.equations.kernel import Noise
from circuitnn.models import Model, Parameter, State, known
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import INSTANCE, Equations

# Names that mean the same in all parts.
SHARED = frozenset({"temp", "tnom", "time", "gmin", "multiplier"})

# Prefix, model, nodes of its terminals, inner nodes merged with a terminal.
Part = tuple[str, str, tuple[str, ...], tuple[str, ...]]


class Resistor(Model):
    """Linear resistor, as a part of a stack."""

    name = "resistor"
    terminals = ("plus", "minus")
    parameters = (Parameter("r", 1e3, "Ohm", "resistance", low=1e-12),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        """State the model's equations."""
        current = m.voltage("plus", "minus") / m["r"]
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)


def find(model: str) -> type[Model]:
    """A model by name, including the stack's own resistor."""
    return Resistor if model == Resistor.name else known()[model]


def _ours(model: type[Model]) -> list[Parameter]:
    """Parameters of the card and of the instance, without those that stacks share."""
    return [p for p in (*model.parameters, *model.instance_parameters) if p.name not in SHARED]


class _Names:
    """New names of a part's symbols."""

    def __init__(
        self, prefix: str, model: type[Model], nodes: tuple[str, ...], merged: tuple[str, ...]
    ) -> None:
        self.model = model
        self.merged = merged
        self.mapping: dict[str, Expr] = {}
        self.new: dict[str, str] = dict(zip(model.terminals, nodes, strict=True))
        symbols = [*model.internal, *(s.name for s in model.states), *model.memories, *model.randoms]
        for name in [*symbols, *(p.name for p in _ours(model))]:
            self.new[name] = f"{prefix}_{name}"
        for name in merged:
            self.new[name] = self.new[model.collapse[name][0]]

    def more(self, names: list[str], prefix: str) -> None:
        """Add names that only the equations introduce: memories and random numbers of noise."""
        for name in names:
            self.new.setdefault(name, f"{prefix}_{name}")

    def parameters(self) -> Iterator[Parameter]:
        """The part's parameters under their new names."""
        for p in _ours(self.model):
            default = self.new[p.default] if isinstance(p.default, str) else p.default
            yield Parameter(self.new[p.name], default, p.unit, p.meaning, p.low, p.high, nonzero=p.nonzero)

    def states(self) -> Iterator[State]:
        """The part's states under their new names."""
        for s in self.model.states:
            start = self.of(s.start())[0]
            yield State(
                self.new[s.name], s.unit, s.meaning, start, s.tolerance, s.low, s.high, s.stop, s.hold
            )

    def of(self, *exprs: Expr | float) -> list[Expr]:
        """Expressions in the new names."""
        return substitute([as_expr(e) for e in exprs], {old: symbol(new) for old, new in self.new.items()})


@cache
def compose(name: str, terminals: tuple[str, ...], parts: tuple[Part, ...]) -> type[Model]:
    """Compose a model of other models.

    Parameters
    ----------
    name : str
    terminals : tuple of str
        Outer nodes of the stack.
    parts : tuple of (prefix, model, nodes, merged)
        Prefix of the part's parameters and states (``vteam`` gives ``vteam_ron``), its model's name, a node for
        each of its terminals; nodes that are not terminals are inner ones. Inner nodes in `merged` are dropped.

    Returns
    -------
    type of Model
        A parameter ``ron`` of the part with prefix ``vteam`` is ``vteam_ron``.

    Raises
    ------
    ValueError
        For a model controlled by a current, or a wrong number of nodes.
    """
    models = [find(model) for _, model, *_ in parts]
    names = []
    for (prefix, _, nodes, merged), model in zip(parts, models, strict=True):
        if model.control or len(nodes) != len(model.terminals):
            raise ValueError(f"{name}: {model.name} does not fit into a stack with nodes {', '.join(nodes)}")
        names.append(_Names(prefix, model, nodes, merged))
    inner = dict.fromkeys(node for _, _, nodes, _ in parts for node in nodes if node not in terminals)
    parameters: list[Parameter] = []
    states: list[State] = []
    memories: dict[str, Expr] = {}
    randoms: dict[str, str] = {}
    collapse: dict[str, tuple[str, str]] = {}
    for renaming in names:
        model = renaming.model
        parameters += renaming.parameters()
        states += renaming.states()
        inner.update(
            dict.fromkeys(renaming.new[node] for node in model.internal if node not in renaming.merged)
        )
        starts = {n: symbol(v) if isinstance(v, str) else as_expr(v) for n, v in model.memories.items()}
        memories.update({renaming.new[n]: renaming.of(v)[0] for n, v in starts.items()})
        randoms.update({renaming.new[n]: law for n, law in model.randoms.items()})
        loose = {i: where for i, where in model.collapse.items() if i not in renaming.merged}
        collapse.update({renaming.new[i]: (renaming.new[t], renaming.new[c]) for i, (t, c) in loose.items()})

    def equations(cls: type[Model], m: Equations) -> None:
        for (prefix, *_), renaming in zip(parts, names, strict=True):
            _take_over(prefix, renaming, m)

    body = {
        "__doc__": f"Stack of {' and '.join(model.name for model in models)}.",
        "name": name,
        "terminals": terminals,
        "internal": tuple(inner),
        "parameters": tuple(parameters),
        "instance_parameters": INSTANCE,
        "states": tuple(states),
        "memories": memories,
        "randoms": randoms,
        "collapse": collapse,
        "recipe": (name, terminals, parts),
        "equations": classmethod(equations),
    }
    return type(name, (Model,), body)


def _take_over(prefix: str, renaming: _Names, m: Equations) -> None:
    """State a part's equations in terms of the stack's names."""
    model = renaming.model
    part = Equations(model.inputs(), model.states)
    starts: Mapping[str, Expr] = {
        n: symbol(v) if isinstance(v, str) else as_expr(v) for n, v in model.memories.items()
    }
    part.memories.update(starts)
    part.randoms.update(model.randoms)
    model.equations(part)
    renaming.more([*part.memories, *part.randoms], prefix)
    for name, value in part.locals.items():
        renaming.new[name] = f"{name}_of_{prefix}"
        m.locals[renaming.new[name]] = renaming.of(value)[0]
    for name in model.inputs():
        f, q = renaming.of(part.f[name], part.q[name])
        m.f[renaming.new[name]] = m.f[renaming.new[name]] + f
        m.q[renaming.new[name]] = m.q[renaming.new[name]] + q
    for first, second, capacitance in part.displacements:
        m.displace(renaming.new[first], renaming.new[second], renaming.of(capacitance)[0])
    for name, value in part.memories.items():
        m.memories[renaming.new[name]] = renaming.of(value)[0]
    m.randoms.update({renaming.new[name]: law for name, law in part.randoms.items()})
    for name, event in part.events.items():
        values = renaming.of(*(value for _, value in event.updates))
        updates = {renaming.new[target]: v for (target, _), v in zip(event.updates, values, strict=True)}
        redraw = tuple(renaming.new[r] for r in event.redraw)
        m.event(f"{prefix}_{name}", renaming.of(event.condition)[0], updates, redraw)
    for noise in part.noises:
        densities = renaming.of(*noise[2:])
        factors = renaming.of(*(factor for _, factor in noise.into))
        into = tuple((renaming.new[target], f) for (target, _), f in zip(noise.into, factors, strict=True))
        m.noises.append(Noise(f"{prefix}_{noise.name}", into, *densities))
    for plus, minus, *voltages, on in part.limits:
        vt, vcrit = renaming.of(*voltages)
        here, there = (m.inputs.index(renaming.new[part.inputs[i]]) for i in (plus, minus))
        m.limits.append((here, there, vt, vcrit, on))
