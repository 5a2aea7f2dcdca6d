"""What an analysis records, and the results made of it: recorded unknowns, or named columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from circuitnn.device_values.late_probes import LateProbes
from circuitnn.errors import CircuitnnError, ConvergenceError, UnknownNameError
from circuitnn.flat import FlatCircuit
from circuitnn.results.blockwise import blocks
from circuitnn.results.quantities import OF_AXIS
from circuitnn.results.result import Result

if TYPE_CHECKING:
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.options import Options
    from circuitnn.registry.analyses import Plot

AXES = tuple(OF_AXIS)


class Variables(NamedTuple):
    """What a result may show.

    Parameters
    ----------
    names, kinds : sequence of str
        Unknowns and their quantities.
    circuit : FlatCircuit
        Whose cards say which of them.
    """

    names: Sequence[str]
    kinds: Sequence[str]
    circuit: FlatCircuit


def variables(simulation: Simulation) -> Variables:
    """Return the unknowns of a simulation."""
    unknowns = simulation.system.unknowns
    return Variables(unknowns.names, unknowns.kinds, simulation.circuit)


def recorded(simulation: Simulation, inside: bool = False, of: Variables | None = None) -> np.ndarray:
    """Select the unknowns to record: those that cards request, or all except those inside devices.

    They are those of the simulation, or others (`of`) that follow from them.

    Without ``.save`` all nodes and branches are recorded, and inner unknowns of devices whose values are requested (of
    all devices if `inside`). Unknowns that the result does not show come last.
    """
    of = of or variables(simulation)
    names, circuit = of.names, of.circuit
    within = "#" in "".join(names)
    kept, looked = list(range(len(names))), bool(simulation.options.warn)
    if within and not inside:
        asked, named = circuit.asked(), _nodes_with_hash(circuit) | set(circuit.saves)
        if looked:
            from circuitnn.device_values.operating_area import looked_into  # few decks ask for it

            asked |= looked_into(circuit)
        everything = "*" in asked
        kept = [
            k
            for k, n in enumerate(names)
            if "#" not in n
            or everything
            or n in named
            or not asked.isdisjoint((n[2:-1], n[2 : n.index("#")]))
        ]
    if circuit.saves and not circuit.watched and not looked:
        kept = _asked_for(of, simulation.options, kept)
    if within:
        seen = _shown_names(circuit, [names[k] for k in kept])
        kept.sort(key=lambda k: names[k] not in seen)
    return np.array(kept, dtype=np.int32)


def _nodes_with_hash(circuit: FlatCircuit) -> set[str]:
    """Node voltages of the deck whose names contain ``#``, like those of unknowns inside devices and elements."""
    return {f"v({name})" for name in circuit.node_names if "#" in name and name not in circuit.inside}


def _shown_names(circuit: FlatCircuit, names: Sequence[str]) -> set[str]:
    """Select the names that a result shows; unknowns inside devices must be named by ``.save``."""
    named = _nodes_with_hash(circuit) | set(circuit.saves)
    return {name for name in names if "#" not in name or name in named}


def shown(
    names: tuple[str, ...], types: tuple[str, ...], data: np.ndarray, circuit: FlatCircuit
) -> tuple[tuple[str, ...], tuple[str, ...], np.ndarray, dict[str, np.ndarray]]:
    """Split recorded data into the variables that a result shows and the columns inside devices that it does not.

    Both are views: the columns not shown come last.
    """
    if "#" not in "".join(names):
        return names, types, data, {}
    count = len(_shown_names(circuit, names))
    hidden = {name: data[:, k] for k, name in enumerate(names) if k >= count}
    return (names[:count], types[:count], data[:, :count], hidden) if hidden else (names, types, data, {})


class _Needs:
    """Stand-in for probes that records which unknowns the values of devices depend on."""

    def __init__(self, circuit: FlatCircuit, options: Options) -> None:
        self.circuit, self.options = circuit, options
        self.unknowns: set[str] = set()

    def values(self, result: Result, name: str) -> np.ndarray:
        from circuitnn.device_values.probes import find, parsed

        device, _ = parsed(name)
        self.unknowns |= set(find(self.circuit, self.options, device).inputs.values())
        return np.empty(0)

    def current_into(self, device: str) -> str:
        from circuitnn.device_values.probes import current_into

        return current_into(self.circuit, self.options, device)


