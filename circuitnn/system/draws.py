"""The random numbers of compact models."""

from __future__ import annotations

import numpy as np

from circuitnn._cext.draws import draw_all
from circuitnn.equations.kernel import DISTRIBUTIONS, Kernel
from circuitnn.models.spread import keys


class Draws:
    """Random numbers of the instances of one kernel.

    A number depends on the seed, the names of instance and number, and the count of earlier draws. It depends on
    neither other devices nor their order nor the time steps.

    Parameters
    ----------
    kernel : Kernel
    instances : tuple of str
    seed : int

    Attributes
    ----------
    keys : ndarray of uint64, shape (randoms, n)
    """

    def __init__(self, kernel: Kernel, instances: tuple[str, ...], seed: int) -> None:
        self.randoms = kernel.randoms
        self.keys = np.array(
            [keys(seed, instances, name) for name, _ in kernel.randoms], dtype=np.uint64
        ).reshape(len(kernel.randoms), len(instances))

    def first(self) -> dict[str, np.ndarray]:
        """The first draw of every number."""
        return {
            name: draw_all(DISTRIBUTIONS.index(kind), row)
            for (name, kind), row in zip(self.randoms, self.keys, strict=True)
        }
