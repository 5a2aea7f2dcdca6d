"""Training on the array: cells are devices, and weights move by pulses, as the compact model allows.

The effect of one pulse on a device in each of its states is computed once from the model. A training step gives each
cell of a pair pulses whose sign and average number follow from the gradient, divided by the mean step over the range.
The actual effect depends on the state: steps are nonlinear, differ between up and down, end at the bounds, and vary
from pulse to pulse. Gradients come through the circuits. Gains and biases are numbers in the periphery and move by
Adam.

References
----------
G. W. Burr et al., "Experimental demonstration and tolerancing of a large-scale neural network (165 000 synapses)",
IEEE Trans. Electron Devices 62, 3498 (2015), doi:10.1109/TED.2015.2439635, for the effect of such steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from circuitnn.crossbar import Crossbar, Device
from circuitnn.crossbar.evolution import Evolution
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import Seed, checked_arguments
from circuitnn.machine.frozen_values import Sealed
from circuitnn.neural.layers import Gradients
from circuitnn.neural.mapped_network import MappedLayer, MappedNetwork
from circuitnn.neural.training import Adam, History, descend

POINTS = 201  # states at which pulses are computed
TINY = 1e-30


class PulseResponse(Sealed):
    """Effect of pulses on the conductance of a device.

    Parameters
    ----------
    device : Device
        Its model has one moving state with a finite range.
    up, down : (float, float)
        Voltage and width of a pulse that raises the conductance, and of one that lowers it. [V, s]
    read_voltage : float
        Voltage at which the conductance is measured. [V]
    reltol : float
        Error of the state per step, see `circuitnn.crossbar.evolution.Evolution`.

    Attributes
    ----------
    states, conductances : ndarray, shape (points,)
        [S]
    change : dict of bool to ndarray, shape (points,)
        Change of the state by a pulse up (True) and down (False), from each state.

    Raises
    ------
    AnalysisError
        If the model has other states, or a pulse moves the conductance in the wrong direction, or not at all.
    """

    @checked_arguments
    def __init__(
        self,
        device: Device,
        up: tuple[float, float],
        down: tuple[float, float],
        read_voltage: float = 0.1,
        reltol: float = 1e-5,
    ) -> None:
        evolution = Evolution(Crossbar(1, POINTS, device), reltol=reltol)
        if len(evolution.rates.moving) != 1:
            raise AnalysisError(f"{device.model}: one state that moves is needed")
        name = evolution.rates.moving[0]
        bounds = evolution.rates.states[name]
        if not np.isfinite(bounds.high - bounds.low):
            raise AnalysisError(f"{device.model}: the range of its state {name} is not finite")
        self.states = np.linspace(bounds.low, bounds.high, POINTS)
        self.change: dict[bool, np.ndarray] = {}
        for sign, (voltage, width) in ((True, up), (False, down)):
            evolution.set_state(name, self.states[None])
            self.change[sign] = evolution.stay_alone(voltage, width).change[name][0]
        evolution.set_state(name, self.states[None])
        self.conductances = evolution.conductance(read_voltage)[0]
        self._rises = bool(self.conductances[-1] > self.conductances[0])
        if not np.all(np.diff(self.conductances) * (1.0 if self._rises else -1.0) > 0.0):
            raise AnalysisError(f"{device.model}: the conductance does not follow its state {name} one way")
        for sign, change in self.change.items():
            way = change if self._rises == sign else -change
            if not np.any(way > 0.0) or np.any(way < 0.0):
                direction = "raise" if sign else "lower"
                raise AnalysisError(
                    f"pulses that should {direction} the conductance of {device.model} do not"
                )
        self._seal()

    @property
    def steps(self) -> dict[bool, float]:
        """Mean change of the conductance by a pulse up and down, over the range. [S]"""
        slope = np.abs(np.gradient(self.conductances, self.states))
        return {sign: float(np.mean(np.abs(change) * slope)) for sign, change in self.change.items()}

    @checked_arguments
    def conductance(self, states: np.ndarray) -> np.ndarray:
        """Return the conductances of devices.

        Parameters
        ----------
        states : ndarray

        Returns
        -------
        ndarray
            [S]
        """
        return np.interp(states, self.states, self.conductances)

    @checked_arguments
    def state(self, conductances: np.ndarray) -> np.ndarray:
        """Return the states that belong to conductances; those out of range map to its ends.

        Parameters
        ----------
        conductances : ndarray
            [S]

        Returns
        -------
        ndarray
        """
        way = slice(None) if self._rises else slice(None, None, -1)
        return np.interp(conductances, self.conductances[way], self.states[way])

    @checked_arguments
    def pulsed(
        self, states: np.ndarray, pulses: np.ndarray, noise: float, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the states after pulses.

        Parameters
        ----------
        states : ndarray
        pulses : ndarray of int
            Number of pulses for each device; negative ones lower the conductance.
        noise : float
            Relative standard deviation of the effect of a pulse.
        rng : numpy.random.Generator

        Returns
        -------
        ndarray

        Raises
        ------
        AnalysisError
            If there is not a whole number of pulses for each state.
        """
        if states.shape != pulses.shape or np.any(pulses != np.round(pulses)):
            raise AnalysisError(
                f"pulses: whole numbers are needed, one for each of states, of shape {states.shape}"
            )
        if not callable(getattr(rng, "normal", None)):
            raise AnalysisError(f"rng = {rng!r:.60}: a numpy.random.Generator is needed")
        x, count = states.copy(), np.abs(pulses)
        for k in range(int(count.max(initial=0))):
            for sign, change in self.change.items():
                on = (count > k) & ((pulses > 0) == sign)
                step = np.interp(x[on], self.states, change)
                x[on] += step * (1.0 + noise * rng.normal(size=step.shape))
        return np.clip(x, self.states[0], self.states[-1])


