"""What the random numbers of compact models are drawn from."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from circuitnn._cext.draws import draw_all
from circuitnn.equations.kernel import DISTRIBUTIONS, Kernel


class Draws:
    """Random numbers of the instances of one kernel.

    A number hangs on the seed, the instance's name, the number's name and how often it was drawn:
    neither on other devices, nor on their order, nor on time steps.

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
            [[key(seed, instance, name) for instance in instances] for name, _ in kernel.randoms],
            dtype=np.uint64,
        ).reshape(len(kernel.randoms), len(instances))

    def first(self) -> dict[str, np.ndarray]:
        """The first draw of every number."""
        return {
            name: draw_all(DISTRIBUTIONS.index(kind), keys)
            for (name, kind), keys in zip(self.randoms, self.keys, strict=True)
        }


def key(seed: int, instance: str, name: str) -> int:
    """Key of a random number, 64 bits."""
    return int.from_bytes(blake2b(f"{seed} {instance} {name}".encode(), digest_size=8).digest(), "little")
