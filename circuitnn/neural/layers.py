"""Dense layers and networks in software: the source of mapped arrays, and the ideal for comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.checks import numbers
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import Seed, checked_arguments
from circuitnn.machine.user_input import real, word_of

ACTIVATIONS = ("identity", "relu", "tanh", "sigmoid")
Gradients = list[dict[str, np.ndarray]]


@dataclass(eq=False)
class Dense:
    """A layer a(x·W + b).

    Parameters
    ----------
    weights : array_like, shape (inputs, outputs)
    bias : array_like, shape (outputs,), optional
        Default: 0.
    activation : {"identity", "relu", "tanh", "sigmoid"}
        The function a; softmax belongs to the loss.

    Raises
    ------
    AnalysisError
        If numbers are missing or shapes do not fit.
    """

    weights: np.ndarray
    bias: np.ndarray
    activation: str

    def __init__(
        self, weights: ArrayLike, bias: ArrayLike | None = None, activation: str = "identity"
    ) -> None:
        w = real(weights, "weights")
        if w.ndim != 2 or not w.size:
            raise AnalysisError(f"weights: shape {w.shape} is not a matrix of inputs and outputs")
        self.weights = np.array(numbers(w, "weight", [w.shape], ("input", "output"), -np.inf, False))
        given = 0.0 if bias is None else bias
        shape = (w.shape[1],)
        checked = numbers(given, "bias", [(), shape], ("output",), -np.inf, False)
        self.bias = np.array(np.broadcast_to(checked, shape))
        self.activation = word_of(activation, "activation", ACTIVATIONS)

    @property
    def shape(self) -> tuple[int, int]:
        """Inputs and outputs."""
        return self.weights.shape[0], self.weights.shape[1]

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Compute the outputs, and keep the data for `backward`.

        Parameters
        ----------
        x : ndarray, shape (count, inputs)

        Returns
        -------
        ndarray, shape (count, outputs)
        """
        x = rows_of(x, "x", len(self.weights))
        self._input, self._output = x, activated(self.activation, x @ self.weights + self.bias)
        return self._output

    def backward(self, by_output: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Compute the derivatives of a function of the outputs of the last `forward`.

        Parameters
        ----------
        by_output : ndarray, shape (count, outputs)

        Returns
        -------
        gradients : dict of str to ndarray
            By ``weights`` and ``bias``, summed over the inputs.
        by_input : ndarray, shape (count, inputs)
        """
        by_output = like_outputs(by_output, getattr(self, "_output", None))
        by_y = by_output * slope(self.activation, self._output)
        return {"weights": self._input.T @ by_y, "bias": by_y.sum(axis=0)}, by_y @ self.weights.T


def rows_of(values: Any, label: str, columns: int) -> np.ndarray:
    """Check a matrix with one row per example.

    Parameters
    ----------
    values : array_like, shape (count, columns)
    label : str
        Name of the argument, for the message.
    columns : int

    Returns
    -------
    ndarray, shape (count, columns)

    Raises
    ------
    AnalysisError
        If it has another shape.
    """
    matrix = real(values, label)
    if matrix.ndim != 2 or matrix.shape[1] != columns:
        raise AnalysisError(f"{label}: shape {matrix.shape} does not fit, expected (count, {columns})")
    return matrix


def like_outputs(by_output: Any, outputs: np.ndarray | None) -> np.ndarray:
    """Check derivatives by the outputs of the last `forward`.

    Parameters
    ----------
    by_output : array_like, shape (count, outputs)
    outputs : ndarray, shape (count, outputs), or None
        What `forward` gave.

    Returns
    -------
    ndarray

    Raises
    ------
    AnalysisError
        If there was no `forward`, or it gave outputs of another shape.
    """
    if outputs is None:
        raise AnalysisError("by_output: backward follows a forward, and there was none")
    derivatives = real(by_output, "by_output")
    if derivatives.shape != outputs.shape:
        raise AnalysisError(f"by_output: shape {derivatives.shape} does not fit the outputs, {outputs.shape}")
    return derivatives


def activated(name: str, y: np.ndarray) -> np.ndarray:
    """Apply an activation.

    Parameters
    ----------
    name : str
    y : ndarray

    Returns
    -------
    ndarray
    """
    if name == "relu":
        return np.maximum(y, 0.0)
    if name == "tanh":
        return np.tanh(y)
    return 0.5 * (1.0 + np.tanh(0.5 * y)) if name == "sigmoid" else y


def slope(name: str, a: np.ndarray) -> np.ndarray | float:
    """Return the derivative of an activation from its value.

    Parameters
    ----------
    name : str
    a : ndarray
        Value of the activation.

    Returns
    -------
    ndarray or float
    """
    if name == "relu":
        return (a > 0.0).astype(float)
    if name == "tanh":
        return 1.0 - a * a
    return a * (1.0 - a) if name == "sigmoid" else 1.0


class Layer(Protocol):
    """A layer of a `Chain`: `Dense`, or one on arrays."""

    weights: np.ndarray

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Outputs."""

    def backward(self, by_output: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Derivatives by parameters and by the inputs of the last `forward`."""


One = TypeVar("One", bound=Layer)


class Chain(Generic[One]):
    """Layers in sequence.

    Parameters
    ----------
    layers : sequence of Layer
    """

    def __init__(self, layers: Sequence[One]) -> None:
        if not isinstance(layers, Sequence) or isinstance(layers, str):
            raise AnalysisError(f"layers = {layers!r:.60}: a sequence of layers is needed")
        self.layers = list(layers)

    def checked(self, inputs: Any) -> np.ndarray:
        """Check inputs.

        Parameters
        ----------
        inputs : array_like, shape (count, inputs)

        Returns
        -------
        ndarray, shape (count, inputs)

        Raises
        ------
        AnalysisError
            If they are not finite numbers, as many as the network has inputs.
        """
        x = real(inputs, "inputs")
        expected = self.layers[0].weights.shape[0]
        if x.ndim != 2 or x.shape[1] != expected or not len(x):
            raise AnalysisError(f"inputs: shape {x.shape} does not fit the {expected} inputs of the network")
        return numbers(x, "input", [x.shape], ("example", "input"), -np.inf, False)

    def forward(self, x: Any) -> np.ndarray:
        """Compute the outputs, and keep the data for `backward`.

        Parameters
        ----------
        x : array_like, shape (count, inputs)

        Returns
        -------
        ndarray, shape (count, outputs)
        """
        y = self.checked(x)
        for layer in self.layers:
            y = layer.forward(y)
        return y

    def backward(self, by_output: np.ndarray) -> tuple[Gradients, np.ndarray]:
        """Compute the derivatives of a function of the outputs, through all layers.

        Parameters
        ----------
        by_output : ndarray, shape (count, outputs)
            Derivatives by the outputs of the last `forward`.

        Returns
        -------
        gradients : list of dict of str to ndarray
            Derivatives by the parameters of each layer, summed over the inputs.
        by_input : ndarray, shape (count, inputs)
        """
        by_layer: Gradients = []
        for layer in reversed(self.layers):
            gradients, by_output = layer.backward(by_output)
            by_layer.insert(0, gradients)
        return by_layer, by_output


class Network(Chain[Dense]):
    """Dense layers in sequence, computed exactly.

    Parameters
    ----------
    layers : sequence of Dense

    Raises
    ------
    AnalysisError
        If the sizes of adjacent layers do not match.
    """

    def __init__(self, layers: Sequence[Dense]) -> None:
        super().__init__(layers)
        if not self.layers or not all(isinstance(layer, Dense) for layer in self.layers):
            raise AnalysisError("layers: a network needs at least one layer, and all of them Dense")
        for k, (layer, following) in enumerate(pairwise(self.layers)):
            if layer.shape[1] != following.shape[0]:
                raise AnalysisError(
                    f"layer {k} has {layer.shape[1]} outputs, layer {k + 1} has {following.shape[0]} inputs"
                )

    @classmethod
    @checked_arguments
    def random(cls, sizes: Sequence[int], activation: str = "relu", seed: Seed = 0) -> Network:
        """Make a network with random weights of variance 2/(number of inputs).

        Parameters
        ----------
        sizes : sequence of int
            Inputs, hidden units, …, outputs.
        activation : str
            Activation of all layers except the last, which has none.
        seed : int

        Returns
        -------
        Network

        Raises
        ------
        AnalysisError
            If there are not at least two sizes of at least 1.
        """
        if len(sizes) < 2 or min(sizes) < 1:
            raise AnalysisError(f"sizes = {sizes}: at least two, of at least 1, are needed")
        rng = np.random.default_rng(seed)
        last = len(sizes) - 2
        return cls(
            [
                Dense(
                    rng.normal(size=(m, n)) * np.sqrt(2.0 / m),
                    activation="identity" if k == last else activation,
                )
                for k, (m, n) in enumerate(pairwise(sizes))
            ]
        )

    @property
    def parameters(self) -> Gradients:
        """Parameters that training changes in place."""
        return [{"weights": layer.weights, "bias": layer.bias} for layer in self.layers]

    @property
    def steps(self) -> list[dict[str, float]]:
        """Scale of each parameter, the unit of training steps."""
        return [{"weights": 1.0, "bias": 1.0} for _ in self.layers]

    def changed(self) -> None:
        """Called after parameters have changed."""