@dataclass(eq=False)
class Pulsed(History):
    """History of a training on the array.

    Parameters
    ----------
    pulses : list of float
        Mean number per device in each epoch.
    """

    pulses: list[float] = field(default_factory=list)


class OnArray:
    """A network on arrays whose cells are devices that only pulses write.

    Parameters
    ----------
    network : MappedNetwork
        Initial states come from its conductances, as far as the devices reach them.
    response : PulseResponse
    noise : float
        Relative standard deviation of the effect of a pulse.
    most : int
        Largest number of pulses per device and step.
    seed : int
    """

    @checked_arguments
    def __init__(
        self,
        network: MappedNetwork,
        response: PulseResponse,
        *,
        noise: float = 0.0,
        most: int = 10,
        seed: Seed = 0,
    ) -> None:
        if network.hardware.binary or most < 1 or noise < 0.0:
            raise AnalysisError("on the array: weights are not signs, most is at least 1, noise not negative")
        self.network, self.response, self.noise, self.most = network, response, noise, most
        self.rng = np.random.default_rng(seed)
        self.states = [
            (response.state(layer.positive), response.state(layer.negative)) for layer in network.layers
        ]
        self.pulses = 0
        for layer, states in zip(network.layers, self.states, strict=True):
            self._write(layer, states)

    def _write(self, layer: MappedLayer, states: tuple[np.ndarray, np.ndarray]) -> None:
        layer.write(*(self.response.conductance(x) for x in states))

    @checked_arguments
    def step(self, gradients: Gradients, rate: float) -> None:
        """Apply pulses to the devices.

        Parameters
        ----------
        gradients : list of dict of str to ndarray
            From `MappedNetwork.backward`.
        rate : float
            Root mean square of a layer's wanted changes, relative to the range of the devices.

        Raises
        ------
        AnalysisError
            If the gradients are not those of the network.
        """
        if not isinstance(gradients, list) or len(gradients) != len(self.network.layers):
            raise AnalysisError(f"gradients = {gradients!r:.60}: those of MappedNetwork.backward are needed")
        span, steps = np.ptp(self.response.conductances), self.response.steps
        for k, (layer, own) in enumerate(zip(self.network.layers, gradients, strict=True)):
            both = np.stack([own["positive"], own["negative"]])
            wanted = -rate * span * both / (np.sqrt(np.mean(both * both)) + TINY)
            asked = np.abs(wanted) / np.where(wanted > 0.0, steps[True], steps[False])
            whole = np.minimum(np.floor(asked + self.rng.random(asked.shape)), self.most)
            pulses = (np.sign(wanted) * whole).astype(int)
            positive, negative = (
                self.response.pulsed(x, n, self.noise, self.rng)
                for x, n in zip(self.states[k], pulses, strict=True)
            )
            self.states[k] = positive, negative
            self.pulses += int(np.abs(pulses).sum())
            self._write(layer, self.states[k])


class _Periphery:
    """Gains and biases alone, for Adam."""

    def __init__(self, network: MappedNetwork) -> None:
        self.network = network
        self.forward, self.backward = network.forward, network.backward

    @property
    def parameters(self) -> Gradients:
        return [{"bias": layer.bias, "gain": layer.gain} for layer in self.network.layers]

    @property
    def steps(self) -> list[dict[str, float]]:
        return self.network.steps

    def changed(self) -> None:
        """Do nothing, since nothing is written to the arrays."""


@checked_arguments
def train_on_array(
    array: OnArray,
    inputs: Any,
    labels: Any,
    *,
    epochs: int = 10,
    batch: int = 32,
    rate: float = 0.02,
    periphery: float = 1e-3,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    seed: Seed = 0,
) -> Pulsed:
    """Train a classifier by pulses on its devices.

    Parameters
    ----------
    array : OnArray
    inputs : array_like, shape (count, inputs)
    labels : array_like of int, shape (count,)
    epochs, batch : int
    rate : float
        As for `OnArray.step`, initially; it decays to 0 along a cosine.
    periphery : float
        Adam's rate for gains and biases.
    validation : (ndarray, ndarray), optional
        Other examples, tested after each epoch.
    seed : int
        Seed of the order.

    Returns
    -------
    Pulsed

    Raises
    ------
    AnalysisError
        If labels are not classes, or an output is not finite.
    """
    adam, history, before = Adam(_Periphery(array.network), periphery), Pulsed(), array.pulses
    devices = sum(2 * layer.weights.size for layer in array.network.layers)

    def step(gradients: Gradients, share: float) -> None:
        adam.step(gradients)
        array.step(gradients, rate * share)

    def count() -> None:
        history.pulses.append((array.pulses - before) / devices - sum(history.pulses))

    descend(
        array.network,
        (inputs, labels),
        step,
        history,
        epochs=epochs,
        batch=batch,
        validation=validation,
        seed=seed,
        after=count,
    )
    return history
