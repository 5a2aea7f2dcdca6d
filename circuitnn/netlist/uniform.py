"""Uniform distributed RC lines, letter U: a ladder of lumps that grow towards the middle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from circuitnn.models import known

NAN = float("nan")
MOST = 1000  # lumps
# Numbers of a line besides its length, with their defaults; without isperl, capacitors are linear.
UNIFORM = {"n": NAN, "k": 2.0, "fmax": 1e9, "rperl": 1e3, "cperl": 1e-15, "isperl": NAN, "rsperl": 0.0}


@dataclass
class Ladder:
    """Resistors, and capacitors or diodes to the common node, in parts of one length.

    Parameters
    ----------
    nodes : list of str
        Names of the new nodes; they follow the circuit's.
    resistors, capacitors, diodes : list of (name, (node, node), values)
    """

    nodes: list[str] = field(default_factory=list)
    resistors: list[tuple[str, tuple[int, int], float]] = field(default_factory=list)
    capacitors: list[tuple[str, tuple[int, int], float]] = field(default_factory=list)
    diodes: list[tuple[str, tuple[int, int], dict[str, float]]] = field(default_factory=list)


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
    if not 1 <= lumps(values) <= MOST:
        return f"{lumps(values)} lumps; 1 to {MOST} are possible"
    return ""


def expand(name: str, ends: tuple[int, int, int], values: Mapping[str, float], ladder: Ladder, first: int) -> None:
    """Add the lumps of one line: resistances and capacitances grow by k from both ends to the middle.

    Parameters
    ----------
    name : str
        Flat name, ``u1`` or ``u.x1.u1``.
    ends : (int, int, int)
        Nodes of both ends and of what the capacitances go to.
    values : mapping of str to float
    ladder : Ladder
    first : int
        Number of the first new node.
    """
    count, k, length = lumps(values), values["k"], values["l"]
    share = (k - 1.0) / (k ** (count - 1) * (k + 1.0) - 2.0)
    resistance = values["rperl"] * length * (k - 1.0) / (2.0 * (k**count - 1.0))
    inside = name[2:] if name[1] == "." else name
    low, high, common = ends
    for j in range(count):
        size = k**j
        low_next = first + len(ladder.nodes)
        ladder.nodes.append(f"{name}#lo{j + 1}")
        high_next = low_next
        if j + 1 < count:
            high_next = first + len(ladder.nodes)
            ladder.nodes.append(f"{name}#hi{j + 1}")
        for side, a, b in (("lo", low, low_next), ("hi", high_next, high)):
            ladder.resistors.append((f"r.{inside}.{side}{j + 1}", (a, b), size * resistance))
        for side, node in (("lo", low_next), ("hi", high_next))[: 2 if high_next != low_next else 1]:
            part, place = f"{inside}.{side}{j + 1}", (node, common)
            if np.isnan(values["isperl"]):
                ladder.capacitors.append((f"c.{part}", place, size * share * values["cperl"] * length))
                continue
            diode = {"is": share * values["isperl"] * length, "cjo": share * values["cperl"] * length}
            diode |= {"rs": values["rsperl"] * length * count, "area": size}
            ladder.diodes.append((f"d.{part}", place, diode))
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
