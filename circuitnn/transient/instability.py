"""Limit the steps of a transient where an instability grows.

A circuit at rest takes long steps. If a slow ramp carries it through the onset of an oscillation, or past a threshold,
the deviations that should grow are below the tolerances, and with steps far longer than 1/|s| the integration formulas
damp them: the oscillation starts late or never. So the circuit is linearised from time to time while steps are long.
Small deviations go like exp(s·t) with det(G + s·C) = 0; if one grows and |s| times the step is not small, the steps
are limited to a fraction of 1/|s|, and a note says from what time on.

References
----------
S. M. Baer, T. Erneux, J. Rinzel, "The slow passage through a Hopf bifurcation", SIAM J. Appl. Math. 49, 55 (1989).
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn.errors import AnalysisError
from circuitnn.operating_point.stability import gains, ill_posed, inverse_distances, touched, unbounded
from circuitnn.results.notes import Unstable, once
from circuitnn.system.system import System

if TYPE_CHECKING:
    from circuitnn._cext.transient import Transient
    from circuitnn.operating_point.simulation import Simulation

MOST = 48  # unknowns: the matrices are dense
MOST_ONCE = 300  # the same for a single look, after a failure
OUTSTEPS = 8.0  # smallest step where a growth is ill-posed, times its rate: the method must damp it
COARSE = 0.5  # |s| times the step above which growth is not followed
FINE = 0.2  # |s| times the step to which steps are then limited
NEAR = 0.05  # distance from a rest point, relative to the unknowns, at which the circuit counts as resting
GROWS = 1e-6  # real part over |s| above which growth is not rounding
REACH = 1e-7  # 1/|s| over the step below which s counts as infinite
SURE = 100.0  # |s| times the step below which no infinite mode is taken for a finite one
ALIKE = 0.1  # distance, relative to |s|, of the same mode seen from elsewhere
# Checks are every 1/OFTEN of the steps so far (1/SELDOM without states), but at most 1/PARTS (1/FEW) of tstop apart.
OFTEN, SELDOM = 16, 4
PARTS, FEW = 100, 30
LONG, FIRST = 0.25, 16  # long steps, relative to the largest; accepted points before the first check
AGAIN = 256  # limited steps until the next check
FOLDS = 100.0  # predicted growth, in factors of e, after which the limit is lifted: nothing has grown


class InstabilityMonitor:
    """Checks of the linearised circuit for growing modes while a transient takes long steps.

    Parameters
    ----------
    simulation : Simulation
    transient : Transient
        Its steps are limited where necessary.
    times : (float, float)
        tstep, tstop. [s]
    """

    def __init__(self, simulation: Simulation, transient: Transient, times: tuple[float, float]) -> None:
        self.simulation, self.transient, self.times = simulation, transient, times
        self.largest = transient.steps.largest
        self.states = bool(simulation.system.unknowns.states)
        self.folds = 0.0  # predicted growth of a deviation since steps are limited, in factors of e
        self.since = 0.0  # [s]
        self.linear: Linear | None = None
        of_kind = simulation.system.unknowns.of_kind
        self.voltages, self.currents = of_kind("voltage"), of_kind("current")
        if self._pays():
            transient.pause(0.0, 0 if self.states else FIRST)

    def _pays(self) -> bool:
        system = self.simulation.system
        if system.assembly.linear or system.n > MOST or system.lines.dispersive or not len(system.reactive):
            return False
        return self.states or gains(self.simulation) > 0

    def look(self) -> None:
        """Linearise at the last accepted point if the transient has paused for it, and limit its steps."""
        transient, steps = self.transient, self.transient.steps
        if steps.h < transient.alert or transient.accepted < transient.due:
            return
        size, rate = self._fastest_growth()
        if size * steps.h < COARSE and not self._held():
            self._later()
        elif size * steps.h < 0.5 * FINE:
            steps.bound(largest=self.largest)
            self._later()
        else:
            self._hold(size, rate)

    def _held(self) -> bool:
        return self.transient.steps.largest < self.largest

    def _later(self) -> None:
        """Steps follow everything that grows: check again some steps later."""
        transient = self.transient
        steps = transient.accepted // (OFTEN if self.states else SELDOM)
        share = self.times[1] / (PARTS if self.states else FEW) / transient.steps.h
        alert = transient.alert
        if self.states:
            alert = 0.5 * transient.steps.h
        elif transient.accepted:  # other circuits rest where steps are longer than most
            alert = min(LONG * self.largest, transient.t / transient.accepted)
        transient.pause(alert, transient.accepted + max(1, int(min(steps, share))))

    def _hold(self, size: float, rate: float) -> None:
        """Limit steps so that they follow a growth, unless nothing has grown for long."""
        transient = self.transient
        if self._held():
            self.folds += rate * (transient.t - self.since)
        else:
            self.folds = 0.0
            self._say(size, rate)
        self.since = transient.t
        if self.folds > FOLDS:
            transient.steps.bound(largest=self.largest)
            transient.pause(inf, transient.due)
            return
        transient.steps.bound(largest=min(self.largest, FINE / size))
        transient.pause(0.9 * transient.steps.largest, transient.accepted + AGAIN)

    def _fastest_growth(self) -> tuple[float, float]:
        """Largest abs(s) of the growing modes, and its real part; zeros if none grows. [1/s]"""
        transient = self.transient
        x = transient.unknowns()
        f, G, C = self._linear().at(x, transient.t)
        if not self._rests(x, f, G):
            return 0.0, 0.0
        nodes, devices = self.simulation.nodes, self._linear().touched
        s = _growing(G, C, transient.steps.h)
        ill = np.array([ill_posed(G, C, nodes, mode) for mode in s], bool)
        self._outstep(s[ill])
        s = s[~ill]
        s = s[[not unbounded(G, C, devices, mode) for mode in s]]
        if not len(s):
            return 0.0, 0.0
        worst = s[np.argmax(np.abs(s))]
        return float(np.abs(worst)), float(worst.real)

    def recovers(self) -> bool:
        """Whether steps failed because they were short enough to follow an ill-posed growth; they get longer then."""
        system, transient = self.simulation.system, self.transient
        if system.n > MOST_ONCE or system.lines.dispersive or not len(system.reactive):
            return False
        _, G, C = self._linear().at(transient.unknowns(), transient.t)
        nodes = self.simulation.nodes
        return self._outstep(np.array([s for s in _growing(G, C, self.largest) if ill_posed(G, C, nodes, s)]))

    def _outstep(self, modes: np.ndarray) -> bool:
        """Raise the smallest step beyond the time constants of ill-posed growths: integration then damps them."""
        steps = self.transient.steps
        smallest = OUTSTEPS / float(np.min(np.abs(modes))) if len(modes) else 0.0
        if not steps.smallest < smallest < LONG * self.largest:
            return False
        steps.bound(smallest=smallest)
        return True

    def _linear(self) -> Linear:
        if self.linear is None:
            self.linear = Linear(self.simulation, self.times)
        return self.linear

    def _rests(self, x: np.ndarray, f: np.ndarray, G: np.ndarray) -> bool:
        """Whether the circuit is near a solution with d/dt = 0; elsewhere the LTE controls the step."""
        try:
            distance = np.abs(np.linalg.solve(G, f))
        except np.linalg.LinAlgError:
            return False
        size = np.abs(x[:-1])
        size[self.voltages] = np.max(size[self.voltages], initial=0.0)
        return bool(np.all((distance <= NEAR * size) | self.currents))

    def _say(self, size: float, rate: float) -> None:
        t, h = self.transient.t, self.transient.steps.h
        turns = np.sqrt(max(size * size - rate * rate, 0.0))
        period = f", with a period of {2.0 * np.pi / turns:.3g} s" if turns > 1e-3 * size else ""
        text = (
            f"the circuit is unstable at t = {t:.6g} s, while it rests: deviations grow by a factor e in "
            f"{1.0 / rate:.3g} s{period}. Steps, {h:.3g} s before, follow that from here on; what grew earlier may "
            "come late, and when it is seen depends on the smallest deviations: try a smaller tmax"
        )
        once(self.simulation.statistics.notes, Unstable(text))


def _growing(G: np.ndarray, C: np.ndarray, h: float) -> np.ndarray:
    """Growing modes of G + s·C, except those too fast to be told from infinite ones at steps of `h`. [1/s]"""
    shift = 10.0 / h
    turned = inverse_distances(G, C, shift)
    if turned is None:
        return np.zeros(0)
    s = shift - 1.0 / turned[np.abs(turned) > REACH * h]
    s = s[s.real > GROWS * np.abs(s)]
    s = s[[_seen_again(G, C, mode) for mode in s]]
    return s[_exist(G, C, s, h)]


def _exist(G: np.ndarray, C: np.ndarray, modes: np.ndarray, h: float) -> np.ndarray:
    """Whether modes far faster than steps of `h` are among the finite ones, which no rounding has moved.

    Where coupled inductors meet open switches, an infinite mode is seen in the same place from everywhere.
    """
    fast = np.abs(modes) * h > SURE
    if not fast.any():
        return ~fast
    from circuitnn.solvers.pencil import finite_eigenvalues  # few circuits need it

    try:
        finite = finite_eigenvalues(G, C)
    except (np.linalg.LinAlgError, AnalysisError):
        return ~fast
    finite = finite[finite.real > GROWS * np.abs(finite)]
    near = np.abs(modes[:, None] - finite) <= ALIKE * np.abs(modes[:, None])
    return ~fast | near.any(axis=1)


def _seen_again(G: np.ndarray, C: np.ndarray, mode: complex) -> bool:
    """Whether a mode is there if seen from nearby, too; else it is an infinite one, which rounding has moved."""
    shift = 2.0 * abs(mode)
    turned = inverse_distances(G, C, shift)
    if turned is None:
        return True
    seen = shift - 1.0 / turned[turned != 0.0]
    return bool(np.any(np.abs(seen - mode) <= ALIKE * abs(mode)))


class Linear:
    """G and C of a simulation's circuit as dense matrices, evaluated without disturbing the transient."""

    def __init__(self, simulation: Simulation, times: tuple[float, float]) -> None:
        self.own = simulation.system
        # A separate system, since the charges and limits of the transient's system depend on its history.
        self.system = system = System(simulation.circuit, simulation.options, 1.0, self.own.fastest)
        system.assembly.set_sources(system.sources(*times))
        self.constant = [self._dense(*of.joined()) for of in (system.G, system.C)]
        shunt = simulation.regularisation.shunt
        self.conditions = Conditions(shunt, transient=True)
        if shunt is not None:
            self.constant[0][np.arange(system.n), np.arange(system.n)] += shunt[: system.n]
        self.places = []
        self.touched = touched(system)
        for condensed in system.condensed:
            kernel, nodes = condensed.placed.kernel, condensed.placed.nodes
            of_G, of_C = (
                np.array(
                    [
                        nodes[row] % (system.n + 1) * (system.n + 1) + nodes[column] % (system.n + 1)
                        for row, column in places
                    ],
                    dtype=np.int64,
                )
                for places in (kernel.G_places, kernel.C_places)
            )
            first = len(kernel.f_rows) + len(kernel.q_rows)
            self.places.append((first, of_G.ravel(), of_C.ravel()))

    def _dense(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> np.ndarray:
        matrix = np.zeros((self.system.n + 1, self.system.n + 1))
        np.add.at(matrix, (rows, columns), values)  # ground, -1, is the last
        return matrix

    def at(self, x: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """f, shape (n,), G and C, shape (n, n), with the devices' present memories; ground is last in `x`."""
        system, size = self.system, self.system.n + 1
        for there, here in zip(system.groups, self.own.groups, strict=True):
            there.memory = here.memory
        f = system.assembly.evaluate(x, t, conditions=self.conditions)[0]
        G, C = (of.ravel().copy() for of in self.constant)
        for (first, of_G, of_C), group in zip(self.places, system.groups, strict=True):
            values = group.outputs[first:].ravel()
            np.add.at(G, of_G, values[: len(of_G)])
            np.add.at(C, of_C, values[len(of_G) : len(of_G) + len(of_C)])
        return f, G.reshape(size, size)[:-1, :-1], C.reshape(size, size)[:-1, :-1]
