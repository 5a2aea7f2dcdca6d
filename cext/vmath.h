/* Elementary functions that vectorise: no branch, no table, no call.
 *
 * Included by isa.h's rules, once for each CNN_ISA. Errors, measured against 40 digits
 * (tests/unit/test_vmath.py): at most 2 ulp. Meanings are those of circuitnn/equations/scalar.py:
 * exp, sinh, cosh, expm1 stop growing at 1e99; results below 2.3e-308 are 0; ln of zero and
 * below is -1e99. NaN stays NaN. Polynomials are Chebyshev fits made for this file. */
#ifndef CIRCUITNN_VMATH_H
#define CIRCUITNN_VMATH_H
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CNN_EXP_LIMIT 227.9559242
#define CNN_EXP_FLOOR (-708.3)
#define CNN_HUGE 1e99
#define CNN_TINY 1e-32
#define CNN_SMALLEST 1e-300
#define CNN_ATANH_LIMIT (1.0 - 0x1p-53)
#define CNN_TWO_THIRDS 0x1.5555555555555p-1
#define CNN_ROUND 0x1.8p52 /* adding it rounds to an integer, which is then in the low bits */
#define CNN_INLINE static inline __attribute__((always_inline, unused))

CNN_INLINE uint64_t cnn_bits(double x)
{
    uint64_t u;
    memcpy(&u, &x, 8);
    return u;
}

CNN_INLINE double cnn_real(uint64_t u)
{
    double x;
    memcpy(&x, &u, 8);
    return x;
}

CNN_INLINE double cnn_fmod(double a, double b)
{
    return b == 0.0 ? 0.0 : fmod(a, b);
}

/* Segment of x in a table of n >= 2 abscissae. */
CNN_INLINE int cnn_segment(double x, int n, const double *xs)
{
    int low = 0, high = n - 1;
    while (high - low > 1) {
        int middle = (low + high) >> 1;
        if (x >= xs[middle])
            low = middle;
        else
            high = middle;
    }
    return low;
}

CNN_INLINE double cnn_line(double x, int k, const double *xs, const double *ys, const double *slopes)
{
    return ys[k] + slopes[k] * (x - xs[k]);
}
#endif

/* 2**k * e**r = e**x, with |r| <= ln(2)/2; returns r, and k in the low bits of *shifted. */
CNN_TARGET CNN_INLINE double CNN_NAME(reduce)(double x, double *shifted)
{
    double t = x * 0x1.71547652b82fep0 + CNN_ROUND;
    double k = t - CNN_ROUND;
    *shifted = t;
    double r = CNN_FMA(-k, 0x1.62e42fefp-1, x);
    return CNN_FMA(-k, 0x1.473de6af278edp-34, r);
}

/* e**r - 1 for |r| <= ln(2)/2 */
CNN_TARGET CNN_INLINE double CNN_NAME(small)(double r)
{
    double z = r * r, z2 = z * z;
    double a = CNN_FMA(0.1666666666666667, r, 0.5), b = CNN_FMA(0.008333333333326112, r, 0.04166666666666667), c = CNN_FMA(0.0001984126987490126, r, 0.001388888888888373);
    double d = CNN_FMA(2.7557255297969643e-06, r, 2.4801587325605324e-05), e = CNN_FMA(2.5105259538448494e-08, r, 2.755727357010214e-07);
    double low = CNN_FMA(b, z, a), high = CNN_FMA(d, z, c);
    e = CNN_FMA(2.0914717341716378e-09, z, e);
    return CNN_FMA(CNN_FMA(CNN_FMA(e, z2, high), z2, low), z, r);
}

CNN_TARGET CNN_INLINE double CNN_NAME(power2)(double shifted)
{
    return cnn_real((cnn_bits(shifted) + 1023) << 52);
}

