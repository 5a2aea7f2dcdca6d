"""Counter-based random numbers: the n-th draw of a key is a function of only the key and n.

The generator is SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014, doi:10.1145/2660193.2660195),
whose n-th output is a mixing function of key + n·γ. So a draw depends neither on other draws nor on their
order nor on the time steps between them.
"""

import numpy as np

from libc.math cimport cos, log, sqrt

cdef enum:
    UNIFORM = 0
    NORMAL = 1

cdef key GAMMA = 0x9E3779B97F4A7C15ULL
cdef double TWO_PI = 6.283185307179586


cdef inline double uniform(key k, key n) noexcept nogil:
    """The n-th number of a key, strictly between 0 and 1."""
    cdef key z = k + (n + 1) * GAMMA
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL
    z = z ^ (z >> 31)
    return (<double>(z >> 11) + 0.5) * (1.0 / 9007199254740992.0)


cdef double draw(int distribution, key k, key count) noexcept nogil:
    """One number: uniform between 0 and 1, normal (Box and Muller), or exponential of mean 1."""
    cdef double u = uniform(k, 2 * count)
    if distribution == UNIFORM:
        return u
    if distribution == NORMAL:
        return sqrt(-2.0 * log(u)) * cos(TWO_PI * uniform(k, 2 * count + 1))
    return -log(u)


def draw_all(int distribution, const key[::1] keys not None, key count=0):
    """The draws of many keys.

    Parameters
    ----------
    distribution : int
        0 uniform, 1 normal, 2 exponential.
    keys : uint64 array, shape (n,)
    count : int
        Number of the draw.

    Returns
    -------
    ndarray, shape (n,)
    """
    cdef Py_ssize_t i
    cdef double[::1] drawn = np.empty(keys.shape[0])
    for i in range(keys.shape[0]):
        drawn[i] = draw(distribution, keys[i], count)
    return np.asarray(drawn)
