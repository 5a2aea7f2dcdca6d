/* One source, compiled once for each instruction set.
 *
 * A body is included once for each CNN_ISA, by each_isa.h: 0 for the platform's baseline, on x86-64 also
 * 1 (AVX2 and FMA) and 2 (AVX-512). CNN_NAME(f) gives each copy a separate name, CNN_TARGET
 * its target attribute; cnn_isa() tells which copy the machine can run. CNN_MOST is the highest copy made,
 * if not all are: code without vectors gains nothing from AVX-512. CNN_LEAST is the lowest one on x86-64: what is
 * large or rare leaves older machines to bytecode. The code is compiled with
 * -ffp-contract=off, and fused multiplications and additions are explicit (CNN_FMA), so that vector loops,
 * their remainders and scalar code give the same bits. */
#ifndef CIRCUITNN_ISA_H
#define CIRCUITNN_ISA_H

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define CNN_MULTI 1
#define CNN_TARGET_1 __attribute__((target("avx2,fma")))
#if defined(__clang__)
#define CNN_TARGET_2 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512cd,fma,prefer-vector-width=512")))
#else
#define CNN_TARGET_2 \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx512cd,avx2,fma,prefer-vector-width=512")))
#endif
#endif

#ifndef CNN_MOST
#define CNN_MOST 2
#endif
#ifndef CNN_LEAST
#define CNN_LEAST 0
#endif

#define CNN_PASTE_(name, isa) name##_##isa
#define CNN_PASTE(name, isa) CNN_PASTE_(name, isa)
#define CNN_NAME(name) CNN_PASTE(name, CNN_ISA)

/* Highest instruction set of this machine, at most `wanted`. */
static inline int cnn_isa(int wanted)
{
#ifdef CNN_MULTI
    __builtin_cpu_init();
#ifdef __SANITIZE_ADDRESS__
    wanted = wanted < 1 ? wanted : 1; /* gcc aligns stack frames of this build to 32 bytes: too little for AVX-512 */
#endif
    if (wanted >= 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512cd"))
        return 2;
    if (wanted >= 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return 1;
#endif
    (void)wanted;
    return 0;
}

/* Address of the copy of `name` for the best instruction set of this machine up to `wanted`; NULL if there is none. */
#if defined(CNN_MULTI) && CNN_MOST == 2 && CNN_LEAST == 1
#define CNN_BEST(name, wanted) (cnn_isa(wanted) == 2 ? &name##_2 : cnn_isa(wanted) == 1 ? &name##_1 : NULL)
#elif defined(CNN_MULTI) && CNN_MOST == 2
#define CNN_BEST(name, wanted) \
    (cnn_isa(wanted) == 2 ? &name##_2 : cnn_isa(wanted) == 1 ? &name##_1 : &name##_0)
#elif defined(CNN_MULTI) && CNN_LEAST == 1
#define CNN_BEST(name, wanted) (cnn_isa(wanted) >= 1 ? &name##_1 : NULL)
#elif defined(CNN_MULTI) && CNN_MOST == 1
#define CNN_BEST(name, wanted) (cnn_isa(wanted) >= 1 ? &name##_1 : &name##_0)
#else
#define CNN_BEST(name, wanted) ((void)(wanted), &name##_0)
#endif
#endif

/* From here on: set-up for the CNN_ISA of this inclusion. */
#undef CNN_TARGET
#undef CNN_FMA
#undef CNN_FUSED
#if CNN_ISA == 2
#define CNN_TARGET CNN_TARGET_2
#define CNN_FMA(a, b, c) __builtin_fma(a, b, c)
#define CNN_FUSED 1
#elif CNN_ISA == 1
#define CNN_TARGET CNN_TARGET_1
#define CNN_FMA(a, b, c) __builtin_fma(a, b, c)
#define CNN_FUSED 1
#else
#define CNN_TARGET
#if defined(__FMA__) || defined(__aarch64__)
#define CNN_FMA(a, b, c) __builtin_fma(a, b, c)
#define CNN_FUSED 1
#else
#define CNN_FMA(a, b, c) ((a) * (b) + (c))
#define CNN_FUSED 0
#endif
#endif
/* Loop of a kernel over its instances lo … hi - 1. If a source has a copy for each instruction set (CNN_COPIES), the
 * AVX-512 copy processes only whole vectors; fewer instances, and the remainder, go to the AVX2 copy, which gives the
 * same bits. The baseline of x86-64 is for machines without AVX2, and short. */
#undef CNN_EACH
#undef CNN_LESS
#undef CNN_LEFT
#if defined(CNN_COPIES) && CNN_ISA == 2
#define CNN_WHOLE(count) ((count) & ~(ptrdiff_t)7)
#define CNN_SMALLER(name, first) return CNN_PASTE(name, 1)(self, n, first, hi, x, columns, globals, out)
#define CNN_LESS(name) if (hi - lo < 8) CNN_SMALLER(name, lo)
#define CNN_EACH(j, count) _Pragma("omp simd") for (ptrdiff_t j = 0; j < CNN_WHOLE(count); j++)
#define CNN_LEFT(name) if (CNN_WHOLE(hi - lo) < hi - lo) CNN_SMALLER(name, lo + CNN_WHOLE(hi - lo))
#else
#define CNN_LESS(name)
#if defined(CNN_COPIES) && CNN_ISA == 0 && defined(CNN_MULTI)
#define CNN_EACH(j, count) for (ptrdiff_t j = 0; j < (count); j++)
#else
#define CNN_EACH(j, count) _Pragma("omp simd") for (ptrdiff_t j = 0; j < (count); j++)
#endif
#define CNN_LEFT(name)
#endif
