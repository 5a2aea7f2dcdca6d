"""`Simulation`: the system of a circuit with its solvers, operating point and statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn._cext.convergence import Convergence
from circuitnn._cext.factors import Factors
from circuitnn._cext.newton import Newton
from circuitnn.elements import element
from circuitnn.errors import AnalysisError, CircuitnnError, ConvergenceError, SingularMatrixError
from circuitnn.flat import FlatCircuit
from circuitnn.operating_point.dc_regularisation import Regularisation
from circuitnn.operating_point.messages import Messages
from circuitnn.operating_point.point import OperatingPoint
from circuitnn.operating_point.rounding_error import look_beyond
from circuitnn.operating_point.run_time import by_phase
from circuitnn.operating_point.search import Search
from circuitnn.operating_point.undefined_operations import DomainWatch
from circuitnn.options import Options, processors
from circuitnn.results.notes import FellBack, Undefined
from circuitnn.results.statistics import Statistics
from circuitnn.solvers.linear import make_solver
from circuitnn.system import System

if TYPE_CHECKING:
    from circuitnn._cext.conditions import Held
    from circuitnn.operating_point.dividers import Dividers
    from circuitnn.operating_point.mixed_signal import Mixed


class Simulation:
    """A circuit ready to solve.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    evaluations : float
        Expected number of device evaluations; decides whether compiling their equations pays.
    transient : bool
        Whether sources follow their waveforms, in the operating point as well.
    fastest : float
        1/h of the shortest step of a transient that is likely. [1/s]
    charging : sequence of str
        Capacitors whose currents are unknowns in any case, see `System`.
    divides : bool
        Whether the circuit is known to do no more than divide voltages; otherwise rounding can fake solutions.

    Attributes
    ----------
    system : System
    factors : Factors
        Of the last Jacobian.
    newton : Newton
    x : ndarray, shape (n + 1,)
        The last solution, which warm-starts the next; ground is last.
    statistics : Statistics
    watch : DomainWatch
        Collects accepted points and finds those that rest on operations without a value.
    held : tuple of arrays, optional
        Unknowns held at values, see `Conditions`.
    mixed : Mixed or None
        Logic beside the circuit.
    """

    held: Held | None = None
    mixed: Mixed | None = None
    _forced = False  # nodes or states are held that the user chose
    _lacking: np.ndarray | None = None  # residual that rounding leaves at an exact initial point, shape (n,)
    _doubtful = False
    _dividers: Dividers | None = None

    def __init__(
        self,
        circuit: FlatCircuit,
        options: Options,
        evaluations: float = 30.0,
        transient: bool = False,
        fastest: float = 0.0,
        charging: Sequence[str] = (),
        divides: bool = False,
    ) -> None:
        started = perf_counter()
        self.circuit, self.options, self.transient, self.divides = circuit, options, transient, divides
        if transient:
            _check_timely(circuit)
        self.system = System(circuit, options, evaluations, fastest, charging)
        pattern, assembly = self.system.pattern, self.system.assembly
        if not pattern.nonzeros:
            from circuitnn.operating_point.failures import nothing

            raise nothing(circuit)
        self.x = np.zeros(self.system.n + 1)
        for placed in self.system.unknowns.states:
            self.x[placed.numbers] = placed.initial
        self.solver, declined = make_solver(
            options.linear_solver,
            pattern.starts,
            pattern.indices,
            lambda: assembly.evaluate(self.x)[2],
            exact=assembly.linear,
            careful=bool(self.system.unknowns.charging),
            couplings=self.system.couplings(),
        )
        if self.system.team is not None:
            self.solver.share(self.system.team)
        self.regularisation = Regularisation(circuit, assembly, options, self.system.unknowns.branches)
        self.factors = Factors(assembly, self.solver)
        x_tolerance, f_tolerance = self.system.tolerances()
        self.newton = Newton(
            self.factors,
            Convergence(self.factors, x_tolerance, f_tolerance, np.full(self.system.n, options.reltol)),
            self.system.unknowns.of_kind("voltage").astype(np.uint8),
        )
        if self.system.unknowns.states or circuit.held:
            self.force({})
        self.statistics = Statistics(
            unknowns=self.system.n,
            nonzeros=self.system.pattern.nonzeros,
            linear_solver=self.solver.name,
            engine="general",
            declined=declined,
        )
        self.statistics.notes += self.system.notes
        if options.threads > processors():
            self.statistics.notes.append(f"threads: {processors()}, as many as there are processors")
        if circuit.logic is not None:
            from circuitnn.operating_point.mixed_signal import Mixed

            self.mixed = Mixed(circuit, self)
        self.watch = DomainWatch(self.system, options.gmin)
        self.messages = Messages(self.system, options)
        self.started = started
        self.statistics.seconds["setup"] = perf_counter() - started

    @property
    def nodes(self) -> int:
        """Number of node voltages among the unknowns."""
        return self.system.unknowns.n_nodes

    @property
    def conditions(self) -> Conditions:
        """Conditions of the next solve: ties, held unknowns, dc values or waveforms, residual due to rounding."""
        ties = self.regularisation
        return Conditions(
            ties.shunt, ties.reference, held=self.held, transient=self.transient, lacking=self._lacking
        )

    @property
    def dividers(self) -> Dividers:
        """Solves the circuit if it only divides voltages."""
        if self._dividers is None:
            from circuitnn.operating_point.dividers import Dividers  # rarely needed

            self._dividers = Dividers(self)
        return self._dividers

    def operating_point(self, iterations: int, nodesets: Mapping[int, float] | None = None) -> OperatingPoint:
        """Solve f(x) = 0 into `x`, by homotopies if need be.

        Parameters
        ----------
        iterations : int
            Limit of Newton iterations per solve.
        nodesets : mapping of node number to voltage, optional
            Nodes held in a first solution and released in a second, besides those for which models give initial
            values; None: start from `x` alone. [V]

        Returns
        -------
        OperatingPoint

        Raises
        ------
        ConvergenceError, SingularMatrixError, TopologyError
        """
        if nodesets is not None and self.system.unknowns.nodesets:
            from_models = {number + 1: value for number, value in self.system.unknowns.nodesets.items()}
            nodesets = {**from_models, **nodesets}
        if nodesets:
            self._start_from(iterations, nodesets)
        if self.mixed is not None:
            self.mixed.settle()
            point = self.mixed.agree(iterations)
        else:
            point = self.settle(iterations)
        circuit = self.circuit
        conditions = circuit.initial or circuit.initial_states or circuit.initial_currents
        asked = nodesets or self._forced or (self.transient and conditions)
        if not asked and not self.system.assembly.linear:
            from circuitnn.operating_point.preferred import prefer

            modes = prefer(self, iterations)
            if np.array_equal(self.x, point.x):
                point = point._replace(modes=modes)
            else:
                point = OperatingPoint(self.x.copy(), np.zeros(self.system.n + 1), modes=modes)
        if not self.system.assembly.linear:
            from circuitnn.operating_point import implausible  # linear circuits carry any current

            implausible.note_currents(self)
        if self.watch:
            self.watch.see(self.x.copy(), "at the operating point")
        return point

    def settle(self, iterations: int) -> OperatingPoint:
        """Solve from the guess `x` by any method that leads to a correct solution; see `operating_point`."""
        point = Search(self, iterations).run()
        look_beyond(self)
        return point

    @property
    def doubtful(self) -> bool:
        """Whether rounding has spoilt a solution, so that each is examined."""
        return self._doubtful

    def examine_each(self) -> None:
        """Examine each solution from now on, since rounding spoils some."""
        self._doubtful = True

    def _start_from(self, iterations: int, nodesets: Mapping[int, float]) -> None:
        """Solve with nodes held, into `x`; if that fails, only their voltages are used as a guess."""
        guess = self.x.copy()
        self.force(nodesets)
        try:
            Search(self, iterations).run()
            held = DomainWatch(self.system, self.options.gmin)
            held.see(self.x.copy(), "with nodes held")
            valid = (
                not held.notes()
            )  # else it relies on operations without a value, such as ten volts across a junction
        except (ConvergenceError, SingularMatrixError):
            valid = False
        if not valid:
            self.statistics.notes.append(
                "there is no operating point with the nodes of .nodeset, or those whose models give initial values, "
                "held: their voltages are only an initial guess"
            )
            self.x[:] = guess
            for node, voltage in nodesets.items():
                if node > 0:
                    self.x[node - 1] = voltage
        self.force({})

    def force(
        self,
        voltages: Mapping[int, float],
        states: Mapping[str, float] | None = None,
        currents: Mapping[str, float] | None = None,
        start: bool = False,
    ) -> None:
        """Hold nodes at voltages [V], states at values and inductors at currents [A].

        States that are memories are held in any case. At the `start` of a transient, inductors that short these nodes
        carry no current, as in ngspice.
        """
        currents = currents or {}
        self._forced = bool(voltages or states or currents)
        cut: list[str] = []
        if voltages:
            from circuitnn.system import topology

            cut = topology.shorting(self.circuit, voltages) if start else []
            cut = [name for name in cut if name not in currents]
            self.statistics.notes += [
                f"{name} shorts nodes of .ic: it starts without current" for name in cut
            ]
            inner = {node: value for node, value in voltages.items() if node > self.nodes}
            outer = {node: value for node, value in voltages.items() if node not in inner}
            voltages = {**topology.holdable(self.circuit, outer, [*cut, *currents]), **inner}
        voltages = {**self.circuit.held, **voltages}
        held = [p for p in self.system.unknowns.states if p.state.hold]
        loose = [p for p in self.system.unknowns.states if not p.state.hold] if states else []
        of = {int(k): (states or {}).get(self.name(int(k))) for p in loose for k in p.numbers}
        chosen = [(k, value) for k, value in of.items() if value is not None]
        numbers = np.concatenate(
            [
                [n - 1 for n in voltages if n > 0],
                self.system.unknowns.of_branches([*cut, *currents]),
                [k for k, _ in chosen],
                *(p.numbers for p in held),
            ]
        )
        values = np.concatenate(
            [
                [v for n, v in voltages.items() if n > 0],
                np.zeros(len(cut)),
                [*currents.values()],
                [v for _, v in chosen],
                *(p.initial for p in held),
            ]
        )
        self.held = self.system.hold(numbers.astype(np.int32), values) if len(numbers) else None

    def release(self, lacking: np.ndarray | None = None) -> None:
        """Release all but the ties needed in a transient.

        Parameters
        ----------
        lacking : ndarray, shape (n,), optional
            Residual that rounding leaves at an exact initial point, of `rounding_error.lacking`.
        """
        self._lacking = lacking
        self.held = None
        self.regularisation.loosen()

    def renewed(self, circuit: FlatCircuit) -> bool:
        """Take over the numbers of a circuit that differs in nothing else; False, without a change, if it does."""
        from circuitnn.system.new_values import renewed  # few analyses need it

        if not renewed(self.system, circuit):
            return False
        self.circuit = self.system.circuit
        self.regularisation = self.regularisation.moved(self.circuit, self.system.assembly)
        self._dividers = None
        return True

    def name(self, unknown: int) -> str:
        """Name of an unknown."""
        return self.system.unknowns.names[unknown] if 0 <= unknown < self.system.n else "?"

    def failure(
        self, status: int, analysis: str, where: str = "", last: np.ndarray | None = None, hint: str = ""
    ) -> CircuitnnError:
        """The error for a status of the compiled core.

        Parameters
        ----------
        status : int
        analysis : str
            ``"op"``, ``"dc"``, ``"tran"``.
        where : str
            Point of the analysis, ``" at t = 1e-6 s"``.
        last : ndarray, optional
            The last point of a transient.
        hint : str
            What may be the cause, if Newton's method did not converge.
        """
        from circuitnn.operating_point.failures import failure

        return failure(self, status, analysis, where, last, hint)

    def note_instability(self, point: OperatingPoint) -> None:
        """Note that the operating point at `x` is unstable, if a cheap test finds that it is."""
        if not self.system.assembly.linear:
            from circuitnn.operating_point import stability

            stability.note(self, point.modes if point.stable and point.modes else stability.growing(self))

    def note_domains(self) -> None:
        """Note which points rest on operations without a value."""
        notes = self.statistics.notes
        known = {note.about for note in notes if isinstance(note, Undefined)}
        notes += [note for note in self.watch.notes() if note.about not in known]

    def finish(self, points: int) -> Statistics:
        """Statistics of the analysis up to now."""
        s = self.statistics
        s.points = points
        s.iterations = self.newton.iterations
        s.factorisations = self.solver.factorisations
        s.refactorisations = self.solver.refactorisations
        fallbacks = [FellBack(note, self.solver.name) for note in self.solver.notes()]
        s.notes = [n for n in s.notes if not (isinstance(n, FellBack) and n.about == self.solver.name)]
        s.notes += fallbacks
        s.notes += [note for note in self.regularisation.notes if note not in s.notes]
        self.note_domains()
        s.seconds = by_phase(s.seconds["setup"], self.newton.seconds, perf_counter() - self.started)
        return s


def _check_timely(circuit: FlatCircuit) -> None:
    """Refuse elements that a transient cannot have."""
    for table in circuit.elements:
        untimely = element(table.kind).untimely(table)
        if untimely is not None:
            name = table.names[untimely[0]]
            place = circuit.where(name)
            raise AnalysisError(f"{place}{': ' * bool(place)}'{name}': {untimely[1]}")
