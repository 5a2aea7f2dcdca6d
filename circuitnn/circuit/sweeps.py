"""The sweeps of a `Circuit`: its methods ``dc`` and ``arc``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.circuit.builder import Value
from circuitnn.elements import element
from circuitnn.errors import AnalysisError, nearest
from circuitnn.flat import Sweep
from circuitnn.machine.text import lowered
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from circuitnn.analyses.cards import Progress
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.results.result import Result


def dc(
    circuit: Circuit,
    sweeps: Mapping[str, Sequence[float]] | str,
    start: Value | None = None,
    stop: Value | None = None,
    step: Value | None = None,
    progress: Progress | None = None,
    **options: object,
) -> Result:
    """DC sweep.

    Parameters
    ----------
    sweeps : str, or mapping of str to sequence of float
        What to sweep: a source, a resistor, ``temp``, or a parameter of the deck; a mapping gives
        the points of each axis, the first (innermost) fastest.
    start, stop, step : float or str
        Of a single axis.
    progress : callable, optional
    **options
        Options, as ``reltol=1e-6``.

    Returns
    -------
    Result

    Raises
    ------
    AnalysisError
        If there is nothing of that name to sweep, or no points are given.
    """
    from circuitnn.analyses import dc as analysis

    if isinstance(sweeps, str):
        if start is None or stop is None or step is None:
            raise AnalysisError("dc: give start, stop and step, or a mapping of names to points")
        sweeps = {
            sweeps: _steps(
                number_of(start, "start"), number_of(stop, "stop"), number_of(step, "step")
            ).tolist()
        }
    axes = tuple(
        Sweep(_target(circuit, name), tuple([number_of(point, name) for point in points]))
        for name, points in sweeps.items()
    )
    rebuild = circuit._rebuilder({})
    return circuit._finish(analysis.dc(circuit.flat, axes, circuit.options(**options), rebuild, progress))


def arc(
    circuit: Circuit, source: str, start: Value, stop: Value, points: int = 100, **options: object
) -> Result:
    """Operating points along the arc of a source's value, around folds: S- and N-shaped curves.

    Parameters
    ----------
    source : str
        Independent source.
    start, stop : float or str
        [V, A]
    points : int
        From point to point nothing changes by more than its largest value over `points`.
    **options
        Options, as ``reltol=1e-6``.

    Returns
    -------
    Result
        As of a dc sweep, but the first column may go back; see `circuitnn.analyses.arc`.
    """
    from circuitnn.analyses import arc as analysis

    options_now = circuit.options(**options)
    return circuit._finish(
        analysis.arc(
            circuit.flat,
            lowered(source),
            number_of(start, "start"),
            number_of(stop, "stop"),
            options_now,
            whole_of(points, "points"),
        )
    )


def _target(circuit: Circuit, name: str) -> str:
    name = lowered(name)
    if name == "temp" or name.startswith("param:"):
        return name
    known = [n for table in circuit.flat.elements if element(table.kind).sweep for n in table.names]
    if name in known:
        return name
    if name in circuit.flat.parameters:
        return f"param:{name}"
    names = [*known, *circuit.flat.parameters, "temp"]
    raise AnalysisError(f"dc: nothing to sweep is called {name}{nearest(name, names)}")


def _steps(start: float, stop: float, step: float) -> np.ndarray:
    """Points from `start` to `stop`, both included where the step allows."""
    if step == 0.0 or (stop - start) / step < 0.0:
        raise AnalysisError(f"dc: a step of {step:g} does not lead from {start:g} to {stop:g}")
    count = int(np.floor((stop - start) / step * (1.0 + 1e-12) + 1e-9)) + 1
    return start + step * np.arange(count)
