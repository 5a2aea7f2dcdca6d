"""The line structure of a matrix.

Lines are chains of strong couplings that weak couplings join. The search for them works on a
structurally symmetric CSC pattern and one set of values. In this order

1. branch currents of voltage sources and the nodes they pin are set aside,
2. every unknown is linked to its (at most two) strongest neighbours: chains,
3. short chains of unknowns with at most two neighbours (nodes inside a cell) are folded into the
   coupling of their neighbours,
4. the chains that remain get two colours such that couplings join different colours. Unknowns of
   the first colour that are coupled with each other all the same change sides.

Then the first family R is a set of independent tridiagonal systems, whatever the circuit was, and
all that does not fit is in the second one, C.
"""

import numpy as np

from libc.math cimport fabs

cdef enum:
    FREE = 0
    PINNED = 1
    BRANCH = 2
    FOLDED = 3
    LEAF = 4
    # Chains up to this length are taken for the inside of a cell, if nothing branches off them.
    LONGEST_CELL = 8

# A neighbour this much weaker than the strongest one is not on the same wire.
cdef double WEAK = 0.03


def partners(const int[::1] starts not None, const int[::1] rows not None):
    """Position of each entry's transpose, and of the diagonals (-1: none); None if one is missing."""
    cdef Py_ssize_t n = starts.shape[0] - 1, j, p, q
    cdef int i
    partner_array = np.empty(rows.shape[0], dtype=np.int32)
    diagonal_array = np.full(n, -1, dtype=np.int32)
    cdef int[::1] partner = partner_array, diagonal = diagonal_array, head = np.array(starts[:n])
    for j in range(n):
        for p in range(starts[j], starts[j + 1]):
            i = rows[p]
            q = head[i]
            if q >= starts[i + 1] or rows[q] != j:
                return None
            partner[p] = q
            head[i] = q + 1
            if i == j:
                diagonal[j] = p
    return partner_array, diagonal_array


def pin(const int[::1] starts not None, const int[::1] rows not None, const int[::1] diagonal not None,
        signed char[::1] state not None):
    """Nodes that voltage sources pin and the sources' branches, in an order that can be solved.

    Marks them in `state`. Returns an int32 array of shape (pins, 3): node, branch, position of the
    node's row in the branch's column; None if some unknown without diagonal pins nothing.
    """
    cdef Py_ssize_t n = diagonal.shape[0], j, p, k, count = 0, branches = 0, head = 0, tail = 0
    cdef int node, other, at
    cdef int[::1] unknown = np.zeros(n, dtype=np.int32), queue = np.empty(n, dtype=np.int32)
    pins_array = np.empty((n, 3), dtype=np.int32)
    cdef int[:, ::1] pins = pins_array
    for j in range(n):
        if diagonal[j] < 0:
            state[j] = BRANCH
            branches += 1
            unknown[j] = starts[j + 1] - starts[j]
            if unknown[j] == 1:
                queue[tail] = j
                tail += 1
    while head < tail:
        k = queue[head]
        head += 1
        node = -1
        at = -1
        for p in range(starts[k], starts[k + 1]):
            if state[rows[p]] == FREE:
                node = rows[p]
                at = p
        if node < 0:
            return None
        state[node] = PINNED
        pins[count, 0] = node
        pins[count, 1] = k
        pins[count, 2] = at
        count += 1
        for p in range(starts[node], starts[node + 1]):
            other = rows[p]
            if state[other] == BRANCH:
                unknown[other] -= 1
                if unknown[other] == 1:
                    queue[tail] = other
                    tail += 1
    return np.ascontiguousarray(pins_array[:count]) if count == branches else None


def link(const int[::1] starts not None, const int[::1] rows not None, const int[::1] partner not None,
         const double[::1] values not None, const signed char[::1] state not None):
    """Links of each free unknown with its strongest neighbours.

    Returns ``links`` of shape (n, 2), positions in the matrix or -1, and the number of free
    neighbours of each.
    """
    cdef Py_ssize_t n = starts.shape[0] - 1, j, p, k
    cdef double w, first, second
    cdef int a, b, other
    links_array = np.full((n, 2), -1, dtype=np.int32)
    degree_array = np.zeros(n, dtype=np.int32)
    cdef int[:, ::1] best = np.full((n, 2), -1, dtype=np.int32), links = links_array
    cdef int[::1] degree = degree_array
    for j in range(n):
        if state[j] != FREE:
            continue
        first = second = 0.0
        a = b = -1
        for p in range(starts[j], starts[j + 1]):
            if rows[p] == j or state[rows[p]] != FREE:
                continue
            degree[j] += 1
            w = fabs(values[p]) + fabs(values[partner[p]])
            if w > first:
                second = first
                b = a
                first = w
                a = p
            elif w > second:
                second = w
                b = p
        best[j, 0] = a
        best[j, 1] = b if second >= WEAK * first else -1
    for j in range(n):
        for k in range(2):
            p = best[j, k]
            if p < 0:
                continue
            other = rows[p]
            if partner[p] == best[other, 0] or partner[p] == best[other, 1]:
                links[j, 0 if links[j, 0] < 0 else 1] = p
    return links_array, degree_array


