"""Elimination of the nodes inside cells, which leaves couplings between lines: records for `_cext.lines`."""

import numpy as np

from circuitnn._cext.structure cimport FOLDED, FREE, INSIDE, LEAF

cdef enum:
    # Chains up to this length count as the inside of a cell, if nothing branches off them.
    LONGEST_CELL = 8
    # Length of a `Fold` record, see lines.pxd, and positions of its arrays.
    FOLD = 20
    NEIGHBOUR = 2
    OUT = 5
    BACK = 8
    BETWEEN = 11


def fold(const int[::1] starts not None, const int[::1] rows not None, const int[::1] partner not None,
         const int[::1] diagonal not None, int[::1] degree not None, const int[::1] order not None,
         const int[::1] chain_starts not None, signed char[::1] state not None, int spare):
    """Eliminations of the unknowns inside cells.

    `spare` is the first working position after the matrix's own. Returns ``folds``, records as in lines.pxd;
    the new couplings, shape (made, 4): a, b, their two positions; and the next spare position.
    """
    cdef Py_ssize_t n = diagonal.shape[0], c, i, p, k, side, count = 0, made = 0
    cdef int m, a, b, ends[2]
    cdef int[::1] length = np.zeros(n, dtype=np.int32)
    cdef bint inside
    cdef int[:, ::1] near = np.full((n, 2), -1, dtype=np.int32)
    cdef int[:, ::1] out = np.full((n, 2), -1, dtype=np.int32), back = np.full((n, 2), -1, dtype=np.int32)
    folds_array, fills_array = np.empty((n, FOLD), dtype=np.int32), np.empty((3 * n, 4), dtype=np.int32)
    cdef int[:, ::1] folds = folds_array, fills = fills_array
    for c in range(chain_starts.shape[0] - 1):
        for i in range(chain_starts[c], chain_starts[c + 1]):
            length[order[i]] = chain_starts[c + 1] - chain_starts[c]
    # Leaves first, then the unknowns that become leaves without them.
    for i in range(order.shape[0]):
        m = order[i]
        while state[m] == FREE and degree[m] == 1 and length[m] <= LONGEST_CELL:
            state[m] = LEAF
            begin(folds[count], m)
            for p in range(starts[m], starts[m + 1]):
                if rows[p] != m and state[rows[p]] == FREE:
                    join(folds[count], rows[p], partner[p], p, diagonal)
            count += 1
            degree[m] = 0
            m = folds[count - 1, NEIGHBOUR]
            degree[m] -= 1
    for c in range(chain_starts.shape[0] - 1):
        inside = chain_starts[c + 1] - chain_starts[c] <= LONGEST_CELL
        for i in range(chain_starts[c], chain_starts[c + 1]):
            inside = inside and degree[order[i]] <= 2
        for i in range(chain_starts[c], chain_starts[c + 1] if inside else 0):
            m = order[i]
            if state[m] == FREE:
                state[m] = FOLDED
    for i in range(order.shape[0]):
        m = order[i]
        if state[m] != FOLDED:
            continue
        k = 0
        for p in range(starts[m], starts[m + 1]):
            if rows[p] != m and state[rows[p]] in (FREE, FOLDED):
                near[m, k], out[m, k], back[m, k] = rows[p], partner[p], p
                k += 1
    for i in range(order.shape[0]):
        m = order[i]
        if state[m] != FOLDED:
            continue
        ends[0], ends[1] = near[m, 0], near[m, 1]
        begin(folds[count], m)
        for k in range(2):
            if ends[k] >= 0:
                join(folds[count], ends[k], out[m, k], back[m, k], diagonal)
        a, b = ends[0], ends[1]
        if a >= 0 and a == b:
            folds[count, BETWEEN + 1] = folds[count, BETWEEN + 3] = diagonal[a]
        elif a >= 0 and b >= 0:
            folds[count, BETWEEN + 1], folds[count, BETWEEN + 3] = spare, spare + 1
        for k in range(2):
            # A neighbour still to be folded gets the other one in place of m.
            if ends[k] < 0 or near[ends[k], 0] != m and near[ends[k], 1] != m:
                continue
            side = 0 if near[ends[k], 0] == m else 1
            near[ends[k], side] = ends[1 - k] if a != b else -1
            if ends[1 - k] >= 0:
                out[ends[k], side], back[ends[k], side] = spare + k, spare + 1 - k
            if a == b:
                side = 0 if near[a, 0] == m else 1
                near[a, side] = -1
                break
        if a >= 0 and b >= 0 and a != b:
            if state[a] == FREE and state[b] == FREE:
                fills[made, 0], fills[made, 1], fills[made, 2], fills[made, 3] = a, b, spare, spare + 1
                made += 1
            spare += 2
        count += 1
    # Nodes between three lines, such as a transistor's terminal in series with a memristor.
    for i in range(order.shape[0]):
        m = order[i]
        if state[m] != FREE or degree[m] != 3 or length[m] > 1:
            continue
        inside = True
        for p in range(starts[m], starts[m + 1]):
            inside = inside and (rows[p] == m or state[rows[p]] != FREE or length[rows[p]] > LONGEST_CELL)
        if not inside:
            continue
        state[m] = INSIDE
        begin(folds[count], m)
        for p in range(starts[m], starts[m + 1]):
            if rows[p] != m and state[rows[p]] == FREE:
                join(folds[count], rows[p], partner[p], p, diagonal)
        for k in range(3):
            for side in range(k + 1, 3):
                folds[count, BETWEEN + 3 * k + side] = spare
                folds[count, BETWEEN + 3 * side + k] = spare + 1
                fills[made, 0], fills[made, 1] = folds[count, NEIGHBOUR + k], folds[count, NEIGHBOUR + side]
                fills[made, 2], fills[made, 3] = spare, spare + 1
                made += 1
                spare += 2
        count += 1
    return folds_array[:count].copy(), fills_array[:made].copy(), spare


cdef void begin(int[::1] fold, int unknown) noexcept:
    """Start the record of an unknown, without neighbours."""
    fold[:] = -1
    fold[0], fold[1] = unknown, 0


cdef void join(int[::1] fold, int neighbour, int out, int back, const int[::1] diagonal) noexcept:
    """Add a neighbour to a record, with the positions that couple the two."""
    cdef int k = fold[1]
    fold[NEIGHBOUR + k], fold[OUT + k], fold[BACK + k] = neighbour, out, back
    fold[BETWEEN + 4 * k] = diagonal[neighbour]
    fold[1] = k + 1
