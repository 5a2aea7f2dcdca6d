"""Reference solution of an array from its plain description: nodal equations, Newton's method, extended precision.

No line of the package is used here. Linear systems are those of resistive networks: off-diagonal elements are negative
or zero, and each column's sum, the conductance from its node to the sources, is known without subtraction. Gaussian
elimination that keeps the column sums instead of the diagonal (after Grassmann, Taksar and Heyman) subtracts nothing,
so that every voltage is right to rounding however far apart the resistances lie.
"""

import warnings
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from array_cells import LONG, Chain
from array_elimination import Rough, System
from scipy.linalg import LinAlgWarning

SIDES = ("left", "right", "top", "bottom")
MAX_ITERATIONS = 300
# Of the largest voltage: cells with less count as at rest.
AT_REST = LONG(1e-12)


class Undetermined(Exception):
    """No end is held, or both ends of a line without any resistance, at two voltages."""


@dataclass
class Network:
    """Nodes, segments, ends and cells.

    Lines are rows of `word` and columns of `bit`, node numbers. Ends: voltage [V], NaN floats; resistance [Ohm].
    """

    rows: int
    cols: int
    along: np.ndarray  # shape (rows, cols - 1) [Ohm]
    down: np.ndarray  # shape (rows - 1, cols) [Ohm]
    voltage: dict
    resistance: dict
    cells: list = field(default_factory=list)  # (flat indices, Chain or conductances)
    gate: np.ndarray | None = None  # shape (rows, cols) [V]


@dataclass
class Reference:
    """The solution; fields as of the package's results, and what the tolerances are made from."""

    word_voltage: np.ndarray
    bit_voltage: np.ndarray
    cell_voltage: np.ndarray
    cell_current: np.ndarray
    slopes: tuple  # by word and minus by bit voltage
    out: dict
    wordline_current: np.ndarray
    bitline_current: np.ndarray
    grain: np.ndarray  # what rounding of cells' currents is relative to [A]
    alive: tuple  # which nodes are connected with a held end, of word and bit lines
    network: Network
    system: tuple  # nodes and factors

    def spread(self, per_word, per_bit):
        """By how much numbers may be off if KCL is off by as much at every node.

        Parameters
        ----------
        per_word, per_bit : ndarray, shape (rows, cols)
            Bounds of the currents that are lost at each node of the word and bit lines. [A]

        Returns
        -------
        dict
            Bounds of ``word_voltage``, ``bit_voltage``, ``cell_voltage``, ``cell_current`` and of the currents of the
            word and bit lines' ends and segments, ``word_out``, ``bit_out``, one a line.
        """
        nodes, system = self.system
        b = np.zeros(nodes.count + 1, LONG)
        np.add.at(b, nodes.index[nodes.word], per_word)
        np.add.at(b, nodes.index[nodes.bit], per_bit)
        x = np.zeros(len(nodes.fixed), LONG)
        x[nodes.index >= 0] = system.solve(b[:-1])
        word, bit = x[nodes.word], x[nodes.bit]
        current = self.slopes[0] * word + self.slopes[1] * bit
        return {
            "word_voltage": word,
            "bit_voltage": bit,
            "cell_voltage": word + bit,
            "cell_current": current,
            "word_out": current.sum(axis=1) + np.sum(per_word, axis=1),
            "bit_out": current.sum(axis=0) + np.sum(per_bit, axis=0),
        }

    @property
    def total_power(self):
        v = self.network.voltage
        return -sum(np.sum(np.where(np.isnan(v[s]), 0, v[s]) * self.out[s]) for s in SIDES)


