"""What every compact model must keep, and the checks that hold it to that.

Each check takes a `Case` (the model with many drawn instances) and gives an `Outcome`. The tests of
the catalogue and the command ``circuitnn check-model`` run the same ones.
"""

from __future__ import annotations

from collections.abc import Callable

from circuitnn.contract import (
    behaviour,
    coverage,
    documentation,
    edges,
    equations,
    heat,
    noise,
    smooth,
    structure,
    twin,
    values,
)
from circuitnn.contract.case import Case
from circuitnn.contract.drive import Response, response
from circuitnn.contract.report import Finding, Outcome, Report, versions
from circuitnn.later import submodules
from circuitnn.models.model import Model

__all__ = ["BATTERY", "TWIN", "Case", "Finding", "Outcome", "Report", "check_model"]

BATTERY: tuple[Callable[[Case], Outcome], ...] = (
    structure.structure,
    documentation.described,
    equations.kirchhoff,
    equations.derivatives,
    equations.back_ends,
    equations.finite,
    values.values,
    edges.edges,
    smooth.jumps,
    behaviour.bounds,
    behaviour.events,
    behaviour.passive,
    behaviour.zero_bias,
    behaviour.energy,
    heat.heat,
    noise.noise_at_rest,
    coverage.coverage,
)
TWIN: tuple[Callable[[Case], Outcome], ...] = (twin.same_equations, twin.same_transient)


def check_model(model: type[Model], ngspice: bool = True) -> Report:
    """Hold a model to everything a compact model must keep.

    Parameters
    ----------
    model : type of Model
        Of the package, or one that `circuitnn.load_models` or `circuitnn.models.register` made known.
    ngspice : bool
        Whether to compare it with its twin in ngspice too.

    Returns
    -------
    Report
        If the model is not put together soundly, of that check alone.
    """
    first = structure.sound(model)  # without numbers, which there may be none to draw
    report = Report(model.name, [first], versions=versions())
    if not first.passed:
        report.left_out = "the other checks require a sound structure"
        return report
    checks = (*BATTERY, *TWIN) if ngspice else BATTERY
    report.outcomes = [check(Case(model)) for check in checks]
    made = response(model)
    if isinstance(made, Response):
        report.response = made
    return report


__getattr__ = submodules(__name__)
