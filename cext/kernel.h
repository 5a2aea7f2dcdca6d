/* The calling convention of model kernels, native or bytecode.
 *
 * A kernel evaluates instances lo <= k < hi of a group of n instances. Every array is
 * a struct of arrays with stride n: row r of instance k is a[r*n + k].
 *   x        local unknowns, one row each
 *   columns  per-instance numbers, one row each
 *   globals  CNN_TIME, CNN_GMIN
 *   out      one row per output: nonzero f rows, q rows, G entries, C entries, events
 * Returns 0. Never fails: the caller's norm detects a result that is not finite. */
#ifndef CIRCUITNN_KERNEL_H
#define CIRCUITNN_KERNEL_H
#include <stddef.h>

enum { CNN_TIME = 0, CNN_GMIN = 1, CNN_GLOBALS = 2 };

typedef int (*cnn_eval)(const void *self, ptrdiff_t n, ptrdiff_t lo, ptrdiff_t hi,
                        const double *x, const double *columns,
                        const double *globals, double *out);
#endif
