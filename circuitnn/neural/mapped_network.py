"""A network on arrays: every product is the solution of circuits with cells, lines, gates and converters.

For each output, y = gain·I + bias, where I is the current of its pair of bit lines, summed over the tiles after
conversion; gain and bias are numbers in the digital periphery. Weights are written as
g± = g_min + max(±w, 0)·(g_max - g_min)/w_max.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.products import Products
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.frozen_values import Sealed
from circuitnn.neural.converters import converted, planes
from circuitnn.neural.hardware import Hardware
from circuitnn.neural.imported_networks import read
from circuitnn.neural.layers import Chain, Dense, Gradients, activated, like_outputs, rows_of, slope
from circuitnn.neural.tiles import Tiles

CALIBRATION = 200  # inputs for finding ranges and gains
MARGIN = 1.1  # range of an output converter, relative to the largest current in calibration


@dataclass(frozen=True, eq=False)
class Kept:
    """Data that `MappedLayer.backward` needs from a `MappedLayer.forward`.

    Parameters
    ----------
    tiles : Tiles
    products : list of Products
    passed : ndarray, shape (count, inputs)
        Derivative of the input converters.
    read : list of ndarray
        Derivatives of the output converters, by tile.
    bits : ndarray
        Weights of the bits of streamed inputs; (1,) for others.
    up : ndarray of bool, shape (inputs, outputs)
        Whether the positive cell carries each weight.
    gain : ndarray, shape (outputs,)
        [1/A]
    current, output : ndarray, shape (count, outputs)
        [A, -]
    """

    tiles: Tiles
    products: list[Products]
    passed: np.ndarray
    read: list[np.ndarray]
    bits: np.ndarray
    up: np.ndarray
    gain: np.ndarray
    current: np.ndarray
    output: np.ndarray


class MappedLayer(Sealed):
    """A layer on arrays.

    Parameters
    ----------
    dense : Dense
    hardware : Hardware
    name : str
    threads : int

    Attributes
    ----------
    weights : ndarray, shape (inputs, outputs)
        Weights to write, within ±`largest`.
    bias, gain : ndarray, shape (outputs,)
        Numbers of the periphery; gain in [1/A].
    positive, negative : ndarray, shape (inputs, outputs)
        Conductances as written. [S]
    largest : float
        Weight that takes the full range of conductances.
    full_input, full_output : float
        Input that gets the full voltage; range of the output converters, infinite before `calibrate`. [-, A]
    """

    @checked_arguments
    def __init__(self, dense: Dense, hardware: Hardware, name: str = "layer", threads: int = 1) -> None:
        self.hardware, self.name, self.threads = hardware, name, threads
        self.activation, self.bias = dense.activation, dense.bias.copy()
        size = np.abs(dense.weights)
        self.largest = float(np.quantile(size, hardware.quantile)) or float(size.max()) or 1.0
        self.weights = dense.weights.copy()
        self.full_input, self.full_output = 1.0, np.inf
        self.scale = self.largest / (hardware.g_max - hardware.g_min)
        self.gain = np.full(dense.shape[1], self.scale / hardware.voltage)
        rng = np.random.default_rng([hardware.seed, *name.encode()])
        shape = (2, *dense.shape)
        self._factor = np.exp(hardware.spread * rng.normal(size=shape))
        self._stuck = rng.random(shape) < hardware.stuck
        self._stuck_at = np.where(rng.random(shape) < 0.5, hardware.g_min, hardware.g_max)
        self.changed()
        self._seal("positive", "negative", "tiles", "full_input", "full_output", "gain", "_kept")

    def changed(self) -> None:
        """Write the weights to the arrays, clipped to the range."""
        h, w = self.hardware, self.weights
        np.clip(w, -self.largest, self.largest, out=w)
        share = np.where(w >= 0.0, 1.0, -1.0) if h.binary else w / self.largest
        span = h.g_max - h.g_min
        self.write(h.g_min + span * np.maximum(share, 0.0), h.g_min + span * np.maximum(-share, 0.0))

    def write(self, positive: np.ndarray, negative: np.ndarray) -> None:
        """Write given conductances to the cells.

        Parameters
        ----------
        positive, negative : ndarray, shape (inputs, outputs)
            Conductances before the effects of spread and stuck cells. [S]
        """
        shape = self.weights.shape
        self.positive, self.negative = (
            numbers(given, f"{name} [S]", [shape], ("input", "output"), infinite=False).copy()
            for name, given in (("positive", positive), ("negative", negative))
        )
        positive, negative = self.positive, self.negative
        conductances = np.where(self._stuck, self._stuck_at, np.stack([positive, negative]) * self._factor)
        self.tiles = Tiles(self.hardware, conductances[0], conductances[1], self.name, self.threads)

    def _solve(self, x: np.ndarray, output_bits: int | None) -> Kept:
        """Currents of the arrays, converted and summed over tiles and bits, before gain and bias."""
        h = self.hardware
        share, passed = converted(x / self.full_input, 1.0, h.input_bits)
        signs, bits = share[None], np.ones(1)
        if h.streamed:
            signs, bits = planes(share, h.input_bits or 0)
        products = self.tiles.products(h.voltage * signs.reshape(-1, x.shape[1]))
        total, read = np.zeros((len(x), len(self.gain))), []
        for tile, product in zip(self.tiles.tiles, products, strict=True):
            current, through = converted(product.outputs, self.full_output, output_bits)
            read.append(through)
            total[:, tile.columns] += np.tensordot(bits, current.reshape(len(bits), len(x), -1), 1)
        up = self.weights >= 0.0
        return Kept(self.tiles, products, passed, read, bits, up, self.gain.copy(), total, total)

    def currents(self, x: np.ndarray) -> np.ndarray:
        """Solve the arrays.

        Parameters
        ----------
        x : ndarray, shape (count, inputs)

        Returns
        -------
        ndarray, shape (count, outputs)
            Currents, converted and summed over tiles and bits. [A]
        """
        return self._solve(rows_of(x, "x", len(self.weights)), self.hardware.output_bits).current

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Compute the outputs, and keep what `backward` needs.

        Parameters
        ----------
        x : ndarray, shape (count, inputs)

        Returns
        -------
        ndarray, shape (count, outputs)
        """
        solved = self._solve(rows_of(x, "x", len(self.weights)), self.hardware.output_bits)
        output = activated(self.activation, self.gain * solved.current + self.bias)
        self._kept = replace(solved, output=output)
        return output

    def kept(self) -> Kept:
        """Return the data of the last `forward`, so that `backward` can be called after other calls.

        Returns
        -------
        Kept

        Raises
        ------
        AnalysisError
            If there was none.
        """
        if not hasattr(self, "_kept"):
            raise AnalysisError("by_output: backward follows a forward, and there was none")
        return self._kept

    @checked_arguments
    def restore(self, kept: Kept) -> None:
        """Restore the data of an earlier `forward` for `backward`.

        Parameters
        ----------
        kept : Kept
        """
        self._kept = kept

    def backward(self, by_output: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Compute the derivatives of a function of the outputs of the last `forward`.

        Parameters
        ----------
        by_output : ndarray, shape (count, outputs)

        Returns
        -------
        gradients : dict of str to ndarray
            Derivatives by ``weights``, ``bias``, ``gain``, and by ``positive`` and ``negative`` conductances as
            written. [-, 1/S]
        by_input : ndarray, shape (count, inputs)
        """
        kept = self.kept()
        by_output = like_outputs(by_output, kept.output)
        by_y = by_output * slope(self.activation, kept.output)
        flat = (kept.bits[:, None, None] * (by_y * kept.gain)).reshape(-1, by_y.shape[1])
        weights = [p * flat[:, t.columns] for p, t in zip(kept.read, kept.tiles.tiles, strict=True)]
        by_voltage, *by_pair = kept.tiles.pull(kept.products, weights)
        by_written = np.stack(by_pair) * np.where(self._stuck, 0.0, self._factor)
        # the weights of the bits, which add up to 1, are already part of `flat`
        by_share = by_voltage.reshape(len(kept.bits), len(by_y), -1).sum(axis=0)
        by_input = by_share * kept.passed * (self.hardware.voltage / self.full_input)
        if self.hardware.binary:  # straight through the sign
            by_weight = 0.5 * (by_written[0] - by_written[1]) / self.scale
        else:
            by_weight = np.where(kept.up, by_written[0], -by_written[1]) / self.scale
        gradients = {
            "weights": by_weight,
            "bias": by_y.sum(axis=0),
            "gain": np.sum(by_y * kept.current, axis=0),
        }
        return gradients | {"positive": by_written[0], "negative": by_written[1]}, by_input

    def calibrate(self, x: np.ndarray, wanted: np.ndarray) -> None:
        """Find range and gain of the converters.

        Parameters
        ----------
        x : ndarray, shape (count, inputs)
        wanted : ndarray, shape (count, outputs)
            Desired outputs before bias and activation; each gain is a least-squares fit.

        Raises
        ------
        AnalysisError
            If shapes do not fit the layer.
        """
        x, wanted = rows_of(x, "x", len(self.weights)), rows_of(wanted, "wanted", len(self.bias))
        if len(x) != len(wanted) or not len(x):
            raise AnalysisError(
                f"wanted: {len(wanted)} rows for {len(x)} of x: at least one, and as many, are needed"
            )
        self.full_input = float(np.abs(x).max()) or 1.0
        self.full_output = np.inf
        solved = self._solve(x, None)
        current = solved.current
        self.full_output = MARGIN * max(float(np.abs(p.outputs).max()) for p in solved.products) or np.inf
        power = np.sum(current * current, axis=0)
        nominal = self.scale * self.full_input / self.hardware.voltage
        fitted = np.sum(current * wanted, axis=0) / np.where(power > 0.0, power, 1.0)
        # no gain corrects an output of the wrong sign
        self.gain = np.where(fitted > 0.0, fitted, nominal)


class MappedNetwork(Chain[MappedLayer], Sealed):
    """A trained network on arrays.

    Parameters
    ----------
    source : Network or whatever `circuitnn.neural.read` takes
    hardware : Hardware
    inputs : array_like, shape (count, inputs)
        Examples; the first 200 determine the ranges of the converters and the gains.
    threads : int
        Number of arrays solved at a time.

    Attributes
    ----------
    layers : list of MappedLayer
    """

    @checked_arguments
    def __init__(self, source: Any, hardware: Hardware, inputs: Any, threads: int = 1) -> None:
        ideal = read(source)
        if threads < 1:
            raise AnalysisError(f"threads = {threads}: must be at least 1")
        self.hardware = hardware
        super().__init__(
            [MappedLayer(dense, hardware, f"layer{k}", threads) for k, dense in enumerate(ideal.layers)]
        )
        x = self.checked(inputs)[:CALIBRATION]
        exact = x
        for layer, dense in zip(self.layers, ideal.layers, strict=True):
            linear = exact @ dense.weights
            layer.calibrate(x, linear)
            x, exact = layer.forward(x), activated(dense.activation, linear + dense.bias)
        self._seal()

    @property
    def parameters(self) -> Gradients:
        """Parameters that training in the loop changes in place."""
        return [{"weights": layer.weights, "bias": layer.bias, "gain": layer.gain} for layer in self.layers]

    @property
    def steps(self) -> list[dict[str, float]]:
        """Scale of each parameter, the unit of training steps."""
        return [
            {"weights": layer.largest, "bias": 1.0, "gain": float(np.abs(layer.gain).mean())}
            for layer in self.layers
        ]

    def changed(self) -> None:
        """Write changed weights to the arrays."""
        for layer in self.layers:
            layer.changed()
