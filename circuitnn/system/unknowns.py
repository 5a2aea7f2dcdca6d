"""Numbering: which row of x is which node voltage, branch current or inner unknown.

Node k of the flat circuit is unknown k - 1; branch currents follow, then the unknowns inside
devices. Ground has the number N, one past the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from circuitnn.elements import element
from circuitnn.errors import TopologyError, nearest
from circuitnn.flat import FlatCircuit
from circuitnn.models import State
from circuitnn.records import dataclass, replace

_RANK = {kind: rank for rank, kind in enumerate("fhwlotegv")}
_B, _A = -1, len(_RANK)  # B sources come first, code models (polynomials among them) last


@dataclass(frozen=True, eq=False)
class PlacedState:
    """One state of a compact model in all its instances.

    Parameters
    ----------
    state : State
    numbers : ndarray of int, shape (n,)
        Its unknowns.
    initial : ndarray, shape (n,)
        Initial values, in the state's unit.
    """

    state: State
    numbers: np.ndarray
    initial: np.ndarray


class Unknowns:
    """Names and kinds of the unknowns of a circuit.

    Parameters
    ----------
    circuit : FlatCircuit

    Attributes
    ----------
    names : list of str
        ``v(out)``, ``i(v1)``; inner unknowns of devices ``v(d1#a)``, states ``@m1[x]``.
    kinds : list of str
        ``"voltage"``, ``"current"`` or ``"notype"``.
    branches, charging : dict of str to int
        Numbers of the currents of elements, and of capacitors whose current is an unknown.
    states : list of PlacedState
    nodesets : dict of int to float
        Unknowns that models ask to hold in a first solution, and where. [V]
    first_inner : int
        First unknown inside a device.
    """

    def __init__(self, circuit: FlatCircuit) -> None:
        self.names = [f"v({name})" for name in circuit.node_names[1:]]
        self.kinds = ["voltage"] * len(self.names)
        self.n_nodes = len(self.names)
        self.branches: dict[str, int] = {}
        self.charging: dict[str, int] = {}
        self.states: list[PlacedState] = []
        self.nodesets: dict[int, float] = {}
        for name in _in_order(circuit):
            self._add_branch(name)
        self.first_inner = len(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def of_kind(self, kind: str) -> np.ndarray:
        """Whether each unknown is of a kind."""
        inner = self.kinds[self.n_nodes :]  # those before are node voltages
        rest = np.fromiter(map(kind.__eq__, inner), dtype=bool, count=len(inner))
        return np.concatenate([np.full(self.n_nodes, kind == "voltage"), rest])

    def _add_branch(self, name: str) -> None:
        self.branches[name] = len(self.names)
        self.names.append(f"i({name})")
        self.kinds.append("current")

    def add_charging(self, names: Sequence[str]) -> None:
        """Number the currents of capacitors."""
        self.charging.update(zip(names, self.add_inner([f"i({n}#)" for n in names], "current"), strict=True))

    def of_charging(self, names: Sequence[str]) -> np.ndarray:
        """Numbers of the currents of capacitors; -1 where it is no unknown."""
        if not self.charging:
            return np.full(len(names), -1)
        return np.array([self.charging.get(name, -1) for name in names], dtype=np.int64)

    def add_inner(self, names: Sequence[str], kind: str) -> np.ndarray:
        """Number new unknowns inside devices; returns their numbers."""
        first = len(self.names)
        self.names += names
        self.kinds += [kind] * len(names)
        return np.arange(first, first + len(names))

    def add_state(self, state: State, elements: Sequence[str], initial: np.ndarray) -> np.ndarray:
        """Number a state of the named elements; returns the numbers."""
        numbers = self.add_inner([f"@{name}[{state.name}]" for name in elements], "notype")
        self.states.append(PlacedState(state, numbers, initial))
        return numbers

    def add_nodesets(self, numbers: np.ndarray, values: np.ndarray) -> None:
        """Hold unknowns at values [V] in a first solution; where devices disagree, the first one counts."""
        for number, value in zip(numbers.tolist(), values.tolist(), strict=True):
            if number >= 0:
                self.nodesets.setdefault(number, value)

    def move_last(self, numbers: np.ndarray) -> np.ndarray:
        """Renumber so that some inner unknowns come last; returns the new number of each old one."""
        last = np.zeros(len(self), dtype=bool)
        last[numbers] = True
        order = np.concatenate([np.flatnonzero(~last), np.flatnonzero(last)])
        renumbered = np.empty(len(self) + 1, dtype=np.int64)
        renumbered[order] = np.arange(len(self))
        renumbered[-1] = -1  # ground, as number -1
        self.names = [self.names[i] for i in order]
        self.kinds = [self.kinds[i] for i in order]
        self.states = [replace(placed, numbers=renumbered[placed.numbers]) for placed in self.states]
        self.nodesets = {int(renumbered[number]): value for number, value in self.nodesets.items()}
        return renumbered

    def of_branches(self, elements: Sequence[str]) -> np.ndarray:
        """Numbers of the currents of named elements.

        Raises
        ------
        TopologyError
            If an element has no current among the unknowns.
        """
        try:
            return np.array([self.branches[name] for name in elements], dtype=np.int64)
        except KeyError as missing:
            name = str(missing.args[0])
            raise TopologyError(
                f"the current of {name} is asked for, but {name} is not a voltage source or inductor of the "
                f"circuit{nearest(name, list(self.branches))}"
            ) from None


def _in_order(circuit: FlatCircuit) -> list[str]:
    """Elements whose currents are unknowns, in ngspice's order."""
    known = {name for table in circuit.elements if element(table.kind).branch for name in table.names}
    known |= {name for source in circuit.behavioural if source.kind == "v" for name in source.names}
    known |= {p for t in circuit.elements if element(t.kind).ends for name in t.names for p in ports(name)}
    return [name for name in branches(circuit) if name in known]


def branches(circuit: FlatCircuit) -> list[str]:
    """Branches in ngspice's order, including those that are not unknowns here.

    They are ordered by kind, and within a kind last first; a source whose current controls another one comes next to
    it. ngspice turns the expression of a controlled source into a separate B source without current, ``b.x1.be1`` or
    ``be1``.

    Parameters
    ----------
    circuit : FlatCircuit
    """
    rows: list[tuple[int, int, list[str]]] = []  # rank, position, branches
    for number, source in enumerate(circuit.behavioural):
        places = source.places if len(source.places) else np.arange(len(source.names)) + (number << 32)
        for k, (name, place) in enumerate(zip(source.names, places.tolist(), strict=True)):
            controls = [names[k] for names in source.currents.values()]
            branch = [name] if source.kind == "v" else []
            if source.form == "value" and source.kind == "v":
                rows += [(_B, place, [inner(name, "b"), *controls]), (_RANK[name[0]], place, branch)]
            elif source.form == "value":
                rows.append((_B, place, [inner(name, "b"), *controls]))
            else:
                rows.append((_A if source.form == "poly" else _B, place, [*branch, *controls]))
    for table in circuit.elements:
        of = element(table.kind)
        if not (of.branch or of.ends or table.kind in "fh"):
            continue
        places = table.places if len(table.places) else np.arange(len(table.names))
        for k, (name, place) in enumerate(zip(table.names, places.tolist(), strict=True)):
            branch = [*(ports(name) if of.ends else ()), *([name] if of.branch else ())]
            branch += table.controls[k] if table.kind in "fh" else ()
            rows.append((_RANK.get(table.kind, _B), place, branch))
    for devices in circuit.devices:
        places = devices.places if len(devices.places) else np.arange(len(devices.names))
        for control, place in zip(devices.controls, places.tolist(), strict=False):
            rows.append((_RANK["w"], place, [control]))
    rows.sort(key=lambda row: (row[0], -row[1]))
    return list(dict.fromkeys(name for _, _, names in rows for name in names))


def inner(name: str, letter: str) -> str:
    """ngspice's name of an element that it creates from another: ``be1`` of ``e1``, ``b.x1.be1`` of ``e.x1.e1``."""
    above, dot, leaf = name.rpartition(".")
    return f"{letter}{above[1:]}.{letter}{leaf}" if dot else letter + leaf


def ports(line: str) -> tuple[str, str]:
    """ngspice's names of the currents into both ends of a line."""
    return f"{line}#i1", f"{line}#i2"