CNN_TARGET CNN_INLINE double CNN_NAME(exp)(double x)
{
    double t, c = x > CNN_EXP_LIMIT ? CNN_EXP_LIMIT : x;
    c = c < CNN_EXP_FLOOR ? CNN_EXP_FLOOR : c;
    double r = CNN_NAME(reduce)(c, &t);
    double y = (1.0 + CNN_NAME(small)(r)) * CNN_NAME(power2)(t);
    return x < CNN_EXP_FLOOR ? 0.0 : y;
}

CNN_TARGET CNN_INLINE double CNN_NAME(expm1)(double x)
{
    double t, c = x > CNN_EXP_LIMIT ? CNN_EXP_LIMIT : x;
    c = c < -64.0 ? -64.0 : c;
    double r = CNN_NAME(reduce)(c, &t);
    double s = CNN_NAME(power2)(t);
    return CNN_FMA(s, CNN_NAME(small)(r), s - 1.0);
}

/* x = 2**k * (1 + f) with 1 + f between sqrt(1/2) and sqrt(2); returns f. */
CNN_TARGET CNN_INLINE double CNN_NAME(split)(double x, double *k)
{
    double tiny = x < 0x1p-1022 ? 54.0 : 0.0;
    uint64_t u = cnn_bits(x < 0x1p-1022 ? x * 0x1p54 : x);
    uint64_t e = (u - 0x3fe6a09e667f3bcdu + 0x4000000000000000u) >> 52;
    *k = cnn_real(e | 0x4330000000000000u) - (0x1p52 + 0x400) - tiny;
    return cnn_real(u - ((e - 0x400) << 52)) - 1.0;
}

/* q(z) in ln((1 + s)/(1 - s)) = 2 s + s z (2/3 + z q), z = s**2 */
CNN_TARGET CNN_INLINE double CNN_NAME(log_series)(double z)
{
    double p = CNN_FMA(0.11724327060846747, z, 0.11706126464563398);
    p = CNN_FMA(p, z, 0.1333480879881234);
    p = CNN_FMA(p, z, 0.1538459488700718);
    p = CNN_FMA(p, z, 0.18181818336099848);
    p = CNN_FMA(p, z, 0.22222222221652765);
    p = CNN_FMA(p, z, 0.2857142857142937);
    return CNN_FMA(p, z, 0.4);
}

CNN_TARGET CNN_INLINE double CNN_NAME(ln)(double x)
{
    double k, f = CNN_NAME(split)(x, &k);
    double s = f / (2.0 + f), z = s * s, h = 0.5 * f * f;
    double p = CNN_FMA(CNN_NAME(log_series)(z), z, CNN_TWO_THIRDS);
    p = s * CNN_FMA(p, z, h) + k * 0x1.473de6af278edp-34;
    double y = k * 0x1.62e42fefp-1 - ((h - p) - f);
    y = x > 0.0 ? y : -CNN_HUGE;
    return x < INFINITY ? y : x;
}

/* a*b - p, where p is a*b rounded */
CNN_TARGET CNN_INLINE double CNN_NAME(product_rest)(double a, double b, double p)
{
#if CNN_FUSED
    return CNN_FMA(a, b, -p);
#else
    double ca = a * 0x1.000002p27, cb = b * 0x1.000002p27;
    double ah = ca - (ca - a), bh = cb - (cb - b), al = a - ah, bl = b - bh;
    return ((ah * bh - p) + ah * bl + al * bh) + al * bl;
#endif
}

