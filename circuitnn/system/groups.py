"""Behavioural sources and compact models as placed kernels: equations, unknowns, numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import symbols
from circuitnn.equations.graph import ZERO, Expr, const, order, substitute, symbol
from circuitnn.equations.kernel import Kernel
from circuitnn.equations.rules import add, mul, neg, sub
from circuitnn.equations.substitution import rebuild
from circuitnn.errors import AnalysisError
from circuitnn.flat import Behavioural, Devices, of_nodes
from circuitnn.models import Model, State, named
from circuitnn.models.spread import spread
from circuitnn.records import dataclass, field
from circuitnn.system.draws import Draws
from circuitnn.system.unknowns import Unknowns

if TYPE_CHECKING:
    from circuitnn.equations.guard import Guard


KERNELS = 64  # of behavioural sources that are kept


@dataclass(frozen=True, eq=False)
class Placed:
    """A kernel and its instances.

    Parameters
    ----------
    name : str
    kernel : Kernel
    nodes : ndarray of int, shape (inputs, n)
        Unknown of each local unknown; -1 is ground.
    columns : mapping of str to ndarray, shape (n,)
        The instances' numbers by name; the kernel's own columns are computed from them.
    instances : tuple of str, length n
    keys : ndarray of uint64, shape (randoms, n), optional
        Keys from which the instances' random numbers are drawn.
    guard : Guard, optional
        Checks whether a point relies on an operation without a value.
    plain : bool
        Whether these are SPICE's own devices, and not compact models or a user's equations.
    delayed : tuple of str
        Local unknowns of the equations that `system.delayed` completes: the matrix has them.
    """

    name: str
    kernel: Kernel
    nodes: np.ndarray
    columns: Mapping[str, np.ndarray]
    instances: tuple[str, ...]
    keys: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.uint64))
    guard: Guard | None = None
    plain: bool = False
    delayed: tuple[str, ...] = ()

    @property
    def linear(self) -> bool:
        """Whether the kernel is a constant matrix."""
        return self.kernel.linear and not self.kernel.time_dependent and not self.kernel.moving


class _Locals:
    """Local unknowns of a behavioural kernel; terminals that share a node in all instances are one unknown."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.rows: list[np.ndarray] = []
        self.f: list[Expr] = []
        self.q: list[Expr] = []
        self._known: dict[bytes, int] = {}

    def add(self, unknowns: np.ndarray) -> Expr:
        """Symbol of the local unknown with these numbers; 0 if all are ground."""
        if np.all(unknowns < 0):
            return ZERO
        return symbol(self.names[self.index(unknowns)])

    def index(self, unknowns: np.ndarray) -> int:
        key = np.asarray(unknowns, dtype=np.int64).tobytes()
        if key not in self._known:
            self._known[key] = len(self.names)
            self.names.append(f"x{len(self.names)}")
            self.rows.append(np.asarray(unknowns, dtype=np.int64))
            self.f.append(ZERO)
            self.q.append(ZERO)
        return self._known[key]

    def flow(self, unknowns: np.ndarray, current: Expr, charge: Expr = ZERO) -> None:
        """Add a current and the rate of a charge to the equation of these unknowns."""
        if np.all(unknowns < 0):
            return
        row = self.index(unknowns)
        self.f[row] = self.f[row] + current
        self.q[row] = self.q[row] + charge


def _split_rate(expr: Expr, varying: frozenset[str]) -> tuple[Expr, Expr]:
    """Split `expr` into a + d(b)/dt through sums and constant factors; returns a, b."""
    if expr.op == "ddt":
        return ZERO, expr.args[0]
    if expr.op in ("add", "sub"):
        join = add if expr.op == "add" else sub
        (a0, b0), (a1, b1) = (_split_rate(e, varying) for e in expr.args)
        return join(a0, a1), join(b0, b1)
    if expr.op == "neg":
        a, b = _split_rate(expr.args[0], varying)
        return neg(a), neg(b)
    if expr.op == "mul":
        for factor, other in (expr.args, expr.args[::-1]):
            if not symbols([factor]) & varying and not any(e.op == "ddt" for e in order([factor])):
                a, b = _split_rate(other, varying)
                return mul(factor, a), mul(factor, b)
    return expr, ZERO


