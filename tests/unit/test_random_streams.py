"""Generators of many seeds at once against NumPy's own, to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from circuitnn.machine.random_streams import hashed, streams

seeds = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 2**33), min_size=1, max_size=20)
indices = st.integers(0, 2**32 - 1)


@given(seeds, indices)
def test_the_same_numbers(seeds, index):
    for seed, generator in zip(seeds, streams(seeds, index), strict=True):
        own = np.random.default_rng((seed, index))
        assert np.array_equal(generator.standard_normal(5), own.standard_normal(5))
        assert generator.random() == own.random()


@given(seeds, indices, st.integers(1, 9))
def test_the_same_words(seeds, index, words):
    for seed, own in zip(seeds, hashed(seeds, [index] * len(seeds), words), strict=True):
        assert np.array_equal(own, np.random.SeedSequence((seed, index)).generate_state(words, np.uint64))


@pytest.mark.parametrize("index", [0, 1, 2**32 - 1])
def test_seeds_at_the_edges_of_words(index):
    edges = [0, 1, 2**32 - 1, 2**32, 2**53 - 1, 2**64 - 1]
    for seed, generator in zip(edges, streams(edges, index), strict=True):
        assert generator.random() == np.random.default_rng((seed, index)).random()
