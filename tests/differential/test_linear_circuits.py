"""Random linear circuits against exact solutions; `bench/circuits.py` runs as many as one likes."""

import linear_checks
import pytest

COUNTS = {
    "operating_point": 480,
    "small_signal": 120,
    "transfer": 240,
    "sweep": 200,
    "noise": 200,
    "sensitivity": 240,
    "transient": 120,
    "natural_frequencies": 80,
}
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("check", COUNTS)
def test_equal_to_the_exact_solution(check, part):
    wrong = {}
    for seed in range(part, COUNTS[check], PARTS):
        found = getattr(linear_checks, check)(seed)
        if found:
            wrong[seed] = found
    assert not wrong, "\n".join(f"seed {seed}: {text[:500]}" for seed, text in wrong.items())


def test_steps_that_are_too_long_would_be_seen(monkeypatch):
    """By the tolerance of the documentation, here a hundredth of it; and by charges a thousandth off."""
    assert not linear_checks.transient(6)
    monkeypatch.setattr(linear_checks.steps, "TRTOL", 0.07)
    assert "tolerances" in linear_checks.transient(6)
    monkeypatch.undo()
    matrices = linear_checks.steps.matrices
    monkeypatch.setattr(linear_checks.steps, "matrices", lambda m: (matrices(m)[0], 1.001 * matrices(m)[1]))
    assert "keeps no formula" in linear_checks.transient(6)
