"""Storage of an array's iteration, in single or in double precision."""

import numpy as np


cdef class Workspace:
    """Matrices of the iteration in one precision, see `cnn_work` in array.h.

    Parameters
    ----------
    m, n : int
    single : bool
    word_links, bit_links : arrays
    ends : four arrays
    gated : bool
        Whether cells are unsymmetric.
    joined : list of two arrays of uint8, shape (m, n), or None
        What joins the word nodes and the bit nodes to their neighbours, see CNN_JOINED_… in array.h.
    iterates : bool
        Whether to allocate the vectors of the iteration; otherwise only the factors.
    """

    def __init__(self, Py_ssize_t m, Py_ssize_t n, bint single, word_links, bit_links, ends, bint gated,
                 list joined, bint iterates):
        cdef Py_ssize_t tile = CNN_TILE
        self.kept = []
        self.single = single
        self.code = cnn_array_single() if single else cnn_array_double()
        self.k.rows, self.k.ld = (m + tile - 1) // tile * tile, (n + tile - 1) // tile * tile
        # Rows a power of two apart would compete for the same cache lines.
        self.k.ld += tile if self.k.ld % (8 * tile) == 0 else 0
        self.k.stride = self.k.ld + tile
        self.k.scale = 1.0
        word = np.zeros((self.k.rows, self.k.ld if word_links.ndim == 2 else 1))
        if word_links.ndim == 2:
            word[:m, :n - 1] = word_links
        else:
            word[:m, 0] = word_links
        if joined[0] is not None:
            lines = joined[0] if word_links.ndim == 2 else joined[0][:, :1]
            word[:m, :lines.shape[1]][(lines & CNN_JOINED_NEXT) > 0] = CNN_JOINING
        self.k.a = self.keep(word.reshape(-1, tile, word.shape[1]).swapaxes(1, 2), single)
        self.k.ai = tile * word.shape[1]
        self.k.aj = tile if word_links.ndim == 2 else 0
        bit = np.zeros((m if bit_links.ndim == 2 else 1, self.k.ld))
        bit[:m - 1 if bit_links.ndim == 2 else 1, :n] = bit_links
        self.k.c = self.keep(bit, single)
        self.k.ci = self.k.ld if bit_links.ndim == 2 else 0
        outer = np.zeros((2, self.k.ld))
        outer[:, :n] = np.where(np.isinf(ends[2:]), 0.0, ends[2:])
        self.k.top, self.k.bottom = self.keep(outer[0], single), self.keep(outer[1], single)
        self.k.w, self.k.b, self.k.g = self.matrix(single), self.matrix(single), self.matrix(single)
        self.k.diagonals = <double *>self.keep(np.ones((2 * tile, self.k.stride)), False)
        if gated:
            self.k.h = self.matrix(single)
        self.join(joined)
        if not iterates:
            return
        self.k.f, self.k.r = self.matrix(single), self.matrix(single)
        self.k.p, self.k.q = self.matrix(single), self.matrix(single)
        self.k.x, self.k.y = <double *>self.matrix(False), <double *>self.matrix(False)
        self.k.u = <void *>self.keep(np.zeros((tile, self.k.ld)), single)
        self.k.turned = <void *>self.keep(np.zeros((self.k.ld, tile)), single)
        self.k.pivots = <double *>self.keep(np.zeros((n, tile)), False)
        self.k.swept = <double *>self.keep(np.zeros((n, tile)), False)
        if gated:
            self.k.z, self.k.t, self.k.shadow = self.matrix(single), self.matrix(single), self.matrix(single)

    cdef int join(self, list joined) except -1:
        """Store what joins the nodes."""
        if joined[0] is not None:
            self.k.word_joined = self.flags(joined[0])
            self.k.word_rows = self.bytes(joined[0].any(axis=1))
        if joined[1] is not None:
            self.k.bit_joined = self.flags(joined[1])
            self.k.bit_rows = self.bytes(joined[1].any(axis=1))
            self.k.carry = <double *>self.keep(np.zeros(self.k.ld), False)
        return 0

    cdef const unsigned char *flags(self, joined) except NULL:
        """Keep flags of all nodes, in rows as long as those of the matrices."""
        made = np.zeros((self.k.rows, self.k.ld), dtype=np.uint8)
        made[:joined.shape[0], :joined.shape[1]] = joined
        return self.bytes(made)

    cdef const unsigned char *bytes(self, array) except NULL:
        """Keep an array of flags alive; returns its address."""
        own = np.array(array, dtype=np.uint8)
        self.kept.append(own)
        return <const unsigned char *><size_t>own.ctypes.data

    cdef const void *keep(self, array, bint single) except NULL:
        """Keep an array alive, in single or double precision; returns its address."""
        own = np.ascontiguousarray(array, dtype=np.float32 if single else np.float64)
        self.kept.append(own)
        return <const void *><size_t>own.ctypes.data

    cdef void *matrix(self, bint single) except NULL:
        """Zeros, with an extra row before the first and after the last.

        Each matrix starts at a different offset within a page, to avoid cache conflicts.
        """
        cdef Py_ssize_t skew = 16 * 5 * len(self.kept)
        made = np.zeros((self.k.rows + 2) * self.k.ld + skew, dtype=np.float32 if single else np.float64)
        return <char *>self.keep(made, single) + (self.k.ld + skew) * <Py_ssize_t>made.itemsize