def walk(const int[::1] rows not None, int[:, ::1] links not None, const signed char[::1] state not None):
    """Chains of linked unknowns: their unknowns one after the other, and where each chain starts.

    Rings are opened: the link between first and last is taken out of `links`.
    """
    cdef Py_ssize_t n = state.shape[0], start, turn, k, count = 0, chains = 0
    cdef int v, before, after, p
    order_array, starts_array = np.empty(n, dtype=np.int32), np.empty(n + 1, dtype=np.int32)
    cdef int[::1] order = order_array, chain_starts = starts_array
    cdef signed char[::1] seen = np.zeros(n, dtype=np.int8)
    for turn in range(2):
        for start in range(n):
            if state[start] != FREE or seen[start] or (turn == 0 and links[start, 1] >= 0):
                continue
            chain_starts[chains] = count
            chains += 1
            v, before = start, -1
            while True:
                seen[v] = 1
                order[count] = v
                count += 1
                after = -1
                for k in range(2):
                    p = links[v, k]
                    if p >= 0 and rows[p] != before and not seen[rows[p]]:
                        after = rows[p]
                        break
                if after < 0:
                    break
                before, v = v, after
            if turn == 1:
                unlink(rows, links, start, v)
                unlink(rows, links, v, start)
    chain_starts[chains] = count
    return order_array[:count].copy(), starts_array[:chains + 1].copy()


cdef void unlink(const int[::1] rows, int[:, ::1] links, Py_ssize_t v, Py_ssize_t other) noexcept:
    cdef Py_ssize_t k
    for k in range(2):
        if links[v, k] >= 0 and rows[links[v, k]] == other:
            links[v, k] = -1


def fold(const int[::1] starts not None, const int[::1] rows not None, const int[::1] partner not None,
         const int[::1] diagonal not None, int[::1] degree not None, const int[::1] order not None,
         const int[::1] chain_starts not None, signed char[::1] state not None, int spare):
    """Eliminations of the unknowns inside cells.

    `spare` is the first working position after the matrix's own. Returns ``folds`` of shape
    (folded, 9): unknown m, neighbours a and b (-1: none), positions of (m, a), (a, m), (m, b),
    (b, m), (a, b), (b, a); and the new couplings, shape (made, 4): a, b, their two positions.
    """
    cdef Py_ssize_t n = diagonal.shape[0], c, i, p, k, side, count = 0, made = 0
    cdef int m, a, b, ends[2]
    cdef int[::1] length = np.zeros(n, dtype=np.int32)
    cdef bint inside
    cdef int[:, ::1] near = np.full((n, 2), -1, dtype=np.int32)
    cdef int[:, ::1] out = np.full((n, 2), -1, dtype=np.int32), back = np.full((n, 2), -1, dtype=np.int32)
    folds_array, fills_array = np.empty((n, 9), dtype=np.int32), np.empty((n, 4), dtype=np.int32)
    cdef int[:, ::1] folds = folds_array, fills = fills_array
    for c in range(chain_starts.shape[0] - 1):
        for i in range(chain_starts[c], chain_starts[c + 1]):
            length[order[i]] = chain_starts[c + 1] - chain_starts[c]
    # Leaves first, and what becomes a leaf without them.
    for i in range(order.shape[0]):
        m = order[i]
        while state[m] == FREE and degree[m] == 1 and length[m] <= LONGEST_CELL:
            state[m] = LEAF
            folds[count, 0] = m
            for k in range(1, 9):
                folds[count, k] = -1
            for p in range(starts[m], starts[m + 1]):
                if rows[p] != m and state[rows[p]] == FREE:
                    folds[count, 1], folds[count, 3], folds[count, 4] = rows[p], partner[p], p
            count += 1
            degree[m] = 0
            m = folds[count - 1, 1]
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
        a, b = near[m, 0], near[m, 1]
        if a < 0:
            a, b = b, a
        side = 0 if near[m, 0] >= 0 else 1
        folds[count, 0], folds[count, 1], folds[count, 2] = m, a, b
        folds[count, 3], folds[count, 4] = out[m, side], back[m, side]
        folds[count, 5], folds[count, 6] = out[m, 1 - side], back[m, 1 - side]
        folds[count, 7] = folds[count, 8] = -1
        if a >= 0 and b >= 0:
            if a == b:
                folds[count, 7] = folds[count, 8] = diagonal[a]
            else:
                folds[count, 7], folds[count, 8] = spare, spare + 1
        ends[0], ends[1] = a, b
        for k in range(2):
            # A neighbour still to be folded gets the other one in place of m.
            if ends[k] < 0 or near[ends[k], 0] != m and near[ends[k], 1] != m:
                continue
            side = 0 if near[ends[k], 0] == m else 1
            near[ends[k], side] = ends[1 - k] if a != b else -1
            out[ends[k], side] = folds[count, 7 + k]
            back[ends[k], side] = folds[count, 8 - k]
            if a == b:
                side = 0 if near[a, 0] == m else 1
                near[a, side] = -1
                break
        if a >= 0 and b >= 0 and a != b:
            if (state[a] == FREE and state[b] == FREE):
                fills[made, 0], fills[made, 1], fills[made, 2], fills[made, 3] = a, b, spare, spare + 1
                made += 1
            spare += 2
        count += 1
    return folds_array[:count].copy(), fills_array[:made].copy(), spare


