/* Loops over an array, once for each CNN_ISA. */
#include "isa.h"

/* Rows are taken four at a time: a tridiagonal recurrence waits for itself, four of them do not. */
#define FOUR 4

#include "array_body.h"
#include "array_batch.h"
#include "array_gated.h"

#undef FOUR

static const cnn_array_code CNN_NAME(array_code) = {
    CNN_NAME(factor), CNN_NAME(residual), CNN_NAME(start), CNN_NAME(apply), CNN_NAME(update),
    CNN_NAME(finish), CNN_NAME(move), CNN_NAME(batch_start), CNN_NAME(batch_apply),
    CNN_NAME(batch_update), CNN_NAME(batch_currents), CNN_NAME(reduce), CNN_NAME(schur),
    CNN_NAME(precondition), CNN_NAME(combine), CNN_NAME(dot),
};
