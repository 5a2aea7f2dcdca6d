"""Newton's method for a lattice: devices that meet only through linear elements, cell by cell.

The residual of a cell, its block D of the Jacobian and the correction D⁻¹r are computed in one go, for a tile
of cells at a time. What couples the cells, O, is added as a series,

    (D + O)⁻¹ r = D⁻¹r - D⁻¹O D⁻¹r + …,

which converges fast, as capacitances dominate D in a short step. The unknowns outside of the cells follow
from the sources before, or from the cells afterwards. Where the series does not converge, or Newton's method
does not at once, that for any circuit finds the solution.
"""

from libc.math cimport fmax, fmin
from libc.string cimport memcpy, memset

from circuitnn._cext.clock cimport LOADING, SOLVING
from circuitnn._cext.convergence cimport EPSILON, SLIGHT
from circuitnn._cext.group cimport Group, event_values
from circuitnn._cext.kernel cimport CNN_TIME
from circuitnn._cext.lattice_layout cimport (
    CNN_TILE, Tile, cnn_largest, cnn_lattice_code, cnn_no_quotients)
from circuitnn._cext.portion cimport cut
from circuitnn._cext.status cimport NOT_CONVERGED, OK
from circuitnn._cext.step_events cimport Step, happen_at_guess
from circuitnn._cext.teams cimport Work

cdef extern from "lattice_body.h" nogil:
    const cnn_lattice_code *cnn_lattice_best()

cdef enum:
    TURNS = 8               # most terms of the series
    SOME = 8                # tiles whose events happen together
    PATIENCE = 2            # solutions without the lattice after a failure; doubled with each in a row

# Largest ratio of two terms of the series for which it is worth while.
cdef double DOMINANT = 0.3
# If a term is SURE times smaller than asked for, the next TRUSTED solutions do without it.
cdef double SURE = 2.0
cdef int TRUSTED = 5
# Error, in tolerances, that the series may leave in a correction: a tenth of what Newton's method may. It
# is at most COARSE of a correction.
cdef double LEFT = 0.05
cdef double COARSE = 1e-3
# Corrections, in tolerances, beyond which devices must be kept from going too far.
cdef double FAR = 1e4

cdef const cnn_lattice_code *code = cnn_lattice_best()


