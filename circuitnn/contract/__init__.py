"""What every compact model must keep, and the checks that hold it to that.

Each check takes a `Case` (the model with many drawn instances) and gives an `Outcome`. The tests of
the catalogue and the command ``circuitnn check-model`` run the same ones.
"""

from __future__ import annotations

from collections.abc import Callable

from circuitnn.contract import behaviour, description, equations, twin
from circuitnn.contract.case import Case
from circuitnn.contract.report import Finding, Outcome, Report
from circuitnn.later import submodules
from circuitnn.models.model import Model

__all__ = ["BATTERY", "TWIN", "Case", "Finding", "Outcome", "Report", "check_model"]

BATTERY: tuple[Callable[[Case], Outcome], ...] = (
    description.described,
    equations.kirchhoff,
    equations.derivatives,
    equations.back_ends,
    equations.finite,
    behaviour.bounds,
    behaviour.events,
    behaviour.passive,
    behaviour.zero_bias,
    behaviour.energy,
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
    """
    checks = (*BATTERY, *TWIN) if ngspice else BATTERY
    return Report(model.name, [check(Case(model)) for check in checks])


__getattr__ = submodules(__name__)
