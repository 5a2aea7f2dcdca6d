"""Figures of signals and pairs made by formula: right within their errors, or refused with the reason."""

from __future__ import annotations

import pytest

from bench import figures


@pytest.mark.parametrize("seed", [101, 102])
def test_of_signals_made_by_formula(seed):
    found = figures.run(150, seed)
    assert found.failures == [] and found.counts["told"] > 20 and found.counts["refused"] > 20
