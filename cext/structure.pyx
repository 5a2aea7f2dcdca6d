"""The line structure of a matrix.

Lines are chains of strong couplings, joined by weak couplings. The search for them works on a structurally
symmetric CSC pattern and one set of values. In this order

1. branch currents of voltage sources and the nodes they pin are set aside; other unknowns without positive
   diagonal (amplifiers, buffers, floating sources, negative resistances) form the border,
2. every unknown is linked to its (at most two) strongest neighbours: chains,
3. short chains of unknowns with at most two neighbours, and single ones with three (nodes inside a
   cell), are folded into the coupling of their neighbours,
4. remaining short chains that are closely tied to others join the border,
5. the remaining chains get two colours such that couplings join different colours. Unknowns of the first
   colour that are still coupled with each other change sides.

Then the first family R is a set of independent tridiagonal systems for any circuit, and everything that does
not fit is in the second family C.
"""

import numpy as np

from libc.math cimport fabs

from circuitnn._cext.structure cimport BORDER, BRANCH, BRANCHED, FREE, PINNED

# A neighbour this much weaker than the strongest one is not on the same line.
cdef double WEAK = 0.03


def pin(const int[::1] starts not None, const int[::1] rows not None, const int[::1] partner not None,
        const int[::1] diagonal not None, const double[::1] values not None, signed char[::1] state not None):
    """Nodes pinned by voltage sources and the sources' branches, in an order that can be solved.

    Marks them in `state`, and also the border: other unknowns without positive diagonal, and the nodes driven
    by branches among them. Returns an int32 array of shape (pins, 3): node, branch, position of the node's
    row in the branch's column.
    """
    cdef Py_ssize_t n = diagonal.shape[0], j, p, k, count = 0, head = 0, tail = 0
    cdef int node, other, at
    cdef int[::1] unknown = np.zeros(n, dtype=np.int32), queue = np.empty(n, dtype=np.int32)
    cdef signed char[::1] solved = np.zeros(n, dtype=np.int8)
    pins_array = np.empty((n, 3), dtype=np.int32)
    cdef int[:, ::1] pins = pins_array
    for j in range(n):
        if diagonal[j] < 0:
            state[j] = BRANCH
            unknown[j] = starts[j + 1] - starts[j]
            if unknown[j] == 1:
                queue[tail] = j
                tail += 1
        elif not values[diagonal[j]] > 0.0:
            state[j] = BORDER
    while head < tail:
        k = queue[head]
        head += 1
        node = -1
        at = -1
        for p in range(starts[k], starts[k + 1]):
            if state[rows[p]] == FREE or state[rows[p]] == BORDER:
                node = rows[p]
                at = p
        if node < 0 or diagonal[node] < 0 or values[at] == 0.0 or values[partner[at]] == 0.0:
            continue
        state[node] = PINNED
        solved[k] = True
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
    for j in range(n):
        if state[j] == BRANCH and not solved[j]:
            state[j] = BORDER
            for p in range(starts[j], starts[j + 1]):
                if state[rows[p]] == FREE and values[p] != 0.0:
                    state[rows[p]] = BORDER
    return np.ascontiguousarray(pins_array[:count])


def link(const int[::1] starts not None, const int[::1] rows not None, const int[::1] partner not None,
         const double[::1] values not None, const signed char[::1] state not None):
    """Links of each free unknown with its strongest neighbours.

    Returns ``links`` of shape (n, 2), positions in the matrix or -1, and the number of free neighbours of
    each; neighbours in the border add BRANCHED to it, so that the unknown cannot be folded.
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
            if state[rows[p]] == BORDER:
                degree[j] += BRANCHED
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
    """Chains of linked unknowns: the unknowns in sequence, and the start of each chain.

    Rings are opened: the link between first and last is removed from `links`.
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


def couplings(const int[::1] starts not None, const int[::1] rows not None, const int[::1] partner not None,
              const int[::1] diagonal not None, const double[::1] values not None,
              const int[:, ::1] links not None, const signed char[::1] state not None, double limit):
    """Couplings of free unknowns that are not links, and which of them are close.

    A coupling is close if, at either end, it exceeds `limit` times the strongest link or half the diagonal,
    whichever is larger.
    Each row of the couplings is (a, b, position of (a, b), position of (b, a)), a < b.
    """
    cdef Py_ssize_t n = starts.shape[0] - 1, j, p, k, count = 0
    cdef int i
    made_array = np.empty((rows.shape[0] // 2, 4), dtype=np.int32)
    close_array = np.empty(rows.shape[0] // 2, dtype=bool)
    cdef int[:, ::1] made = made_array
    cdef char[::1] close = close_array.view(np.int8)
    cdef double[::1] strongest = np.zeros(n)
    cdef signed char[::1] linked = np.zeros(rows.shape[0], dtype=np.int8)
    for j in range(n):
        if state[j] == FREE:
            strongest[j] = 0.5 * values[diagonal[j]]
        for k in range(2):
            p = links[j, k]
            if p >= 0:  # links are symmetric: each end has its own
                linked[p] = 1
                strongest[j] = max(strongest[j], fabs(values[p]))
    for j in range(n):
        if state[j] != FREE:
            continue
        for p in range(starts[j], starts[j + 1]):
            i = rows[p]
            if i >= j:
                break
            if state[i] != FREE or linked[p]:
                continue
            made[count, 0], made[count, 1], made[count, 2], made[count, 3] = i, j, p, partner[p]
            close[count] = not fabs(values[p]) <= limit * min(strongest[i], strongest[j])
            count += 1
    return made_array[:count].copy(), close_array[:count].copy()


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
    # A single coupling that does not fit may have given a chain the wrong colour: the majority decides.
    for _turn in range(2):
        for c in range(chains):
            same[c] = 0
            for k in range(first[c], first[c + 1]):
                same[c] += 1 if colours[near[k]] == colours[c] else -1
            if same[c] > 0:
                colours[c] = 1 - colours[c]
    return colours_array, component_array, components