cdef class Lattice(Layout):
    """Newton's method for a circuit that is a lattice.

    Parameters
    ----------
    convergence : Convergence
    structure : Structure
        See circuitnn/system/lattice.py.
    team : Team, optional
        Threads that have some tiles each.
    """

    def __init__(self, Convergence convergence not None, structure, Team team=None):
        Layout.__init__(self, convergence.system, structure)
        self.convergence, self.team = convergence, team
        self.parts = 1 if team is None else team.threads
        self.found = <cnn_found *>self.room(self.parts * sizeof(cnn_found))
        self.vectors.rounding, self.vectors.slight = EPSILON, SLIGHT
        self.patience = PATIENCE
        self.sourced = self.store.reals(self.system.sources.n)

    cdef bint suits(self, const Point *point) noexcept nogil:
        """Whether the equations are those of the lattice, and it is not known to be of no use now."""
        if self.barred > 0:
            self.barred -= 1
            return False
        return (point.shunt == NULL and point.n_held == 0 and point.lacking == NULL
                and point.source_factor == 1.0 and self.system.noise is None and self.system.delays.n == 0)

    cdef int fail(self) noexcept nogil:
        """It does not converge here: leave some solutions to the other method."""
        self.barred = self.patience
        self.patience = min(2 * self.patience, 1 << 20)
        return NOT_CONVERGED

    cdef int solve(self, double *x, double t, double alpha, const double *history, const Point *point,
                   int most) noexcept nogil:
        """Solve from the guess `x`; if it returns NOT_CONVERGED, only known rails are not the guess."""
        cdef int iteration, turns
        cdef double before = FAR, part, norm
        cdef bint foreseen
        cdef Sizes found
        self.begin(x, t, alpha, history, point)
        for iteration in range(most):
            self.task.point = point if iteration == 0 else NULL
            turns = self.correct(&found)
            if turns < 0:
                return self.fail()
            norm = found.norm
            if iteration == 0:
                self.convergence.usual = fmax(norm, 0.5 * self.convergence.usual)
                part = self.convergence.foretold(alpha, norm)
                foreseen = part <= 1.0 and not found.far
                part = fmin(1.0, part) if foreseen else 1.0
            else:
                if iteration == 1:
                    self.convergence.learn(alpha, before, norm)
                foreseen, part = False, norm / before
            if self.suffices(&found, part, foreseen):
                self.finish(x, turns)
                return OK
            if not norm <= before:
                return self.fail()
            self.task.turn = turns
            self.each(<TileTask>move_tile)
            before = norm
        return self.fail()

    cdef bint suffices(self, const Sizes *found, double part, bint foreseen) noexcept nogil:
        """Whether the correction leaves an error and a residual within the tolerance."""
        return (self.convergence.ends(found.norm, part, foreseen)
                and not found.rough and (part + self.left) * found.residual <= 1.0)

    cdef void begin(self, double *x, double t, double alpha, const double *history,
                    const Point *point) noexcept nogil:
        """Take over the guess, and compute what the iterations do not change."""
        cdef Py_ssize_t i
        cdef Group *g
        self.vectors.alpha, self.iterations = alpha, 0
        self.system.globals_[CNN_TIME] = t
        self.system.limited = self.system.fresh = False
        for i in range(self.n_cells):
            g = self.system.groups[i]
            self.cells[i].inputs_at, self.cells[i].out = g.x, g.out
        self.find_known(x, t, point)
        self.task.x, self.task.history = x, history
        self.each(<TileTask>take_tile)

    cdef void find_known(self, double *x, double t, const Point *point) noexcept nogil:
        """Find what sources, and the rails that they fix, add to all equations; often it is what it was."""
        cdef Py_ssize_t i, n = self.system.sources.n
        cdef double *value = self.system.source_values
        cdef bint same = self.found_known
        self.system.sources.evaluate(t, point.transient, value)
        for i in range(n):
            same = same and value[i] == self.sourced[i]
            self.sourced[i] = value[i]
        if not same:
            memset(self.known, 0, (self.size + self.system.n + 1) * sizeof(double))
            for i in range(n):
                self.known[self.source_plus[i]] += value[i]
                self.known[self.source_minus[i]] -= value[i]
        self.solve_rails(x, True)
        for i in range(0 if same else self.n_feeds):
            self.known[self.fed[i]] += self.feeds[i] * x[self.feeding[i]]
        self.found_known = True

    cdef void solve_rails(self, double *x, bint first) noexcept nogil:
        """Solve for the unknowns outside of cells, before them or afterwards."""
        cdef Py_ssize_t i, k
        cdef double known
        for i in range(self.n_rails):
            if self.rails[i].first != first:
                continue
            known = self.known[self.size + self.rails[i].equation]
            for k in range(self.rails[i].begin, self.rails[i].end):
                known += self.values[k] * x[self.others[k]]
            x[self.rails[i].unknown] = -known / self.rails[i].coefficient

    cdef void run(self, Work work) noexcept nogil:
        """Do all parts of a task."""
        if self.team is None:
            work(<void *>self, 0)
        else:
            self.team.run(work, <void *>self)

    cdef void each(self, TileTask task) noexcept nogil:
        """Do a task for each tile."""
        self.task.each = task
        self.run(<Work>do_part)

    cdef void gather(self, Work work, Sizes *whole) noexcept nogil:
        """Do all parts of a task, and join what they have found."""
        cdef int part
        cdef cnn_found *found
        for part in range(self.parts):
            found = &self.found[part]
            cnn_no_quotients(&found.norm, CNN_TILE)
            cnn_no_quotients(&found.moved, CNN_TILE)
            cnn_no_quotients(&found.residual, CNN_TILE)
            found.rough = found.far = found.bad = False
        self.run(work)
        memset(whole, 0, sizeof(Sizes))
        for part in range(self.parts):
            found = &self.found[part]
            whole.norm = cnn_largest(&found.norm, whole.norm)
            whole.moved = cnn_largest(&found.moved, whole.moved)
            whole.residual = cnn_largest(&found.residual, whole.residual)
            whole.rough |= found.rough
            whole.far |= found.far
            whole.bad |= found.bad

    cdef int correct(self, Sizes *whole) noexcept nogil:
        """Compute the corrections at the present unknowns; returns the number of further terms, or -1."""
        cdef int turns
        cdef double enough, started
        cdef bint trusting = self.trusted > 0 and self.convergence.usual > 0.0
        enough = fmin(COARSE, LEFT / fmax(self.convergence.usual, 1e-300))
        trusting = trusting and SURE * self.part <= enough
        self.vectors.kept = not trusting
        self.system.loads += 1
        self.iterations += 1
        started = self.convergence.factors.clock.start()
        self.gather(<Work>correct_part, whole)
        self.convergence.factors.clock.stop(LOADING, started)
        if whole.bad:
            return -1
        if trusting:
            self.trusted, self.left = self.trusted - 1, self.part
            return 0
        started = self.convergence.factors.clock.start()
        turns = self.exchange(enough, whole)
        self.convergence.factors.clock.stop(SOLVING, started)
        return turns

    cdef int exchange(self, double enough, Sizes *whole) noexcept nogil:
        """Add terms to the series until the rest is small `enough`; returns how many, or -1."""
        cdef int turn
        cdef double last = whole.norm
        cdef Sizes more
        for turn in range(TURNS):
            self.task.turn = turn
            self.task.each = <TileTask>exchange_tile
            self.gather(<Work>do_part, &more)
            if turn == 0:
                self.part = more.moved / last if last > 0.0 else 0.0
            # written so that NaN fails; below `enough`, rounding hides the rate
            if not more.moved <= DOMINANT * last and not more.moved <= enough * whole.norm:
                break
            if more.moved * more.moved <= enough * whole.norm * last:
                self.trusted = TRUSTED
                self.left = more.moved / whole.norm * (more.moved / last) if more.moved > 0.0 else 0.0
                return turn + 1
            last = more.moved
        return -1

    cdef void finish(self, double *x, int turns) noexcept nogil:
        """Apply a last correction, also to the charges, and hand over the solution."""
        self.task.x, self.task.turn = x, turns
        self.each(<TileTask>finish_tile)
        self.solve_rails(x, False)
        if self.system.eventful:
            self.system.look_again_at_events(x)
        self.patience = PATIENCE


