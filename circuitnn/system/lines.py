"""Transmission lines: what they stamp at a frequency, and what they are in a transient.

Currents into both ends are unknowns, two equations a line. At a frequency these are exact; operating points
are the case ω = 0. In a transient

- a lossless line is a pair of delays: the waves v - Z0·i that arrive at its ends are known before a step;
- an RC line is the series of its modes, in which it is exact but for those past MODES;
- a line of resistance and conductance is what it is at ω = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from circuitnn._cext.delays import Delays
from circuitnn.circuit import Elements
from circuitnn.errors import AnalysisError
from circuitnn.system.stamps import Triples
from circuitnn.system.unknowns import LINE_KINDS, Unknowns, of_nodes, ports

MODES = 40  # of an RC line, each of even and odd symmetry


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


@dataclass(frozen=True, eq=False)
class Stamped:
    """What the lines of a circuit stamp.

    Attributes
    ----------
    dispersive : list of Dispersive
        At a frequency only.
    moving : Triples
        Entries of G in transients only.
    """

    dispersive: list[Dispersive] = field(default_factory=list)
    moving: Triples = field(default_factory=Triples)


def terminals(table: Elements, unknowns: Unknowns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unknowns of the terminals and currents of all ports, two a line; each of shape (2n,)."""
    plus, minus = of_nodes(table.nodes).reshape(-1, 2).T
    return plus, minus, unknowns.of_branches([port for name in table.names for port in ports(name)])


def place_lines(table: Elements, unknowns: Unknowns, G: Triples, C: Triples, stamped: Stamped) -> None:
    """Stamp lines: what does not hang on the frequency into G and C, the rest into `stamped`."""
    plus, minus, branch = terminals(table, unknowns)
    G.add(plus, branch, 1.0)
    G.add(minus, branch, -1.0)
    for part in lossless([table]):
        stamped.dispersive.append(_lossless(part, *terminals(part, unknowns), G))
    for part in lossy([table]):
        equations = _hyperbolic(part, *terminals(part, unknowns))
        stamped.dispersive.append(equations)
    for part in _rows([table], _is_resistive):
        static = _hyperbolic(part, *terminals(part, unknowns))
        stamped.moving.add(static.rows, static.columns, static.at(np.zeros(1))[0].real)
    for part in diffusive([table]):
        _modes(part, unknowns, G, C, stamped.moving)


def _rows(tables: Iterable[Elements], wanted: Callable[[Elements], np.ndarray]) -> list[Elements]:
    """Lossy lines of a sort."""
    found = []
    for table in tables:
        if table.kind == "o" and np.any(rows := wanted(table)):
            at = np.flatnonzero(rows)
            values = {key: column[at] for key, column in table.values.items()}
            names = tuple(table.names[k] for k in at.tolist())
            found.append(replace(table, names=names, nodes=table.nodes[at], values=values))
    return found


def _is_resistive(t: Elements) -> np.ndarray:
    return t.values["c"] == 0.0


def lossless(tables: Iterable[Elements]) -> list[Elements]:
    """The lines that are pure delays, with z0 [Ohm] and td [s]."""
    tables = list(tables)
    found = [t for t in tables if t.kind == "t"]
    for table in _rows(tables, lambda t: t.values["r"] == 0.0):
        inductance, capacitance = table.values["l"], table.values["c"]
        pulse = {
            "z0": np.sqrt(inductance / capacitance),
            "td": np.sqrt(inductance * capacitance) * table.values["len"],
        }
        found.append(replace(table, kind="t", values={**table.values, **pulse}))
    return found


def lossy(tables: Iterable[Elements]) -> list[Elements]:
    """The lines with resistance."""
    return _rows(tables, lambda t: t.values["r"] > 0.0)


def diffusive(tables: Iterable[Elements]) -> list[Elements]:
    """The lines of resistance and capacitance only."""
    return _rows(tables, lambda t: (t.values["r"] > 0.0) & (t.values["c"] > 0.0) & (t.values["l"] == 0.0))


def check_transient(tables: Iterable[Elements]) -> None:
    """Refuse lines that have no model in the time domain.

    Raises
    ------
    AnalysisError
    """
    for table in _rows(tables, lambda t: (t.values["r"] > 0.0) & (t.values["l"] > 0.0)):
        raise AnalysisError(
            f"tran: {table.names[0]}: a lossy line with inductance works in .op, .dc, .ac and .noise only; "
            "take lossless lines with resistors between them"
        )


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


def _hyperbolic(table: Elements, plus: np.ndarray, minus: np.ndarray, branch: np.ndarray) -> Dispersive:
    """The equations of a line by its odd and even halves, with x = γ·len:

        cosh(x/2)·(v1 - v2) - Zc·sinh(x/2)·(i1 - i2) = 0,
        cosh(x/2)·(i1 + i2) - Yc·sinh(x/2)·(v1 + v2) = 0,

    both times exp(-x/2): nothing grows with the losses, and nothing is 0/0 at ω = 0.
    """
    r, l, g, c, length = (table.values[key] for key in ("r", "l", "g", "c", "len"))  # noqa: E741
    first, second = branch[0::2], branch[1::2]
    voltages = [plus[0::2], minus[0::2], plus[1::2], minus[1::2]]
    odd, even = [*voltages, first, second], [first, second, *voltages]

    def at(omega: np.ndarray) -> np.ndarray:
        series = (r + 1j * np.outer(omega, l)) * length
        shunt = (g + 1j * np.outer(omega, c)) * length
        x = np.sqrt(series * shunt)
        cosh = 0.5 * (1.0 + np.exp(-x))
        small = np.abs(x) < 1e-150
        sinhc = np.where(small, 0.5, -0.5 * np.expm1(-x) / np.where(small, 1.0, x))
        z, y = series * sinhc, shunt * sinhc
        return np.concatenate([cosh, -cosh, -cosh, cosh, -z, z, cosh, cosh, -y, y, -y, y], axis=1)

    rows = np.concatenate([np.tile(first, 6), np.tile(second, 6)])
    return Dispersive(rows, np.concatenate([*odd, *even]), at)