def couplings(const int[::1] starts not None, const int[::1] rows not None, const int[::1] partner not None,
              const double[::1] values not None, const int[:, ::1] links not None,
              const int[::1] chain_of not None, double limit):
    """Couplings of chain unknowns that are no links, and the share of weak ones.

    Weak are those below `limit` of the strongest link at either end. Each row of the couplings is
    (a, b, position of (a, b), position of (b, a)), a < b.
    """
    cdef Py_ssize_t n = starts.shape[0] - 1, j, p, k, count = 0, weak = 0
    cdef int i
    made_array = np.empty((rows.shape[0] // 2, 4), dtype=np.int32)
    cdef int[:, ::1] made = made_array
    cdef double[::1] strongest = np.zeros(n)
    cdef signed char[::1] linked = np.zeros(rows.shape[0], dtype=np.int8)
    for j in range(n):
        for k in range(2):
            p = links[j, k]
            if p >= 0:  # links are symmetric: each end has its own
                linked[p] = 1
                strongest[j] = max(strongest[j], fabs(values[p]))
    for j in range(n):
        if chain_of[j] < 0:
            continue
        for p in range(starts[j], starts[j + 1]):
            i = rows[p]
            if i >= j:
                break
            if chain_of[i] < 0 or linked[p]:
                continue
            made[count, 0], made[count, 1], made[count, 2], made[count, 3] = i, j, p, partner[p]
            count += 1
            weak += fabs(values[p]) <= limit * min(strongest[i], strongest[j])
    return made_array[:count].copy(), <double>weak / count if count else 1.0


def colour(const int[::1] chain_of not None, const int[:, ::1] couplings not None, Py_ssize_t chains):
    """Colour and connected component of each chain."""
    cdef Py_ssize_t e, _turn, count = couplings.shape[0], c, k, head, tail, components = 0
    cdef int a, b
    colours_array, component_array = np.full(chains, -1, dtype=np.int32), np.zeros(chains, dtype=np.int32)
    cdef int[::1] colours = colours_array, component = component_array
    cdef int[::1] first = np.zeros(chains + 2, dtype=np.int32), queue = np.empty(chains, dtype=np.int32)
    cdef int[::1] near = np.empty(2 * count, dtype=np.int32), same = np.zeros(chains, dtype=np.int32)
    for e in range(count):
        first[chain_of[couplings[e, 0]] + 2] += 1
        first[chain_of[couplings[e, 1]] + 2] += 1
    for c in range(chains):
        first[c + 2] += first[c + 1]
    for e in range(count):
        a, b = chain_of[couplings[e, 0]], chain_of[couplings[e, 1]]
        near[first[a + 1]] = b
        first[a + 1] += 1
        near[first[b + 1]] = a
        first[b + 1] += 1
    for c in range(chains):
        if colours[c] >= 0:
            continue
        colours[c] = 0
        head, tail = 0, 1
        queue[0] = c
        while head < tail:
            a = queue[head]
            head += 1
            component[a] = components
            for k in range(first[a], first[a + 1]):
                b = near[k]
                if colours[b] < 0:
                    colours[b] = 1 - colours[a]
                    queue[tail] = b
                    tail += 1
        components += 1
    # One coupling that does not fit may have given a chain the wrong colour: let the majority decide.
    for _turn in range(2):
        for c in range(chains):
            same[c] = 0
            for k in range(first[c], first[c + 1]):
                same[c] += 1 if colours[near[k]] == colours[c] else -1
            if same[c] > 0:
                colours[c] = 1 - colours[c]
    return colours_array, component_array, components
