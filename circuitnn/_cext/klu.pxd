from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.incomplete cimport Incomplete
from circuitnn._cext.replay cimport Replay
from circuitnn._cext.teams cimport Team

cdef extern from "klu.h" nogil:
    ctypedef struct klu_symbolic:
        int nblocks
    ctypedef struct klu_numeric:
        pass
    ctypedef struct klu_common:
        int status
        int scale
        int btf
        int ordering
        int halt_if_singular
        int singular_col
        double tol
        double rgrowth
        double rcond
        double memgrow
    int klu_defaults(klu_common *common)
    klu_symbolic *klu_analyze(int n, int *Ap, int *Ai, klu_common *common)
    klu_numeric *klu_factor(int *Ap, int *Ai, double *Ax, klu_symbolic *symbolic, klu_common *common)
    int klu_refactor(int *Ap, int *Ai, double *Ax, klu_symbolic *symbolic, klu_numeric *numeric,
                     klu_common *common)
    int klu_solve(klu_symbolic *symbolic, klu_numeric *numeric, int ldim, int nrhs, double *B,
                  klu_common *common)
    int klu_rcond(klu_symbolic *symbolic, klu_numeric *numeric, klu_common *common)
    int klu_rgrowth(int *Ap, int *Ai, double *Ax, klu_symbolic *symbolic, klu_numeric *numeric,
                    klu_common *common)
    int klu_free_symbolic(klu_symbolic **symbolic, klu_common *common)
    int klu_free_numeric(klu_numeric **numeric, klu_common *common)
    int klu_extract(klu_numeric *numeric, klu_symbolic *symbolic, int *Lp, int *Li, double *Lx,
                    int *Up, int *Ui, double *Ux, int *Fp, int *Fi, double *Fx,
                    int *P, int *Q, double *Rs, int *R, klu_common *common)
    klu_numeric *klu_z_factor(int *Ap, int *Ai, double *Ax, klu_symbolic *symbolic, klu_common *common)
    int klu_z_extract(klu_numeric *numeric, klu_symbolic *symbolic, int *Lp, int *Li, double *Lx, double *Lz,
                      int *Up, int *Ui, double *Ux, double *Uz, int *Fp, int *Fi, double *Fx, double *Fz,
                      int *P, int *Q, double *Rs, int *R, klu_common *common)
    int klu_z_free_numeric(klu_numeric **numeric, klu_common *common)
    int KLU_MAIN_VERSION
    int KLU_SUB_VERSION
    int KLU_SUBSUB_VERSION


cdef class KLU(LinearSolver):
    cdef klu_symbolic *symbolic
    cdef klu_numeric *numeric
    cdef klu_common common
    cdef Replay replay                # factors with pivots that have lasted for a while
    cdef bint listed                  # pivots are taken as final …
    cdef bint replaying               # … and full factors are made from the list
    cdef Incomplete incomplete        # factors without fill-in, if fill-in is most of the work
    cdef bint sparing, spares         # whether incomplete factors exist, and whether they are in use
    cdef int waiting, patience        # factorisations without them: remaining, and after the next failure
    cdef readonly long spared         # number of solutions with them
    cdef Team team                    # threads that share the incomplete factors; or None
    cdef double *at_hand              # the matrix of the incomplete factors, when these have failed
    cdef object kept
    cdef double suspicious, bad_growth         # see klu.pyx
    cdef int stood, enduring          # refactorisations with the present pivots, and how many make them final
    cdef bint serves(self, Replay replay, const double *values) noexcept nogil
    cdef int prepare_fully(self, double *values) noexcept nogil
    cdef int factor(self, double *values) noexcept nogil
    cdef int refactor(self, double *values) noexcept nogil
    cdef int begin_replay(self) noexcept
    cdef int make_replay(self) except -1
    cdef int make_incomplete(self, P, Q, R, scale) except -1


cdef class ComplexPivots:
    cdef klu_symbolic *symbolic
    cdef klu_common common
    cdef const int[::1] starts
    cdef const int[::1] rows
