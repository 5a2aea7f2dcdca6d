"""The user interface of arrays: `circuitnn.Crossbar`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar import engine_choice, line_elimination, linear
from circuitnn.crossbar.bias import MVM, Bias, Scheme
from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.other_temperature import at_temperature
from circuitnn.crossbar.result import CrossbarResult
from circuitnn.crossbar.solution import Solution
from circuitnn.errors import AnalysisError, ConvergenceError, DeckWarning
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.user_input import real
from circuitnn.options import Options
from circuitnn.registry.studies import study_array

if TYPE_CHECKING:
    import xarray

    from circuitnn.crossbar.products import Products
    from circuitnn.crossbar.transient import CrossbarTransient
    from circuitnn.crossbar.waves import Waves
    from circuitnn.studies.spaces import Space


class Crossbar(Array):
    """A crossbar array: word lines (rows), bit lines (columns), a cell at every crossing.

    Word lines run from left to right, bit lines from top to bottom; a cell's first terminal is at its word
    line. Each end of each line may be held through a resistance, see `circuitnn.crossbar.Bias`.

    Parameters
    ----------
    rows, cols : int
    cell : array_like, str or Cell
        Conductances [S], shape (rows, cols) or one for all; the name of a two-terminal model; or one of
        ``circuitnn.crossbar``: ``Resistance``, ``Device``, ``Series``, ``Gated``; or ``Complementary``, where every
        column is a pair of bit lines: then outputs are differences, one per column, and everything else (bias, lines,
        results of cells and ends) counts bit lines, 2 cols of them; ``lines`` is the array without pairs.
    line_resistance : float, optional
        Resistance of each segment of all word and bit lines, in place of the next two. [Ohm]
    wordline_resistance : float or array_like, shape (rows,) or (rows, cols - 1)
        Resistance of each segment between two cells: one for all, for each line, or for each segment. 0: the line is
        one node; infinity: it is broken. [Ohm]
    bitline_resistance : float or array_like, shape (cols,) or (rows - 1, cols)
        [Ohm]
    driver_resistance : float or array_like, shape (rows,)
        Resistance between each held end of a word line and its first (last) cell. [Ohm]
    sense_resistance : float or array_like, shape (cols,)
        The same for the bit lines. [Ohm]
    contact_resistance : float or array_like, shape (rows, cols)
        Resistance in series with every cell. [Ohm]
    wordline_capacitance, bitline_capacitance : float or array_like, one per line
        Capacitance from every node of the line to ground. [F]
    cell_capacitance : float or array_like, shape (rows, cols)
        Capacitance in parallel with every cell. [F]
    faults : Faults, optional
        Stuck, open and shorted cells, broken lines.
    temp : float
        Temperature of the cells. [°C]
    name : str
    seed : int, optional
        Seed of random parameters, ``Device(…, **{"ron.dev": 0.1})``: another seed is another chip. The numbers follow
        from seed, `name`, row and bit line. The default is 1, and in a circuit (`Circuit.crossbar`) the circuit's
        ``.options seed``, with the array's name there, so that samples of `Circuit.monte_carlo` differ.

    Raises
    ------
    AnalysisError
        If a number is missing, negative or of the wrong shape; the message says which row and column.

    Examples
    --------
    >>> import numpy as np, circuitnn
    >>> x = circuitnn.Crossbar(2, 2, np.array([[1e-3, 2e-3], [3e-3, 4e-3]]))
    >>> x.mvm([0.1, 0.2]).round(6).tolist()
    [0.0007, 0.001]
    """

    def __repr__(self) -> str:
        return f"<Crossbar {self.name!r}, {self.rows} x {self.cols}, cells: {self.made.kind}>"

    def _repr_html_(self) -> str:
        from circuitnn.crossbar import notebook

        return notebook.of_array(self)

    def op(
        self,
        scheme: Scheme,
        engine: str = "auto",
        tolerance: float = line_elimination.TOLERANCE,
        **options: float | str,
    ) -> CrossbarResult:
        """Operating point.

        Parameters
        ----------
        scheme : Scheme
            A `Bias`, or ``MVM``, ``Access``, ``PullUp``.
        engine : {"auto", "array", "general"}
            ``array`` forces the array solver, ``general`` the solver of netlists.
        tolerance : float
            KCL error of a line relative to the sum of the magnitudes of its cells' currents.
        **options
            Options of the general engine. With ``temp``, the result is of a copy of the array at that temperature.

        Returns
        -------
        CrossbarResult

        Raises
        ------
        AnalysisError, ConvergenceError, TopologyError
        """
        here = at_temperature(self, options)
        if here is not self:
            return here.op(scheme, engine, tolerance, **options)
        ends = self.ends(scheme)
        solution = self._solve(ends, engine, tolerance, options)
        if not np.isfinite(solution.current).all():
            i, j = (int(k[0]) for k in np.nonzero(~np.isfinite(solution.current)))
            raise ConvergenceError(
                f"the current of cell ({i}, {j}) exceeds the range of numbers; "
                "look at the voltages of the ends and the cells' parameters"
            )
        return CrossbarResult(self, ends, solution)

    def _solve(self, ends: Ends, engine: str, tolerance: float, options: dict[str, float | str]) -> Solution:
        if engine not in engine_choice.CHOICES:
            raise AnalysisError(f"engine = {engine!r}: must be 'auto', 'array' or 'general'")
        limit = float(numbers(tolerance, "tolerance", [()], (), infinite=False))
        return engine_choice.solve(self, ends, self.options(**options), limit, engine)

    def options(self, **changes: float | str) -> Options:
        """Return the options of the general engine, which are tight by default.

        Parameters
        ----------
        **changes : float or str
            Options to change.

        Returns
        -------
        Options
        """
        return Options(temp=self.temp).updated({**engine_choice.TIGHT, "temp": self.temp, **changes})

    def mvm(self, inputs: ArrayLike, scheme: MVM | None = None) -> np.ndarray:
        """Compute matrix-vector products: currents of the bit lines for word-line voltages.

        Parameters
        ----------
        inputs : array_like, shape (rows,) or (batch, rows)
            [V]
        scheme : MVM, optional
            How the lines are held, if not word lines at the left and bit lines at the bottom; its inputs are
            ignored.

        Returns
        -------
        ndarray, shape (cols,) or (batch, cols)
            Currents out of the bit lines; of complementary cells their differences. [A]

        Raises
        ------
        AnalysisError
            If the shape of the inputs does not fit, or they are not finite.
        """
        vectors = self._vectors(inputs)
        if scheme is None and self.made.gate and not self.linear:
            message = (
                "all gates are at 0 V, where most transistors are off: give a scheme, MVM(inputs, gate=…)"
            )
            warnings.warn(message, DeckWarning, stacklevel=2)
        if self.linear:
            currents = linear.outputs(self, linear.with_inputs(scheme, vectors[0]), vectors)
        else:
            currents = linear.one_by_one(self.op, [linear.with_inputs(scheme, v) for v in vectors])
        currents = self.per_column(currents)
        return currents[0] if np.ndim(inputs) == 1 else currents

    def _vectors(self, inputs: ArrayLike) -> np.ndarray:
        """Inputs as checked rows of a matrix."""
        array = real(inputs, "inputs")
        if array.ndim not in (1, 2) or array.shape[-1] != self.rows:
            turned = (
                "; transpose it: rows of the input are vectors" if array.shape[:1] == (self.rows,) else ""
            )
            raise AnalysisError(f"inputs: shape {array.shape} does not fit {self.rows} rows{turned}")
        if not len(array):
            raise AnalysisError("inputs: there are none")
        numbers(array, "input [V]", [array.shape], ("vector", "row")[-array.ndim :], -np.inf, False)
        return np.atleast_2d(array)

    def products(self, inputs: ArrayLike, scheme: MVM | None = None) -> Products:
        """Compute matrix-vector products like `mvm`, and keep the data for derivatives of functions of them.

        Parameters
        ----------
        inputs : array_like, shape (rows,) or (count, rows)
            [V]
        scheme : MVM, optional
            As for `mvm`.

        Returns
        -------
        circuitnn.crossbar.products.Products
            ``outputs`` are the currents, shape (count, columns); ``pull(weights)`` converts derivatives of a function
            by the outputs into those by inputs, conductances, gates and parameters of cells.

        Raises
        ------
        AnalysisError
            If the shape of the inputs does not fit, or they are not finite.

        Examples
        --------
        >>> import numpy as np, circuitnn
        >>> x = circuitnn.Crossbar(2, 2, np.array([[1e-3, 2e-3], [3e-3, 4e-3]]))
        >>> products = x.products([0.1, 0.2])
        >>> products.pull([[1.0, 0.0]]).conductance.round(9).tolist()
        [[0.1, 0.0], [0.2, 0.0]]
        """
        from circuitnn.crossbar.products import products

        return products(self, self._vectors(inputs), scheme)

    def effective_conductance(self, scheme: Scheme | None = None) -> np.ndarray:
        """Compute the effective matrix ∂I_j/∂V_i of the array, from word-line voltages to output currents.

        Outputs are the currents of the ends that the bias senses; inputs are the voltages of all held ends of
        the word lines. If the bias senses word lines, it is ∂I_i/∂V_j of word lines by voltages of bit lines.

        Parameters
        ----------
        scheme : Scheme, optional
            The bias at which nonlinear cells are linearised; required for these.

        Returns
        -------
        ndarray, shape (rows, cols)
            [S]
        """
        return self.per_column(linear.effective_conductance(self, scheme, self.op))

    def conductance_error(self, scheme: Scheme | None = None) -> np.ndarray:
        """Compute the relative error of the effective conductance with respect to that of the cells.

        Parameters
        ----------
        scheme : Scheme, optional
            As for `effective_conductance`.

        Returns
        -------
        ndarray, shape (rows, cols)
            For complementary cells, relative to the larger one of the pair; 0 where nothing conducts.
        """
        effective = self.effective_conductance(scheme)
        cells = (
            self.conductance if self.linear else self.op(scheme or MVM(np.zeros(self.rows))).cell_conductance
        )
        size = np.maximum(cells[:, 0::2], cells[:, 1::2]) if self.paired else cells
        error = effective - self.per_column(cells)
        return np.divide(error, size, out=np.zeros_like(error), where=size > 0.0)

    @checked_arguments
    def sensitivity(
        self, result: CrossbarResult, output: int | ArrayLike, by: str = "conductance"
    ) -> np.ndarray:
        """Compute exact derivatives of an output current with respect to every cell, by one adjoint solution.

        Parameters
        ----------
        result : CrossbarResult
            Of this array, perhaps at another temperature.
        output : int or array_like
            Number of the output, or weights of all outputs.
        by : {"conductance", "resistance", "gate"}
            ``conductance``: a linear cell's own; otherwise a small conductance in parallel with the whole cell, from
            word to bit line (for 1T1R cells, in parallel with resistance and transistor).
            ``resistance``: a small resistance in series with the cell. For a part of conductance G in series
            with the rest of the cell (the resistance of 1R and 1T1R), the derivative by G is −1/G² times this one.
            ``gate``: the voltages of the gate lines.

        Returns
        -------
        ndarray, shape (rows, cols); by gates (rows,) or (cols,)
            ∂I/∂G [A/S], ∂I/∂R [A/Ohm] or ∂I/∂V [S]; for both cells of each complementary pair (rows, 2 cols).

        Raises
        ------
        AnalysisError
            If the result is not of this array, or the cells have no such derivative.
        """
        if not self.alike(result.array):
            raise AnalysisError(
                "sensitivity: the result is of another array; result.array.sensitivity(result, …) takes that one"
            )
        return linear.sensitivity(result, output, by)

    def tran(
        self,
        scheme: Scheme,
        waves: Waves,
        tstop: float | str,
        tstep: float | str | None = None,
        **arguments: object,
    ) -> CrossbarTransient:
        """Run a transient; see `circuitnn.crossbar.transient.run`.

        Parameters
        ----------
        scheme : Scheme
        waves : Pulse or mapping
            Waveforms of the sources of the scheme.
        tstop, tstep : float or str
            End, and step, as of `Circuit.tran`. [s]
        **arguments
            Other arguments of `circuitnn.crossbar.transient.run`.

        Returns
        -------
        CrossbarTransient
        """
        from circuitnn.crossbar.transient import run

        return run(self, scheme, waves, tstop, tstep, **arguments)  # type: ignore[arg-type]

    def study(
        self, space: Space, scheme: Scheme | Callable[..., Scheme], metrics: Any = None, **arguments: Any
    ) -> xarray.Dataset:
        """Solve the array at every point of a parameter space; see `circuitnn.studies.subjects.study_array`.

        Parameters
        ----------
        space : Space
            `circuitnn.studies.Grid`, ``MonteCarlo``, …, of arguments of the array, parameters of its cells, ``seed``.
        scheme : Scheme or callable
        metrics : mapping of str to str or callable, or sequence of str, optional
            Default: currents of the selected cell and of sneak paths.
        **arguments
            Other arguments of `circuitnn.studies.subjects.study_array`: ``random``, ``faults``, ``record``, ….

        Returns
        -------
        xarray.Dataset
        """
        return study_array(self, space, scheme, metrics, **arguments)

    def export_deck(
        self, scheme: Scheme, path: str | os.PathLike[str] | None = None, **arguments: object
    ) -> str:
        """Write the array and its bias as a flat deck; see `circuitnn.crossbar.export.deck`.

        Parameters
        ----------
        scheme : Scheme
        path : path, optional
            File to write.
        **arguments
            Other arguments of `circuitnn.crossbar.export.deck`.

        Returns
        -------
        str
            The deck.
        """
        from circuitnn.crossbar.export import deck

        return deck(self, scheme, path, **arguments)  # type: ignore[arg-type]

    @classmethod
    def from_deck(cls, path: str | os.PathLike[str]) -> tuple[Crossbar, Bias]:
        """Read the array in a flat deck and its bias; see `circuitnn.crossbar.recognise`.

        Parameters
        ----------
        path : path

        Returns
        -------
        array : Crossbar
        bias : Bias
        """
        from circuitnn.crossbar.recognise import read

        return read(cls, path)
