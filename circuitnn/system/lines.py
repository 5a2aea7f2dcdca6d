"""Transmission lines: stamps at a frequency, and representation in a transient.

Currents into both ends are unknowns, with two equations per line. In the frequency domain these are exact; an
operating point is the case ω = 0. In a transient

- a lossless line is a pair of delays: the waves v - Z0·i that arrive at its ends are known before a step;
- an RC line is a sum of its modes, exact except for modes beyond MODES;
- a line of resistance and conductance has its stamp at ω = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from circuitnn._cext.delays import Delays
from circuitnn._cext.memory import Memory
from circuitnn.elements import element
from circuitnn.flat import Elements, FlatCircuit, of_nodes
from circuitnn.options import Options
from circuitnn.records import replace
from circuitnn.system.delayed import Delayed, shortest_delay
from circuitnn.system.pattern import Pattern
from circuitnn.system.triples import Dispersive, Stamped, Triples, concatenated
from circuitnn.system.unknowns import Unknowns, ports

OPAQUE = 1.0  # attenuation above which a line is described by waves [Np]
MODES = 40  # of an RC line, for each of even and odd symmetry

# Longest step, relative to the shortest delay: waves that arrive in a step have been sent before it.
WITHIN = 0.999


def terminals(table: Elements, unknowns: Unknowns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unknowns of the terminals and currents of all ports, two per line; each of shape (2n,)."""
    plus, minus = of_nodes(table.nodes).reshape(-1, 2).T
    return plus, minus, unknowns.of_branches([port for name in table.names for port in ports(name)])


def place_lines(table: Elements, unknowns: Unknowns, G: Triples, C: Triples, stamped: Stamped) -> None:
    """Stamp transmission lines: terms independent of frequency into G and C, the rest into `stamped`."""
    plus, minus, branch = terminals(table, unknowns)
    G.add(plus, branch, 1.0)
    G.add(minus, branch, -1.0)
    for part in lossless([table]):
        plus, minus, branch = terminals(part, unknowns)
        stamped.dispersive.append(_lossless(part, plus, minus, branch))
        for column, factor in ((plus, 1.0), (minus, -1.0), (branch, -np.repeat(part.values["z0"], 2))):
            stamped.moving.add(branch, column, factor)
    for part in lossy([table]):
        equations = _hyperbolic(part, *terminals(part, unknowns))
        stamped.dispersive.append(equations)
    for part in _rows([table], _is_resistive):
        static = _hyperbolic(part, *terminals(part, unknowns))
        stamped.moving.add(static.rows, static.columns, static.at(np.zeros(1))[0].real)
    for part in inductive([table]):
        currents = terminals(part, unknowns)[2]
        stamped.moving.add(currents, currents, -np.repeat(part.values["z0"], 2))
    for part in diffusive([table]):
        _modes(part, unknowns, G, C, stamped.moving)


def _rows(tables: Iterable[Elements], wanted: Callable[[Elements], np.ndarray]) -> list[Elements]:
    """Lossy lines of one kind."""
    lossy = []
    for table in (t for t in tables if element(t.kind).ends and "len" in t.values):
        if np.any(rows := wanted(table)):
            chosen = np.flatnonzero(rows)
            values = {key: column[chosen] for key, column in table.values.items()}
            names = tuple(table.names[k] for k in chosen.tolist())
            lossy.append(replace(table, names=names, nodes=table.nodes[chosen], values=values))
    return lossy


def _is_resistive(t: Elements) -> np.ndarray:
    return t.values["c"] == 0.0


def lossless(tables: Iterable[Elements]) -> list[Elements]:
    """The lines that are pure delays, with z0 [Ohm] and td [s]."""
    tables = [t for t in tables if element(t.kind).ends]
    delays = [t for t in tables if "len" not in t.values]
    return delays + [_as_delay(t) for t in _rows(tables, lambda t: t.values["r"] == 0.0)]


def lossy(tables: Iterable[Elements]) -> list[Elements]:
    """The lines with resistance."""
    return _rows(tables, lambda t: t.values["r"] > 0.0)


def diffusive(tables: Iterable[Elements]) -> list[Elements]:
    """The lines of resistance and capacitance only."""
    return _rows(tables, lambda t: (t.values["r"] > 0.0) & (t.values["c"] > 0.0) & (t.values["l"] == 0.0))