/* |a|**b by a logarithm and a product in double-double precision; at most 1e99. */
CNN_TARGET CNN_INLINE double CNN_NAME(pow)(double a, double b)
{
    double x = fabs(a), c = b > 1e270 ? 1e270 : b;
    c = c < -1e270 ? -1e270 : c;
    double k, f = CNN_NAME(split)(x, &k), d = 2.0 + f, s = f / d, z = s * s;
    double m = s * d;
    double s_rest = ((f - m) - CNN_NAME(product_rest)(s, d, m) - s * ((2.0 - d) + f)) / d;
    /* the logarithm as high + low: k ln 2, 2 s and 2/3 s**3 are summed in double-double precision */
    double cube = s * z, g = cube * CNN_TWO_THIRDS;
    double cube_rest = CNN_NAME(product_rest)(s, z, cube) + s * CNN_NAME(product_rest)(s, s, z);
    double low = CNN_NAME(product_rest)(cube, CNN_TWO_THIRDS, g) + (cube * 0x1.5555555555555p-55 + cube_rest * CNN_TWO_THIRDS);
    low = low + (2.0 * s_rest * (1.0 + z) + (cube * z * CNN_NAME(log_series)(z) + k * 0x1.473de6af278edp-34));
    double ka = k * 0x1.62e42fefp-1, first = ka + 2.0 * s, high = first + g;
    low = low + (((ka - first) + 2.0 * s) + ((first - high) + g));
    double p = c * high, rest = CNN_NAME(product_rest)(c, high, p) + c * low;
    double e = p + rest;
    rest = (p - e) + rest;
    double t, v = e > CNN_EXP_LIMIT ? CNN_EXP_LIMIT : e;
    v = v < CNN_EXP_FLOOR ? CNN_EXP_FLOOR : v;
    rest = v != e ? 0.0 : rest;
    double r = CNN_NAME(reduce)(v, &t) + rest;
    double y = (1.0 + CNN_NAME(small)(r)) * CNN_NAME(power2)(t);
    y = e < CNN_EXP_FLOOR ? 0.0 : y;
    y = e > CNN_EXP_LIMIT ? CNN_HUGE : y;
    double at_zero = b > 0.0 ? 0.0 : CNN_HUGE;
    at_zero = b == 0.0 ? 1.0 : at_zero;
    y = x == 0.0 ? at_zero : y;
    return x < INFINITY ? y : x;
}

CNN_TARGET CNN_INLINE double CNN_NAME(pwr)(double a, double b)
{
    double y = CNN_NAME(pow)(a, b);
    return a < 0.0 ? -y : y;
}

CNN_TARGET CNN_INLINE double CNN_NAME(log10)(double x)
{
    return x > 0.0 ? log10(x) : -CNN_HUGE;
}

CNN_TARGET CNN_INLINE double CNN_NAME(sinh)(double x)
{
    double e = CNN_NAME(expm1)(fabs(x));
    return copysign(0.5 * (e + e * (1.0 / (1.0 + e))), x);
}

CNN_TARGET CNN_INLINE double CNN_NAME(cosh)(double x)
{
    double e = CNN_NAME(expm1)(fabs(x));
    return 0.5 * ((1.0 + e) + 1.0 / (1.0 + e));
}

CNN_TARGET CNN_INLINE double CNN_NAME(tanh)(double x)
{
    double a = fabs(x), e = CNN_NAME(expm1)(2.0 * (a > 20.0 ? 20.0 : a));
    return copysign(e / (2.0 + e), x);
}

/* x minus the nearest multiple of pi/2, whose number is in the low bits of *shifted; *rest is the rounding
 * error of the result. From 1e5 on the error grows slowly, to that of the argument's last bit; beyond 2**45
 * the angle is 0. */
CNN_TARGET CNN_INLINE double CNN_NAME(quadrant)(double x, double *shifted, double *rest)
{
    double c = fabs(x) < 0x1p45 ? x : x * 0.0;
    double t = c * 0x1.45f306dc9c883p-1 + CNN_ROUND;
    double k = t - CNN_ROUND;
    *shifted = t;
    double a = CNN_FMA(-k, 0x1.921fb544p+0, c);
    double b = CNN_FMA(-k, 0x1.0b4611a6p-34, a);
    double low = CNN_FMA(-k, 0x1.3198a2e037073p-69, CNN_FMA(-k, 0x1.0b4611a6p-34, a - b));
    double r = b + low;
    *rest = (b - r) + low;
    return r;
}

