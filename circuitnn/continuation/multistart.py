"""Search for all operating points of a circuit by many starts, deflation and curves; each one is verified.

There is no proof that the list is complete. Three methods make it unlikely to miss one: starts all over the range that
the sources give; Newton's method on the residual divided by the distances to the known solutions (deflation), which
leads elsewhere from the same start; and the curves f(x) + λ·b = 0 through every solution, along sources and along
currents drawn from nodes, where each crossing of λ = 0 is a solution.

References
----------
P. E. Farrell, Á. Birkisson, S. W. Funke, "Deflation techniques for finding distinct solutions of nonlinear partial
differential equations", SIAM J. Sci. Comput. 37, A2026 (2015), doi:10.1137/140984798.
L. O. Chua, A. Ushida, "A switching-parameter algorithm for finding multiple solutions of nonlinear resistive
circuits", Int. J. Circuit Theory Appl. 4, 215 (1976), doi:10.1002/cta.4490040302.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuitnn.continuation.candidates import Candidates
from circuitnn.continuation.curve import Injected, Walk, correct
from circuitnn.elements import element
from circuitnn.errors import CircuitnnError
from circuitnn.machine import budget
from circuitnn.operating_point.simulation import Simulation
from circuitnn.solvers.full_step import full_step

DEFLATED = 60  # iterations of Newton's method on the deflated residual
FAR, FAR_STEPS = 3.0, 6  # excursion of the sources, in multiples of their values, and number of steps back
CURVES = 600  # most curves followed
MOST_NODES = 32  # most nodes from which currents are drawn
POINTS = 400  # most points of one curve
WANTED = 0.05  # step along a curve, relative to the range
BEYOND = 2.0  # how far a curve's voltages may leave the box, in ranges


class Search(Candidates):
    """The methods to find operating points.

    Parameters
    ----------
    simulation : Simulation
        With an operating point in `x`, if one was found.
    seed : int
        Seed of the random starts.

    Attributes
    ----------
    cut : bool
        Whether some curves were not followed because there were too many.
    """

    def __init__(self, simulation: Simulation, seed: int) -> None:
        super().__init__(simulation)
        self.cut = False
        self.rng = np.random.default_rng(seed)

    # ------------------------------------------------------------------ starts

    def box(self) -> tuple[float, float]:
        """Range of voltages for starts: that of the sources, extended by the solutions found."""
        low, high = _swing(self.simulation)
        for x in self.solutions:
            v = x[self.kinds[0]]
            low, high = min(low, float(np.min(v, initial=0.0))), max(high, float(np.max(v, initial=0.0)))
        if high - low < 1.0:
            low, high = low - 1.0, high + 1.0
        return low, high

    def guesses(self, count: int) -> Iterator[np.ndarray]:
        """Points spread over the box, with states spread over their bounds."""
        simulation = self.simulation
        nodes, states = simulation.nodes, [p for p in simulation.system.unknowns.states if not p.state.hold]
        low, high = self.box()
        dimension = nodes + sum(len(p.numbers) for p in states)
        base = self.solutions[0] if self.solutions else simulation.x
        for _ in range(count):
            row = self.rng.random(dimension)
            x, place = base.copy(), nodes
            x[:nodes] = low + (high - low) * row[:nodes]
            for p in states:
                part = row[place : place + len(p.numbers)]
                x[p.numbers] = _within(p.state.low, p.state.high, p.initial, part)
                place += len(p.numbers)
            yield x

    def start(self, guess: np.ndarray, iterations: int) -> bool:
        """Newton's method, with limiting, from a guess."""
        simulation = self.simulation
        x = guess.copy()
        self.forget()
        status = simulation.newton.operating_point(x, simulation.conditions, 0.0, iterations)
        return status == 0 and self.offer(x)

    def start_held(self, guess: np.ndarray, iterations: int) -> bool:
        """Newton's method from the solution with nodes held at a guess."""
        simulation = self.simulation
        self.forget()
        before = simulation.held
        try:
            simulation.force({k + 1: float(guess[k]) for k in range(simulation.nodes)})
            x = guess.copy()
            held = simulation.conditions
            status = simulation.newton.operating_point(x, held, 0.0, iterations)
        except CircuitnnError:
            return False
        finally:
            simulation.held = before
        if status != 0:
            return False
        status = simulation.newton.operating_point(x, simulation.conditions, 0.0, iterations)
        return status == 0 and self.offer(x)

    def start_far(self, guess: np.ndarray, iterations: int) -> bool:
        """Newton's method from a solution at other source values: switches keep their state on the way back."""
        simulation, system = self.simulation, self.simulation.system
        self.forget()
        values, x = system.constants.copy(), guess.copy()
        low, high = self.box()
        far = self.rng.uniform(-FAR, FAR, len(values)) * np.where(values, values, high - low)
        try:
            for part in np.linspace(1.0, 0.0, FAR_STEPS):
                system.constants[:] = values + part * (far - values)
                if simulation.newton.operating_point(x, simulation.conditions, 0.0, iterations) != 0:
                    return False
        finally:
            system.constants[:] = values
        return self.offer(x)

    def deflate(self, guess: np.ndarray) -> bool:
        """Newton's method on the residual divided by the distances to the known solutions."""
        simulation, x = self.simulation, guess.copy()
        low, high = self.box()
        nodes, longest = simulation.nodes, 0.25 * (high - low)
        for _ in range(DEFLATED):
            correction = full_step(simulation.newton, x, simulation.conditions)
            if correction is None:
                return False
            step = -correction
            # M = Π(1 + 1/d²): the step of the deflated residual differs from Newton's only in length
            turn = 0.0
            for known in self.solutions:
                away = (x - known)[:nodes] / (high - low)
                distance = float(away @ away) or 1e-30
                towards = float(away @ step[:nodes]) / (high - low)
                turn += -2.0 * towards / (distance * (distance + 1.0))
            length = 1.0 - turn
            step *= 1.0 / length if abs(length) > 1e-3 else np.sign(length or 1.0) * 1e3
            largest = float(np.max(np.abs(step[:nodes]), initial=0.0))
            if largest > longest:
                step *= longest / largest
            x[:-1] += step
            if self.size(step, x) < 1.0:
                return self.offer(x)
        return False

    # ------------------------------------------------------------------ curves

    def thread(self, k: int, b: np.ndarray, span: float) -> set[int]:
        """Follow f(x) + λ·b = 0 both ways from a solution; returns the solutions where it crosses λ = 0."""
        self.set_memory(k)
        curve = Injected(self.simulation, b, span)
        low, high = self.box()
        room = BEYOND * (high - low)
        crossed = {k}
        for sign in (1.0, -1.0):
            point = np.append(self.solutions[k][:-1], 0.0)
            walk = Walk(curve, point, np.append(np.zeros(curve.n), sign), WANTED)
            curve.scale[: self.simulation.nodes] = np.maximum(
                curve.scale[: self.simulation.nodes], high - low
            )
            for step in range(POINTS):
                budget.ask_time("solutions")
                before = walk.point
                if not walk.advance():
                    break
                if step and before[-1] * walk.point[-1] <= 0.0:
                    crossed.add(self._cross(curve, before, walk.point))
                v = walk.point[: self.simulation.nodes]
                if np.any(v < low - room) or np.any(v > high + room):
                    break
            curve.scale[-1] = span
        return crossed

    def _cross(self, curve: Injected, before: np.ndarray, after: np.ndarray) -> int:
        """Number of the solution at λ = 0 between two points of a curve; -1 for none."""
        change = after[-1] - before[-1]
        part = -before[-1] / change if change else 0.0
        point = before + part * (after - before)
        point[-1] = 0.0
        return self.place(np.append(point[:-1], 0.0)) if correct(curve, point, curve.n) else -1

    def directions(self, most: int) -> list[tuple[np.ndarray, float]]:
        """Directions b and spans of λ for curves: sources, then currents at nodes that devices connect to."""
        system = self.simulation.system
        directions = []
        for name in system.source_names:
            value = float(system.constants[system.source_index(name)])
            influence = system.copies(name) * system.source_influence(name)
            if np.any(influence):
                directions.append((influence, abs(value) or 1.0))
        seen = {int(k) for p in system.condensed for k in p.placed.nodes.ravel()}
        nodes = sorted(k for k in seen if 0 <= k < self.simulation.nodes)
        if len(nodes) > most:
            nodes = sorted(self.rng.choice(nodes, most, replace=False).tolist())
        low, high = self.box()
        for node in nodes:
            b = np.zeros(system.n)
            b[node] = 1.0
            directions.append((b, self._strength(node) * (high - low)))
        return directions

    def _strength(self, node: int) -> float:
        """Typical conductance of a node: the diagonal of the Jacobian at the first solution. [S]"""
        simulation = self.simulation
        if (
            not self.solutions
            or simulation.newton.linearise(self.solutions[0].copy(), simulation.conditions)[0] != 0
        ):
            return 1e-3
        b = np.zeros(simulation.system.n)
        b[node] = 1.0
        response = abs(float(simulation.factors.correction(b)[node]))
        return min(max(1.0 / response, 1e-9), 1e3) if response > 0.0 else 1e-3

    def run(self, starts: int, iterations: int) -> None:
        """Search from this many starts; then deflate and follow curves until they give nothing new."""
        self.offer(self.simulation.x)
        guesses = list(self.guesses(starts))
        for number, guess in enumerate(guesses):
            budget.ask_time("solutions")
            if number % 4 == 3:
                self.start_held(guess, iterations)
            elif number % 4 == 1 and self.moving:
                self.start_far(guess, iterations)
            else:
                self.start(guess, iterations)
        directions = self.directions(MOST_NODES)
        crossed: list[set[int]] = [set() for _ in directions]
        followed, curves = 0, 0
        while followed < len(self.solutions):
            for (b, span), known in zip(directions, crossed, strict=True):
                budget.ask_time("solutions")
                if curves < CURVES and followed not in known:  # else that curve has been followed already
                    known |= self.thread(followed, b, span)
                    curves += 1
                self.cut |= curves == CURVES
            followed += 1
            if followed == len(self.solutions):
                self.forget()
                for guess in guesses[: max(16, starts // 4)]:
                    self.deflate(guess)
        self.forget()


def _within(low: float, high: float, initial: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Map fractions to values between the bounds, or around the initial value where there are no bounds."""
    low_ = np.where(np.isfinite(low), low, initial - 1.0)
    high_ = np.where(np.isfinite(high), high, initial + 1.0)
    values: np.ndarray = low_ + (high_ - low_) * part
    return values


def _swing(simulation: Simulation) -> tuple[float, float]:
    """The lowest and the highest voltage of all voltage sources in series. [V]"""
    system, low, high = simulation.system, 0.0, 0.0
    for table in simulation.circuit.elements:
        if element(table.kind).source and element(table.kind).branch:
            for name in table.names:
                value = float(system.constants[system.source_index(name)])
                low, high = low + min(value, 0.0), high + max(value, 0.0)
    return low, high