def lift_rates(expr: Expr, names: list[str]) -> tuple[Expr, list[Expr]]:
    """Replace every ddt(e) by a new symbol and append its name to `names`; also returns the list of e."""
    lifted: list[Expr] = []
    rewritten: dict[Expr, Expr] = {}
    for node in order([expr]):
        args = tuple(rewritten[a] for a in node.args)
        if node.op == "ddt":
            names.append(f"rate{len(lifted)}")
            lifted.append(args[0])
            rewritten[node] = symbol(names[-1])
        else:
            rewritten[node] = rebuild(node, args) if args else node
    return rewritten[expr], lifted


def place_behavioural(table: Behavioural, unknowns: Unknowns, temperature: float) -> Placed:
    """Place behavioural sources as a kernel.

    The expression is the current through the source, or its voltage. A time derivative in it becomes a charge if it is
    a term of a sum, otherwise an extra unknown: y - d(e)/dt = 0.
    """
    local = _Locals()
    plus, minus = of_nodes(table.nodes).T
    known: dict[str, Expr | float] = {"temper": const(temperature)}
    for name, nodes in table.voltages.items():
        known[name] = local.add(of_nodes(nodes))
    for name, elements in table.currents.items():
        known[name] = local.add(unknowns.of_branches(elements))
    columns = {n: np.broadcast_to(np.asarray(v, float), len(table.names)) for n, v in table.columns.items()}
    varied = {n: v for n, v in columns.items() if n in table.moving or not np.all(v == v[0])}
    alike = {name: const(float(values[0])) for name, values in columns.items() if name not in varied}
    expression = substitute([table.expression], {**known, **alike})[0]
    varying = frozenset([*local.names, "time"])
    static, charge = _split_rate(expression, varying) if table.kind == "i" else (expression, ZERO)
    rates: list[str] = []
    static, of_static = lift_rates(static, rates)
    charge, of_charge = lift_rates(charge, rates) if of_static or _has_rate(charge) else (charge, [])
    inner: dict[str, Expr] = {}
    for name, inside in zip(rates, of_static + of_charge, strict=True):
        numbers = unknowns.add_inner([f"v({n}#{name})" for n in table.names], "notype")
        inner[name] = local.add(numbers)
        local.flow(numbers, inner[name], -substitute([inside], inner)[0])
    static, charge = substitute([static, charge], inner)
    if table.kind == "i":
        local.flow(plus, static, charge)
        local.flow(minus, -static, -charge)
    else:
        branch = unknowns.of_branches(table.names)
        current = local.add(branch)
        local.flow(plus, current)
        local.flow(minus, -current)
        local.flow(branch, local.add(plus) - local.add(minus) - static)
    if not local.names:
        local.index(np.full(len(table.names), -1))
    name = table.names[0] if len(table.names) == 1 else f"{table.names[0]}…"
    equations = tuple(local.names), tuple(local.f), tuple(local.q), tuple(varied)
    if rates or _has_rate(table.expression):
        kernel, guard = _built(name, *equations)
        return Placed(name, kernel, np.array(local.rows), varied, table.names, guard=guard)
    # Numbers that are the same in all instances are parameters.
    kernel, guard = _built(name, *equations, table.expression, tuple(known.items()))
    return Placed(name, kernel, np.array(local.rows), columns, table.names, guard=guard)


@lru_cache(maxsize=KERNELS)
def _built(
    name: str,
    inputs: tuple[str, ...],
    f: tuple[Expr, ...],
    q: tuple[Expr, ...],
    numbers: tuple[str, ...],
    expression: Expr | None = None,
    known: tuple[tuple[str, Expr | float], ...] = (),
) -> tuple[Kernel, Guard]:
    """Build the kernel and the guard of behavioural sources; the next analysis often needs the same."""
    from circuitnn.equations.build import build_kernel
    from circuitnn.equations.guard import Guard

    kernel = build_kernel(name, inputs, f, q, numbers)
    if expression is None:
        return kernel, kernel.guard
    return kernel, Guard(lambda: substitute([expression], dict(known)), inputs)


