"""Unsupervised learning by spike timing: leaky neurons at the bit lines of an array of devices.

Inputs spike at random, at a rate proportional to their brightness; each spike puts the read voltage on its word line
for one step, and the currents of the bit lines, solved with line resistances, charge the neurons. The first neuron to
reach its threshold fires and discharges all others. Then each device on its bit line gets one pulse: up if its input
has spiked within the window, else down. The array is solved anew after each example. Thresholds follow the activity, so
that no neuron always wins (homeostasis).

References
----------
D. Querlioz, O. Bichler, P. Dollfus and C. Gamrat, "Immunity to device variations in a spiking neural network with
memristive nanodevices", IEEE Trans. Nanotechnol. 12, 288 (2013), doi:10.1109/TNANO.2013.2250995.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuitnn.crossbar import Crossbar
from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.description import MOST_CELLS
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import Given, Seed, checked_arguments
from circuitnn.machine.user_input import real
from circuitnn.neural.layers import rows_of
from circuitnn.neural.on_array_training import PulseResponse
from circuitnn.neural.training import labelled


@dataclass(frozen=True, eq=False)
class Spiking(Given):
    """Parameters of spiking inputs and neurons.

    Parameters
    ----------
    steps : int
        Steps in the presentation of an example.
    rate : float
        Probability that an input of 1 spikes in a step.
    window : int
        Steps before a neuron's spike within which an input's spike counts.
    leak : float
        Share of a neuron's charge lost per step.
    activity : float
        Target of the thresholds: spikes per neuron and example.
    homeostasis : float
        Relative change of a threshold for a deviation of one spike per example.
    voltage : float
        Voltage of a spike on a word line. [V]
    """

    steps: int = 20
    rate: float = 0.5
    window: int = 4
    leak: float = 0.1
    activity: float = 0.1
    homeostasis: float = 0.05
    voltage: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.steps < 1 or self.window < 1 or not (0.0 < self.rate <= 1.0 and 0.0 <= self.leak < 1.0):
            raise AnalysisError("spiking: steps and window at least 1, rate in 0 … 1, leak in 0 … 1")
        if not (self.activity > 0.0 and self.homeostasis >= 0.0 and self.voltage > 0.0):
            raise AnalysisError("spiking: activity and voltage positive, homeostasis not negative")


class SpikingArray:
    """An array of devices with inputs at its word lines and neurons at its bit lines.

    Parameters
    ----------
    inputs, neurons : int
    response : PulseResponse
    spiking : Spiking
    line_resistance : float
        Resistance of a segment. [Ohm]
    spread : float
        Standard deviation of the logarithm of each device's conductances and of its response to pulses; fixed.
    noise : float
        Relative standard deviation of the effect of each pulse.
    seed : int

    Attributes
    ----------
    states : ndarray, shape (inputs, neurons)
    thresholds : ndarray, shape (neurons,)
        Charges, as sums of currents over steps. [A]
    """

    @checked_arguments
    def __init__(
        self,
        inputs: int,
        neurons: int,
        response: PulseResponse,
        spiking: Spiking | None = None,
        *,
        line_resistance: float = 1.0,
        spread: float = 0.0,
        noise: float = 0.0,
        seed: Seed = 0,
    ) -> None:
        if inputs * neurons > MOST_CELLS:
            raise AnalysisError(f"inputs = {inputs}, neurons = {neurons}: more than {MOST_CELLS} cells")
        if inputs < 1 or neurons < 1 or spread < 0.0 or noise < 0.0:
            raise AnalysisError("spiking array: inputs and neurons at least 1, spread and noise not negative")
        self.response, self.spiking = response, spiking or Spiking()
        self.noise, self.rng = noise, np.random.default_rng(seed)
        shape = inputs, neurons
        low, high = np.sort(response.conductances[[0, -1]])
        self.states = response.state(self.rng.uniform(low, high, shape))
        self.factor = np.exp(spread * self.rng.normal(size=shape))
        self.strength = np.exp(spread * self.rng.normal(size=shape))
        self.array = Crossbar(
            inputs,
            neurons,
            self._conductances(),
            wordline_resistance=line_resistance,
            bitline_resistance=line_resistance,
        )
        self._solve()
        mean = float(self.matrix.sum(axis=0).mean()) * self.spiking.voltage * self.spiking.rate
        self.thresholds = np.full(neurons, mean)

    def _conductances(self) -> np.ndarray:
        return self.response.conductance(self.states) * self.factor

    def _solve(self) -> None:
        """Compute the matrix from spikes to currents, including lines. [S]"""
        self.array = self.array.changed(cell=self._conductances())
        self.matrix = self.array.effective_conductance()

    @checked_arguments
    def present(self, example: np.ndarray, learn: bool = True) -> np.ndarray:
        """Show an example.

        Parameters
        ----------
        example : ndarray, shape (inputs,)
            In 0 … 1.
        learn : bool
            Whether devices and thresholds change.

        Returns
        -------
        ndarray of int, shape (neurons,)
            Spikes of each neuron.
        """
        s = self.spiking
        example = numbers(example, "example", [(len(self.states),)], ("input",), 0.0, False)
        charge, count = np.zeros(len(self.thresholds)), np.zeros(len(self.thresholds), dtype=int)
        since = np.full(len(example), s.window)
        for _ in range(s.steps):
            spikes = self.rng.random(len(example)) < s.rate * example
            since = np.where(spikes, 0, since + 1)
            charge = (1.0 - s.leak) * charge + s.voltage * (spikes @ self.matrix)
            winner = int(np.argmax(charge / self.thresholds))
            if charge[winner] >= self.thresholds[winner]:
                charge[:] = 0.0
                count[winner] += 1
                if learn:
                    self._potentiate(winner, since < s.window)
        if learn:
            self.thresholds *= np.exp(s.homeostasis * (count - s.activity))
            if np.any(count):
                self._solve()
        return count

    def _potentiate(self, winner: int, recent: np.ndarray) -> None:
        """Apply a pulse to each device of a bit line: up where the input has spiked, else down."""
        x = self.states[:, winner]
        moved = self.response.pulsed(x, np.where(recent, 1, -1), self.noise, self.rng) - x
        bounds = self.response.states[[0, -1]]
        self.states[:, winner] = np.clip(x + moved * self.strength[:, winner], *bounds)

    @checked_arguments
    def learn(self, examples: np.ndarray, epochs: int = 1) -> list[float]:
        """Show examples in random order.

        Parameters
        ----------
        examples : array_like, shape (count, inputs)
            In 0 … 1.
        epochs : int

        Returns
        -------
        list of float
            Spikes per example in each epoch.
        """
        x = rows_of(examples, "examples", len(self.states))
        x = numbers(x, "example", [(len(x), len(self.states))], ("example", "input"), 0.0, False)
        means = []
        for _ in range(epochs):
            spikes = [self.present(x[k]).sum() for k in self.rng.permutation(len(x))]
            means.append(float(np.mean(spikes)))
        return means

    @checked_arguments
    def responses(self, examples: np.ndarray) -> np.ndarray:
        """Count the spikes without learning.

        Parameters
        ----------
        examples : ndarray, shape (count, inputs)

        Returns
        -------
        ndarray of int, shape (count, neurons)
        """
        return np.array(
            [self.present(x, learn=False) for x in rows_of(examples, "examples", len(self.states))]
        )


@checked_arguments
def named_neurons(responses: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Name each neuron by the class to which it responds most.

    Parameters
    ----------
    responses : ndarray, shape (count, neurons)
    labels : ndarray of int, shape (count,)

    Returns
    -------
    ndarray of int, shape (neurons,)
        Classes; -1 for a neuron that never spikes.

    Raises
    ------
    AnalysisError
        If shapes do not fit.
    """
    matrix = real(responses, "responses")
    if matrix.ndim != 2:
        raise AnalysisError(f"responses: shape {matrix.shape} does not fit, expected (count, neurons)")
    classes = labelled(labels, len(matrix))
    given = np.unique(classes)
    mean = np.array([matrix[classes == c].mean(axis=0) for c in given])
    return np.where(mean.any(axis=0), given[np.argmax(mean, axis=0)], -1)


@checked_arguments
def classified(responses: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Classify examples by the neurons' votes; the votes for each class are divided by its number of neurons.

    Parameters
    ----------
    responses : ndarray, shape (count, neurons)
    names : ndarray of int, shape (neurons,)
        From `named_neurons`; neurons of a negative one do not vote.

    Returns
    -------
    ndarray of int, shape (count,)
        Classes; -1 for an example without a vote.

    Raises
    ------
    AnalysisError
        If shapes do not fit.
    """
    of = real(names, "names")
    if of.ndim != 1 or not len(of) or np.any(of != np.round(of)):
        raise AnalysisError("names: whole numbers, one for each neuron, are needed")
    matrix, of = rows_of(responses, "responses", len(of)), of.astype(int)
    given = np.unique(of[of >= 0])
    if not len(given):
        return np.full(len(matrix), -1)
    votes = np.array([matrix[:, of == c].mean(axis=1) for c in given])
    return np.where(votes.any(axis=0), given[np.argmax(votes, axis=0)], -1)
