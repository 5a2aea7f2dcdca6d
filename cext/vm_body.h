/* Bytecode interpreter, included once for each CNN_ISA. */
#include "isa.h"
#include "vmath.h"

/* One instance: the slots are doubles. */
CNN_TARGET static void CNN_NAME(run_one)(const cnn_program *p, double *v)
{
    const cnn_step *s = p->steps, *end = s + p->n_steps;
    for (; s < end; s++) {
        const double a = v[s->a], b = v[s->b];
        double d;
        switch (s->op) {
#define CNN_UNARY(name, value) \
    case CNN_OP_##name:        \
        d = value;             \
        break;
#define CNN_UNARY_CALL CNN_UNARY
#define CNN_BINARY CNN_UNARY
#define CNN_BINARY_CALL CNN_UNARY
#include "vm_ops.h"
#undef CNN_UNARY
#undef CNN_UNARY_CALL
#undef CNN_BINARY
#undef CNN_BINARY_CALL
        case CNN_OP_where:
            d = a != 0.0 ? b : v[s->c];
            break;
        case CNN_OP_pwl: {
            const cnn_table *t = p->tables + s->c;
            d = cnn_line(a, cnn_segment(a, t->n, t->xs), t->xs, t->ys, t->slopes);
            break;
        }
        case CNN_OP_pwc: {
            const cnn_table *t = p->tables + s->c;
            d = t->slopes[cnn_segment(a, t->n, t->xs)];
            break;
        }
        case CNN_OP_sinhcosh:
            d = CNN_NAME(sinh)(a);
            v[s->b] = CNN_NAME(cosh)(a);
            break;
        case CNN_OP_sincos:
            d = CNN_NAME(sin)(a);
            v[s->b] = CNN_NAME(cos)(a);
            break;
        default:
            __builtin_unreachable();
        }
        v[s->d] = d;
    }
}

/* A block of m instances: the slots are rows. */
CNN_TARGET static void CNN_NAME(run_block)(const cnn_program *p, double *const *v, const ptrdiff_t m)
{
    const cnn_step *s = p->steps, *end = s + p->n_steps;
    for (; s < end; s++) {
        const double *x = v[s->a];
        const double *y = v[s->b];
        double *d = v[s->d];
        switch (s->op) {
#define CNN_LOOP(value)                     \
    for (ptrdiff_t i = 0; i < m; i++) {     \
        const double a = x[i], b = y[i];    \
        (void)b;                            \
        d[i] = value;                       \
    }
#define CNN_UNARY(name, value)              \
    case CNN_OP_##name:                     \
        _Pragma("omp simd") for (ptrdiff_t i = 0; i < m; i++) { \
            const double a = x[i];          \
            d[i] = value;                   \
        }                                   \
        break;
#define CNN_BINARY(name, value)             \
    case CNN_OP_##name:                     \
        _Pragma("omp simd") CNN_LOOP(value) break;
#define CNN_BINARY_CALL(name, value)        \
    case CNN_OP_##name:                     \
        CNN_LOOP(value) break;
#define CNN_UNARY_CALL CNN_BINARY_CALL
#include "vm_ops.h"
#undef CNN_UNARY
#undef CNN_UNARY_CALL
#undef CNN_BINARY
#undef CNN_BINARY_CALL
#undef CNN_LOOP
        case CNN_OP_where: {
            const double *z = v[s->c];
#pragma omp simd
            for (ptrdiff_t i = 0; i < m; i++) {
                const double yes = y[i], no = z[i];
                d[i] = x[i] != 0.0 ? yes : no;
            }
            break;
        }
        case CNN_OP_pwl: {
            const cnn_table *t = p->tables + s->c;
            for (ptrdiff_t i = 0; i < m; i++)
                d[i] = cnn_line(x[i], cnn_segment(x[i], t->n, t->xs), t->xs, t->ys, t->slopes);
            break;
        }
        case CNN_OP_pwc: {
            const cnn_table *t = p->tables + s->c;
            for (ptrdiff_t i = 0; i < m; i++)
                d[i] = t->slopes[cnn_segment(x[i], t->n, t->xs)];
            break;
        }
        case CNN_OP_sinhcosh: {
            double *w = v[s->b];
#pragma omp simd
            for (ptrdiff_t i = 0; i < m; i++) {
                const double a = x[i];
                d[i] = CNN_NAME(sinh)(a);
                w[i] = CNN_NAME(cosh)(a);
            }
            break;
        }
        case CNN_OP_sincos: {
            double *w = v[s->b];
#pragma omp simd
            for (ptrdiff_t i = 0; i < m; i++) {
                const double a = x[i];
                d[i] = CNN_NAME(sin)(a);
                w[i] = CNN_NAME(cos)(a);
            }
            break;
        }
        default:
            __builtin_unreachable();
        }
    }
}

