"""The equations of a circuit for your own methods: f, q, G, C at a point, single solves, integration in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn._cext.method import Method
from circuitnn.errors import AnalysisError, nearest
from circuitnn.flat import FlatCircuit
from circuitnn.machine.frozen_values import Sealed
from circuitnn.machine.user_input import name_of, real
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.results.figures import shorten
from circuitnn.results.quantities import UNITS
from circuitnn.solvers.controllers import USUAL, Controller
from circuitnn.solvers.methods import find
from circuitnn.system.accuracy import Tolerances
from circuitnn.system.linearised import Point, linearise
from circuitnn.system.unknowns import Unknowns
from circuitnn.transient.integration import FIRSTS, Memory, Trajectory, integrated, span_of
from circuitnn.transient.time_loop import SHORT
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from scipy.sparse import csc_array

    from circuitnn.transient.portrait import Portrait

MOST = 1_000_000  # iterations


def _moment(t: float | None) -> float:
    """A time; 0 for the dc values of the sources. [s]"""
    return 0.0 if t is None else number_of(t, "t")


class Equations(Sealed):
    """f(x, t) + dq(x)/dt = 0 of one circuit.

    `x` holds node voltages, branch currents and the unknowns inside devices (inner nodes, states), in the order of
    `names`. (Beside a large floating capacitor, rounding in the short steps of a run to `tstop` may hide all other
    paths; then its current, ``i(c1#)``, is an unknown, too.) `f` is the sum of the currents that leave each node [A],
    and the branches' and states' own equations; `q` is charge [C], flux [Vs] or state. A time of None means the dc
    values of the sources; at other times they follow their waveforms. Lines (T, O) are as at 0 Hz, except while
    integrating.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    tstep, tstop : float
        Determine defaults of waveforms, as on a ``.tran`` card. [s]

    Attributes
    ----------
    names : tuple of str
        Unknowns: ``v(out)``, ``i(v1)``, ``@m1[x]``.
    kinds : tuple of str
        Quantity of each: ``"voltage"``, ``"current"``, ``"notype"``.
    units : tuple of str
        Unit of each: ``"V"``, ``"A"``; of a state, that of its model.
    nodes : int
        Number of node voltages; they are the first unknowns.
    tolerances : Tolerances
    sources : tuple of str
        Independent sources.
    title : str
        Of the deck.
    """

    _change = "the equations are those of a circuit: ask another one for its system"

    def __init__(self, circuit: FlatCircuit, options: Options, tstep: float, tstop: float) -> None:
        self._origin = (circuit, options, tstep, tstop)
        fastest = FIRSTS / (SHORT * tstop)
        self._simulation = simulation = Simulation(circuit, options, fastest=fastest)
        self._system = system = simulation.system
        system.assembly.set_sources(system.sources(tstep, tstop))
        self._usual = simulation.newton.convergence
        self._shunt = simulation.regularisation.shunt
        self.names, self.kinds = tuple(system.unknowns.names), tuple(system.unknowns.kinds)
        self.units = _units(system.unknowns)
        self.nodes = simulation.nodes
        self.tolerances = Tolerances(*system.tolerances(), options.reltol)
        self.sources = tuple(system.source_names)
        self.title = shorten(circuit.title)
        self._seal("memory")

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (*self._origin, self._system.constants.copy(), self.memory)

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Find the index of an unknown in `x`.

        Parameters
        ----------
        name : str
            ``"v(out)"``.

        Returns
        -------
        int

        Raises
        ------
        AnalysisError
            If there is none of that name.
        """
        key = name_of(name, "unknown")
        if key not in self.names:
            raise AnalysisError(f"there is no unknown {name}{nearest(key, list(self.names))}")
        return self.names.index(key)

    @property
    def memory(self) -> Memory:
        """Memories and random numbers of the devices by group: the state in addition to `x`."""
        return [group.memory for group in self._system.groups]

    @memory.setter
    def memory(self, memory: Memory) -> None:
        groups = self._system.groups
        if not isinstance(memory, list) or len(memory) != len(groups):
            raise AnalysisError(
                f"memory: a list of {len(groups)} is needed, one per group of devices, as `memory` gives"
            )
        for group, kept in zip(groups, memory, strict=True):
            try:
                group.memory = kept
            except (TypeError, ValueError) as error:
                raise AnalysisError(f"memory of {group.name}: {error}") from None

    def _conditions(self, t: float | None) -> Conditions:
        return Conditions(self._shunt, transient=t is not None)

    def _grounded(self, x: np.ndarray, label: str = "x") -> np.ndarray:
        x = real(x, label)
        if x.shape != (len(self),):
            raise AnalysisError(f"{label}: shape {x.shape} does not fit, expected ({len(self)},)")
        if not np.isfinite(x).all():
            k = int(np.flatnonzero(~np.isfinite(x))[0])
            raise AnalysisError(f"{label}: {self.names[k]} = {x[k]:g}: a finite number is needed")
        return np.append(x, 0.0)

    def _evaluated(self, x: np.ndarray, t: float | None) -> tuple[np.ndarray, np.ndarray]:
        """f and q at a point."""
        f, q, _ = self._system.assembly.evaluate(self._grounded(x), _moment(t), 0.0, self._conditions(t))
        return f, q

    def f(self, x: np.ndarray, t: float | None = None) -> np.ndarray:
        """Evaluate the static residual.

        Parameters
        ----------
        x : ndarray, shape (n,)
        t : float, optional
            [s]

        Returns
        -------
        ndarray, shape (n,)
        """
        return self._evaluated(x, t)[0]

    def q(self, x: np.ndarray, t: float | None = None) -> np.ndarray:
        """Evaluate the charges.

        Parameters
        ----------
        x, t
            As for `f`.

        Returns
        -------
        ndarray, shape (n,)
        """
        return self._evaluated(x, t)[1]

    def G(self, x: np.ndarray, t: float | None = None) -> csc_array:
        """Evaluate ∂f/∂x.

        Parameters
        ----------
        x, t
            As for `f`.

        Returns
        -------
        scipy.sparse.csc_array, shape (n, n)
        """
        return self.at(x, t).G

    def C(self, x: np.ndarray, t: float | None = None) -> csc_array:
        """Evaluate ∂q/∂x.

        Parameters
        ----------
        x, t
            As for `f`.

        Returns
        -------
        scipy.sparse.csc_array, shape (n, n)
        """
        return self.at(x, t).C

    def at(self, x: np.ndarray, t: float | None = None) -> Point:
        """Evaluate f, q, G and C together.

        Parameters
        ----------
        x, t
            As for `f`.

        Returns
        -------
        Point
        """
        from scipy.sparse import csc_array

        f, q = self._evaluated(x, t)
        small = linearise(self._system, self._grounded(x), self._shunt, t=_moment(t), ac=False)
        shape = (len(self), len(self))
        return Point(
            f, q, *(csc_array((v, small.rows, small.starts), shape) for v in (small.static(), small.C))
        )

    def portrait(
        self, ranges: Mapping[str, Sequence[float]], points: int = 61, t: float | None = None
    ) -> Portrait:
        """Find the rates of the two state variables of the circuit, for its phase portrait.

        The other unknowns follow from the equations without charges; memories are held.

        Parameters
        ----------
        ranges : mapping of str to (float, float)
            The two unknowns with charges or states, and what part of their plane to cover:
            ``{"v(a)": (0, 2), "@n1[t]": (300, 1500)}``.
        points : int
            A side.
        t : float, optional
            As for `f`.

        Returns
        -------
        Portrait
            ``portrait.plot(result)`` draws nullclines, flow and an orbit.

        Raises
        ------
        AnalysisError
            If the circuit has fewer or more state variables than these.
        """
        from circuitnn.transient.portrait import portrait

        return portrait(self, ranges, points, t)

    def events(self, x: np.ndarray, t: float | None = None) -> dict[str, np.ndarray]:
        """Evaluate the conditions of the devices' events; an event happens where its condition rises above 0.

        Parameters
        ----------
        x, t
            As for `f`.

        Returns
        -------
        dict of str to ndarray
            Conditions of each device that has events, in the order of its model.
        """
        self._evaluated(x, t)
        conditions: dict[str, np.ndarray] = {}
        for c, group in zip(self._system.condensed, self._system.groups, strict=True):
            kernel = c.placed.kernel
            first = sum(map(len, (kernel.f_rows, kernel.q_rows, kernel.G_places, kernel.C_places)))
            rows = group.outputs[first : first + len(kernel.events)]
            if len(rows):
                conditions.update(zip(c.placed.instances, rows.T.copy(), strict=True))
        return conditions

    def source(self, name: str, t: float | None = None) -> float:
        """Evaluate an independent source.

        Parameters
        ----------
        name : str
        t : float, optional
            Time, for its waveform; else its dc value. [s]

        Returns
        -------
        float
            [V] or [A]

        Raises
        ------
        AnalysisError
            If there is none of that name.
        """
        name = name_of(name, "source")
        k, copies = self._system.source_index(name), self._system.copies(name)
        values = self._system.constants if t is None else self._system.assembly.sources.values(_moment(t))
        return float(values[k] / copies)

    def set_source(self, name: str, value: float) -> None:
        """Set the dc value of an independent source, which holds at all times if it has no waveform.

        Parameters
        ----------
        name : str
        value : float
            [V] or [A]

        Raises
        ------
        AnalysisError
            If there is none of that name.
        """
        name = name_of(name, "source")
        self._system.set_source(name, number_of(value, f"value of {name}"))

    def influence(self, name: str) -> np.ndarray:
        """Find ∂f/∂(value) of an independent source.

        Parameters
        ----------
        name : str

        Returns
        -------
        ndarray, shape (n,)

        Raises
        ------
        AnalysisError
            If there is none of that name.
        """
        name = name_of(name, "source")
        return self._system.copies(name) * self._system.source_influence(name)

    def operating_point(self, guess: np.ndarray | None = None) -> np.ndarray:
        """Find an operating point, by homotopies if need be, as ``.op`` does: memories are held, switches settle.

        Parameters
        ----------
        guess : ndarray, shape (n,), optional

        Returns
        -------
        ndarray, shape (n,)

        Raises
        ------
        ConvergenceError, SingularMatrixError, TopologyError
        """
        simulation = self._simulation
        simulation.newton.test_by(self._usual)
        simulation.x[:] = 0.0 if guess is None else self._grounded(guess, "guess")
        if guess is None:
            for placed in self._system.unknowns.states:
                simulation.x[placed.numbers] = placed.initial
        simulation.operating_point(simulation.options.itl1, simulation.circuit.nodesets)
        return simulation.x[:-1].copy()

    def solve(
        self,
        guess: np.ndarray,
        t: float | None = None,
        alpha: float = 0.0,
        history: np.ndarray | None = None,
        iterations: int = 100,
    ) -> np.ndarray:
        """Solve f(x, t) + alpha·q(x) + history = 0 by Newton's method: one implicit step of any method.

        Parameters
        ----------
        guess : ndarray, shape (n,)
        t : float, optional
            [s]
        alpha : float
            Weight of the charges: 1/h for a backward Euler step h. [1/s]
        history : ndarray, shape (n,), optional
            Known part of dq/dt; ``-q(x0)/h`` for a backward Euler step.
        iterations : int

        Returns
        -------
        ndarray, shape (n,)

        Raises
        ------
        ConvergenceError, SingularMatrixError, TopologyError
        AnalysisError
            If there is a history without `alpha`.
        """
        simulation, alpha = self._simulation, number_of(alpha, "alpha")
        if not 1 <= whole_of(iterations, "iterations") <= MOST:
            raise AnalysisError(f"solve: iterations = {iterations}: must lie between 1 and {MOST}")
        if history is not None and not alpha:
            raise AnalysisError("solve: a history without alpha has no effect")
        simulation.newton.test_by(self._usual)
        x = self._grounded(guess, "guess")
        known = np.zeros(len(self)) if history is None else self._grounded(history, "history")[:-1]
        conditions = self._conditions(t)
        status = simulation.newton.implicit(x, conditions, _moment(t), alpha, known, iterations)
        if status != 0:
            raise simulation.failure(status, "solve")
        return x[:-1]

    def integrate(
        self,
        x0: np.ndarray,
        t0: float,
        t1: float,
        method: str | Method = "trap",
        controller: Controller = USUAL,
        largest: float | None = None,
        first: float | None = None,
    ) -> Trajectory:
        """Integrate from a point, with the devices' present `memory`, which is left unchanged.

        Parameters
        ----------
        x0 : ndarray, shape (n,)
            Only its charges and states matter: the other unknowns follow from them. Lines start at rest.
        t0, t1 : float
            [s]
        method : str or Method
            Name of a module of `circuitnn.solvers.methods`, or your own method.
        controller : Controller
            Step control.
        largest, first : float, optional
            Largest step, default (t1 - t0)/50, and first step. [s]

        Returns
        -------
        Trajectory
            The point at t0 and all accepted points; set `memory` to its memory to continue from its end.

        Raises
        ------
        ConvergenceError, SingularMatrixError, TopologyError
            With the points so far in `result`, a Trajectory.
        AnalysisError
            If the times are inconsistent.
        """
        chosen = method if isinstance(method, Method) else find(name_of(method, "method"))
        if not isinstance(controller, Controller):
            raise AnalysisError(
                f"controller = {controller!r}: must be a Controller of circuitnn.solvers.controllers"
            )
        before, t0 = self.memory, number_of(t0, "t0")
        try:
            span = span_of(self._simulation, t0, t1, largest, first)
            return integrated(
                self._simulation, self._conditions(t0), self._grounded(x0, "x0"), span, chosen, controller
            )
        finally:
            self._system.hold_lines()
            self.memory = before


def _units(unknowns: Unknowns) -> tuple[str, ...]:
    """Unit of each unknown."""
    units = [UNITS[kind] for kind in unknowns.kinds]
    for placed in unknowns.states:
        for number in placed.numbers.tolist():
            units[number] = placed.state.unit
    return tuple(units)


def _restored(
    circuit: FlatCircuit,
    options: Options,
    tstep: float,
    tstop: float,
    constants: np.ndarray,
    memory: Memory,
) -> Equations:
    """The equations of a copy, with the present dc values of the sources and memories."""
    equations = Equations(circuit, options, tstep, tstop)
    equations._system.constants[:] = constants
    equations.memory = memory
    return equations