def _has_rate(expr: Expr) -> bool:
    return any(node.op == "ddt" for node in order([expr]))


def place_devices(
    table: Devices, unknowns: Unknowns, temperature: float, tnom: float, seed: int = 1
) -> Placed:
    """Place a compact model's instances; inner nodes are merged where a parameter is zero."""
    model = named(table.model)
    kernel = model.kernel()
    n = len(table.names)
    columns = columns_of(table, temperature, tnom, seed)
    if reason := model.unfit(columns):
        raise AnalysisError(
            f"{table.names[0]}: {reason} asks for other equations; change the card and run the circuit again"
        )
    draws = Draws(kernel, table.names, seed, columns)
    columns |= draws.first()
    for memory, before in kernel.memories:
        if memory not in columns:
            columns[memory] = np.array(np.broadcast_to(evaluate([before], columns)[0], n))
    rows = dict(zip(model.terminals, of_nodes(table.nodes).T, strict=True))
    for inner in model.internal:
        rows[inner] = _inner_node(model, inner, rows, columns, table.names, unknowns)
    for state in model.states:
        initial = np.broadcast_to(evaluate([state.start()], columns)[0], n)
        _check_initial(state, initial, table.names)
        rows[state.name] = unknowns.add_state(state, table.names, initial)
    for node, value in model.nodesets.items():
        unknowns.add_nodesets(rows[node], np.broadcast_to(evaluate([value], columns)[0], n))
    if model.control:
        rows["i_control"] = unknowns.of_branches(table.controls)
    nodes = np.array([rows[name] for name in kernel.inputs])
    plain = model.letter != "n"
    delayed = tuple(name for late, (early, _) in model.delays.items() for name in (late, early))
    return Placed(table.model, kernel, nodes, columns, table.names, draws.keys, kernel.guard, plain, delayed)


def columns_of(table: Devices, temperature: float, tnom: float, seed: int = 1) -> dict[str, np.ndarray]:
    """Numbers of a table's instances by name, temperatures included."""
    n = len(table.names)
    columns = {
        key: v
        if isinstance(v, np.ndarray) and v.shape == (n,)
        else np.broadcast_to(np.asarray(v, dtype=float), n)
        for key, v in spread(named(table.model), table.columns, table.names, seed).items()
    }
    temperatures = columns.get("temp", np.full(n, np.nan))
    columns["temp"] = np.where(np.isnan(temperatures), temperature, temperatures)
    columns["tnom"] = np.where(
        np.isnan(columns.get("tnom", np.full(n, np.nan))), tnom, columns.get("tnom", tnom)
    )
    return columns


def _check_initial(state: State, initial: np.ndarray, names: tuple[str, ...]) -> None:
    outside = np.flatnonzero((initial < state.low) | (initial > state.high))
    if len(outside):
        raise AnalysisError(
            f"{names[outside[0]]}: state {state.name} starts at {initial[outside[0]]:g} {state.unit}".rstrip()
            + f", outside its range {state.low:g} … {state.high:g}; change what sets it"
        )


def _inner_node(
    model: type[Model],
    inner: str,
    rows: Mapping[str, np.ndarray],
    columns: Mapping[str, np.ndarray],
    names: tuple[str, ...],
    unknowns: Unknowns,
) -> np.ndarray:
    """Unknowns of an inner node: its own, or the terminal's where the two are merged."""
    if inner not in model.collapse:
        return unknowns.add_inner([f"v({n}#{inner})" for n in names], "voltage")
    terminal, column = model.collapse[inner]
    merged = columns[column] == 0.0
    numbers = np.array(rows[terminal], dtype=np.int64)
    numbers[~merged] = unknowns.add_inner(
        [f"v({n}#{inner})" for n, m in zip(names, merged, strict=True) if not m], "voltage"
    )
    return numbers
