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
from circuitnn.errors import AnalysisError, CircuitnnError, ConvergenceError, TopologyError
from circuitnn.flat import FlatCircuit
from circuitnn.operating_point.dc_regularisation import Ties
from circuitnn.operating_point.rounding_error import look_beyond, reached, suspicious
from circuitnn.operating_point.run_time import by_phase
from circuitnn.operating_point.switch_states import Settings
from circuitnn.operating_point.undefined_operations import Watch
from circuitnn.options import Options, processors
from circuitnn.results.notes import FellBack, Undefined
from circuitnn.results.statistics import Statistics
from circuitnn.solvers.homotopy import CHATTER, SINGULAR, solve
from circuitnn.solvers.linear import make_solver
from circuitnn.system import System

if TYPE_CHECKING:
    from circuitnn._cext.conditions import Held
    from circuitnn.operating_point.dividers import Divider
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

    Attributes
    ----------
    system : System
    factors : Factors
        Of the last Jacobian.
    newton : Newton
    x : ndarray, shape (n + 1,)
        The last solution, which warm-starts the next; ground is last.
    statistics : Statistics
    watch : Watch
        Collects accepted points and finds those that rest on operations without a value.
    forced : bool
        Whether nodes are held that the user chose.
    lacking : ndarray, shape (n,), or None
        Residual of an exact initial point that the rounding of its voltages leaves.
    mixed : Mixed or None
        Logic beside the circuit.
    chatters : bool
        Whether the last operating point failed because switches are inconsistent.
    doubtful : bool
        Whether rounding spoils solutions, so that each must be examined.
    stable : bool
        Whether no way is known by which the circuit leaves the last operating point, but for a pair of modes.
    turning : complex, optional
        The pair of growing modes at the last operating point: the circuit oscillates. [1/s]
    lost : str
        Message about rounding if no operating point is found.
    divides : bool
        Whether the circuit only divides voltages; otherwise rounding can fake solutions.
    divider : Divider or None
        The network of a circuit that only divides voltages, made when needed.
    rounded : bool
        Whether only rounding kept Newton's method from meeting the tolerances.
    exact : bool
        Whether the operating point is exact to rounding.
    low : ndarray, shape (n + 1,)
        Rounding error of `x`, where known.
    """

    held: Held | None = None
    forced = False
    lacking: np.ndarray | None = None
    mixed: Mixed | None = None
    chatters = False
    doubtful = False
    stable = False
    turning: complex | None = None
    lost = ""
    divides = False
    divider: Divider | None = None
    rounded = False
    exact = False

    def __init__(
        self,
        circuit: FlatCircuit,
        options: Options,
        evaluations: float = 30.0,
        transient: bool = False,
        fastest: float = 0.0,
        charging: Sequence[str] = (),
    ) -> None:
        started = perf_counter()
        self.circuit, self.options, self.transient = circuit, options, transient
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
        )
        if self.system.team is not None:
            self.solver.share(self.system.team)
        self.ties = Ties(circuit, assembly, options, self.system.unknowns.branches)
        self.factors = Factors(assembly, self.solver)
        x_tolerance, f_tolerance = self.system.tolerances()
        self.newton = Newton(
            self.factors,
            Convergence(self.factors, x_tolerance, f_tolerance, np.full(self.system.n, options.reltol)),
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
        self.watch = Watch(self.system, options.gmin)
        self.low = np.zeros(self.system.n + 1)
        self.started = started
        self.statistics.seconds["setup"] = perf_counter() - started

    @property
    def nodes(self) -> int:
        """Number of node voltages among the unknowns."""
        return self.system.unknowns.n_nodes

    @property
    def conditions(self) -> Conditions:
        """Conditions of the next solve: ties, held unknowns, dc values or waveforms, residual due to rounding."""
        ties = self.ties
        return Conditions(
            ties.shunt, ties.reference, held=self.held, transient=self.transient, lacking=self.lacking
        )

    def operating_point(self, iterations: int, nodesets: Mapping[int, float] | None = None) -> None:
        """Solve f(x) = 0 into `x`, by homotopies if need be.

        Parameters
        ----------
        iterations : int
            Limit of Newton iterations per solve.
        nodesets : mapping of node number to voltage, optional
            Nodes held in a first solution and released in a second. [V]

        Raises
        ------
        ConvergenceError, SingularMatrixError, TopologyError
        """
        if nodesets:
            self._start_from(iterations, nodesets)
        if self.mixed is not None:
            self.mixed.settle()
            self.mixed.agree(iterations)
        else:
            self.settle(iterations)
        circuit = self.circuit
        asked = nodesets or self.forced or (self.transient and (circuit.initial or circuit.initial_states))
        self.stable = False
        if not asked and not self.system.assembly.linear:
            from circuitnn.operating_point.preferred import prefer

            self.stable = prefer(self, iterations)
        if self.watch:
            self.watch.see(self.x.copy(), "at the operating point")

    def settle(self, iterations: int) -> None:
        """Solve from the guess `x` by any method that leads to a correct solution; see `operating_point`."""
        self._solve(iterations)
        look_beyond(self)

    def _start_from(self, iterations: int, nodesets: Mapping[int, float]) -> None:
        """Solve with nodes held, into `x`; if that fails, only their voltages are used as a guess."""
        guess = self.x.copy()
        self.force(nodesets)
        try:
            self._solve(iterations)
            held = Watch(self.system, self.options.gmin)
            held.see(self.x.copy(), "with nodes held")
            found = (
                not held.notes()
            )  # else it relies on operations without a value, such as ten volts across a junction
        except ConvergenceError:
            found = False
        if not found:
            self.statistics.notes.append(
                "there is no operating point with the nodes of .nodeset held: their voltages are only an initial guess"
            )
            self.x[:] = guess
            for node, voltage in nodesets.items():
                if node > 0:
                    self.x[node - 1] = voltage
        self.force({})

    def _solve(self, iterations: int) -> None:
        steps = {"gmin stepping": self.options.gminsteps, "source stepping": self.options.srcsteps}
        skip = frozenset(name for name, wanted in steps.items() if not wanted)
        self.low = np.zeros(self.system.n + 1)
        self.newton.convergence.rounded = False
        settings = Settings(self)

        def attempt(first: bool = False) -> int:
            found = solve(
                self.newton,
                self.conditions,
                self.x,
                iterations,
                self.nodes,
                first,
                skip,
                self._mend,
                self._reached,
                lambda guess: settings.agree(guess, iterations),
            )
            if found.homotopy:
                self.statistics.homotopy = found.homotopy
            if found.status == 0 and not found.verified:
                from circuitnn.operating_point.conditioning import unverified  # rarely needed

                unverified(self)
            return found.status

        def certain(first: bool = False) -> int:
            self.exact = False
            status = attempt(first)
            if not self.exact and (status == SINGULAR or (status == 0 and suspicious(self))):
                from circuitnn.operating_point.conditioning import resolve  # rarely needed

                status = 0 if self.divided(near=status == 0) else resolve(self, status, attempt)
            while status == SINGULAR and self._hold_more():
                status = attempt()
            return status

        status = certain(first=not np.any(self.x))
        self.chatters = status == CHATTER
        if status != 0:
            raise self.failure(status, "op")
        self.ties.divide(self.x, certain)
        fault = self.ties.fault(self.x)
        if fault and not (self.ties.firmer(self.x) and attempt() == 0 and not self.ties.fault(self.x)):
            raise TopologyError(f"op: {fault}")

    def _mend(self) -> Conditions | None:
        return self.conditions if self.ties.mend() else None

    def _hold_more(self) -> bool:
        """Tie what nothing determines at the last iterate; only where no homotopy has found a way."""
        from circuitnn.operating_point.self_driven_nodes import loose_node  # rarely needed

        if self.system.assembly.linear:
            return False
        return self.ties.make(own=False) or self.ties.hold(loose_node(self))

    def divided(self, near: bool = False) -> bool:
        """Solve the circuit if it only divides voltages; `x` is then exact to rounding, see `dividers.solved`."""
        from circuitnn.operating_point.dividers import solved  # rarely needed

        found = solved(self, near)
        self.doubtful |= found
        return found

    def _reached(self) -> bool:
        if self.divided():
            from circuitnn.operating_point import dividers

            dividers.note(self)
            return True
        self.rounded = reached(self)
        self.doubtful |= self.rounded
        return self.rounded

    def force(
        self, voltages: Mapping[int, float], states: Mapping[str, float] | None = None, start: bool = False
    ) -> None:
        """Hold nodes at voltages [V] and states at values; states that are memories are held in any case.

        At the `start` of a transient, inductors that short these nodes carry no current, as in ngspice.
        """
        self.forced = bool(voltages or states)
        cut: list[str] = []
        if voltages:
            from circuitnn.system import topology

            cut = topology.shorting(self.circuit, voltages) if start else []
            self.statistics.notes += [
                f"{name} shorts nodes of .ic: it starts without current" for name in cut
            ]
            voltages = topology.holdable(self.circuit, voltages, cut)
        voltages = {**self.circuit.held, **voltages}
        held = [p for p in self.system.unknowns.states if p.state.hold]
        loose = [p for p in self.system.unknowns.states if not p.state.hold] if states else []
        of = {int(k): (states or {}).get(self.name(int(k))) for p in loose for k in p.numbers}
        chosen = [(k, value) for k, value in of.items() if value is not None]
        numbers = np.concatenate(
            [
                [n - 1 for n in voltages if n > 0],
                [self.system.unknowns.branches[name] for name in cut],
                [k for k, _ in chosen],
                *(p.numbers for p in held),
            ]
        )
        values = np.concatenate(
            [
                [v for n, v in voltages.items() if n > 0],
                np.zeros(len(cut)),
                [v for _, v in chosen],
                *(p.initial for p in held),
            ]
        )
        self.held = self.system.hold(numbers.astype(np.int32), values) if len(numbers) else None

    def release(self) -> None:
        """Release all but the ties needed in a transient."""
        self.held = None
        self.ties.loosen()

    def name(self, unknown: int) -> str:
        """Name of an unknown."""
        return self.system.unknowns.names[unknown] if 0 <= unknown < self.system.n else "?"

    def failure(
        self, status: int, analysis: str, where: str = "", last: np.ndarray | None = None
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
        """
        from circuitnn.operating_point.failures import failure

        return failure(self, status, analysis, where, last)

    def note_instability(self) -> None:
        """Note that the operating point at `x` is unstable, if a cheap test finds that it is."""
        if not self.system.assembly.linear and not (self.stable and self.turning is None):
            from circuitnn.operating_point import stability

            stability.note(self)

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
        told = [FellBack(note, self.solver.name) for note in self.solver.notes()]
        s.notes = [n for n in s.notes if not (isinstance(n, FellBack) and n.about == self.solver.name)]
        s.notes += told
        s.notes += [note for note in self.ties.notes if note not in s.notes]
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
