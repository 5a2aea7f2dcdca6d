"""A network of layers: spikes come in, arrays weigh them, neurons integrate the currents and fire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import AnalysisError
from circuitnn.machine.frozen_values import Fixed
from circuitnn.machine.user_input import flag_of, line_of
from circuitnn.networks.layers import Layer
from circuitnn.networks.spike_input import SpikeInput
from circuitnn.networks.spiking_cards import (
    array_of,
    bit_ends,
    drivers,
    inhibition,
    label_of,
    neurons,
    read_out,
    sources,
)
from circuitnn.networks.spiking_result import SpikingResult
from circuitnn.networks.state_maps import state_signals

if TYPE_CHECKING:
    from circuitnn.circuit.builder import Value

RELTOL = "1e-4"  # with 1e-3 a neuron whose current is hardly enough spikes 3 % too early


class SpikingNetwork(Fixed):
    """Layers of neurons with arrays between them, run as one circuit.

    The inputs drive the word lines of the first array from the left. The bit lines of an array end at the neurons of
    its layer, and these drive the word lines of the next array. Node ``in3`` is the fourth input, ``l0_out3`` the
    output of the fourth neuron of the first layer, ``l0_in3`` where its current enters; arrays are ``array0``, ….

    Parameters
    ----------
    inputs : SpikeInput
    layers : Layer or sequence of Layer
        In the order of the signal.
    title : str

    Raises
    ------
    AnalysisError
        There is no layer, an array has not as many word lines as lines come in, or neurons ask for different
        integration methods.

    Examples
    --------
    >>> from circuitnn import Crossbar
    >>> from circuitnn.networks import Layer, SpikeInput, SpikingNetwork, integrate_and_fire
    >>> inputs = SpikeInput([[1e-9], [20e-9]], width=10e-9)
    >>> network = SpikingNetwork(inputs, Layer(Crossbar(2, 1, 1e-3), integrate_and_fire()))
    >>> network.tran("50n").trains[0][0].times.size  # doctest: +SKIP
    6
    """

    def __init__(
        self, inputs: SpikeInput, layers: Layer | Sequence[Layer], title: str = "spiking network"
    ) -> None:
        if not isinstance(inputs, SpikeInput):
            raise AnalysisError(f"inputs = {inputs!r:.60}: a SpikeInput is needed")
        self.layers = _given(layers)
        self.inputs, self.title = inputs, line_of(title, "title")
        self._check_sizes()
        self._method()
        self._seal()

    def __len__(self) -> int:
        return sum(map(len, self.layers))

    def __repr__(self) -> str:
        sizes = " to ".join(map(str, [len(self.inputs), *map(len, self.layers)]))
        return f"<SpikingNetwork of {sizes} lines and neurons>"

    @property
    def signals(self) -> tuple[tuple[str, ...], ...]:
        """The outputs of the neurons of each layer."""
        return tuple(
            tuple(f"v({label_of(n)}_out{k})" for k in range(len(layer)))
            for n, layer in enumerate(self.layers)
        )

    @property
    def levels(self) -> dict[str, float]:
        """Each of these signals, and the level at whose upward crossing its neuron spikes. [V]"""
        pairs = zip(self.signals, self.layers, strict=True)
        return {name: layer.cell.level for names, layer in pairs for name in names}

    def deck(self) -> str:
        """Write what is outside the arrays as a deck, without an analysis; it asks for a `reltol` of 1e-4.

        Returns
        -------
        str
        """
        cards = [self.title, *sources(self.inputs)]
        for n, layer in enumerate(self.layers):
            last = n + 1 == len(self.layers)
            cards += [*read_out(layer, label_of(n)), *neurons(layer, label_of(n))]
            cards += [*drivers(layer, label_of(n), last), *inhibition(layer, label_of(n))]
        outputs = [name for names in self.signals for name in names]
        cards += [
            f".options method={self._method()} reltol={RELTOL}",
            f".save {' '.join(outputs)}",
            ".end",
            "",
        ]
        return "\n".join(cards)

    def circuit(self) -> Circuit:
        """Make the circuit, with the arrays ``array0``, ``array1``, ….

        Returns
        -------
        Circuit
        """
        circuit = Circuit.from_text(self.deck())
        left = "in"
        for n, layer in enumerate(self.layers):
            circuit.crossbar(array_of(n), layer.array, left=left, bottom=bit_ends(layer, label_of(n)))
            left = f"{label_of(n)}_line"
        return circuit

    def tran(
        self, tstop: Value, tstep: Value | None = None, states: bool = False, **more: Any
    ) -> SpikingResult:
        """Run the network from its initial conditions, and keep the waveforms of the neurons' outputs.

        Parameters
        ----------
        tstop : float or str
            End. [s]
        tstep : float or str, optional
            As for `Circuit.tran`. [s]
        states : bool
            Also keep the states of the arrays' cells over time, for `SpikingResult.state`: 8 bytes for each cell and
            time point.
        **more
            Other arguments and options of `Circuit.tran`.

        Returns
        -------
        SpikingResult

        Raises
        ------
        AnalysisError
            States are asked for, and no array has cells with any.
        """
        circuit = self.circuit()
        if flag_of(states, "states"):
            names = [name for n in range(len(self.layers)) for name in state_signals(circuit, array_of(n))]
            if not names:
                raise AnalysisError("states: no array of this network has cells with states")
            circuit.add(f".save {' '.join(names)}")
        return SpikingResult(self, circuit.tran(tstop, tstep, **{"uic": True, **more}))

    def spikes(self, tstop: Value, tstep: Value | None = None, **more: Any) -> SpikingResult:
        """Run the network from its initial conditions, and keep only the spikes.

        Parameters
        ----------
        tstop : float or str
            End. [s]
        tstep : float or str, optional
            As for `Circuit.tran`. [s]
        **more
            Other arguments and options of `Circuit.spikes`.

        Returns
        -------
        SpikingResult
        """
        result = self.circuit().spikes(tstop, self.levels, tstep, **{"uic": True, **more})
        return SpikingResult(self, result)

    def _check_sizes(self) -> None:
        lines, source = len(self.inputs), "the inputs have"
        for n, layer in enumerate(self.layers):
            if layer.array.rows != lines:
                raise AnalysisError(
                    f"layer {n}: its array has {layer.array.rows} word lines, but {source} {lines} lines"
                )
            lines, source = len(layer), f"layer {n} has"

    def _method(self) -> str:
        methods = list(dict.fromkeys(layer.cell.method for layer in self.layers))
        if len(methods) > 1:
            raise AnalysisError(
                f"the neurons of different layers ask for the methods {' and '.join(methods)}: give all cells one"
            )
        return methods[0]


def _given(layers: Layer | Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers, each checked."""
    several = tuple(layers) if isinstance(layers, list | tuple) else (layers,)
    for layer in several:
        if not isinstance(layer, Layer):
            raise AnalysisError(f"layers = {layer!r:.60}: a Layer, or a sequence of them, is needed")
    if not several:
        raise AnalysisError("layers: a network needs at least one")
    return several
