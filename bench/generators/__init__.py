"""Circuits of the benchmark as lines of a deck, of any size."""
