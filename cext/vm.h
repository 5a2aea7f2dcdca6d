/* The bytecode of a kernel and its interpreter.
 *
 * An operand is a slot: [constants][columns][inputs][globals][registers][outputs]. Few
 * instances are run one at a time on doubles, many in blocks, one operation over a whole
 * block at a time, so that decoding costs once per block and the inner loops vectorise. */
#ifndef CIRCUITNN_VM_H
#define CIRCUITNN_VM_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

#define CNN_UNARY(name, value) CNN_OP_##name,
#define CNN_UNARY_CALL CNN_UNARY
#define CNN_BINARY CNN_UNARY
#define CNN_BINARY_CALL CNN_UNARY
enum {
#include "vm_ops.h"
    CNN_OP_where,    /* d = a ? b : c */
    CNN_OP_pwl,      /* table c at a */
    CNN_OP_pwc,
    CNN_OP_sinhcosh, /* d = sinh a, slot b = cosh a */
    CNN_OP_sincos,
    CNN_OPS
};
#undef CNN_UNARY
#undef CNN_BINARY

#define CNN_UNARY(name, value) #name,
#define CNN_BINARY CNN_UNARY
static const char *const cnn_op_names[] = {
#include "vm_ops.h"
    "where", "pwl", "pwc", "sinhcosh", "sincos",
};
#undef CNN_UNARY
#undef CNN_UNARY_CALL
#undef CNN_BINARY
#undef CNN_BINARY_CALL

#define CNN_BLOCK 128 /* most instances in a block */
#define CNN_FEW 1     /* most instances that are run one at a time */
#define CNN_STACK 32768 /* bytes of registers held on the stack */

typedef struct {
    int32_t op, d, a, b, c;
} cnn_step;

typedef struct {
    int n;
    const double *xs, *ys, *slopes;
} cnn_table;

typedef struct {
    ptrdiff_t n_steps, n_constants, n_columns, n_inputs, n_registers, n_outputs;
    const cnn_step *steps;
    const double *constants;        /* (n_constants) */
    const double *constant_blocks;  /* (n_constants, block) */
    const cnn_table *tables;
    ptrdiff_t block;                /* instances in a block, a multiple of 8 */
} cnn_program;

static ptrdiff_t cnn_slots(const cnn_program *p)
{
    return p->n_constants + p->n_columns + p->n_inputs + CNN_GLOBALS + p->n_registers + p->n_outputs;
}

#define CNN_BODY "vm_body.h"
#include "each_isa.h"

/* The interpreter for the best instruction set up to `wanted`. */
static cnn_eval cnn_interpreter(int wanted) { return CNN_BEST(run, wanted); }
#endif
