"""The search for an operating point: Newton's method, homotopies, ties, and what helps where rounding spoils these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import TopologyError
from circuitnn.operating_point import source_range
from circuitnn.operating_point.point import OperatingPoint
from circuitnn.operating_point.rounding_error import reached, suspicious
from circuitnn.operating_point.switch_states import SwitchStates
from circuitnn.solvers.homotopy import SINGULAR, solve

if TYPE_CHECKING:
    from circuitnn._cext.conditions import Conditions
    from circuitnn.operating_point.simulation import Simulation


# How far a voltage moves in an iteration where voltages are held back, in highest source voltages and 1 V. Chains of
# inverters of all lengths need fewest iterations with 2 to 10.
REACH = 5.0


class Search:
    """One search, from the guess in the simulation's `x`, which the solution replaces.

    Parameters
    ----------
    simulation : Simulation
    iterations : int
        Limit of Newton iterations per solve.
    """

    def __init__(self, simulation: Simulation, iterations: int) -> None:
        self.simulation, self.iterations = simulation, iterations
        self.error = np.zeros(simulation.system.n + 1)
        self.exact = self.rounded = False
        self._hint = ""  # about rounding, if no solution is found
        self._switch_states = SwitchStates(simulation)
        steps = {
            "gmin stepping": simulation.options.gminsteps,
            "source stepping": simulation.options.srcsteps,
        }
        self._skip = frozenset(name for name, wanted in steps.items() if not wanted)

    def run(self) -> OperatingPoint:
        """Solve by any method that leads to a correct solution.

        Raises
        ------
        ConvergenceError, SingularMatrixError, TopologyError
        """
        simulation = self.simulation
        ties, x = simulation.regularisation, simulation.x
        simulation.newton.convergence.rounded = False
        status = self._certainly(first=not np.any(x))
        if status != 0:
            raise simulation.failure(status, "op", hint=self._hint)
        ties.divide(x, self._certainly)
        fault = ties.fault(x)
        if fault and not (ties.firmer(x) and self._attempt() == 0 and not ties.fault(x)):
            raise TopologyError(f"op: {fault}")
        return OperatingPoint(x.copy(), self.error, self.exact, self.rounded)

    def _certainly(self, first: bool = False) -> int:
        """Solve, and examine a solution that rounding may have spoilt."""
        self.exact = False
        status = self._attempt(first)
        if not self.exact and (status == SINGULAR or (status == 0 and suspicious(self.simulation))):
            status = self._examined(status)
        while status == SINGULAR and self._hold_more():
            status = self._attempt()
        return status

    def _examined(self, status: int) -> int:
        from circuitnn.operating_point.conditioning import resolve  # rarely needed

        if self._divided(near=status == 0):
            return 0
        verdict = resolve(self.simulation, status, self._attempt)
        self.exact |= verdict.exact
        if verdict.doubtful:
            self.simulation.examine_each()
        return verdict.status

    def _attempt(self, first: bool = False) -> int:
        simulation = self.simulation
        outcome = solve(
            simulation.newton,
            simulation.conditions,
            simulation.x,
            self.iterations,
            simulation.nodes,
            first,
            self._skip,
            self._mend,
            self._is_solution,
            lambda guess: self._switch_states.agree(guess, self.iterations),
            lambda: REACH * (1.0 + float(np.max(source_range.voltages(simulation), initial=0.0))),
        )
        if outcome.homotopy:
            simulation.statistics.homotopy = outcome.homotopy
        if outcome.status == 0 and not outcome.verified:
            from circuitnn.operating_point.conditioning import unverified  # rarely needed

            unverified(simulation)
        return outcome.status

    def _mend(self) -> Conditions | None:
        return self.simulation.conditions if self.simulation.regularisation.mend() else None

    def _hold_more(self) -> bool:
        """Tie what nothing determines at the last iterate; only where no homotopy has found a way."""
        from circuitnn.operating_point.self_driven_nodes import loose_node  # rarely needed

        simulation = self.simulation
        if simulation.system.assembly.linear:
            return False
        ties = simulation.regularisation
        return ties.make(self_controlled=False) or ties.hold(loose_node(simulation))

    def _divided(self, near: bool = False) -> bool:
        """Solve the circuit if it only divides voltages, see `Dividers.solved`."""
        error = self.simulation.dividers.solved(near)
        if error is None:
            return False
        self.error, self.exact = error, True
        self.simulation.examine_each()
        return True

    def _is_solution(self) -> bool:
        """Whether the iterate at which plain Newton has failed is as good as rounding allows."""
        if self._divided():
            from circuitnn.operating_point import dividers

            dividers.note(self.simulation)
            return True
        self.rounded, hint = reached(self.simulation)
        self._hint = hint or self._hint
        if self.rounded:
            self.simulation.examine_each()
        return self.rounded
