/* Densities of noise and their integrals over many frequencies, a part of the circuit at a time. */
#ifndef CIRCUITNN_NOISE_H
#define CIRCUITNN_NOISE_H
#include <math.h>
#include <stddef.h>

/* Growth of a power between two frequencies below which its integral is a series. */
#define CNN_FLAT 1e-3
/* Density below which one counts as this, for its logarithm. */
#define CNN_SILENCE 1e-300

typedef struct {
    ptrdiff_t m;
    const double *f;       /* [Hz] */
    const double *ratio;   /* ln f[k]/f[k-1]; so for the gain's */
    const double *gain;    /* inverse of the squared gain */
    const double *growth;  /* ln of the quotient of squared gains at k and at k-1 */
    double *power, *ln;    /* work */
} cnn_band;

#define CNN_ISA 0
#include "noise_body.h"
#undef CNN_ISA
#ifdef CNN_MULTI
#define CNN_ISA 1
#include "noise_body.h"
#undef CNN_ISA
#define CNN_ISA 2
#include "noise_body.h"
#undef CNN_ISA
#define CNN_CALL(name, ...) \
    (cnn_isa(2) == 2 ? name##_2(__VA_ARGS__) : cnn_isa(2) == 1 ? name##_1(__VA_ARGS__) : name##_0(__VA_ARGS__))
#else
#define CNN_CALL(name, ...) name##_0(__VA_ARGS__)
#endif

/* Density at the output of white + flicker/f between two equations, by their phasors. */
static void cnn_density(ptrdiff_t m, const double *plus, const double *minus, double white, double flicker,
                        const double *f, double *density)
{
    CNN_CALL(density, m, plus, minus, white, flicker, f, density);
}

/* Integrals of a density at the output, and of it referred to the input. */
static void cnn_integrals(const cnn_band *band, const double *density, double *output, double *input)
{
    CNN_CALL(integrals, band, density, output, input);
}
#endif