def _asked_for(of: Variables, options: Options, kept: list[int]) -> list[int]:
    """Unknowns read by ``.save``, ``.print``, ``.meas`` and ``.four``; all if they cannot be determined."""
    names, circuit = of.names, of.circuit
    place = {name: k for k, name in enumerate(names)}
    if "all" in circuit.saves or "all" in [e for card in circuit.prints for e in card.signals]:
        return kept
    plain = not (circuit.prints or circuit.measures or circuit.fouriers or circuit.probed)
    if plain and place.keys() >= set(circuit.saves):
        return sorted({place[name] for name in circuit.saves})
    variables = (*AXES, *names)
    needs = _Needs(circuit, options)
    blank: Result[np.ndarray] = Result(
        "", "tran", "", AXES[0], variables, variables, np.empty((0, len(variables))), probes=needs
    )
    saved = [
        *circuit.saves,
        *(e for _, e in circuit.probed),
        *(e for card in circuit.prints for e in card.signals),
    ]
    signals: set[str] = set()
    for expression in saved:
        with suppress(CircuitnnError):  # a name of another analysis, or one that only ngspice can save
            signals |= _read(blank, expression)
    if not signals and not needs.unknowns:
        return kept
    try:
        for expression in _measured(circuit):
            signals |= _read(blank, expression)
    except CircuitnnError:  # the measure reports it
        return kept
    return [k for k in kept if names[k] in signals | needs.unknowns]


def _measured(circuit: FlatCircuit) -> list[str]:
    """Expressions of ``.meas`` and ``.four``."""
    texts = [e for _, of in circuit.fouriers for e in of]
    for measure in circuit.measures:
        texts += measure.signals()
    return [text for text in texts if text]


def _read(result: Result, expression: str) -> set[str]:
    """Unknowns that an expression reads.

    Raises
    ------
    NetlistError
        The expression cannot be parsed.
    """
    from circuitnn.results.evaluation import signals

    unknowns: set[str] = set()
    for name in signals(result, expression):
        with suppress(UnknownNameError):  # for instance, the result of another measure
            unknowns.update(result.find(name))
    return unknowns - set(AXES)


def make_table(
    simulation: Simulation,
    plot: Plot,
    columns: Mapping[str, Any],
    kind: str | Callable[[str], str],
    axis: tuple[str, np.ndarray] | None = None,
) -> Result:
    """Make a result from named columns that are not unknowns, over an axis (name, values) or none.

    `kind` is the quantity of all columns, or a function from name to quantity.

    Raises
    ------
    ConvergenceError
        If a number is not finite.
    """
    names, data = [*columns], [np.atleast_1d(np.asarray(v)) for v in columns.values()]
    types = [kind if isinstance(kind, str) else kind(name) for name in names]
    if axis is not None:
        names, types, data = [axis[0], *names], [axis[0], *types], [axis[1], *data]
    stacked = np.column_stack(data)
    _check_finite(plot, bool(np.all(np.isfinite(stacked))))
    return Result(
        axis=axis[0] if axis else None,
        names=tuple(names),
        types=tuple(types),
        data=stacked,
        **_of_run(simulation, plot, len(stacked)),
    )


def make_result(
    simulation: Simulation,
    plot: Plot,
    data: np.ndarray,
    saved: np.ndarray,
    axis: tuple[str, str] | None = None,
    finite: bool | None = None,
    of: Variables | None = None,
    **more: object,
) -> Result:
    """Make a result from recorded unknowns, with the axis (name, quantity) in the first column if there is one.

    `of` says which unknowns the recorded ones are of, if not those of the simulation; `finite` whether all numbers are
    finite, if known.

    Raises
    ------
    ConvergenceError
        If a number in `data` is not finite: no NaN leaves the package.
    """
    of = of or variables(simulation)
    everything = np.array_equal(saved, np.arange(len(of.names)))  # and in their order
    names, types = (
        tuple(of_all) if everything else tuple([of_all[i] for i in saved.tolist()])
        for of_all in (of.names, of.kinds)
    )
    if finite is None:
        finite = all(bool(np.isfinite(block).all()) for block in blocks(data))
    _check_finite(plot, finite)
    head = ((axis[0],), (axis[1],)) if axis else ((), ())
    names, types, data, hidden = shown(head[0] + names, head[1] + types, data, of.circuit)
    return Result(
        axis=axis[0] if axis else None,
        names=names,
        types=types,
        data=data,
        **_of_run(simulation, plot, len(data)),
        probes=LateProbes(of.circuit, simulation.options, hidden),
        logic={} if simulation.mixed is None else simulation.mixed.signals(),
        **more,  # type: ignore[arg-type]
    )


def _check_finite(plot: Plot, finite: bool) -> None:
    if not finite:
        raise ConvergenceError(f"{plot.name}: a result is not finite; a source or parameter is out of range")


def _of_run(simulation: Simulation, plot: Plot, points: int) -> dict[str, Any]:
    """What all results of a run have: titles and statistics."""
    return {
        "title": simulation.circuit.title,
        "analysis": plot.name,
        "plotname": plot.title,
        "statistics": simulation.finish(points),
    }