class Nodes:
    """Numbering of the nodes that are connected with a held end, those of segments of 0 Ohm merged."""

    def __init__(self, net):
        m, n = net.rows, net.cols
        self.net = net
        word, bit = np.arange(m * n).reshape(m, n), m * n + np.arange(m * n).reshape(m, n)
        owner = np.arange(2 * m * n)
        lines = [(word[:, :-1], word[:, 1:], net.along), (bit[:-1], bit[1:], net.down)]
        for here, there, r in lines:
            for p, q in zip(here[r == 0], there[r == 0], strict=True):
                owner[owner == owner[q]] = owner[p]
        self.word, self.bit = owner[word], owner[bit]
        self.pinned = {}
        self.ends = []  # node, side, line, resistance
        last = {
            "left": self.word[:, 0],
            "right": self.word[:, -1],
            "top": self.bit[0],
            "bottom": self.bit[-1],
        }
        for side in SIDES:
            for k, node in enumerate(last[side]):
                v, r = net.voltage[side][k], net.resistance[side][k]
                if np.isnan(v) or np.isinf(r):
                    continue
                if r == 0:
                    if self.pinned.get(node, v) != v:
                        raise Undetermined(f"line {k} of the {side} side")
                    self.pinned[node] = v
                self.ends.append((node, side, k, r))
        here, there, r = (np.concatenate([part[k].ravel() for part in lines]) for k in range(3))
        good = (r > 0) & np.isfinite(r)
        self.links = owner[here[good]], owner[there[good]], 1 / r[good]
        behind = [(node, net.voltage[side][k], r) for node, side, k, r in self.ends if r > 0]
        self.resistive = [np.array(a, t) for a, t in zip(zip(*behind), (int, LONG, LONG))]  # noqa: B905
        self.resistive = self.resistive or [np.zeros(0, t) for t in (int, LONG, LONG)]
        self._number()

    def _number(self):
        """Unknowns: alive, not pinned, in the order of rows so that elimination fills in little."""
        net = self.net
        size = 2 * net.rows * net.cols
        part = np.arange(size)

        def find(k):
            while part[k] != k:
                part[k] = part[part[k]]
                k = part[k]
            return k

        for p, q in zip(*self.links[:2], strict=True):
            part[find(p)] = find(q)
        w, b = self.word.ravel(), self.bit.ravel()
        for at, cell in net.cells:
            conducting = at if isinstance(cell, Chain) else at[cell > 0]
            for k in conducting:
                part[find(w[k])] = find(b[k])
        held = {find(node) for node, *_ in self.ends}
        self.alive = np.array([find(k) in held for k in range(size)])
        owners = np.unique(np.concatenate([w, b]))
        free = [k for k in owners if self.alive[k] and k not in self.pinned]
        self.index = np.full(size, -1)
        self.index[free] = np.arange(len(free))
        self.count = len(free)
        self.fixed = np.zeros(size, LONG)
        for node, v in self.pinned.items():
            self.fixed[node] = v

    def voltages(self, x):
        """Of word and bit nodes; dead nodes are at 0 V."""
        everything = self.fixed.copy()
        everything[self.index >= 0] = x
        return everything[self.word], everything[self.bit]


def _assemble(nodes, slopes):
    """Coupling and column excess of the unknowns, and the drive of pinned nodes and ends."""
    n = nodes.count
    coupling, excess, b = np.zeros((n + 1, n + 1), LONG), np.zeros(n + 1, LONG), np.zeros(n + 1, LONG)
    p, q, g = nodes.links
    p, q = (np.concatenate(pair) for pair in ((p, nodes.word.ravel()), (q, nodes.bit.ravel())))
    by_p, by_q = np.concatenate([g, slopes[0]]), np.concatenate([g, slopes[1]])
    # A current from p to q of by_p·v_p - by_q·v_q; what is no unknown has index -1, a row of no interest.
    for here, there, mine, its in ((p, q, by_p, by_q), (q, p, by_q, by_p)):
        i, j = nodes.index[here], nodes.index[there]
        np.add.at(coupling, (i, j), its)
        fixed = j < 0
        np.add.at(excess, i[fixed], mine[fixed])
        np.add.at(b, i[fixed], (its * nodes.fixed[there])[fixed])
    node, v, r = nodes.resistive
    np.add.at(excess, nodes.index[node], 1 / r)
    np.add.at(b, nodes.index[node], v / r)
    return coupling[:n, :n], excess[:n], b[:n]


def cell_currents(net, word, bit):
    """Currents and both slopes of all cells, flat."""
    count = net.rows * net.cols
    i, by_word, by_bit = (np.zeros(count, LONG) for _ in range(3))
    for at, cell in net.cells:
        w, b = word.ravel()[at], bit.ravel()[at]
        if isinstance(cell, Chain):
            gate = None if net.gate is None else net.gate.ravel()[at]
            i[at], by_word[at], by_bit[at] = cell.currents(w, b, gate)
        else:
            i[at], by_word[at], by_bit[at] = cell * (w - b), cell, cell
    return i, by_word, by_bit


def _flattest(net, word, bit):
    """Slopes of all cells; of those that rest at a kink, of the side on which a lost current moves them farther."""
    _, by_word, by_bit = cell_currents(net, word, bit)
    beyond = AT_REST * max(np.abs(word).max(), np.abs(bit).max())
    at_rest = np.abs(word - bit).ravel() <= beyond
    for moved in (word - 2 * beyond, word + 2 * beyond):
        _, one, other = cell_currents(net, moved, bit)
        by_word = np.where(at_rest, np.minimum(by_word, one), by_word)
        by_bit = np.where(at_rest, np.minimum(by_bit, other), by_bit)
    return by_word, by_bit


