"""Dense nodal analysis of an array, written by hand for the tests: no code of the package but its numbers."""

import numpy as np


def solve(array, ends):
    """Voltages of the word and of the bit nodes of a linear array."""
    m, n = array.shape
    word = np.arange(m * n).reshape(m, n)
    bit = word + m * n
    a, b = np.zeros((2 * m * n, 2 * m * n)), np.zeros(2 * m * n)

    def join(p, q, g):
        a[p, p] += g
        a[q, q] += g
        a[p, q] -= g
        a[q, p] -= g

    along = array.wordline_resistance
    along = np.broadcast_to(along[:, None] if along.ndim == 1 else along, (m, n - 1))
    down = array.bitline_resistance
    down = np.broadcast_to(down[None] if down.ndim == 1 else down, (m - 1, n))
    for i in range(m):
        for j in range(n):
            join(word[i, j], bit[i, j], array.conductance[i, j])
            if j < n - 1:
                join(word[i, j], word[i, j + 1], 1 / along[i, j])
            if i < m - 1:
                join(bit[i, j], bit[i + 1, j], 1 / down[i, j])
    pins = []
    sides = {"left": word[:, 0], "right": word[:, -1], "top": bit[0], "bottom": bit[-1]}
    for side, nodes in sides.items():
        for k, node in enumerate(nodes):
            v, r = ends.voltage[side][k], ends.resistance[side][k]
            if np.isnan(v) or np.isinf(r):
                continue
            if r == 0:
                pins.append((node, v))
            else:
                a[node, node] += 1 / r
                b[node] += v / r
    for node, v in pins:
        a[node], b[node] = 0.0, v
        a[node, node] = 1.0
    x = np.linalg.solve(a, b)
    return x[word], x[bit]
