/* Loops over an array for one precision, REAL, of the iteration. */
#define TILE CNN_TILE

#include "array_lines.h"
#include "array_coarse.h"
#include "array_cg.h"
#include "array_gated.h"

static const cnn_array_code OF_REAL(array) = {
    OF_REAL(factor), OF_REAL(residual), OF_REAL(conjugate), OF_REAL(stabilised), OF_REAL(move),
};
#undef TILE
