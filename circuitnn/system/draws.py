"""The random numbers of compact models."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn._cext.draws import draw_all
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.kernel import DISTRIBUTIONS, Kernel
from circuitnn.models.spread import keys

APART = np.uint64(0xD1B54A32D192ED03)  # an odd number: sequences of other seeds begin far from each other


class Draws:
    """Random numbers of the instances of one kernel.

    A number depends on the seed, the names of instance and number, and the count of earlier draws. It depends on
    neither other devices nor their order nor the time steps.

    Parameters
    ----------
    kernel : Kernel
    instances : tuple of str
    seed : int
    columns : mapping of str to ndarray
        Numbers of the instances, on which the sequence may depend, too.

    Attributes
    ----------
    keys : ndarray of uint64, shape (randoms, n)
    """

    def __init__(
        self,
        kernel: Kernel,
        instances: tuple[str, ...],
        seed: int,
        columns: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self.randoms = kernel.randoms
        self.keys = np.array(
            [keys(seed, instances, name) for name, _ in kernel.randoms], dtype=np.uint64
        ).reshape(len(kernel.randoms), len(instances))
        seeds = dict(kernel.kept.seeds) if kernel.kept is not None else {}
        for row, (name, _) in zip(self.keys, kernel.randoms, strict=True):
            if name in seeds:
                offsets = np.atleast_1d(np.rint(evaluate([seeds[name]], columns or {})[0])).astype(np.int64)
                row += offsets.astype(np.uint64) * APART

    def first(self) -> dict[str, np.ndarray]:
        """The first draw of every number."""
        return {
            name: draw_all(DISTRIBUTIONS.index(kind), row)
            for (name, kind), row in zip(self.randoms, self.keys, strict=True)
        }