def inductive(tables: Iterable[Elements]) -> list[Elements]:
    """The lines of resistance, inductance and capacitance, with z0 [Ohm], td [s] and alpha = R/2L [1/s]."""
    lossy = _rows(tables, lambda t: (t.values["r"] > 0.0) & (t.values["l"] > 0.0))
    return [_as_delay(t) for t in lossy]


def _as_delay(table: Elements) -> Elements:
    """Impedance, delay and decay of waves on a line with inductance and capacitance."""
    resistance, inductance, capacitance = (table.values[key] for key in "rlc")
    wave = {
        "z0": np.sqrt(inductance / capacitance),
        "td": np.sqrt(inductance * capacitance) * table.values["len"],
        "alpha": 0.5 * resistance / inductance,
    }
    return replace(table, values={**table.values, **wave})


def _lossless(table: Elements, plus: np.ndarray, minus: np.ndarray, branch: np.ndarray) -> Dispersive:
    """The equations of a lossless line, e = exp(-jωTD): difference and sum of those of its two waves.

        (1 + e)·(v1 - v2) - Z0·(1 - e)·(i1 - i2) = 0,
        (1 - e)·(v1 + v2) - Z0·(1 + e)·(i1 + i2) = 0.

    At rest Z0 drops out, and no voltage is computed as a small difference of two waves.
    """
    impedance, delay = table.values["z0"], table.values["td"]
    first, second = branch[0::2], branch[1::2]
    voltages = [plus[0::2], minus[0::2], plus[1::2], minus[1::2]]

    def at(omega: np.ndarray) -> np.ndarray:
        turn = -1j * np.outer(omega, delay)
        near, far = 1.0 + np.exp(turn), -np.expm1(turn)
        odd = [near, -near, -near, near, -impedance * far, impedance * far]
        even = [far, -far, far, -far, -impedance * near, -impedance * near]
        return np.concatenate([*odd, *even], axis=1)

    rows = np.concatenate([np.tile(first, 6), np.tile(second, 6)])
    columns = [*voltages, first, second]
    return Dispersive(rows, np.concatenate([*columns, *columns]), at)


def _hyperbolic(table: Elements, plus: np.ndarray, minus: np.ndarray, branch: np.ndarray) -> Dispersive:
    """The equations of a line with losses, x = γ·len.

    Odd and even half, both multiplied by exp(-x/2) to avoid 0/0 at ω = 0:

        cosh(x/2)·(v1 - v2) - Zc·sinh(x/2)·(i1 - i2) = 0,
        cosh(x/2)·(i1 + i2) - Yc·sinh(x/2)·(v1 + v2) = 0.

    If the line attenuates strongly, waves are used, v1 - Zc·i1 = exp(-x)·(v2 + Zc·i2), which avoids a difference.
    """
    first, second = branch[0::2], branch[1::2]
    voltages = [plus[0::2], minus[0::2], plus[1::2], minus[1::2]]
    odd, even = [*voltages, first, second], [first, second, *voltages]

    def at(omega: np.ndarray) -> np.ndarray:
        x, cosh, z, y = _halves(table, omega)
        through, unity, small = np.exp(-x), np.ones_like(x), x == 0.0
        zc = 2.0 * z / np.where(small, 1.0, -np.expm1(-x))
        halves = np.array([cosh, -cosh, -cosh, cosh, -z, z, cosh, cosh, -y, y, -y, y])
        waves = np.array([unity, -unity, -through, through, -zc, -through * zc])
        waves = np.concatenate([waves, [-through * zc, -zc, -through, through, unity, -unity]])
        return np.concatenate(np.where(x.real > OPAQUE, waves, halves), axis=1)

    rows = np.concatenate([np.tile(first, 6), np.tile(second, 6)])
    return Dispersive(rows, np.concatenate([*odd, *even]), at)


def _halves(table: Elements, omega: np.ndarray) -> tuple[np.ndarray, ...]:
    """x = γ·len, and exp(-x/2) times cosh(x/2), Zc·sinh(x/2), Yc·sinh(x/2), each of shape (m, n)."""
    r, l, g, c, length = (table.values[key] for key in ("r", "l", "g", "c", "len"))  # noqa: E741
    series = (r + 1j * np.outer(omega, l)) * length
    shunt = (g + 1j * np.outer(omega, c)) * length
    x = np.sqrt(series * shunt)
    small = np.abs(x) < 1e-150
    sinhc = np.where(small, 0.5, -0.5 * np.expm1(-x) / np.where(small, 1.0, x))
    return x, 0.5 * (1.0 + np.exp(-x)), series * sinhc, shunt * sinhc