def _sections() -> tuple[np.ndarray, np.ndarray, float]:
    """Weights w and times τ in units of RC of the modes in tanh(x/2)/x = Σ w/(1 + sτ), x² = sRC, and the sum of the
    weights past MODES."""
    n = (2.0 * np.arange(1, MODES + 1) - 1.0) * np.pi
    weights, times = 4.0 / n**2, 1.0 / n**2
    return weights, times, 0.5 - float(weights.sum())


def _modes(table: Elements, unknowns: Unknowns, G: Triples, C: Triples, moving: Triples) -> None:
    """An RC line in a transient: Foster's circuits of its odd and its even half.

    v1 - v2 is the voltage of parallel RC sections in series, through which i1 - i2 flows; i1 + i2 is the current
    of series RC sections in parallel, at which v1 + v2 lies. The modes past MODES are a resistance there and one
    section here, such that what is faster than all modes does not pass the line: Z·Y = 1.
    """
    plus, minus, branch = terminals(table, unknowns)
    first, second = branch[0::2], branch[1::2]
    across = [(plus[0::2], 1.0, 1.0), (minus[0::2], -1.0, -1.0), (plus[1::2], -1.0, 1.0), (minus[1::2], 1.0, -1.0)]
    resistance, capacitance = table.values["r"] * table.values["len"], table.values["c"] * table.values["len"]
    weights, times, rest = _sections()
    for end, sign in ((first, -1.0), (second, 1.0)):
        moving.add(first, end, sign * resistance * rest)
        moving.add(second, end, 1.0)
    for nodes, difference, _ in across:
        moving.add(first, nodes, difference)
    for k, (weight, time) in enumerate(zip(weights, times, strict=True), 1):
        odd = unknowns.add_inner([f"v({name}#odd{k})" for name in table.names], "voltage")
        G.add(odd, odd, 1.0 / (resistance * weight))
        G.add(odd, first, -1.0)
        G.add(odd, second, 1.0)
        C.add(odd, odd, capacitance * time / weight)
        moving.add(first, odd, -1.0)
    conductances = [*(weights / times), 1.0 / rest - np.sum(weights / times)]
    for k, (weight, share) in enumerate(zip([*weights, rest], conductances, strict=True), 1):
        even = unknowns.add_inner([f"v({name}#even{k})" for name in table.names], "voltage")
        conductance = share / resistance
        G.add(even, even, conductance)
        C.add(even, even, capacitance * weight)
        moving.add(second, even, conductance)
        for nodes, _, mean in across:
            G.add(even, nodes, -mean * conductance)
            moving.add(second, nodes, -mean * conductance)


def make_delays(tables: Iterable[Elements], unknowns: Unknowns, ground: int) -> Delays:
    """The lossless lines of a circuit as the compiled core has them; `ground` is the number of ground."""
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


def _given(table: Elements) -> tuple[np.ndarray, np.ndarray]:
    """Voltages and currents of ``ic=`` at all ports, 0 where there are none."""
    v, i = (
        np.column_stack([np.nan_to_num(table.values[f"{c}{end}"]) for end in "12"]).ravel() for c in "vi"
    )
    return v, i


def initial_waves(tables: Iterable[Elements], unknowns: Unknowns, x: np.ndarray | None) -> np.ndarray:
    """Waves v + Z0·i that are on the lossless lines at t = 0, shape (2n,). [V]

    Parameters
    ----------
    tables : iterable of Elements
    unknowns : Unknowns
    x : ndarray, shape (n + 1,), or None
        Solution from which they come; without, the lines' initial conditions count.
    """
    waves = []
    for table in lossless(tables):
        impedance = np.repeat(table.values["z0"], 2)
        if x is not None:
            plus, minus, branch = terminals(table, unknowns)
            v, i = x[plus] - x[minus], x[branch]
        else:
            v, i = _given(table)
        waves.append(v + impedance * i)
    return _together(waves)


def set_modes(tables: Iterable[Elements], unknowns: Unknowns, x: np.ndarray) -> None:
    """Put RC lines into the state in which their initial conditions would leave them."""
    known = {name: k for k, name in enumerate(unknowns.names)}
    for table in diffusive(tables):
        v, i = _given(table)
        resistance = table.values["r"] * table.values["len"]
        for k, weight in enumerate(_sections()[0], 1):
            odd = [known[f"v({name}#odd{k})"] for name in table.names]
            x[odd] = resistance * weight * (i[0::2] - i[1::2])
        for k in range(1, MODES + 2):
            even = [known[f"v({name}#even{k})"] for name in table.names]
            x[even] = v[0::2] + v[1::2]
