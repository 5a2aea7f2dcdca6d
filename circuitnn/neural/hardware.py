"""The hardware that a network is mapped to: range and kind of cells, tiles, lines, converters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from circuitnn.crossbar import MVM, Complementary, Conductance, Crossbar, Device, Gated, Resistance, Series
from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.crossing import Cell
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import Given, Seed, checked_arguments


@dataclass(frozen=True, eq=False)
class Hardware(Given):
    """Arrays of complementary cells that hold a layer's weights, and their periphery.

    Parameters
    ----------
    g_min, g_max : float
        Range of the conductances. [S]
    tile : (int, int)
        Word lines and bit lines of an array; a weight takes two bit lines.
    line_resistance : float or (float, float)
        Resistance of a segment; of word lines and of bit lines. [Ohm]
    driver_resistance, sense_resistance : float
        Resistances at the ends of the lines. [Ohm]
    voltage : float
        Word-line voltage for the largest input. [V]
    input_bits, output_bits : int, optional
        Resolution of the converters, including signs; None for exact ones.
    streamed : bool
        Apply inputs bit by bit, each at 0 or the full voltage with the input's sign, and add the outputs with the
        weights of the bits; requires ``input_bits``. Otherwise the voltage is proportional to the input.
    selector : Device, optional
        In series with every cell, at the word line (1S1R).
    transistor : Device, optional
        In series with every cell, at the bit line (1T1R).
    gate : float
        Gate voltage of the transistors. [V]
    both_ends : bool
        Drive the word lines from both ends.
    binary : bool
        One cell of each pair is at `g_max`, the other at `g_min`: weights are signs.
    quantile : float
        Quantile of the magnitudes of a layer's weights that maps to the full range; larger weights are clipped.
    spread : float
        Standard deviation of the logarithm of each conductance about the written value.
    stuck : float
        Share of cells stuck at `g_min` or `g_max`.
    seed : int
        Seed of spread and stuck cells: another seed is another chip.

    Raises
    ------
    AnalysisError
        If numbers are senseless.
    """

    g_min: float = 2.5e-5
    g_max: float = 1e-3
    tile: tuple[int, int] = (128, 128)
    line_resistance: float | Sequence[float] = 2.0
    driver_resistance: float = 0.0
    sense_resistance: float = 0.0
    voltage: float = 0.2
    input_bits: int | None = None
    output_bits: int | None = None
    streamed: bool = False
    selector: Device | None = None
    transistor: Device | None = None
    gate: float = 0.0
    both_ends: bool = False
    binary: bool = False
    quantile: float = 1.0
    spread: float = 0.0
    stuck: float = 0.0
    seed: Seed = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 <= self.g_min < self.g_max < np.inf:
            raise AnalysisError(f"conductances from {self.g_min:g} to {self.g_max:g} S: an empty range")
        if self.g_min == 0.0 and not self.linear:
            raise AnalysisError("g_min = 0: cells in series with a selector or transistor need a resistance")
        rows, lines = self.tile
        if rows < 1 or lines < 2 or lines % 2:
            raise AnalysisError(f"tile = {self.tile}: at least one word line and an even number of bit lines")
        for name, bits in (("input_bits", self.input_bits), ("output_bits", self.output_bits)):
            if bits is not None and not (2 <= bits <= 24 and bits == int(bits)):
                raise AnalysisError(
                    f"{name} = {bits}: must be a whole number from 2 to 24, the sign included"
                )
        if self.streamed and self.input_bits is None:
            raise AnalysisError("streamed inputs need input_bits")
        if self.selector is not None and self.transistor is not None:
            raise AnalysisError("cells have a selector or a transistor, not both")
        if not (0.0 < self.voltage < np.inf and 0.0 < self.quantile <= 1.0 and np.isfinite(self.gate)):
            raise AnalysisError("voltage must be positive, gate finite, quantile in 0 … 1")
        if not (0.0 <= self.spread < np.inf and 0.0 <= self.stuck <= 1.0):
            raise AnalysisError("spread must not be negative, stuck be a share")
        for name in ("driver_resistance", "sense_resistance"):
            numbers(getattr(self, name), f"{name} [Ohm]", [()], ())
        numbers(self.line_resistance, "line_resistance [Ohm]", [(), (2,)], ("family",))

    @property
    def linear(self) -> bool:
        """Whether cells are plain resistances."""
        return self.selector is None and self.transistor is None

    @property
    def scheme(self) -> MVM:
        """Bias with which arrays are read."""
        return MVM(0.0, both_ends=self.both_ends, gate=self.gate)

    @checked_arguments
    def array(self, positive: np.ndarray, negative: np.ndarray, name: str) -> Crossbar:
        """Make a tile.

        Parameters
        ----------
        positive, negative : ndarray, shape (rows, columns)
            Conductances of the pairs. [S]
        name : str

        Returns
        -------
        Crossbar

        Raises
        ------
        AnalysisError
            If they are not two matrices of one shape.
        """
        along, down = np.broadcast_to(np.asarray(self.line_resistance, dtype=float), (2,)).tolist()
        if positive.ndim != 2 or positive.shape != negative.shape:
            raise AnalysisError(
                f"positive, negative: shapes {positive.shape} and {negative.shape} are no two matrices"
            )
        rows, columns = positive.shape
        return Crossbar(
            rows,
            columns,
            Complementary(self._cell(positive), self._cell(negative)),
            wordline_resistance=along,
            bitline_resistance=down,
            driver_resistance=self.driver_resistance,
            sense_resistance=self.sense_resistance,
            name=name,
        )

    def _cell(self, g: np.ndarray) -> Cell:
        if self.selector is not None:
            return Series(self.selector, Resistance(1.0 / g))
        if self.transistor is not None:
            return Gated(Resistance(1.0 / g), self.transistor)
        return Conductance(g)
