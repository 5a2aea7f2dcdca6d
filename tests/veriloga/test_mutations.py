"""Mutated modules give errors with a place, or work: no traceback, no hang."""

from __future__ import annotations

import random
import time

import pytest

from bench.veriloga_mutations import SEEDS, mutated
from circuitnn.veriloga.device import model_of
from circuitnn.veriloga.library import read_text
from circuitnn.veriloga.source import VerilogAError

COUNT = 60  # for each module; bench/veriloga_mutations.py has more


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_mutations(number: int) -> None:
    """Every fault is one with file, line and column."""
    draw = random.Random(number)
    for _ in range(COUNT):
        text = mutated(SEEDS[number], draw)
        begin = time.process_time()
        try:
            for design in read_text(text, "mutated.va"):
                model_of(design).assembled()
        except VerilogAError as error:
            assert error.problems
            assert all(p.place.line >= 1 and p.place.column >= 1 and p.message for p in error.problems)
        assert time.process_time() - begin < 20.0, text
