"""Subjects of studies: a circuit with its analyses, an array with its operating point."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from circuitnn.crossbar import Crossbar, CrossbarResult
from circuitnn.crossbar.bias import Scheme
from circuitnn.errors import AnalysisError
from circuitnn.machine.cached import cached_property
from circuitnn.studies.engine import Partly, study
from circuitnn.studies.plans import Measures, plan
from circuitnn.studies.random_arrays import RandomFaults, chip
from circuitnn.studies.runs import Outcome, Plan, Variation
from circuitnn.studies.spaces import Distribution, Space
from circuitnn.studies.together import BLOCK, Together

if TYPE_CHECKING:
    import xarray

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.studies.pool import Told

NAMES = ("selected_current", "sneak_current", "half_select_leakage", "leakage_power", "total_power")
ArrayMetrics = Mapping[str, str | Callable[[CrossbarResult], Any]] | Sequence[str]


@dataclass
class CircuitPoint:
    """Runs a circuit at a point: its parameters are those of a corner, and ``seed``."""

    plan: Plan

    def __call__(self, **point: Any) -> dict[str, float]:
        """Measures of one run."""
        seed = point.pop("seed", None)
        return values_of(self.plan.run(Variation(seed, point)))

    size = BLOCK

    @cached_property
    def _together(self) -> Together:
        return Together(self.plan)

    def many(self, points: Sequence[dict[str, Any]]) -> list[dict[str, float] | str] | None:
        """Measures of many runs that are solved together; None if that is impossible."""
        variations = []
        for point in points:
            point = dict(point)
            variations.append(Variation(point.pop("seed", None), point))
        outcomes = self._together.together(variations)
        if outcomes is None or any(outcome.missing or outcome.message for outcome in outcomes):
            return None  # run one by one, which gives the reasons
        return [values_of(outcome) for outcome in outcomes]

    def __getstate__(self) -> dict[str, Any]:
        return {"plan": self.plan}

    def _digested(self) -> object:
        source = self.plan.circuit.source
        changes = {n: v for n, v in vars(source).items() if n in type(source).__dataclass_fields__}
        return {n: v for n, v in changes.items() if n not in ("parsed", "elements")}, self.plan.functions


def values_of(outcome: Outcome) -> dict[str, float]:
    """Measures of a run.

    Raises
    ------
    AnalysisError
        If the run failed.
    Partly
        If some measures have no value.
    """
    if outcome.message:
        raise AnalysisError(outcome.message)
    names = sorted({*outcome.measures, *outcome.missing})
    values = {name: outcome.measures.get(name, float("nan")) for name in names}
    if outcome.missing:
        raise Partly(values, "; ".join(f"{name}: {why}" for name, why in outcome.missing.items()))
    return values


def study_circuit(
    circuit: Circuit,
    space: Space,
    measures: Measures | None = None,
    analysis: str | None = None,
    *,
    record: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    processes: int = 1,
    scheduler: str | None = None,
    executor: Executor | None = None,
    progress: bool | Told = False,
    partial: Callable[[xarray.Dataset], object] | None = None,
) -> xarray.Dataset:
    """Run a circuit at every point of a parameter space.

    Parameters
    ----------
    circuit : Circuit
    space : Space
        Its parameters are those of `Circuit.at_corner`: ``.param`` names, elements, ``@m1[w]``, ``temp``; and ``seed``.
    measures : mapping of str to str or callable, optional
        As for `monte_carlo`, beside the deck's ``.meas`` cards.
    analysis : str, optional
        Card of the analysis; default: the deck's.
    record, overwrite, processes, scheduler, executor, progress, partial
        As of `study`.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    AnalysisError
        If an argument is invalid, or a parameter does not exist in the circuit.
    NetlistError
        If the deck has faults.
    """
    if not isinstance(space, Space):
        raise AnalysisError(f"space = {space!r}: must be a space, as Grid(r1=[1e3, 2e3])")
    planned = plan(circuit, analysis, measures, (), 2)
    if not planned.functions and not planned.circuit.flat.measures:
        raise AnalysisError("the study has no measures: add .meas cards, or give measures={name: …}")
    for k in (0, len(space) - 1):  # a misspelt name is an error, not a failed point
        point = space[k]
        point.pop("seed", None)
        Variation(None, point).of(planned.circuit)
    return study(
        CircuitPoint(planned),
        space,
        record=record,
        overwrite=overwrite,
        processes=processes,
        scheduler=scheduler,
        executor=executor,
        progress=progress,
        partial=partial,
        title=circuit.title,
    )


@dataclass
class ArrayPoint:
    """Solves an array at a point."""

    array: Crossbar
    scheme: Scheme | Callable[..., Scheme]
    metrics: Mapping[str, str | Callable[[CrossbarResult], Any]]
    random: Mapping[str, Distribution | str] = field(default_factory=dict)
    faults: RandomFaults | None = None
    biased: tuple[str, ...] = ()

    def __call__(self, **point: Any) -> dict[str, Any]:
        """Metrics of one array."""
        bias = {name: point.pop(name) for name in self.biased}
        array = self.array
        if point or self.random or self.faults is not None:
            seed = int(point.pop("seed", 1 if array.seed is None else array.seed))
            array = chip(array, seed, self.random, self.faults, **point)
        result = array.op(self.scheme(**bias) if callable(self.scheme) else self.scheme)
        return {
            name: getattr(result, m) if isinstance(m, str) else m(result) for name, m in self.metrics.items()
        }


def study_array(
    array: Crossbar,
    space: Space,
    scheme: Scheme | Callable[..., Scheme],
    metrics: ArrayMetrics | None = None,
    *,
    random: Mapping[str, Distribution | str] | None = None,
    faults: RandomFaults | None = None,
    bias: Iterable[str] = (),
    record: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    processes: int = 1,
    scheduler: str | None = None,
    executor: Executor | None = None,
    progress: bool | Told = False,
    partial: Callable[[xarray.Dataset], object] | None = None,
) -> xarray.Dataset:
    """Solve an array at every point of a parameter space.

    Parameters
    ----------
    array : Crossbar
    space : Space
        Its parameters are arguments of the array, parameters of its cells (``ron``, ``"vteam.ron"``, ``g``, ``r``), and
        ``seed``: each seed is another chip, with other spread (``ron.dev``), `random` parameters and `faults`.
    scheme : Scheme or callable
        A bias, or a function of the parameters named in `bias` that makes one.
    metrics : mapping of str to str or callable, or sequence of str, optional
        Name → function of the `CrossbarResult`, or name of its attribute. Default: currents of the selected cell
        and of sneak paths.
    random : mapping of str to distribution or str, optional
        Parameter of the cells → distribution or expression from which each cell draws a number; see `chips.chip`.
    faults : RandomFaults, optional
        Nodes cut off by faults are allowed; they are at 0 V.
    bias : iterable of str
        Parameters of the space that `scheme` takes.
    record, overwrite, processes, scheduler, executor, progress, partial
        As of `study`.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    AnalysisError
        If an argument is invalid, or all points fail.
    """
    metrics = NAMES[:2] if metrics is None else metrics
    by_name = metrics if isinstance(metrics, Mapping) else {name: name for name in metrics}
    for metric in by_name.values():
        if isinstance(metric, str) and not hasattr(CrossbarResult, metric):
            raise AnalysisError(f"results of arrays have no {metric}; some are {', '.join(NAMES)}")
    build = ArrayPoint(array, scheme, dict(by_name), dict(random or {}), faults, tuple(bias))
    return study(
        build,
        space,
        record=record,
        overwrite=overwrite,
        processes=processes,
        scheduler=scheduler,
        executor=executor,
        progress=progress,
        partial=partial,
        title=array.name,
    )
