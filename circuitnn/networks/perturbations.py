"""Signals that keep a network from coming to rest too early: chaos of a niobium dioxide element, noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.networks.couplings import Resistive
from circuitnn.networks.kinds import chaotic_niobium_dioxide
from circuitnn.networks.network import OscillatorNetwork
from circuitnn.units import number_of, whole_of

SETTLES = 0.5e-6  # s, after which the element is on its attractor
STEP = 1e-9  # s, largest step
MOST_STEPS, MOST = 1e8, 10**8  # steps of the element's transient, and samples
INTERVAL = 10e-9  # s between two samples, which then hardly correlate


def chaos(count: int, seed: int = 1, interval: float = INTERVAL, supply: float = 1.62) -> np.ndarray:
    """Sample the voltage of a chaotic niobium dioxide element.

    Parameters
    ----------
    count : int
    seed : int
        Draws where the element starts.
    interval : float
        Between two samples. [s]
    supply : float
        It is chaotic from 1.59 V to 1.68 V. [V]

    Returns
    -------
    ndarray, shape (count,)
        Voltages, less their mean, over their standard deviation.

    Raises
    ------
    AnalysisError
        The element rests.
    """
    import networkx

    count, seed = _asked("chaos", count, seed)
    interval, supply = number_of(interval, "interval"), number_of(supply, "supply")
    if count < 2 or interval <= 0.0:
        raise AnalysisError(
            f"chaos: {count} samples, {interval:g} s apart: two or more, some time apart, are needed"
        )
    if count * interval > MOST_STEPS * STEP:
        raise AnalysisError(
            f"chaos: {count} samples, {interval:g} s apart, take more than {MOST_STEPS:g} steps of {STEP:g} s"
        )
    start = 0.9 + 0.2 * np.random.default_rng([seed, 1]).random()
    element = OscillatorNetwork(
        networkx.empty_graph(1), chaotic_niobium_dioxide(supply=supply, start=start), Resistive(1.0)
    )
    result = element.tran(SETTLES + count * interval, STEP, tmax=STEP).result
    voltage = np.interp(SETTLES + interval * np.arange(count), result.time, result[element.signals[0]])
    if np.ptp(voltage) < 1e-3:
        raise AnalysisError(f"chaos: at a supply of {supply:g} V the element rests at {voltage[-1]:.4g} V")
    return np.asarray((voltage - voltage.mean()) / voltage.std())


def shuffled(count: int, seed: int = 1, interval: float = INTERVAL, supply: float = 1.62) -> np.ndarray:
    """Sample as `chaos` does, and shuffle: the same values without their order in time.

    Parameters
    ----------
    count, seed, interval, supply
        As for `chaos`.

    Returns
    -------
    ndarray, shape (count,)
    """
    count, seed = _asked("shuffled", count, seed)
    return np.random.default_rng([seed, 2]).permutation(chaos(count, seed, interval, supply))


def noise(count: int, seed: int = 1) -> np.ndarray:
    """Draw white noise, normal, of variance 1.

    Parameters
    ----------
    count, seed : int

    Returns
    -------
    ndarray, shape (count,)
    """
    count, seed = _asked("noise", count, seed)
    return np.random.default_rng([seed, 3]).standard_normal(count)


def none(count: int, seed: int = 1) -> np.ndarray:
    """Return zeros.

    Parameters
    ----------
    count, seed : int
        The seed has no meaning.

    Returns
    -------
    ndarray, shape (count,)
    """
    return np.zeros(_asked("none", count, seed)[0])


def _asked(label: str, count: object, seed: object) -> tuple[int, int]:
    """Number of samples and seed, as the user gives them."""
    samples, number = whole_of(count, "count"), whole_of(seed, "seed")
    if not 0 <= samples <= MOST or number < 0:
        raise AnalysisError(
            f"{label}: count = {samples:.6g}, seed = {number:.6g}: 0 to {MOST:g} samples, and a seed of 0 or more"
        )
    return samples, number


SOURCES: dict[str, Callable[..., np.ndarray]] = {
    "none": none,
    "chaos": chaos,
    "shuffled": shuffled,
    "noise": noise,
}
