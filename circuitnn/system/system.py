"""The system of equations of a circuit: unknowns, pattern, stamps, device groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn._cext.delays import Delays
from circuitnn._cext.kernel import KernelHandle
from circuitnn._cext.shared_assembly import SharedAssembly
from circuitnn._cext.teams import Team
from circuitnn._cext.waveforms import Sources
from circuitnn.elements import copies, element
from circuitnn.elements.metering import readings
from circuitnn.equations.kernel import handle
from circuitnn.errors import AnalysisError, nearest
from circuitnn.flat import Elements, FlatCircuit
from circuitnn.machine.cached import cached_property
from circuitnn.options import Options, processors
from circuitnn.records import replace
from circuitnn.system.condensed import Condensed
from circuitnn.system.delayed import delayed
from circuitnn.system.devicegroups import device_group, equations, linear_numbers, numbers
from circuitnn.system.external_sources import Driven, function_of
from circuitnn.system.groups import Placed, place_behavioural, place_devices
from circuitnn.system.pattern import Compact, Pattern
from circuitnn.system.randomsources import KINDS as RANDOM
from circuitnn.system.randomsources import drawn
from circuitnn.system.sources import make_sources, resting
from circuitnn.system.stamps import Stamping
from circuitnn.system.stiff_capacitors import stiff_capacitors
from circuitnn.system.triples import concatenated
from circuitnn.system.unknowns import Unknowns

if TYPE_CHECKING:
    from circuitnn._cext.conditions import Held

# Tolerance of the currents of capacitors that are unknowns: the rounding of their voltages, over a short step, is
# amperes. The nodes' own equations are judged.
UNJUDGED = 1e30
WORTH_A_TEAM = 2000  # unknowns from which on several threads are faster than one


class System:
    """f(x, t) + dq/dt = 0 for one circuit at one temperature.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
        Here, `temp`, `tnom` and `gmin` matter.
    evaluations : float
        Expected number of device evaluations.
    fastest : float
        1/h of the shortest step that is likely; 0: no transient. [1/s]
    charging : sequence of str
        Capacitors whose currents are unknowns without a transient.

    Attributes
    ----------
    unknowns : Unknowns
    pattern : Pattern
    assembly : Assembly
        The compiled side.
    team : Team or None
        Threads that share the work of a large system.
    constants : ndarray
        DC values of the sources; writing to it changes them. [V, A]
    source_names : tuple of str
        Independent sources.
    reactive : ndarray of int32
        Equations with charge.
    devices : list of Placed
        Compact models.
    lines : Stamped
        Entries of transmission lines, and of delays in devices, in the frequency domain (0 Hz in operating points),
        and in transients.
    delayed : list of Delayed
        Delays in devices.
    """

    def __init__(
        self,
        circuit: FlatCircuit,
        options: Options,
        evaluations: float = 0.0,
        fastest: float = 0.0,
        charging: Sequence[str] = (),
    ) -> None:
        self.circuit = circuit
        self.options = options
        self.evaluations, self.fastest = evaluations, fastest
        self.notes: list[str] = []
        self.unknowns = Unknowns(circuit)
        self.unknowns.add_charging(
            stiff_capacitors(circuit, fastest, options.chgtol) if fastest else charging
        )
        self._source_index: dict[str, int] = {}
        self.swept: list[tuple[Elements, int]] = []  # tables, and their first entries in G
        self.linear: list[
            tuple[Placed, int, int, int]
        ] = []  # with their first entries in G and C, and first source
        self._stamp_elements()
        self._gather_sources()
        placed = self.placed = self._place()
        if not len(self.unknowns):
            raise AnalysisError("the circuit has no node besides ground: there is nothing to solve")
        self.condensed = [Condensed(p, self.unknowns) for p in placed if not p.linear]
        self._number_inner_last(placed)
        self.delayed = [each for p in self.devices for each in delayed(p)]
        self.lines.dispersive.extend(each.dispersive() for each in self.delayed)
        for p in placed:
            if p.linear:
                self._stamp_linear(p)
        self._fix_pattern()
        self.groups = [
            device_group(c, self.pattern, self.n, self._handle(c.placed), numbers(c.placed))
            for c in self.condensed
        ]
        self._make_assembly()
        if circuit.initial_states:
            from circuitnn.system.initials import give_initial_values  # rarely needed

            give_initial_values(self)

    @property
    def n(self) -> int:
        """Number of unknowns."""
        return len(self.unknowns)

    def _stamp_elements(self) -> None:
        stamping = Stamping(self.unknowns, self.options)
        self.G, self.C, self.lines = stamping.G, stamping.C, stamping.lines
        self.small = stamping.small
        for table in self.circuit.elements:
            of = element(table.kind)
            if of.sweep is not None and not of.source:
                self.swept.append((table, sum(map(len, self.G.rows))))
            of.stamp(table, stamping)
        stamping.parasitics(self.circuit.elements)

    def _gather_sources(self) -> None:
        """Values of V and I, and the equations they enter (-1: none)."""
        plus, minus, values = [], [], []
        self.driven: list[Driven] = []
        self._waveforms: list[Any] = []  # a Waveform or None
        self._random: dict[str, bool] = {}
        self._copies: list[float] = []
        for table in self.circuit.elements:
            of = element(table.kind)
            if not of.source:
                continue
            self._source_index.update((n, len(self._waveforms) + i) for i, n in enumerate(table.names))
            p, n = of.drives(table, self.unknowns)
            plus.append(p)
            minus.append(n)
            self._waveforms += table.each_waveform
            self._copies += copies(table, of.main).tolist()
            for name, dc, waveform in zip(
                table.names, table.values[of.main], table.each_waveform, strict=True
            ):
                if waveform is not None and waveform.kind in RANDOM:
                    self._random[name] = bool(np.isnan(dc))
                values.append(resting(dc, waveform))
        for name, value in readings(self.circuit, self.options.temp, self.options.tnom).items():
            values[self._source_index[name]] = value
        self.source_names = tuple(self._source_index)
        self._source_rows = (plus, minus)
        self._source_values = values

    def _place(self) -> list[Placed]:
        temp, tnom, seed = self.options.temp, self.options.tnom, self.options.seed
        placed = [place_behavioural(table, self.unknowns, temp) for table in self.circuit.behavioural]
        self.devices = [
            place_devices(table, self.unknowns, temp, tnom, seed) for table in self.circuit.devices
        ]
        return [*placed, *self.devices]

    def _number_inner_last(self, placed: list[Placed]) -> None:
        """Number the condensed unknowns after those of the matrix."""
        inner = [c.placed.nodes[c.rows].ravel() for c in self.condensed]
        moved = concatenated(inner, np.int64)
        if len(moved) == len(self.unknowns):  # no matrix would remain
            self.condensed = [Condensed(c.placed, None) for c in self.condensed]
            moved = moved[:0]
        self.order = len(self.unknowns) - len(moved)
        if len(moved):
            renumbered = self.unknowns.move_last(moved)
            for p in placed:
                p.nodes[...] = renumbered[p.nodes]

    def _stamp_linear(self, p: Placed) -> None:
        """Stamp a linear kernel into the constant matrices."""
        kernel = p.kernel
        in_G, in_C = (sum(map(len, triples.values)) for triples in (self.G, self.C))
        self.linear.append((p, in_G, in_C, len(self._source_values)))
        G, C, offsets = linear_numbers(p, self.options.gmin)
        for triples, entries, evaluated in ((self.G, kernel.G, G), (self.C, kernel.C, C)):
            for (row, column, _), value in zip(entries, evaluated, strict=True):
                triples.add(p.nodes[row], p.nodes[column], value)
        plus, minus = self._source_rows
        for row, offset in zip(kernel.f_rows, offsets, strict=True):
            if np.any(offset):
                plus.append(p.nodes[row])
                minus.append(np.full(len(offset), -1))
                self._source_values += offset.tolist()
                self._waveforms += [None] * len(offset)

    def _fix_pattern(self) -> None:
        lines, moving = self.lines.dispersive, self.lines.moving
        rows = [*self.G.rows, *self.C.rows, *(d.rows for d in lines), *moving.rows]
        columns = [*self.G.columns, *self.C.columns, *(d.columns for d in lines), *moving.columns]
        for c in self.condensed:
            for row, column in c.pairs():
                rows.append(c.placed.nodes[row])
                columns.append(c.placed.nodes[column])
        nodes = np.arange(self.unknowns.n_nodes)
        rows.append(nodes)
        columns.append(nodes)
        self.pattern = Pattern(self.order, np.concatenate(rows), np.concatenate(columns))
        # The stamps of G, C and the lines come first, in their own order.
        blocks = (self.G.rows, self.C.rows, [d.rows for d in lines], moving.rows)
        sizes = [sum(map(len, block)) for block in blocks]
        self._positions = np.split(self.pattern.entries, np.cumsum(sizes))[:4]

    def _handle(self, p: Placed) -> KernelHandle:
        evaluations = self.evaluations * p.nodes.shape[1]
        return handle(p.kernel, evaluations, self.options.hostcompile, self.notes)

    def _make_assembly(self) -> None:
        pattern = self.pattern
        G, C = self._conductances(), pattern.compact(self._positions[1], self.C.joined()[2])
        plus, minus = (np.concatenate([*rows, np.full(1, -1)]).astype(np.int64) for rows in self._source_rows)
        self.constants = np.array(self._source_values, dtype=float)
        moved = (*RANDOM, "external")  # kinds that have a value only in transients
        still = [None if w is not None and w.kind in moved else w for w in self._waveforms]
        diagonal = np.full(self.n, pattern.nonzeros, dtype=np.int32)
        diagonal[: self.order] = pattern.diagonal()
        threads = min(self.options.threads, processors())
        self.team = Team(threads) if threads > 1 and self.n >= WORTH_A_TEAM else None
        kind = Assembly if self.team is None else partial(SharedAssembly, self.team)
        self.assembly = kind(
            self.n,
            pattern.starts,
            pattern.indices,
            G,
            C,
            make_sources(self.constants, still, 1.0, 1.0),
            np.where(plus < 0, self.n, plus).astype(np.int32),
            np.where(minus < 0, self.n, minus).astype(np.int32),
            diagonal,
            self.groups,
            self.options.gmin,
        )
        charged = [C[1][: len(C[3]) - 1]]
        charged += [
            equations(p.nodes, p.kernel.q_rows, self.n).ravel() for p in (c.placed for c in self.condensed)
        ]
        # Not np.unique, which imports numpy.ma (20 ms).
        has_charge = np.zeros(self.n + 1, dtype=bool)
        has_charge[np.concatenate(charged)] = True
        self.reactive = np.flatnonzero(has_charge[: self.n]).astype(np.int32)

    def _conductances(self, static: bool = True) -> Compact:
        """The constant part of G: with lines at 0 Hz, or as they are in a transient."""
        positions = [self._positions[0], self._positions[2 if static else 3]]
        values = [self.G.joined()[2]]
        if static:
            values += [d.at(np.zeros(1))[0].real for d in self.lines.dispersive]
        else:
            values.append(self.lines.moving.joined()[2])
        return self.pattern.compact(np.concatenate(positions), np.concatenate(values))

    def hold(self, numbers: np.ndarray, values: np.ndarray) -> Held:
        """Data for `Conditions` that hold unknowns at values.

        Parameters
        ----------
        numbers : ndarray of int32
            Unknowns.
        values : ndarray
            [V], or the unit of a state
        """
        pattern = self.pattern
        solved = np.where(numbers < pattern.n, numbers, -1)  # the others are condensed
        cleared = np.flatnonzero(np.isin(pattern.indices, solved)).astype(np.int32)
        flags = np.zeros(self.n + 1, dtype=np.int8)
        flags[numbers] = 1
        return numbers, cleared, pattern.positions(solved, solved), values, flags

    def couplings(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Off-diagonal entries that only resistors of eliminated meshes have: positions, values; None: no mesh."""
        if self.circuit.mesh is None:
            return None
        first = next(first for table, first in self.swept if table is self.circuit.mesh)
        entries = self.pattern.entries
        mesh = entries[first : first + 4 * len(self.circuit.mesh.names)]  # both diagonals, and both others
        off = np.setdiff1d(mesh[len(mesh) // 2 :], np.append(entries[:first], self.pattern.nonzeros))
        off = np.setdiff1d(off, entries[first + len(mesh) :])
        G = self._conductances()
        return off.astype(np.int32), G[3][np.searchsorted(G[2][:-1], off)]

    def release_lines(self, tstop: float) -> None:
        """Prepare the lines for a transient of `tstop` seconds."""
        if self.lines.dispersive:
            from circuitnn.system.lines import make_delays

            self.assembly.set_delays(
                make_delays(self.circuit.elements, self.unknowns, self.pattern, self.n, tstop, self.delayed)
            )
            self.assembly.set_conductances(self._conductances(static=False))

    def hold_lines(self) -> None:
        """Reset the lines to 0 Hz."""
        if self.lines.dispersive:
            self.assembly.set_delays(Delays.none())
            self.assembly.set_conductances(self._conductances())

    def sources(self, tstep: float, tstop: float, rising: float = 0.0) -> Sources:
        """The independent sources, with waveform defaults for a transient card, and until when they rise. [s]"""
        waveforms = list(self._waveforms)
        for name, alone in self._random.items():  # a dc value is added to the process
            k = self._source_index[name]
            dc = 0.0 if alone else self.constants[k]
            waveforms[k] = drawn(waveforms[k], name, dc, self.options.seed, tstop)
        functions: list[Driven | None] = [None] * len(waveforms)
        for name, k in self._source_index.items():
            waveform = waveforms[k]
            if waveform is not None and waveform.kind == "external":
                functions[k] = Driven(name, function_of(name, self.circuit.external), self.copies(name))
        self.driven = [function for function in functions if function is not None]
        return make_sources(self.constants, waveforms, tstep, tstop, functions, rising)

    def set_source(self, name: str, value: float) -> None:
        """Set the DC value of an independent source; with a multiplier, that of each copy. [V, A]"""
        self.constants[self.source_index(name)] = value * self.copies(name)

    def copies(self, name: str) -> float:
        """Multiplier of an independent source. [1]"""
        return self._copies[self.source_index(name)]

    def source_index(self, name: str) -> int:
        """Row of a source in `constants`.

        Raises
        ------
        AnalysisError
            If there is no such source.
        """
        if name not in self._source_index:
            raise AnalysisError(
                f"there is no independent source {name}{nearest(name, list(self._source_index))}"
            )
        return self._source_index[name]

    def source_influence(self, name: str) -> np.ndarray:
        """∂f/∂(value) of an independent source, shape (n,)."""
        k = self.source_index(name)
        influence = np.zeros(self.n + 1)
        for rows, sign in zip(self._source_rows, (1.0, -1.0), strict=True):
            influence[np.concatenate(rows)[k]] += sign  # -1 (no equation) is the spare entry
        return influence[: self.n]

    def is_source(self, name: str) -> bool:
        """Whether the circuit has an independent source of that name."""
        return name in self._source_index

    @cached_property
    def _valued(self) -> dict[str, tuple[int, int]]:
        """Table and row of the elements other than sources that a sweep may change, by name."""
        return {name: (k, i) for k, (table, _) in enumerate(self.swept) for i, name in enumerate(table.names)}

    def has_value(self, name: str) -> bool:
        """Whether the circuit has an element other than a source whose main value a sweep may change."""
        return name in self._valued

    def set_value(self, name: str, value: float) -> None:
        """Set the main value of such an element (with a multiplier, that of each copy) and stamp G again."""
        k, i = self._valued[name]
        table, first = self.swept[k]
        of = element(table.kind)
        changed = table.values[of.main].copy()
        changed[i] = value * copies(table, of.main)[i]
        table = replace(table, values={**table.values, of.main: changed})
        self.swept[k] = table, first
        stamping = Stamping(self.unknowns, self.options)
        of.stamp(table, stamping)
        stamps, values = stamping.G.joined()[2], self.G.joined()[2]
        values[first : first + len(stamps)] = stamps
        self.restamp(values)

    def restamp(self, G: np.ndarray, C: np.ndarray | None = None) -> None:
        """Set the values of all entries of G, and of C if they are given."""
        for triples, values in ((self.G, G), (self.C, C)):
            if values is not None:
                triples.rows, triples.columns, _ = ([part] for part in triples.joined())
                triples.values = [values]
        self.assembly.set_conductances(self._conductances())
        if C is not None:
            self.assembly.set_capacitances(self.pattern.compact(self._positions[1], C))

    def tolerances(self) -> tuple[np.ndarray, np.ndarray]:
        """Absolute tolerances of the unknowns and of the equations, each of shape (n,)."""
        current, voltage = (self.unknowns.of_kind(kind) for kind in ("current", "voltage"))
        vntol, abstol = self.options.vntol, self.options.abstol
        x = np.where(current, abstol, vntol)
        f = np.where(voltage, abstol, vntol)
        charging = list(self.unknowns.charging.values())
        x[charging] = f[charging] = UNJUDGED
        for placed in self.unknowns.states:
            x[placed.numbers] = f[placed.numbers] = placed.state.tolerance
        return x, f
