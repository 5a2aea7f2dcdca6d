"""Points of a whole circuit from those of a transient without its driven block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.recording.recorded import Variables, recorded, variables
from circuitnn.records import replace
from circuitnn.transient import driven_block, driven_rest
from circuitnn.transient.driven_rest import Rest, holder

if TYPE_CHECKING:
    from circuitnn.flat import FlatCircuit
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.options import Options
    from circuitnn.recording.rows import PointReceiver
    from circuitnn.results.result import Result
    from circuitnn.results.state import State
    from circuitnn.transient.driven_block import DrivenBlock

ENGINE = "driven"
NUMBERS = 1 << 22  # size of a block of points that is computed at a time
Parts = tuple["DrivenBlock", Rest]


def parts(circuit: FlatCircuit, options: Options, plain: bool) -> Parts | str:
    """Split a circuit into its driven block and the rest; or say why it is not, with nothing to say of a small circuit.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    plain : bool
        Whether the transient starts at t = 0, and nobody looks at its points while it runs.

    Raises
    ------
    AnalysisError
        The options demand it, and it cannot be done.
    """
    wanted = options.linear_solver
    small = len(circuit.node_names) <= driven_block.WORTHWHILE
    if wanted not in ("auto", ENGINE) or (small and wanted == "auto"):
        return ""
    split = _split(circuit, options, plain)
    if isinstance(split, str) and wanted == ENGINE:
        raise AnalysisError(f"linear_solver = {ENGINE}: {split}")
    return split


def _split(circuit: FlatCircuit, options: Options, plain: bool) -> Parts | str:
    """The parts, or why they are not made."""
    if not (circuit.devices or circuit.behavioural):
        return "the circuit is linear"
    if not plain:
        return "the transient continues from a state, or is watched while it runs"
    if circuit.logic is not None or options.noisestep or options.gshunt:
        return "logic, noise or shunts at its nodes"
    block = driven_block.find(circuit, options)
    if isinstance(block, str):
        return block
    rest = driven_rest.rest(circuit, block, options)
    return rest if isinstance(rest, str) else (block, rest)


def followed(
    circuit: FlatCircuit, split: Parts | str, simulation: Simulation, saved: np.ndarray
) -> Undivided:
    """What a transient's points tell of a circuit.

    Parameters
    ----------
    circuit : FlatCircuit
        The whole one.
    split : (DrivenBlock, Rest) or str
        Result of `parts`.
    simulation : Simulation
        Of the rest, or of the whole circuit.
    saved : ndarray of int32
        What it records.
    """
    statistics = simulation.statistics
    if isinstance(split, str):
        if split:
            statistics.declined = {ENGINE: split, **statistics.declined}
        return Undivided(simulation, saved)
    statistics.linear_solver = f"{ENGINE}, {statistics.linear_solver}"
    return Whole(circuit, split, simulation, saved)


class Undivided:
    """The unknowns of a circuit of which a transient solves all.

    Parameters
    ----------
    simulation : Simulation
    saved : ndarray of int32
        Unknowns to record.
    """

    def __init__(self, simulation: Simulation, saved: np.ndarray) -> None:
        self.variables, self.saved = variables(simulation), saved
        self.outer = simulation.system.unknowns.first_inner

    def receiver(self, rows: PointReceiver) -> PointReceiver:
        """What takes the points of the transient."""
        return rows

    def state(self, state: State, x: np.ndarray) -> State:
        """The state of the circuit, from that of the transient with unknowns `x`."""
        return state

    def everything(self, time: float, x: np.ndarray) -> np.ndarray:
        """All unknowns at a point of the transient."""
        return x[:-1]

    def at_start(self, time: float, x: np.ndarray) -> tuple[list[str], np.ndarray]:
        """Nodes and branches at the start, and their values."""
        names = list(self.variables.names[: self.outer])
        return names, self.everything(time, x)[: self.outer].copy()


class Whole(Undivided):
    """The unknowns of a whole circuit, by those of the rest.

    Parameters
    ----------
    circuit : FlatCircuit
        The whole one.
    parts : (DrivenBlock, Rest)
    simulation : Simulation
        Of the rest.
    recorded_rest : ndarray of int
        The unknowns of the rest in the order of its points.

    Attributes
    ----------
    variables : Variables
    saved : ndarray of int32
        Which of them to record.
    """

    def __init__(
        self, circuit: FlatCircuit, parts: Parts, simulation: Simulation, recorded_rest: np.ndarray
    ) -> None:
        self.block, self.rest = parts
        self.simulation = simulation
        own = simulation.system.unknowns
        outer = self.block.unknowns
        self.outer = len(outer)
        names = [*outer.names, *own.names[own.first_inner :]]
        kinds = [*outer.kinds, *own.kinds[own.first_inner :]]
        self.variables = Variables(names, kinds, circuit)
        self.saved = recorded(simulation, of=self.variables)
        place = {name: k for k, name in enumerate(own.names)}
        supplied = self.rest.supplied
        self.same = np.array([place.get(name, -1) for name in names])
        self.same[self.block.columns] = -1
        self.holders = np.array(
            [place[f"i({holder(circuit.node_names[k])})"] for k in supplied.nodes.tolist()], dtype=np.int64
        )
        self._place = np.argsort(recorded_rest)
        self._prepare()

    def _prepare(self) -> None:
        """Compute what the recorded unknowns are made of."""
        block, supplied, saved = self.block, self.rest.supplied, self.saved
        self._kept = np.flatnonzero(self.same[saved] >= 0)
        driven = np.flatnonzero(np.isin(saved, block.columns))
        self._currents = np.flatnonzero(np.isin(saved, supplied.unknowns))
        chosen = np.searchsorted(block.columns, saved[driven])
        some = np.searchsorted(supplied.unknowns, saved[self._currents])
        felt = np.unique(supplied.A.tocoo().col) if len(some) else np.zeros(0, dtype=np.int64)
        both, _ = block.influences(np.concatenate([chosen, felt]).astype(np.int64), self.rest.sources)
        leaving = supplied.A[:, felt] @ both[len(chosen) :] + supplied.B[:, self.rest.sources].toarray()
        self._inverse = supplied.inverse[some]
        self._weights = np.zeros((len(saved), len(self.rest.sources)))
        self._weights[driven] = both[: len(chosen)]
        self._weights[self._currents] = -self._inverse @ leaving

    def driving(self, times: np.ndarray) -> np.ndarray:
        """Values of the sources of the block, shape (times, sources). [V, A]"""
        sources = self.simulation.system.assembly.sources
        values = np.empty((len(times), sources.n))
        sources.table(np.ascontiguousarray(times), values)
        return np.ascontiguousarray(values[:, : len(self.rest.sources)])

    def points(self, block: np.ndarray, out: np.ndarray) -> None:
        """Turn time and all unknowns of the rest into time and the recorded unknowns, shape (n, saved + 1)."""
        x = block[:, 1:]
        out[:, 0] = block[:, 0]
        np.matmul(self.driving(block[:, 0]), self._weights.T, out=out[:, 1:])
        out[:, 1 + self._kept] = x[:, self._place[self.same[self.saved[self._kept]]]]
        out[:, 1 + self._currents] += x[:, self._place[self.holders]] @ self._inverse.T

    def receiver(self, rows: PointReceiver) -> PointReceiver:
        """What takes the points of the rest."""
        return Expanded(rows, self)

    def everything(self, time: float, x: np.ndarray) -> np.ndarray:
        """All unknowns at a point of the rest, whose unknowns are `x`."""
        block, supplied = self.block, self.rest.supplied
        values = np.zeros(len(block.sources))
        values[self.rest.sources] = self.driving(np.array([time]))[0]
        found = np.where(self.same >= 0, x[self.same], 0.0)
        found[block.columns] = driven = block.at(values)
        leaving = supplied.A @ driven + supplied.B @ values
        found[supplied.unknowns] = supplied.inverse @ (x[self.holders] - leaving)
        return found

    def state(self, state: State, x: np.ndarray) -> State:
        """The state of the whole circuit, from that of the rest with unknowns `x`."""
        everything = zip(self.variables.names, self.everything(state.time, x).tolist(), strict=True)
        # currents of capacitors are unknowns of some transients and in no state
        kept = {n: v for k, (n, v) in enumerate(everything) if k < self.outer or n in state.unknowns}
        return replace(state, unknowns=kept)


class Expanded:
    """Takes the points of the rest and passes on those of the whole circuit; see `PointReceiver`.

    Parameters
    ----------
    rows : PointReceiver
    whole : Whole
    """

    def __init__(self, rows: PointReceiver, whole: Whole) -> None:
        self.rows, self.whole = rows, whole
        self.width = whole.simulation.system.n + 1
        self.blank: Callable[[], Result] = rows.blank

    def __len__(self) -> int:
        return len(self.rows)

    def room(self, count: int) -> np.ndarray:
        """An array for the next points of the rest."""
        return np.empty((count, self.width))

    def add(self, block: np.ndarray) -> None:
        """Pass on a block of points."""
        step = max(1, NUMBERS // self.rows.width)
        for first in range(0, len(block), step):
            part = block[first : first + step]
            points = self.rows.room(len(part))
            self.whole.points(part, points)
            self.rows.add(points)

    def end(self) -> None:
        """Pass on that there are no more."""
        self.rows.end()
