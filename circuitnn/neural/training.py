"""Training of classifiers: the ideal network (ex situ), or the network on arrays (in the loop).

In the loop, outputs come from the circuits and derivatives from their adjoint; weights are numbers that are rewritten
for each step. The optimiser is Adam.

References
----------
D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR (2015), arXiv:1412.6980.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import Seed, checked_arguments
from circuitnn.machine.user_input import real
from circuitnn.neural.layers import Gradients

FIRST, SECOND, TINY = 0.9, 0.999, 1e-12  # Adam's constants
AT_A_TIME = 256  # inputs per batch when computing outputs


class Trainable(Protocol):
    """A `Network` or a `MappedNetwork`."""

    @property
    def parameters(self) -> Gradients:
        """Parameters that are changed in place."""

    @property
    def steps(self) -> list[dict[str, float]]:
        """Scale of each parameter."""

    def forward(self, inputs: np.ndarray) -> np.ndarray:
        """Outputs."""

    def backward(self, by_output: np.ndarray) -> tuple[Gradients, np.ndarray]:
        """Derivatives by parameters and inputs."""

    def changed(self) -> None:
        """Called after parameters have changed."""


@checked_arguments
def cross_entropy(outputs: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Compute the mean cross entropy of the softmax, and its derivatives.

    Parameters
    ----------
    outputs : ndarray, shape (count, classes)
    labels : ndarray of int, shape (count,)

    Returns
    -------
    loss : float
    by_output : ndarray, shape (count, classes)

    Raises
    ------
    AnalysisError
        If labels are not classes of the outputs.
    """
    if outputs.ndim != 2:
        raise AnalysisError(f"outputs: shape {outputs.shape} does not fit, expected (count, classes)")
    classes = labelled(labels, *outputs.shape)
    moved = outputs - outputs.max(axis=1, keepdims=True)
    log_share = moved - np.log(np.exp(moved).sum(axis=1, keepdims=True))
    at = np.arange(len(classes)), classes
    by_output = np.exp(log_share)
    by_output[at] -= 1.0
    return float(-log_share[at].mean()), by_output / len(classes)


@checked_arguments
def accuracy(network: Trainable, inputs: np.ndarray, labels: np.ndarray) -> float:
    """Compute the share of examples whose largest output belongs to their class.

    Parameters
    ----------
    network : Network or MappedNetwork
    inputs : array_like, shape (count, inputs)
    labels : array_like of int, shape (count,)
        Classes from 0 on.

    Returns
    -------
    float

    Raises
    ------
    AnalysisError
        If there is no example, or labels are not classes of the outputs.
    """
    _trainable(network)
    x = real(inputs, "inputs")
    if x.ndim != 2 or not len(x):
        raise AnalysisError(f"inputs: shape {x.shape} does not fit, at least one row is needed")
    outputs = np.concatenate([network.forward(x[k : k + AT_A_TIME]) for k in range(0, len(x), AT_A_TIME)])
    return float(np.mean(outputs.argmax(axis=1) == labelled(labels, *outputs.shape)))


