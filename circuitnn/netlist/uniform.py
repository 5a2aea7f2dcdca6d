"""Uniform distributed RC lines, letter U: a ladder of lumps that grow towards the middle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn.models import known
from circuitnn.records import dataclass, field

NAN = float("nan")
MOST = 1000  # lumps
LARGEST = 1e100  # of what is computed with
# Numbers of a line besides its length, with their defaults; without isperl, capacitors are linear.
UNIFORM = {"n": NAN, "k": 2.0, "fmax": 1e9, "rperl": 1e3, "cperl": 1e-15, "isperl": NAN, "rsperl": 0.0}


@dataclass
class Parts:
    """Elements of one kind between two nodes, with a number or the numbers of a diode's model."""

    names: list[str] = field(default_factory=list)
    nodes: list[tuple[int, int]] = field(default_factory=list)
    values: list = field(default_factory=list)

    def add(self, name: str, nodes: tuple[int, int], value: float | dict[str, float]) -> None:
        """Add an element."""
        self.names.append(name)
        self.nodes.append(nodes)
        self.values.append(value)

    def placed(self) -> np.ndarray:
        """Nodes, shape (n, 2)."""
        return np.array(self.nodes, dtype=np.int32)


@dataclass
class Ladder:
    """What lines are expanded to: resistors, and capacitors or diodes to the common nodes.

    Parameters
    ----------
    first : int
        Number of the first new node.
    nodes : list of str
        Names of the new nodes.
    """

    first: int
    nodes: list[str] = field(default_factory=list)
    resistors: Parts = field(default_factory=Parts)
    capacitors: Parts = field(default_factory=Parts)
    diodes: Parts = field(default_factory=Parts)

    def node(self, name: str) -> int:
        """Number of a new node."""
        self.nodes.append(name)
        return self.first + len(self.nodes) - 1


def lumps(values: Mapping[str, float]) -> int:
    """Number of lumps at each side of the middle: the card's, or by the highest frequency that matters.

    Notes
    -----
    N = ln(2π·fmax·R·C·((k - 1)/k)²) / ln k, at least 3; R and C are those of the whole line.
    """
    if not np.isnan(values["n"]):
        return int(values["n"])
    k, whole = values["k"], values["rperl"] * values["cperl"] * values["l"] ** 2
    norm = 2.0 * np.pi * values["fmax"] * whole
    if norm < 35.0:  # SPICE's limit, below which its formula asks for too few
        return 3
    return max(3, int(np.log(norm * ((k - 1.0) / k) ** 2) / np.log(k)))


def fault(values: Mapping[str, float]) -> str:
    """What is wrong with the numbers of a line; empty if nothing."""
    if not values["k"] > 1.0:
        return "k, by which lumps grow, must be greater than 1"
    for name in ("l", "fmax", "rperl", "cperl"):
        if not values[name] > 0.0:
            return f"{name} of an RC line must be positive"
    size = sum(np.log(values[name]) for name in ("fmax", "rperl", "cperl", "l", "l"))
    if np.isnan(values["n"]) and not size < np.log(LARGEST):
        return "fmax·R·C of an RC line is too large"
    count = lumps(values)
    if not (1 <= count <= MOST and count * np.log(values["k"]) < np.log(LARGEST)):
        return f"{count:g} lumps that grow by {values['k']:g}; 1 to {MOST} are possible, if numbers hold them"
    return ""


def expand(name: str, ends: tuple[int, ...], values: Mapping[str, float], ladder: Ladder) -> None:
    """Add the lumps of one line: resistances and capacitances grow by k from both ends to the middle.

    Parameters
    ----------
    name : str
        Flat name, ``u1`` or ``u.x1.u1``.
    ends : (int, int, int)
        Nodes of both ends and of what the capacitances go to.
    values : mapping of str to float
    ladder : Ladder
    """
    count, k, length = lumps(values), values["k"], values["l"]
    resistance = values["rperl"] * length * (k - 1.0) / (2.0 * (k**count - 1.0))
    share = length * (k - 1.0) / (k ** (count - 1) * (k + 1.0) - 2.0)
    inside = name[2:] if name[1:2] == "." else name
    low, high, common = ends
    for j in range(count):
        size = k**j
        low_next = ladder.node(f"{name}#lo{j + 1}")
        high_next = ladder.node(f"{name}#hi{j + 1}") if j + 1 < count else low_next
        ladder.resistors.add(f"r.{inside}.lo{j + 1}", (low, low_next), size * resistance)
        ladder.resistors.add(f"r.{inside}.hi{j + 1}", (high_next, high), size * resistance)
        for side, node in (("lo", low_next), ("hi", high_next))[: 2 if j + 1 < count else 1]:
            part = f"{inside}.{side}{j + 1}"
            if np.isnan(values["isperl"]):
                ladder.capacitors.add(f"c.{part}", (node, common), size * share * values["cperl"])
            else:
                diode = {"is": share * values["isperl"], "cjo": share * values["cperl"], "area": size}
                ladder.diodes.add(
                    f"d.{part}", (node, common), diode | {"rs": values["rsperl"] * length * count}
                )
        low, high = low_next, high_next


def diode_columns(given: list[dict[str, float]]) -> dict[str, np.ndarray]:
    """Every parameter of the diode model for the diodes of ladders."""
    model, n = known()["diode"], len(given)
    columns = {
        p.name: np.full(n, NAN if isinstance(p.default, str) else float(p.default))
        for p in (*model.parameters, *model.instance_parameters)
    }
    for name in given[0]:
        columns[name] = np.array([one[name] for one in given])
    for p in model.parameters:  # a default may be another parameter's value
        if isinstance(p.default, str):
            columns[p.name] = columns[p.default]
    return columns
