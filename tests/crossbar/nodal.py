"""Dense nodal analysis of an array, written by hand for the tests: no code of the package but its numbers.

Nodes of lines without resistance are merged, broken segments left out; cells with an inner node have it among
the unknowns, and their currents are differentiated by complex steps.
"""

import numpy as np

STEP = 1e-30


def solve(array, ends, currents=None):
    """Voltages of the word and of the bit nodes.

    Parameters
    ----------
    currents : callable, optional
        Of cells with an inner node: voltages of word, inner and bit node and of the gate, each of shape
        (rows, columns), to the currents from word to inner and from inner to bit node. Default: conductances.
    """
    m, n = array.shape
    word = np.arange(m * n).reshape(m, n)
    bit, inner = word + m * n, word + 2 * m * n
    along, down = array.wordline_resistance, array.bitline_resistance
    along = np.broadcast_to(along[:, None] if along.ndim == 1 else along, (m, n - 1))
    down = np.broadcast_to(down[None] if down.ndim == 1 else down, (m - 1, n))
    owner = np.arange((2 if currents is None else 3) * m * n)
    segments = [(word[i, j], word[i, j + 1], along[i, j]) for i in range(m) for j in range(n - 1)]
    segments += [(bit[i, j], bit[i + 1, j], down[i, j]) for i in range(m - 1) for j in range(n)]
    for p, q, r in segments:  # in the lines' order, so that one pass merges whole lines
        if r == 0.0:
            owner[q] = owner[p]
    word, bit, inner = owner[word], owner[bit], owner[inner] if currents is not None else None
    size = len(owner)
    a, b = np.zeros((size, size)), np.zeros(size)

    def join(p, q, g):
        a[p, p] += g
        a[q, q] += g
        a[p, q] -= g
        a[q, p] -= g

    for p, q, r in segments:
        if 0.0 < r < np.inf:
            join(owner[p], owner[q], 1 / r)
    pins = {}
    sides = {"left": word[:, 0], "right": word[:, -1], "top": bit[0], "bottom": bit[-1]}
    for side, nodes in sides.items():
        for k, node in enumerate(nodes):
            v, r = ends.voltage[side][k], ends.resistance[side][k]
            if np.isnan(v) or np.isinf(r):
                continue
            if r == 0:
                pins[node] = v
            else:
                a[node, node] += 1 / r
                b[node] += v / r
    merged = np.flatnonzero(owner != np.arange(size))
    if currents is None:
        for i in range(m):
            for j in range(n):
                join(word[i, j], bit[i, j], array.conductance[i, j])
        x = _pinned_solution(a, b, pins, merged)
        return x[word], x[bit]
    gate = np.zeros((m, n))
    if ends.gate is not None:
        gate = gate + (ends.gate[:, None] if array.made.gate == "rows" else ends.gate)
    return _newton(a, b, pins, merged, (word, inner, bit), gate, currents)


def _pinned_solution(a, b, pins, merged):
    a, b = a.copy(), b.copy()
    for node in merged:
        a[node], b[node] = 0.0, 0.0
        a[node, node] = 1.0
    for node, v in pins.items():
        a[node], b[node] = 0.0, v
        a[node, node] = 1.0
    return np.linalg.solve(a, b)


def _newton(a, b, pins, merged, nodes, gate, currents):
    word, inner, bit = nodes
    x = np.full(len(b), 0.5 * sum(pins.values()) / max(len(pins), 1))
    for _ in range(500):
        voltages = [x[at].astype(complex) for at in nodes]
        first, second = (np.real(c) for c in currents(*voltages, gate))
        matrix, rest = a.copy(), b - a @ x
        for at, sign, current in (
            (word, -1, first),
            (inner, 1, first),
            (inner, -1, second),
            (bit, 1, second),
        ):
            np.add.at(rest, at, sign * current)
        for k, column in enumerate(nodes):
            moved = list(voltages)
            moved[k] = moved[k] + 1j * STEP
            d_first, d_second = (np.imag(c) / STEP for c in currents(*moved, gate))
            for at, sign, d in (
                (word, 1, d_first),
                (inner, -1, d_first),
                (inner, 1, d_second),
                (bit, -1, d_second),
            ):
                np.add.at(matrix, (at, column), sign * d)
        step = _pinned_solution(matrix, rest, {node: v - x[node] for node, v in pins.items()}, merged)
        x += np.clip(step, -0.05, 0.05)  # short steps: exponentials
        if np.abs(step).max() < 2e-11:
            return x[word], x[bit]
    raise AssertionError("the test's own iteration did not converge")