@dataclass(eq=False)
class History:
    """History of a training.

    Parameters
    ----------
    loss : list of float
        Mean loss of each epoch.
    accuracy : list of float
        Accuracy on the validation examples after each epoch, if there are any.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)


class Adam:
    """Adam's steps of parameters, each in units of its scale.

    Parameters
    ----------
    network : Trainable
    rate : float
    """

    def __init__(self, network: Trainable, rate: float) -> None:
        self.network, self.rate, self.count = network, rate, 0
        self.mean = [
            {n: np.zeros_like(v) for n, v in parameters.items()} for parameters in network.parameters
        ]
        self.power = [
            {n: np.zeros_like(v) for n, v in parameters.items()} for parameters in network.parameters
        ]

    def step(self, gradients: Gradients) -> None:
        """Move the parameters down the gradients.

        Parameters
        ----------
        gradients : list of dict of str to ndarray
        """
        self.count += 1
        parameters, sizes = self.network.parameters, self.network.steps
        for k, layer in enumerate(parameters):
            for name, value in layer.items():
                size = sizes[k][name]
                slope = gradients[k][name] * size
                self.mean[k][name] += (1.0 - FIRST) * (slope - self.mean[k][name])
                self.power[k][name] += (1.0 - SECOND) * (slope * slope - self.power[k][name])
                mean = self.mean[k][name] / (1.0 - FIRST**self.count)
                power = self.power[k][name] / (1.0 - SECOND**self.count)
                value -= self.rate * size * mean / (np.sqrt(power) + TINY)
        self.network.changed()


@checked_arguments
def train(
    network: Trainable,
    inputs: Any,
    labels: Any,
    *,
    epochs: int = 20,
    batch: int = 64,
    rate: float = 3e-3,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    seed: Seed = 0,
    progress: Callable[[float, str], None] | None = None,
) -> History:
    """Train a classifier, in place.

    Parameters
    ----------
    network : Network or MappedNetwork
        A `MappedNetwork` is trained in the loop.
    inputs : array_like, shape (count, inputs)
    labels : array_like of int, shape (count,)
        Classes from 0 on.
    epochs, batch : int
        Passes over all examples, and examples per step.
    rate : float
        Adam's initial rate, in units of each parameter's scale; it decays to 0 along a cosine.
    validation : (ndarray, ndarray), optional
        Other examples, tested after each epoch.
    seed : int
        Seed of the order.
    progress : callable, optional
        Called with the fraction done and a text.

    Returns
    -------
    History

    Raises
    ------
    AnalysisError
        If labels are not classes, or an output is not finite.
    """
    _trainable(network)
    adam, history = Adam(network, rate), History()

    def step(gradients: Gradients, share: float) -> None:
        adam.rate = rate * share
        adam.step(gradients)

    descend(
        network,
        (inputs, labels),
        step,
        history,
        epochs=epochs,
        batch=batch,
        validation=validation,
        seed=seed,
        progress=progress,
    )
    return history


def descend(
    network: Trainable,
    examples: tuple[Any, Any],
    step: Callable[[Gradients, float], None],
    history: History,
    *,
    epochs: int,
    batch: int,
    validation: tuple[np.ndarray, np.ndarray] | None,
    seed: int,
    progress: Callable[[float, str], None] | None = None,
    after: Callable[[], None] | None = None,
) -> None:
    """Go through the examples in random order, batch by batch, with one step for each.

    Parameters
    ----------
    network, epochs, batch, validation, seed, progress
        As for `train`.
    examples : (array_like, array_like)
        Inputs and labels.
    step : callable
        Called with the gradients of a batch and a share of the rate, which decays from 1 to 0 along a cosine.
    history : History
        Takes the losses and accuracies.
    after : callable, optional
        Called after each epoch.

    Raises
    ------
    AnalysisError
        If labels are not classes, there is no example, or an output is not finite.
    """
    x = real(examples[0], "inputs")
    if x.ndim != 2:
        raise AnalysisError(f"inputs: shape {x.shape} does not fit, expected (count, inputs)")
    classes = labelled(examples[1], len(x))
    for name, value, least in (
        ("inputs", len(x), 1),
        ("batch", batch, 1),
        ("epochs", epochs, 0),
    ):
        if value < least:
            raise AnalysisError(f"training: {name} = {value}: at least {least} is needed")
    rng = np.random.default_rng(seed)
    total, done = epochs * (-(-len(x) // batch)), 0
    for epoch in range(epochs):
        order, losses = rng.permutation(len(x)), []
        for k in range(0, len(x), batch):
            chosen = order[k : k + batch]
            loss, by_output = cross_entropy(network.forward(x[chosen]), classes[chosen])
            if not np.isfinite(loss):
                raise AnalysisError(f"training: outputs are not finite in epoch {epoch}; take a smaller rate")
            losses.append(loss * len(chosen))
            step(network.backward(by_output)[0], 0.5 * (1.0 + np.cos(np.pi * done / total)))
            done += 1
            if progress is not None:
                progress(done / total, f"epoch {epoch + 1}, loss {loss:.3g}")
        history.loss.append(float(np.sum(losses)) / len(x))
        if validation is not None:
            history.accuracy.append(accuracy(network, *validation))
        if after is not None:
            after()


def _trainable(network: object) -> None:
    if not all(callable(getattr(network, name, None)) for name in ("forward", "backward")):
        raise AnalysisError(f"network = {network!r:.60}: a Network or a MappedNetwork is needed")


def labelled(labels: Any, count: int, classes: float = np.inf) -> np.ndarray:
    """Check labels.

    Parameters
    ----------
    labels : array_like of int, shape (count,)
    count : int
        Number of examples.
    classes : int, optional
        Number of classes; default: any.

    Returns
    -------
    ndarray of int

    Raises
    ------
    AnalysisError
        If they are not whole numbers from 0 on, below the number of classes, one per example.
    """
    numbers = real(labels, "labels")
    if numbers.shape != (count,) or np.any(numbers != np.floor(numbers)) or np.any(numbers < 0):
        raise AnalysisError(f"labels: {count} whole numbers from 0 on are needed, one per example")
    if numbers.max(initial=0) >= classes:
        raise AnalysisError(
            f"labels: class {numbers.max():g} of a network with {classes} outputs; they count from 0"
        )
    return numbers.astype(np.intp)
