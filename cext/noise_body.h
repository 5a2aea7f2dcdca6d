/* Body of noise.h, once for each CNN_ISA. */
#include "isa.h"

#include "vmath.h"

CNN_TARGET static void CNN_NAME(density)(ptrdiff_t m, const double *restrict plus, const double *restrict minus,
                                         double white, double flicker, const double *restrict f,
                                         double *restrict density)
{
#pragma omp simd
    for (ptrdiff_t k = 0; k < m; k++) {
        const double re = plus[2 * k] - minus[2 * k], im = plus[2 * k + 1] - minus[2 * k + 1];
        density[k] = (re * re + im * im) * (white + flicker / f[k]);
    }
}

/* ∫ d df over an interval of ln f of length r, for a density d that is a power of f: d·f grows from p0 to p1, its
 * logarithm by `growth`. With d ∝ f^(p-1) it is (p1 - p0)/p, p·r = growth; by a series if `growth` is small. */
CNN_TARGET CNN_INLINE double CNN_NAME(piece)(double p0, double p1, double growth, double r)
{
    const double series = p0 * (1.0 + growth * (0.5 + growth * (1.0 / 6.0 + growth / 24.0)));
    const double power = (p1 - p0) / growth;
    return (fabs(growth) < CNN_FLAT ? series : power) * r;
}

CNN_TARGET static void CNN_NAME(integrals)(const cnn_band *band, const double *restrict density,
                                           double *restrict output, double *restrict input)
{
    const double *restrict f = band->f, *restrict ratio = band->ratio, *restrict gain = band->gain;
    const double *restrict growth = band->growth;
    double *restrict power = band->power, *restrict ln = band->ln, largest = 0.0, out = 0.0, in = 0.0;
#pragma omp simd reduction(max : largest)
    for (ptrdiff_t k = 0; k < band->m; k++) {
        const double d = density[k] > CNN_SILENCE ? density[k] : CNN_SILENCE;
        largest = density[k] > largest ? density[k] : largest;
        power[k] = d * f[k];
        ln[k] = CNN_NAME(ln)(power[k]);
    }
    if (largest == 0.0)
        return;
#pragma omp simd reduction(+ : out, in)
    for (ptrdiff_t k = 1; k < band->m; k++) {
        const double p0 = power[k - 1], p1 = power[k], grows = ln[k] - ln[k - 1];
        out += CNN_NAME(piece)(p0, p1, grows, ratio[k]);
        in += CNN_NAME(piece)(p0 * gain[k - 1], p1 * gain[k], grows - growth[k], ratio[k]);
    }
    *output += out;
    *input += in;
}