cdef inline Py_ssize_t first_tile(Lattice self, int part) noexcept nogil:
    return self.n_tiles * part // self.parts


cdef void do_part(Lattice self, int part) noexcept nogil:
    """Do a task for each tile of a part."""
    cdef Py_ssize_t i
    for i in range(first_tile(self, part), first_tile(self, part + 1)):
        self.task.each(<void *>self, &self.tiles[i], &self.found[part])


cdef void take_tile(Lattice self, const Tile *tile, cnn_found *found) noexcept nogil:
    code.take(&self.vectors, &self.cells[tile.cells], tile.lo, tile.hi, self.task.x, self.task.history)


cdef void exchange_tile(Lattice self, const Tile *tile, cnn_found *found) noexcept nogil:
    code.exchange(&self.vectors, &self.cells[tile.cells], tile.lo, tile.hi, self.task.turn, found)


cdef void move_tile(Lattice self, const Tile *tile, cnn_found *found) noexcept nogil:
    code.move(&self.vectors, &self.cells[tile.cells], tile.lo, tile.hi, self.task.turn)


cdef void finish_tile(Lattice self, const Tile *tile, cnn_found *found) noexcept nogil:
    move_tile(self, tile, found)
    code.give(&self.vectors, &self.cells[tile.cells], tile.lo, tile.hi, self.task.turn, self.task.x,
              self.system.q)


cdef void evaluate_tile(Lattice self, const Tile *tile) noexcept nogil:
    """Run the kernel."""
    cdef Group *g = self.system.groups[tile.cells]
    cdef Py_ssize_t i
    code.place(&self.vectors, &self.cells[tile.cells], tile.lo, tile.hi)
    if g.latency.evaluated != NULL:
        for i in range(g.inputs):
            memcpy(g.latency.evaluated + i * g.stride + tile.lo, g.x + i * g.stride + tile.lo,
                   (tile.hi - tile.lo) * sizeof(double))
    g.eval(g.context, g.stride, tile.lo, tile.hi, g.x, g.columns, self.system.globals_, g.out)


cdef void let_happen(Lattice self, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    """Let events of tiles of the same cells happen where the end of the step is guessed."""
    cdef Group *g = self.system.groups[self.tiles[first].cells]
    cdef Group some
    cdef Step guess = self.task.point.guessed[0]
    cdef Py_ssize_t e, lo = self.tiles[first].lo, hi = self.tiles[end - 1].hi
    for e in range(g.n_events):
        if code.any(event_values(g) + e * g.stride + lo, hi - lo):
            cut(g, lo, hi, &some)
            guess.fell = False
            happen_at_guess(&some, &guess, self.system.globals_)
            if guess.fell:
                self.task.point.guessed.fell = True
            return


cdef void correct_part(Lattice self, int part) noexcept nogil:
    """Correct some tiles at a time, so that their outputs are still in the cache."""
    cdef Py_ssize_t i, first = first_tile(self, part), end = first_tile(self, part + 1), stop
    cdef const Tile *tile
    cdef bint guessed = self.task.point != NULL and self.task.point.guessed != NULL
    while first < end:
        stop = first
        while stop < end and stop < first + SOME and self.tiles[stop].cells == self.tiles[first].cells:
            evaluate_tile(self, &self.tiles[stop])
            stop += 1
        if guessed:
            let_happen(self, first, stop)
        for i in range(first, stop):
            tile = &self.tiles[i]
            code.correct(&self.vectors, &self.cells[tile.cells], tile.lo, tile.hi, &self.found[part])
        first = stop
