from circuitnn._cext.kernel cimport cnn_eval


cdef extern from "vm.h" nogil:
    ctypedef struct cnn_step:
        int op, d, a, b, c
    ctypedef struct cnn_table:
        int n
        const double *xs
        const double *ys
        const double *slopes
    ctypedef struct cnn_program:
        Py_ssize_t n_steps, n_constants, n_columns, n_inputs, n_registers, n_outputs
        const cnn_step *steps
        const double *constants
        const double *constant_blocks
        const cnn_table *tables
        Py_ssize_t block
    const int CNN_OPS
    const int CNN_BLOCK
    const char *cnn_op_names[]
    cnn_eval cnn_interpreter(int wanted)


cdef class Program:
    cdef cnn_program program
    cdef cnn_table *tables
    cdef readonly object steps, constants, blocks, numbers
    cdef _point(self)
    cdef _add_table(self, Py_ssize_t i, xs, ys)
