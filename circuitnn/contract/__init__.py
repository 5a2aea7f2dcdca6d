"""The contract of compact models, and the checks that enforce it.

Each check takes a `Case` (the model with many drawn instances) and returns an `Outcome`. The tests of
the catalogue and the command ``circuitnn check-model`` run the same checks.
"""

from __future__ import annotations

from collections.abc import Callable

from circuitnn.contract import (
    activity,
    angle_states,
    behaviour,
    coverage,
    dimensions,
    documentation,
    edges,
    equations,
    heat,
    noise,
    over_temperature,
    smooth,
    structure,
    twin,
    values,
)
from circuitnn.contract.case import Case
from circuitnn.contract.drive import Response, response
from circuitnn.contract.report import Finding, Outcome, Report, versions
from circuitnn.errors import BudgetError
from circuitnn.later import submodules
from circuitnn.machine import budget
from circuitnn.models.model import Model

__all__ = ["BATTERY", "TWIN", "Case", "Finding", "Outcome", "Report", "check_model"]

BATTERY: tuple[Callable[[Case], Outcome], ...] = (
    structure.structure,
    documentation.described,
    dimensions.dimensions,
    equations.kirchhoff,
    equations.derivatives,
    equations.back_ends,
    equations.finite,
    values.values,
    edges.edges,
    smooth.jumps,
    behaviour.bounds,
    behaviour.events,
    angle_states.turns,
    activity.passive,
    behaviour.zero_bias,
    behaviour.energy,
    heat.heat,
    over_temperature.over_temperature,
    noise.noise_at_rest,
    coverage.coverage,
)
PATIENCE = 60.0  # s that a check may take; usual ones take some ms, with ngspice a second
TWIN: tuple[Callable[[Case], Outcome], ...] = (twin.same_equations, twin.same_transient)


def check_model(
    model: type[Model],
    ngspice: bool = True,
    *,
    seconds: float = PATIENCE,
    progress: Callable[[float, str], None] | None = None,
) -> Report:
    """Check a model against the whole contract.

    Parameters
    ----------
    model : type of Model
        A model of the package, or one registered by `circuitnn.load_models` or `circuitnn.models.register`.
    ngspice : bool
        Whether to compare it with its ngspice twin, too.
    seconds : float
        Time that one check may take; one that is not done by then has failed. [s]
    progress : callable, optional
        Called with the fraction done and the name of the check under way.

    Returns
    -------
    Report
        If the structure of the model is not sound, of that check alone.
    """
    first = structure.sound(model)  # first, since drawing numbers may be impossible
    report = Report(model.name, [first], versions=versions())
    if not first.passed:
        report.left_out = "the other checks require a sound structure"
        return report
    checks = (*BATTERY, *TWIN) if ngspice else BATTERY
    report.outcomes = []
    for done, check in enumerate(checks):
        if progress is not None:
            progress(done / len(checks), f"{model.name}: {named(check)}")
        report.outcomes.append(in_time(check, model, seconds))
    transient = response(model)
    if isinstance(transient, Response):
        report.response = transient
    return report


def named(check: Callable[[Case], Outcome]) -> str:
    """Name of a check by its function."""
    return check.__name__.replace("_", " ")


def in_time(check: Callable[[Case], Outcome], model: type[Model], seconds: float) -> Outcome:
    """Outcome of a check; one that takes longer than it may has failed."""
    try:
        with budget.limits(seconds=seconds):
            return check(Case(model))
    except BudgetError:
        budget.ask_time("check-model")  # the limit of the whole command
        outcome = Outcome(named(check), str(check.__doc__).partition("\n")[0].rstrip("."))
        outcome.require(False, f"not done after {seconds:g} s, the most that a check may take")
        return outcome


__getattr__ = submodules(__name__)