def _system(nodes, slopes, kind):
    """The system of cells with these slopes, and the drive of pinned nodes and ends."""
    coupling, excess, b = _assemble(nodes, slopes)
    np.fill_diagonal(coupling, 0)
    return kind(coupling, excess), b


def _linearised(nodes, x, kind):
    """The system around voltages, and the voltages of the full Newton step."""
    word, bit = nodes.voltages(x)
    i, by_word, by_bit = cell_currents(nodes.net, word, bit)
    system, b = _system(nodes, (by_word, by_bit), kind)
    norton = i - by_word * word.ravel() + by_bit * bit.ravel()
    for at, sign in ((nodes.word, -1), (nodes.bit, 1)):
        index = nodes.index[at.ravel()]
        np.add.at(b, index[index >= 0], sign * norton[index >= 0])
    return system, system.solve(b)


def _residual(nodes, x):
    """What KCL lacks at each unknown. [A]"""
    word, bit = nodes.voltages(x)
    i, _, _ = cell_currents(nodes.net, word, bit)
    everything = nodes.fixed.copy()
    everything[nodes.index >= 0] = x
    p, q, g = nodes.links
    along = g * (everything[p] - everything[q])
    node, v, r = nodes.resistive
    added = [
        (p, -along),
        (q, along),
        (node, (v - everything[node]) / r),
        (nodes.word.ravel(), -i),
        (nodes.bit.ravel(), i),
    ]
    made = np.zeros(nodes.count + 1, LONG)
    for at, current in added:
        np.add.at(made, nodes.index[at], current)
    return made[:-1]


