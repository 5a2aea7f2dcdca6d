"""Stored kernels: the build derives them once, so that runs need not.

A run with a compiled kernel needs only the graph of the columns that are computed once. That part is stored first; the
rest is read on demand.
"""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from circuitnn.equations.evaluate import Evaluator, Step
from circuitnn.equations.expr import Expr, make, order
from circuitnn.equations.kernel import Event, Kernel, Limit, Noise

if TYPE_CHECKING:
    from circuitnn.equations.bytecode import Assembly

_PLAIN = ("name", "inputs", "columns", "randoms")
_FACTS = (
    *("digest", "linear", "steep", "time_dependent", "carried_columns"),
    *("f_rows", "q_rows", "G_places", "C_places"),
)
_VALUED = 128  # added to the number of arguments of a step that has a value
_SHORT, _LONG, _FARTHEST = "H", "I", 65535  # numbers of 2 and 4 bytes, and how far the former reach
_FORMAT = 2  # version of marshal: the last one whose bytes depend on the content only


def freeze(kernel: Kernel, quick_guard: Assembly | None = None, programs: bool = False) -> bytes:
    """Serialise a kernel for the same version of Python.

    Parameters
    ----------
    kernel : Kernel
    quick_guard : Assembly, optional
    programs : bool
        With its bytecode and its guard, for a kernel that is not compiled into the package.
    """
    names, _ = kernel.derived
    expressions = dict(kernel.setup)
    derived = [expressions[name] for name in names]
    roots = [*derived, *kernel.f, *kernel.q, *(e for _, _, e in (*kernel.G, *kernel.C))]
    roots += [e for event in kernel.events for e in (event.condition, *(u for _, u in event.updates))]
    roots += [e for _, e in (*kernel.setup, *kernel.memories, *kernel.carried)]
    roots += [
        e for n in kernel.noises for e in (*(factor for _, factor in n.into), n.white, n.flicker, n.exponent)
    ]
    number = {node: k for k, node in enumerate(order(roots))}
    steps = tuple((node.op, tuple(number[a] for a in node.args), node.value) for node in number)

    def numbered(part: Any) -> Any:
        if isinstance(part, Expr):
            return number[part]
        return tuple(map(numbered, part)) if isinstance(part, (tuple, list)) else part

    first = len(order(derived))
    graph = (
        _columns(steps[first:], first),
        *(numbered(part) for part in (kernel.f, kernel.q, kernel.G, kernel.C)),
        numbered([(e.condition, e.updates, e.redraw) for e in kernel.events]),
        numbered(kernel.setup),
        numbered(kernel.memories),
        numbered(kernel.noises),
        numbered(kernel.carried),
    )
    written: tuple[Any, ...] = (
        tuple(getattr(kernel, name) for name in (*_PLAIN, *_FACTS)),
        tuple((limit.plus, limit.minus, limit.vt, limit.vcrit, limit.on) for limit in kernel.limits),
        tuple(part for part in ("events", "memories", "setup", "carried") if not getattr(kernel, part)),
        names,
        numbered(derived),
        steps[:first],
        marshal.dumps(graph, _FORMAT),
        quick_guard and tuple(quick_guard),
        _programs(kernel) if programs else None,
    )
    return marshal.dumps(written, _FORMAT)


def _programs(kernel: Kernel) -> tuple[Any, ...]:
    """Bytecode of a kernel, and columns and program of its guard, in plain values."""
    from circuitnn.equations.bytecode import programs  # most kernels are compiled

    guard = kernel.guard
    columns = guard.columns if guard else ()
    return (columns, *(program and tuple(program) for program in (guard.program, *programs(kernel))))


def _with_programs(kernel: Kernel, written: tuple[Any, ...]) -> None:
    """Give a kernel what `_programs` has kept of it."""
    from circuitnn.equations.bytecode import Assembly  # most kernels are compiled
    from circuitnn.equations.guard import Guard

    columns, *programs = written
    guard, computed, carried = (program and Assembly(*program) for program in programs)
    kept = Guard.kept(kernel._watched, kernel.inputs, columns, guard)
    vars(kernel).update(guard=kept, _programs=(computed, carried))


def _columns(steps: Sequence[Step], first: int) -> tuple[object, ...]:
    """Steps, numbered from `first`, as columns: operations, argument counts, distances back to arguments, values.

    They take a third of the space, half of it when compressed.
    """
    names = sorted({op for op, _, _ in steps})
    sizes = bytes(len(args) + _VALUED * (value is not None) for _, args, value in steps)
    distances = [k - a for k, (_, args, _) in enumerate(steps, first) for a in args]
    back = array(_SHORT if max(distances, default=0) <= _FARTHEST else _LONG, distances)
    values = tuple(value for _, _, value in steps if value is not None)
    operations = bytes(names.index(op) for op, _, _ in steps)
    return tuple(names), operations, sizes, back.typecode, back.tobytes(), values


def _steps(columns: tuple[Any, ...], first: int) -> Iterator[Step]:
    """Steps from their columns."""
    names, operations, sizes, kind, back, values = columns
    distances, numbers = iter(array(kind, back)), iter(values)
    for k, (operation, size) in enumerate(zip(operations, sizes, strict=True), first):
        valued, count = divmod(size, _VALUED)
        args = tuple([k - next(distances) for _ in range(count)])
        yield names[operation], args, next(numbers) if valued else None


def thaw(written: bytes) -> Kernel:
    """Read a kernel written by `freeze`."""
    plain, limits, without, names, derived, steps, graph, quick_guard, programs = marshal.loads(written)
    kernel = object.__new__(Kernel)
    vars(kernel).update(
        zip((*_PLAIN, *_FACTS), plain, strict=True),
        limits=tuple([Limit(*limit) for limit in limits]),
        derived=(names, Evaluator.following(steps, derived)),
        _guard_program=quick_guard,
        _unread=partial(_read, steps, graph),
        **dict.fromkeys(without, ()),
    )
    if programs is not None:
        _with_programs(kernel, programs)
    return kernel


def _read(first: Sequence[Step], graph: bytes) -> dict[str, Any]:
    """Fields of a kernel that hold expressions."""
    columns, f, q, G, C, events, setup, memories, noises, carried = marshal.loads(graph)
    nodes: list[Expr] = []
    for op, args, value in (*first, *_steps(columns, len(first))):
        nodes.append(make(op, tuple([nodes[a] for a in args]), value))
    return {
        "f": tuple([nodes[i] for i in f]),
        "q": tuple([nodes[i] for i in q]),
        "G": tuple([(row, column, nodes[i]) for row, column, i in G]),
        "C": tuple([(row, column, nodes[i]) for row, column, i in C]),
        "events": tuple(
            Event(nodes[condition], tuple((target, nodes[i]) for target, i in updates), redraw)
            for condition, updates, redraw in events
        ),
        "setup": tuple([(column, nodes[i]) for column, i in setup]),
        "memories": tuple((memory, nodes[i]) for memory, i in memories),
        "carried": tuple((memory, nodes[i]) for memory, i in carried),
        "noises": tuple(
            Noise(part, tuple((target, nodes[i]) for target, i in into), *(nodes[i] for i in densities))
            for part, into, *densities in noises
        ),
    }