def noise_gain(table: Elements, unknowns: Unknowns, adjoint: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """Thermal noise of lines at an output, in units of kT, shape (m, n).

    Odd and even half fluctuate independently: v1 - v2 by a voltage of density 8kT·Re(Zc·tanh(x/2)), i1 + i2 by a
    current of density 8kT·Re(Yc·tanh(x/2)).

    Parameters
    ----------
    table : Elements
        Lines with losses.
    unknowns : Unknowns
    adjoint : ndarray of complex, shape (m, unknowns)
        Effect on the output of a source in each equation.
    omega : ndarray, shape (m,)
        [rad/s]

    References
    ----------
    R. Q. Twiss, "Nyquist's and Thevenin's theorems generalized for nonreciprocal linear networks", J. Appl. Phys. 26
    (1955).
    """
    branch = terminals(table, unknowns)[2]
    first, second = adjoint[:, branch[0::2]], adjoint[:, branch[1::2]]
    x, cosh, z, y = _halves(table, omega)
    odd, even = z / cosh, y / cosh
    opaque = x.real > OPAQUE
    # In waves, the first equation is (1 + e)/2 times the odd half minus (1 - e)/2·Zc·coth(x/2) times the even half.
    mixed = np.where(opaque, 0.5 * np.expm1(-x) / np.where(opaque, even, 1.0), 0.0)
    by_voltage = cosh * np.where(opaque, first - second, first)
    by_current = np.where(opaque, mixed * (first + second), cosh * second)
    return 8.0 * (odd.real * np.abs(by_voltage) ** 2 + even.real * np.abs(by_current) ** 2)


def _sections() -> tuple[np.ndarray, np.ndarray, float]:
    """Weights w and time constants τ, in units of RC, of the modes of a line, and the sum of weights beyond MODES.

    tanh(x/2)/x = Σ w/(1 + sτ) with x² = sRC.
    """
    n = (2.0 * np.arange(1, MODES + 1) - 1.0) * np.pi
    weights, times = 4.0 / n**2, 1.0 / n**2
    return weights, times, 0.5 - float(weights.sum())


def _modes(table: Elements, unknowns: Unknowns, G: Triples, C: Triples, moving: Triples) -> None:
    """An RC line in a transient: Foster circuits of its odd and even half.

    v1 - v2 is the voltage of parallel RC sections in series, through which i1 - i2 flows; i1 + i2 is the current
    of series RC sections in parallel, across which v1 + v2 lies. Modes beyond MODES are lumped into a resistance in
    the first circuit and one section in the second, such that nothing faster than all modes passes the line: Z·Y = 1.
    """
    plus, minus, branch = terminals(table, unknowns)
    first, second = branch[0::2], branch[1::2]
    across = [
        (plus[0::2], 1.0, 1.0),
        (minus[0::2], -1.0, -1.0),
        (plus[1::2], -1.0, 1.0),
        (minus[1::2], 1.0, -1.0),
    ]
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


def make_delays(
    tables: Iterable[Elements],
    unknowns: Unknowns,
    pattern: Pattern,
    ground: int,
    tstop: float,
    delayed: Sequence[Delayed] = (),
) -> Delays:
    """Make the lines of a circuit, and the delays in its devices, for the compiled core.

    Parameters
    ----------
    tables : iterable of Elements
    unknowns : Unknowns
    pattern : Pattern
    ground : int
        Index of ground.
    tstop : float
        End of the transient. [s]
    delayed : sequence of Delayed
        Delays in devices: lines that waves of one end only are sent into.
    """
    from circuitnn.system.kernels import admittance, propagation

    losses = inductive(tables)
    pure = lossless(tables)
    ends = [terminals(t, unknowns) for t in pure] + [_one_way(d) for d in delayed]
    ends += [terminals(t, unknowns) for t in losses]
    plus, minus, branch = (concatenated([e[k] for e in ends]).astype(np.int64) for k in range(3))
    count = sum(len(d.delays) for d in delayed)
    z0 = [[t.values["z0"] for t in tables] for tables in (pure, losses)]
    impedance = np.repeat(concatenated([*z0[0], np.zeros(count), *z0[1]]), 2)
    td = [[t.values["td"] for t in tables] for tables in (pure, losses)]
    delay = concatenated([*td[0], *(d.delays for d in delayed), *td[1]])
    alpha = concatenated([t.values["alpha"] for t in losses])
    late = delay[len(delay) - len(alpha) :]
    memory = Memory(
        [admittance(a, tstop) for a in alpha.tolist()],
        [propagation(a, d, tstop) for a, d in zip(alpha.tolist(), late.tolist(), strict=True)],
        np.exp(-alpha * late),
    )
    lossy_ports = slice(len(branch) - 2 * len(alpha), None)
    positions = np.array([pattern.positions(branch[lossy_ports], end[lossy_ports]) for end in (plus, minus)])
    numbers = [np.where(x < 0, ground, x).astype(np.int32) for x in (plus, minus, branch)]
    return Delays(numbers[0], numbers[1], numbers[2], impedance, delay, memory, positions)


def _one_way(of: Delayed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `terminals`: a wave is sent into the first end, and enters an equation at the second."""
    nowhere = np.full(len(of.rows), -1)
    sent, received = np.column_stack([of.columns, nowhere]), np.column_stack([nowhere, of.rows])
    return sent.ravel(), np.full(sent.size, -1), received.ravel()


def smallest(tables: Iterable[Elements], delayed: Sequence[Delayed], vntol: float) -> np.ndarray:
    """Absolute tolerances of the waves on each line, in the order of `make_delays`."""
    pure, losses = (sum(len(t.names) for t in kind(tables)) for kind in (lossless, inductive))
    late = [np.full(len(d.delays), d.tolerance) for d in delayed]
    return concatenated([np.full(pure, vntol), *late, np.full(losses, vntol)])


def longest_step(circuit: FlatCircuit, options: Options) -> float:
    """The longest step that a transient may take: `maxstep`, just below the shortest delay, or infinite. [s]"""
    lines = (*lossless(circuit.elements), *inductive(circuit.elements))
    delays = [shortest_delay(circuit, options), *(float(np.min(t.values["td"])) for t in lines)]
    return min(options.maxstep or np.inf, WITHIN * min(delays))


def resting(tables: Iterable[Elements], unknowns: Unknowns, x: np.ndarray | None) -> np.ndarray:
    """Voltages, then currents, at the ports of lossy lines before t = 0; parameters as `initial_waves`."""
    voltages, currents = [], []
    for table in inductive(tables):
        v, i = _at_ports(table, unknowns, x)
        voltages.append(v)
        currents.append(i)
    return concatenated([*voltages, *currents])


def _at_ports(table: Elements, unknowns: Unknowns, x: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    if x is None:
        return _initial_values(table)
    plus, minus, branch = terminals(table, unknowns)
    return x[plus] - x[minus], x[branch]


def _initial_values(table: Elements) -> tuple[np.ndarray, np.ndarray]:
    """Voltages and currents of ``ic=`` at all ports."""
    v, i = (np.column_stack([table.values[f"{c}{end}"] for end in "12"]).ravel() for c in "vi")
    return v, i


def initial_waves(
    tables: Iterable[Elements], unknowns: Unknowns, x: np.ndarray | None, delayed: Sequence[Delayed] = ()
) -> np.ndarray:
    """Waves v + Z0·i on the lines at t = 0, shape (2n,); for lossy lines, deviations from rest. [V]

    Parameters
    ----------
    tables : iterable of Elements
    unknowns : Unknowns
    x : ndarray, shape (n + 1,), or None
        Solution that determines them; if None, the lines' initial conditions do.
    delayed : sequence of Delayed
        Without a solution, 0 has gone into these delays.
    """
    waves = []
    for table in lossless(tables):
        v, i = _at_ports(table, unknowns, x)
        waves.append(v + np.repeat(table.values["z0"], 2) * i)
    for late in delayed:
        sent = np.zeros(len(late.columns)) if x is None else x[late.columns]
        waves.append(np.column_stack([sent, np.zeros(len(sent))]).ravel())
    # no deviation for lossy lines
    return concatenated([*waves, *(np.zeros(2 * len(t.names)) for t in inductive(tables))])


def set_modes(tables: Iterable[Elements], unknowns: Unknowns, x: np.ndarray) -> None:
    """Set RC lines to the state given by their initial conditions."""
    lines = diffusive(tables)
    known = {name: k for k, name in enumerate(unknowns.names)} if lines else {}
    for table in lines:
        v, i = _initial_values(table)
        resistance = table.values["r"] * table.values["len"]
        for k, weight in enumerate(_sections()[0], 1):
            odd = [known[f"v({name}#odd{k})"] for name in table.names]
            x[odd] = resistance * weight * (i[0::2] - i[1::2])
        for k in range(1, MODES + 2):
            even = [known[f"v({name}#even{k})"] for name in table.names]
            x[even] = v[0::2] + v[1::2]
