/* Loops over an array, compiled once for each CNN_ISA; those of the iteration also once for each precision. */
#include "isa.h"

#define REAL float
#define OF_REAL(name) CNN_NAME(name##_single)
#if CNN_FUSED
#define FMA(a, b, c) __builtin_fmaf(a, b, c)
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
#include "array_precision.h"
#undef REAL
#undef OF_REAL
#undef FMA

#define REAL double
#define OF_REAL(name) CNN_NAME(name##_double)
#define FMA(a, b, c) CNN_FMA(a, b, c)
#include "array_precision.h"
#undef REAL
#undef OF_REAL
#undef FMA

#include "array_batch.h"