CNN_TARGET CNN_INLINE double CNN_NAME(wave)(double r, double rest, uint64_t quarter)
{
    double z = r * r;
    double s = CNN_FMA(1.591805913698281e-10, z, -2.5051130870968297e-08), c = CNN_FMA(-1.1382588535352522e-11, z, 2.0876145659059344e-09);
    s = CNN_FMA(s, z, 2.755731609787775e-06);
    c = CNN_FMA(c, z, -2.755731726880539e-07);
    s = CNN_FMA(s, z, -0.0001984126983674956);
    c = CNN_FMA(c, z, 2.4801587298760048e-05);
    s = CNN_FMA(s, z, 0.008333333333330943);
    c = CNN_FMA(c, z, -0.0013888888888887393);
    s = CNN_FMA(s, z, -0.16666666666666666);
    c = CNN_FMA(c, z, 0.041666666666666664);
    s = r + CNN_FMA(s * z, r, rest);
    double half = 0.5 * z, w = 1.0 - half;
    c = w + (CNN_FMA(c * z, z, (1.0 - w) - half) - r * rest);
    /* odd quarters are cosines, those from 2 on are negative */
    uint64_t odd = 0 - (quarter & 1);
    uint64_t u = (cnn_bits(c) & odd) | (cnn_bits(s) & ~odd);
    return cnn_real(u ^ ((quarter & 2) << 62));
}

CNN_TARGET CNN_INLINE double CNN_NAME(sin)(double x)
{
    double t, rest, r = CNN_NAME(quadrant)(x, &t, &rest);
    return CNN_NAME(wave)(r, rest, cnn_bits(t));
}

CNN_TARGET CNN_INLINE double CNN_NAME(cos)(double x)
{
    double t, rest, r = CNN_NAME(quadrant)(x, &t, &rest);
    return CNN_NAME(wave)(r, rest, cnn_bits(t) + 1);
}

CNN_TARGET CNN_INLINE double CNN_NAME(tan)(double x)
{
    double t, rest, r = CNN_NAME(quadrant)(x, &t, &rest);
    return CNN_NAME(wave)(r, rest, cnn_bits(t)) / CNN_NAME(wave)(r, rest, cnn_bits(t) + 1);
}

CNN_TARGET CNN_INLINE double CNN_NAME(div)(double a, double b)
{
    double guard = copysign(CNN_TINY, b);
    return a / (fabs(b) < CNN_TINY ? guard : b);
}

CNN_TARGET CNN_INLINE double CNN_NAME(ratio)(double a, double b)
{
    double guard = copysign(CNN_TINY, b);
    return a / (fabs(b) < CNN_SMALLEST ? guard : b);
}

CNN_TARGET CNN_INLINE double CNN_NAME(min)(double a, double b)
{
    return a < b ? a : b;
}

CNN_TARGET CNN_INLINE double CNN_NAME(max)(double a, double b)
{
    return a > b ? a : b;
}

CNN_TARGET CNN_INLINE double CNN_NAME(clip1)(double x, double edge)
{
    double y = x < -edge ? -edge : x;
    return y > edge ? edge : y;
}

CNN_TARGET CNN_INLINE double CNN_NAME(sgn)(double x)
{
    double y = x > 0.0 ? 1.0 : x;
    return x < 0.0 ? -1.0 : y;
}

/* ln(u) with u = 1 + x rounded, corrected for the rounding; libm's log1p would prevent vectorisation. */
CNN_TARGET CNN_INLINE double CNN_NAME(log1p)(double x)
{
    double u = 1.0 + x, lost = (x - (u - 1.0)) / u;
    double y = CNN_NAME(ln)(u) + (x < 0x1p53 ? lost : 0.0);
    y = x > -1.0 ? y : -CNN_HUGE;
    return x < INFINITY ? y : x;
}

CNN_TARGET CNN_INLINE double CNN_NAME(sqrt)(double x)
{
    return sqrt(x < 0.0 ? 0.0 : x);
}

CNN_TARGET CNN_INLINE double CNN_NAME(acosh)(double x)
{
    return acosh(x < 1.0 ? 1.0 : x);
}
