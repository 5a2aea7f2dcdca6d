"""The linear solver's interface: analyze → factor or refactor → solve.

A solver is made for one sparsity pattern. `prepare` takes the values of the matrix and computes factors; the
solver decides whether to factor anew or to reuse the pivots.
"""

from circuitnn._cext.status cimport SINGULAR

cdef double ROUNDING = 1e-12

cdef class LinearSolver:
    """Base of the linear solvers.

    Parameters
    ----------
    column_starts : int32 array, shape (n + 1,)
        CSC column starts.
    rows : int32 array, shape (nnz,)
        CSC row indices, ascending in each column.
    """

    def __init__(self, const int[::1] column_starts not None, const int[::1] rows not None):
        self.n = column_starts.shape[0] - 1
        self.nonzeros = rows.shape[0]
        if self.n < 1 or self.nonzeros < 1:
            raise ValueError("the matrix is empty: the circuit has no unknown")
        if column_starts[self.n] != self.nonzeros:
            raise ValueError(
                f"column_starts ends at {column_starts[self.n]}, but there are {self.nonzeros} rows"
            )
        self.pattern = (column_starts, rows)
        self.Ap = &column_starts[0]
        self.Ai = &rows[0]
        self.singular_column = -1
        self.exactness = ROUNDING
        self.name = "none"

    cdef int prepare(self, double *values) noexcept nogil:
        return SINGULAR

    cdef int solve(self, double *b) noexcept nogil:
        return SINGULAR

    def share(self, team):
        """Let a team of threads take part, in solvers with work for several."""

    def be_careful(self):
        """Choose pivots for accuracy before fill-in, in solvers that choose any: entries are far apart."""

    def notes(self):
        """Notes for the user about how the systems were solved."""
        return []

    def solve_once(self, double[::1] values not None, double[::1] b not None):
        """Factor `values` and overwrite `b` with the solution; returns the status.

        Parameters
        ----------
        values : float64 array, shape (nnz,)
        b : float64 array, shape (n,)
        """
        cdef int status
        if values.shape[0] != self.nonzeros or b.shape[0] != self.n:
            raise ValueError(
                f"expected {self.nonzeros} values and {self.n} right-hand sides, "
                f"got {values.shape[0]} and {b.shape[0]}"
            )
        with nogil:
            status = self.prepare(&values[0])
            if status == 0:
                status = self.solve(&b[0])
        return self.answered(status)

    cdef object answered(self, int status):
        """Return the status, or raise the exception that a signal handler has raised meanwhile."""
        error = self.raised
        self.raised, self.stopped = None, False
        if error is not None:
            raise error
        return status

    cdef void heed(self, LinearSolver other) noexcept nogil:
        """Take over an exception that a signal handler raised in a solver that this one uses."""
        if other.stopped:
            with gil:
                self.stopped, self.raised = True, other.raised
                other.stopped = False
                other.raised = None

    def solve_again(self, double[::1] b not None):
        """Overwrite `b` with the solution for the last factored values; returns the status.

        Parameters
        ----------
        b : float64 array, shape (n,)
        """
        cdef int status
        if b.shape[0] != self.n:
            raise ValueError(f"expected {self.n} right-hand sides, got {b.shape[0]}")
        if not self.factorisations:
            raise ValueError("nothing has been factored yet")
        with nogil:
            status = self.solve(&b[0])
        return self.answered(status)
