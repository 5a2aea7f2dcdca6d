"""Points of a whole circuit from those of a transient without its driven block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.recording.recorder import Variables, recorded, variables
from circuitnn.records import dataclass, replace
from circuitnn.transient import driven_block, driven_rest
from circuitnn.transient.driven_rest import holder

if TYPE_CHECKING:
    from circuitnn.flat import FlatCircuit
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.options import Options
    from circuitnn.recording.rows import PointReceiver
    from circuitnn.results.result import Result
    from circuitnn.results.state import State
    from circuitnn.system.unknowns import Unknowns
    from circuitnn.transient.driven_block import DrivenBlock
    from circuitnn.transient.driven_rest import Rest

NUMBERS = 1 << 22  # size of a block of points that is computed at a time


@dataclass(frozen=True, eq=False)
class Driven:
    """A circuit's driven block and the rest.

    Parameters
    ----------
    block : DrivenBlock
    rest : Rest
    """

    block: DrivenBlock
    rest: Rest
    engine = "driven"

    @property
    def circuit(self) -> FlatCircuit:
        """What is left to solve."""
        return self.rest.circuit

    def begun(self, start: State | None) -> State | None:
        """The state of the rest, from that of the whole circuit."""
        return start

    def followed(self, circuit: FlatCircuit, simulation: Simulation, saved: np.ndarray) -> Undivided:
        """What the points of the rest tell of the whole circuit."""
        return Whole(circuit, self, simulation, saved)


def split(circuit: FlatCircuit, options: Options) -> Driven | str:
    """Split a circuit; or say why it is not done.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    """
    block = driven_block.find(circuit, options)
    if isinstance(block, str):
        return block
    rest = driven_rest.rest(circuit, block, options)
    return rest if isinstance(rest, str) else Driven(block, rest)


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


class Divided(Undivided):
    """The unknowns of a circuit of which a transient solves a part; `points` finds the others.

    Parameters
    ----------
    circuit : FlatCircuit
        The whole one.
    outer : Unknowns
        Its unknowns, but for those inside of devices.
    simulation : Simulation
        Of the rest.
    recorded_rest : ndarray of int
        The unknowns of the rest in the order of its points.

    Attributes
    ----------
    variables : Variables
    saved : ndarray of int32
        Which of them to record.
    same : ndarray of int
        Number of each unknown among those of the rest; -1: the rest has none.
    """

    def __init__(
        self, circuit: FlatCircuit, outer: Unknowns, simulation: Simulation, recorded_rest: np.ndarray
    ) -> None:
        self.simulation, self.outer = simulation, len(outer)
        unknowns = simulation.system.unknowns
        names = [*outer.names, *unknowns.names[unknowns.first_inner :]]
        self.variables = Variables(names, [*outer.kinds, *unknowns.kinds[unknowns.first_inner :]], circuit)
        self.saved = recorded(simulation, of=self.variables)
        place = {name: k for k, name in enumerate(unknowns.names)}
        self.same = np.array([place.get(name, -1) for name in names])
        self._place = np.argsort(recorded_rest)

    def points(self, block: np.ndarray, out: np.ndarray) -> None:
        """Turn time and all unknowns of the rest into time and the recorded unknowns, shape (n, saved + 1)."""
        raise NotImplementedError

    def receiver(self, rows: PointReceiver) -> PointReceiver:
        """What takes the points of the rest."""
        return Expanded(rows, self)

    def state(self, state: State, x: np.ndarray) -> State:
        """The state of the whole circuit, from that of the rest with unknowns `x`."""
        everything = zip(self.variables.names, self.everything(state.time, x).tolist(), strict=True)
        # currents of capacitors are unknowns of some transients and in no state
        kept = {n: v for k, (n, v) in enumerate(everything) if k < self.outer or n in state.unknowns}
        return replace(state, unknowns=kept)


class Whole(Divided):
    """The unknowns of a whole circuit, by those of the rest.

    Parameters
    ----------
    circuit : FlatCircuit
        The whole one.
    parts : Driven
    simulation : Simulation
        Of the rest.
    recorded_rest : ndarray of int
        The unknowns of the rest in the order of its points.
    """

    def __init__(
        self, circuit: FlatCircuit, parts: Driven, simulation: Simulation, recorded_rest: np.ndarray
    ) -> None:
        self.block, self.rest = parts.block, parts.rest
        super().__init__(circuit, self.block.unknowns, simulation, recorded_rest)
        self.same[self.block.columns] = -1
        place = {name: k for k, name in enumerate(simulation.system.unknowns.names)}
        supplied = self.rest.supplied
        self.holders = np.array(
            [place[f"i({holder(circuit.node_names[k])})"] for k in supplied.nodes.tolist()], dtype=np.int64
        )
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
        self._driven = np.concatenate([driven, self._currents])
        self._weights = np.concatenate([both[: len(chosen)], -self._inverse @ leaving])

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
        out[:, 1 + self._kept] = x[:, self._place[self.same[self.saved[self._kept]]]]
        if len(self._driven):
            out[:, 1 + self._driven] = self.driving(block[:, 0]) @ self._weights.T
            out[:, 1 + self._currents] += x[:, self._place[self.holders]] @ self._inverse.T

    def everything(self, time: float, x: np.ndarray) -> np.ndarray:
        """All unknowns at a point of the rest, whose unknowns are `x`."""
        block, supplied = self.block, self.rest.supplied
        values = np.zeros(len(block.sources))
        values[self.rest.sources] = self.driving(np.array([time]))[0]
        unknowns = np.where(self.same >= 0, x[self.same], 0.0)
        unknowns[block.columns] = driven = block.at(values)
        leaving = supplied.A @ driven + supplied.B @ values
        unknowns[supplied.unknowns] = supplied.inverse @ (x[self.holders] - leaving)
        return unknowns


class Expanded:
    """Takes the points of the rest and passes on those of the whole circuit; see `PointReceiver`.

    Parameters
    ----------
    rows : PointReceiver
    whole : Divided
    """

    def __init__(self, rows: PointReceiver, whole: Divided) -> None:
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
