/* One source, compiled once for each instruction set.
 *
 * A body is included once for each CNN_ISA, by each_isa.h: 0 for the platform's baseline, on x86-64 also
 * 1 (AVX2 and FMA) and 2 (AVX-512). CNN_NAME(f) gives each copy its own name, CNN_TARGET
 * its target attribute; cnn_isa() says which copy the machine can run. The code is compiled
 * with -ffp-contract=off: where a multiplication and an addition are fused is written down
 * (CNN_FMA), so that vector loops, their remainders and scalar code give the same bits. */
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

#define CNN_PASTE_(name, isa) name##_##isa
#define CNN_PASTE(name, isa) CNN_PASTE_(name, isa)
#define CNN_NAME(name) CNN_PASTE(name, CNN_ISA)

/* Highest instruction set of this machine, at most `wanted`. */
static inline int cnn_isa(int wanted)
{
#ifdef CNN_MULTI
    __builtin_cpu_init();
#ifdef __SANITIZE_ADDRESS__
    wanted = wanted < 1 ? wanted : 1; /* gcc aligns the frames of such a build to 32 bytes: too little for AVX-512 */
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

/* Address of the copy of `name` for this machine, at most for the instruction set `wanted`. */
#ifdef CNN_MULTI
#define CNN_BEST(name, wanted) \
    (cnn_isa(wanted) == 2 ? &name##_2 : cnn_isa(wanted) == 1 ? &name##_1 : &name##_0)
#else
#define CNN_BEST(name, wanted) ((void)(wanted), &name##_0)
#endif
#endif

/* Below: set up for the CNN_ISA of this inclusion. */
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