def _newton(nodes):
    """Roughly first, then exactly; a linear network at once."""
    v = [nodes.net.voltage[side][k] for _, side, k, _ in nodes.ends]
    x = np.full(nodes.count, (min(v) + max(v)) / 2, LONG)
    scale = max(np.max(np.abs(v)), LONG(1e-30))
    if not len(x) or not any(isinstance(cell, Chain) for _, cell in nodes.net.cells):
        system, x = _linearised(nodes, x, System)
        return x, system
    with np.errstate(all="ignore"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", LinAlgWarning)
                x = _damped(nodes, x, Rough, 1e-6 * scale)[0]
        except (AssertionError, LinAlgWarning):
            pass  # tiny resistances: the exact elimination goes all the way
    x, _ = _damped(nodes, x, System, 1e-12 * scale)
    # One step more squares the error; its system is the solution's own.
    system, x = _linearised(nodes, x, System)
    return x, system


def _damped(nodes, x, kind, enough):
    """Newton's method with Deuflhard's natural test: the next simplified step must be shorter."""
    damping, before = LONG(1), np.inf
    for _ in range(MAX_ITERATIONS):
        system, full = _linearised(nodes, x, kind)
        step = full - x
        size = np.abs(step).max()
        assert np.isfinite(size), "the reference's step is not finite"
        # Near the end full steps, until they are small or rounding stops them.
        near = kind is System and size <= 1e4 * enough
        if size <= enough or (near and size > 0.5 * before):
            return full, system
        before = size if near else np.inf
        damping = LONG(1) if near else min(LONG(1), 4 * damping)
        while damping > 1e-9 and not near:
            following = system.solve(_residual(nodes, x + damping * step))
            if np.abs(following).max() <= (1 - damping / 4) * size:
                break
            damping /= 2
        assert kind is System or damping > 1e-3, "double precision does not do"
        x = x + damping * step
    raise AssertionError(f"the reference did not converge: last step {size:g} V")


def solve(net):
    """Reference solution of a network.

    Raises
    ------
    Undetermined
    """
    nodes = Nodes(net)
    if not nodes.ends:
        raise Undetermined("all ends float")
    _check_ends(net)
    x, system = _newton(nodes)
    word, bit = nodes.voltages(x)
    i, by_word, by_bit = (a.reshape(word.shape) for a in cell_currents(net, word, bit))
    dead = ~(nodes.alive[nodes.word] & nodes.alive[nodes.bit])
    i = np.where(dead, 0, i)
    left, right, along = _line_currents(net, i, net.along, "left", "right")
    top, bottom, down = _line_currents(net, -i.T, net.down.T, "top", "bottom")
    if any(isinstance(cell, Chain) and cell.kinked for _, cell in net.cells):
        system = _system(nodes, _flattest(net, word, bit), System)[0]
    return Reference(
        word,
        bit,
        word - bit,
        i,
        (by_word, by_bit),
        {"left": left, "right": right, "top": top, "bottom": bottom},
        along,
        down.T,
        _grain(net).reshape(word.shape),
        (nodes.alive[nodes.word], nodes.alive[nodes.bit]),
        net,
        (nodes, system),
    )


def response(nodes, system, reference, row):
    """Currents out of the bit lines for 1 V more at the ends of a word line, the cells as they are."""
    net = reference.network
    v = {s: np.zeros(len(net.voltage[s]), LONG) for s in SIDES}
    v["left"][row] = v["right"][row] = 1
    b, fixed = np.zeros(nodes.count + 1, LONG), np.zeros(len(nodes.fixed), LONG)
    for node, side, k, r in nodes.ends:
        if r > 0:
            b[nodes.index[node]] += v[side][k] / r
        else:
            fixed[node] = v[side][k]
    p, q, g = nodes.links
    p, q = (np.concatenate(pair) for pair in ((p, nodes.word.ravel()), (q, nodes.bit.ravel())))
    by_p, by_q = (np.concatenate([g, np.ravel(slope)]) for slope in reference.slopes)
    np.add.at(b, nodes.index[p], by_q * fixed[q])
    np.add.at(b, nodes.index[q], by_p * fixed[p])
    fixed[nodes.index >= 0] = system.solve(b[:-1])
    word, bit = fixed[nodes.word], fixed[nodes.bit]
    current = reference.slopes[0] * word - reference.slopes[1] * bit
    one, two, _ = _line_currents(_unbiased(net, v), -current.T, net.down.T, "top", "bottom")
    return one + two


def _unbiased(net, v):
    """The network with other voltages at its held ends."""
    return replace(net, voltage={s: np.where(np.isnan(net.voltage[s]), np.nan, v[s]) for s in SIDES})


def _grain(net):
    made = np.zeros(net.rows * net.cols, LONG)
    for at, cell in net.cells:
        if isinstance(cell, Chain):
            made[at] = cell.grain
    return made


def _check_ends(net):
    """Lines that are one node from one direct end to the other, at two voltages."""
    for r, one, two in ((net.along, "left", "right"), (net.down.T, "top", "bottom")):
        both = (net.resistance[one] == 0) & (net.resistance[two] == 0)
        both &= ~np.isnan(net.voltage[one]) & ~np.isnan(net.voltage[two])
        both &= net.voltage[one] != net.voltage[two]
        if np.any(both & ~np.any(r > 0, axis=1)):
            raise Undetermined("held at both ends without resistance")


def _line_currents(net, drawn, segments, one, two):
    """Currents out of both ends of all lines and along their segments, from what the cells draw.

    Every piece of a line divides what is drawn from it between its held ends as resistances say, so that no
    difference of nearly equal voltages is taken.
    """
    lines, size = drawn.shape
    out = {one: np.zeros(lines, LONG), two: np.zeros(lines, LONG)}
    along = np.zeros((lines, size - 1), LONG)
    for k in range(lines):
        starts = [0, *(1 + np.flatnonzero(np.isinf(segments[k]))), size]
        for a, b in pairwise(starts):
            r = segments[k, a : b - 1]
            cells = drawn[k, a:b]
            first = a == 0 and _held(net, one, k)
            last = b == size and _held(net, two, k)
            into = LONG(0)
            if first and last:
                r1, r2 = net.resistance[one][k], net.resistance[two][k]
                if r1 + r.sum() + r2 == 0:  # the limit of equal segments; of equal ends if there are none
                    r = np.ones_like(r)
                    r1 = r2 = LONG(0) if len(r) else LONG(1)
                upto = r1 + np.concatenate([[LONG(0)], np.cumsum(r)])
                beyond = r2 + np.concatenate([np.cumsum(r[::-1])[::-1], [LONG(0)]])
                total = r1 + r.sum() + r2
                difference = net.voltage[one][k] - net.voltage[two][k]
                into = (np.sum(cells * beyond) + difference) / total
                out[one][k] = -into
                out[two][k] = (difference - np.sum(cells * upto)) / total
            elif first:
                into = cells.sum()
                out[one][k] = -into
            elif last:
                out[two][k] = -cells.sum()
            along[k, a : b - 1] = into - np.cumsum(cells)[:-1]
    return out[one], out[two], along


def _held(net, side, k):
    return not np.isnan(net.voltage[side][k]) and not np.isinf(net.resistance[side][k])