CNN_TARGET static void CNN_NAME(run_few)(const cnn_program *p, ptrdiff_t n, ptrdiff_t lo, ptrdiff_t hi,
                                         const double *x, const double *columns, const double *globals,
                                         double *out, double *v)
{
    double *const c = v + p->n_constants, *const u = c + p->n_columns, *const g = u + p->n_inputs;
    double *const o = g + CNN_GLOBALS + p->n_registers;
    for (ptrdiff_t i = 0; i < p->n_constants; i++)
        v[i] = p->constants[i];
    for (ptrdiff_t i = 0; i < CNN_GLOBALS; i++)
        g[i] = globals[i];
    for (ptrdiff_t k = lo; k < hi; k++) {
        for (ptrdiff_t i = 0; i < p->n_columns; i++)
            c[i] = columns[i * n + k];
        for (ptrdiff_t i = 0; i < p->n_inputs; i++)
            u[i] = x[i * n + k];
        CNN_NAME(run_one)(p, v);
        for (ptrdiff_t i = 0; i < p->n_outputs; i++)
            out[i * n + k] = o[i];
    }
}

/* Blocks of instances; `work` holds one row per register and global, `v` one pointer per slot. */
CNN_TARGET static void CNN_NAME(run_many)(const cnn_program *p, ptrdiff_t n, ptrdiff_t lo, ptrdiff_t hi,
                                          const double *x, const double *columns, const double *globals,
                                          double *out, double *work, double **v)
{
    const ptrdiff_t block = p->block;
    double **const c = v + p->n_constants, **const u = c + p->n_columns, **const g = u + p->n_inputs;
    double **const r = g + CNN_GLOBALS, **const o = r + p->n_registers;
    for (ptrdiff_t i = 0; i < p->n_constants; i++)
        v[i] = (double *)p->constant_blocks + i * block; /* never a destination */
    for (ptrdiff_t i = 0; i < p->n_registers; i++)
        r[i] = work + i * block;
    for (ptrdiff_t i = 0; i < CNN_GLOBALS; i++) {
        g[i] = work + (p->n_registers + i) * block;
        for (ptrdiff_t k = 0; k < block; k++)
            g[i][k] = globals[i];
    }
    for (ptrdiff_t k = lo; k < hi; k += block) {
        for (ptrdiff_t i = 0; i < p->n_columns; i++)
            c[i] = (double *)columns + i * n + k;
        for (ptrdiff_t i = 0; i < p->n_inputs; i++)
            u[i] = (double *)x + i * n + k;
        for (ptrdiff_t i = 0; i < p->n_outputs; i++)
            o[i] = out + i * n + k;
        CNN_NAME(run_block)(p, v, hi - k < block ? hi - k : block);
    }
}

CNN_TARGET static int CNN_NAME(run)(const void *self, ptrdiff_t n, ptrdiff_t lo, ptrdiff_t hi,
                                    const double *x, const double *columns, const double *globals,
                                    double *out)
{
    const cnn_program *p = self;
    const ptrdiff_t slots = cnn_slots(p);
    const int few = hi - lo <= CNN_FEW;
    const size_t rows = few ? 0 : (size_t)((p->n_registers + CNN_GLOBALS) * p->block) * sizeof(double);
    const size_t size = (size_t)slots * sizeof(double) + rows + 64;
    double stack[size <= CNN_STACK * 4 ? size / sizeof(double) : 1];
    double *const memory = size <= CNN_STACK * 4 ? stack : malloc(size);
    if (!memory) {
        for (ptrdiff_t i = 0; i < p->n_outputs; i++)
            for (ptrdiff_t k = lo; k < hi; k++)
                out[i * n + k] = NAN;
        return 0;
    }
    if (few)
        CNN_NAME(run_few)(p, n, lo, hi, x, columns, globals, out, memory);
    else {
        double *work = (double *)(((uintptr_t)memory + 63) & ~(uintptr_t)63);
        CNN_NAME(run_many)(p, n, lo, hi, x, columns, globals, out, work,
                           (double **)(work + rows / sizeof(double)));
    }
    if (memory != stack)
        free(memory);
    return 0;
}
