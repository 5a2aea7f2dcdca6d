"""Hopfield networks: threshold neurons whose weights are the cells of a crossbar.

References
----------
J. J. Hopfield, "Neural networks and physical systems with emergent collective computational abilities", Proc. Natl.
Acad. Sci. 79, 2554 (1982), doi:10.1073/pnas.79.8.2554.
S. Kumar, J. P. Strachan, R. S. Williams, "Chaotic dynamics in nanoscale NbO2 Mott memristors for analogue
computing", Nature 548, 318 (2017), doi:10.1038/nature23307: a chaotic element perturbs the neurons.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar import Complementary, Crossbar
from circuitnn.crossbar.checks import numbers
from circuitnn.errors import AnalysisError
from circuitnn.machine.frozen_values import Fixed, Plain, owned
from circuitnn.machine.user_input import real
from circuitnn.networks.graphs import weighted_edges
from circuitnn.records import dataclass

SWEEPS = 1000  # after which a network that line resistances made asymmetric may still cycle
ALIKE = 1e-9  # relative difference of weights that counts as rounding


@dataclass(frozen=True, eq=False)
class Settled(Plain):
    """Where a network came to rest.

    Parameters
    ----------
    states : ndarray, shape (neurons,)
        -1 or 1 each.
    energies : ndarray, shape (updates + 1,)
        Of the ideal weights, at the start and after each perturbed update.
    energy : float
        Of the final states.
    sweeps : int
        Updates of all neurons without perturbation that it took to come to rest, the last one without a flip.
    stable : bool
        Whether no neuron would flip; line resistances can make a network cycle.
    """

    states: np.ndarray
    energies: np.ndarray
    energy: float
    sweeps: int
    stable: bool


class Hopfield(Fixed):
    """Neurons of two states ±1 that follow the signs of their fields, W·s + b.

    Each neuron drives a word line with its state; two bit lines per neuron, whose currents are subtracted, bring back
    its field. One more word line has the biases. What line resistances take is part of the fields.

    Parameters
    ----------
    weights : array_like, shape (neurons, neurons)
        Symmetric, with a diagonal of 0.
    biases : array_like, shape (neurons,)
    g_min, g_max : float
        Range of the cells' conductances. [S]
    line_resistance : float
        Of each segment of a line. [Ohm]

    Attributes
    ----------
    array : Crossbar
    seen : ndarray, shape (neurons, neurons)
        Weights as the neurons see them, through the lines: ``seen[k, j]`` from neuron j to neuron k.
    seen_biases : ndarray, shape (neurons,)

    Raises
    ------
    AnalysisError
        The weights are not a symmetric matrix with a diagonal of 0, or all of them are 0.

    Examples
    --------
    >>> from circuitnn.networks import Hopfield
    >>> pair = Hopfield([[0, 1], [1, 0]])
    >>> pair.settle([1, -1]).states.tolist()
    [-1.0, -1.0]
    """

    def __init__(
        self,
        weights: ArrayLike,
        biases: ArrayLike = 0.0,
        g_min: float = 1e-6,
        g_max: float = 1e-4,
        line_resistance: float = 0.0,
    ) -> None:
        self.weights = owned(_symmetric(weights))
        n = len(self.weights)
        given = numbers(biases, "biases of a Hopfield network", [(), (n,)], ("neuron",), -np.inf, False)
        self.biases = owned(np.broadcast_to(given, (n,)))
        if not (self.weights.any() or self.biases.any()):
            raise AnalysisError("all weights and biases of the Hopfield network are 0")
        rows = np.vstack([self.weights, self.biases])
        cell = Complementary.from_weights(rows, g_min, g_max)
        self.array = Crossbar(
            n + 1, n, cell, wordline_resistance=line_resistance, bitline_resistance=line_resistance
        )
        seen = cell.scale * self.array.effective_conductance()
        self.seen, self.seen_biases = owned(seen[:n].T), owned(seen[n])
        self._seal()

    def __len__(self) -> int:
        return len(self.weights)

    def __repr__(self) -> str:
        return f"<Hopfield network of {len(self)} neurons>"

    @classmethod
    def cut(cls, graph: Any, **more: Any) -> Hopfield:
        """Make the network whose energy is the least where the cut of a graph is the largest.

        Parameters
        ----------
        graph : networkx.Graph
            Its edges may have a ``weight`` (default 1).
        **more
            Other parameters of `Hopfield`.

        Returns
        -------
        Hopfield
            Weights are those of the edges with the opposite sign: cut = (Σ weights of edges - energy)/2.
        """
        import networkx

        weighted_edges(graph)
        return cls(-networkx.to_numpy_array(graph, weight="weight"), **more)

    @property
    def swing(self) -> float:
        """Root mean square of a neuron's field over all neurons and random states."""
        return float(np.sqrt((np.sum(self.weights**2) + np.sum(self.biases**2)) / len(self)))

    def energy(self, states: ArrayLike) -> np.ndarray | float:
        """Return -½·s·W·s - b·s, of the ideal weights.

        Parameters
        ----------
        states : array_like, shape (neurons,) or (count, neurons)

        Returns
        -------
        float or ndarray, shape (count,)

        Raises
        ------
        AnalysisError
            There are not as many states as neurons.
        """
        s = real(states, "states")
        if s.ndim not in (1, 2) or s.shape[-1] != len(self):
            raise AnalysisError(f"states: shape {s.shape} does not fit {len(self)} neurons")
        energies = -0.5 * np.sum((s @ self.weights) * s, axis=-1) - s @ self.biases
        return float(energies) if s.ndim == 1 else energies

    def settle(self, start: ArrayLike, perturbation: ArrayLike = ()) -> Settled:
        """Update one neuron after the other until none flips.

        Parameters
        ----------
        start : array_like, shape (neurons,)
            States, ±1.
        perturbation : array_like, shape (updates,)
            Added to the field of the neuron whose turn it is, neuron 0 first; then updates go on without.

        Returns
        -------
        Settled

        Raises
        ------
        AnalysisError
            If a state is not ±1, or the perturbation is not a row of finite numbers.
        """
        s = np.array(real(start, "start"))
        if s.shape != (len(self),) or not np.all(np.abs(s) == 1.0):
            raise AnalysisError(f"start: {len(self)} states of -1 or 1 are needed")
        added = real(perturbation, "perturbation")
        if added.ndim != 1 or not np.all(np.isfinite(added)):
            raise AnalysisError("perturbation: finite numbers, one for each update, are needed")
        fields = self.seen @ s + self.seen_biases
        ideal = self.weights @ s + self.biases
        energies = np.empty(len(added) + 1)
        energies[0] = energy = self.energy(s)
        for k, more in enumerate(added):
            j = k % len(self)
            if (fields[j] + more) * s[j] < 0.0:
                energy += 2.0 * s[j] * ideal[j]
                self._flip(s, j, fields, ideal)
            energies[k + 1] = energy
        sweeps, stable = self._rest(s, fields, ideal)
        return Settled(s, energies, float(self.energy(s)), sweeps, stable)

    def _rest(self, s: np.ndarray, fields: np.ndarray, ideal: np.ndarray) -> tuple[int, bool]:
        """Update without perturbation: the number of sweeps, and whether it came to rest."""
        hardly = ALIKE * float(np.abs(self.seen).sum(axis=1).max() + np.abs(self.seen_biases).max())
        for sweep in range(SWEEPS):
            moved = False
            for j in range(len(self)):
                if fields[j] * s[j] < -hardly:
                    self._flip(s, j, fields, ideal)
                    moved = True
            if not moved:
                return sweep + 1, True
        return SWEEPS, False

    def _flip(self, s: np.ndarray, j: int, fields: np.ndarray, ideal: np.ndarray) -> None:
        s[j] = -s[j]
        fields += 2.0 * s[j] * self.seen[:, j]
        ideal += 2.0 * s[j] * self.weights[:, j]


def _symmetric(weights: ArrayLike) -> np.ndarray:
    """Weights, checked."""
    label = "weights of a Hopfield network"
    w = real(weights, label)
    if w.ndim != 2 or w.shape[0] != w.shape[1] or not len(w):
        raise AnalysisError(f"{label}: a square matrix is needed, not shape {w.shape}")
    numbers(w, label, [w.shape], ("row", "column"), -np.inf, False)
    if np.diagonal(w).any() or not np.allclose(w, w.T, rtol=ALIKE, atol=0.0):
        raise AnalysisError(
            "weights of a Hopfield network must be symmetric with a diagonal of 0, or it may never rest"
        )
    return w
