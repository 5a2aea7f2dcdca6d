"""Transmission lines: what they stamp at a frequency, and the delays they are in a transient.

Currents into both ends are unknowns. In transients the waves v - Z0·i that arrive at the ends are known; at
a frequency they are what the other end sends, turned by exp(-jωTD). Operating points are the case ω = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from circuitnn._cext.delays import Delays
from circuitnn.circuit import Elements
from circuitnn.system.stamps import Triples
from circuitnn.system.unknowns import Unknowns, of_nodes, ports


@dataclass(frozen=True, eq=False)
class Dispersive:
    """Matrix entries that depend on the frequency otherwise than G + jωC.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (k,)
        -1 is ground.
    at : callable
        Angular frequencies, shape (m,) [rad/s] → complex values, shape (m, k); real at 0.
    """

    rows: np.ndarray
    columns: np.ndarray
    at: Callable[[np.ndarray], np.ndarray]


def terminals(table: Elements, unknowns: Unknowns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unknowns of the terminals and currents of all ports, two a line; each of shape (2n,)."""
    plus, minus = of_nodes(table.nodes).reshape(-1, 2).T
    return plus, minus, unknowns.of_branches([port for name in table.names for port in ports(name)])


def place_lines(table: Elements, unknowns: Unknowns, G: Triples) -> list[Dispersive]:
    """Stamp lines: currents into the nodes, what does not hang on the frequency into G.

    Parameters
    ----------
    table : Elements
    unknowns : Unknowns
    G : Triples

    Returns
    -------
    list of Dispersive
    """
    plus, minus, branch = terminals(table, unknowns)
    G.add(plus, branch, 1.0)
    G.add(minus, branch, -1.0)
    return [_lossless(table, plus, minus, branch, G)]


def _lossless(
    table: Elements, plus: np.ndarray, minus: np.ndarray, branch: np.ndarray, G: Triples
) -> Dispersive:
    """v1 - Z0·i1 - exp(-jωTD)·(v2 + Z0·i2) = 0, and the same with the ends exchanged."""
    impedance, delay = np.repeat(table.values["z0"], 2), np.repeat(table.values["td"], 2)
    G.add(branch, plus, 1.0)
    G.add(branch, minus, -1.0)
    G.add(branch, branch, -impedance)
    other = np.arange(len(branch)) ^ 1
    columns = np.concatenate([x[other] for x in (plus, minus, branch)])
    factors = np.concatenate([np.full(len(branch), -1.0), np.ones(len(branch)), -impedance])
    delays = np.tile(delay, 3)
    return Dispersive(
        np.tile(branch, 3), columns, lambda omega: factors * np.exp(-1j * np.outer(omega, delays))
    )


def lossless(tables: Iterable[Elements]) -> list[Elements]:
    """The tables of lines that are pure delays."""
    return [t for t in tables if t.kind == "t"]


def make_delays(tables: Iterable[Elements], unknowns: Unknowns, ground: int) -> Delays:
    """The lines of a circuit as the compiled core has them; `ground` is the number of ground."""
    found = lossless(tables)
    ends = [terminals(t, unknowns) for t in found]
    plus, minus, branch = (_together([e[k] for e in ends]) for k in range(3))
    impedance = np.repeat(_together([t.values["z0"] for t in found]), 2)
    delay = _together([t.values["td"] for t in found])
    plus, minus, branch = (np.where(x < 0, ground, x).astype(np.int32) for x in (plus, minus, branch))
    return Delays(plus, minus, branch, impedance, delay)


def _together(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0), *parts])


def shortest_delay(tables: Iterable[Elements]) -> float:
    """The longest step that a transient may take; infinite without lines. [s]"""
    return min((float(np.min(t.values["td"])) for t in lossless(tables)), default=np.inf)


def initial_waves(tables: Iterable[Elements], unknowns: Unknowns, x: np.ndarray | None) -> np.ndarray:
    """Waves v + Z0·i that are on the lines at t = 0, shape (2n,). [V]

    Parameters
    ----------
    tables : iterable of Elements
    unknowns : Unknowns
    x : ndarray, shape (n + 1,), or None
        Solution from which they come; without, the lines' initial conditions count.
    """
    waves = [np.zeros(0)]
    for table in lossless(tables):
        impedance = np.repeat(table.values["z0"], 2)
        if x is not None:
            plus, minus, branch = terminals(table, unknowns)
            v, i = x[plus] - x[minus], x[branch]
        else:
            v, i = (
                np.column_stack([np.nan_to_num(table.values[f"{c}{end}"]) for end in "12"]).ravel()
                for c in "vi"
            )
        waves.append(v + impedance * i)
    return np.concatenate(waves)
