"""Layers of a spiking network: an array, and a neuron at each of its columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuitnn.crossbar import Crossbar
from circuitnn.crossbar.checks import numbers
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import Given
from circuitnn.machine.text import lines_of
from circuitnn.networks import kinds
from circuitnn.networks.spike_input import check_tail

PORTS = ("in", "out")
GROUNDS = ("0", "gnd")


@dataclass(frozen=True, eq=False)
class Driver(Given):
    """An amplifier that puts the output of a neuron on a line: gain·(u - tail·lag(u)), u = v(out) - offset.

    Parameters
    ----------
    gain : float
    offset : float
        Voltage of the neuron's output that becomes 0 V. [V]
    tail : float
        Share of the low-passed output that is taken off: after a spike, a tail of the other sign.
    decay : float
        Time constant of the low-pass, with which the tail fades; needed if there is one. [s]

    Raises
    ------
    AnalysisError
        There is a tail without a decay, or a decay without a tail.
    """

    gain: float = 1.0
    offset: float = 0.0
    tail: float = 0.0
    decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_tail(self.tail, self.decay)


@dataclass(frozen=True, eq=False)
class Layer(Given):
    """Neurons that the columns of an array drive.

    Parameters
    ----------
    array : Crossbar
        A word line for each line that comes in, a column for each neuron. Columns of ``Complementary`` cells give the
        difference of their two bit lines.
    cell : Cell
        The neuron. Its current enters at the node ``in`` of its body, or at ``out`` if there is none.
    gain : float, optional
        The end of each bit line is held at 0 V, and the neuron's current is that of the line times the gain; a negative
        one makes the layer inhibitory. None: no amplifier, the end of the bit line is the neuron's own node.
    forward : Driver
        Puts the outputs of the neurons on the word lines of the next layer.
    backward : Driver, optional
        Puts the output of each neuron on its own bit line, in place of 0 V: memristive cells, which see the spikes at
        both of their ends, learn. While its output is above its level, no current enters the neuron; a tail on its
        line drives it, unless it has a refractory time.

    inhibition : float
        Current that 1 V at the output of each other neuron of the layer draws from a neuron, counted from the offset of
        `forward`. If it is large enough, the first neuron to spike sets all others back (winner-take-all). [S]

    Raises
    ------
    AnalysisError
        The array has gates, the cell has no output, a parameter of the cell has values for another number of neurons,
        ``Complementary`` cells have no amplifier, or there is a backward driver with either.
    """

    array: Crossbar
    cell: kinds.Cell
    gain: float | None = 1.0
    forward: Driver = Driver()
    backward: Driver | None = None
    inhibition: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.cell, kinds.Cell):
            raise AnalysisError(f"cell = {self.cell!r:.60}: a neuron is needed, such as integrate_and_fire()")
        for name, driver in (
            ("forward", self.forward),
            ("backward", Driver() if self.backward is None else self.backward),
        ):
            if not isinstance(driver, Driver):
                raise AnalysisError(f"{name} = {driver!r:.60}: a Driver is needed, such as Driver(gain=0.2)")
        if self.array.made.gate:
            raise AnalysisError(
                "array: its cells have gates, which a layer does not drive: take cells of two terminals"
            )
        if self.gain is None and self.array.paired:
            raise AnalysisError(
                "gain = None: complementary cells need an amplifier that subtracts the currents of a pair of bit lines"
            )
        if self.backward is not None and (self.gain is None or self.array.paired):
            raise AnalysisError(
                "backward: without an amplifier (gain = None) the bit line is the neuron's own node"
                if self.gain is None
                else "backward: both cells of a complementary pair would learn the same: take an array without pairs"
            )
        if self.inhibition < 0.0 or (self.inhibition and len(self) < 2):
            raise AnalysisError(
                f"inhibition = {self.inhibition:g}: must not be negative, and needs a layer of several neurons"
            )
        self._check_cell()

    def __len__(self) -> int:
        return self.array.outputs

    def _check_cell(self) -> None:
        if not _has_node(self.cell, "out"):
            raise AnalysisError("cell: its body has no node `out`, the neuron's output")
        for rail in self.cell.rails:
            if rail.lower() in (*PORTS, *GROUNDS):
                raise AnalysisError(f"cell: a rail cannot be {rail!r}, which is another node of every neuron")
        for name, values in self.cell.parameters.items():
            label = f"{name} of the neurons"
            numbers(values, label, [(), (len(self),)], ("neuron",), -np.inf, False)

    @property
    def entry(self) -> str:
        """Port at which the current enters."""
        return "in" if _has_node(self.cell, "in") else "out"

    @property
    def ports(self) -> tuple[str, ...]:
        """Nodes of the neuron's subcircuit: where the current enters, the output if that is another node, the rails."""
        return (*dict.fromkeys((self.entry, "out")), *self.cell.rails)


def _has_node(cell: kinds.Cell, node: str) -> bool:
    """Whether a node occurs in the body of a cell."""
    cards = (line.lower().split() for line in lines_of(cell.body) if line.lstrip()[:1] not in (".", "*"))
    return any(node in words[1:] for words in cards)
