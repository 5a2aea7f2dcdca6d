"""Accuracy over months: conductances drift according to the statistics of phase-change cells.

Each cell is a ``pcm_statistical`` cell programmed to its conductance: programming errors and drift exponents are drawn
for each cell, and the conductance at any age follows from the model's own equation. Drift makes all currents smaller;
one factor per layer, from the sums of its currents then and now, compensates for the mean drift.

References
----------
V. Joshi et al., "Accurate deep neural network inference using computational phase-change memory", Nat. Commun. 11, 2473
(2020), doi:10.1038/s41467-020-16108-9, for the compensation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from circuitnn.crossbar.checks import numbers
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import substitute
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import Seed, checked_arguments
from circuitnn.machine.frozen_values import Sealed, owned
from circuitnn.machine.user_input import real
from circuitnn.models import named
from circuitnn.neural.mapped_network import MappedNetwork
from circuitnn.neural.training import accuracy

MODEL = "pcm_statistical"
EXAMPLES = 50  # inputs for which currents are compared


class Ageing(Sealed):
    """A network whose cells are programmed once and then age.

    Parameters
    ----------
    network : MappedNetwork
        Its conductances lie within the range of the statistics (25 µS with ``aihwkit``).
    inputs : array_like, shape (count, inputs)
        Examples; the first 50 measure the decrease of the currents.
    statistics : str
        Set of parameters of ``pcm_statistical``.
    read_noise : bool
        Whether each read has noise, drawn anew at each age.
    seed : int
        Seed of all random numbers.

    Raises
    ------
    AnalysisError
        If there is no such set, or conductances exceed its range.
    """

    @checked_arguments
    def __init__(
        self,
        network: MappedNetwork,
        inputs: np.ndarray,
        statistics: str = "aihwkit",
        read_noise: bool = False,
        seed: Seed = 0,
    ) -> None:
        model = named(MODEL)
        if statistics not in model.sets:
            raise AnalysisError(f"statistics {statistics!r}: {MODEL} has {', '.join(model.sets)}")
        self.network, x = network, owned(network.checked(inputs)[:EXAMPLES])
        self.rng = np.random.default_rng(seed)
        self.values: dict[str, float | np.ndarray] = {
            p.name: float(p.default) for p in model.parameters if not isinstance(p.default, str)
        }
        self.values |= {"multiplier": 1.0} | {k: float(v) for k, v in model.sets[statistics].values.items()}
        self.values["interval"] = float(read_noise)
        if network.hardware.g_max > float(self.values["gmax"]) * (1.0 + 1e-9):
            raise AnalysisError(
                f"g_max = {network.hardware.g_max:g} S of the hardware: the statistics go up to "
                f"{self.values['gmax']:g} S"
            )
        kernel = model.kernel()
        setup = dict(kernel.setup)
        self.current = substitute([kernel.f[kernel.inputs.index(model.terminals[0])]], setup)[0]
        self.programmed = substitute([dict(kernel.memories)["g"]], setup)[0]
        self.cells = [self._cells(np.stack([layer.positive, layer.negative])) for layer in network.layers]
        self.gains = [layer.gain.copy() for layer in network.layers]
        self.at(0.0, compensated=False)
        self.inputs = []  # of each layer, always the same ones: its currents then show its own drift alone
        for layer in network.layers:
            self.inputs.append(x)
            x = layer.forward(x)
        self.first = [self._current(k) for k in range(len(network.layers))]
        self._seal()

    def _cells(self, target: np.ndarray) -> dict[str, np.ndarray]:
        """Random numbers of each cell, and its conductance after programming."""
        drawn = {name: self.rng.normal(size=target.shape) for name in ("znu", "zinitial")}
        g = evaluate([self.programmed], {**self.values, **drawn, "g0": target})[0]
        return {**drawn, "g": np.asarray(g)}

    @checked_arguments
    def at(self, time: float, compensated: bool = True) -> MappedNetwork:
        """Return the network at an age.

        Parameters
        ----------
        time : float
            Time since programming; not negative. [s]
        compensated : bool
            Whether gains compensate for the mean drift of each layer.

        Returns
        -------
        MappedNetwork
            The same object, changed.

        Raises
        ------
        AnalysisError
            If the time is negative or not finite.
        """
        since = float(numbers(time, "time since programming [s]", [()], (), infinite=False))
        age = np.log1p(since / float(self.values["t0"]))
        for k, (layer, cells, gain) in enumerate(
            zip(self.network.layers, self.cells, self.gains, strict=True)
        ):
            here = {"plus": 1.0, "minus": 0.0, "l": age, "read": self.rng.normal(size=cells["g"].shape)}
            g = np.maximum(evaluate([self.current], {**self.values, **cells, **here})[0], 0.0)
            layer.write(g[0], g[1])
            now = self._current(k) if compensated else 0.0
            layer.gain[:] = gain * self.first[k] / now if now > 0.0 else gain
        return self.network

    def _current(self, k: int) -> float:
        """Sum of the magnitudes of a layer's currents for the inputs that it first had. [A]"""
        return float(np.abs(self.network.layers[k].currents(self.inputs[k])).sum())


@checked_arguments
def over_time(
    ageing: Ageing, times: Sequence[float], inputs: np.ndarray, labels: np.ndarray, compensated: bool = True
) -> np.ndarray:
    """Compute the accuracy at several ages.

    Parameters
    ----------
    ageing : Ageing
    times : sequence of float
        [s]
    inputs : ndarray, shape (count, inputs)
    labels : ndarray of int, shape (count,)
    compensated : bool

    Returns
    -------
    ndarray, shape (times,)
    """
    checked = np.ravel(real(times, "times"))
    numbers(checked, "times [s]", [checked.shape], ("time",), infinite=False)
    return np.array([accuracy(ageing.at(t, compensated), inputs, labels) for t in checked.tolist()])
