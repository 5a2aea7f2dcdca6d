/* Noise densities at many frequencies and their integrals, for one noise source at a time. */
#ifndef CIRCUITNN_NOISE_H
#define CIRCUITNN_NOISE_H
#include <math.h>
#include <stddef.h>

/* Growth between two frequencies below which the integral is computed by a series. */
#define CNN_FLAT 1e-3
/* Smallest density, for the logarithm. */
#define CNN_SILENCE 1e-300

typedef struct {
    ptrdiff_t m;
    const double *f;       /* [Hz] */
    const double *ratio;   /* ln f[k]/f[k-1] */
    const double *gain;    /* inverse of the squared gain */
    const double *growth;  /* ln of the quotient of squared gains at k and at k-1 */
    double *power, *ln;    /* work */
} cnn_band;

#define CNN_BODY "noise_body.h"
#include "each_isa.h"

/* Density at the output of white + flicker/f between two equations, from their adjoint phasors. */
static void cnn_density(ptrdiff_t m, const double *plus, const double *minus, double white, double flicker,
                        const double *f, double *density)
{
    CNN_BEST(density, 2)(m, plus, minus, white, flicker, f, density);
}

/* Integrals of a density at the output, and referred to the input. */
static void cnn_integrals(const cnn_band *band, const double *density, double *output, double *input)
{
    CNN_BEST(integrals, 2)(band, density, output, input);
}
#endif
