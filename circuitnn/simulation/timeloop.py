"""Set-up of the compiled time loop, with Newton's method at the tolerances of a transient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.convergence import Convergence
from circuitnn._cext.transient import Transient
from circuitnn.system.accuracy import accuracy

if TYPE_CHECKING:
    from circuitnn._cext.conditions import Conditions
    from circuitnn._cext.method import Method
    from circuitnn.simulation.simulation import Simulation
    from circuitnn.solvers.controllers import Controller
    from circuitnn.solvers.span import Initial, Span


def time_loop(
    simulation: Simulation,
    conditions: Conditions,
    initial: Initial,
    span: Span,
    method: Method,
    controller: Controller,
    saved: np.ndarray,
) -> Transient:
    """A transient that is ready to run.

    Parameters
    ----------
    simulation : Simulation
        Its Newton's method uses the tolerances of a transient from here on.
    conditions : Conditions
    initial : Initial
    span : Span
    method : Method
    controller : Controller
    saved : ndarray of int32
        Unknowns to record.
    """
    options, factors = simulation.options, simulation.factors
    exact = accuracy(simulation.system, options)
    test = Convergence(factors, exact.x_tolerance, exact.f_tolerance, exact.relative)
    simulation.newton.test_by(test)
    for group in simulation.system.groups:
        group.may_rest(exact.x_tolerance, exact.relative)
    return Transient(
        simulation.newton,
        conditions,
        initial=initial,
        span=span,
        accuracy=exact,
        method=method,
        controller=controller,
        saved=saved,
        max_iterations=options.itl4,
    )
