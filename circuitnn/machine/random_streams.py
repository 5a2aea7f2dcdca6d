"""NumPy's random generators for many seeds at once.

``numpy.random.default_rng((seed, index))`` takes 16 µs, as long as a small circuit's solution. Here the hash of the
seeds is computed for all together, and one generator gets one state after the other: the numbers are the same bits.

References
----------
M. E. O'Neill, "PCG: a family of simple fast space-efficient statistically good algorithms for random number
generation", Harvey Mudd College, HMC-CS-2014-0905 (2014).
R. Kern, "SeedSequence", in NEP 19 and the documentation of `numpy.random.SeedSequence`, whose results are stable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, islice

import numpy as np

POOL = 4  # words of a `SeedSequence`
SHIFT = np.uint32(16)
# Start and factor of the constants that the two hashes use, and factors of the mixture.
TAKING = 0x43B0D7E5, 0x931E8875
GIVING = 0x8B51F9DD, 0x58F38DED
LEFT, RIGHT = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)
PCG_FACTOR = 0x2360ED051FC65DA44385DF649FCCF645
LARGEST = 1 << 64  # seeds are smaller
WORD, LONG = (1 << 32) - 1, (1 << 128) - 1


def streams(seeds: Sequence[int], index: int) -> Iterator[np.random.Generator]:
    """``default_rng((seed, index))`` of each seed; it is valid until the next one is taken.

    Parameters
    ----------
    seeds : sequence of int
        From 0 to 2**64 - 1.
    index : int
        From 0 to 2**32 - 1.
    """
    bits = np.random.PCG64(0)
    state, generator = bits.state, np.random.Generator(bits)
    for high, low, upper, lower in hashed(seeds, [index] * len(seeds), 4).tolist():
        increment = ((upper << 64 | lower) << 1 | 1) & LONG
        start = (increment + (high << 64 | low)) * PCG_FACTOR + increment
        state["state"] = {"state": start & LONG, "inc": increment}
        bits.state = state
        yield generator


def hashed(seeds: Sequence[int], indices: Sequence[int], words: int) -> np.ndarray:
    """``SeedSequence((seed, index)).generate_state(words, np.uint64)`` of each pair, shape (pairs, words).

    Parameters
    ----------
    seeds, indices : sequence of int
        As for `streams`.
    words : int
    """
    seed, index = np.array(seeds, dtype=np.uint64), np.array(indices, dtype=np.uint64)
    low, high = seed & np.uint64(WORD), seed >> np.uint64(32)
    none = np.zeros(len(seed), dtype=np.uint64)
    long = high > 0  # a number has as many words as it needs
    entropy = [low, np.where(long, high, index), np.where(long, index, 0), none]
    pool = _mixed([part.astype(np.uint32) for part in entropy])
    constants = _constants(*GIVING)
    hashes = [_hash(part, constants) for part in islice(cycle(pool), 2 * words)]
    return np.stack(hashes, axis=1).view(np.uint64)


def _mixed(entropy: list[np.ndarray]) -> list[np.ndarray]:
    """The pool, in which each word depends on every other."""
    constants = _constants(*TAKING)
    pool = [_hash(part, constants) for part in entropy]
    for source in range(POOL):
        for target in range(POOL):
            if source != target:
                mixed = LEFT * pool[target] - RIGHT * _hash(pool[source], constants)
                pool[target] = mixed ^ (mixed >> SHIFT)
    return pool


def _hash(words: np.ndarray, constants: Iterator[tuple[np.uint32, np.uint32]]) -> np.ndarray:
    before, after = next(constants)
    hashed = (words ^ before) * after
    return hashed ^ (hashed >> SHIFT)


def _constants(start: int, factor: int) -> Iterator[tuple[np.uint32, np.uint32]]:
    """Each constant, and the next one."""
    while True:
        following = start * factor & WORD
        yield np.uint32(start), np.uint32(following)
        start = following
