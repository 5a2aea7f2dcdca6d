"""Kernels in writing: what the build derived is read back, instead of being derived again at every start."""

from __future__ import annotations

import marshal
from typing import Any

from circuitnn.equations.expr import Expr, make, order
from circuitnn.equations.kernel import Event, Kernel, Limit, Noise

_FACTS = ("digest", "linear", "steep", "time_dependent")
_FORMAT = 2  # of marshal: the last one whose bytes depend on the content alone


def freeze(kernel: Kernel) -> bytes:
    """Write a kernel down, for the same version of Python."""
    events = [(e.condition, e.updates, e.redraw) for e in kernel.events]
    roots: list[Expr] = [*kernel.f, *kernel.q, *(e for _, _, e in (*kernel.G, *kernel.C))]
    roots += [e for condition, updates, _ in events for e in (condition, *(u for _, u in updates))]
    roots += [e for _, e in (*kernel.setup, *kernel.memories)]
    roots += [e for noise in kernel.noises for e in (noise.white, noise.flicker)]
    nodes = order(roots)
    number = {node: k for k, node in enumerate(nodes)}

    def numbered(part: Any) -> Any:
        if isinstance(part, Expr):
            return number[part]
        return tuple(map(numbered, part)) if isinstance(part, (tuple, list)) else part

    written = (
        tuple((node.op, tuple(number[a] for a in node.args), node.value) for node in nodes),
        (kernel.name, kernel.inputs, kernel.columns),
        tuple(numbered(part) for part in (kernel.f, kernel.q, kernel.G, kernel.C)),
        numbered(events),
        numbered(kernel.setup),
        tuple((limit.plus, limit.minus, limit.vt, limit.vcrit, limit.on) for limit in kernel.limits),
        numbered(kernel.memories),
        kernel.randoms,
        numbered(kernel.noises),
        tuple(getattr(kernel, fact) for fact in _FACTS),
    )
    return marshal.dumps(written, _FORMAT)


def thaw(written: bytes) -> Kernel:
    """Read back what `freeze` has written."""
    nodes, (name, inputs, columns), (f, q, G, C), events, setup, limits, memories, randoms, noises, facts = (
        marshal.loads(written)
    )
    made: list[Expr] = []
    for op, args, value in nodes:
        made.append(make(op, tuple([made[a] for a in args]), value))
    kernel = Kernel(
        name,
        inputs,
        columns,
        tuple([made[i] for i in f]),
        tuple([made[i] for i in q]),
        tuple([(row, column, made[i]) for row, column, i in G]),
        tuple([(row, column, made[i]) for row, column, i in C]),
        tuple(
            Event(made[condition], tuple((target, made[i]) for target, i in updates), redraw)
            for condition, updates, redraw in events
        ),
        tuple([(column, made[i]) for column, i in setup]),
        tuple(Limit(*limit) for limit in limits),
        tuple((memory, made[i]) for memory, i in memories),
        randoms,
        tuple(Noise(part, plus, minus, made[w], made[f]) for part, plus, minus, w, f in noises),
    )
    vars(kernel).update(zip(_FACTS, facts, strict=True))  # as if they had been asked for
    return kernel
