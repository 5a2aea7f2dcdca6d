"""Derivatives of a circuit's equations with respect to its numbers: values of elements, parameters of models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from circuitnn.elements import copies, element
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import symbols
from circuitnn.equations.graph import substitute, symbol
from circuitnn.equations.slopes import slopes
from circuitnn.errors import AnalysisError
from circuitnn.flat import Elements
from circuitnn.models import named
from circuitnn.records import dataclass, field, replace
from circuitnn.system.delayed import by_parameter as by_delay
from circuitnn.system.devicegroups import numbers
from circuitnn.system.exact_delays import by_parameter
from circuitnn.system.groups import Placed
from circuitnn.system.lines import terminals
from circuitnn.system.stamps import Stamping
from circuitnn.system.system import System
from circuitnn.system.triples import Triples

# Rows, columns, and a function of ω for the values.
Entries = list[tuple[np.ndarray, np.ndarray, Callable[[float], np.ndarray]]]


@dataclass(frozen=True, eq=False)
class ByNumber:
    """Derivatives of f, G and C with respect to one number of each of several instances.

    Parameters
    ----------
    names : tuple of str, length n
        ``r1``, ``e1_gain``, ``d1:is``.
    f : list of (rows, values), each of shape (n,)
        ∂f/∂p at the operating point; row -1 is ground.
    G, C : list of (rows, columns, values)
        ∂G/∂p and ∂C/∂p at a fixed operating point.
    dispersive : list of (rows, columns, at)
        Derivatives of entries with any other dependence on frequency; `at` takes ω [rad/s].
    """

    names: tuple[str, ...]
    f: list[tuple[np.ndarray, np.ndarray]]
    G: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
    C: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
    dispersive: Entries = field(default_factory=list)


def by_numbers(system: System, x: np.ndarray, small_signal: bool = False) -> Iterator[ByNumber]:
    """Derivatives with respect to all numbers that have an influence; entries of equal name add up.

    Parameters
    ----------
    system : System
    x : ndarray, shape (n + 1,)
        Operating point; ground is last.
    small_signal : bool
        Whether to include G and C of devices.
    """
    for table in system.circuit.elements:
        of = element(table.kind)
        if of.source:
            plus, minus = of.drives(table, system.unknowns)
            number = copies(table, of.main)
            derivative = ByNumber(table.names, [(plus, number), (minus, -number)], [], [])
            yield derivative
            yield from _related(derivative, table, system)
        for column in of.sensed:
            yield from _of_elements(table, column, system, x)
        if of.ends and "len" not in table.values:
            yield from _of_lines(table, system)
    yield from _of_couplings(system)
    for placed, group in zip(system.placed, system.circuit.behavioural, strict=False):
        # The others stand for elements that .sens leaves out.
        by_user = np.array([name[0] == "b" for name in group.names])
        if group.kind == "i" and by_user.any() and not placed.kernel.rate_rows:
            yield _of_copies(placed, by_user, system, x)
    for placed in system.devices:
        yield from _of_devices(placed, system, x, small_signal)


def _related(main: ByNumber, table: Elements, system: System) -> Iterator[ByNumber]:
    """Derivatives with respect to numbers that the main value depends on."""
    options, of = system.options, element(table.kind)
    share = of.share(table)
    for suffix, slope in of.related(table, options.temp, options.tnom):
        if slope.any():
            yield ByNumber(
                tuple(f"{name}{suffix}" for name in table.names),
                [(row, slope * value) for row, value in main.f if suffix not in of.alternating],
                [(row, column, slope * share * value) for row, column, value in main.G],
                [(row, column, slope * value) for row, column, value in main.C],
            )


def _of_elements(table: Elements, column: str, system: System, x: np.ndarray) -> Iterator[ByNumber]:
    """Derivatives of elements: stamps are linear in a number or in its inverse."""
    of, value = element(table.kind), table.values[column]
    inverse = column in of.inverse
    with_it = _stamped(table, column, value if inverse else np.ones(len(value)), system)
    without = _stamped(table, column, np.full(len(value), np.inf if inverse else 0.0), system)
    # with respect to the number on the card, before multipliers
    scale = (-1.0 / value if inverse else 1.0) * copies(table, column) * of.scaled(table)
    G, C, small = (
        [
            (row, column, scale * (v - v0))
            for row, column, v, v0 in zip(a.rows, a.columns, a.values, b.values, strict=True)
            if np.any(v != v0)
        ]
        for a, b in zip(with_it, without, strict=True)
    )
    names = table.names if column == of.letter else tuple(f"{n}_{column}" for n in table.names)
    derivative = ByNumber(names, [(row, value * x[column]) for row, column, value in G], G, C)
    yield replace(derivative, G=[*G, *small])
    yield from _related(derivative, table, system)


def _stamped(table: Elements, column: str, values: np.ndarray, system: System) -> tuple[Triples, ...]:
    """G and C of a table with changed values, and what is added to G in small signals."""
    stamping = Stamping(system.unknowns, system.options)
    element(table.kind).stamp(replace(table, values={**table.values, column: values}), stamping)
    return stamping.G, stamping.C, stamping.small


def _of_lines(table: Elements, system: System) -> Iterator[ByNumber]:
    """Impedance and delay of lossless lines; their equations are difference and sum of those of two waves."""
    plus, minus, branch = terminals(table, system.unknowns)
    impedance, number = table.values["z0"], copies(table, "z0")

    def turned(omega: float) -> np.ndarray:
        return np.exp(-1j * omega * table.values["td"])

    def both(omega: float, factor: np.ndarray, sign: float) -> np.ndarray:
        return factor * (1.0 + sign * turned(omega))

    def later(omega: float, factor: np.ndarray) -> np.ndarray:
        return -1j * omega * factor * turned(omega)

    names = tuple(f"{n}_z0" for n in table.names), tuple(f"{n}_td" for n in table.names)
    ones = np.ones(len(table.names))
    for row, sign in ((branch[0::2], -1.0), (branch[1::2], 1.0)):
        by_impedance: Entries = []
        by_delay: Entries = []
        for end, of_end in ((0, 1.0), (1, sign)):
            by_impedance.append((row, branch[end::2], partial(both, factor=-of_end * number, sign=sign)))
            for column, factor in ((plus, ones), (minus, -ones), (branch, impedance)):
                by_delay.append((row, column[end::2], partial(later, factor=-sign * of_end * factor)))
        yield ByNumber(names[0], [], [], [], by_impedance)
        yield ByNumber(names[1], [], [], [], by_delay)


def _of_couplings(system: System) -> Iterator[ByNumber]:
    """M = k·√(L₁·L₂) changes with k and with both inductances."""
    inductances: dict[str, float] = {}
    growth: dict[str, float] = {}  # of an inductance with the number on its card
    stamping = Stamping(system.unknowns, system.options)
    for table in system.circuit.elements:
        of = element(table.kind)
        if of.flux:
            factor = stamping.factor(table)
            inductances |= zip(table.names, (factor * table.values[of.main]).tolist(), strict=True)
            growth |= zip(
                table.names, (factor * copies(table, of.main) * of.scaled(table)).tolist(), strict=True
            )
        for name, rows, columns, slope in of.mutual(table, inductances, system.unknowns):
            yield ByNumber((name,) * len(rows), [], [], [(rows, columns, growth.get(name, 1.0) * slope)])


def _of_copies(placed: Placed, own: np.ndarray, system: System, x: np.ndarray) -> ByNumber:
    """Current sources by expressions: everything is proportional to how many copies there are."""
    kernel, copies = placed.kernel, placed.columns.get("m", 1.0)
    expressions = [*kernel.f, *(e for *_, e in kernel.G), *(e for *_, e in kernel.C)]
    expressions = substitute(expressions, dict(kernel.setup))
    values = evaluate(expressions, values_at(placed, system, x))
    per_copy = iter([np.broadcast_to(value / copies, len(own))[own] for value in values])
    nodes = placed.nodes[:, own]
    f = [(row, next(per_copy)) for row in nodes]
    G, C = (
        [(nodes[row], nodes[column], next(per_copy)) for row, column, _ in entries]
        for entries in (kernel.G, kernel.C)
    )
    return ByNumber(tuple(f"{placed.instances[k]}_m" for k in np.flatnonzero(own)), f, G, C)


def _of_devices(placed: Placed, system: System, x: np.ndarray, small_signal: bool) -> Iterator[ByNumber]:
    require_equations(placed)
    kernel, model = placed.kernel, named(placed.name)
    setup = dict(kernel.setup)
    held = {state.name: state.start() for state in model.states if state.hold}
    f = [
        symbol(name) - held[name] if name in held else e
        for name, e in zip(kernel.inputs, kernel.f, strict=True)
    ]
    static = substitute(f, setup)
    entries = [*kernel.G, *kernel.C] if small_signal else []
    matrix = substitute([e for _, _, e in entries], setup) if entries else []
    values = values_at(placed, system, x)
    in_currents = symbols(static)
    present = in_currents | symbols(matrix)
    timed = symbols([delay for _, delay in model.delays.values()]) if small_signal else frozenset()
    chosen = [
        (separator, parameter.name)
        for separator, parameters in ((":", model.parameters), ("_", model.instance_parameters))
        for parameter in parameters
        if parameter.name in present | timed
        and not np.any(np.isnan(placed.columns.get(parameter.name, np.nan)))
    ]
    n = len(placed.instances)
    gradients = slopes([*static, *matrix], [name for _, name in chosen], values, n)
    for k, (separator, name) in enumerate(chosen):
        changes = [(placed.nodes[row], gradients[row, k]) for row in range(len(f)) if gradients[row, k].any()]
        if name in in_currents and not changes:  # zero is a result too
            changes = [(placed.nodes[0], gradients[0, k])]
        parts: tuple[list, list] = ([], [])
        for number, (row, column, _) in enumerate(entries):
            slope = gradients[len(f) + number, k]
            if slope.any():
                parts[number >= len(kernel.G)].append((placed.nodes[row], placed.nodes[column], slope))
        shown = "m" if name == "multiplier" else name
        late = [*by_parameter(placed, name), *by_delay(placed, name)] if small_signal else []
        yield ByNumber(tuple(f"{n}{separator}{shown}" for n in placed.instances), changes, *parts, late)


def require_equations(placed: Placed) -> None:
    """Refuse compiled modules, of which only currents, charges and their first derivatives are known.

    Parameters
    ----------
    placed : Placed

    Raises
    ------
    AnalysisError
    """
    if placed.kernel.compiled:
        raise AnalysisError(
            f"{placed.instances[0]}: a compiled module tells neither how its currents depend on its parameters nor how "
            'its conductances depend on voltages; load its Verilog-A source for this analysis: .hdl "file.va"'
        )


def values_at(
    placed: Placed, system: System, x: np.ndarray, time: float | np.ndarray = 0.0
) -> dict[str, np.ndarray | float]:
    """Values of a kernel's symbols at a point, or at several, with the present memories.

    Parameters
    ----------
    placed : Placed
    system : System
    x : ndarray, shape (n + 1,) or (m, n + 1)
        Unknowns; ground is last.
    time : float or ndarray, shape (m, 1)
        [s]
    """
    values: dict[str, np.ndarray | float] = dict(placed.columns)
    if placed.linear:
        values |= dict(zip(placed.kernel.columns, numbers(placed), strict=True))
    for c, group in zip(system.condensed, system.groups, strict=True):
        if c.placed is placed:
            now = np.asarray(group.columns)
            values |= {name: now[k] for k, name in enumerate(placed.kernel.columns)}
    inputs = np.moveaxis(x[..., placed.nodes], -2, 0)
    values |= dict(zip(placed.kernel.inputs, inputs, strict=True))
    return values | {"gmin": system.options.gmin, "time": time}


class Curvature:
    """Derivatives of the devices' G and C with respect to the operating point, entry by entry.

    Parameters
    ----------
    system : System
    x : ndarray, shape (n + 1,)
        Operating point; ground is last.
    """

    def __init__(self, system: System, x: np.ndarray) -> None:
        self.n = system.n
        entries = list(_bent(system, x))
        of_G, of_C = ([e[1:] for e in entries if e[0] == part] for part in "GC")
        nothing = [(np.zeros(0, dtype=int),) * 3 + (np.zeros(0),)]
        # Rows and columns of the entries, the unknowns they depend on, and their slopes.
        self.G, self.C = (
            tuple(np.concatenate(parts) for parts in zip(*(nothing + of), strict=True)) for of in (of_G, of_C)
        )

    def gradient(self, y: np.ndarray, z: np.ndarray, omega: float) -> np.ndarray:
        """Gradient of yᵀ·(G + jωC)·z with respect to the operating point, shape (n,), complex.

        Parameters
        ----------
        y, z : ndarray of complex, shape (n + 1,)
            Ground is last.
        omega : float
            [rad/s]
        """
        gradient = np.zeros(self.n + 1, dtype=complex)
        for (rows, columns, unknowns, bends), factor in ((self.G, 1.0), (self.C, 1j * omega)):
            np.add.at(gradient, unknowns, factor * y[rows] * z[columns] * bends)
        return gradient[: self.n]


def _bent(
    system: System, x: np.ndarray
) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """For ``G`` or ``C``: rows, columns, the unknowns an entry depends on, and its slopes."""
    for c in system.condensed:
        placed, kernel = c.placed, c.placed.kernel
        require_equations(placed)
        values = values_at(placed, system, x)
        entries = [("G", *entry) for entry in kernel.G] + [("C", *entry) for entry in kernel.C]
        gradients = slopes([e for *_, e in entries], kernel.inputs, values, placed.nodes.shape[1])
        for (part, row, column, _), by_unknown in zip(entries, gradients, strict=True):
            for unknown, slope in zip(placed.nodes, by_unknown, strict=True):
                if slope.any():
                    yield part, placed.nodes[row], placed.nodes[column], unknown, slope
