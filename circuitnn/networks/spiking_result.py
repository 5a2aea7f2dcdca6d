"""Results of a spiking network: trains of spikes, rates, a raster."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine.cached import cached_property
from circuitnn.machine.user_input import real
from circuitnn.networks.run_result import RunResult
from circuitnn.networks.spiking_cards import array_of
from circuitnn.networks.state_maps import at_end, at_times, chosen_state, drawn_maps
from circuitnn.results.spiking import Spikes, spike_train
from circuitnn.units import whole_of

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.networks.spiking_network import SpikingNetwork


class SpikingResult(RunResult):
    """A run of a spiking network.

    Parameters
    ----------
    network : SpikingNetwork
    result : Result
    """

    network: SpikingNetwork

    def __repr__(self) -> str:
        counts = ", ".join(str(sum(map(len, trains))) for trains in self.trains)
        return f"<SpikingResult, spikes of the layers: {counts}>"

    @cached_property
    def trains(self) -> tuple[tuple[Spikes, ...], ...]:
        """Spikes of each neuron of each layer: ``trains[0][3].times`` of the fourth neuron of the first layer."""
        levels = self.network.levels
        return tuple(
            tuple(spike_train(self.result, name, levels[name]) for name in names)
            for names in self.network.signals
        )

    @property
    def counts(self) -> tuple[np.ndarray, ...]:
        """Number of spikes of each neuron of each layer."""
        return tuple(np.array([len(train) for train in trains]) for trains in self.trains)

    @property
    def rates(self) -> tuple[np.ndarray, ...]:
        """Spikes of each neuron of each layer, per time. [Hz]"""
        return tuple(np.array([train.rate for train in trains]) for trains in self.trains)

    def state(
        self, layer: int = 0, time: float | Sequence[float] | None = None, name: str | None = None
    ) -> np.ndarray:
        """Return a state of the cells of a layer's array, as memristive cells have.

        Parameters
        ----------
        layer : int
            The first one is 0.
        time : float or sequence of float, optional
            Of a run with ``states=True``; on straight lines between time points. Default: the end of any run. [s]
        name : str, optional
            Not needed if there is only one state.

        Returns
        -------
        ndarray, shape (rows, columns) or (times, rows, columns)

        Raises
        ------
        AnalysisError, UnknownNameError
            There is no such layer or state, it was not kept, or a time is outside the run.
        """
        tables, name = self._cells(layer), chosen_state(self._cells(layer), name)
        if time is None:
            return at_end(tables, name, self.result)
        times = real(time, "time")
        if times.ndim > 1:
            raise AnalysisError(f"time: a number, or a row of them, is needed, not shape {times.shape}")
        values = at_times(tables, name, self.result, np.atleast_1d(times))
        return values if times.ndim else values[0]

    def plot_states(
        self,
        layer: int = 0,
        times: Sequence[float] | None = None,
        name: str | None = None,
        path: str | os.PathLike[str] | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw a state of the cells of a layer's array at some times, side by side.

        Parameters
        ----------
        layer : int
            The first one is 0.
        times : sequence of float, optional
            Of a run with ``states=True``. Default: the beginning and the end. [s]
        name : str, optional
            Not needed if there is only one state.
        path : path, optional
            File to write; the suffix selects the format.
        ax : matplotlib.axes.Axes, one for each time, optional
            Default: a figure of its own.
        figsize : (float, float), optional
            Of that figure. [inch]

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        AnalysisError, UnknownNameError
            As for `state`.
        """
        moments = real([0.0, self.end] if times is None else times, "times")
        if moments.ndim != 1 or not len(moments):
            raise AnalysisError("times: a row of numbers is needed")
        chosen = chosen_state(self._cells(layer), name)
        times = moments.tolist()
        return drawn_maps(self.state(layer, times, chosen), times, chosen, path, ax, figsize)

    @cached_property
    def _placed(self) -> Mapping[str, Any]:
        """The arrays in the circuit."""
        return self.network.circuit().flat.placed

    def _cells(self, layer: int) -> Any:
        """Tables of a layer's array."""
        count = len(self.network.layers)
        if not 0 <= (number := whole_of(layer, "layer")) < count:
            raise AnalysisError(f"layer = {number}: the network has the layers 0 to {count - 1}")
        return self._placed[array_of(number)]

    def to_xarray(self) -> xarray.Dataset:
        """Convert the spikes to a data set, one row for each, layer by layer and neuron by neuron.

        Returns
        -------
        xarray.Dataset
            Along ``spike``: ``time``, ``width`` (NaN if the run ends before the spike), ``height``, ``layer`` and
            ``neuron``, both from 0.
        """
        import xarray

        rows = [
            (n, k, *spike)
            for n, trains in enumerate(self.trains)
            for k, train in enumerate(trains)
            for spike in zip(train.times, train.ends - train.times, train.heights, strict=True)
        ]
        layer, neuron, time, width, height = np.array(rows, dtype=float).reshape(-1, 5).T
        seconds = {"units": "s"}
        return xarray.Dataset(
            {
                "time": ("spike", time, seconds),
                "width": ("spike", width, seconds),
                "height": ("spike", height, {"units": "V"}),
                "layer": ("spike", layer.astype(int)),
                "neuron": ("spike", neuron.astype(int)),
            },
            attrs={"title": self.network.title, "end": self.end},
        )

    def plot(
        self,
        path: str | os.PathLike[str] | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        xlim: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw a raster: the spikes that come in, and those of each layer below.

        Parameters
        ----------
        path : path, optional
            File to write; the suffix selects the format.
        ax : matplotlib.axes.Axes, one for the inputs and one for each layer, optional
            Default: a figure of its own.
        figsize : (float, float), optional
            Of that figure. [inch]
        xlim : (float, float), optional
            Times that are shown. [s]

        Returns
        -------
        matplotlib.figure.Figure
        """
        from circuitnn.results.figure_place import Place
        from circuitnn.results.figures import colours, save, scaled, styled

        panels = self._rows()
        place = Place(ax, figsize, xlim)
        with styled():
            heights = [max(len(rows), 4) for _, rows in panels]
            size = (8.0, 1.0 + 1.4 * len(panels))
            grid = {"sharex": True, "height_ratios": heights} if place.own else {}
            figure, axes = place.panels(len(panels), 1, size, **grid)
            factor, label = scaled("time", np.array([0.0, self.end]))
            cycle = colours()
            for n, (axis, (title, rows)) in enumerate(zip(axes, panels, strict=True)):
                axis.eventplot([row * factor for row in rows], colors=cycle[n % len(cycle)], linelengths=0.8)
                axis.set(ylabel=title, ylim=(len(rows) - 0.4, -0.6))
                axis.locator_params(axis="y", integer=True)
                axis.grid(visible=False, axis="y")
            axes[-1].set(xlabel=label, xlim=(0.0, self.end * factor))
            place.limit(axes, factor)
        if path is not None:
            save(figure, path)
        return figure

    def _rows(self) -> list[tuple[str, list[np.ndarray]]]:
        """What a raster shows: titles of its panels, and the times of each of their rows. [s]"""
        inputs = [np.asarray(row)[np.asarray(row) <= self.end] for row in self.network.inputs.times]
        layers = [[train.times for train in trains] for trains in self.trains]
        return [("Input", inputs), *((f"Layer {n}", rows) for n, rows in enumerate(layers))]
