"""Noise at an output: densities of a circuit's parts, and their integrals over frequency."""

import numpy as np

cdef extern from "noise.h" nogil:
    ctypedef struct cnn_band:
        Py_ssize_t m
        const double *f
        const double *ratio
        const double *gain
        const double *growth
        double *power
        double *ln
    void cnn_density(Py_ssize_t m, const double *plus, const double *minus, double white, double flicker,
                     const double *f, double *density)
    void cnn_integrals(const cnn_band *band, const double *density, double *output, double *input)


def densities(const double[::1] at not None, const double complex[:, :] y not None,
              const int[::1] plus not None, const int[::1] minus not None,
              const double[::1] white not None, const double[::1] flicker not None,
              double[:, :] density not None):
    """Densities at the output of currents between equations.

    Parameters
    ----------
    at : float64 array, shape (m,)
        Frequencies. [Hz]
    y : complex128 array, shape (n, m), rows without gaps
        Phasors of the adjoint circuit; a row of zeros is ground's.
    plus, minus : int32 arrays, shape (parts,)
        Rows of `y` between which the currents flow.
    white, flicker : float64 arrays, shape (parts,)
        The density of the current is white + flicker/f. [A²/Hz, A²]
    density : float64 array, shape (parts, m), rows without gaps
        Overwritten. [V²/Hz]
    """
    cdef Py_ssize_t k
    if at.shape[0] == 0:
        return
    for k in range(plus.shape[0]):
        cnn_density(at.shape[0], <const double *>&y[plus[k], 0], <const double *>&y[minus[k], 0], white[k],
                    flicker[k], &at[0], &density[k, 0])


def integrate(const double[::1] at not None, const double[::1] gain not None,
              const double[:, :] density not None, double[::1] output not None,
              double[::1] referred not None):
    """Integrate densities, taken as powers of the frequency between the points, and add the results.

    Parameters
    ----------
    at : float64 array, shape (m,)
        [Hz]
    gain : float64 array, shape (m,)
        Squared gain from the input to the output.
    density : float64 array, shape (parts, m), rows without gaps
        Densities at the output. [V²/Hz]
    output, referred : float64 arrays, shape (parts,)
        Incremented by the integrals of the densities, and of these divided by the gain. [V²]
    """
    cdef Py_ssize_t k, m = at.shape[0]
    cdef cnn_band band
    f, squared = np.asarray(at), np.asarray(gain)
    cdef double[::1] ratio = np.log(f / np.roll(f, 1)), growth = np.log(squared / np.roll(squared, 1))
    cdef double[::1] inverse = 1.0 / squared, power = np.empty(m), ln = np.empty(m)
    if m == 0:
        return
    band.m, band.f, band.ratio, band.gain = m, &at[0], &ratio[0], &inverse[0]
    band.growth, band.power, band.ln = &growth[0], &power[0], &ln[0]
    for k in range(density.shape[0]):
        cnn_integrals(&band, &density[k, 0], &output[k], &referred[k])
