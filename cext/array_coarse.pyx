"""A coarse grid over a large array, where the lines' own tridiagonals are a poor preconditioner.

Along a line a disturbance decays over the square root of (link conductance / cell conductance) cells. The
tridiagonals hardly reduce errors that are smooth on this scale along both families, and the larger the
array, the more such errors there are. Hat functions on a few points capture them. With the interpolation P
for both the bit nodes and the word nodes,

    A = Pᵀ T_C P − Pᵀ D P (Pᵀ T_R P)⁻¹ Pᵀ D P,

which is the Schur complement of the array restricted to the coarse grid, and not less than that of the array.

References
----------
B. Smith, P. Bjørstad and W. Gropp, "Domain Decomposition" (Cambridge, 1996), chapter 2.
"""

import numpy as np

from libc.math cimport sqrt

from circuitnn._cext.array_work cimport cnn_array, cnn_array_moments, cnn_work

# Size of the grid's blocks and of the smallest line with a grid, in decay lengths; most blocks of a line.
SPACING, SHORT, MOST = 1.2, 7.0, 16
# Products of two hat functions on a block, as coefficients of powers 0, 1, 2 of the relative position in it;
# and products of their slopes.
HATS = np.array([[[1.0, -2.0, 1.0], [0.0, 1.0, -1.0]], [[0.0, 1.0, -1.0], [0.0, 0.0, 1.0]]])
SLOPES = np.array([[1.0, -1.0], [-1.0, 1.0]])


def blocks(links, double conductance, Py_ssize_t length):
    """Number of blocks for a line of `length` cells; 0 if it is short.

    Parameters
    ----------
    links : array
        Conductances of segments. [S]
    conductance : float
        Average conductance of a cell. [S]
    """
    cdef double mean, lengths
    if length < 2 or not np.all(np.isfinite(links)):
        return 0
    mean = np.mean(links)
    lengths = length * sqrt(conductance / max(mean, 1e-300))
    return 0 if not SHORT <= lengths < 1e9 else min(MOST, int(lengths / SPACING), length // 8)


class Points:
    """Points along one axis: the block of each node, and its relative position in it."""

    def __init__(self, length, count):
        self.at = np.round(np.linspace(0, length - 1, count + 1)).astype(np.int32)
        nodes = np.arange(length)
        self.block = np.minimum(np.searchsorted(self.at, nodes, "right") - 1, count - 1).astype(np.int32)
        self.size = np.diff(self.at)
        self.way = (nodes - self.at[self.block]) / self.size[self.block]
        self.starts = np.append(self.at[:-1], length).astype(np.int32)

    def moments(self, values):
        """Sums over blocks of values times powers of the position; `values` runs along its first axis."""
        powers = (self.way**p for p in range(3))
        return np.stack([np.add.reduceat(way[:, None] * values, self.at[:-1]) for way in powers], axis=-1)


def stiffness(own, other, links, ends):
    """Matrix of a family's lines between the points; `own` runs along its lines, `other` across.

    Parameters
    ----------
    links : array, shape (lines,) or (lines, nodes - 1)
    ends : two arrays, shape (lines,)

    Returns
    -------
    array, shape (across, along, across, along)
    """
    across, along = len(other.size), len(own.size)
    made = np.zeros((across + 1, along + 1) * 2)
    each = np.add.reduceat(links, own.at[:-1], axis=1) if links.ndim == 2 else links[:, None] * own.size
    between = other.moments(each / own.size**2)
    i, j = np.arange(across)[:, None], np.arange(along)
    nearest = (links[:, 0], links[:, -1]) if links.ndim == 2 else (links, links)
    for a in range(2):
        for b in range(2):
            for c in range(2):
                for d in range(2):
                    made[i + a, j + c, i + b, j + d] += between @ HATS[a, b] * SLOPES[c, d]
            for end, near, at in zip(ends, nearest, (0, along)):
                # To hat functions, a held end node looks as if it were held through its segment.
                held = other.moments(np.where(np.isinf(end), near, end)[:, None])
                made[i[:, 0] + a, at, i[:, 0] + b, at] += held[:, 0] @ HATS[a, b]
    return made


cdef class CoarseGrid:
    """The grid of one array.

    Parameters
    ----------
    shape, grid : tuple of int
        Nodes and blocks, of rows and of columns.
    word_links, bit_links : arrays
        As in `ArraySolver`. [S]
    ends : four arrays
        [S]
    """

    def __init__(self, shape, grid, word_links, bit_links, ends):
        rows, columns = Points(shape[0], grid[0]), Points(shape[1], grid[1])
        self.shape = (grid[0] + 1, grid[1] + 1)
        self.arrays = {}
        bits = stiffness(rows, columns, bit_links.T, ends[2:])
        self.stiffness = stiffness(columns, rows, word_links, ends[:2]), bits.transpose(1, 0, 3, 2)
        points = self.shape[0] * self.shape[1]
        self.c.rows, self.c.columns = grid
        self.c.block = <const int *>self.keep("block", rows.block)
        self.c.way = <const double *>self.keep("way", rows.way)
        self.c.starts = <const int *>self.keep("starts", columns.starts)
        self.c.along = <const float *>self.keep("along", columns.way.astype(np.float32))
        self.c.r = <double *>self.keep("r", np.zeros(points))
        self.c.y = <double *>self.keep("y", np.zeros(points))
        self.c.e = <double *>self.keep("e", np.zeros(points))

    cdef const void *keep(self, str name, array) except NULL:
        """Keep an array alive; returns its address."""
        own = np.ascontiguousarray(array)
        self.arrays[name] = own
        return <const void *><size_t>own.ctypes.data

    cdef int prepare(self, const cnn_array *s, cnn_work *k) except -1:
        """Give an iteration the inverse for the present conductances, or NULL if it does not exist."""
        rows, columns = self.shape
        moments = np.zeros((rows - 1, columns - 1, 3, 3))
        cnn_array_moments(s, &self.c, <double *><size_t>moments.ctypes.data)
        mass = np.zeros(self.shape * 2)
        i, j = np.arange(rows - 1)[:, None], np.arange(columns - 1)
        for a in range(2):
            for b in range(2):
                for c in range(2):
                    for d in range(2):
                        mass[i + a, j + c, i + b, j + d] += moments @ HATS[c, d] @ HATS[a, b]
        mass = mass.reshape(rows * columns, -1)
        word, bit = (mass + wires.reshape(mass.shape) for wires in self.stiffness)
        try:
            schur = bit - mass @ np.linalg.solve(word, mass)
            factor = np.linalg.inv(np.linalg.cholesky(0.5 * (schur + schur.T)))
        except np.linalg.LinAlgError:
            k.coarse.inverse = NULL
            return 0
        self.c.inverse = <const double *>self.keep("inverse", factor.T @ factor)
        k.coarse = self.c
        return 0


def grid_for(conductance, word_links, bit_links, ends):
    """The grid for an array with these cell conductances, or False if it would not pay off."""
    shape, mean = (len(ends[0]), len(ends[2])), float(np.mean(conductance))
    grid = blocks(bit_links, mean, shape[0]), blocks(word_links, mean, shape[1])
    return CoarseGrid(shape, grid, word_links, bit_links, ends) if min(grid) > 0 else False
